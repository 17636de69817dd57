"""Evidence (佐证材料): files that hang on what a unit owes, or on its return of a period (报送单扫描件).

| who | reads |
|---|---|
| the unit's clerk, head | every file of theirs, those taken out too |
| others who may open the obligation | what went with a version that was sent and not withdrawn |
| supervision office | 代填依据 too, as soon as it is there |
| 报送单扫描件 | the unit, the supervision office, leaders |

What somebody asked to purge (涉密误传) is out of reach for all of them, under whatever name it hangs elsewhere.
"""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from sqlalchemy import ColumnElement, Select, exists, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, joinedload

from tracker.domain.actors import Actor
from tracker.domain.file_kinds import SHOWN_INLINE
from tracker.domain.file_names import LONGEST_CHARS, clean_name, split_name
from tracker.domain.file_refusals import size_words
from tracker.domain.permissions import Act, may
from tracker.domain.secrecy import secrecy_marks
from tracker.domain.show import date_cn
from tracker.domain.words import FileKind, Purpose, State, UserRole
from tracker.domain.workdays import shanghai_date, shanghai_moment
from tracker.errors import Forbidden, NotYours, Refused, SecrecyQuestion
from tracker.models import Attachment, Obligation, Period, Purge, ReportVersion, StoredFile, Unit, VersionAttachment
from tracker.services.access import LARGEST_ID, get_obligation, is_office, is_own
from tracker.services.deed import OpenDeed, deed
from tracker.services.file_store import Received, path_of, put_in_place
from tracker.services.office_rules import office_rules

WRITABLE = frozenset({State.pending, State.draft, State.returned})
MOST_FILES = 50                 # hanging on one obligation, or on one return
MOST_A_DAY_MB = 1000            # by one person

NOT_NOW = "这一件已经报出，佐证材料不能再改。要改先撤回，或请督查室退回。"
NOT_YOUR_FILES = "佐证材料由应报单位的填报员添加、取下。没有改动任何内容。"
TOO_MANY = f"一件最多挂{MOST_FILES}份材料，没有收下。请先取下不用的，或把几份压成一个 ZIP。"
TOO_MUCH = f"今天已经传了很多，一人一天最多{MOST_A_DAY_MB}MB，没有收下。请明天再传，或请同事帮着传。"
PURGED_BEFORE = "“{name}”已按涉密误传处理，不能再传。"
OUT_OF_REACH = "这份材料正按涉密误传处理，不能看，也不能下载。"
PURGED = "这份材料已按涉密误传清除，内容不在了。"
LOST = "这份材料在存放处找不到了，请报系统管理员从备份里找回。"
NOT_YET = "成文日期不能晚于今天（{today}）。"
NO_SLIPS = "本系统没有开报送单扫描件，没有收下。"


def attach(session: Session, actor: Actor, obligation_id: int, *, stored: Received, name: str, dated_on: date | None,
           at: datetime, purpose: Purpose = Purpose.evidence, not_secret: bool = False) -> Attachment:
    """Hang a received file on an obligation: evidence by its clerk, 代填依据 by the supervision office.

    The same content under the same name again is the same attachment. SecrecyQuestion where its name or its text
    bears a mark of classified papers, unless `not_secret`.
    """
    name = _named(stored, name, not_secret)
    _check_day(dated_on, at)
    with deed(session, actor, at) as d:
        obligation = get_obligation(session, actor, obligation_id, lock=True)
        _check_may_change(actor, obligation, purpose)
        place = Attachment(obligation_id=obligation.id, unit_id=obligation.unit_id, period_id=obligation.period_id,
                           purpose=purpose, dated_on=dated_on)
        return _hang(d, stored, name, place, Attachment.obligation_id == obligation.id)


def attach_slip(session: Session, actor: Actor, unit_id: int, period_id: int, *, stored: Received, name: str,
                at: datetime, not_secret: bool = False) -> Attachment:
    """Hang the stamped 报送单 of a unit's return in a period: by the unit itself or by the supervision office."""
    name = _named(stored, name, not_secret)
    with deed(session, actor, at) as d:
        if not may(actor, Act.read_slip) or not _may_read_slip(actor, unit_id):
            raise NotYours
        if not office_rules(session).slip_scan:
            raise Refused(NO_SLIPS)
        if session.get(Unit, unit_id) is None or session.get(Period, period_id) is None:
            raise NotYours
        place = Attachment(obligation_id=None, unit_id=unit_id, period_id=period_id, purpose=Purpose.slip)
        return _hang(d, stored, name, place, (Attachment.unit_id == unit_id) & (Attachment.period_id == period_id))


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


