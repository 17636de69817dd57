"""G2 over HTTP: two clicks at once, a retry, and the same key with other words. One version each, the same answer."""
from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from tests.battery.rounds import held, rounds
from tests.factories import make_obligation, make_task, make_unit, make_user
from tests.serving import Caller, log_in, serving
from tests.web.desk import written
from tracker.models import AuditEvent, Decision, Obligation, ReportVersion

pytestmark = pytest.mark.battery
CLICKS = 2


@pytest.fixture
def clerk(app: Flask, session: Session) -> Iterator[Caller]:
    make_user(session, unit=make_unit(session), login="kjj01")
    with serving(app) as address:
        yield Caller(address, log_in(app, "kjj01"))


def at_once(clerk: Caller, pool: ThreadPoolExecutor, path: str, fields: dict[str, Any]) -> list[tuple[int, str]]:
    barrier = Barrier(CLICKS)

    def click(_: int) -> tuple[int, str]:
        barrier.wait()
        return clerk.post(path, **fields)[:2]

    return list(pool.map(click, range(CLICKS)))


def test_g2_a_double_click_in_the_browser_is_one_version(clerk, session):
    tried, wrong = rounds(100, 400), []
    owed = [make_obligation(session, task=make_task(session, number=str(number))).id for number in range(1, tried + 1)]
    with ThreadPoolExecutor(CLICKS) as pool:
        for row_id in owed:
            form = written(1, request_key=f"key-{row_id}", progress=f"已立项{row_id}项。")
            answers = at_once(clerk, pool, f"/reports/{row_id}", form)
            if row_id % 10 == 0:
                answers.append(clerk.post(f"/reports/{row_id}", **form)[:2])
                status, _, page = clerk.post(f"/reports/{row_id}", **form | {"progress": "另一段话。"})
                if status != 409 or "另一段话。" not in page:
                    wrong.append((row_id, status, page))
            if set(answers) != {(303, "/my?said=submitted")}:
                wrong.append((row_id, *answers))
    assert wrong == []
    session.rollback()
    versions = session.execute(sa.select(ReportVersion.obligation_id, ReportVersion.number, ReportVersion.progress)
                               .order_by(ReportVersion.obligation_id)).all()
    assert versions == [(row_id, 1, f"已立项{row_id}项。") for row_id in owed]
    assert set(session.scalars(sa.select(Obligation.version))) == {2}
    assert session.scalar(sa.select(sa.func.count()).where(Decision.deed == "submit")) == tried
    assert session.scalar(sa.select(sa.func.count()).where(AuditEvent.action == "report.submitted")) == tried
    held("G2 http", tried=tried, figure="doubled=0")
