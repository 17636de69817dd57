"""任务台账 on the screen: the tasks under filters, with counts by lamp; as many queries for 19 tasks as for 5,000."""
from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import ColumnElement, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from tracker.domain.actors import Actor
from tracker.domain.lamp import LeadReport, TaskFacts, task_lamp
from tracker.domain.permissions import Act, may
from tracker.domain.rows import Lamp
from tracker.domain.words import Colour, Ground, Role, State
from tracker.domain.workdays import china_calendar
from tracker.domain.year_plan import MilestoneCount
from tracker.errors import Forbidden
from tracker.models import Obligation, Period, Plan, ReportVersion, Responsibility, Section, Task, Unit
from tracker.services.access import is_office
from tracker.services.lamps import task_colours
from tracker.services.milestone_facts import milestone_counts, milestone_facts
from tracker.services.periods import reported_period
from tracker.services.plan_view import current_plan
from tracker.services.versions import last_version_id

PAGE = 50


@dataclass(frozen=True)
class Filters:
    """What the list is narrowed by; `after`: the position behind which the page begins (keyset)."""

    unit_id: int | None = None
    section_id: int | None = None
    colour: Colour | None = None
    text: str = ""
    silent: bool = False                # 本期没报: the lead has not delivered this period's report
    incomplete: bool = False            # 待补录
    after: int = -1


@dataclass(frozen=True)
class TaskLine:
    """One row. `lead_state`: of this period's lead report, None where nothing is owed."""

    number: str
    title: str
    section_id: int
    section: str
    lead: str
    co: tuple[str, ...]
    lamp: Lamp
    source_complete: bool
    lead_state: State | None
    lead_hidden: bool                   # another unit's report: neither its state nor its rating is this actor's
    delivered: int                      # of this period's parts, the lead's too
    owed: int
    milestones: MilestoneCount | None   # 节点 3/4; None where there are none, or they are not this actor's to see


@dataclass(frozen=True)
class TaskList:
    """A page of the list. All counts are under unit, section and text; `found` also under lamp, 本期没报, 待补录."""

    plan: Plan
    period_key: str
    rows: tuple[TaskLine, ...]
    counts: dict[Colour, int]
    total: int
    silent: int
    incomplete: int
    found: int
    next_after: int | None              # of the next page; None on the last
    units: Sequence[tuple[int, str]]
    sections: Sequence[Section]


def task_list(session: Session, actor: Actor, filters: Filters, at: datetime) -> TaskList:
    """The tasks of the current plan under filters, at `at`, which is now. Forbidden for who may not read them."""
    if not may(actor, Act.read_tasks):
        raise Forbidden
    if not is_office(actor):
        filters = replace(filters, silent=False)
    plan = current_plan(session)
    period = reported_period(plan, at)
    period_id = session.scalar(select(Period.id).where(Period.plan_id == plan.id, Period.key == period.key)) or 0
    colours = task_colours(plan.id, at).subquery("colours")
    silent = _silent(period_id)
    narrowed = select(Task).join(colours, colours.c.task_id == Task.id).where(*_narrowed(filters))
    grouped = session.execute(narrowed.with_only_columns(
        colours.c.colour, silent, Task.source_complete, func.count()).group_by(
            colours.c.colour, silent, Task.source_complete)).all()
    counts = {colour: sum(count for found, _, _, count in grouped if found == colour) for colour in Colour}
    chosen = narrowed.where(*_chosen(filters, colours.c.colour, silent))
    tasks = session.execute(
        chosen.with_only_columns(Task, Section.number, Section.title).join(Section, Section.id == Task.section_id)
        .where(Task.position > filters.after).order_by(Task.position).limit(PAGE + 1)).all()
    shown = tasks[:PAGE]
    found = session.scalar(chosen.with_only_columns(func.count())) or 0
    return TaskList(
        plan=plan, period_key=period.key, counts=counts, total=sum(counts.values()),
        rows=_lines(session, actor, [(task, f"{number}{title}") for task, number, title in shown], period_id, at),
        silent=sum(count for _, quiet, _, count in grouped if quiet) if is_office(actor) else 0,
        incomplete=sum(count for _, _, complete, count in grouped if not complete), found=found,
        next_after=shown[-1][0].position if len(tasks) > PAGE else None,
        units=session.execute(select(Unit.id, Unit.name).order_by(Unit.position)).all(),
        sections=session.scalars(select(Section).where(Section.plan_id == plan.id).order_by(Section.position)).all())


def _narrowed(filters: Filters) -> list[ColumnElement[bool]]:
    wanted: list[ColumnElement[bool]] = []
    if filters.unit_id is not None:
        wanted.append(exists().where(Responsibility.task_id == Task.id, Responsibility.unit_id == filters.unit_id,
                                     Responsibility.ended_at.is_(None)))
    if filters.section_id is not None:
        wanted.append(Task.section_id == filters.section_id)
    if filters.text:
        named = exists().where(Responsibility.task_id == Task.id, Responsibility.ended_at.is_(None),
                               Unit.id == Responsibility.unit_id, Unit.name.icontains(filters.text, autoescape=True))
        wanted.append(or_(Task.number == filters.text, Task.title.icontains(filters.text, autoescape=True),
                          Task.body.icontains(filters.text, autoescape=True), named))
    return wanted


