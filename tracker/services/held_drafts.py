"""What a draft holds now (草稿), for who writes on in it; and taking a kept copy (底稿) back into it."""
from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from tracker.domain.actors import Actor
from tracker.domain.rows import ReportText
from tracker.domain.words import State, UserRole
from tracker.errors import NotYours
from tracker.models import DraftCopy, Obligation, Period, Report, ReportVersion
from tracker.services.access import get_obligation, is_own
from tracker.services.deed import deed
from tracker.services.reporting import save_draft
from tracker.services.versions import columns_of, previous_version_id, text_of

OPEN = (State.pending, State.draft, State.returned)


@dataclass(frozen=True)
class HeldDraft:
    """The draft of one obligation, whoever of the unit wrote it last."""

    version: int                        # what the next deed must carry
    text: ReportText
    edited_by: str
    edited_at: datetime | None
    last_text: ReportText | None        # 上期
    writable: bool                      # the actor may write on


def held_draft(session: Session, actor: Actor, obligation_id: int) -> HeldDraft:
    """What the draft holds; untouched, only last period's 自评 (DESIGN section 11). NotYours outside its unit."""
    obligation = get_obligation(session, actor, obligation_id)
    if not is_own(actor, obligation):
        raise NotYours
    before = aliased(ReportVersion)
    draft, said = session.execute(
        select(Report, before).select_from(Obligation).join(Period, Period.id == Obligation.period_id)
        .outerjoin(Report, Report.obligation_id == Obligation.id).outerjoin(before, before.id == previous_version_id())
        .where(Obligation.id == obligation.id)).one()
    last = text_of(said) if said is not None else None
    text = text_of(draft) if draft is not None else ReportText(self_rating=last.self_rating if last else None)
    return HeldDraft(
        version=obligation.version, text=text, edited_by=draft.edited_by if draft is not None else "",
        edited_at=draft.edited_at if draft is not None else None, last_text=last,
        writable=obligation.state in OPEN and actor.has(UserRole.clerk))


def restore_copy(session: Session, actor: Actor, obligation_id: int, copy_id: int, *, version: int,
                 at: datetime) -> int:
    """Put a kept copy back into the draft; what stood there is kept as a copy in its turn. The new version number."""
    obligation = get_obligation(session, actor, obligation_id)
    copy = session.scalars(select(DraftCopy).where(
        DraftCopy.id == copy_id, DraftCopy.obligation_id == obligation.id)).one_or_none()
    if copy is None or not is_own(actor, obligation):
        raise NotYours
    text = text_of(copy)
    _keep_what_stands(session, actor, obligation_id, text, version, at)
    return save_draft(session, actor, obligation_id, text=text, version=version, at=at, not_secret=True)


def _keep_what_stands(session: Session, actor: Actor, obligation_id: int, instead: ReportText, version: int,
                      at: datetime) -> None:
    """`save_draft` keeps what a colleague wrote; here also what the actor himself wrote, unless a copy says it too."""
    with deed(session, actor, at) as d:
        obligation = get_obligation(session, actor, obligation_id, lock=True)
        stands = session.get(Report, obligation.id)
        copies = session.scalars(select(DraftCopy).where(DraftCopy.obligation_id == obligation.id)).all()
        if stands is None or obligation.version != version or stands.edited_by != actor.name:
            return
        if text_of(stands) not in [instead, *map(text_of, copies)]:
            session.add(DraftCopy(obligation_id=obligation.id, kept_at=at, written_by=stands.edited_by,
                                  **columns_of(text_of(stands))))
            d.record("report.copy_kept", obligation=obligation.id)
