"""One step in the life of an obligation (办理一步): may it be taken, then take it and write the Decision.

The table stands in domain/transitions.py; here it meets the row, the actor's unit and the version that he saw.
"""
from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from sqlalchemy import select
from sqlalchemy.orm import Session

from tracker.domain.actors import Actor
from tracker.domain.show import show_moment
from tracker.domain.transitions import BY_THE_COURSE, WHO, NotAllowed, StepFacts, move
from tracker.domain.words import Deed, Rating, State
from tracker.errors import Conflict, Forbidden, Refused
from tracker.models import Decision, Obligation, Report
from tracker.services.deed import OpenDeed

OF_THE_UNIT = frozenset({Deed.save, Deed.submit, Deed.withdraw, Deed.sign, Deed.send_to_clerk, Deed.confirm})
OF_THE_OFFICE = frozenset({Deed.accept, Deed.send_back, Deed.waive})        # what may be undone
OF_OTHERS = OF_THE_OFFICE | {Deed.sign, Deed.enter_for}                     # while one of them stands no 撤回

NOT_YOUR_UNIT = "这一件由应报单位填报，您可以看，不能改。没有改动任何内容。"
WRITTEN = "{by} {at} 也改了这一件。两份都留着，请并排看，选一份"
STEPPED = "{by} {at} 已办理这一件（{deed}）。您的没有写进去，还在本页；请先看最新情况"


class Taken(Protocol):
    """A step that was taken: a Decision, or a page's row of one."""

    @property
    def deed(self) -> str: ...
    @property
    def at(self) -> datetime: ...
    @property
    def from_state(self) -> str: ...
    @property
    def reason(self) -> str: ...


def step_facts(obligation: Obligation, steps: Sequence[Taken], at: datetime) -> StepFacts:
    """What the table's guards look at. `steps` are the obligation's, oldest first."""
    standing = sum(step.deed in OF_OTHERS for step in steps) - sum(step.deed == Deed.undo for step in steps)
    last = next((step for step in reversed(steps) if step.deed != Deed.confirm), None)
    by_itself = last is not None and last.deed in OF_THE_OFFICE and not last.reason.startswith(BY_THE_COURSE)
    undoable = last if by_itself else None
    return StepFacts(at, obligation.due_at, standing > 0, decided_at=undoable.at if undoable else None,
                     before=State(undoable.from_state) if undoable else None,
                     resubmitting=obligation.resubmit_due_at is not None)


def check_step(session: Session, actor: Actor, obligation: Obligation, deed: Deed, version: int, at: datetime) -> State:
    """The state that the deed leads to. Refuses, in this order: role, unit, a version no longer current, the table."""
    if actor.roles.isdisjoint(WHO[deed]):
        raise NotAllowed(deed, WHO[deed])
    if deed in OF_THE_UNIT and actor.unit_id != obligation.unit_id:
        raise Forbidden(NOT_YOUR_UNIT)
    if obligation.version != version:
        raise _conflict(session, obligation, at)
    steps = session.scalars(select(Decision).where(Decision.obligation_id == obligation.id).order_by(Decision.id)).all()
    return move(obligation.state, deed, actor.roles, obligation.to_sign, step_facts(obligation, steps, at))


def open_deeds(actor: Actor, obligation: Obligation, facts: StepFacts) -> frozenset[Deed]:
    """What `check_step` would let the actor do now: the buttons of a page."""
    return frozenset(deed for deed in Deed if _passes(actor, obligation, deed, facts))


def take_step(d: OpenDeed, obligation: Obligation, deed: Deed, to: State, *, reason: str = "",
              judged: Rating | None = None, version_number: int | None = None,
              resubmit_due_at: datetime | None = None, delivered_at: datetime | None = None) -> None:
    """Move on, and keep who did it, when and why. `version_number`: the ReportVersion that it speaks of.

    `delivered_at`: the moment that it delivered at (报出), where it did.
    """
    by = d.actor.signature if deed in (Deed.sign, Deed.send_to_clerk) else d.actor.name
    d.session.add(Decision(
        obligation_id=obligation.id, deed=deed, from_state=obligation.state, to_state=to, at=d.at,
        actor_id=d.actor.user_id, actor_name=by[:60], reason=reason, judged=judged, version_number=version_number,
        resubmit_due_at=resubmit_due_at, delivered_at=delivered_at))
    obligation.state = to


def _passes(actor: Actor, obligation: Obligation, deed: Deed, facts: StepFacts) -> bool:
    if deed in OF_THE_UNIT and actor.unit_id != obligation.unit_id:
        return False
    try:
        move(obligation.state, deed, actor.roles, obligation.to_sign, facts)
    except Refused:
        return False
    return True


def _conflict(session: Session, obligation: Obligation, at: datetime) -> Conflict:
    """Who was first: the last writer of the draft, or whoever took the last step after him."""
    written = session.get(Report, obligation.id)
    step = session.scalars(select(Decision).where(Decision.obligation_id == obligation.id)
                           .order_by(Decision.id.desc()).limit(1)).one_or_none()
    if step is not None and step.deed != Deed.save and (written is None or step.at >= written.edited_at):
        words = STEPPED.format(by=step.actor_name, at=show_moment(step.at, at), deed=Deed[step.deed].label)
        return Conflict(words, by=step.actor_name, at=step.at)
    if written is None:
        return Conflict("这一件刚有变动。您的没有写进去，还在本页；请先看最新情况")
    return Conflict(WRITTEN.format(by=written.edited_by, at=show_moment(written.edited_at, at)),
                    by=written.edited_by, at=written.edited_at)
