"""What was handed in (报送稿), what the unit said the time before (上期), and what else stands beside an obligation.

The functions without arguments are expressions for lists: correlated to Obligation (and Period) of the outer select.
"""
from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, and_, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from tracker.domain.rows import ReportText
from tracker.domain.words import Deed, Purpose, Role, Source, State
from tracker.models import (
    Attachment,
    Decision,
    DraftCopy,
    Obligation,
    Period,
    Report,
    ReportVersion,
    Responsibility,
    Unit,
    VersionAttachment,
)
from tracker.services.deed import OpenDeed


def text_of(row: Report | ReportVersion | DraftCopy) -> ReportText:
    """What a draft, a copy or a version says, as the value that pages and sheets share."""
    return ReportText(progress=row.progress, self_rating=row.self_rating, percent=row.percent, problems=row.problems,
                      matters=row.matters, next_steps=row.next_steps,
                      measures=tuple(sorted(row.measures.items())))


def columns_of(text: ReportText) -> dict[str, Any]:
    """The same, as column values of a draft or a version."""
    return {"progress": text.progress, "self_rating": text.self_rating, "percent": text.percent,
            "problems": text.problems, "matters": text.matters, "next_steps": text.next_steps,
            "measures": dict(text.measures)}


def add_version(d: OpenDeed, obligation: Obligation, text: ReportText, *, request_key: str,
                source: Source = Source.unit) -> ReportVersion:
    """Within a deed: freeze what is handed in (报送稿), with the files that hang on it now."""
    number = 1 + d.session.scalars(select(func.count()).select_from(ReportVersion)
                                   .where(ReportVersion.obligation_id == obligation.id)).one()
    version = ReportVersion(obligation_id=obligation.id, number=number, submitted_at=d.at, submitted_by=d.actor.name,
                            request_key=request_key, source=source, **columns_of(text))
    d.session.add(version)
    d.session.flush()           # its id
    sent = exists().where(VersionAttachment.attachment_id == Attachment.id, VersionAttachment.version_id.in_(
        select(ReportVersion.id).where(ReportVersion.obligation_id == obligation.id,
                                       ReportVersion.sent_at.is_not(None))))
    goes = Attachment.purpose == Purpose.evidence
    if source is not Source.unit:       # the office publishes nothing that the unit only kept with its draft
        goes = or_(Attachment.purpose == Purpose.answer, and_(goes, sent))
    files = d.session.scalars(select(Attachment.id).where(
        Attachment.obligation_id == obligation.id, Attachment.removed_at.is_(None), goes))
    d.session.add_all([VersionAttachment(version_id=version.id, attachment_id=file) for file in files])
    return version


def last_version(session: Session, obligation_id: int) -> ReportVersion:
    """The last version that was not withdrawn, of an obligation that was handed in; sent or waiting for the head."""
    return session.scalars(
        select(ReportVersion)
        .where(ReportVersion.obligation_id == obligation_id, ReportVersion.withdrawn_at.is_(None))
        .order_by(ReportVersion.number.desc()).limit(1)).one()


def last_version_id() -> ScalarSelect[int]:
    """The version that counts outside the unit: the last one that went out (报出) and was not withdrawn."""
    version = aliased(ReportVersion)
    return (select(version.id)
            .where(version.obligation_id == Obligation.id, version.sent_at.is_not(None), version.withdrawn_at.is_(None))
            .order_by(version.number.desc()).limit(1).correlate(Obligation).scalar_subquery())


def handed_in_id() -> ScalarSelect[int]:
    """The version that counts inside the unit: the last one not withdrawn, whether the head has signed it or not."""
    version = aliased(ReportVersion)
    return (select(version.id).where(version.obligation_id == Obligation.id, version.withdrawn_at.is_(None))
            .order_by(version.number.desc()).limit(1).correlate(Obligation).scalar_subquery())


def previous_version_id() -> ScalarSelect[int]:
    """The last version that went out of the same unit, or one that went into it, on the same task in an earlier period.

    Where the unit was silent the period before, the one before that: what it said last is what it goes on from.
    """
    version, earlier, period = aliased(ReportVersion), aliased(Obligation), aliased(Period)
    went_into_it = select(Unit.id).where(Unit.successor_id == Obligation.unit_id).correlate(Obligation)
    same_subject: list[ColumnElement[bool]] = [
        earlier.plan_id == Obligation.plan_id,
        or_(earlier.unit_id == Obligation.unit_id, earlier.unit_id.in_(went_into_it)),
        earlier.task_id.is_not_distinct_from(Obligation.task_id)]
    return (select(version.id)
            .join(earlier, earlier.id == version.obligation_id).join(period, period.id == earlier.period_id)
            .where(*same_subject, period.starts_on < Period.starts_on, version.sent_at.is_not(None),
                   version.withdrawn_at.is_(None))
            .order_by(period.starts_on.desc(), version.number.desc()).limit(1)
            .correlate(Obligation, Period).scalar_subquery())


def lead_name() -> ScalarSelect[str]:
    """The name of the unit that leads the obligation's task today (牵头单位)."""
    return (select(Unit.name).join(Responsibility, Responsibility.unit_id == Unit.id)
            .where(Responsibility.task_id == Obligation.task_id, Responsibility.role == Role.lead,
                   Responsibility.ended_at.is_(None))
            .order_by(Responsibility.position).limit(1).correlate(Obligation).scalar_subquery())


def return_reason() -> ScalarSelect[str]:
    """Why the office sent it back last (退回理由); null where it never did, or took that back (撤销)."""
    later = aliased(Decision)
    undone = exists().where(later.obligation_id == Decision.obligation_id, later.deed == Deed.undo,
                            later.from_state == State.returned, later.id > Decision.id,
                            later.version_number == Decision.version_number)
    return (select(Decision.reason)
            .where(Decision.obligation_id == Obligation.id, Decision.deed == Deed.send_back, ~undone)
            .order_by(Decision.id.desc()).limit(1).correlate(Obligation).scalar_subquery())
