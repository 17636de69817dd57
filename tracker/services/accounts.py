"""Accounts (账号): made, given roles, reset, switched off, by the administrator; the password changed by its owner."""
from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from tracker.domain.actors import APART_ROLES, Actor, roles_clash
from tracker.domain.passwords import complaint
from tracker.domain.permissions import Act, may
from tracker.domain.words import UserRole
from tracker.errors import Forbidden, NotYours, Refused
from tracker.models import Unit, User, UserRoleGrant
from tracker.services import logins, passwords
from tracker.services.deed import OpenDeed, deed
from tracker.services.links import end_links, issue_link, unlock_login
from tracker.services.sessions import end_all

LOGIN = re.compile(r"[a-z][a-z0-9]{2,39}")
OF_A_UNIT = frozenset({UserRole.clerk, UserRole.head})

BAD_LOGIN = "账号用小写字母开头，后面是小写字母和数字，3至40个"
BAD_NAME = "姓名要填1至60个字"
CLASH = "系统管理员、审计员不能兼任别的角色（三员分立）"
NEEDS_UNIT = "填报员、审签人要选单位"
NO_UNIT = "督查员、领导、系统管理员、审计员不属于责任单位，单位请留空"
SWITCHED_OFF = "账号已停用，密码没有重置；要用先启用账号"
OWN_ACCOUNT = "自己的账号不能由自己重置、停用或改角色，请另一位系统管理员办理"


def create_account(session: Session, actor: Actor, *, login: str, name: str, roles: Iterable[UserRole],
                   unit_id: int | None = None, at: datetime) -> str:
    """Make an account (命令行). Returns its first password, to be changed at the first log-in and kept nowhere.

    Raises Refused where the login is taken or ill-formed, the roles clash or do not go with the unit.
    """
    _check_admin(actor)
    password = passwords.first_password()
    digest = passwords.hashed(password)
    with deed(session, actor, at) as d:
        add_account(d, login=login, name=name, roles=frozenset(roles), unit_id=unit_id, password_hash=digest)
    return password


def invite(session: Session, actor: Actor, *, login: str, name: str, roles: Iterable[UserRole],
           unit_id: int | None = None, at: datetime) -> str:
    """Make an account without a password. Returns its one-time link's token, kept nowhere. Raises Refused as above."""
    _check_admin(actor)
    with deed(session, actor, at) as d:
        return invite_within(d, login=login, name=name, roles=frozenset(roles), unit_id=unit_id)


def invite_within(d: OpenDeed, *, login: str, name: str, roles: frozenset[UserRole], unit_id: int | None) -> str:
    """Within a deed: as `invite`."""
    user = add_account(d, login=login, name=name, roles=roles, unit_id=unit_id, password_hash=passwords.nobodys())
    return issue_link(d, user)


def add_account(d: OpenDeed, *, login: str, name: str, roles: frozenset[UserRole], unit_id: int | None,
                password_hash: str) -> User:
    """Within a deed: the account, its grants and the audit event. Raises Refused as `create_account` does."""
    faults = _faults(d.session, login, name, roles, unit_id)
    if faults:
        raise Refused("账号没有建，请改好再交。", fields=faults)
    apart = bool(roles & APART_ROLES)
    user = User(login=login, name=name, unit_id=unit_id, password_hash=password_hash, must_change=True,
                password_set_at=d.at, apart=apart, created_at=d.at)
    d.session.add(user)
    d.session.flush()
    _grant(d, user, roles)
    d.record("user.created", user_id=user.id, login=login, name=name, unit_id=unit_id, roles=sorted(roles))
    return user


def change_password(session: Session, actor: Actor, *, current: str, new: str, again: str, address: str = "",
                    at: datetime) -> None:
    """The owner changes his password. Ends all of his log-ins: the caller starts a new one. Raises Refused.

    A wrong old password counts like a log-in that failed, and locks like one.
    """
    user = session.get_one(User, actor.user_id)
    logins.check_lock(session, user.login, address, at, field="current")
    unit = session.get(Unit, user.unit_id) if user.unit_id is not None else None
    before = user.password_hash
    fault = complaint(new, login=user.login, names=(user.name, *((unit.name,) if unit else ())))
    if not passwords.matches(before, current):
        raise logins.wrong_old_password(session, actor, login=user.login, address=address, at=at)
    if fault is None and passwords.matches(before, new):
        fault = "新密码和原密码一样，请换一个"
    if fault is not None:
        raise Refused("密码没有改。", fields={"new": fault})
    if new != again:
        raise Refused("密码没有改。", fields={"again": "两次输入的新密码不一样"})
    digest = passwords.hashed(new)
    with deed(session, actor, at) as d:
        changed = d.session.execute(
            update(User).where(User.id == actor.user_id, User.password_hash == before, User.active)
            .values(password_hash=digest, must_change=False, password_set_at=at).returning(User.id)).all()
        if not changed:
            raise Refused("密码刚才已经被改过，这一次没有改。请重新登录。")
        end_all(d, actor.user_id)
        end_links(d, user.id)
        unlock_login(d, user.login)
        d.record("user.password_changed", user_id=actor.user_id)


def set_large_print(session: Session, actor: Actor, *, large: bool, at: datetime) -> None:
    """大字版, a matter of one's own eyes: no audit event."""
    with deed(session, actor, at) as d:
        d.session.execute(update(User).where(User.id == actor.user_id).values(large_print=large))


