"""Who has an account, and who cannot log in (账号一览), for the administrator."""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from typing import Any

from sqlalchemy import Row, Subquery, case, false, func, or_, select
from sqlalchemy.orm import Session

from tracker.domain.actors import Actor
from tracker.domain.permissions import Act, may
from tracker.domain.words import UserRole
from tracker.errors import NotYours
from tracker.models import LoginGuard, Unit, User, UserRoleGrant

PAGE = 50


class Access(IntEnum):
    """Whether an account gets in (登录情况); the order is that of the list."""

    locked = 0
    first_password = 1
    fine = 2
    disabled = 3

    @property
    def label(self) -> str:
        return ("锁定", "初始密码没改", "正常", "停用")[self]


@dataclass(frozen=True)
class AccountRow:
    id: int
    login: str
    name: str
    unit: str | None
    unit_id: int | None
    roles: tuple[UserRole, ...]
    last_login_at: datetime | None
    access: Access
    locked_until: datetime | None


@dataclass(frozen=True)
class AccountList:
    """`counts`: of all accounts by access. `total`: of those that match. `silent_units`: without a working clerk."""

    rows: tuple[AccountRow, ...]
    total: int
    counts: dict[Access, int]
    silent_units: tuple[str, ...]


def accounts(session: Session, actor: Actor, *, access: Access | None = None, text: str = "", page: int = 1,
             at: datetime) -> AccountList:
    """The accounts that match, 50 a page: those that cannot log in first, then by unit and login."""
    _check(actor)
    base = _query(at)
    counted = session.execute(select(base.c.access, func.count()).group_by(base.c.access))
    counts = dict.fromkeys(Access, 0) | {Access(key): count for key, count in counted}
    chosen = select(base)
    if access is not None:
        chosen = chosen.where(base.c.access == int(access))
    if text:
        pattern = f"%{text.replace('/', '//').replace('%', '/%').replace('_', '/_')}%"
        chosen = chosen.where(or_(*(column.ilike(pattern, escape="/")
                                    for column in (base.c.login, base.c.name, base.c.unit))))
    total = session.scalar(select(func.count()).select_from(chosen.subquery())) or 0
    found = session.execute(
        chosen.order_by(base.c.access, base.c.position.nulls_last(), base.c.login).limit(PAGE).offset((page - 1) * PAGE)
    ).all()
    return AccountList(rows=_rows(session, found), total=total, counts=counts, silent_units=_silent(session))


def account(session: Session, actor: Actor, user_id: int, *, at: datetime) -> AccountRow:
    """One account; NotYours where there is none."""
    _check(actor)
    base = _query(at)
    found = session.execute(select(base).where(base.c.id == user_id)).all()
    if not found:
        raise NotYours
    return _rows(session, found)[0]


def units(session: Session, actor: Actor) -> list[tuple[int, str]]:
    """What 单位 offers in the form."""
    _check(actor)
    return [(key, name) for key, name in session.execute(select(Unit.id, Unit.name).order_by(Unit.position))]


def _check(actor: Actor) -> None:
    if not may(actor, Act.keep_accounts):
        raise NotYours


def _query(at: datetime) -> Subquery:
    locks = (select(LoginGuard.login, func.max(LoginGuard.locked_until).label("until"))
             .where(LoginGuard.locked_until > at).group_by(LoginGuard.login).subquery())
    access = case((User.active == false(), int(Access.disabled)), (locks.c.until.is_not(None), int(Access.locked)),
                  (User.must_change, int(Access.first_password)), else_=int(Access.fine))
    return (select(User.id, User.login, User.name, Unit.name.label("unit"), User.unit_id, Unit.position,
                   User.last_login_at, access.label("access"), locks.c.until)
            .outerjoin(Unit, User.unit_id == Unit.id).outerjoin(locks, locks.c.login == User.login).subquery())


def _rows(session: Session, found: Sequence[Row[Any]]) -> tuple[AccountRow, ...]:
    roles: dict[int, list[UserRole]] = {}
    grants = select(UserRoleGrant.user_id, UserRoleGrant.role).where(
        UserRoleGrant.user_id.in_([row.id for row in found])).order_by(UserRoleGrant.role)
    for user_id, role in session.execute(grants):
        roles.setdefault(user_id, []).append(role)
    return tuple(AccountRow(id=row.id, login=row.login, name=row.name, unit=row.unit, unit_id=row.unit_id,
                            roles=tuple(roles.get(row.id, ())), last_login_at=row.last_login_at,
                            access=Access(row.access), locked_until=row.until) for row in found)


def _silent(session: Session) -> tuple[str, ...]:
    served = (select(User.unit_id).join(UserRoleGrant, UserRoleGrant.user_id == User.id)
              .where(User.active, UserRoleGrant.role == UserRole.clerk, User.unit_id.is_not(None)))
    return tuple(session.scalars(select(Unit.name).where(Unit.id.not_in(served)).order_by(Unit.position)))
