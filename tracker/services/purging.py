"""涉密误传清除: one person asks, at once nobody reads it any more; another does it, and it is gone, or lets it stand.

Of a file it is the content, under whatever name and in whatever unit it hangs; of a report all its words, wherever
they were copied to. Who, when, why and the hash stay. What lies in backups is for hands to remove: the page says so.
"""
from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import func, select, text, update
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified

from tracker.domain.actors import Actor
from tracker.domain.periods import parse_period
from tracker.domain.permissions import Act, may
from tracker.domain.report_text import REASON_LIMIT_CHARS, clean
from tracker.domain.secrecy import WIPED
from tracker.errors import Forbidden, NotYours, Refused
from tracker.models import Attachment, ExportFile, Obligation, Period, Purge, ReportVersion, StoredFile, Task, Unit
from tracker.services import report_wiping
from tracker.services.access import LARGEST_ID, get_obligation, may_read_text
from tracker.services.attachments import out_of_reach
from tracker.services.deed import OpenDeed, deed
from tracker.services.evidence import get_attachment
from tracker.services.file_store import destroy, path_of

NEED_REASON = "请写明为什么要清除；不要把涉密内容写进理由"
ALREADY = "已经有人申请清除了，现在谁也看不到；等督查室另一位同事办理。"
TWO_PERSONS = "这一项是您自己申请的，要由另一位同事清除或恢复。没有改动任何内容。"
DECIDED = "这一项已经由{by}办过了，没有改动任何内容。"
TOO_LONG = f"理由太长，最多{REASON_LIMIT_CHARS}字，请压缩"
NOT_TO_READ = "这一件还没有报出，报告内容只有应报单位看得到，由应报单位申请。"
NOTHING_OWED = "还没有开启报告期，申请没有地方记。请先报督查室处理。"
SCRUBBED = "report, report_version, draft_copy, quotation, setting, attachment"


@dataclass(frozen=True)
class PurgeRow:
    """One request. `file_name` "": the whole report. `copies`: places where the same file hangs, in all units.

    `own`: the actor asked for it himself.
    """

    id: int
    obligation_id: int
    file_name: str
    unit: str
    task_number: str
    title: str
    period_label: str
    copies: int
    sha256: str
    reason: str
    asked_at: datetime
    asked_by: str
    own: bool
    decided_at: datetime | None
    decided_by: str
    done: bool | None


def ask_purge_of_file(session: Session, actor: Actor, attachment_id: int, *, reason: str, at: datetime) -> Purge:
    """Ask to purge a file that the actor may open. From now on nobody reads this content, whatever its name."""
    reason = _fit(actor, reason)
    with deed(session, actor, at) as d:
        row = get_attachment(session, actor, attachment_id)
        if out_of_reach(session, row.sha256):
            raise Refused(ALREADY)
        return _ask(d, row.obligation_id or _some_obligation(session, row), row.sha256, reason, row.id)


def ask_purge_of_report(session: Session, actor: Actor, obligation_id: int, *, reason: str, at: datetime) -> Purge:
    """Ask to purge all that a report says, whoever can read it: its words are hidden at once, everywhere.

    Pages that are open, the lead's that quotes it too, meet a conflict when they save next.
    """
    reason = _fit(actor, reason)
    with deed(session, actor, at) as d:
        obligation = get_obligation(session, actor, obligation_id, lock=True)
        if not may_read_text(actor, obligation):
            raise Refused(NOT_TO_READ)
        if session.scalar(select(Purge.id).where(Purge.obligation_id == obligation.id, Purge.attachment_id.is_(None),
                                                 Purge.done.is_(None))):
            raise Refused(ALREADY)
        _overwrite_what_goes(session)
        purge = _ask(d, obligation.id, report_wiping.hash_of(session, obligation.id), reason, None)
        _raise_versions(session, report_wiping.hide(session, obligation.id, _key(purge)) | {obligation.id})
        return purge


