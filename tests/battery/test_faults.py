"""G3: the k-th statement, commit, fsync or rename fails, for k = 1, 2, … until the deed runs through.

After each failure the database is as it was before, nothing is left open, and the same deed can be done at once.
"""
from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from types import SimpleNamespace
from unittest import mock

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from tests.battery.rounds import held
from tests.digest import digest_of
from tests.factories import make_actor, make_obligation, make_task, make_text, make_unit, moment
from tracker.config import Settings
from tracker.domain.words import Role, Source, UserRole
from tracker.models import Attachment, Obligation, Purge
from tracker.services import accounts, evidence, purging
from tracker.services.consolidating import chase_silent, quote
from tracker.services.entering import enter_for
from tracker.services.file_store import EVIDENCE, receive
from tracker.services.reporting import Handed, save_draft, submit_report, submit_return, withdraw_report
from tracker.services.reviewing import accept_all, accept_report, send_back, undo_decision, waive_report
from tracker.services.signing import send_to_clerk, sign_report

pytestmark = [pytest.mark.battery, pytest.mark.timeout(300)]

AT = moment("2026-10-08 09:30")
PDF = b"%PDF-1.4\n1 0 obj <</Type /Catalog>> endobj\ntrailer <</Root 1 0 R>>\n%%EOF\n"
MOST = 200


class Injected(Exception):
    """What the test makes fail."""


@pytest.fixture
def desk(session: Session, settings: Settings) -> SimpleNamespace:
    """Task 1: 州科技局 leads with a clerk and a head, 州财政局 works with it and does not sign off; the office."""
    lead, co = make_unit(session), make_unit(session, name="州财政局", sign_off=False)
    session.info[EVIDENCE] = settings.data_dir / "evidence"
    task = make_task(session, lead=lead, co=(co,))
    mine = make_obligation(session, task=task, unit=lead)
    part = make_obligation(session, task=task, unit=co, role=Role.co)
    return SimpleNamespace(
        session=session, mine=mine.id, part=part.id, exports=settings.exports,
        clerk=make_actor(session, unit=lead), head=make_actor(session, UserRole.head, unit=lead),
        co=make_actor(session, unit=co), office=make_actor(session), colleague=make_actor(session),
        admin=make_actor(session, UserRole.admin))


def version(desk: SimpleNamespace, obligation_id: int) -> int:
    desk.session.rollback()
    return int(desk.session.get_one(Obligation, obligation_id).version)


def submit_part(desk: SimpleNamespace) -> None:
    submit_report(desk.session, desk.co, desk.part, text=make_text("已下达资金860万元。"),
                  version=version(desk, desk.part), request_key="part", at=AT)


def submit_mine(desk: SimpleNamespace) -> None:
    submit_report(desk.session, desk.clerk, desk.mine, text=make_text(), version=version(desk, desk.mine),
                  request_key="mine", at=AT)


def return_part(desk: SimpleNamespace) -> None:
    send_back(desk.session, desk.office, desk.part, reason="请补充金额", version=version(desk, desk.part), at=AT)


def attach(desk: SimpleNamespace) -> None:
    with receive(desk.session, io.BytesIO(PDF), "推荐函.pdf") as stored:
        evidence.attach(desk.session, desk.clerk, desk.mine, stored=stored, name=stored.name, dated_on=None, at=AT)


def ask_purge(desk: SimpleNamespace) -> None:
    file = desk.session.scalars(sa.select(Attachment.id)).one()
    purging.ask_purge_of_file(desk.session, desk.clerk, file, reason="误传", at=AT)


def purge(desk: SimpleNamespace) -> None:
    asked = desk.session.scalars(sa.select(Purge.id)).one()
    purging.carry_out(desk.session, desk.office, asked, export_dir=desk.exports, at=AT)


def enter(desk: SimpleNamespace) -> None:
    enter_for(desk.session, desk.office, desk.part, text=make_text(), source=Source.telephone, received_at=AT,
              version=version(desk, desk.part), request_key="k", at=AT)


