"""Closing a task (办结销号): asked for by its lead measure by measure, checked and decided by the office.

Suspending, resuming, cancelling and reopening are the office's, each with its reason (services/task_course.py).
"""
from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from tracker.domain.actors import Actor
from tracker.domain.permissions import Act, may
from tracker.domain.secrecy import secrecy_marks
from tracker.domain.task_transitions import TABLE
from tracker.domain.words import Grade, Purpose, TaskDeed, TaskState
from tracker.errors import Forbidden, Refused, SecrecyQuestion
from tracker.models import (
    CompletionRequest,
    ExtensionRequest,
    Measure,
    MeasureCheck,
    Milestone,
    Responsibility,
    Task,
    Unit,
)
from tracker.services.access import sees_course
from tracker.services.attachments import FileRow
from tracker.services.deed import OpenDeed, deed
from tracker.services.file_store import Received
from tracker.services.task_course import locked_task, needed, take_task_step
from tracker.services.task_files import Place, attach_within, files_in, leads

SHOWN = 50          # requests that wait, of the list

NOT_THE_LEAD = "办结由这项任务的牵头单位申请，您可以看，不能提。没有改动任何内容。"
NEED_STATEMENT = "请写明做成了什么、成效如何"
NEED_ONE = "这一条还没有说明"
NOT_CHECKED = "这一条还没有核对：做到了，或没有做到"
NEED_GRADE = "请评定等次：优、良、合格或不合格"
NOT_MET = "有{count}条没有做到，不能评{grade}；可以评合格、不合格，或不予办结"
NO_REQUEST = "现在没有待办的办结申请。没有改动。"
OWN_REQUEST = "这份办结申请是您自己提的，不能由您办理。没有改动；请由另一位同事办理。"
ONCE = "任务已经结束，不再受理。"
KEEPERS = {TaskDeed.suspend: "suspended", TaskDeed.resume: "resumed", TaskDeed.cancel: "cancelled",
           TaskDeed.reopen: "reopened"}       # the office's own steps, and their audit actions


@dataclass(frozen=True)
class CheckRow:
    """One measure in a request to close: what the lead says of it, what the office found."""

    measure_id: int
    name: str
    statement: str
    met: bool | None
    note: str


@dataclass(frozen=True)
class ClosingRow:
    """A request to close the task (办结申请), decided or not."""

    id: int
    statement: str
    asked_at: datetime
    asked_by: str
    decided_at: datetime | None
    decided_by: str
    granted: bool | None
    grade: Grade | None
    reason: str
    checks: tuple[CheckRow, ...]
    files: tuple[FileRow, ...]


@dataclass(frozen=True)
class Closing:
    """What the task page shows of its closing; newest first. `may_*`: the buttons for this actor now."""

    requests: tuple[ClosingRow, ...]
    may_ask: bool
    may_decide: bool
    may_decide_release: bool
    may_keep: tuple[TaskDeed, ...]

    @property
    def open(self) -> ClosingRow | None:
        return next((row for row in self.requests if row.decided_at is None), None)


def ask_closing(session: Session, actor: Actor, task_id: int, *, statement: str, measures: Mapping[int, str],
                version: int, at: datetime, files: Sequence[Received] = (), not_secret: bool = False) -> int:
    """Ask to close (申请办结): a statement, and a word on each measure (id -> words). Returns the request's id.

    NotYours, Forbidden, Conflict; Refused with `fields` (`statement`, `m<measure id>`).
    """
    if not may(actor, Act.ask_closing):
        raise Forbidden
    with deed(session, actor, at) as d:
        if not leads(session, task_id, actor.unit_id):
            raise Forbidden(NOT_THE_LEAD)
        task = locked_task(session, task_id, version)
        known = session.scalars(select(Measure).where(Measure.task_id == task.id).order_by(Measure.position)).all()
        said = _said(statement, known, measures)
        marks = secrecy_marks("\n".join([statement, *said.values()]))
        if marks and not not_secret:
            raise SecrecyQuestion(marks)
        take_task_step(d, task, TaskDeed.ask_closing, statement.strip()[:200])
        request = CompletionRequest(task_id=task.id, statement=statement.strip(), asked_at=at,
                                    asked_by_id=actor.user_id, asked_by=actor.name)
        session.add(request)
        session.flush()         # its id
        session.add_all([MeasureCheck(completion_request_id=request.id, measure_id=measure.id,
                                      statement=said[measure.id]) for measure in known])
        attach_within(d, Place(Purpose.completion, request.id), files, not_secret=not_secret)
        d.record("task.closing_asked", task=task.number, request=request.id)
        return request.id


