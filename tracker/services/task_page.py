"""Everything one task's page shows (任务页): its words, its units by period, what they said, when it is due."""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby

from sqlalchemy import select
from sqlalchemy.orm import Session

from tracker.domain.actors import Actor
from tracker.domain.lateness import delivery_of, delivery_word
from tracker.domain.periods import parse_period
from tracker.domain.permissions import Act, may
from tracker.domain.rows import Lamp, ReportText
from tracker.domain.words import Delivery, Rating, Role, Source, State, UnitKind
from tracker.domain.workdays import ONE_DAY, china_calendar, shanghai_date
from tracker.errors import Forbidden, NotYours
from tracker.models import (
    DueDate,
    Measure,
    Obligation,
    Period,
    Plan,
    ReportVersion,
    Responsibility,
    Section,
    StandingUnit,
    Task,
    Unit,
)
from tracker.services.access import may_read_text, visible_obligations
from tracker.services.plan_view import current_plan
from tracker.services.report_page import facts_of
from tracker.services.tasklist import lamps_for
from tracker.services.versions import last_version_id, text_of

SHOWN_PERIODS = 3


@dataclass(frozen=True)
class PeriodColumn:
    """A period of the table of units; its due moments as the period has them."""

    key: str
    label: str
    lead_due_at: datetime
    co_due_at: datetime
    provisional: bool


@dataclass(frozen=True)
class Part:
    """One unit's report of one period, which the actor may open."""

    obligation_id: int
    period_key: str
    period_label: str
    unit: str
    role: Role
    state: State
    due_at: datetime
    delivered_at: datetime | None
    delivery: Delivery
    word: str                           # 按时 / 迟报2日 / 逾期62日 / 未到期 …
    judged: Rating | None
    text: ReportText | None             # as handed in last; None where nothing was, or it is not the actor's to read
    source: Source                      # 代填, where it is not the unit's own


@dataclass(frozen=True)
class UnitLine:
    """A responsible unit and its part in each shown period; None where it owes nothing or it is not to be seen."""

    role: Role
    unit: str
    parts: tuple[Part | None, ...]


@dataclass(frozen=True)
class TaskPage:
    """One task as the actor may see it. `history`: by period, newest first, what was handed in, the lead's first."""

    plan: Plan
    task: Task
    section: Section
    lamp: Lamp
    before: tuple[str, str] | None      # number and title of the task before in the plan
    after: tuple[str, str] | None
    columns: tuple[PeriodColumn, ...]   # newest first
    units: tuple[UnitLine, ...]
    standing: tuple[str, ...]
    measures: Sequence[Measure]
    dues: tuple[tuple[date, datetime, str, str], ...]       # day, written down at, reason, by whom
    history: tuple[tuple[str, tuple[Part, ...]], ...]
    may_keep: bool

    @property
    def lead(self) -> str:
        """The lead's name, "" where there is none (待补录)."""
        return next((line.unit for line in self.units if line.role is Role.lead), "")


@dataclass(frozen=True)
class Choices:
    """What the form of a task offers: the plan's sections, all units by kind."""

    plan: Plan
    sections: Sequence[Section]
    units: tuple[tuple[UnitKind, tuple[str, ...]], ...]


