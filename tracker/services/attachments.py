"""Hanging files (挂附件): what all that files hang on has in common. Who may: services/evidence.py, task_files.py."""
from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, Select, exists, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from tracker.domain.actors import Actor
from tracker.domain.file_kinds import SHOWN_INLINE
from tracker.domain.file_names import LONGEST_CHARS, clean_name, split_name
from tracker.domain.file_refusals import size_words
from tracker.domain.permissions import Act, may
from tracker.domain.secrecy import secrecy_marks
from tracker.domain.words import FileKind, Purpose
from tracker.domain.workdays import shanghai_date, shanghai_moment
from tracker.errors import Refused, SecrecyQuestion
from tracker.models import Attachment, Purge, StoredFile
from tracker.services.deed import OpenDeed
from tracker.services.file_store import Received, put_in_place

MOST_FILES = 50                 # hanging in one place
MOST_A_DAY_MB = 1000            # by one person
TOO_MANY = f"一件最多挂{MOST_FILES}份材料，没有收下。请先取下不用的，或把几份压成一个 ZIP。"
TOO_MUCH = f"今天已经传了很多，一人一天最多{MOST_A_DAY_MB}MB，没有收下。请明天再传，或请同事帮着传。"
PURGED_BEFORE = "“{name}”已按涉密误传处理，不能再传。"
OUT_OF_REACH = "这份材料正按涉密误传处理，不能看，也不能下载。"
PURGED = "这份材料已按涉密误传清除，内容不在了。"


@dataclass(frozen=True)
class FileRow:
    """A file in a list. `shown_inline`: a browser can show it; `reach`: "" or why nobody may read it now.

    `may_ask`: whether the actor may ask to have it purged (涉密误传).
    """

    id: int
    name: str
    kind: FileKind
    size_bytes: int
    purpose: Purpose
    dated_on: date | None
    uploaded_by: str
    uploaded_at: datetime
    removed_at: datetime | None
    shown_inline: bool
    reach: str
    may_ask: bool

    @property
    def size(self) -> str:
        """218KB"""
        return size_words(self.size_bytes)


def file_rows() -> Select[Attachment, StoredFile, bool]:
    """(attachment, its content, whether somebody asked to purge it), oldest first, to be narrowed by the caller."""
    asked = exists().where(Purge.sha256 == Attachment.sha256, Purge.attachment_id.is_not(None), Purge.done.is_(None))
    return (select(Attachment, StoredFile, asked).join(StoredFile, StoredFile.sha256 == Attachment.sha256)
            .order_by(Attachment.id))


def file_row(actor: Actor, row: Attachment, file: StoredFile, asked: bool) -> FileRow:
    """One of `file_rows` as a list shows it."""
    reach = PURGED if file.purged_at else OUT_OF_REACH if asked else ""
    return FileRow(row.id, row.name, file.kind, file.size_bytes, row.purpose, row.dated_on, row.uploaded_by,
                   row.uploaded_at, row.removed_at, file.media_type in SHOWN_INLINE and not reach, reach,
                   may(actor, Act.ask_purge))


def out_of_reach(session: Session, sha256: str) -> str:
    """Why nobody may read this content: somebody asked to purge it, or it is purged. "" where neither is so."""
    asked = session.scalars(select(Purge.done).where(
        Purge.sha256 == sha256, Purge.attachment_id.is_not(None), Purge.done.is_not(False))).all()
    return (PURGED if True in asked else OUT_OF_REACH) if asked else ""


def named(stored: Received, name: str, not_secret: bool) -> str:
    """The name to keep, its ending true; asks about marks of classified papers in it and in the text."""
    cleaned, ending = clean_name(name), split_name(stored.name)[1]
    if not split_name(cleaned)[1]:
        cleaned = f"{cleaned[:LONGEST_CHARS]}.{ending}"
    marks = tuple(dict.fromkeys((*secrecy_marks(cleaned), *stored.marks)))
    if marks and not not_secret:
        raise SecrecyQuestion(marks, f"“{cleaned}”")
    return cleaned


def hang(d: OpenDeed, stored: Received, name: str, place: Attachment, here: ColumnElement[bool]) -> Attachment:
    """Hang a received file at `place`, a row not added yet; `here` finds what hangs there already.

    The same content under the same name again is the same attachment. Refused where there are too many or too much.
    """
    session, current = d.session, (here, Attachment.purpose == place.purpose, Attachment.removed_at.is_(None))
    same = session.scalars(select(Attachment).where(*current, Attachment.sha256 == stored.sha256,
                                                    Attachment.name == name)).first()
    if same is not None:
        return same
    if (session.scalar(select(func.count()).select_from(Attachment).where(*current)) or 0) >= MOST_FILES:
        raise Refused(TOO_MANY, fields={"file": TOO_MANY})
    _check_quota(session, d.actor, stored, d.at)
    _keep_content(d, stored, name)
    place.sha256, place.name = stored.sha256, name
    place.uploaded_at, place.uploaded_by_id, place.uploaded_by = d.at, d.actor.user_id, d.actor.name
    session.add(place)
    session.flush()             # its id
    d.record("file.attached", attachment=place.id, obligation=place.obligation_id, unit=place.unit_id,
             period=place.period_id, milestone=place.milestone_id, completion=place.completion_request_id,
             inspection=place.inspection_id, extension=place.extension_request_id, purpose=place.purpose.value,
             sha256=place.sha256, size_bytes=stored.size_bytes)
    return place


def _check_quota(session: Session, actor: Actor, stored: Received, at: datetime) -> None:
    today = shanghai_moment(shanghai_date(at))
    sent = session.scalar(select(func.sum(StoredFile.size_bytes)).join(Attachment)
                          .where(Attachment.uploaded_by_id == actor.user_id, Attachment.uploaded_at >= today)) or 0
    if sent + stored.size_bytes > MOST_A_DAY_MB * 1024 * 1024:
        raise Refused(TOO_MUCH, fields={"file": TOO_MUCH})


def _keep_content(d: OpenDeed, stored: Received, name: str) -> None:
    """The file first, then its row: a file without a row does no harm. Purged content does not come back."""
    if out_of_reach(d.session, stored.sha256):
        sentence = PURGED_BEFORE.format(name=name)
        raise Refused(sentence, fields={"file": sentence})
    put_in_place(d.session, stored)
    if d.session.get(StoredFile, stored.sha256) is not None:
        return
    try:
        with d.session.begin_nested():
            d.session.add(StoredFile(sha256=stored.sha256, size_bytes=stored.size_bytes, kind=stored.kind,
                                     media_type=stored.media_type, stored_at=d.at))
    except IntegrityError:      # another unit stores the same content at this moment
        pass
