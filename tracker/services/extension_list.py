"""What was asked of extensions (延期申请一览): on the page of a report or a task, and all of them for the office.

| who | reads |
|---|---|
| supervision office, leaders | all |
| the unit that asked | its own, on reports too |
| the other units of the task | those on the task and its milestones |

A request waits while it is not decided and what it is about is still open: what was delivered meanwhile needs none.
"""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session

from tracker.domain.actors import Actor
from tracker.domain.extensions import due_day
from tracker.domain.periods import parse_period
from tracker.domain.permissions import Act, may
from tracker.domain.words import Extended, Purpose, Role, State
from tracker.domain.workdays import china_calendar, shanghai_date, working_days_between
from tracker.errors import Forbidden, NotYours
from tracker.models import DueDate, ExtensionRequest, Milestone, Obligation, Period, Task, Unit
from tracker.services.access import is_office, is_own, sees_course
from tracker.services.attachments import FileRow
from tracker.services.extensions import COLUMNS, GOING, Held, asks_for, seen, subject_of
from tracker.services.lamps import counting
from tracker.services.plan_view import current_plan
from tracker.services.report_page import COMPOSITE
from tracker.services.task_files import files_in

ANSWER_SHOWN = timedelta(days=30)
SHOWN_WAITING, SHOWN_DECIDED, SHOWN_ON_PAGE = 50, 50, 20


@dataclass(frozen=True)
class ExtensionRow:
    """One request. `of`: 2026年第三季度牵头件, 节点“…”, 完成时限. `held_at`: what holds, or held until the answer.

    `off`: 周末, 国庆节 … where the day asked for is no working day. `own`: the actor asked himself.
    """

    id: int
    what: Extended
    row_id: int
    of: str
    task_number: str            # "" for a 综合报告
    task_title: str
    unit: str
    leads: bool                 # the lead asks: its report, or the task
    reason: str
    held_at: datetime
    wished_at: datetime
    asked_at: datetime
    asked_by: str
    decided_at: datetime | None
    decided_by: str
    granted_at: datetime | None
    answer: str
    waits: bool
    waiting_days: int           # working days
    off: str
    own: bool
    files: tuple[FileRow, ...]

    @property
    def by_day(self) -> bool:
        """Milestones and tasks are due at the end of a day; only reports have a time of day."""
        return self.what is not Extended.report

    def day_of(self, due_at: datetime) -> date:
        """The day that a due moment of this kind means."""
        return due_day(due_at, None) if self.by_day else shanghai_date(due_at)

    @property
    def address(self) -> str:
        """Where it can be read in its place."""
        return f"/reports/{self.row_id}" if self.what is Extended.report else f"/tasks/{self.task_number}"


@dataclass(frozen=True)
class DueRow:
    """One due date that held (时限沿革)."""

    due_at: datetime
    recorded_at: datetime
    reason: str
    by: str


@dataclass(frozen=True)
class Extensions:
    """What a page shows of a report, a milestone, a task: requests, what waits first; of a report its due dates."""

    rows: tuple[ExtensionRow, ...]
    dues: tuple[DueRow, ...]
    answered: ExtensionRow | None       # the last answer on this very thing: while it is open, for a month
    may_ask: bool
    ask_address: str

    @property
    def waiting(self) -> tuple[ExtensionRow, ...]:
        return tuple(row for row in self.rows if row.waits)


@dataclass(frozen=True)
class Asking:
    """The form: what is asked for, why it may not be asked now ("" where it may), what was asked before."""

    held: Held
    of: str
    task_title: str
    rows: tuple[ExtensionRow, ...]
    why_not: str


@dataclass(frozen=True)
class ExtensionDesk:
    """The office's list: waiting first, the oldest first; then what was decided, newest first."""

    waiting: tuple[ExtensionRow, ...]
    waiting_count: int
    decided: tuple[ExtensionRow, ...]


NOTHING = Extensions((), (), None, False, "")


