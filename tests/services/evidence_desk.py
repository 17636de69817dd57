"""A folder for uploaded files and hands to upload with, for the tests of evidence."""
from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from tests.factories import moment
from tracker.domain.actors import Actor
from tracker.models import Attachment
from tracker.services import evidence
from tracker.services.file_store import EVIDENCE, receive

AT = moment("2026-10-08 09:00")
PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"


def with_folder(session: Session, folder: Path) -> Path:
    session.info[EVIDENCE] = folder
    return folder


def pdf(words: str = "") -> bytes:
    """A PDF of its own content."""
    return PDF + f"%{words}\n%%EOF\n".encode()


def upload(session: Session, actor: Actor, obligation_id: int, content: bytes = PDF, name: str = "签到表.pdf",
           **others: Any) -> Attachment:
    with receive(session, BytesIO(content), name) as stored:
        return evidence.attach(session, actor, obligation_id, stored=stored, name=stored.name,
                               **({"dated_on": None, "at": AT} | others))


def stored_files(folder: Path) -> list[str]:
    """What lies in the folder."""
    return sorted(path.name for path in folder.rglob("*") if path.is_file())
