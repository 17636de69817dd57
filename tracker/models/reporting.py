"""Periods, what is owed in them, what was said and decided. Decisions, due dates and versions are append-only."""
from __future__ import annotations

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tracker.db import Base, UTCDateTime, WordType, one_of
from tracker.domain.words import Cadence, Rating, Role, Source, State
from tracker.models.plan import Plan, Task, Unit


class Period(Base):
    """报告期: the days it covers, when drafts open, when its reports are due, whether that is 暂定."""

    __tablename__ = "period"
    id: Mapped[int] = mapped_column(primary_key=True)
    plan_id: Mapped[int] = mapped_column(ForeignKey("plan.id"))
    key: Mapped[str] = mapped_column(String(10))
    cadence: Mapped[Cadence] = mapped_column(WordType(Cadence))
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    opened_at: Mapped[datetime] = mapped_column(UTCDateTime)       # drafts open: the period's first day, not the run's
    window_opens_at: Mapped[datetime] = mapped_column(UTCDateTime)  # 集中填报期
    lead_due_at: Mapped[datetime] = mapped_column(UTCDateTime)
    co_due_at: Mapped[datetime] = mapped_column(UTCDateTime)
    provisional: Mapped[bool]                                      # 暂定: the calendar is not published
    working: Mapped[str] = mapped_column(Text)                     # how the due day was worked out, in words
    locks_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    plan: Mapped[Plan] = relationship(lazy="raise")
    __table_args__ = (UniqueConstraint("plan_id", "key"), one_of("cadence", Cadence))


class Obligation(Base):
    """应报事项: one unit owes one report on one task in one period (综合报告: no task).

    `due_at` is what holds now; DueDate keeps every earlier one. `delivered_at`, `on_time` are frozen at delivery.
    """

    __tablename__ = "obligation"
    id: Mapped[int] = mapped_column(primary_key=True)
    plan_id: Mapped[int] = mapped_column(ForeignKey("plan.id"))
    period_id: Mapped[int] = mapped_column(ForeignKey("period.id"))
    task_id: Mapped[int | None] = mapped_column(ForeignKey("task.id"), index=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    role: Mapped[Role] = mapped_column(WordType(Role))
    state: Mapped[State] = mapped_column(WordType(State), default=State.pending)
    to_sign: Mapped[bool] = mapped_column(default=False)                    # 待审签: submitted, the head has not signed
    opened_at: Mapped[datetime] = mapped_column(UTCDateTime)
    due_at: Mapped[datetime] = mapped_column(UTCDateTime)
    delivered_at: Mapped[datetime | None] = mapped_column(UTCDateTime)      # 报送时间 of the first delivery
    on_time: Mapped[bool | None]
    resubmit_due_at: Mapped[datetime | None] = mapped_column(UTCDateTime)   # 退回重报, the second clock
    overdue_since: Mapped[datetime | None] = mapped_column(UTCDateTime)     # flag_overdue's stamp: the due moment
    judged: Mapped[Rating | None] = mapped_column(WordType(Rating))         # 认定, lead obligations only
    version: Mapped[int] = mapped_column(default=1)
    task: Mapped[Task | None] = relationship(lazy="raise")
    unit: Mapped[Unit] = relationship(lazy="raise")
    period: Mapped[Period] = relationship(lazy="raise")
    report: Mapped[Report | None] = relationship(lazy="raise", back_populates="obligation")
    versions: Mapped[list[ReportVersion]] = relationship(lazy="raise", order_by="ReportVersion.number")
    decisions: Mapped[list[Decision]] = relationship(lazy="raise", order_by="Decision.id")
    __mapper_args__ = {"version_id_col": version}                           # noqa: RUF012
    __table_args__ = (
        UniqueConstraint("plan_id", "task_id", "unit_id", "period_id"),
        Index("uq_obligation_composite", "plan_id", "unit_id", "period_id", unique=True,
              sqlite_where=sa.text("task_id IS NULL"), postgresql_where=sa.text("task_id IS NULL")),
        Index(None, "period_id", "role"), Index(None, "unit_id", "state"), Index(None, "state", "due_at"),
        one_of("role", Role), one_of("state", State), one_of("judged", Rating),
        CheckConstraint("(delivered_at IS NULL) = (on_time IS NULL)", name="delivered"),
    )


class Contents:
    """The columns of what a report says, the same in the draft and in each frozen version."""

    progress: Mapped[str] = mapped_column(Text, default="")                 # 进展情况
    self_rating: Mapped[Rating | None] = mapped_column(WordType(Rating))    # 自评
    percent: Mapped[int | None]                                             # 完成比例, optional
    problems: Mapped[str] = mapped_column(Text, default="")                 # 存在问题
    matters: Mapped[str] = mapped_column(Text, default="")                  # 需协调事项
    next_steps: Mapped[str] = mapped_column(Text, default="")               # 下一步计划
    measures: Mapped[Any] = mapped_column(sa.JSON, default=dict)            # 具体举措: key of the measure -> value


class Report(Contents, Base):
    """进展报告 as it is being written: one a obligation; what was handed in is frozen in ReportVersion."""

    __tablename__ = "report"
    obligation_id: Mapped[int] = mapped_column(ForeignKey("obligation.id"), primary_key=True)
    edited_at: Mapped[datetime] = mapped_column(UTCDateTime)
    edited_by: Mapped[str] = mapped_column(String(60))
    obligation: Mapped[Obligation] = relationship(lazy="raise", back_populates="report")
    __table_args__ = (one_of("self_rating", Rating), CheckConstraint("percent BETWEEN 0 AND 100", name="percent"))


class DraftCopy(Contents, Base):
    """底稿: what one of two writers had typed when the other was first. Nothing that was typed is lost."""

    __tablename__ = "draft_copy"
    id: Mapped[int] = mapped_column(primary_key=True)
    obligation_id: Mapped[int] = mapped_column(ForeignKey("obligation.id"), index=True)
    kept_at: Mapped[datetime] = mapped_column(UTCDateTime)
    written_by: Mapped[str] = mapped_column(String(60))
    __table_args__ = (one_of("self_rating", Rating), CheckConstraint("percent BETWEEN 0 AND 100", name="percent"))


class ReportVersion(Contents, Base):
    """报送稿: a submission, never changed afterwards. `request_key` makes a double click one submission.

    `sent_at` is when it went out to the office: at once, or when the head signed it. Until then only the unit reads it.
    """

    __tablename__ = "report_version"
    id: Mapped[int] = mapped_column(primary_key=True)
    obligation_id: Mapped[int] = mapped_column(ForeignKey("obligation.id"))
    number: Mapped[int]
    submitted_at: Mapped[datetime] = mapped_column(UTCDateTime)
    submitted_by: Mapped[str] = mapped_column(String(60))
    request_key: Mapped[str] = mapped_column(String(64))
    withdrawn_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    sent_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    source: Mapped[Source] = mapped_column(WordType(Source), default=Source.unit)
    confirmed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)      # the unit's word on a 代填
    confirmed_by: Mapped[str | None] = mapped_column(String(60))
    __table_args__ = (
        UniqueConstraint("obligation_id", "number"), UniqueConstraint("obligation_id", "request_key"),
        one_of("self_rating", Rating), one_of("source", Source),
        CheckConstraint("percent BETWEEN 0 AND 100", name="percent"),
    )