def extensions_of(session: Session, actor: Actor, subject: Task | Milestone | Obligation, at: datetime) -> Extensions:
    """The requests on a report, on a milestone, or on a task with all of its own, that the actor may read."""
    if not _sees(session, actor, subject):
        return NOTHING
    if isinstance(subject, Task):
        what, address, of_it = Extended.task, f"/tasks/{subject.number}", or_(
            ExtensionRequest.task_id == subject.id,
            ExtensionRequest.milestone_id.in_(select(Milestone.id).where(Milestone.task_id == subject.id)),
            ExtensionRequest.obligation_id.in_(select(Obligation.id).where(Obligation.task_id == subject.id)))
    elif isinstance(subject, Milestone):
        what, address, of_it = Extended.milestone, f"/milestones/{subject.id}", (
            ExtensionRequest.milestone_id == subject.id)
    else:
        what, address, of_it = Extended.report, f"/reports/{subject.id}", ExtensionRequest.obligation_id == subject.id
    rows = _rows(session, actor, _query(of_it, _readable(actor)).order_by(
        ExtensionRequest.decided_at.is_not(None), ExtensionRequest.id.desc()).limit(SHOWN_ON_PAGE), at)
    held = seen(session, actor, what, subject.id)
    own = [row for row in rows if (row.what, row.row_id) == (what, subject.id)]
    asked = any(row.waits for row in own)
    answered = next((row for row in own if row.decided_at is not None and row.decided_at > at - ANSWER_SHOWN), None)
    dues = _dues(session, subject.id) if what is Extended.report else ()
    still = not asked and not held.why_not
    asks = still and asks_for(session, actor, held)
    if isinstance(subject, Task) and asks:      # its form stands under the number of the current plan
        asks = subject.plan_id == current_plan(session).id
    return Extensions(rows, dues, answered if still else None, asks, f"{address}/extension")


def extensions_of_milestone(session: Session, actor: Actor, milestone_id: int, at: datetime) -> Extensions:
    """The same by the id of a milestone that the actor has open."""
    return extensions_of(session, actor, session.get_one(Milestone, milestone_id), at)


def asking(session: Session, actor: Actor, what: Extended, row_id: int, at: datetime) -> Asking:
    """What the form shows. NotYours; Forbidden where it is not the actor's to ask."""
    held = seen(session, actor, what, row_id)
    if not asks_for(session, actor, held):
        raise Forbidden
    rows = _rows(session, actor, _query(getattr(ExtensionRequest, COLUMNS[what]) == row_id)
                 .order_by(ExtensionRequest.id.desc()).limit(SHOWN_ON_PAGE), at)
    row = held.row
    task = row if isinstance(row, Task) else session.get(Task, row.task_id) if row.task_id is not None else None
    if isinstance(row, Obligation):
        of = _of_report(session.get_one(Period, row.period_id).key, row.role)
    else:
        of = _of_milestone(row.name) if isinstance(row, Milestone) else OF_TASK
    waiting = next((one for one in rows if one.waits), None)
    return Asking(held, of, task.title if task else COMPOSITE, rows, held.why_not or (ASKED if waiting else ""))


def task_of_number(session: Session, number: str) -> int:
    """The id of a task of the current plan by its number. NotYours."""
    plan = current_plan(session)
    found = None if "\x00" in number else session.scalars(
        select(Task.id).where(Task.plan_id == plan.id, Task.number == number)).one_or_none()
    if found is None:
        raise NotYours
    return found


def extension_desk(session: Session, actor: Actor, at: datetime) -> ExtensionDesk:
    """All requests, for the office. Forbidden."""
    if not may(actor, Act.decide_extension):
        raise Forbidden
    waiting = _rows(session, actor, _query(waits()).order_by(ExtensionRequest.asked_at, ExtensionRequest.id)
                    .limit(SHOWN_WAITING), at)
    decided = _rows(session, actor, _query(ExtensionRequest.decided_at.is_not(None))
                    .order_by(ExtensionRequest.decided_at.desc(), ExtensionRequest.id.desc())
                    .limit(SHOWN_DECIDED), at)
    return ExtensionDesk(waiting, waiting_extensions(session), decided)


def waiting_extensions(session: Session) -> int:
    """How many requests wait for the office (延期申请待办)."""
    return session.scalar(select(func.count()).select_from(ExtensionRequest).where(waits())) or 0


def waits() -> ColumnElement[bool]:
    """Of an ExtensionRequest: not decided, and what it is about still open."""
    going = select(Task.id).where(Task.state.in_(GOING))
    return and_(ExtensionRequest.decided_at.is_(None), or_(
        ExtensionRequest.obligation_id.in_(select(Obligation.id).where(
            Obligation.delivered_at.is_(None), Obligation.state != State.waived)),
        ExtensionRequest.milestone_id.in_(select(Milestone.id).where(
            counting(), Milestone.done_on.is_(None), Milestone.task_id.in_(going))),
        ExtensionRequest.task_id.in_(going)))


ASKED = "已经提过申请，等督查室办理。"
OF_TASK = "完成时限"


