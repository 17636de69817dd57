"""Files in the course of a task (办理过程附件): 节点佐证, 办结佐证, 核查材料, 延期依据. They stay where they were put.

| hangs on | hung by | read by, beside the supervision office and the leaders |
|---|---|---|
| a milestone | the clerk of its owner or of the lead | the units of the task |
| a request to close or to release | the clerk of the unit that asks | the units of the task |
| an inspection | the supervision office | nobody else |
| a request for an extension | the clerk of the unit that asks | that unit |
"""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, exists, false, or_, select, true
from sqlalchemy.orm import InstrumentedAttribute, Session

from tracker.domain.actors import Actor
from tracker.domain.permissions import Act, may
from tracker.domain.words import Purpose, Role, UserRole
from tracker.errors import Forbidden, NotYours, Refused
from tracker.models import (
    Attachment,
    CompletionRequest,
    ExtensionRequest,
    Inspection,
    Milestone,
    Obligation,
    Responsibility,
)
from tracker.services.access import LARGEST_ID, is_office, tasks_of_unit
from tracker.services.attachments import FileRow, file_row, file_rows, hang, named
from tracker.services.deed import OpenDeed
from tracker.services.file_store import Received

ON_TASKS: dict[Purpose, InstrumentedAttribute[int | None]] = {
    Purpose.milestone: Attachment.milestone_id,
    Purpose.completion: Attachment.completion_request_id,
    Purpose.inspection: Attachment.inspection_id,
    Purpose.extension: Attachment.extension_request_id,
}

NOT_YOUR_FILES = "这里的材料由办理这一步的单位添加，您可以看，不能加。没有改动任何内容。"
STAYS = "办理过程中的材料不能取下或改动；误传涉密的，请点“涉密误传”。"
NO_UNIT = "这项任务还没有责任单位，材料没有地方挂。请先补录。"


@dataclass(frozen=True)
class Place:
    """What a file hangs on: the row's id, and by `purpose` of which kind it is."""

    purpose: Purpose
    id: int


def attach_within(d: OpenDeed, place: Place, files: Sequence[Received], *, not_secret: bool = False) -> None:
    """Hang received files in a place within the deed that makes it: all or none of it is done."""
    for stored in files:
        _hang_in(d, place, stored, named(stored, stored.name, not_secret))


def files_in(session: Session, actor: Actor, purpose: Purpose, ids: Sequence[int]) -> dict[int, tuple[FileRow, ...]]:
    """Id of the place -> its files that the actor may read: one query."""
    column = ON_TASKS[purpose]
    found: dict[int, tuple[FileRow, ...]] = {}
    query = file_rows().add_columns(column).where(column.in_(ids), _readable(actor))
    for row, file, asked, place_id in session.execute(query):
        found[place_id] = (*found.get(place_id, ()), file_row(actor, row, file, asked))
    return found


def check_may_read(session: Session, actor: Actor, row: Attachment) -> None:
    """NotYours for whom the file is none of his business: as if it were not there."""
    if not session.scalar(select(exists().where(Attachment.id == row.id, _readable(actor)))):
        raise NotYours


def leads(session: Session, task_id: int, unit_id: int | None) -> bool:
    """Whether the unit leads the task now."""
    return unit_id is not None and lead_of(session, task_id) == unit_id


def lead_of(session: Session, task_id: int) -> int | None:
    """The unit that leads the task now (牵头单位); None where nobody does."""
    return session.scalars(
        select(Responsibility.unit_id).where(Responsibility.task_id == task_id, Responsibility.role == Role.lead,
                                             Responsibility.ended_at.is_(None))
        .order_by(Responsibility.position).limit(1)).one_or_none()


def _readable(actor: Actor) -> ColumnElement[bool]:
    """Of an Attachment that hangs on the course of a task."""
    if is_office(actor):
        return true()
    if actor.unit_id is None or not actor.has(UserRole.clerk, UserRole.head):
        return false()
    tasks = tasks_of_unit(actor.unit_id)
    return or_(
        and_(Attachment.unit_id == actor.unit_id, Attachment.purpose != Purpose.inspection),
        Attachment.milestone_id.in_(select(Milestone.id).where(Milestone.task_id.in_(tasks))),
        Attachment.completion_request_id.in_(select(CompletionRequest.id).where(CompletionRequest.task_id.in_(tasks))))


def _hang_in(d: OpenDeed, place: Place, stored: Received, name: str) -> Attachment:
    column = ON_TASKS[place.purpose]
    task_id, unit_id = _subject(d.session, place)
    if not may(d.actor, Act.attach) or not _may_hang(d, place, task_id, unit_id):
        raise Forbidden(NOT_YOUR_FILES)
    if unit_id is None:
        raise Refused(NO_UNIT)
    row = Attachment(unit_id=unit_id, purpose=place.purpose, **{column.key: place.id})
    return hang(d, stored, name, row, column == place.id)


def _may_hang(d: OpenDeed, place: Place, task_id: int | None, unit_id: int | None) -> bool:
    if place.purpose is Purpose.inspection:
        return d.actor.has(UserRole.supervisor)
    if not d.actor.has(UserRole.clerk) or d.actor.unit_id is None:
        return False
    if d.actor.unit_id == unit_id:
        return True
    return place.purpose is Purpose.milestone and task_id is not None and leads(d.session, task_id, d.actor.unit_id)


def _subject(session: Session, place: Place) -> tuple[int | None, int | None]:
    """The task (None: a 综合报告) and the unit that a place is about; NotYours where there is no such place."""
    known = min(place.id, LARGEST_ID)
    if place.purpose is Purpose.milestone:
        milestone = session.get(Milestone, known)
        if milestone is not None:
            return milestone.task_id, milestone.owner_id
    elif place.purpose is Purpose.completion:
        completion = session.get(CompletionRequest, known)
        if completion is not None:
            part = session.get(Responsibility, completion.responsibility_id) if completion.responsibility_id else None
            return completion.task_id, part.unit_id if part else lead_of(session, completion.task_id)
    elif place.purpose is Purpose.inspection:
        inspection = session.get(Inspection, known)
        if inspection is not None:
            owed = session.get(Obligation, inspection.obligation_id) if inspection.obligation_id else None
            return inspection.task_id, owed.unit_id if owed else lead_of(session, inspection.task_id)
    else:
        extension = session.get(ExtensionRequest, known)
        if extension is not None:
            return None, extension.unit_id
    raise NotYours
