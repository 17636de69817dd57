"""Sheets that were made (督查表)."""
from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tracker.db import Base, UTCDateTime, WordType, one_of
from tracker.domain.words import SheetKind
from tracker.models.plan import Plan
from tracker.models.reporting import Period


class ExportFile(Base):
    """督查表 on disk: what it shows, as of when, made by whom. A newer draft supersedes an older; no row is deleted."""

    __tablename__ = "export_file"
    id: Mapped[int] = mapped_column(primary_key=True)
    plan_id: Mapped[int] = mapped_column(ForeignKey("plan.id"))
    period_id: Mapped[int] = mapped_column(ForeignKey("period.id"))
    kind: Mapped[SheetKind] = mapped_column(WordType(SheetKind))
    as_of: Mapped[datetime] = mapped_column(UTCDateTime)
    draft: Mapped[bool]
    path: Mapped[str] = mapped_column(String(300), unique=True)     # below the export folder
    sha256: Mapped[str] = mapped_column(String(64))
    rows_sha256: Mapped[str] = mapped_column(String(64))            # of the canonical rows; its head is the 核验码
    size_bytes: Mapped[int]
    parameters: Mapped[Any] = mapped_column(sa.JSON)
    made_at: Mapped[datetime] = mapped_column(UTCDateTime)
    made_by: Mapped[str] = mapped_column(String(60))
    superseded_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    purged_at: Mapped[datetime | None] = mapped_column(UTCDateTime)     # 涉密误传清除: the file is gone, the row stays
    plan: Mapped[Plan] = relationship(lazy="raise")
    period: Mapped[Period] = relationship(lazy="raise")
    __table_args__ = (Index(None, "plan_id", "period_id", "kind"), one_of("kind", SheetKind))
