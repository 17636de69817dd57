"""Evidence (佐证材料): files that hang on what a unit owes, or on its return of a period (报送单扫描件).

| who | reads |
|---|---|
| the unit's clerk, head | every file of theirs, those taken out too |
| others who may open the obligation | what went with a version that was sent and not withdrawn |
| supervision office | 代填依据 too, as soon as it is there |
| 报送单扫描件 | the unit, the supervision office, leaders |
| what hangs on a milestone, 办结, 核查, 延期 | as services/task_files.py says |

What somebody asked to purge (涉密误传) is out of reach for all of them, under whatever name it hangs elsewhere.
"""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import Session, joinedload

from tracker.domain.actors import Actor
from tracker.domain.file_kinds import SHOWN_INLINE
from tracker.domain.permissions import Act, may
from tracker.domain.show import date_cn
from tracker.domain.words import Purpose, State, UserRole
from tracker.domain.workdays import shanghai_date
from tracker.errors import Forbidden, NotYours, Refused
from tracker.models import Attachment, Obligation, Period, ReportVersion, Unit, VersionAttachment
from tracker.services import task_files
from tracker.services.access import LARGEST_ID, get_obligation, is_office, is_own
from tracker.services.attachments import FileRow, file_row, file_rows, hang, named, out_of_reach
from tracker.services.deed import deed
from tracker.services.file_store import Received, path_of
from tracker.services.office_rules import office_rules

WRITABLE = frozenset({State.pending, State.draft, State.returned})

NOT_NOW = "这一件已经报出，佐证材料不能再改。要改先撤回，或请督查室退回。"
NOT_YOUR_FILES = "佐证材料由应报单位的填报员添加、取下。没有改动任何内容。"
LOST = "这份材料在存放处找不到了，请报系统管理员从备份里找回。"
NOT_YET = "成文日期不能晚于今天（{today}）。"
NO_SLIPS = "本系统没有开报送单扫描件，没有收下。"


def attach(session: Session, actor: Actor, obligation_id: int, *, stored: Received, name: str, dated_on: date | None,
           at: datetime, purpose: Purpose = Purpose.evidence, not_secret: bool = False) -> Attachment:
    """Hang a received file on an obligation: evidence by its clerk, 代填依据 by the supervision office.

    The same content under the same name again is the same attachment. SecrecyQuestion where its name or its text
    bears a mark of classified papers, unless `not_secret`.
    """
    name = named(stored, name, not_secret)
    _check_day(dated_on, at)
    with deed(session, actor, at) as d:
        obligation = get_obligation(session, actor, obligation_id, lock=True)
        _check_may_change(actor, obligation, purpose)
        place = Attachment(obligation_id=obligation.id, unit_id=obligation.unit_id, period_id=obligation.period_id,
                           purpose=purpose, dated_on=dated_on)
        return hang(d, stored, name, place, Attachment.obligation_id == obligation.id)


def attach_slip(session: Session, actor: Actor, unit_id: int, period_id: int, *, stored: Received, name: str,
                at: datetime, not_secret: bool = False) -> Attachment:
    """Hang the stamped 报送单 of a unit's return in a period: by the unit itself or by the supervision office."""
    name = named(stored, name, not_secret)
    with deed(session, actor, at) as d:
        if not may(actor, Act.read_slip) or not _may_read_slip(actor, unit_id):
            raise NotYours
        if not office_rules(session).slip_scan:
            raise Refused(NO_SLIPS)
        if session.get(Unit, unit_id) is None or session.get(Period, period_id) is None:
            raise NotYours
        place = Attachment(obligation_id=None, unit_id=unit_id, period_id=period_id, purpose=Purpose.slip)
        return hang(d, stored, name, place, (Attachment.unit_id == unit_id) & (Attachment.period_id == period_id))