Do = Callable[[SimpleNamespace], object]
DEEDS: dict[str, tuple[list[Do], Do]] = {
    "save": ([], lambda d: save_draft(d.session, d.co, d.part, text=make_text(), version=version(d, d.part), at=AT)),
    "submit": ([], submit_part),
    "submit a return": ([], lambda d: submit_return(
        d.session, d.co, [Handed(d.part, version(d, d.part), make_text())], request_key="k", at=AT)),
    "withdraw": ([submit_part], lambda d: withdraw_report(d.session, d.co, d.part, version=version(d, d.part), at=AT)),
    "sign": ([submit_mine], lambda d: sign_report(d.session, d.head, d.mine, version=version(d, d.mine), at=AT)),
    "send to clerk": ([submit_mine], lambda d: send_to_clerk(
        d.session, d.head, d.mine, reason="请补充", version=version(d, d.mine), at=AT)),
    "accept": ([submit_part], lambda d: accept_report(
        d.session, d.office, d.part, judged=None, version=version(d, d.part), at=AT)),
    "accept all": ([submit_part], lambda d: accept_all(
        d.session, d.office, [(d.part, version(d, d.part))], at=AT)),
    "send back": ([submit_part], return_part),
    "waive": ([], lambda d: waive_report(
        d.session, d.office, d.part, reason="已并入专项", version=version(d, d.part), at=AT)),
    "undo": ([submit_part, return_part], lambda d: undo_decision(
        d.session, d.office, d.part, version=version(d, d.part), at=AT + timedelta(minutes=1))),
    "enter for": ([], enter),
    "quote": ([submit_part], lambda d: quote(
        d.session, d.clerk, d.mine, part_obligation_id=d.part, version=version(d, d.mine), at=AT)),
    "chase": ([], lambda d: chase_silent(d.session, d.clerk, d.mine, at=AT)),
    "attach": ([], attach),
    "ask for a purge": ([attach], ask_purge),
    "purge": ([attach, ask_purge], purge),
    "reset by link": ([], lambda d: accounts.reset_by_link(d.session, d.admin, d.co.user_id, at=AT)),
}


@contextmanager
def failing(engine: sa.Engine, point: int) -> Iterator[list[str]]:
    """The `point`-th of what reaches the database or the disk raises; what was reached until then."""
    seen: list[str] = []

    def reach(what: str) -> None:
        seen.append(what)
        if len(seen) == point:
            raise Injected(what)

    def statement(connection: object, cursor: object, words: str, *rest: object) -> None:
        reach(words.split(" ", 1)[0])

    def commit(connection: object) -> None:
        reach("COMMIT")

    def before(name: str) -> Callable[..., object]:
        real = getattr(os, name)

        def call(*given: object, **named: object) -> object:
            reach(name)
            return real(*given, **named)

        return call

    sa.event.listen(engine, "before_cursor_execute", statement)
    sa.event.listen(engine, "commit", commit)
    with mock.patch.multiple(os, fsync=before("fsync"), replace=before("replace"), open=before("open")):
        try:
            yield seen
        finally:
            sa.event.remove(engine, "before_cursor_execute", statement)
            sa.event.remove(engine, "commit", commit)


@pytest.mark.parametrize("name", DEEDS)
def test_a_deed_that_fails_anywhere_leaves_everything_as_it_was(desk, engine, name):
    """G3"""
    before, do = DEEDS[name]
    for step in before:
        step(desk)
    stands = digest_of(desk.session)
    for point in range(1, MOST):
        with failing(engine, point) as seen:
            try:
                do(desk)
            except Injected:
                pass
            else:
                break
        if digest_of(desk.session) != stands:
            assert "COMMIT" in seen[:-1], (point, seen)     # done; what failed came after it
            break
    else:
        pytest.fail(f"{name} never ran through")
    assert digest_of(desk.session) != stands
    assert point > 5, seen
    held(f"G3 {name} {engine.dialect.name}", tried=point, figure=f"{point} points, broken = 0")
