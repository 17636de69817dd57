"""Handing accounts out (账号发放): a one-time link for everybody who has not set his password yet."""
from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import Session

from tracker.domain.actors import Actor
from tracker.domain.permissions import Act, may
from tracker.domain.words import UserRole
from tracker.errors import Forbidden, NotYours, Refused
from tracker.models import Unit, User, UserRoleGrant
from tracker.services.accounts import reset_within
from tracker.services.deed import deed

AT_ONCE = 300                           # links on one page, lines on one table
NOBODY = "密码都设好了，没有要发的链接"


@dataclass(frozen=True)
class Made:
    """An account with the token of the one-time link that was just made for it: shown once, kept nowhere."""

    login: str
    name: str
    unit: str | None
    roles: tuple[UserRole, ...]
    token: str


def waiting(session: Session, actor: Actor) -> int:
    """How many accounts wait for their owner to set a password, one's own aside."""
    if not may(actor, Act.keep_accounts):
        raise NotYours
    return session.scalar(select(func.count(User.id)).where(_waits(actor))) or 0


def renew_links(session: Session, actor: Actor, *, at: datetime) -> tuple[Made, ...]:
    """A new link for each of them, at most `AT_ONCE`, in one deed; links and first passwords handed out before end."""
    if not may(actor, Act.keep_accounts):
        raise Forbidden
    with deed(session, actor, at) as d:
        users = d.session.execute(
            select(User, Unit.name).outerjoin(Unit, Unit.id == User.unit_id).where(_waits(actor))
            .order_by(Unit.position.nulls_last(), User.login).limit(AT_ONCE).with_for_update(of=User)).all()
        if not users:
            raise Refused(NOBODY)
        roles: dict[int, list[UserRole]] = {}
        for user_id, role in d.session.execute(
                select(UserRoleGrant.user_id, UserRoleGrant.role).where(
                    UserRoleGrant.user_id.in_([user.id for user, _ in users])).order_by(UserRoleGrant.role)):
            roles.setdefault(user_id, []).append(role)
        return tuple(Made(user.login, user.name, unit, tuple(roles.get(user.id, ())), reset_within(d, user))
                     for user, unit in users)


def _waits(actor: Actor) -> ColumnElement[bool]:
    return and_(User.active, User.must_change, User.id != (actor.user_id or 0))