def _chosen(filters: Filters, colour: ColumnElement[str], silent: ColumnElement[bool]) -> list[ColumnElement[bool]]:
    wanted: list[ColumnElement[bool]] = []
    if filters.colour is not None:
        wanted.append(colour == filters.colour.value)
    if filters.silent:
        wanted.append(silent)
    if filters.incomplete:
        wanted.append(Task.source_complete.is_(False))
    return wanted


def _silent(period_id: int) -> ColumnElement[bool]:
    """The lead has not delivered this period's report. Uncorrelated: found once, not once a task."""
    return Task.id.in_(select(Obligation.task_id).where(
        Obligation.period_id == period_id, Obligation.role == Role.lead, Obligation.task_id.is_not(None),
        Obligation.delivered_at.is_(None), Obligation.state != State.waived))


def _lines(session: Session, actor: Actor, tasks: Sequence[tuple[Task, str]], period_id: int,
           at: datetime) -> tuple[TaskLine, ...]:
    ids = [task.id for task, _ in tasks]
    units: dict[int, list[tuple[Role, str]]] = defaultdict(list)
    for task_id, role, name in session.execute(
            select(Responsibility.task_id, Responsibility.role, Unit.name).join(Unit, Unit.id == Responsibility.unit_id)
            .where(Responsibility.task_id.in_(ids), Responsibility.ended_at.is_(None))
            .order_by(Responsibility.position)):
        units[task_id].append((role, name))
    owed: dict[int, list[Obligation]] = defaultdict(list)
    for one in session.scalars(select(Obligation).where(
            Obligation.task_id.in_(ids), Obligation.period_id == period_id, Obligation.state != State.waived)):
        owed[one.task_id or 0].append(one)
    shown = [task for task, _ in tasks]
    lamps, counts = lamps_for(session, actor, shown, at), milestone_counts(session, actor, shown, at)
    own = {one.task_id for parts in owed.values() for one in parts
           if one.role is Role.lead and (is_office(actor) or one.unit_id == actor.unit_id)}
    return tuple(
        TaskLine(number=task.number, title=task.title, section_id=task.section_id, section=section,
                 lead=next((name for role, name in units[task.id] if role is Role.lead), ""),
                 co=tuple(name for role, name in units[task.id] if role is Role.co), lamp=lamps[task.id],
                 source_complete=task.source_complete,
                 lead_state=next((one.state for one in owed[task.id] if one.role is Role.lead), None)
                 if task.id in own else None, lead_hidden=not is_office(actor) and task.id not in own,
                 delivered=sum(one.delivered_at is not None for one in owed[task.id]), owed=len(owed[task.id]),
                 milestones=counts.get(task.id))
        for task, section in tasks)


def lamps_for(session: Session, actor: Actor, tasks: Sequence[Task], at: datetime) -> dict[int, Lamp]:
    """`lamps_of` as the actor may read them (DESIGN section 8).

    The reason quotes what the lead said of itself, accepted or not: it stands for the office, for leaders and for the
    lead itself; other units see the lamp alone.
    """
    lamps = lamps_of(session, tasks, at)
    if is_office(actor):
        return lamps
    led = set(session.scalars(select(Responsibility.task_id).where(
        Responsibility.task_id.in_(list(lamps)), Responsibility.unit_id == actor.unit_id,
        Responsibility.role == Role.lead, Responsibility.ended_at.is_(None))))
    spoken = (Colour.red, Colour.yellow, Colour.green)
    return {task_id: lamp if task_id in led or lamp.colour not in spoken
            else replace(lamp, reason="", ground=Ground.none, since=None) for task_id, lamp in lamps.items()}


def lamps_of(session: Session, tasks: Sequence[Task], at: datetime) -> dict[int, Lamp]:
    """进度灯 with its reason of some tasks, as of now, by the pure rule: two queries."""
    version = aliased(ReportVersion)
    rows = (
        select(Obligation, Period.key, version.self_rating).join(Period, Period.id == Obligation.period_id)
        .outerjoin(version, version.id == last_version_id())
        .where(Obligation.task_id.in_([task.id for task in tasks]), Obligation.role == Role.lead)
        .order_by(Obligation.id))       # of two leads in one period the first speaks, as in the history
    leads: dict[int, list[LeadReport]] = defaultdict(list)
    for one, key, rating in session.execute(rows):
        delivered = one.delivered_at is not None
        leads[one.task_id or 0].append(LeadReport(key, one.due_at, one.delivered_at, rating if delivered else None,
                                             one.judged, one.state is State.waived))
    calendar, milestones = china_calendar(), milestone_facts(session, [task.id for task in tasks])
    return {task.id: task_lamp(TaskFacts(task.state, task.source_complete, task.due_on, tuple(leads[task.id]),
                                         tuple(milestones.get(task.id, ()))), at, calendar) for task in tasks}
