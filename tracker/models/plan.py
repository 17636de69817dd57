"""The plan (行动方案), its tasks and who is responsible. Nothing here is deleted: it ends, or is superseded."""
from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tracker.db import Base, UTCDateTime, WordType, one_of
from tracker.domain.words import Basis, Comparison, MeasureKind, Role, Scope, TaskState, UnitKind


class Setting(Base):
    """配置项 kept in the database: what the office changes without a programmer, and the mark of a demo database."""

    __tablename__ = "setting"
    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    value: Mapped[Any] = mapped_column(sa.JSON)


class Plan(Base):
    """行动方案. `key` is its folder and address; `policy` the reporting policy as validated by the plan's schema."""

    __tablename__ = "plan"
    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(40), unique=True)
    title: Mapped[str] = mapped_column(Text)
    short_name: Mapped[str] = mapped_column(String(40))
    header_name: Mapped[str] = mapped_column(String(60))
    doc_number: Mapped[str] = mapped_column(String(60))
    issuer: Mapped[str] = mapped_column(String(100))
    issued_on: Mapped[date]
    valid_until: Mapped[date]
    lead_in: Mapped[str] = mapped_column(Text)
    goals: Mapped[str] = mapped_column(Text)
    standing_clause: Mapped[str] = mapped_column(Text)
    policy: Mapped[Any] = mapped_column(sa.JSON)
    first_period: Mapped[str] = mapped_column(String(10))          # 起报期, key of the first period owed
    source: Mapped[Any] = mapped_column(sa.JSON)                   # the plan file as loaded last, for `seed --diff`
    loaded_at: Mapped[datetime] = mapped_column(UTCDateTime)
    version: Mapped[int] = mapped_column(default=1)


class Section(Base):
    """章节: （一）（二）（三） under a part of the notice."""

    __tablename__ = "section"
    id: Mapped[int] = mapped_column(primary_key=True)
    plan_id: Mapped[int] = mapped_column(ForeignKey("plan.id"))
    number: Mapped[str] = mapped_column(String(20))
    part: Mapped[str] = mapped_column(String(200))
    title: Mapped[str] = mapped_column(String(200))
    position: Mapped[int]
    __table_args__ = (UniqueConstraint("plan_id", "number"),)


class Unit(Base):
    """责任单位, written once and referred to by id. `name` is today's; UnitName keeps each with its date."""

    __tablename__ = "unit"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(60), unique=True)
    kind: Mapped[UnitKind] = mapped_column(WordType(UnitKind))
    login_stem: Mapped[str] = mapped_column(String(20), unique=True)
    position: Mapped[int]
    recorded_at: Mapped[datetime] = mapped_column(UTCDateTime)
    sign_off: Mapped[bool] = mapped_column(default=True)           # 审签: once the unit has a head's account
    contact: Mapped[str] = mapped_column(String(60), default="")   # 联络员
    contact_phone: Mapped[str] = mapped_column(String(60), default="")
    ended_on: Mapped[date | None]                                  # merged or split: it owes nothing from this day on
    successor_id: Mapped[int | None]                               # the unit that went on with it
    __table_args__ = (one_of("kind", UnitKind),)


class UnitName(Base):
    """A unit's name from a day on; past sheets show the name of their time."""

    __tablename__ = "unit_name"
    id: Mapped[int] = mapped_column(primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    name: Mapped[str] = mapped_column(String(60))
    since_on: Mapped[date]
    recorded_at: Mapped[datetime] = mapped_column(UTCDateTime)
    __table_args__ = (UniqueConstraint("unit_id", "since_on"),)


class UnitAlias(Base):
    """Another way a notice may write a unit (别名): 州发改委 = 州发展改革委."""

    __tablename__ = "unit_alias"
    id: Mapped[int] = mapped_column(primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), index=True)
    alias: Mapped[str] = mapped_column(String(60), unique=True)


