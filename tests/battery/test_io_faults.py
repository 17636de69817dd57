"""G3: the k-th write, fsync, rename or commit of each main deed fails: told clearly, the old state or the new one."""
from __future__ import annotations

import errno
import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import event
from structlog.testing import capture_logs

from tests.battery.rounds import held
from tests.battery.world import World, picture
from tests.digest import digest_of
from tests.web.desk import written
from tracker.models import AuditEvent, Obligation
from tracker.services import audit
from tracker.services.file_store import folder_of

pytestmark = [pytest.mark.battery, pytest.mark.timeout(600)]
WRITING = ("INSERT", "UPDATE", "DELETE")
NOTHING_CHANGED = "没有改动任何内容"


class Faults:
    """Counts what is written, and breaks the k-th. `struck`: it came to that."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.monkeypatch, self.count, self.fail_at, self.struck = monkeypatch, 0, 0, False

    @contextmanager
    def at(self, number: int) -> Iterator[None]:
        self.count, self.fail_at, self.struck = 0, number, False
        event.listen(sa.Engine, "before_cursor_execute", self._statement)
        event.listen(sa.Engine, "commit", self._commit)
        with self.monkeypatch.context() as patch:
            for name in ("fsync", "replace", "pwrite"):
                patch.setattr(os, name, self._broken(getattr(os, name)))
            try:
                yield
            finally:
                event.remove(sa.Engine, "before_cursor_execute", self._statement)
                event.remove(sa.Engine, "commit", self._commit)

    def _strikes(self) -> bool:
        self.count += 1
        self.struck |= self.count == self.fail_at
        return self.count == self.fail_at

    def _statement(self, connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        if statement.startswith(WRITING) and self._strikes():
            raise sa.exc.OperationalError(statement, None, Exception("disk I/O error"))

    def _commit(self, connection: Any) -> None:
        if self._strikes():
            raise sa.exc.OperationalError("COMMIT", None, Exception("disk I/O error"))

    def _broken(self, call: Any) -> Any:
        def broken(*args: Any, **options: Any) -> Any:
            if self._strikes():
                raise OSError(errno.EIO, os.strerror(errno.EIO))
            return call(*args, **options)

        return broken


@dataclass(frozen=True)
class Step:
    """One deed of the pages. `events`: what it leaves in the audit trail; `faulty`: its points are tried."""

    who: str
    path: str
    events: tuple[str, ...]
    form: dict[str, Any] = field(default_factory=dict)
    file: bool = False
    faulty: bool = True


def report(key: str = "") -> dict[str, Any]:
    return written(0, request_key=key or "none") | {"version": "{own_draft_v}", "deed": "submit" if key else "save"}


VERSION = {"version": "{own_draft_v}"}
ROW = "r{own_draft}-"
ON_GRID = {ROW + name: value for name, value in (
    ("version", "{own_draft_v}"), ("progress", "已立项15项。"), ("self_rating", "on_track"))}
LIFE = [
    Step("clerk/own", "/reports/{own_draft}/draft", ("report.draft_saved",), report()),
    Step("clerk/own", "/reports/{own_draft}/files", ("file.attached",), file=True),
    Step("clerk/own", "/reports/{own_draft}", ("report.submitted",), report("first")),
    Step("clerk/own", "/reports/{own_draft}/withdraw", ("report.withdrawn",), VERSION),
    Step("clerk/own", "/my/grid?period=2026Q3", ("report.submitted",),
         ON_GRID | {"deed": "submit", "request_key": "second"}),
    Step("head/own", "/sign/{own_draft}", ("report.sent_to_clerk",),
         VERSION | {"deed": "send_to_clerk", "reason": "请补充"}),
    Step("clerk/own", "/reports/{own_draft}", ("report.submitted",), report("third"), faulty=False),
    Step("head/own", "/sign/{own_draft}", ("report.signed",), VERSION | {"deed": "sign"}),
    Step("supervisor", "/review/{own_draft}", ("report.returned",), VERSION | {"deed": "send_back", "words": "请补充"}),
    Step("clerk/own", "/reports/{own_draft}", ("report.submitted",), report("fourth")),
    Step("head/own", "/sign/all", ("report.signed",), {"item": "{own_draft}:{own_draft_v}"}, faulty=False),
    Step("supervisor", "/review/{own_draft}", ("report.accepted",), VERSION | {"deed": "accept"}),
    Step("supervisor", "/review/{own_draft}/undo", ("report.decision_undone",), VERSION),
    Step("supervisor", "/review/{own_draft}", ("report.waived",), VERSION | {"deed": "waive", "words": "部门办结"}),
    Step("supervisor", "/reports/{foreign_draft}/enter", ("report.entered",), {
        "version": "{foreign_draft_v}", "request_key": "entered", "source": "telephone", "progress": "已办3项。",
        "self_rating": "on_track", "received_at": "2026-10-08T09:00", "told_by": "来电答复"}),
    Step("clerk/lead", "/reports/{lead_accepted}/parts/{own_accepted}/quote",
         ("report.draft_saved", "report.quoted"), {"version": "{lead_accepted_v}"}),
    Step("clerk/own", "/reports/{own_accepted}/purge", ("purge.asked",), {"reason": "疑似误传"}),
    Step("supervisor", "/purges/{purge}", ("purge.done",), {"deed": "purge"}),
    Step("admin", "/admin/users/{user}/reset", ("user.link_made", "user.password_reset")),
]


def send(world: World, step: Step) -> int:
    """Send it; the status. What is refused says that nothing changed."""
    visitor = world.visitors[step.who]
    data = {name.format(**world.ids): value.format(**world.ids) if isinstance(value, str) else value
            for name, value in step.form.items()}
    if step.file:
        data["file"] = (io.BytesIO(picture(200)), "现场照片.png")
    answer = visitor.client.post(step.path.format(**world.ids), data=data, headers={"X-CSRFToken": visitor.csrf})
    if answer.status_code >= 400:
        assert answer.status_code >= 500, answer.text
        assert NOTHING_CHANGED in answer.text
    return answer.status_code


def actions(world: World) -> list[str]:
    world.session.rollback()
    return list(world.session.scalars(sa.select(AuditEvent.action).order_by(AuditEvent.id)))


def run_through(world: World, step: Step, faults: Faults) -> int:
    """Break its first write, its second, … until it goes through. How many points there were."""
    number, before, told = 0, digest_of(world.session), actions(world)
    while True:
        number += 1
        with faults.at(number if step.faulty else 0):
            status = send(world, step)
        if status < 400:
            break
        assert faults.struck, "only what broke may refuse it"
        assert digest_of(world.session) == before, (step, number)
        assert list(folder_of(world.session).glob(".coming-*")) == []
    assert sorted(actions(world)[len(told):]) == sorted(step.events), step
    return number - 1


def test_g3_whatever_fails_a_deed_is_done_or_not_begun(app, session, monkeypatch):
    world, faults, points = World(app, session), Faults(monkeypatch), 0
    for visitor in world.visitors.values():
        visitor.csrf = visitor.token()
    with capture_logs():
        for step in LIFE:
            world.refresh()
            points += run_through(world, step, faults)
    session.rollback()
    assert session.get_one(Obligation, world.ids["own_draft"]).state == "waived"
    assert audit.verify(session).whole
    assert points >= 90
    held("G3", tried=points, figure="broken=0")
