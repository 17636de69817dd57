"""Sheets are made as files under their Chinese names, noted with their hash, handed out to who may have them."""
from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.factories import make_actor, make_obligation, moment
from tracker.domain.actors import Actor
from tracker.domain.words import SheetKind, UserRole
from tracker.errors import Forbidden, NotYours, Refused
from tracker.models import AuditEvent, ExportFile, Unit
from tracker.services import exports
from tracker.services.exports import list_exports, make_export, open_export

PLAN_KEY = "2025-27"
AT = moment("2026-10-20 09:00")
AS_OF = moment("2026-10-15 09:00")


@pytest.fixture
def office(session: Session) -> Actor:
    """The supervision office, one task, and 州科技局 silent on it in 2026Q3."""
    make_obligation(session)
    return make_actor(session)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "exports"


def make(session: Session, actor: Actor, folder: Path, *, kind: SheetKind = SheetKind.overdue,
         period_key: str = "2026Q3", as_of: datetime = AS_OF, at: datetime = AT, **others: Any) -> ExportFile:
    return make_export(session, actor, plan_key=PLAN_KEY, kind=kind, period_key=period_key, as_of=as_of,
                       export_dir=folder, at=at, **others)


def files_in(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize(("kind", "name"), [
    (SheetKind.ledger, "督办台账_科技创新行动方案_2026Q3_20261015_草稿.xlsx"),
    (SheetKind.overdue, "逾期清单_科技创新行动方案_2026Q3_20261015_草稿.xlsx"),
])
def test_a_sheet_lies_under_its_plan_and_period_and_its_row_holds_its_hash(session, office, folder, kind, name):
    row = make(session, office, folder, kind=kind)
    assert row.path == f"2025-27/2026Q3/{name}"
    assert files_in(folder) == {row.path}
    content = (folder / row.path).read_bytes()
    assert (row.sha256, row.size_bytes) == (sha256(content).hexdigest(), len(content))
    assert (row.draft, row.as_of, row.made_at, row.made_by) == (True, AS_OF, AT, office.name)
    event = session.scalars(select(AuditEvent).order_by(AuditEvent.id.desc()).limit(1)).one()
    assert (event.action, event.facts["export"], event.facts["sha256"]) == ("export.made", row.id, row.sha256)


def test_a_sheet_made_again_of_the_same_moment_says_the_same_and_supersedes_the_first(session, office, folder):
    first, again = make(session, office, folder), make(session, office, folder, at=moment("2026-10-20 10:00"))
    other_kind = make(session, office, folder, kind=SheetKind.ledger)
    assert (again.rows_sha256, again.sha256) == (first.rows_sha256, first.sha256)
    assert again.path == first.path.replace(".xlsx", "_2.xlsx")
    assert [(row.id, row.superseded_at) for row in session.scalars(select(ExportFile).order_by(ExportFile.id))] == [
        (first.id, moment("2026-10-20 10:00")), (again.id, None), (other_kind.id, None)]
    assert (folder / first.path).is_file()


def test_a_past_moment_rebuilt_later_supersedes_nothing(session, office, folder):
    current = make(session, office, folder)
    past = make(session, office, folder, as_of=moment("2026-10-14 06:00"), at=moment("2026-10-20 10:00"))
    assert [(row.id, row.superseded_at) for row in session.scalars(select(ExportFile).order_by(ExportFile.id))] == [
        (current.id, None), (past.id, moment("2026-10-20 10:00"))]


def test_two_who_make_the_same_sheet_at_once_get_a_file_each(session, office, folder, engine):
    together, write = Barrier(2), exports.build_overdue

    def build_together(*given):
        together.wait()         # both have looked for a name before either file is there
        return write(*given)

    def write_one(_):
        with Session(engine, info=session.info.copy()) as own:
            return exports.write_export(own, plan_key=PLAN_KEY, kind=SheetKind.overdue, period_key="2026Q3",
                                        as_of=AS_OF, export_dir=folder)

    with pytest.MonkeyPatch.context() as patch, ThreadPoolExecutor(2) as pool:
        patch.setattr(exports, "build_overdue", build_together)
        written = list(pool.map(write_one, range(2)))
    assert files_in(folder) == {one.made.path.relative_to(folder).as_posix() for one in written}
    assert len(files_in(folder)) == 2


@pytest.mark.parametrize("role", [UserRole.clerk, UserRole.leader, UserRole.admin])
def test_only_the_office_makes_sheets(session, office, folder, role):
    unit = session.scalars(select(Unit)).first() if role is UserRole.clerk else None
    with pytest.raises(Forbidden):
        make(session, make_actor(session, role, unit=unit), folder)
    assert files_in(folder) == set()


@pytest.mark.parametrize(("facts", "words"), [
    pytest.param({"as_of": moment("2026-10-20 09:01")}, "不能晚于现在", id="a moment to come"),
    pytest.param({"as_of": moment("2026-06-30 23:59")}, "还没有开启", id="before the period opened"),
    pytest.param({"period_key": "2027Q1"}, "还没有开启", id="a period to come"),
    pytest.param({"period_key": "../../tmp"}, "没有生成文件", id="no period at all"),
])
def test_what_cannot_be_shown_is_refused_and_leaves_no_file(session, office, folder, facts, words):
    with pytest.raises(Refused, match=words):
        make(session, office, folder, **facts)
    assert files_in(folder) == set()
    assert session.scalars(select(ExportFile)).all() == []


def test_a_download_is_handed_out_under_its_chinese_name_and_written_down(session, office, folder):
    row = make(session, office, folder)
    leader = make_actor(session, UserRole.leader)
    path, name, ascii_name = open_export(session, leader, row.id, export_dir=folder, at=AT)
    assert sha256(path.read_bytes()).hexdigest() == row.sha256
    assert (name, ascii_name) == (
        "逾期清单_科技创新行动方案_2026Q3_20261015_草稿.xlsx", "overdue_2026Q3_20261015.xlsx")
    event = session.scalars(select(AuditEvent).order_by(AuditEvent.id.desc()).limit(1)).one()
    assert (event.action, event.actor_name, event.facts) == (
        "export.downloaded", leader.name, {"export": row.id, "sha256": row.sha256})


def test_a_units_clerk_neither_lists_nor_downloads_sheets(session, office, folder):
    row = make(session, office, folder)
    clerk = make_actor(session, unit=session.scalars(select(Unit)).first())
    with pytest.raises(Forbidden):
        list_exports(session, clerk)
    with pytest.raises(NotYours):
        open_export(session, clerk, row.id, export_dir=folder, at=AT)
    assert [one.id for one in list_exports(session, office)] == [row.id]


@pytest.mark.parametrize("export_id", [0, 999, 2**31, 2**63])
def test_a_sheet_that_was_never_made_is_not_there(session, office, folder, export_id):
    with pytest.raises(NotYours):
        open_export(session, office, export_id, export_dir=folder, at=AT)


def test_a_file_that_is_gone_is_told_in_a_sentence_and_not_as_a_download(session, office, folder):
    row = make(session, office, folder)
    (folder / row.path).unlink()
    with pytest.raises(Refused, match="这份文件不在了"):
        open_export(session, office, row.id, export_dir=folder, at=AT)
    assert "export.downloaded" not in session.scalars(select(AuditEvent.action)).all()