def detach(session: Session, actor: Actor, attachment_id: int, *, at: datetime) -> Attachment:
    """Take a file out again (取下) while the report may be written. Its row stays, and versions sent before keep it."""
    with deed(session, actor, at) as d:
        row = _changeable(session, actor, attachment_id)
        if row.removed_at is None:
            row.removed_at, row.removed_by = at, actor.name
            d.record("file.removed", attachment=row.id, sha256=row.sha256)
        return row


def date_file(session: Session, actor: Actor, attachment_id: int, *, dated_on: date | None,
              at: datetime) -> Attachment:
    """Say what date the paper itself bears (成文日期)."""
    _check_day(dated_on, at)
    with deed(session, actor, at) as d:
        row = _changeable(session, actor, attachment_id)
        row.dated_on = dated_on
        d.record("file.dated", attachment=row.id, dated_on=dated_on.isoformat() if dated_on else None)
        return row


def files_of(session: Session, actor: Actor, obligation: Obligation) -> tuple[FileRow, ...]:
    """The files of an obligation that came through the door: its unit sees what hangs on it now.

    Others see what went with the version that counts; the office 代填依据 too, as soon as it is there.
    """
    query = file_rows().where(Attachment.obligation_id == obligation.id)
    if is_own(actor, obligation):
        query = query.where(Attachment.removed_at.is_(None))
    else:
        counts = (select(ReportVersion.id).where(
            ReportVersion.obligation_id == obligation.id, ReportVersion.sent_at.is_not(None),
            ReportVersion.withdrawn_at.is_(None)).order_by(ReportVersion.number.desc()).limit(1).scalar_subquery())
        went = exists().where(VersionAttachment.attachment_id == Attachment.id, VersionAttachment.version_id == counts)
        waits = (Attachment.purpose == Purpose.answer) & Attachment.removed_at.is_(None)
        query = query.where(went | waits if is_office(actor) else went)
    return tuple(file_row(actor, row, file, asked) for row, file, asked in session.execute(query))


def files_of_versions(session: Session, actor: Actor, obligation: Obligation) -> dict[int, tuple[FileRow, ...]]:
    """What went with each version (报送稿), by its number; for others than its unit what was sent."""
    query = (file_rows().add_columns(ReportVersion.number)
             .join(VersionAttachment, VersionAttachment.attachment_id == Attachment.id)
             .join(ReportVersion, ReportVersion.id == VersionAttachment.version_id)
             .where(ReportVersion.obligation_id == obligation.id))
    if not is_own(actor, obligation):
        query = query.where(ReportVersion.sent_at.is_not(None), ReportVersion.withdrawn_at.is_(None))
    found: dict[int, tuple[FileRow, ...]] = {}
    for row, file, asked, number in session.execute(query):
        found[number] = (*found.get(number, ()), file_row(actor, row, file, asked))
    return found


def files_with(session: Session, actor: Actor, version_ids: Sequence[int]) -> dict[int, tuple[FileRow, ...]]:
    """Version id -> what went with it, for a list in one query; the versions came through the door."""
    query = (file_rows().add_columns(VersionAttachment.version_id)
             .join(VersionAttachment, VersionAttachment.attachment_id == Attachment.id)
             .where(VersionAttachment.version_id.in_(version_ids)))
    found: dict[int, tuple[FileRow, ...]] = {}
    for row, file, asked, version_id in session.execute(query):
        found[version_id] = (*found.get(version_id, ()), file_row(actor, row, file, asked))
    return found


def slips_of(session: Session, actor: Actor, unit_id: int, period_id: int) -> tuple[FileRow, ...]:
    """The scans of a unit's 报送单 of a period; NotYours for whom it is none of his business."""
    if not _may_read_slip(actor, unit_id):
        raise NotYours
    query = file_rows().where(Attachment.unit_id == unit_id, Attachment.period_id == period_id,
                          Attachment.purpose == Purpose.slip, Attachment.removed_at.is_(None))
    return tuple(file_row(actor, row, file, asked) for row, file, asked in session.execute(query))


@dataclass(frozen=True)
class OpenFile:
    """A file that the actor may read now."""

    name: str
    media_type: str
    shown_inline: bool              # a browser can show it by itself
    path: Path


