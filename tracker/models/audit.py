"""The audit trail (审计日志) and the scheduler's book (作业记录): written, never changed."""
from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from tracker.db import Base, UTCDateTime


class AuditEvent(Base):
    """What was done, by whom, when: a link of the hash chain. `id` counts without gaps."""

    __tablename__ = "audit_event"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    actor_name: Mapped[str] = mapped_column(String(60))
    action: Mapped[str] = mapped_column(String(60))                 # report.submitted, task.completed
    facts: Mapped[Any] = mapped_column(sa.JSON)
    previous_hash: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))
    __table_args__ = (Index(None, "at"),)


class AuditHead(Base):
    """The end of the chain: one row, locked by whoever adds a link."""

    __tablename__ = "audit_head"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    last_id: Mapped[int]
    last_hash: Mapped[str] = mapped_column(String(64))
    __table_args__ = (CheckConstraint("id = 1", name="single"),)


class JobRun(Base):
    """作业记录: one row a scheduled moment of a job, in the same transaction as its effect."""

    __tablename__ = "job_run"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(40))
    scheduled_at: Mapped[datetime] = mapped_column(UTCDateTime)
    ran_at: Mapped[datetime] = mapped_column(UTCDateTime)           # by the clock of whoever ran it
    changed: Mapped[int]
    told: Mapped[str] = mapped_column(Text, default="")             # what it changed, in words
    problem: Mapped[str] = mapped_column(Text, default="")          # what it could not do, and why
    __table_args__ = (UniqueConstraint("name", "scheduled_at"), Index(None, "scheduled_at"))