def _sees(session: Session, actor: Actor, subject: Task | Milestone | Obligation) -> bool:
    if isinstance(subject, Obligation):
        return is_office(actor) or is_own(actor, subject)
    return bool(sees_course(session, actor, [subject.id if isinstance(subject, Task) else subject.task_id]))


def _of_report(period_key: str, role: Role) -> str:
    label = parse_period(period_key).label
    return f"{label}{COMPOSITE}" if role is Role.standing_co else f"{label}{role.label}件"


def _of_milestone(name: str) -> str:
    return f"节点“{name}”"


def _readable(actor: Actor) -> ColumnElement[bool]:
    """Of a request on a task whose course the actor sees: reports are between their unit and the office."""
    if is_office(actor):
        return ExtensionRequest.id.is_not(None)
    return or_(ExtensionRequest.obligation_id.is_(None), Obligation.unit_id == actor.unit_id)


def _query(*which: ColumnElement[bool]) -> Select[Any]:
    task_id = func.coalesce(ExtensionRequest.task_id, Milestone.task_id, Obligation.task_id)
    held = (select(DueDate.due_at).where(
        or_(DueDate.obligation_id == ExtensionRequest.obligation_id,
            DueDate.milestone_id == ExtensionRequest.milestone_id, DueDate.task_id == ExtensionRequest.task_id),
        or_(ExtensionRequest.decided_at.is_(None), DueDate.recorded_at < ExtensionRequest.decided_at,
            and_(ExtensionRequest.granted_at.is_(None), DueDate.recorded_at == ExtensionRequest.decided_at)))
        .order_by(DueDate.recorded_at.desc(), DueDate.id.desc()).limit(1)
        .correlate(ExtensionRequest).scalar_subquery())
    columns: list[Any] = [ExtensionRequest, held.label("held_at"), waits().label("waits"), Unit.name.label("unit"),
                          Task.number, Task.title, Milestone.name.label("milestone"), Period.key, Obligation.role]
    return (
        select(*columns).select_from(ExtensionRequest).join(Unit, Unit.id == ExtensionRequest.unit_id)
        .outerjoin(Obligation, Obligation.id == ExtensionRequest.obligation_id)
        .outerjoin(Period, Period.id == Obligation.period_id)
        .outerjoin(Milestone, Milestone.id == ExtensionRequest.milestone_id)
        .outerjoin(Task, Task.id == task_id).where(*which))


def _rows(session: Session, actor: Actor, query: Select[Any], at: datetime) -> tuple[ExtensionRow, ...]:
    records = session.execute(query).all()
    files = files_in(session, actor, Purpose.extension, [record.ExtensionRequest.id for record in records])
    return tuple(_row(record, actor, files.get(record.ExtensionRequest.id, ()), at) for record in records)


def _row(record: Any, actor: Actor, files: Sequence[FileRow], at: datetime) -> ExtensionRow:
    request: ExtensionRequest = record.ExtensionRequest
    (what, row_id), calendar = subject_of(request), china_calendar()
    of = _of_report(record.key, record.role) if what is Extended.report else (
        _of_milestone(record.milestone) if what is Extended.milestone else OF_TASK)
    wished_on = shanghai_date(request.wished_at) if what is Extended.report else due_day(request.wished_at, None)
    return ExtensionRow(
        id=request.id, what=what, row_id=row_id, of=of, task_number=record.number or "",
        task_title=record.title or COMPOSITE, unit=record.unit, leads=record.role is Role.lead or what is Extended.task,
        reason=request.reason, held_at=record.held_at or request.wished_at, wished_at=request.wished_at,
        asked_at=request.asked_at, asked_by=request.asked_by, decided_at=request.decided_at,
        decided_by=request.decided_by or "", granted_at=request.granted_at, answer=request.answer, waits=record.waits,
        waiting_days=working_days_between(shanghai_date(request.asked_at), shanghai_date(at), calendar),
        off=calendar.day_off_name(wished_on),
        own=actor.user_id is not None and request.asked_by_id == actor.user_id, files=tuple(files))


def _dues(session: Session, obligation_id: int) -> tuple[DueRow, ...]:
    return tuple(DueRow(due.due_at, due.recorded_at, due.reason, due.actor_name) for due in session.scalars(
        select(DueDate).where(DueDate.obligation_id == obligation_id)
        .order_by(DueDate.recorded_at.desc(), DueDate.id.desc()).limit(SHOWN_ON_PAGE)))