def reset_password(session: Session, actor: Actor, user_id: int, *, at: datetime) -> str:
    """A new first password (命令行), returned once; the old one, every log-in, link and lock end at once."""
    password = passwords.first_password()
    digest = passwords.hashed(password)
    with deed(session, actor, at) as d:
        user = other_account(d, user_id)
        _reset(d, user, digest)
        end_links(d, user.id)
    return password


def reset_by_link(session: Session, actor: Actor, user_id: int, *, at: datetime) -> str:
    """重置密码: the old password, every log-in and lock end at once. Returns a one-time link's token, kept nowhere.

    The owner chooses his password by the link; whoever resets neither knows nor chooses it.
    """
    with deed(session, actor, at) as d:
        user = other_account(d, user_id)
        if not user.active:
            raise Refused(SWITCHED_OFF)
        return reset_within(d, user)


def reset_within(d: OpenDeed, user: User) -> str:
    """Within a deed: as `reset_by_link`."""
    _reset(d, user, passwords.nobodys())
    return issue_link(d, user)


def unlock(session: Session, actor: Actor, user_id: int, *, at: datetime) -> None:
    """Lift the lock after wrong passwords (马上解锁)."""
    with deed(session, actor, at) as d:
        user = other_account(d, user_id)
        unlock_login(d, user.login)
        d.record("user.unlocked", user_id=user.id, login=user.login)


def disable(session: Session, actor: Actor, user_id: int, *, at: datetime) -> None:
    """Switch an account off (停用); whoever is logged in with it is out at the next click. Nothing is deleted."""
    with deed(session, actor, at) as d:
        user = other_account(d, user_id)
        switch_off(d, user)


def switch_off(d: OpenDeed, user: User) -> None:
    """Within a deed: the account is off, its log-ins and its link are worth nothing."""
    user.active = False
    end_all(d, user.id)
    end_links(d, user.id)
    d.record("user.disabled", user_id=user.id, login=user.login)


def enable(session: Session, actor: Actor, user_id: int, *, at: datetime) -> None:
    with deed(session, actor, at) as d:
        user = other_account(d, user_id)
        user.active = True
        d.record("user.enabled", user_id=user.id, login=user.login)


def set_roles(session: Session, actor: Actor, user_id: int, *, roles: Iterable[UserRole], at: datetime) -> None:
    """Give an account other roles; its log-ins end. Raises Refused where they clash or do not go with its unit."""
    wanted = frozenset(roles)
    with deed(session, actor, at) as d:
        user = other_account(d, user_id)
        fault = role_fault(wanted, user.unit_id)
        if fault:
            raise Refused("角色没有改。", fields={"roles": fault})
        before = sorted(d.session.scalars(select(UserRoleGrant.role).where(UserRoleGrant.user_id == user.id)))
        d.session.execute(delete(UserRoleGrant).where(UserRoleGrant.user_id == user.id))
        user.apart = bool(wanted & APART_ROLES)
        d.session.flush()
        _grant(d, user, wanted)
        end_all(d, user.id)
        d.record("user.roles_set", user_id=user.id, login=user.login, before=before, roles=sorted(wanted))


def _check_admin(actor: Actor) -> None:
    if not may(actor, Act.keep_accounts):
        raise Forbidden


def other_account(d: OpenDeed, user_id: int) -> User:
    """Within a deed: the account that an administrator acts on, there and not his own. Forbidden to all others."""
    _check_admin(d.actor)
    user = d.session.get(User, user_id, with_for_update=True)
    if user is None:
        raise NotYours
    if user.id == d.actor.user_id:
        raise Refused(OWN_ACCOUNT)
    return user


def _reset(d: OpenDeed, user: User, digest: str) -> None:
    user.password_hash, user.must_change, user.password_set_at = digest, True, d.at
    unlock_login(d, user.login)
    end_all(d, user.id)
    d.record("user.password_reset", user_id=user.id, login=user.login)


def _grant(d: OpenDeed, user: User, roles: frozenset[UserRole]) -> None:
    d.session.add_all(UserRoleGrant(user_id=user.id, apart=user.apart, role=role) for role in sorted(roles))
    d.session.flush()


def _faults(session: Session, login: str, name: str, roles: frozenset[UserRole], unit_id: int | None) -> dict[str, str]:
    faults = {}
    if not LOGIN.fullmatch(login):
        faults["login"] = BAD_LOGIN
    elif session.scalars(select(User.id).where(User.login == login)).first() is not None:
        faults["login"] = f"账号{login}已经有了，请换一个"
    if not is_name(name):
        faults["name"] = BAD_NAME
    if unit_id is not None and (not 0 < unit_id < 2**31 or session.get(Unit, unit_id) is None):
        faults["unit_id"] = "没有这个单位，请重新选"
    fault = role_fault(roles, unit_id)
    if fault:
        faults["unit_id" if fault in (NEEDS_UNIT, NO_UNIT) else "roles"] = fault
    return faults


def is_name(name: str) -> bool:
    """Whether it will do for a name (姓名)."""
    return 0 < len(name) <= 60 and name.isprintable()


def role_fault(roles: frozenset[UserRole], unit_id: int | None) -> str:
    """Why these roles do not go together, or not with the unit; "" where they do."""
    if not roles:
        return "至少选一个角色"
    if roles_clash(roles):
        return CLASH
    if roles & OF_A_UNIT and unit_id is None:
        return NEEDS_UNIT
    if roles - OF_A_UNIT and unit_id is not None:
        return NO_UNIT
    return ""
