"""部门办结: a co-unit that did its part is released from a task; the task goes on without it."""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from tracker.domain.actors import Actor
from tracker.domain.permissions import Act, may
from tracker.domain.words import Purpose, Role, State
from tracker.domain.workdays import shanghai_date
from tracker.errors import Forbidden, NotYours, Refused
from tracker.models import CompletionRequest, Obligation, Responsibility, Task, Unit
from tracker.services.access import LARGEST_ID, sees_course
from tracker.services.attachments import FileRow
from tracker.services.deed import OpenDeed, deed
from tracker.services.file_store import Received
from tracker.services.task_course import needed, waive_open
from tracker.services.task_files import Place, attach_within, files_in

RELEASED = "部门办结"
NOT_YOURS = "部门办结由本单位申请，您可以看，不能提。没有改动任何内容。"
LEADS = "牵头单位不能部门办结；事情办完了，请申请办结整项任务。"
GONE = "这个单位已经部门办结，或不再负责这项任务。没有改动。"
WAITS = "部门办结已经申请，等督查室办理。没有再提。"
OWN_REQUEST = "这份申请是您自己提的，不能由您办理。没有改动；请由另一位同事办理。"
ANSWERED = "这份申请已经办理过。没有改动。"
NEED_STATEMENT = "请写明本单位做成了什么"


@dataclass(frozen=True)
class ReleaseRow:
    """A request to be released, or a release: by which unit, what it says, what the office answered."""

    id: int
    unit: str
    statement: str
    asked_at: datetime
    asked_by: str
    decided_at: datetime | None
    decided_by: str
    granted: bool | None
    reason: str
    files: tuple[FileRow, ...]


@dataclass(frozen=True)
class Releasable:
    """A co-unit that may be released: `mine` by its own clerk's request, else by the office."""

    responsibility_id: int
    unit: str
    open_reports: int           # owed, nothing delivered: they are waived
    mine: bool


def ask_release(session: Session, actor: Actor, responsibility_id: int, *, statement: str, at: datetime,
                files: Sequence[Received] = (), not_secret: bool = False) -> int:
    """A co-unit asks to be released (申请部门办结). Returns the request's id. NotYours, Forbidden, Refused."""
    if not may(actor, Act.ask_closing):
        raise Forbidden
    statement = needed(statement, "statement", NEED_STATEMENT)
    with deed(session, actor, at) as d:
        duty = _duty(d, responsibility_id)
        if duty.unit_id != actor.unit_id:
            raise Forbidden(NOT_YOURS)
        if session.scalar(select(CompletionRequest.id).where(
                CompletionRequest.responsibility_id == duty.id, CompletionRequest.decided_at.is_(None))):
            raise Refused(WAITS)
        request = CompletionRequest(task_id=duty.task_id, responsibility_id=duty.id, statement=statement, asked_at=at,
                                    asked_by_id=actor.user_id, asked_by=actor.name)
        session.add(request)
        session.flush()         # its id
        attach_within(d, Place(Purpose.completion, request.id), files, not_secret=not_secret)
        d.record("duty.release_asked", duty=duty.id, request=request.id)
        return request.id


def decide_release(session: Session, actor: Actor, request_id: int, *, granted: bool, reason: str = "",
                   at: datetime) -> int:
    """The office grants or refuses it, refusing with a reason. Returns how many reports still owed were waived."""
    if not may(actor, Act.decide_closing):
        raise Forbidden
    reason = needed(reason) if not granted else reason.strip()[:1000]
    with deed(session, actor, at) as d:
        request = session.scalars(select(CompletionRequest).where(
            CompletionRequest.id == min(request_id, LARGEST_ID), CompletionRequest.responsibility_id.is_not(None))
            .with_for_update()).one_or_none()
        if request is None:
            raise NotYours
        if request.decided_at is not None:
            raise Refused(ANSWERED)
        if actor.user_id is not None and request.asked_by_id == actor.user_id:
            raise Forbidden(OWN_REQUEST)
        request.decided_at, request.decided_by, request.granted, request.reason = at, actor.name, granted, reason
        waived = _end(d, _duty(d, request.responsibility_id or 0), reason) if granted else 0
        if not granted:
            d.record("duty.release_refused", duty=request.responsibility_id, request=request.id)
        return waived


def release(session: Session, actor: Actor, responsibility_id: int, *, reason: str, at: datetime) -> int:
    """The office releases a co-unit of its own accord, with a reason. Returns how many reports owed were waived."""
    if not may(actor, Act.decide_closing):
        raise Forbidden
    reason = needed(reason)
    with deed(session, actor, at) as d:
        duty = _duty(d, responsibility_id)
        open_request = session.scalars(select(CompletionRequest).where(
            CompletionRequest.responsibility_id == duty.id, CompletionRequest.decided_at.is_(None))).one_or_none()
        if open_request is not None:
            open_request.decided_at, open_request.decided_by = at, actor.name
            open_request.granted, open_request.reason = True, reason
        return _end(d, duty, reason)


def releases_of_task(session: Session, actor: Actor, task: Task, at: datetime) -> tuple[ReleaseRow, ...]:
    """Requests to be released, newest first; for the task's units, the office and the leaders."""
    rows = session.execute(
        select(CompletionRequest, Unit.name)
        .join(Responsibility, Responsibility.id == CompletionRequest.responsibility_id)
        .join(Unit, Unit.id == Responsibility.unit_id)
        .where(CompletionRequest.task_id.in_(sees_course(session, actor, [task.id])))
        .order_by(CompletionRequest.id.desc()).limit(50)).all()
    files = files_in(session, actor, Purpose.completion, [row.id for row, _ in rows])
    return tuple(ReleaseRow(row.id, unit, row.statement, row.asked_at, row.asked_by, row.decided_at,
                            row.decided_by or "", row.granted, row.reason, files.get(row.id, ())) for row, unit in rows)


def releasable(session: Session, actor: Actor, task: Task) -> tuple[Releasable, ...]:
    """The co-units that this actor may ask to release, or release himself."""
    office, asks = may(actor, Act.decide_closing), may(actor, Act.ask_closing)
    if not office and not asks:
        return ()
    owed = session.scalars(select(Obligation.unit_id).where(
        Obligation.task_id == task.id, Obligation.delivered_at.is_(None), Obligation.state != State.waived)).all()
    duties = session.execute(
        select(Responsibility, Unit.name).join(Unit, Unit.id == Responsibility.unit_id)
        .where(Responsibility.task_id == task.id, Responsibility.role == Role.co, Responsibility.ended_at.is_(None))
        .order_by(Responsibility.position)).all()
    return tuple(Releasable(duty.id, unit, owed.count(duty.unit_id), duty.unit_id == actor.unit_id)
                 for duty, unit in duties if office or duty.unit_id == actor.unit_id)


def _duty(d: OpenDeed, responsibility_id: int) -> Responsibility:
    duty = d.session.scalars(select(Responsibility).where(Responsibility.id == min(responsibility_id, LARGEST_ID))
                             .with_for_update()).one_or_none()
    if duty is None:
        raise NotYours
    if duty.role is Role.lead:
        raise Refused(LEADS)
    if duty.ended_at is not None:
        raise Refused(GONE)
    return duty


def _end(d: OpenDeed, duty: Responsibility, reason: str) -> int:
    duty.until_on, duty.ended_at = shanghai_date(d.at), d.at
    waived = waive_open(d, and_(Obligation.task_id == duty.task_id, Obligation.unit_id == duty.unit_id), RELEASED)
    d.record("duty.released", duty=duty.id, task=duty.task_id, unit=duty.unit_id, waived=waived, reason=reason[:200])
    return waived
