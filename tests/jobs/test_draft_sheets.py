"""The period's sheets, drafted the morning after each due day, as of that morning, once."""
from __future__ import annotations

import pytest
from sqlalchemy import func, select

from tests.factories import moment
from tracker.domain.actors import SYSTEM
from tracker.domain.words import SheetKind
from tracker.jobs import JOBS, draft_sheets, run_due
from tracker.models import ExportFile, JobRun
from tracker.notices.plan_file import read_plan
from tracker.paths import SEED
from tracker.services.plan_load import load_plan


@pytest.fixture
def draft(session, tmp_path):
    load_plan(session, SYSTEM, read_plan(SEED), first_period="2026Q3", at=moment("2026-07-01"))
    run_due(session, moment("2026-07-01"), now=moment("2026-07-01"), export_dir=None)

    def drafting(at, now=None):
        return run_due(session, moment(at), now=moment(now or at), export_dir=tmp_path / "exports", jobs=JOBS[2:])

    return drafting


def made(session):
    rows = session.execute(select(ExportFile.kind, ExportFile.as_of, ExportFile.made_by, ExportFile.draft)
                           .order_by(ExportFile.id))
    return [tuple(row) for row in rows]


def test_two_sheets_the_morning_after_each_due_day_and_not_before(session, draft, tmp_path):
    assert draft("2026-10-11 05:59:59") == []
    assert [run.told for run in draft("2026-10-11 06:00")] == [
        "生成草稿：2026年第三季度督办台账、2026年第三季度逾期清单"]
    assert draft("2026-10-11 06:01") == []
    assert draft("2026-10-14 05:59") == []
    draft("2026-10-14 06:00")
    assert made(session) == [
        (kind, moment(at), "系统", True) for at in ("2026-10-11 06:00", "2026-10-14 06:00") for kind in SheetKind]
    for path in session.scalars(select(ExportFile.path)):
        assert (tmp_path / "exports" / path).is_file()


def test_run_late_they_are_as_of_their_own_morning(session, draft):
    runs = draft("2026-11-25 09:00")
    assert [(run.scheduled_at, run.changed) for run in runs] == [
        (moment("2026-10-11 06:00"), 2), (moment("2026-10-14 06:00"), 2)]
    assert {as_of for _, as_of, _, _ in made(session)} == {moment("2026-10-11 06:00"), moment("2026-10-14 06:00")}


def test_one_sheet_that_cannot_be_made_stops_no_other_and_is_made_an_hour_later(session, draft, monkeypatch):
    write = draft_sheets.write_export

    def no_ledger(session, *, kind, **rest):
        if kind is SheetKind.ledger:
            raise OSError(28, "No space left on device")
        return write(session, kind=kind, **rest)

    monkeypatch.setattr(draft_sheets, "write_export", no_ledger)
    run = draft("2026-10-11 06:00")[0]
    assert (run.changed, run.problem) == (
        1, "督办台账（2026Q3）没有出成：OSError：[Errno 28] No space left on device")
    monkeypatch.undo()
    assert draft("2026-10-11 06:00", now="2026-10-11 06:59") == []
    run = draft("2026-10-11 06:00", now="2026-10-11 07:00")[0]
    assert (run.told, run.problem) == ("生成草稿：2026年第三季度督办台账", "")
    assert sorted(kind for kind, *_ in made(session)) == ["ledger", "overdue"]
    assert session.scalar(select(func.count(JobRun.id)).where(JobRun.name == "draft_sheets")) == 1