def task_page(session: Session, actor: Actor, number: str, at: datetime, *, plan_key: str | None = None) -> TaskPage:
    """The page at a moment, which is now: as many queries whatever the task. Forbidden, NotYours."""
    if not may(actor, Act.read_tasks):
        raise Forbidden
    plan, task = _found(session, number, plan_key)
    periods = session.scalars(
        select(Period).join(Obligation, Obligation.period_id == Period.id)
        .where(Obligation.task_id == task.id, Period.opened_at <= at).distinct()
        .order_by(Period.ends_on.desc(), Period.starts_on.desc()).limit(SHOWN_PERIODS)).all()
    parts = _parts(session, actor, task, at)
    duties = session.execute(
        select(Responsibility.role, Unit.name).join(Unit, Unit.id == Responsibility.unit_id)
        .where(Responsibility.task_id == task.id, Responsibility.ended_at.is_(None))
        .order_by(Responsibility.position)).all()
    listed = {name for _, name in duties}
    standing = session.scalars(
        select(Unit.name).join(StandingUnit, StandingUnit.unit_id == Unit.id)
        .where(StandingUnit.plan_id == plan.id, StandingUnit.ended_at.is_(None)).order_by(StandingUnit.position))
    here = {(part.unit, part.period_key): part for part in parts}
    handed_in = [part for part in parts if part.text is not None]
    dues = session.scalars(
        select(DueDate).where(DueDate.task_id == task.id).order_by(DueDate.recorded_at.desc(), DueDate.id.desc()))
    return TaskPage(
        plan=plan, task=task, section=session.get_one(Section, task.section_id),
        lamp=lamps_for(session, actor, [task], at)[task.id],
        before=_neighbour(session, task, before=True), after=_neighbour(session, task, before=False),
        columns=tuple(PeriodColumn(period.key, parse_period(period.key).label, period.lead_due_at, period.co_due_at,
                                   period.provisional) for period in periods),
        units=tuple(UnitLine(role, name, tuple(here.get((name, period.key)) for period in periods))
                    for role, name in duties),
        standing=tuple(name for name in standing if name not in listed) if task.source_complete else (),
        measures=session.scalars(select(Measure).where(Measure.task_id == task.id).order_by(Measure.position)).all(),
        dues=tuple((shanghai_date(due.due_at) - ONE_DAY, due.recorded_at, due.reason, due.actor_name) for due in dues),
        history=tuple((label, tuple(group)) for label, group in groupby(handed_in, key=lambda part: part.period_label)),
        may_keep=may(actor, Act.keep_plan))


def choices(session: Session, actor: Actor, *, plan_key: str | None = None) -> Choices:
    """What 补录 and 增加任务 choose from. Forbidden."""
    if not may(actor, Act.keep_plan):
        raise Forbidden
    plan = current_plan(session, plan_key)
    units = session.execute(select(Unit.kind, Unit.name).order_by(Unit.position)).all()
    return Choices(
        plan=plan,
        sections=session.scalars(select(Section).where(Section.plan_id == plan.id).order_by(Section.position)).all(),
        units=tuple((kind, names) for kind in UnitKind
                    if (names := tuple(name for found, name in units if found is kind))))


def _found(session: Session, number: str, plan_key: str | None) -> tuple[Plan, Task]:
    if "\x00" in number or "\x00" in (plan_key or ""):
        raise NotYours
    plan = current_plan(session) if plan_key is None else session.scalars(
        select(Plan).where(Plan.key == plan_key)).one_or_none()
    if plan is None:
        raise NotYours
    task = session.scalars(select(Task).where(Task.plan_id == plan.id, Task.number == number)).one_or_none()
    if task is None:
        raise NotYours
    return plan, task


def _neighbour(session: Session, task: Task, *, before: bool) -> tuple[str, str] | None:
    beside = (Task.position < task.position, Task.position.desc()) if before else (
        Task.position > task.position, Task.position.asc())
    row = session.execute(select(Task.number, Task.title).where(Task.plan_id == task.plan_id, beside[0])
                          .order_by(beside[1]).limit(1)).one_or_none()
    return (row.number, row.title) if row else None


def _parts(session: Session, actor: Actor, task: Task, at: datetime) -> list[Part]:
    """Every report on the task that the actor may open, newest period first, the lead's first in each."""
    calendar = china_calendar()
    rows = session.execute(
        visible_obligations(actor).where(Obligation.task_id == task.id)
        .join(Period, Period.id == Obligation.period_id).join(Unit, Unit.id == Obligation.unit_id)
        .outerjoin(ReportVersion, ReportVersion.id == last_version_id())
        .add_columns(Period.key, Unit.name, ReportVersion)
        .order_by(Period.ends_on.desc(), Period.starts_on.desc(), Obligation.role.desc(), Unit.position)).all()
    found = []
    for owed, key, unit, version in rows:
        delivery, days = delivery_of(facts_of(owed), at, calendar)
        readable = version is not None and owed.delivered_at is not None and may_read_text(actor, owed)
        found.append(Part(owed.id, key, parse_period(key).label, unit, owed.role, owed.state, owed.due_at,
                          owed.delivered_at, delivery, delivery_word(delivery, days), owed.judged,
                          text_of(version) if readable else None, version.source if readable else Source.unit))
    return found
