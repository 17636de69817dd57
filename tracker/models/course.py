"""The course of a task (任务的办理): handed out, planned for the year, inspected, extended, closed."""
from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tracker.db import Base, UTCDateTime, WordType, one_of
from tracker.domain.words import Grade, InspectionKind, PlanState, Rating
from tracker.models.plan import Task, Unit

OPEN_CLOSING = "decided_at IS NULL AND responsibility_id IS NULL"


class Assignment(Base):
    """交办: a responsibility handed out to its unit, and received (签收) by it."""

    __tablename__ = "assignment"
    id: Mapped[int] = mapped_column(primary_key=True)
    responsibility_id: Mapped[int] = mapped_column(ForeignKey("responsibility.id"), unique=True)
    assigned_at: Mapped[datetime] = mapped_column(UTCDateTime)
    assigned_by: Mapped[str] = mapped_column(String(60))
    received_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    received_by: Mapped[str | None] = mapped_column(String(60))


class YearPlan(Base):
    """年度计划 of a task: filed by the lead, approved by the office. A newer approved one supersedes it."""

    __tablename__ = "year_plan"
    id: Mapped[int] = mapped_column(primary_key=True)
    task_id: Mapped[int] = mapped_column(ForeignKey("task.id"))
    year: Mapped[int]
    number: Mapped[int]                                             # 1, 2, …: revisions of the year's plan
    state: Mapped[PlanState] = mapped_column(WordType(PlanState))
    filed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    filed_by: Mapped[str | None] = mapped_column(String(60))
    decided_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    decided_by: Mapped[str | None] = mapped_column(String(60))
    reason: Mapped[str] = mapped_column(Text, default="")           # why it was returned
    ended_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    version: Mapped[int] = mapped_column(default=1)
    milestones: Mapped[list[Milestone]] = relationship(lazy="raise", order_by="Milestone.position")
    __mapper_args__ = {"version_id_col": version}                   # noqa: RUF012
    __table_args__ = (UniqueConstraint("task_id", "year", "number"), one_of("state", PlanState))


class Milestone(Base):
    """节点 of a year plan, due at the end of its day; DueDate keeps every due day. It counts once its plan is approved.

    `done_on` is the day that the lead names, `done_at` when it was written down.
    """

    __tablename__ = "milestone"
    id: Mapped[int] = mapped_column(primary_key=True)
    year_plan_id: Mapped[int] = mapped_column(ForeignKey("year_plan.id"), index=True)
    task_id: Mapped[int] = mapped_column(ForeignKey("task.id"))
    name: Mapped[str] = mapped_column(Text)
    owner_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))    # the lead, or one of the co-units
    position: Mapped[int]
    due_on: Mapped[date]
    counts_since: Mapped[datetime | None] = mapped_column(UTCDateTime)      # its plan was approved
    counts_until: Mapped[datetime | None] = mapped_column(UTCDateTime)      # its plan was superseded, the task ended
    done_on: Mapped[date | None]
    done_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    done_by: Mapped[str | None] = mapped_column(String(60))
    statement: Mapped[str] = mapped_column(Text, default="")
    owner: Mapped[Unit] = relationship(lazy="raise")
    __table_args__ = (Index(None, "task_id", "due_on"),
                      CheckConstraint("(done_on IS NULL) = (done_at IS NULL)", name="done"))


class Inspection(Base):
    """核查记录: what the office found when it looked for itself."""

    __tablename__ = "inspection"
    id: Mapped[int] = mapped_column(primary_key=True)
    task_id: Mapped[int] = mapped_column(ForeignKey("task.id"), index=True)
    obligation_id: Mapped[int | None] = mapped_column(ForeignKey("obligation.id"), index=True)
    kind: Mapped[InspectionKind] = mapped_column(WordType(InspectionKind))
    inspected_on: Mapped[date]
    by: Mapped[str] = mapped_column(String(200))
    finding: Mapped[str] = mapped_column(Text)
    judged: Mapped[Rating | None] = mapped_column(WordType(Rating))
    recorded_at: Mapped[datetime] = mapped_column(UTCDateTime)
    recorded_by: Mapped[str] = mapped_column(String(60))
    __table_args__ = (one_of("kind", InspectionKind), one_of("judged", Rating))


class Matter(Base):
    """需协调事项: a problem that needs others, with an owner and a date; listed for the leaders until answered."""

    __tablename__ = "matter"
    id: Mapped[int] = mapped_column(primary_key=True)
    task_id: Mapped[int] = mapped_column(ForeignKey("task.id"), index=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))             # who raised it
    obligation_id: Mapped[int | None] = mapped_column(ForeignKey("obligation.id"))  # the report it was raised in
    words: Mapped[str] = mapped_column(Text)
    raised_at: Mapped[datetime] = mapped_column(UTCDateTime)
    raised_by: Mapped[str] = mapped_column(String(60))
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))     # None: for the leaders' meeting (州政府)
    due_on: Mapped[date | None]
    answer: Mapped[str | None] = mapped_column(Text)
    answered_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    answered_by: Mapped[str | None] = mapped_column(String(60))
    __table_args__ = (CheckConstraint("(answer IS NULL) = (answered_at IS NULL)", name="answered"),)


