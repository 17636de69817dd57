"""Units at work together (协作): what the lead quoted from whom, what was objected to, who was chased."""
from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from tracker.db import Base, UTCDateTime


class Quotation(Base):
    """引用: a passage of a co-unit's part that the lead took into its report; where it comes from stays known."""

    __tablename__ = "quotation"
    id: Mapped[int] = mapped_column(primary_key=True)
    obligation_id: Mapped[int] = mapped_column(ForeignKey("obligation.id"), index=True)             # the lead's
    part_version_id: Mapped[int] = mapped_column(ForeignKey("report_version.id"), index=True)       # the co-unit's
    text: Mapped[str] = mapped_column(Text)
    quoted_at: Mapped[datetime] = mapped_column(UTCDateTime)
    quoted_by: Mapped[str] = mapped_column(String(60))
    dropped_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class Objection(Base):
    """异议: a co-unit does not agree with how it was quoted; open until the lead answers."""

    __tablename__ = "objection"
    id: Mapped[int] = mapped_column(primary_key=True)
    quotation_id: Mapped[int] = mapped_column(ForeignKey("quotation.id"), index=True)
    words: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    by: Mapped[str] = mapped_column(String(60))
    answer: Mapped[str | None] = mapped_column(Text)
    answered_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    answered_by: Mapped[str | None] = mapped_column(String(60))
    __table_args__ = (CheckConstraint("(answer IS NULL) = (answered_at IS NULL)", name="answered"),)


class Chase(Base):
    """催办 of one obligation: by the lead in its own name (`by_unit_id`), or by the office (none)."""

    __tablename__ = "chase"
    id: Mapped[int] = mapped_column(primary_key=True)
    obligation_id: Mapped[int] = mapped_column(ForeignKey("obligation.id"), index=True)
    by_unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    actor_name: Mapped[str] = mapped_column(String(60))
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    words: Mapped[str] = mapped_column(Text, default="")
