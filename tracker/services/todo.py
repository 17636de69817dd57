"""How much waits for me (待办数): the figures in the bar, one query a page however many roles one holds."""
from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session

from tracker.domain.actors import Actor
from tracker.domain.words import State, UserRole
from tracker.models import Obligation, Period
from tracker.services.access import visible_obligations

TO_WRITE = (State.pending, State.draft)


def waiting_count(session: Session, actor: Actor, at: datetime) -> dict[UserRole, int]:
    """For each role of the actor that has a desk: how many obligations wait for him in it at `at`.

    A clerk: what his unit is to report or correct now. A head: what he is to sign. The office: what it is to review.
    """
    held = [role for role in WAITS if actor.has(role)]
    if not held:
        return {}
    counts = session.execute(select(*(_count(actor, role, at).label(role) for role in held))).one()
    return dict(zip(held, counts, strict=True))


def _count(actor: Actor, role: UserRole, at: datetime) -> ColumnElement[int]:
    waits: Select[Obligation] = visible_obligations(actor).where(WAITS[role](actor, at))
    return waits.with_only_columns(func.count(Obligation.id)).scalar_subquery()


def _to_report(actor: Actor, at: datetime) -> ColumnElement[bool]:
    """Sent back, or not yet handed in and its window (集中填报期) is open."""
    open_period = select(Period.id).where(Period.window_opens_at <= at)
    return and_(Obligation.unit_id == actor.unit_id,
                or_(Obligation.state == State.returned,
                    and_(Obligation.state.in_(TO_WRITE), Obligation.period_id.in_(open_period))))


def _to_sign(actor: Actor, at: datetime) -> ColumnElement[bool]:
    return and_(Obligation.unit_id == actor.unit_id, Obligation.state == State.submitted, Obligation.to_sign)


def _to_review(actor: Actor, at: datetime) -> ColumnElement[bool]:
    return or_(Obligation.state == State.signed, and_(Obligation.state == State.submitted, ~Obligation.to_sign))


WAITS: dict[UserRole, Callable[[Actor, datetime], ColumnElement[bool]]] = {
    UserRole.clerk: _to_report,
    UserRole.head: _to_sign,
    UserRole.supervisor: _to_review,
}
