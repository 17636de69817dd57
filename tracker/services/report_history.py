"""What was handed in, decided and kept of one obligation (办理经过): the rows that its page shows."""
from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from tracker.domain.actors import Actor
from tracker.domain.rows import ReportText
from tracker.domain.words import Deed, Rating, Role, Source, State
from tracker.models import Decision, DraftCopy, Obligation, ReportVersion, Unit
from tracker.services.access import is_own, may_read_text, visible_obligations
from tracker.services.versions import last_version_id, text_of


@dataclass(frozen=True)
class VersionRow:
    """A submission (报送稿), frozen."""

    number: int
    submitted_at: datetime
    submitted_by: str
    withdrawn_at: datetime | None
    text: ReportText
    sent_at: datetime | None            # when it went out to the office; None: it waits for the head, or never did
    source: Source                      # 代填, where it is not the unit's own
    confirmed_at: datetime | None
    confirmed_by: str


@dataclass(frozen=True)
class StepRow:
    """A step of the timeline (办理过程)."""

    at: datetime
    actor: str
    deed: Deed
    from_state: State
    to_state: State
    reason: str
    judged: Rating | None
    version_number: int | None
    resubmit_due_at: datetime | None


@dataclass(frozen=True)
class CopyRow:
    """另存的底稿: what one of two writers had typed when the other was first."""

    id: int
    kept_at: datetime
    written_by: str
    text: ReportText


@dataclass(frozen=True)
class PartRow:
    """A co-unit's part as delivered, for the lead to quote (汇总)."""

    obligation_id: int
    unit: str
    state: State
    delivered_at: datetime
    text: ReportText


def versions_of(session: Session, actor: Actor, obligation: Obligation) -> tuple[VersionRow, ...]:
    """The submissions that the actor may read, newest first."""
    if not may_read_text(actor, obligation):
        return ()
    query = (select(ReportVersion).where(ReportVersion.obligation_id == obligation.id)
             .order_by(ReportVersion.number.desc()))
    if not is_own(actor, obligation):
        query = query.where(ReportVersion.withdrawn_at.is_(None), ReportVersion.sent_at.is_not(None))
    return tuple(VersionRow(version.number, version.submitted_at, version.submitted_by, version.withdrawn_at,
                            text_of(version), version.sent_at, version.source, version.confirmed_at,
                            version.confirmed_by or "") for version in session.scalars(query))


def steps_of(session: Session, obligation: Obligation) -> tuple[StepRow, ...]:
    """What was done to it, newest first."""
    decisions = session.scalars(
        select(Decision).where(Decision.obligation_id == obligation.id).order_by(Decision.id.desc()))
    return tuple(StepRow(step.at, step.actor_name, Deed[step.deed], State[step.from_state], State[step.to_state],
                         step.reason, step.judged, step.version_number, step.resubmit_due_at) for step in decisions)


def copies_of(session: Session, actor: Actor, obligation: Obligation) -> tuple[CopyRow, ...]:
    """The copies kept beside the draft, newest first; its unit's only."""
    if not is_own(actor, obligation):
        return ()
    copies = session.scalars(
        select(DraftCopy).where(DraftCopy.obligation_id == obligation.id).order_by(DraftCopy.id.desc()))
    return tuple(CopyRow(copy.id, copy.kept_at, copy.written_by, text_of(copy)) for copy in copies)


def parts_of(session: Session, actor: Actor, obligation: Obligation) -> tuple[PartRow, ...]:
    """What the co-units delivered on the same task in the same period, in the plan's order."""
    if obligation.role is not Role.lead or obligation.task_id is None:
        return ()
    rows = session.execute(
        visible_obligations(actor)
        .join(ReportVersion, ReportVersion.id == last_version_id()).join(Unit, Unit.id == Obligation.unit_id)
        .where(Obligation.task_id == obligation.task_id, Obligation.period_id == obligation.period_id,
               Obligation.id != obligation.id, Obligation.delivered_at.is_not(None))
        .add_columns(ReportVersion, Unit.name).order_by(Unit.position))
    return tuple(PartRow(part.id, unit, part.state, part.delivered_at, text_of(version))
                 for part, version, unit in rows if part.delivered_at is not None)
