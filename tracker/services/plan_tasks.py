"""What stands behind a task (任务): its wording, due day, responsible units and measures, each with its moment."""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from tracker.domain.words import Basis, Role
from tracker.domain.workdays import shanghai_moment
from tracker.models import DueDate, Measure, Plan, Responsibility, Task, TaskText, Unit
from tracker.notices import schema


@dataclass(frozen=True)
class Since:
    """From which day a change holds, when it was written down, and by whom."""

    on: date
    at: datetime
    by: str


@dataclass(frozen=True)
class Duty:
    """A unit's part in a task, and the words of the line it comes from."""

    unit: Unit
    role: Role
    as_written: str


def new_task(session: Session, plan: Plan, *, number: str, position: int, section_id: int, due_on: date, title: str,
             body: str, as_written: str, basis: Basis | None, source_complete: bool, since: Since) -> Task:
    """A task with its first wording and due date; nobody is responsible yet."""
    task = Task(plan_id=plan.id, section_id=section_id, number=number, position=position, title="", body="",
                as_written="", basis=basis, source_complete=source_complete, due_on=due_on, recorded_at=since.at)
    reword(task, title=title, body=body, as_written=as_written, source_complete=source_complete)
    session.add(task)
    session.flush()     # its id
    keep_wording(session, task, since)
    set_due(session, task, due_on, since)
    return task


def reword(task: Task, *, title: str, body: str, as_written: str, source_complete: bool) -> bool:
    """Give the task today's wording; True where that is another than before."""
    before = (task.title, task.body, task.as_written, task.source_complete)
    task.title, task.body, task.as_written, task.source_complete = title, body, as_written, source_complete
    return before != (title, body, as_written, source_complete)


def keep_wording(session: Session, task: Task, since: Since) -> None:
    """Write down the task's wording from this moment on (文字沿革)."""
    session.add(TaskText(task_id=task.id, recorded_at=since.at, title=task.title, body=task.body,
                         as_written=task.as_written, source_complete=task.source_complete))


def set_due(session: Session, task: Task, due_on: date, since: Since) -> None:
    """The task is due at the end of a day; every earlier date stays on record."""
    task.due_on = due_on
    session.add(DueDate(task_id=task.id, due_at=shanghai_moment(due_on + timedelta(days=1)), recorded_at=since.at,
                        actor_name=since.by))


def assign(session: Session, task: Task, duties: Sequence[Duty], since: Since) -> None:
    """Make exactly these units responsible, in this order. Who is no longer, or in another role or place, ends today.

    Nothing is deleted, and no place is changed: past sheets keep the order of their time.
    """
    held = {row.unit_id: row for row in session.scalars(
        select(Responsibility).where(Responsibility.task_id == task.id, Responsibility.ended_at.is_(None)))}
    staying = {duty.unit.id for position, duty in enumerate(duties, start=1) if duty.unit.id in held
               and (held[duty.unit.id].role, held[duty.unit.id].position) == (duty.role, position)}
    for unit_id, row in held.items():
        if unit_id not in staying:
            row.until_on, row.ended_at = since.on, since.at
    session.flush()     # what has ended leaves the unique index before its successor enters it
    for position, duty in enumerate(duties, start=1):
        if duty.unit.id in staying:
            held[duty.unit.id].as_written = duty.as_written
        else:
            session.add(Responsibility(task_id=task.id, unit_id=duty.unit.id, role=duty.role, position=position,
                                       as_written=duty.as_written, since_on=since.on, recorded_at=since.at))


def put_measures(session: Session, task: Task, measures: Sequence[schema.Measure]) -> None:
    """The task's measures (具体举措) as given; one that is no longer given stays."""
    known = {row.key: row for row in session.scalars(select(Measure).where(Measure.task_id == task.id))}
    for position, given in enumerate(measures, start=1):
        row = known.get(given.key) or Measure(task_id=task.id, key=given.key)
        row.kind, row.name, row.as_written, row.position = given.kind, given.name, given.as_written, position
        row.amount, row.unit_word = given.amount, given.unit_word or ""
        session.add(row)
