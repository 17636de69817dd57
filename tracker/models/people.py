"""Accounts (账号), their roles and their log-ins."""
from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tracker.db import Base, UTCDateTime, WordType, one_of
from tracker.domain.words import UserRole
from tracker.models.plan import Unit


class User(Base):
    """An account of one person: of a unit, or of the office (`unit_id` None)."""

    __tablename__ = "user_account"       # "user" is a reserved word in PostgreSQL
    id: Mapped[int] = mapped_column(primary_key=True)
    login: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(String(60))                    # 州科技局填报员 until the person's name is entered
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"), index=True)
    password_hash: Mapped[str] = mapped_column(String(200))
    must_change: Mapped[bool]                                        # 首次登录须改密
    password_set_at: Mapped[datetime] = mapped_column(UTCDateTime)
    active: Mapped[bool] = mapped_column(default=True)
    apart: Mapped[bool] = mapped_column(default=False)               # 三员分立: admin or auditor, no business role
    large_print: Mapped[bool] = mapped_column(default=False)         # 大字版
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    last_login_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    unit: Mapped[Unit | None] = relationship(lazy="raise")
    grants: Mapped[list[UserRoleGrant]] = relationship(lazy="raise", order_by="UserRoleGrant.role")
    __table_args__ = (UniqueConstraint("id", "apart"),)


class UserRoleGrant(Base):
    """A role that an account holds (三员分立). Admin and auditor are `apart`: such an account holds that one role only.

    The service refuses a mix in words; the composite foreign key, the check and the partial index refuse it by force.
    """

    __tablename__ = "user_role"
    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int]
    apart: Mapped[bool]
    role: Mapped[UserRole] = mapped_column(WordType(UserRole))
    __table_args__ = (
        ForeignKeyConstraint(["user_id", "apart"], ["user_account.id", "user_account.apart"]),
        UniqueConstraint("user_id", "role"),
        Index("uq_user_role_apart", "user_id", unique=True,
              sqlite_where=sa.text("apart"), postgresql_where=sa.text("apart")),
        one_of("role", UserRole),
        CheckConstraint("apart = (role IN ('admin', 'auditor'))", name="apart"),
    )


class Post(Base):
    """兼任: a role in another unit than the account's own. Clerk or head only; it ends, it is not deleted."""

    __tablename__ = "post"
    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), index=True)
    role: Mapped[UserRole] = mapped_column(WordType(UserRole))
    since_at: Mapped[datetime] = mapped_column(UTCDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    user: Mapped[User] = relationship(lazy="raise")
    unit: Mapped[Unit] = relationship(lazy="raise")
    __table_args__ = (
        CheckConstraint("role IN ('clerk', 'head')", name="role"),
        Index("uq_post_held", "user_id", "unit_id", "role", unique=True,
              sqlite_where=sa.text("ended_at IS NULL"), postgresql_where=sa.text("ended_at IS NULL")),
    )


class Deputy(Base):
    """委托代签: while the head is away (both days included) another person of the unit signs, and it says so."""

    __tablename__ = "deputy"
    id: Mapped[int] = mapped_column(primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), index=True)
    head_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    deputy_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), index=True)
    from_on: Mapped[date]
    until_on: Mapped[date]
    made_at: Mapped[datetime] = mapped_column(UTCDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    __table_args__ = (CheckConstraint("head_id <> deputy_id", name="another"),
                      CheckConstraint("from_on <= until_on", name="days"))


class OneTimeLink(Base):
    """一次性链接: lets the owner choose a new password. Only the hash is kept; used once."""

    __tablename__ = "one_time_link"
    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), index=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    made_at: Mapped[datetime] = mapped_column(UTCDateTime)
    made_by: Mapped[str] = mapped_column(String(60))
    expires_at: Mapped[datetime] = mapped_column(UTCDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class WebSession(Base):
    """A log-in (登录会话). Only the hash of the cookie's id is kept; ending it works at once everywhere."""

    __tablename__ = "web_session"
    id: Mapped[int] = mapped_column(primary_key=True)
    id_hash: Mapped[str] = mapped_column(String(64), unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    seen_at: Mapped[datetime] = mapped_column(UTCDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    address: Mapped[str] = mapped_column(String(45))
    agent: Mapped[str] = mapped_column(String(200))
    post_unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))   # 换身份: acts in this unit's post
    user: Mapped[User] = relationship(lazy="raise")
    __table_args__ = (Index(None, "user_id", "ended_at"),)


class LoginGuard(Base):
    """Wrong passwords by (account as typed, address): locked after 5. Unknown accounts are counted the same way."""

    __tablename__ = "login_guard"
    id: Mapped[int] = mapped_column(primary_key=True)
    login: Mapped[str] = mapped_column(String(40))
    address: Mapped[str] = mapped_column(String(45))
    failures: Mapped[int]
    last_at: Mapped[datetime] = mapped_column(UTCDateTime)
    locked_until: Mapped[datetime | None] = mapped_column(UTCDateTime)
    __table_args__ = (UniqueConstraint("login", "address"),)