def carry_out(session: Session, actor: Actor, purge_id: int, *, export_dir: Path, at: datetime) -> Purge:
    """Purge (清除), by another person than who asked. What was on disk is gone before the deed ends."""
    with deed(session, actor, at) as d:
        purge = _to_decide(d, purge_id)
        _overwrite_what_goes(session)
        if purge.attachment_id is not None:
            _purge_file(d, purge.sha256)
        else:
            obligation = session.scalars(select(Obligation).where(Obligation.id == purge.obligation_id)
                                         .with_for_update()).one()
            _raise_versions(session, report_wiping.wipe(session, obligation.id, _key(purge)))
            _purge_drafts_of_sheets(d, obligation, export_dir)
        _decide(d, purge, done=True)
    _scrub(session)
    return purge


def let_stand(session: Session, actor: Actor, purge_id: int, *, at: datetime) -> Purge:
    """Refuse the request (不清除), by another person than who asked: it can be read again as before."""
    with deed(session, actor, at) as d:
        purge = _to_decide(d, purge_id)
        if purge.attachment_id is None:
            _raise_versions(session, report_wiping.put_back(session, _key(purge)))
        _decide(d, purge, done=False)
        return purge


def purges(session: Session, actor: Actor, limit: int = 100) -> tuple[PurgeRow, ...]:
    """What was asked for, what waits first. Forbidden for who may not decide."""
    if not may(actor, Act.purge):
        raise Forbidden
    return _read(session, actor, limit=limit)


def get_purge(session: Session, actor: Actor, purge_id: int) -> PurgeRow:
    """One request; NotYours where there is none, or the actor may not decide."""
    found = _read(session, actor, purge_id=min(purge_id, LARGEST_ID)) if may(actor, Act.purge) else ()
    if not found:
        raise NotYours
    return found[0]


def _read(session: Session, actor: Actor, *, limit: int = 1, purge_id: int | None = None) -> tuple[PurgeRow, ...]:
    copies = (select(func.count()).select_from(Attachment).where(Attachment.sha256 == Purge.sha256)
              .correlate(Purge).scalar_subquery())
    query = (select(Purge, Attachment.name, Unit.name, Task.number, Task.title, Period.key, copies)
             .join(Obligation, Obligation.id == Purge.obligation_id).join(Unit, Unit.id == Obligation.unit_id)
             .join(Period, Period.id == Obligation.period_id).outerjoin(Task, Task.id == Obligation.task_id)
             .outerjoin(Attachment, Attachment.id == Purge.attachment_id)
             .order_by(Purge.decided_at.is_not(None), Purge.id.desc()).limit(limit))
    if purge_id is not None:
        query = query.where(Purge.id == purge_id)
    return tuple(PurgeRow(
        id=purge.id, obligation_id=purge.obligation_id, file_name=name or "", unit=unit, task_number=number or "",
        title=title or "综合报告", period_label=parse_period(key).label, copies=count, sha256=purge.sha256,
        reason=purge.reason, asked_at=purge.asked_at, asked_by=purge.asked_by, own=purge.asked_by_id == actor.user_id,
        decided_at=purge.decided_at, decided_by=purge.decided_by or "", done=purge.done)
        for purge, name, unit, number, title, key, count in session.execute(query))


def _fit(actor: Actor, reason: str) -> str:
    if not may(actor, Act.ask_purge) or actor.user_id is None:
        raise Forbidden
    reason = clean(reason)
    wrong = NEED_REASON if not reason else TOO_LONG if len(reason) > REASON_LIMIT_CHARS else ""
    if wrong:
        raise Refused(wrong, fields={"reason": wrong})
    return reason


def _ask(d: OpenDeed, obligation_id: int, sha256: str, reason: str, attachment_id: int | None) -> Purge:
    purge = Purge(attachment_id=attachment_id, obligation_id=obligation_id, sha256=sha256, reason=reason,
                  asked_at=d.at, asked_by_id=d.actor.user_id, asked_by=d.actor.name)
    d.session.add(purge)
    d.session.flush()           # its id
    d.record("purge.asked", purge=purge.id, obligation=obligation_id, attachment=attachment_id, sha256=sha256)
    return purge


