"""Handing over (工作交接) when somebody leaves; and the units that nobody reports or signs for (无填报人、无审签人)."""
from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select
from sqlalchemy.orm import Session

from tracker.domain.actors import Actor
from tracker.domain.permissions import Act, may
from tracker.domain.words import State, UserRole
from tracker.errors import NotYours, Refused
from tracker.models import Deputy, Obligation, Post, Report, Responsibility, StandingUnit, Unit, User, UserRoleGrant
from tracker.services.access import LARGEST_ID
from tracker.services.accounts import other_account, switch_off
from tracker.services.deed import OpenDeed, deed
from tracker.services.posts import end_posts

OPEN = (State.draft, State.returned)
NOT_OF_A_UNIT = "只有责任单位的账号要交接；督查室、领导、管理员的账号停用即可"
NEED_SUCCESSOR = "接手人要是本单位另一个在用的填报员账号；还没有合适的人，请选“暂时没有”"


@dataclass(frozen=True)
class ToHandOver:
    """What a person would leave behind: `drafts` = drafts of the unit that he wrote last; (id, name) who may take over.

    `posts`, `deputies`: how many of them would end.
    """

    drafts: int
    successors: tuple[tuple[int, str], ...]
    posts: int
    deputies: int


def to_hand_over(session: Session, actor: Actor, user_id: int) -> ToHandOver:
    """For the administrator's page: counts only, he reads no report."""
    if not may(actor, Act.keep_accounts):
        raise NotYours
    user = session.get(User, user_id)
    if user is None:
        raise NotYours
    people = session.execute(select(User.id, User.name).where(_may_succeed(user)).order_by(User.name, User.id))
    posts = session.scalar(select(func.count(Post.id)).where(Post.user_id == user.id, Post.ended_at.is_(None)))
    deputies = session.scalar(select(func.count(Deputy.id)).where(_of(user)))
    return ToHandOver(_drafts(session, user), tuple((row.id, row.name) for row in people), posts or 0, deputies or 0)


def hand_over(session: Session, actor: Actor, user_id: int, *, successor_id: int | None, at: datetime) -> int:
    """Somebody leaves his unit (交接): his account is off, his posts and deputies end, his drafts stay with the unit.

    `successor_id`: the clerk who goes on with them, named in the audit trail; None where there is none yet. Returns
    how many drafts are handed over. Raises Refused where the successor is no other working clerk of the unit.
    """
    with deed(session, actor, at) as d:
        user = other_account(d, user_id)
        if user.unit_id is None:
            raise Refused(NOT_OF_A_UNIT)
        successor = _successor(d, user, successor_id)
        drafts = _drafts(d.session, user)
        posts = end_posts(d, user)
        for deputy in d.session.scalars(select(Deputy).where(_of(user))):
            deputy.ended_at = at
            d.record("deputy.ended", deputy=deputy.id, unit_id=deputy.unit_id, user_id=deputy.deputy_id)
        if user.active:
            switch_off(d, user)
        d.record("user.handed_over", user_id=user.id, login=user.login, unit_id=user.unit_id, drafts=drafts,
                 posts=posts, successor=successor.login if successor else "")
        return drafts


def units_without_clerk(session: Session) -> tuple[str, ...]:
    """无填报人: units that owe a report or have a duty (牵头、配合、常态配合), and no working clerk left."""
    owes = exists().where(Obligation.unit_id == Unit.id, Obligation.state.not_in((State.accepted, State.waived)))
    duty = exists().where(Responsibility.unit_id == Unit.id, Responsibility.ended_at.is_(None))
    standing = exists().where(StandingUnit.unit_id == Unit.id, StandingUnit.ended_at.is_(None))
    return tuple(session.scalars(
        select(Unit.name).where(or_(owes, duty, standing), Unit.id.not_in(_served(UserRole.clerk)))
        .order_by(Unit.position)))


def units_without_head_waiting(session: Session) -> tuple[str, ...]:
    """无审签人: units where something waits for a signature (待审签) and no working head's account or post is left.

    A deputy signs in the place of a working head only, so that he is no way out.
    """
    waits = exists().where(Obligation.unit_id == Unit.id, Obligation.state == State.submitted, Obligation.to_sign)
    return tuple(session.scalars(
        select(Unit.name).where(waits, Unit.id.not_in(_served(UserRole.head))).order_by(Unit.position)))


def _served(role: UserRole) -> Select[int]:
    """Ids of the units with a working account in this role, by grant or by post."""
    granted = (select(User.unit_id).join(UserRoleGrant, UserRoleGrant.user_id == User.id)
               .where(User.active, User.unit_id.is_not(None), UserRoleGrant.role == role))
    posted = (select(Post.unit_id).join(User, User.id == Post.user_id)
              .where(User.active, Post.role == role, Post.ended_at.is_(None)))
    return select(granted.union(posted).subquery())


def _may_succeed(leaver: User) -> ColumnElement[bool]:
    """A working clerk of the leaver's unit, by grant or by post, and not he himself."""
    granted = exists().where(UserRoleGrant.user_id == User.id, UserRoleGrant.role == UserRole.clerk,
                             User.unit_id == leaver.unit_id)
    posted = exists().where(Post.user_id == User.id, Post.unit_id == leaver.unit_id, Post.role == UserRole.clerk,
                            Post.ended_at.is_(None))
    return and_(User.active, User.id != leaver.id, or_(granted, posted))


def _successor(d: OpenDeed, leaver: User, user_id: int | None) -> User | None:
    if user_id is None:
        return None
    person = d.session.scalars(
        select(User).where(User.id == min(max(user_id, 0), LARGEST_ID), _may_succeed(leaver))).one_or_none()
    if person is None:
        raise Refused("还没有交接，内容没有变。", fields={"successor_id": NEED_SUCCESSOR})
    return person


def _drafts(session: Session, user: User) -> int:
    """Drafts of his unit, or what was sent back to it, that he wrote last."""
    return session.scalar(
        select(func.count(Obligation.id)).join(Report, Report.obligation_id == Obligation.id)
        .where(Obligation.unit_id == user.unit_id, Obligation.state.in_(OPEN), Report.edited_by == user.name)) or 0


def _of(user: User) -> ColumnElement[bool]:
    return and_(or_(Deputy.head_id == user.id, Deputy.deputy_id == user.id), Deputy.ended_at.is_(None))
