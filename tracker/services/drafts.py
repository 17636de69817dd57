"""Drafts (草稿) and the copies beside them (底稿): of two writers' texts none is lost, whoever was first."""
from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from tracker.domain.actors import Actor
from tracker.domain.rows import ReportText
from tracker.domain.words import UserRole
from tracker.models import DraftCopy, Obligation, Report
from tracker.services.access import get_obligation
from tracker.services.deed import OpenDeed, deed
from tracker.services.versions import columns_of, text_of


def write_draft(d: OpenDeed, obligation: Obligation, text: ReportText) -> None:
    """Replace the draft. What a colleague had written stays as a copy."""
    before = d.session.get(Report, obligation.id)
    if before is not None and before.edited_by != d.actor.name and text_of(before) != text:
        _keep(d, obligation, text_of(before), before.edited_by)
    d.session.merge(Report(obligation_id=obligation.id, edited_at=d.at, edited_by=d.actor.name, **columns_of(text)))


def keep_losing_text(session: Session, actor: Actor, obligation_id: int, text: ReportText, at: datetime) -> None:
    """Keep what the second of two writers had typed, once; for the unit's clerks only."""
    if not actor.has(UserRole.clerk):
        return
    with deed(session, actor, at) as d:
        obligation = get_obligation(session, actor, obligation_id, lock=True)
        if actor.unit_id != obligation.unit_id:
            return
        stands = session.get(Report, obligation.id)
        kept = session.scalars(select(DraftCopy).where(DraftCopy.obligation_id == obligation.id,
                                                       DraftCopy.written_by == actor.name)
                               .order_by(DraftCopy.id.desc()).limit(1)).one_or_none()
        if text not in [text_of(row) for row in (stands, kept) if row is not None]:
            _keep(d, obligation, text, actor.name)


def _keep(d: OpenDeed, obligation: Obligation, text: ReportText, written_by: str) -> None:
    d.session.add(DraftCopy(obligation_id=obligation.id, kept_at=d.at, written_by=written_by, **columns_of(text)))
    d.record("report.copy_kept", obligation=obligation.id)
