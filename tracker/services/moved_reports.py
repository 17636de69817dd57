"""What becomes of reports owed when a duty goes to another unit (责任移交): they move once, with draft and evidence."""
from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import select

from tracker.domain.transitions import MOVED
from tracker.domain.words import Deed, Purpose, Role, State
from tracker.models import (
    Attachment,
    Decision,
    DraftCopy,
    DueDate,
    Obligation,
    Period,
    Report,
    Responsibility,
    Unit,
)
from tracker.services.deed import OpenDeed
from tracker.services.task_course import take_back_unsigned
from tracker.services.versions import columns_of, text_of

STRENGTH = {Role.lead: 3, Role.co: 2, Role.standing_co: 1}


@dataclass
class Moves:
    """What a change moves: sentences for the page, and the counts. `duties`: (task number, what becomes of it)."""

    duties: list[tuple[str, str]] = field(default_factory=list)
    reports: int = 0            # owed reports that go to the successor
    kept: int = 0               # owed by the old unit still: their period was over by then
    people: int = 0             # accounts that may act for the successor from now on


def move_reports(d: OpenDeed, duty: Responsibility, into: Unit, from_on: date, moves: Moves) -> None:
    """Within a deed: what the old unit still owes in periods that reach beyond the day goes to the successor."""
    rows = d.session.execute(
        select(Obligation, Period).join(Period, Period.id == Obligation.period_id)
        .where(Obligation.task_id == duty.task_id, Obligation.unit_id == duty.unit_id,
               Obligation.delivered_at.is_(None), Obligation.state != State.waived).order_by(Obligation.id)).all()
    for owed, period in rows:
        if period.ends_on < from_on:
            moves.kept += 1
            continue
        theirs = d.session.scalars(select(Obligation).where(
            Obligation.task_id == duty.task_id, Obligation.unit_id == into.id,
            Obligation.period_id == period.id)).one_or_none()
        if theirs is None:
            _owe(d, owed, into)
        elif theirs.state is State.waived and theirs.delivered_at is None:
            _owe_again(d, theirs, owed)
        elif STRENGTH[owed.role] > STRENGTH[theirs.role] and theirs.delivered_at is None:
            _strengthen(d, theirs, owed)
        elif STRENGTH[owed.role] > STRENGTH[theirs.role]:
            moves.kept += 1     # its weaker part is delivered: the stronger is still the old unit's to hand in
            continue
        d.session.add(Decision(obligation_id=owed.id, deed=Deed.waive, from_state=owed.state, to_state=State.waived,
                               at=d.at, actor_id=d.actor.user_id, actor_name=d.actor.name,
                               reason=f"{MOVED}{into.name}"))
        take_back_unsigned(d, owed)
        owed.state = State.waived
        moves.reports += 1


def _owe(d: OpenDeed, owed: Obligation, into: Unit) -> None:
    """The successor owes it instead, from now on, by the same moment, with what was drafted."""
    state = State.pending if owed.state is State.pending else State.draft
    new = Obligation(plan_id=owed.plan_id, period_id=owed.period_id, task_id=owed.task_id, unit_id=into.id,
                     role=owed.role, state=state, opened_at=d.at, due_at=owed.due_at)
    d.session.add(new)
    d.session.flush()           # its id
    d.session.add(DueDate(obligation_id=new.id, due_at=new.due_at, recorded_at=d.at, actor_name=d.actor.name))
    _hang_again(d, owed, new)
    draft = d.session.get(Report, owed.id)
    if draft is not None and state is State.draft:
        d.session.add(Report(obligation_id=new.id, edited_at=draft.edited_at, edited_by=draft.edited_by,
                             **columns_of(text_of(draft))))
        d.session.add(Decision(obligation_id=new.id, deed=Deed.save, from_state=State.pending, to_state=State.draft,
                               at=d.at, actor_id=d.actor.user_id, actor_name=d.actor.name, reason="随责任移交"))


def _owe_again(d: OpenDeed, theirs: Obligation, owed: Obligation) -> None:
    """The successor had been let off (免报, 移交) in this period: it owes again, in the role of now."""
    d.session.add(Decision(obligation_id=theirs.id, deed=Deed.undo, from_state=theirs.state, to_state=State.draft,
                           at=d.at, actor_id=d.actor.user_id, actor_name=d.actor.name, reason="责任移交回来"))
    theirs.state = State.draft
    _strengthen(d, theirs, owed)


def _hang_again(d: OpenDeed, owed: Obligation, theirs: Obligation) -> None:
    """The evidence of the draft goes along: the same content, hung once more."""
    for file in d.session.scalars(select(Attachment).where(
            Attachment.obligation_id == owed.id, Attachment.removed_at.is_(None),
            Attachment.purpose == Purpose.evidence).order_by(Attachment.id)).all():
        d.session.add(Attachment(
            obligation_id=theirs.id, unit_id=theirs.unit_id, period_id=theirs.period_id, purpose=file.purpose,
            sha256=file.sha256, name=file.name, dated_on=file.dated_on, uploaded_at=file.uploaded_at,
            uploaded_by_id=file.uploaded_by_id, uploaded_by=file.uploaded_by))


def _strengthen(d: OpenDeed, theirs: Obligation, owed: Obligation) -> None:
    """The successor's own open part becomes the stronger one (配合件改牵头件), due when that is due.

    The old unit's draft is kept beside (底稿), its evidence hung here too.
    """
    draft = d.session.get(Report, owed.id)
    if draft is not None:
        d.session.add(DraftCopy(obligation_id=theirs.id, kept_at=d.at, written_by=draft.edited_by,
                                **columns_of(text_of(draft))))
    _hang_again(d, owed, theirs)
    theirs.role = owed.role
    if theirs.due_at != owed.due_at:
        theirs.due_at = owed.due_at
        d.session.add(DueDate(obligation_id=theirs.id, due_at=owed.due_at, recorded_at=d.at,
                              reason=f"改为{owed.role.label}件", actor_name=d.actor.name))
