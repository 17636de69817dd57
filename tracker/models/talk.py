"""What people say about a task (批示、留言), and who follows it."""
from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from tracker.db import Base, UTCDateTime


class Instruction(Base):
    """批示: a leader's instruction on a task; a duty of its lead with a date, until it is replied to."""

    __tablename__ = "instruction"
    id: Mapped[int] = mapped_column(primary_key=True)
    task_id: Mapped[int] = mapped_column(ForeignKey("task.id"), index=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), index=True)     # the lead then
    leader_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), index=True)
    leader: Mapped[str] = mapped_column(String(60))
    words: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    due_on: Mapped[date]
    reply: Mapped[str | None] = mapped_column(Text)
    replied_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    replied_by: Mapped[str | None] = mapped_column(String(60))
    __table_args__ = (CheckConstraint("(reply IS NULL) = (replied_at IS NULL)", name="replied"),)


class Comment(Base):
    """留言 between a unit and the office, on a task or on one report; other units never read it."""

    __tablename__ = "comment"
    id: Mapped[int] = mapped_column(primary_key=True)
    task_id: Mapped[int | None] = mapped_column(ForeignKey("task.id"))
    obligation_id: Mapped[int | None] = mapped_column(ForeignKey("obligation.id"), index=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))             # whose talk with the office it is
    words: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    by: Mapped[str] = mapped_column(String(60))
    of_office: Mapped[bool]
    __table_args__ = (Index(None, "task_id", "unit_id"),
                      CheckConstraint("task_id IS NOT NULL OR obligation_id IS NOT NULL", name="subject"))


class Follow(Base):
    """关注: a leader follows a task."""

    __tablename__ = "follow"
    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    task_id: Mapped[int] = mapped_column(ForeignKey("task.id"), index=True)
    since_at: Mapped[datetime] = mapped_column(UTCDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    __table_args__ = (
        Index("uq_follow_standing", "user_id", "task_id", unique=True,
              sqlite_where=sa.text("ended_at IS NULL"), postgresql_where=sa.text("ended_at IS NULL")),)