def close_task(session: Session, actor: Actor, task_id: int, *, met: Mapping[int, bool], notes: Mapping[int, str],
               grade: Grade | None, reason: str = "", version: int, at: datetime) -> int:
    """Close it (销号) with a grade, each measure checked. Returns how many reports still owed were waived.

    优 and 良 need every measure met. Refused with `fields` (`m<measure id>`, `grade`).
    """
    with deed(session, _decider(actor), at) as d:
        task, request = _asked(d, task_id, version)
        checks = _checks(session, request.id)
        wrong = {f"m{check.measure_id}": NOT_CHECKED for check in checks if check.measure_id not in met}
        if grade is None:
            wrong["grade"] = NEED_GRADE
        unmet = sum(not met.get(check.measure_id, True) for check in checks)
        if unmet and grade in (Grade.excellent, Grade.good):
            wrong["grade"] = NOT_MET.format(count=unmet, grade=grade.label)
        if wrong:
            raise Refused("还没有销号：请补好再办。", fields=wrong)
        for check in checks:
            check.met, check.note = met[check.measure_id], notes.get(check.measure_id, "").strip()[:1000]
        _decide(d, request, granted=True, grade=grade, reason=reason.strip()[:1000])
        waived = take_task_step(d, task, TaskDeed.close, f"{grade.label if grade else ''}。{reason.strip()}"[:1000])
        _end_what_waits(d, task)
        d.record("task.closed", task=task.number, request=request.id, grade=grade, waived=waived)
        return waived


def refuse_closing(session: Session, actor: Actor, task_id: int, *, reason: str, met: Mapping[int, bool] | None = None,
                   version: int, at: datetime) -> None:
    """Refuse (不予办结) with a reason: it goes on; what was checked stays on record."""
    reason = needed(reason)
    with deed(session, _decider(actor), at) as d:
        task, request = _asked(d, task_id, version)
        for check in _checks(session, request.id):
            check.met = (met or {}).get(check.measure_id)
        _decide(d, request, granted=False, grade=None, reason=reason)
        take_task_step(d, task, TaskDeed.refuse_closing, reason)
        d.record("task.closing_refused", task=task.number, request=request.id)


def keep_task_state(session: Session, actor: Actor, task_id: int, step: TaskDeed, *, reason: str, version: int,
                    at: datetime) -> int:
    """暂缓, 恢复办理, 取消, 重新启动, each with a reason. Returns how many reports were waived or are owed (again)."""
    if not may(actor, Act.keep_task_state) or step not in KEEPERS:
        raise Forbidden
    reason = needed(reason)
    with deed(session, actor, at) as d:
        task = locked_task(session, task_id, version)
        count = take_task_step(d, task, step, reason)
        if task.state is TaskState.cancelled:
            _end_what_waits(d, task)
        d.record(f"task.{KEEPERS[step]}", task=task.number, reports=count)
        return count


