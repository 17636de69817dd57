"""Evidence (佐证材料): files by their content's hash, what hangs where under which name, and what was purged."""
from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tracker.db import Base, UTCDateTime, WordType, one_of
from tracker.domain.words import FileKind, Purpose


class StoredFile(Base):
    """A file in the data folder, kept once however often it was uploaded. `purged_at`: its content is gone for good."""

    __tablename__ = "stored_file"
    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    size_bytes: Mapped[int] = mapped_column(sa.BigInteger)
    kind: Mapped[FileKind] = mapped_column(WordType(FileKind))
    media_type: Mapped[str] = mapped_column(String(80))
    stored_at: Mapped[datetime] = mapped_column(UTCDateTime)
    purged_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    __table_args__ = (one_of("kind", FileKind),)


class Attachment(Base):
    """附件 under its own name: of an obligation, or of a unit's return in a period (报送单扫描件).

    `dated_on` is the paper's own date (成文日期). Taken out it keeps its row: versions handed in before still list it.
    """

    __tablename__ = "attachment"
    id: Mapped[int] = mapped_column(primary_key=True)
    obligation_id: Mapped[int | None] = mapped_column(ForeignKey("obligation.id"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    period_id: Mapped[int | None] = mapped_column(ForeignKey("period.id"))      # of 报送单 and of what hangs on reports
    milestone_id: Mapped[int | None] = mapped_column(ForeignKey("milestone.id"), index=True)
    completion_request_id: Mapped[int | None] = mapped_column(ForeignKey("completion_request.id"), index=True)
    inspection_id: Mapped[int | None] = mapped_column(ForeignKey("inspection.id"), index=True)
    extension_request_id: Mapped[int | None] = mapped_column(ForeignKey("extension_request.id"), index=True)
    purpose: Mapped[Purpose] = mapped_column(WordType(Purpose))
    sha256: Mapped[str] = mapped_column(ForeignKey("stored_file.sha256"), index=True)
    name: Mapped[str] = mapped_column(String(200))
    dated_on: Mapped[date | None]
    uploaded_at: Mapped[datetime] = mapped_column(UTCDateTime)
    uploaded_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    uploaded_by: Mapped[str] = mapped_column(String(60))
    removed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    removed_by: Mapped[str | None] = mapped_column(String(60))
    file: Mapped[StoredFile] = relationship(lazy="raise")
    __table_args__ = (
        one_of("purpose", Purpose), Index(None, "obligation_id", "removed_at"), Index(None, "unit_id", "period_id"),
        CheckConstraint("(purpose IN ('evidence', 'answer')) = (obligation_id IS NOT NULL)"
                        " AND (purpose = 'milestone') = (milestone_id IS NOT NULL)"
                        " AND (purpose = 'completion') = (completion_request_id IS NOT NULL)"
                        " AND (purpose = 'inspection') = (inspection_id IS NOT NULL)"
                        " AND (purpose = 'extension') = (extension_request_id IS NOT NULL)"
                        " AND (purpose NOT IN ('evidence', 'answer', 'slip') OR period_id IS NOT NULL)", name="place"),
    )


class VersionAttachment(Base):
    """Which files went with a submission (报送稿): frozen with it."""

    __tablename__ = "version_attachment"
    version_id: Mapped[int] = mapped_column(ForeignKey("report_version.id"), primary_key=True)
    attachment_id: Mapped[int] = mapped_column(ForeignKey("attachment.id"), primary_key=True, index=True)


class Purge(Base):
    """涉密误传清除: one person asks, another does it. Of a file, or of what one obligation's report says.

    Asked for, the content is out of reach at once; done, it is gone everywhere. Who, when and the hash stay.
    """

    __tablename__ = "purge"
    id: Mapped[int] = mapped_column(primary_key=True)
    attachment_id: Mapped[int | None] = mapped_column(ForeignKey("attachment.id"), index=True)
    obligation_id: Mapped[int] = mapped_column(ForeignKey("obligation.id"), index=True)
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    reason: Mapped[str] = mapped_column(Text)
    asked_at: Mapped[datetime] = mapped_column(UTCDateTime)
    asked_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    asked_by: Mapped[str] = mapped_column(String(60))
    decided_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    decided_by: Mapped[str | None] = mapped_column(String(60))
    done: Mapped[bool | None]                                       # True: purged; False: refused, it stays
    __table_args__ = (CheckConstraint("decided_by_id IS NULL OR decided_by_id <> asked_by_id", name="two_persons"),)