@dataclass(frozen=True)
class FileRow:
    """A file in a list. `shown_inline`: a browser can show it; `reach`: "" or why nobody may read it now.

    `may_ask`: whether the actor may ask to have it purged (涉密误传).
    """

    id: int
    name: str
    kind: FileKind
    size_bytes: int
    purpose: Purpose
    dated_on: date | None
    uploaded_by: str
    uploaded_at: datetime
    removed_at: datetime | None
    shown_inline: bool
    reach: str
    may_ask: bool

    @property
    def size(self) -> str:
        """218KB"""
        return size_words(self.size_bytes)


def files_of(session: Session, actor: Actor, obligation: Obligation) -> tuple[FileRow, ...]:
    """The files of an obligation that came through the door: its unit sees what hangs on it now.

    Others see what went with the version that counts; the office 代填依据 too, as soon as it is there.
    """
    query = _rows().where(Attachment.obligation_id == obligation.id)
    if is_own(actor, obligation):
        query = query.where(Attachment.removed_at.is_(None))
    else:
        counts = (select(ReportVersion.id).where(
            ReportVersion.obligation_id == obligation.id, ReportVersion.sent_at.is_not(None),
            ReportVersion.withdrawn_at.is_(None)).order_by(ReportVersion.number.desc()).limit(1).scalar_subquery())
        went = exists().where(VersionAttachment.attachment_id == Attachment.id, VersionAttachment.version_id == counts)
        waits = (Attachment.purpose == Purpose.answer) & Attachment.removed_at.is_(None)
        query = query.where(went | waits if is_office(actor) else went)
    return tuple(_row(actor, row, file, asked) for row, file, asked in session.execute(query))


def files_of_versions(session: Session, actor: Actor, obligation: Obligation) -> dict[int, tuple[FileRow, ...]]:
    """What went with each version (报送稿), by its number; for others than its unit what was sent."""
    query = (_rows().add_columns(ReportVersion.number)
             .join(VersionAttachment, VersionAttachment.attachment_id == Attachment.id)
             .join(ReportVersion, ReportVersion.id == VersionAttachment.version_id)
             .where(ReportVersion.obligation_id == obligation.id))
    if not is_own(actor, obligation):
        query = query.where(ReportVersion.sent_at.is_not(None), ReportVersion.withdrawn_at.is_(None))
    found: dict[int, tuple[FileRow, ...]] = {}
    for row, file, asked, number in session.execute(query):
        found[number] = (*found.get(number, ()), _row(actor, row, file, asked))
    return found


def files_with(session: Session, actor: Actor, version_ids: Sequence[int]) -> dict[int, tuple[FileRow, ...]]:
    """Version id -> what went with it, for a list in one query; the versions came through the door."""
    query = (_rows().add_columns(VersionAttachment.version_id)
             .join(VersionAttachment, VersionAttachment.attachment_id == Attachment.id)
             .where(VersionAttachment.version_id.in_(version_ids)))
    found: dict[int, tuple[FileRow, ...]] = {}
    for row, file, asked, version_id in session.execute(query):
        found[version_id] = (*found.get(version_id, ()), _row(actor, row, file, asked))
    return found


def slips_of(session: Session, actor: Actor, unit_id: int, period_id: int) -> tuple[FileRow, ...]:
    """The scans of a unit's 报送单 of a period; NotYours for whom it is none of his business."""
    if not _may_read_slip(actor, unit_id):
        raise NotYours
    query = _rows().where(Attachment.unit_id == unit_id, Attachment.period_id == period_id,
                          Attachment.purpose == Purpose.slip, Attachment.removed_at.is_(None))
    return tuple(_row(actor, row, file, asked) for row, file, asked in session.execute(query))


def _rows() -> Select[Attachment, StoredFile, bool]:
    asked = exists().where(Purge.sha256 == Attachment.sha256, Purge.attachment_id.is_not(None), Purge.done.is_(None))
    return (select(Attachment, StoredFile, asked).join(StoredFile, StoredFile.sha256 == Attachment.sha256)
            .order_by(Attachment.id))


