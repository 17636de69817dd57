"""Log-ins (登录会话), kept here to be listed and ended at once. Of the cookie only a hash is stored."""
from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, select, update
from sqlalchemy.orm import Session, aliased

from tracker.domain.actors import Actor
from tracker.domain.words import UserRole
from tracker.domain.workdays import shanghai_date
from tracker.models import Post, Unit, User, UserRoleGrant, WebSession
from tracker.services.deed import OpenDeed, deed
from tracker.services.deputies import deputy_in_force

TOUCH_EVERY = timedelta(minutes=1)


@dataclass(frozen=True)
class Identity:
    """身份: a unit in whose name the person may act, his own or one where he has a post, and the roles there."""

    unit_id: int
    unit: str
    roles: tuple[UserRole, ...]
    current: bool


@dataclass(frozen=True)
class Visit:
    """A log-in that holds: who, since when, seen last when (to the minute).

    `posts`: the identities to choose from (换身份), one's own first; empty for whoever has one only.
    """

    id: int
    actor: Actor
    login: str
    must_change: bool
    large_print: bool
    created_at: datetime
    seen_at: datetime
    posts: tuple[Identity, ...] = ()


@dataclass(frozen=True)
class OpenSession:
    """A line of the list of one's own log-ins."""

    id: int
    created_at: datetime
    seen_at: datetime
    address: str
    agent: str


def fingerprint(secret_id: str) -> str:
    """What is kept of the cookie's id."""
    return hashlib.sha256(secret_id.encode("ascii", "replace")).hexdigest()


def start(session: Session, actor: Actor, secret_id: str, *, address: str, agent: str, at: datetime) -> None:
    """Open a log-in for the actor under a fresh id. The log-in itself is audited by `logins.authenticate`."""
    with deed(session, actor, at):
        session.add(WebSession(id_hash=fingerprint(secret_id), user_id=actor.user_id, created_at=at, seen_at=at,
                               address=address[:45], agent=agent[:200]))


def find(session: Session, secret_id: str, *, at: datetime, idle: timedelta, longest: timedelta) -> Visit | None:
    """The log-in behind a cookie's id, or None: ended, idle too long, too old, account off, password changed since.

    Who acts is read anew at each request, in two queries however many posts: the unit chosen by 换身份 (else one's
    own) with the roles held there now, and 审签人 where one is deputy there today.
    """
    own, posted = aliased(Unit), aliased(Unit)
    query = (
        select(WebSession, User, own.name, UserRoleGrant.role, Post.unit_id, Post.role, posted.name)
        .join(User, WebSession.user_id == User.id)
        .outerjoin(own, User.unit_id == own.id)
        .outerjoin(UserRoleGrant, UserRoleGrant.user_id == User.id)
        .outerjoin(Post, and_(Post.user_id == User.id, Post.ended_at.is_(None)))
        .outerjoin(posted, Post.unit_id == posted.id)
        .where(WebSession.id_hash == fingerprint(secret_id), WebSession.ended_at.is_(None), User.active)
        .order_by(posted.position)
    )
    rows = session.execute(query).all()
    if not rows:
        return None
    login, user = rows[0][0], rows[0][1]
    if at - login.seen_at > idle or at - login.created_at > longest or login.created_at < user.password_set_at:
        return None
    actor, posts = _acting(rows)
    if actor.unit_id is not None and not actor.has(UserRole.head):
        head = deputy_in_force(session, user.id, actor.unit_id, shanghai_date(at))
        if head is not None:
            actor = replace(actor, roles=actor.roles | {UserRole.head}, deputy_for=head)
    return Visit(id=login.id, actor=actor, login=user.login, must_change=user.must_change,
                 large_print=user.large_print, created_at=login.created_at, seen_at=login.seen_at, posts=posts)


def _acting(rows: Sequence[Any]) -> tuple[Actor, tuple[Identity, ...]]:
    """Of a log-in's rows (account × grant × post): who acts, and whom else he could act as."""
    login, user, own_name = rows[0][0], rows[0][1], rows[0][2]
    granted = frozenset(row[3] for row in rows if row[3] is not None)
    own = Actor(user_id=user.id, name=user.name, roles=granted, unit_id=user.unit_id, unit_name=own_name)
    held: dict[int, Actor] = {} if user.apart or own.unit_id is None else {own.unit_id: own}
    for _, _, _, _, unit_id, role, unit_name in rows if held else ():
        if unit_id is not None and unit_id != own.unit_id:
            before = held.get(unit_id, replace(own, unit_id=unit_id, unit_name=unit_name, roles=frozenset()))
            held[unit_id] = replace(before, roles=before.roles | {role})
    actor = held.get(login.post_unit_id or 0, own)
    if len(held) < 2:
        return actor, ()
    return actor, tuple(Identity(unit_id, one.unit_name or "", tuple(role for role in UserRole if role in one.roles),
                                 unit_id == actor.unit_id) for unit_id, one in held.items())


def touch(session: Session, visit: Visit, *, at: datetime) -> None:
    """Note that the person is still there; at most once a minute, and no audit event."""
    if at - visit.seen_at < TOUCH_EVERY:
        return
    with deed(session, visit.actor, at):
        session.execute(update(WebSession).where(WebSession.id == visit.id).values(seen_at=at))


def end(session: Session, actor: Actor, session_id: int, *, at: datetime) -> None:
    """Log out: one of the actor's own log-ins. Another's, or one ended before, changes nothing."""
    with deed(session, actor, at) as d:
        ended = session.execute(update(WebSession).where(
            WebSession.id == session_id, WebSession.user_id == actor.user_id, WebSession.ended_at.is_(None),
        ).values(ended_at=at).returning(WebSession.id)).all()
        if ended:
            d.record("user.logged_out", user_id=actor.user_id, session_id=session_id)


def end_others(session: Session, actor: Actor, keep_id: int, *, at: datetime) -> int:
    """Log out everywhere else (退出其他登录). Returns how many."""
    with deed(session, actor, at) as d:
        count = end_all(d, actor.user_id, keep_id=keep_id)
        if count:
            d.record("user.logged_out_elsewhere", user_id=actor.user_id, count=count)
    return count


def end_all(d: OpenDeed, user_id: int | None, *, keep_id: int | None = None) -> int:
    """Within a deed on an account: end its log-ins, except one."""
    ended = d.session.execute(update(WebSession).where(
        WebSession.user_id == user_id, WebSession.ended_at.is_(None), WebSession.id != (keep_id or 0),
    ).values(ended_at=d.at).returning(WebSession.id)).all()
    return len(ended)


def open_sessions(session: Session, actor: Actor, *, at: datetime, idle: timedelta) -> list[OpenSession]:
    """The actor's log-ins that still hold, the latest first."""
    rows = session.scalars(select(WebSession).where(
        WebSession.user_id == actor.user_id, WebSession.ended_at.is_(None), WebSession.seen_at >= at - idle,
    ).order_by(WebSession.seen_at.desc(), WebSession.id.desc()))
    return [OpenSession(row.id, row.created_at, row.seen_at, row.address, row.agent) for row in rows]