def closing_of_task(session: Session, actor: Actor, task: Task, at: datetime) -> Closing:
    """The closing of a task as the actor may see it: units of the task read requests, as the office and leaders do."""
    seen = sees_course(session, actor, [task.id])
    requests = session.scalars(select(CompletionRequest).where(
        CompletionRequest.task_id.in_(seen), CompletionRequest.responsibility_id.is_(None))
        .order_by(CompletionRequest.id.desc()).limit(20)).all()
    ids = [request.id for request in requests]
    checks: dict[int, list[CheckRow]] = {}
    for check, name in session.execute(
            select(MeasureCheck, Measure.name).join(Measure, Measure.id == MeasureCheck.measure_id)
            .where(MeasureCheck.completion_request_id.in_(ids)).order_by(Measure.position)):
        checks.setdefault(check.completion_request_id, []).append(
            CheckRow(check.measure_id, name, check.statement, check.met, check.note))
    files = files_in(session, actor, Purpose.completion, ids)
    rows = tuple(ClosingRow(
        one.id, one.statement, one.asked_at, one.asked_by, one.decided_at, one.decided_by or "", one.granted, one.grade,
        one.reason, tuple(checks.get(one.id, ())), files.get(one.id, ())) for one in requests)
    going = task.state in (TaskState.not_started, TaskState.in_progress)
    keep = may(actor, Act.keep_task_state)
    return Closing(
        rows, may_ask=going and may(actor, Act.ask_closing) and leads(session, task.id, actor.unit_id),
        may_decide=task.state is TaskState.completion_requested and may(actor, Act.decide_closing),
        may_decide_release=may(actor, Act.decide_closing),
        may_keep=tuple(step for step in KEEPERS if keep and (task.state, step) in TABLE))


def closings_waiting(session: Session) -> tuple[tuple[str, str, str], ...]:
    """Requests to close or to release that wait, oldest first: the task's number, title, the co-unit or ""."""
    rows = session.execute(
        select(Task.number, Task.title, Unit.name).select_from(CompletionRequest)
        .join(Task, Task.id == CompletionRequest.task_id)
        .outerjoin(Responsibility, Responsibility.id == CompletionRequest.responsibility_id)
        .outerjoin(Unit, Unit.id == Responsibility.unit_id)
        .where(CompletionRequest.decided_at.is_(None)).order_by(CompletionRequest.id).limit(SHOWN))
    return tuple((number, title, unit or "") for number, title, unit in rows)


def _decider(actor: Actor) -> Actor:
    if not may(actor, Act.decide_closing):
        raise Forbidden
    return actor


def _asked(d: OpenDeed, task_id: int, version: int) -> tuple[Task, CompletionRequest]:
    task = locked_task(d.session, task_id, version)
    request = d.session.scalars(select(CompletionRequest).where(
        CompletionRequest.task_id == task.id, CompletionRequest.responsibility_id.is_(None),
        CompletionRequest.decided_at.is_(None))).one_or_none()
    if request is None:
        raise Refused(NO_REQUEST)
    if d.actor.user_id is not None and request.asked_by_id == d.actor.user_id:
        raise Forbidden(OWN_REQUEST)
    return task, request


def _checks(session: Session, request_id: int) -> Sequence[MeasureCheck]:
    return session.scalars(select(MeasureCheck).where(MeasureCheck.completion_request_id == request_id)
                           .order_by(MeasureCheck.id)).all()


def _decide(d: OpenDeed, request: CompletionRequest, *, granted: bool, grade: Grade | None, reason: str) -> None:
    request.decided_at, request.decided_by, request.granted = d.at, d.actor.name, granted
    request.grade, request.reason = grade, reason


def _end_what_waits(d: OpenDeed, task: Task) -> None:
    """Requests of extension on what has ended are answered with that; nothing waits for ever."""
    milestones = select(Milestone.id).where(Milestone.task_id == task.id)
    d.session.execute(update(ExtensionRequest).where(
        ExtensionRequest.decided_at.is_(None),
        (ExtensionRequest.task_id == task.id) | ExtensionRequest.milestone_id.in_(milestones))
        .values(decided_at=d.at, decided_by=d.actor.name, answer=ONCE)
        .execution_options(synchronize_session=False))


def _said(statement: str, known: Sequence[Measure], measures: Mapping[int, str]) -> dict[int, str]:
    said = {measure.id: measures.get(measure.id, "").strip() for measure in known}
    wrong = {f"m{measure_id}": NEED_ONE for measure_id, words in said.items() if not words}
    if not statement.strip():
        wrong["statement"] = NEED_STATEMENT
    if wrong:
        raise Refused("还没有申请：请补好再交，写的都在。", fields=wrong)
    return said