class StandingUnit(Base):
    """A standing co-unit of the plan (常态配合单位), by the sentence in task 1's brackets."""

    __tablename__ = "standing_unit"
    id: Mapped[int] = mapped_column(primary_key=True)
    plan_id: Mapped[int] = mapped_column(ForeignKey("plan.id"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    position: Mapped[int]
    since_on: Mapped[date]
    recorded_at: Mapped[datetime] = mapped_column(UTCDateTime)
    until_on: Mapped[date | None]
    ended_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    unit: Mapped[Unit] = relationship(lazy="raise")
    __table_args__ = (UniqueConstraint("plan_id", "unit_id", "since_on"),)


class Task(Base):
    """任务. The wording is today's; TaskText keeps each wording with its moment."""

    __tablename__ = "task"
    id: Mapped[int] = mapped_column(primary_key=True)
    plan_id: Mapped[int] = mapped_column(ForeignKey("plan.id"))
    section_id: Mapped[int] = mapped_column(ForeignKey("section.id"), index=True)
    number: Mapped[str] = mapped_column(String(20))                # text: unique in its plan; `position` sorts
    position: Mapped[int]
    title: Mapped[str] = mapped_column(Text)
    body: Mapped[str] = mapped_column(Text)
    as_written: Mapped[str] = mapped_column(Text)                  # 责任单位, the line as written
    basis: Mapped[Basis | None] = mapped_column(WordType(Basis))
    source_complete: Mapped[bool]
    due_on: Mapped[date]                                           # due at that day's end; DueDate keeps each
    state: Mapped[TaskState] = mapped_column(WordType(TaskState), default=TaskState.in_progress)
    recorded_at: Mapped[datetime] = mapped_column(UTCDateTime)
    supervision_number: Mapped[str] = mapped_column(String(60), default="")     # 督办编号
    leader_in_charge: Mapped[str] = mapped_column(String(60), default="")       # 分管领导
    responsible_leader: Mapped[str] = mapped_column(String(60), default="")     # 责任领导
    contact: Mapped[str] = mapped_column(String(60), default="")                # 联络员
    contact_phone: Mapped[str] = mapped_column(String(60), default="")
    version: Mapped[int] = mapped_column(default=1)
    plan: Mapped[Plan] = relationship(lazy="raise")
    section: Mapped[Section] = relationship(lazy="raise")
    responsibilities: Mapped[list[Responsibility]] = relationship(
        lazy="raise", order_by="Responsibility.position", back_populates="task")
    __mapper_args__ = {"version_id_col": version}                  # noqa: RUF012
    __table_args__ = (
        UniqueConstraint("plan_id", "number"), Index(None, "plan_id", "position"),
        one_of("state", TaskState), one_of("basis", Basis),
    )


class TaskText(Base):
    """The wording of a task from a moment on (文字沿革); `as_of` reads the last one at or before it."""

    __tablename__ = "task_text"
    id: Mapped[int] = mapped_column(primary_key=True)
    task_id: Mapped[int] = mapped_column(ForeignKey("task.id"))
    recorded_at: Mapped[datetime] = mapped_column(UTCDateTime)
    title: Mapped[str] = mapped_column(Text)
    body: Mapped[str] = mapped_column(Text)
    as_written: Mapped[str] = mapped_column(Text)
    source_complete: Mapped[bool]
    __table_args__ = (Index(None, "task_id", "recorded_at"),)


class Responsibility(Base):
    """责任: a unit leads a task or works with it, from a day until a day.

    `recorded_at`/`ended_at` are when the office wrote it down: with them any past moment is rebuilt.
    Standing co-units (常态配合) are the plan's StandingUnit less the units that a task lists itself.
    """

    __tablename__ = "responsibility"
    id: Mapped[int] = mapped_column(primary_key=True)
    task_id: Mapped[int] = mapped_column(ForeignKey("task.id"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), index=True)
    role: Mapped[Role] = mapped_column(WordType(Role))
    position: Mapped[int]
    as_written: Mapped[str] = mapped_column(String(200))
    since_on: Mapped[date]
    recorded_at: Mapped[datetime] = mapped_column(UTCDateTime)
    until_on: Mapped[date | None]
    ended_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    task: Mapped[Task] = relationship(lazy="raise", back_populates="responsibilities")
    unit: Mapped[Unit] = relationship(lazy="raise")
    __table_args__ = (
        one_of("role", Role),
        Index("uq_responsibility_standing", "task_id", "unit_id", unique=True,
              sqlite_where=sa.text("ended_at IS NULL"), postgresql_where=sa.text("ended_at IS NULL")),
    )


class Indicator(Base):
    """主要目标的一项指标, with the words it comes from."""

    __tablename__ = "indicator"
    id: Mapped[int] = mapped_column(primary_key=True)
    plan_id: Mapped[int] = mapped_column(ForeignKey("plan.id"))
    key: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(String(200))
    as_written: Mapped[str] = mapped_column(Text)
    comparison: Mapped[Comparison] = mapped_column(WordType(Comparison))
    target: Mapped[Decimal | None] = mapped_column(sa.Numeric(18, 4))
    unit_word: Mapped[str] = mapped_column(String(20))
    due_on: Mapped[date]
    position: Mapped[int]
    __table_args__ = (UniqueConstraint("plan_id", "key"), one_of("comparison", Comparison))


class Measure(Base):
    """具体举措: a checkable promise of a task, with the words it comes from."""

    __tablename__ = "measure"
    id: Mapped[int] = mapped_column(primary_key=True)
    task_id: Mapped[int] = mapped_column(ForeignKey("task.id"))
    key: Mapped[str] = mapped_column(String(40))
    kind: Mapped[MeasureKind] = mapped_column(WordType(MeasureKind))
    name: Mapped[str] = mapped_column(Text)
    as_written: Mapped[str] = mapped_column(Text)
    amount: Mapped[Decimal | None] = mapped_column(sa.Numeric(18, 4))
    unit_word: Mapped[str] = mapped_column(String(20))
    position: Mapped[int]
    scope: Mapped[Scope] = mapped_column(WordType(Scope), default=Scope.cumulative)    # 口径
    __table_args__ = (UniqueConstraint("task_id", "key"), one_of("kind", MeasureKind), one_of("scope", Scope))
