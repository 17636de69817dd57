"""Make a sheet and hand it out (出表、下载).

A file first under its final name, then its row; a file without a row does no harm.
"""
from __future__ import annotations

import os
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from uuid import uuid4

from sqlalchemy import select, update
from sqlalchemy.orm import Session, joinedload

from tracker.domain.actors import Actor
from tracker.domain.permissions import Act, may
from tracker.domain.rows import SheetFacts
from tracker.domain.words import SheetKind
from tracker.domain.workdays import SHANGHAI
from tracker.errors import Forbidden, NotYours, Refused
from tracker.models import ExportFile, Period
from tracker.services.access import LARGEST_ID
from tracker.services.deed import OpenDeed, deed
from tracker.services.ledger import ledger
from tracker.services.overdue import overdue
from tracker.services.plan_view import current_plan
from tracker.sheets import Made, build_ledger, build_overdue, file_name

PRINTED = "printed"             # session.info key: the Printed, put there by whoever opens sessions
GONE = "这份文件不在了，可能被移走或清理过。请按同一时点再出一份，内容逐格相同。"
PURGED = "这份文件里有涉密误传的内容，已经清除。请按同一时点再出一份。"
LATER = "数据时点不能晚于现在。没有出表；请改成现在或以前的时点。"


@dataclass(frozen=True)
class Printed:
    """What an installation prints on its sheets: the office's name, and the address that links lead to ("": none)."""

    office: str = "州政府督查室"
    base_url: str = ""


@dataclass(frozen=True)
class Written:
    """A sheet on disk that has no row yet."""

    made: Made
    kind: SheetKind
    facts: SheetFacts
    plan_id: int
    period_key: str


def make_export(session: Session, actor: Actor, *, plan_key: str, kind: SheetKind, period_key: str, as_of: datetime,
                export_dir: Path, at: datetime, draft: bool = True) -> ExportFile:
    """Make one sheet of a period as of a moment, save it below `export_dir` and note it.

    Raises Forbidden, or Refused where the period had not opened by then or the moment is still to come.
    """
    if not may(actor, Act.make_exports):
        raise Forbidden
    if as_of > at:
        raise Refused(LATER, fields={"as_of": LATER})
    written = write_export(session, plan_key=plan_key, kind=kind, period_key=period_key, as_of=as_of,
                           export_dir=export_dir, draft=draft)
    with deed(session, actor, at) as d:
        return enter_export(d, written, export_dir)


def write_export(session: Session, *, plan_key: str, kind: SheetKind, period_key: str, as_of: datetime,
                 export_dir: Path, draft: bool = True) -> Written:
    """The file alone, under its final name; a name that is taken gets a number."""
    plan, printed = current_plan(session, plan_key), printed_of(session)
    if kind is SheetKind.ledger:
        facts, tasks = ledger(session, plan, period_key, as_of, office=printed.office, base_url=printed.base_url,
                              draft=draft)
        made = build_ledger(facts, tasks, _new_path(export_dir, facts))
    else:
        facts, rows = overdue(session, plan, period_key, as_of, office=printed.office, base_url=printed.base_url,
                              draft=draft)
        made = build_overdue(facts, rows, _new_path(export_dir, facts))
    return Written(_put_in_place(made, kind, facts), kind, facts, plan.id, period_key)


def enter_export(d: OpenDeed, written: Written, export_dir: Path) -> ExportFile:
    """Its row, within the caller's deed. A draft of an earlier moment is superseded, never one of a later."""
    period_id = d.session.scalars(select(Period.id).where(
        Period.plan_id == written.plan_id, Period.key == written.period_key)).one()
    same = (ExportFile.plan_id == written.plan_id, ExportFile.period_id == period_id, ExportFile.kind == written.kind,
            ExportFile.draft.is_(True), ExportFile.superseded_at.is_(None))
    made, facts = written.made, written.facts
    d.session.execute(update(ExportFile).where(*same, ExportFile.as_of <= facts.as_of).values(superseded_at=d.at))
    newer = d.session.scalar(select(ExportFile.id).where(*same, ExportFile.as_of > facts.as_of).limit(1))
    row = ExportFile(
        plan_id=written.plan_id, period_id=period_id, kind=written.kind, as_of=facts.as_of, draft=facts.draft,
        path=made.path.relative_to(export_dir).as_posix(), sha256=made.sha256, rows_sha256=made.rows_sha256,
        size_bytes=made.size_bytes, parameters={"office": facts.office, "check_code": made.check_code},
        made_at=d.at, made_by=d.actor.name, superseded_at=d.at if newer else None)
    d.session.add(row)
    d.session.flush()           # for its id
    d.record("export.made", export=row.id, kind=written.kind.value, period=written.period_key,
             as_of=facts.as_of.isoformat(), sha256=made.sha256)
    return row


def list_exports(session: Session, actor: Actor, limit: int = 50) -> list[ExportFile]:
    """What was made, newest first, with plan and period."""
    if not may(actor, Act.read_exports):
        raise Forbidden
    return list(session.scalars(
        select(ExportFile).order_by(ExportFile.made_at.desc(), ExportFile.id.desc()).limit(limit)
        .options(joinedload(ExportFile.plan), joinedload(ExportFile.period))))


def open_export(session: Session, actor: Actor, export_id: int, *, export_dir: Path,
                at: datetime) -> tuple[Path, str, str]:
    """A made sheet for download: its path, its Chinese name, an ASCII name; the download is written down."""
    if not may(actor, Act.read_exports):
        raise NotYours
    with deed(session, actor, at) as d:
        row = d.session.scalars(select(ExportFile).where(ExportFile.id == min(export_id, LARGEST_ID))
                                .options(joinedload(ExportFile.period))).one_or_none()
        if row is None:
            raise NotYours
        if row.purged_at is not None:
            raise Refused(PURGED)
        path = export_dir / row.path
        if not path.is_file():
            raise Refused(GONE)
        d.record("export.downloaded", export=row.id, sha256=row.sha256)
        ascii_name = f"{row.kind.value}_{row.period.key}_{row.as_of.astimezone(SHANGHAI):%Y%m%d}.xlsx"
        return path, path.name, ascii_name


def printed_of(session: Session) -> Printed:
    """What the installation prints on its sheets."""
    printed = session.info.get(PRINTED)
    return printed if isinstance(printed, Printed) else Printed()


def _new_path(export_dir: Path, facts: SheetFacts) -> Path:
    folder = export_dir / facts.plan_key / facts.period_key
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f".making-{uuid4().hex}.xlsx"


def _put_in_place(made: Made, kind: SheetKind, facts: SheetFacts) -> Made:
    """Give the finished file the first name that is free: of two who make a sheet at once, each gets a name."""
    copy = 1
    while True:
        path = made.path.with_name(file_name(kind, facts, copy))
        try:
            os.link(made.path, path)
        except FileExistsError:
            copy += 1
        else:
            made.path.unlink()
            return replace(made, path=path)