class Decision(Base):
    """意见: one step in the life of an obligation (or task): who, when, from which state to which, why."""

    __tablename__ = "decision"
    id: Mapped[int] = mapped_column(primary_key=True)
    obligation_id: Mapped[int | None] = mapped_column(ForeignKey("obligation.id"))
    task_id: Mapped[int | None] = mapped_column(ForeignKey("task.id"), index=True)
    deed: Mapped[str] = mapped_column(String(24))
    from_state: Mapped[str] = mapped_column(String(24))
    to_state: Mapped[str] = mapped_column(String(24))
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    actor_name: Mapped[str] = mapped_column(String(60))
    reason: Mapped[str] = mapped_column(Text, default="")
    judged: Mapped[Rating | None] = mapped_column(WordType(Rating))
    version_number: Mapped[int | None]                                      # the ReportVersion it speaks of
    resubmit_due_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    delivered_at: Mapped[datetime | None] = mapped_column(UTCDateTime)      # 报出, where this step delivered
    __table_args__ = (
        Index(None, "obligation_id", "at"), Index(None, "actor_id", "at"),
        CheckConstraint("obligation_id IS NOT NULL OR task_id IS NOT NULL", name="subject"),
    )


class DueDate(Base):
    """应报时限 and 完成时限: every due date that an obligation, a task or a milestone ever had, and why."""

    __tablename__ = "due_date"
    id: Mapped[int] = mapped_column(primary_key=True)
    obligation_id: Mapped[int | None] = mapped_column(ForeignKey("obligation.id"))
    task_id: Mapped[int | None] = mapped_column(ForeignKey("task.id"), index=True)
    milestone_id: Mapped[int | None] = mapped_column(ForeignKey("milestone.id"), index=True)
    due_at: Mapped[datetime] = mapped_column(UTCDateTime)
    recorded_at: Mapped[datetime] = mapped_column(UTCDateTime)
    reason: Mapped[str] = mapped_column(Text, default="")
    actor_name: Mapped[str] = mapped_column(String(60))
    __table_args__ = (
        Index(None, "obligation_id", "recorded_at"),
        CheckConstraint("obligation_id IS NOT NULL OR task_id IS NOT NULL OR milestone_id IS NOT NULL", name="subject"),
    )
