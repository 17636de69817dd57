"""Logging in (登录): the same answer whether the name or the password is wrong, a lock after five wrong ones."""
from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Select, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from tracker.domain.actors import Actor
from tracker.errors import Refused
from tracker.models import LoginGuard, Unit, User, UserRoleGrant
from tracker.services import passwords
from tracker.services.deed import OpenDeed, deed

TRIES = 5
LOCK = timedelta(minutes=15)                 # doubles with each further five, up to a day
LONGEST_LOCK = timedelta(days=1)
FORGET_AFTER = timedelta(days=1)
SHANGHAI = ZoneInfo("Asia/Shanghai")


def authenticate(session: Session, *, login: str, password: str, address: str, at: datetime) -> Actor:
    """Who this is. Counts wrong passwords by (account as typed, address), known or not, and locks.

    Raises Refused, with one wording for an unknown account, a disabled one and a wrong password.
    """
    name = "".join(sign for sign in login.strip().lower() if sign.isprintable())[:40]
    guard = session.scalars(_guard_of(name, address)).first()
    if guard is not None and _locked(guard, at):
        raise _refusal(guard, at)
    user = session.scalars(select(User).where(User.login == name)).first()
    right = passwords.matches(user.password_hash if user else None, password)   # it takes time: before the deed
    rehashed = passwords.hashed(password) if right and user and passwords.outdated(user.password_hash) else None
    with deed(session, Actor(user_id=None, name=name or "—", roles=frozenset()), at) as d:
        user = session.scalars(select(User).where(User.login == name)).first()
        guard = _lock_guard(d, name, address)
        if _locked(guard, at) or not right or user is None or not user.active:
            _count(d, guard, name, address)
            refusal: Refused | None = _refusal(guard, at)
        else:
            guard.failures, guard.locked_until, refusal = 0, None, None
            user.last_login_at = at
            user.password_hash = rehashed or user.password_hash
            d.actor = actor_of(session, user)
            d.record("user.logged_in", user_id=user.id, address=address)
    if refusal is not None:
        raise refusal
    return d.actor


def check_lock(session: Session, login: str, address: str, at: datetime, *, field: str) -> None:
    """Refused while the account is locked from this address."""
    guard = session.scalars(_guard_of(login, address)).first()
    if guard is not None and _locked(guard, at):
        sentence = _refusal(guard, at).message
        raise Refused(sentence, fields={field: sentence})


def wrong_old_password(session: Session, actor: Actor, *, login: str, address: str, at: datetime) -> Refused:
    """Count a wrong old password (改密码时的原密码) like a log-in that failed. Returns what is to be said."""
    with deed(session, actor, at) as d:
        guard = _lock_guard(d, login, address)
        _count(d, guard, login, address)
        sentence = _refusal(guard, at).message.replace("账号或密码不对", "原密码不对")
    return Refused("密码没有改。", fields={"current": sentence})


def actor_of(session: Session, user: User) -> Actor:
    """The actor that an account is."""
    roles = session.scalars(select(UserRoleGrant.role).where(UserRoleGrant.user_id == user.id))
    unit = session.get(Unit, user.unit_id) if user.unit_id is not None else None
    return Actor(user_id=user.id, name=user.name, roles=frozenset(roles), unit_id=user.unit_id,
                 unit_name=unit.name if unit else None)


def _guard_of(name: str, address: str) -> Select[LoginGuard]:
    return select(LoginGuard).where(LoginGuard.login == name, LoginGuard.address == address)


def _lock_guard(d: OpenDeed, name: str, address: str) -> LoginGuard:
    """The counter's row, made if need be, held until the deed ends."""
    try:
        with d.session.begin_nested():
            if d.session.scalars(_guard_of(name, address)).first() is None:
                d.session.add(LoginGuard(login=name, address=address, failures=0, last_at=d.at))
    except IntegrityError:                    # another request made it in between: take that one
        pass
    held = _guard_of(name, address).with_for_update().execution_options(populate_existing=True)
    return d.session.scalars(held).one()


def _locked(guard: LoginGuard, at: datetime) -> bool:
    return guard.locked_until is not None and guard.locked_until > at


def _count(d: OpenDeed, guard: LoginGuard, name: str, address: str) -> None:
    if _locked(guard, d.at):
        return
    if d.at - guard.last_at > FORGET_AFTER:
        guard.failures = 0
    guard.failures += 1
    guard.last_at = d.at
    d.record("user.login_refused", login=name, address=address, failures=guard.failures)
    if guard.failures % TRIES == 0:
        wait = min(LOCK * 2 ** (guard.failures // TRIES - 1), LONGEST_LOCK)
        guard.locked_until = d.at + wait
        d.record("user.locked", login=name, address=address, minutes=wait // timedelta(minutes=1))


def _refusal(guard: LoginGuard, at: datetime) -> Refused:
    if guard.locked_until is not None and _locked(guard, at):
        until = (guard.locked_until + timedelta(seconds=59)).astimezone(SHANGHAI)      # shown in whole minutes
        today = at.astimezone(SHANGHAI).date()
        day = "" if until.date() == today else f"{until.month}月{until.day}日 "
        sentence = f"输错{guard.failures}次，{day}{until:%H:%M}后再试；急用请找系统管理员"
    else:
        sentence = f"账号或密码不对，还可以试{TRIES - guard.failures % TRIES}次"
    return Refused(sentence, fields={"login": sentence})
