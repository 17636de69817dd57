"""Who has an account, and who cannot log in (账号一览), for the administrator."""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from typing import Any

from sqlalchemy import ColumnElement, Subquery, and_, case, exists, false, func, or_, select
from sqlalchemy.orm import Session

from tracker.domain.actors import Actor
from tracker.domain.permissions import Act, may
from tracker.domain.words import UserRole, Word
from tracker.errors import NotYours
from tracker.models import LoginGuard, OneTimeLink, Post, Unit, User, UserRoleGrant
from tracker.services.handover import units_without_clerk

PAGE = 50


class Access(IntEnum):
    """Whether an account gets in (登录情况); the order is that of the list."""

    locked = 0
    first_password = 1       # 初始密码没改, or the one-time link not used yet
    fine = 2
    disabled = 3

    @property
    def label(self) -> str:
        return ("锁定", "密码没设好", "正常", "停用")[self]


class Show(Word):
    """Which accounts (常用筛选): the tabs, and what the heading's figures lead to."""

    all = "all", "全部"
    todo = "todo", "要处理"
    clerk = "clerk", "填报员"
    head = "head", "审签人"
    disabled = "disabled", "停用"
    locked = "locked", "锁定"
    first_password = "first_password", "密码没设好"


TABS = (Show.all, Show.todo, Show.clerk, Show.head, Show.disabled)


@dataclass(frozen=True)
class AccountRow:
    """`link_until`: until when the one-time link that was handed out opens; None where there is none.

    `posts`: 州财政局审签人, one each.
    """

    id: int
    login: str
    name: str
    unit: str | None
    unit_id: int | None
    roles: tuple[UserRole, ...]
    last_login_at: datetime | None
    access: Access
    locked_until: datetime | None
    link_until: datetime | None
    posts: tuple[str, ...] = ()

    @property
    def section(self) -> int:
        """要处理 0, gets in 1, 停用 2: the sections of the list."""
        return (0, 0, 1, 2)[self.access]


@dataclass(frozen=True)
class AccountList:
    """`counts`: of all accounts by tab. `total`: of those that match. `silent_units`: 无填报人."""

    rows: tuple[AccountRow, ...]
    total: int
    counts: dict[Show, int]
    silent_units: tuple[str, ...]


def accounts(session: Session, actor: Actor, *, show: Show = Show.all, text: str = "", page: int = 1,
             at: datetime) -> AccountList:
    """The accounts that match, 50 a page: those that cannot log in first, then who logged in last."""
    _check(actor)
    base = _query(at)
    counted = [func.count(case((_shown(base, one), 1))) for one in Show]
    counts = session.execute(select(*counted).select_from(base)).one()
    chosen = select(base).where(_shown(base, show))
    if text:
        pattern = f"%{text.replace('/', '//').replace('%', '/%').replace('_', '/_')}%"
        chosen = chosen.where(or_(*(column.ilike(pattern, escape="/")
                                    for column in (base.c.login, base.c.name, base.c.unit))))
    total = session.scalar(select(func.count()).select_from(chosen.subquery())) or 0
    latest = case((base.c.access == int(Access.fine), base.c.last_login_at))
    found = session.execute(
        chosen.order_by(base.c.access, latest.desc().nulls_last(), base.c.position.nulls_last(), base.c.login)
        .limit(PAGE).offset((page - 1) * PAGE)).all()
    return AccountList(rows=_rows(session, found), total=total, counts=dict(zip(Show, counts, strict=True)),
                       silent_units=units_without_clerk(session))


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
    links = (select(OneTimeLink.user_id, func.max(OneTimeLink.expires_at).label("link_until"))
             .where(OneTimeLink.used_at.is_(None), OneTimeLink.ended_at.is_(None))
             .group_by(OneTimeLink.user_id).subquery())
    access = case((User.active == false(), int(Access.disabled)), (locks.c.until.is_not(None), int(Access.locked)),
                  (User.must_change, int(Access.first_password)), else_=int(Access.fine))
    return (select(User.id, User.login, User.name, Unit.name.label("unit"), User.unit_id, Unit.position,
                   User.last_login_at, access.label("access"), locks.c.until, links.c.link_until)
            .outerjoin(Unit, User.unit_id == Unit.id).outerjoin(locks, locks.c.login == User.login)
            .outerjoin(links, links.c.user_id == User.id).subquery())


def _shown(base: Subquery, show: Show) -> ColumnElement[bool]:
    if show is Show.all:
        return base.c.id.is_not(None)
    if show is Show.todo:
        return base.c.access < int(Access.fine)
    if show in (Show.clerk, Show.head):
        role = UserRole(show.value)
        granted = exists().where(UserRoleGrant.user_id == base.c.id, UserRoleGrant.role == role)
        posted = exists().where(Post.user_id == base.c.id, Post.role == role, Post.ended_at.is_(None))
        return and_(base.c.access != int(Access.disabled), or_(granted, posted))
    return base.c.access == int(Access[show.value])


def _rows(session: Session, found: Sequence[Any]) -> tuple[AccountRow, ...]:
    ids = [row.id for row in found]
    roles: dict[int, list[UserRole]] = {}
    for user_id, role in session.execute(select(UserRoleGrant.user_id, UserRoleGrant.role).where(
            UserRoleGrant.user_id.in_(ids)).order_by(UserRoleGrant.role)):
        roles.setdefault(user_id, []).append(role)
    posts: dict[int, list[str]] = {}
    for user_id, unit, role in session.execute(
            select(Post.user_id, Unit.name, Post.role).join(Unit, Unit.id == Post.unit_id)
            .where(Post.user_id.in_(ids), Post.ended_at.is_(None)).order_by(Unit.position, Post.role)):
        posts.setdefault(user_id, []).append(f"{unit}{role.label}")
    return tuple(AccountRow(id=row.id, login=row.login, name=row.name, unit=row.unit, unit_id=row.unit_id,
                            roles=tuple(roles.get(row.id, ())), last_login_at=row.last_login_at,
                            access=Access(row.access), locked_until=row.until, link_until=row.link_until,
                            posts=tuple(posts.get(row.id, ()))) for row in found)