def _row(actor: Actor, row: Attachment, file: StoredFile, asked: bool) -> FileRow:
    reach = PURGED if file.purged_at else OUT_OF_REACH if asked else ""
    return FileRow(row.id, row.name, file.kind, file.size_bytes, row.purpose, row.dated_on, row.uploaded_by,
                   row.uploaded_at, row.removed_at, file.media_type in SHOWN_INLINE and not reach, reach,
                   may(actor, Act.ask_purge))


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


def out_of_reach(session: Session, sha256: str) -> str:
    """Why nobody may read this content: somebody asked to purge it, or it is purged. "" where neither is so."""
    asked = session.scalars(select(Purge.done).where(
        Purge.sha256 == sha256, Purge.attachment_id.is_not(None), Purge.done.is_not(False))).all()
    return (PURGED if True in asked else OUT_OF_REACH) if asked else ""


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
    if row.obligation_id is None:
        if not may(actor, Act.read_slip):
            raise Forbidden(NOT_YOUR_FILES)
    else:
        _check_may_change(actor, get_obligation(session, actor, row.obligation_id, lock=True), row.purpose)
    return row


def _named(stored: Received, name: str, not_secret: bool) -> str:
    """The name to keep, its ending true; asks about marks of classified papers in it and in the text."""
    cleaned, ending = clean_name(name), split_name(stored.name)[1]
    if not split_name(cleaned)[1]:
        cleaned = f"{cleaned[:LONGEST_CHARS]}.{ending}"
    marks = tuple(dict.fromkeys((*secrecy_marks(cleaned), *stored.marks)))
    if marks and not not_secret:
        raise SecrecyQuestion(marks, f"“{cleaned}”")
    return cleaned


def _check_day(dated_on: date | None, at: datetime) -> None:
    today = shanghai_date(at)
    if dated_on is not None and not date(1949, 10, 1) <= dated_on <= today:
        raise Refused("成文日期不对，没有改动。", fields={"dated_on": NOT_YET.format(today=date_cn(today))})


def _hang(d: OpenDeed, stored: Received, name: str, place: Attachment, here: ColumnElement[bool]) -> Attachment:
    session, current = d.session, (here, Attachment.purpose == place.purpose, Attachment.removed_at.is_(None))
    same = session.scalars(select(Attachment).where(*current, Attachment.sha256 == stored.sha256,
                                                    Attachment.name == name)).first()
    if same is not None:
        return same
    if (session.scalar(select(func.count()).select_from(Attachment).where(*current)) or 0) >= MOST_FILES:
        raise Refused(TOO_MANY, fields={"file": TOO_MANY})
    _check_quota(session, d.actor, stored, d.at)
    _keep_content(d, stored, name)
    place.sha256, place.name = stored.sha256, name
    place.uploaded_at, place.uploaded_by_id, place.uploaded_by = d.at, d.actor.user_id, d.actor.name
    session.add(place)
    session.flush()             # its id
    d.record("file.attached", attachment=place.id, obligation=place.obligation_id, unit=place.unit_id,
             period=place.period_id, purpose=place.purpose.value, sha256=place.sha256, size_bytes=stored.size_bytes)
    return place


def _check_quota(session: Session, actor: Actor, stored: Received, at: datetime) -> None:
    today = shanghai_moment(shanghai_date(at))
    sent = session.scalar(select(func.sum(StoredFile.size_bytes)).join(Attachment)
                          .where(Attachment.uploaded_by_id == actor.user_id, Attachment.uploaded_at >= today)) or 0
    if sent + stored.size_bytes > MOST_A_DAY_MB * 1024 * 1024:
        raise Refused(TOO_MUCH, fields={"file": TOO_MUCH})


def _keep_content(d: OpenDeed, stored: Received, name: str) -> None:
    """The file first, then its row: a file without a row does no harm. Purged content does not come back."""
    if out_of_reach(d.session, stored.sha256):
        sentence = PURGED_BEFORE.format(name=name)
        raise Refused(sentence, fields={"file": sentence})
    put_in_place(d.session, stored)
    if d.session.get(StoredFile, stored.sha256) is not None:
        return
    try:
        with d.session.begin_nested():
            d.session.add(StoredFile(sha256=stored.sha256, size_bytes=stored.size_bytes, kind=stored.kind,
                                     media_type=stored.media_type, stored_at=d.at))
    except IntegrityError:      # another unit stores the same content at this moment
        pass