def _to_decide(d: OpenDeed, purge_id: int) -> Purge:
    if not may(d.actor, Act.purge) or d.actor.user_id is None:
        raise Forbidden
    query = select(Purge).where(Purge.id == min(purge_id, LARGEST_ID)).with_for_update()
    purge = d.session.scalars(query).one_or_none()
    if purge is None:
        raise NotYours
    if purge.done is not None:
        raise Refused(DECIDED.format(by=purge.decided_by))
    if purge.asked_by_id == d.actor.user_id:
        raise Refused(TWO_PERSONS)
    return purge


def _decide(d: OpenDeed, purge: Purge, *, done: bool) -> None:
    purge.decided_at, purge.decided_by_id, purge.decided_by, purge.done = d.at, d.actor.user_id, d.actor.name, done
    d.record("purge.done" if done else "purge.refused", purge=purge.id, obligation=purge.obligation_id,
             attachment=purge.attachment_id, sha256=purge.sha256, asked_by=purge.asked_by)


def _purge_file(d: OpenDeed, sha256: str) -> None:
    """The content and every name that it hangs under: a name may tell as much."""
    d.session.execute(update(Attachment).where(Attachment.sha256 == sha256).values(name=WIPED))
    d.session.execute(update(StoredFile).where(StoredFile.sha256 == sha256).values(purged_at=d.at))
    destroy(path_of(d.session, sha256))


def _purge_drafts_of_sheets(d: OpenDeed, obligation: Obligation, export_dir: Path) -> None:
    """The draft sheets (督查表草稿) of the plan that may hold its words: all made since it was first handed in."""
    first = d.session.scalar(select(func.min(ReportVersion.submitted_at))
                             .where(ReportVersion.obligation_id == obligation.id))
    if first is None:
        return
    made = d.session.scalars(select(ExportFile).where(
        ExportFile.plan_id == obligation.plan_id, ExportFile.draft.is_(True), ExportFile.made_at >= first,
        ExportFile.purged_at.is_(None)).order_by(ExportFile.id)).all()
    for sheet in made:
        sheet.purged_at, sheet.superseded_at = d.at, sheet.superseded_at or d.at        # no longer a current one
        destroy(export_dir / sheet.path)
    if made:
        d.record("exports.purged", exports=[sheet.id for sheet in made])


def _raise_versions(session: Session, obligation_ids: set[int]) -> None:
    for obligation in session.scalars(select(Obligation).where(Obligation.id.in_(obligation_ids))
                                      .order_by(Obligation.id).with_for_update()):
        flag_modified(obligation, "state")


def _overwrite_what_goes(session: Session) -> None:
    """SQLite writes zeros over what is deleted from here on, on this connection."""
    if session.get_bind().dialect.name == "sqlite":
        session.execute(text("PRAGMA secure_delete=ON"))


def _scrub(session: Session) -> None:
    """What the database itself still holds of rows rewritten: its log (SQLite), its dead rows (PostgreSQL)."""
    engine = session.get_bind().engine
    if engine.dialect.name == "sqlite":
        connection = engine.raw_connection()
        try:
            connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
        finally:
            connection.close()
        return
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as own:
        own.execute(text(f"VACUUM {SCRUBBED}"))


def _key(purge: Purge) -> str:
    return f"purge_held_{purge.id}"


def _some_obligation(session: Session, row: Attachment) -> int:
    """What a purge of a file is kept with that hangs on no obligation: 报送单扫描件, 节点佐证 …

    Of the same unit and, where it has one, period; of another unit where this one owes nothing yet.
    """
    order = (Obligation.period_id != row.period_id,) if row.period_id is not None else ()
    found = session.scalars(select(Obligation.id).order_by(
        Obligation.unit_id != row.unit_id, *order, Obligation.id).limit(1)).one_or_none()
    if found is None:
        raise Refused(NOTHING_OWED)
    return found