class ExtensionRequest(Base):
    """延期申请 of a report, a milestone or a task: asked with a reason, granted or refused. One open at a time each."""

    __tablename__ = "extension_request"
    id: Mapped[int] = mapped_column(primary_key=True)
    obligation_id: Mapped[int | None] = mapped_column(ForeignKey("obligation.id"), index=True)
    milestone_id: Mapped[int | None] = mapped_column(ForeignKey("milestone.id"), index=True)
    task_id: Mapped[int | None] = mapped_column(ForeignKey("task.id"), index=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    reason: Mapped[str] = mapped_column(Text)
    wished_at: Mapped[datetime] = mapped_column(UTCDateTime)                # the due moment asked for
    asked_at: Mapped[datetime] = mapped_column(UTCDateTime)
    asked_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    asked_by: Mapped[str] = mapped_column(String(60))
    decided_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    decided_by: Mapped[str | None] = mapped_column(String(60))
    granted_at: Mapped[datetime | None] = mapped_column(UTCDateTime)        # the due moment granted; None: refused
    answer: Mapped[str] = mapped_column(Text, default="")
    __table_args__ = (
        CheckConstraint("(CASE WHEN obligation_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN milestone_id IS NULL THEN 0 "
                        "ELSE 1 END) + (CASE WHEN task_id IS NULL THEN 0 ELSE 1 END) = 1", name="subject"),
        *(Index(f"uq_extension_request_{what}", f"{what}_id", unique=True,
                sqlite_where=sa.text("decided_at IS NULL"), postgresql_where=sa.text("decided_at IS NULL"))
          for what in ("obligation", "milestone", "task")),
    )


class CompletionRequest(Base):
    """办结申请: the lead asks to close the task; with `responsibility_id` a co-unit asks to be released (部门办结)."""

    __tablename__ = "completion_request"
    id: Mapped[int] = mapped_column(primary_key=True)
    task_id: Mapped[int] = mapped_column(ForeignKey("task.id"), index=True)
    responsibility_id: Mapped[int | None] = mapped_column(ForeignKey("responsibility.id"))
    statement: Mapped[str] = mapped_column(Text)
    asked_at: Mapped[datetime] = mapped_column(UTCDateTime)
    asked_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    asked_by: Mapped[str] = mapped_column(String(60))
    decided_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    decided_by: Mapped[str | None] = mapped_column(String(60))
    granted: Mapped[bool | None]
    grade: Mapped[Grade | None] = mapped_column(WordType(Grade))
    reason: Mapped[str] = mapped_column(Text, default="")
    task: Mapped[Task] = relationship(lazy="raise")
    checks: Mapped[list[MeasureCheck]] = relationship(lazy="raise", order_by="MeasureCheck.id")
    __table_args__ = (
        one_of("grade", Grade),
        CheckConstraint("(granted IS NULL) = (decided_at IS NULL)", name="decided"),
        Index("uq_completion_request_task", "task_id", unique=True, sqlite_where=sa.text(OPEN_CLOSING),
              postgresql_where=sa.text(OPEN_CLOSING)),
        Index("uq_completion_request_part", "responsibility_id", unique=True,
              sqlite_where=sa.text("decided_at IS NULL"), postgresql_where=sa.text("decided_at IS NULL")),
    )


class MeasureCheck(Base):
    """逐条核销: what the lead says of a measure when it asks to close, and what the office found."""

    __tablename__ = "measure_check"
    id: Mapped[int] = mapped_column(primary_key=True)
    completion_request_id: Mapped[int] = mapped_column(ForeignKey("completion_request.id"))
    measure_id: Mapped[int] = mapped_column(ForeignKey("measure.id"))
    statement: Mapped[str] = mapped_column(Text)
    met: Mapped[bool | None]
    note: Mapped[str] = mapped_column(Text, default="")
    __table_args__ = (UniqueConstraint("completion_request_id", "measure_id"),)


class IndicatorValue(Base):
    """指标值 as of a day, with its source; a later entry for the same day corrects it, the earlier one stays."""

    __tablename__ = "indicator_value"
    id: Mapped[int] = mapped_column(primary_key=True)
    indicator_id: Mapped[int] = mapped_column(ForeignKey("indicator.id"))
    valid_on: Mapped[date]
    value: Mapped[Decimal] = mapped_column(sa.Numeric(18, 4))
    source: Mapped[str] = mapped_column(String(200))
    entered_at: Mapped[datetime] = mapped_column(UTCDateTime)
    entered_by: Mapped[str] = mapped_column(String(60))
    __table_args__ = (Index(None, "indicator_id", "valid_on"),)
