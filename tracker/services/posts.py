"""Posts (兼任): a role in another unit than one's own, given and ended by the administrator; 换身份: which one acts."""
from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from tracker.domain.actors import Actor
from tracker.domain.permissions import Act, may
from tracker.domain.words import UserRole
from tracker.errors import Forbidden, NotYours, Refused
from tracker.models import Post, Unit, User, WebSession
from tracker.services.access import LARGEST_ID
from tracker.services.accounts import OF_A_UNIT, other_account
from tracker.services.deed import OpenDeed, deed

OF_THE_OFFICE = "只有责任单位的账号可以兼任；督查员、领导、系统管理员、审计员不能兼任责任单位的角色"
SWITCHED_OFF = "账号已停用，先启用再兼任"
OWN_UNIT = "这是本人的单位，改角色即可，不用兼任"
NO_UNIT = "请选一个单位"
NO_ROLE = "请选填报员或审签人"
HELD = "{unit}的{role}已经兼任了"


@dataclass(frozen=True)
class PostRow:
    """A post that is held: on the account's page."""

    id: int
    unit: str
    role: UserRole
    since_at: datetime


def posts_of(session: Session, actor: Actor, user_id: int) -> tuple[PostRow, ...]:
    """The posts that an account holds now, by unit."""
    if not may(actor, Act.keep_accounts):
        raise NotYours
    rows = session.execute(
        select(Post.id, Unit.name, Post.role, Post.since_at).join(Unit, Unit.id == Post.unit_id)
        .where(Post.user_id == user_id, Post.ended_at.is_(None)).order_by(Unit.position, Post.role))
    return tuple(PostRow(*row) for row in rows)


def give_post(session: Session, actor: Actor, user_id: int, *, unit_id: int | None, role: UserRole | None,
              at: datetime) -> None:
    """Let an account be clerk or head of another unit too (兼任). Holds from its next click, once it switches."""
    with deed(session, actor, at) as d:
        user = other_account(d, user_id)
        unit = d.session.get(Unit, unit_id) if unit_id is not None and 0 < unit_id <= LARGEST_ID else None
        fault = _fault(d, user, unit, role)
        if fault or unit is None or role is None:
            raise Refused("没有兼任上，请改好再交。", fields=fault)
        post = Post(user_id=user.id, unit_id=unit.id, role=role, since_at=at)
        d.session.add(post)
        d.session.flush()
        d.record("post.given", post=post.id, user_id=user.id, login=user.login, unit_id=unit.id, roles=[role])


def end_post(session: Session, actor: Actor, user_id: int, post_id: int, *, at: datetime) -> None:
    """End a post (免去兼任); whoever acts in that unit's name now is out at the next click. Ended before: no change."""
    with deed(session, actor, at) as d:
        user = other_account(d, user_id)
        post = d.session.get(Post, post_id)
        if post is None or post.user_id != user.id:
            raise NotYours
        if post.ended_at is None:
            end_posts(d, user, post_id=post.id)


def end_posts(d: OpenDeed, user: User, *, post_id: int | None = None) -> int:
    """Within a deed: end one post of an account, or all that it holds, and the log-ins that act in them."""
    held = d.session.scalars(select(Post).where(
        Post.user_id == user.id, Post.ended_at.is_(None), *([Post.id == post_id] if post_id else []))).all()
    for post in held:
        post.ended_at = d.at
        d.session.execute(update(WebSession).where(
            WebSession.user_id == user.id, WebSession.post_unit_id == post.unit_id, WebSession.ended_at.is_(None),
        ).values(ended_at=d.at))
        d.record("post.ended", post=post.id, user_id=user.id, login=user.login, unit_id=post.unit_id, roles=[post.role])
    return len(held)


def switch_identity(session: Session, actor: Actor, session_id: int, unit_id: int, *, at: datetime) -> None:
    """Act for another of one's units from now on, in this log-in (换身份). NotYours where one has no post there."""
    if not may(actor, Act.switch_post):
        raise Forbidden
    if not 0 < unit_id <= LARGEST_ID:
        raise NotYours
    with deed(session, actor, at) as d:
        user = d.session.get_one(User, actor.user_id)
        held = select(Post.unit_id).where(Post.user_id == user.id, Post.unit_id == unit_id, Post.ended_at.is_(None))
        if unit_id != user.unit_id and d.session.scalars(held).first() is None:
            raise NotYours
        chosen = None if unit_id == user.unit_id else unit_id
        d.session.execute(update(WebSession).where(
            WebSession.id == session_id, WebSession.user_id == user.id, WebSession.ended_at.is_(None),
        ).values(post_unit_id=chosen))
        d.record("post.switched", user_id=user.id, login=user.login, unit_id=unit_id)


def _fault(d: OpenDeed, user: User, unit: Unit | None, role: UserRole | None) -> dict[str, str]:
    if user.unit_id is None or user.apart:
        return {"post_unit_id": OF_THE_OFFICE}
    if not user.active:
        return {"post_unit_id": SWITCHED_OFF}
    if unit is None:
        return {"post_unit_id": NO_UNIT}
    if unit.id == user.unit_id:
        return {"post_unit_id": OWN_UNIT}
    if role not in OF_A_UNIT:
        return {"post_role": NO_ROLE}
    held = select(Post.id).where(Post.user_id == user.id, Post.unit_id == unit.id, Post.role == role,
                                 Post.ended_at.is_(None))
    if d.session.scalars(held).first() is not None:
        return {"post_role": HELD.format(unit=unit.name, role=role.label)}
    return {}
