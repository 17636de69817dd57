"""Whether a unit signs off (审签): a switch of each unit, kept by the administrator; on, once it has a head."""
from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ScalarSelect, func, select
from sqlalchemy.orm import Session

from tracker.domain.actors import Actor
from tracker.domain.permissions import Act, may
from tracker.domain.words import State, UnitKind, UserRole
from tracker.errors import Forbidden, NotYours
from tracker.models import Obligation, Post, Unit, User, UserRoleGrant
from tracker.services.access import LARGEST_ID
from tracker.services.deed import deed


@dataclass(frozen=True)
class UnitRow:
    """A unit and who works for it: `clerks`, `heads` = working accounts and posts; `waiting` = 待审签 now."""

    id: int
    name: str
    kind: UnitKind
    sign_off: bool
    clerks: int
    heads: int
    waiting: int


def units(session: Session, actor: Actor) -> tuple[UnitRow, ...]:
    """Every unit, in its order."""
    if not may(actor, Act.keep_accounts):
        raise NotYours
    waiting = (select(func.count(Obligation.id)).where(
        Obligation.unit_id == Unit.id, Obligation.state == State.submitted, Obligation.to_sign).scalar_subquery())
    clerks = _granted(UserRole.clerk) + _posted(UserRole.clerk)
    heads = _granted(UserRole.head) + _posted(UserRole.head)
    rows = session.execute(
        select(Unit.id, Unit.name, Unit.kind, Unit.sign_off, clerks, heads, waiting).order_by(Unit.position))
    return tuple(UnitRow(*row) for row in rows)


def set_sign_off(session: Session, actor: Actor, unit_id: int, *, on: bool, at: datetime) -> None:
    """Switch sign-off on or off. What waits for the head already still does; the next submission goes the new way."""
    if not may(actor, Act.keep_accounts):
        raise Forbidden
    if not 0 < unit_id <= LARGEST_ID:
        raise NotYours
    with deed(session, actor, at) as d:
        unit = d.session.get(Unit, unit_id, with_for_update=True)
        if unit is None:
            raise NotYours
        if unit.sign_off is not on:
            unit.sign_off = on
            d.record("unit.sign_off_set", unit_id=unit.id, sign_off=on)


def _granted(role: UserRole) -> ScalarSelect[int]:
    return (select(func.count(User.id)).join(UserRoleGrant, UserRoleGrant.user_id == User.id)
            .where(User.unit_id == Unit.id, User.active, UserRoleGrant.role == role).scalar_subquery())


def _posted(role: UserRole) -> ScalarSelect[int]:
    return (select(func.count(Post.id)).join(User, User.id == Post.user_id)
            .where(Post.unit_id == Unit.id, User.active, Post.role == role, Post.ended_at.is_(None)).scalar_subquery())