def open_attachment(session: Session, actor: Actor, attachment_id: int, *, at: datetime) -> OpenFile:
    """A file for reading; that it was opened is written down.

    NotYours where it is not the actor's to see: the same answer as for one that does not exist.
    """
    with deed(session, actor, at) as d:
        row = get_attachment(session, actor, attachment_id)
        reach = out_of_reach(session, row.sha256)
        if reach:
            raise Refused(reach)
        path = path_of(session, row.sha256)
        if not path.is_file():
            raise Refused(LOST)
        d.record("file.opened", attachment=row.id, sha256=row.sha256)
        return OpenFile(row.name, row.file.media_type, row.file.media_type in SHOWN_INLINE, path)


def get_attachment(session: Session, actor: Actor, attachment_id: int) -> Attachment:
    """The door to a file: a row that the actor may see, with its `file`; NotYours for all others."""
    row = session.scalars(select(Attachment).where(Attachment.id == min(attachment_id, LARGEST_ID))
                          .options(joinedload(Attachment.file))).one_or_none()
    if row is None or not may(actor, Act.read_files):
        raise NotYours
    if row.purpose in task_files.ON_TASKS:
        task_files.check_may_read(session, actor, row)
        return row
    if row.obligation_id is None:
        if not _may_read_slip(actor, row.unit_id):
            raise NotYours
        return row
    obligation = get_obligation(session, actor, row.obligation_id)
    if is_own(actor, obligation) or (row.purpose is Purpose.answer and is_office(actor)):
        return row
    if not session.scalar(select(exists().where(VersionAttachment.attachment_id == row.id, was_sent()))):
        raise NotYours
    return row


def was_sent() -> ColumnElement[bool]:
    """Of a VersionAttachment: it went with a version that was sent out and not withdrawn."""
    return exists().where(ReportVersion.id == VersionAttachment.version_id, ReportVersion.sent_at.is_not(None),
                          ReportVersion.withdrawn_at.is_(None))


def may_change(actor: Actor, obligation: Obligation) -> bool:
    """Whether the actor may add, date and take out its evidence now."""
    return (is_own(actor, obligation) and actor.has(UserRole.clerk) and may(actor, Act.attach)
            and obligation.state in WRITABLE)


def check_may_change(session: Session, actor: Actor, obligation_id: int) -> None:
    """Refuse what `attach` would refuse whatever the file: asked before a large one is read."""
    _check_may_change(actor, get_obligation(session, actor, obligation_id), Purpose.evidence)


def _may_read_slip(actor: Actor, unit_id: int) -> bool:
    return is_office(actor) or (actor.unit_id == unit_id and actor.has(UserRole.clerk, UserRole.head))


def _check_may_change(actor: Actor, obligation: Obligation, purpose: Purpose) -> None:
    if purpose is Purpose.answer and actor.has(UserRole.supervisor):
        return
    if purpose is not Purpose.evidence or not (is_own(actor, obligation) and actor.has(UserRole.clerk)):
        raise Forbidden(NOT_YOUR_FILES)
    if not may_change(actor, obligation):
        raise Refused(NOT_NOW, fields={"file": NOT_NOW})


def _changeable(session: Session, actor: Actor, attachment_id: int) -> Attachment:
    """A file that the actor may take out or date, its obligation held until the deed ends."""
    row = get_attachment(session, actor, attachment_id)
    if row.purpose in task_files.ON_TASKS:
        raise Forbidden(task_files.STAYS)
    if row.obligation_id is None:
        if not may(actor, Act.read_slip):
            raise Forbidden(NOT_YOUR_FILES)
    else:
        _check_may_change(actor, get_obligation(session, actor, row.obligation_id, lock=True), row.purpose)
    return row


def _check_day(dated_on: date | None, at: datetime) -> None:
    today = shanghai_date(at)
    if dated_on is not None and not date(1949, 10, 1) <= dated_on <= today:
        raise Refused("成文日期不对，没有改动。", fields={"dated_on": NOT_YET.format(today=date_cn(today))})
