"""Log-ins (登录会话), kept here to be listed and ended at once. Of the cookie only a hash is stored."""
from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from tracker.domain.actors import Actor
from tracker.models import Unit, User, UserRoleGrant, WebSession
from tracker.services.deed import OpenDeed, deed

TOUCH_EVERY = timedelta(minutes=1)


@dataclass(frozen=True)
class Visit:
    """A log-in that holds: who, since when, seen last when (to the minute)."""

    id: int
    actor: Actor
    login: str
    must_change: bool
    large_print: bool
    created_at: datetime
    seen_at: datetime


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
    """The log-in behind a cookie's id, or None: ended, idle too long, too old, account off, password changed since."""
    query = (
        select(WebSession, User, Unit.name, UserRoleGrant.role)
        .join(User, WebSession.user_id == User.id)
        .outerjoin(Unit, User.unit_id == Unit.id)
        .outerjoin(UserRoleGrant, UserRoleGrant.user_id == User.id)
        .where(WebSession.id_hash == fingerprint(secret_id), WebSession.ended_at.is_(None), User.active)
    )
    rows = session.execute(query).all()
    if not rows:
        return None
    login, user, unit_name = rows[0][0], rows[0][1], rows[0][2]
    if at - login.seen_at > idle or at - login.created_at > longest or login.created_at < user.password_set_at:
        return None
    actor = Actor(user_id=user.id, name=user.name, roles=frozenset(row[3] for row in rows if row[3] is not None),
                  unit_id=user.unit_id, unit_name=unit_name)
    return Visit(id=login.id, actor=actor, login=user.login, must_change=user.must_change,
                 large_print=user.large_print, created_at=login.created_at, seen_at=login.seen_at)


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
