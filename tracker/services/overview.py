"""The leaders' page (总览): what is red, whose, since when, why, and is it better. A fixed number of queries."""
from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from tracker.domain.actors import Actor
from tracker.domain.lateness import Figures, figures
from tracker.domain.periods import parse_period
from tracker.domain.permissions import Act, may
from tracker.domain.rows import Lamp
from tracker.domain.words import Colour, Role
from tracker.domain.workdays import ONE_DAY, shanghai_date, shanghai_moment
from tracker.domain.year_plan import MilestoneCount, count_milestones
from tracker.errors import Forbidden
from tracker.models import Indicator, Period, Plan, Section, Task, TaskText
from tracker.services.history import History, PastObligation, load_history
from tracker.services.ledger import task_lamps_at
from tracker.services.milestone_facts import ENDED
from tracker.services.periods import policy_of, reported_period
from tracker.services.plan_view import current_plan

WORST_FIRST = (Colour.red, Colour.yellow, Colour.green, Colour.blue, Colour.grey)


@dataclass(frozen=True)
class Worry:
    """A red or yellow task."""

    number: str
    title: str
    lead: str                           # "" where nobody leads yet
    lamp: Lamp
    milestones: MilestoneCount          # 节点 3/4


@dataclass(frozen=True)
class Column:
    """A period of the matrix. `at` is when its lamps are read: the end of its due day, or now; None: to come."""

    key: str
    label: str
    short: str                          # 26三
    at: datetime | None
    current: bool
    counts: dict[Colour, int]


@dataclass(frozen=True)
class MatrixRow:
    """One task across the periods; None where the period is still to come or the task was not known."""

    number: str
    title: str
    lamps: tuple[Lamp | None, ...]


@dataclass(frozen=True)
class Overview:
    """Everything on the page, as of `at`. `before`: the counts at the end of the period before, None in the first."""

    plan: Plan
    at: datetime
    counts: dict[Colour, int]
    before: dict[Colour, int] | None
    worries: tuple[Worry, ...]
    sections: tuple[tuple[str, str, int, dict[Colour, int]], ...]      # number, title, how many tasks, lamps
    columns: tuple[Column, ...]
    matrix: tuple[MatrixRow, ...]
    indicators: tuple[Indicator, ...]
    period: Period | None               # the one on the table
    period_label: str
    lead_figures: Figures
    co_figures: Figures
    milestones: MilestoneCount          # of all tasks that go on


def overview(session: Session, actor: Actor, at: datetime) -> Overview:
    """The page as of now. Forbidden for who may not read it."""
    if not may(actor, Act.read_overview):
        raise Forbidden
    plan = current_plan(session)
    history = load_history(session, plan, at)
    owed = history.obligations_at(at)
    lamps = task_lamps_at(history, at, owed)
    tasks = history.tasks_at(at)
    columns, past = _columns(history, at, lamps)
    shown = [column for column in columns if column.at is not None]
    place = next((place for place, column in enumerate(shown) if column.current), len(shown))
    period = next((one for one in history.periods if one.key == reported_period(plan, at).key), None)
    of_period = [one for one in owed if period is not None and one.period.key == period.key]
    return Overview(
        plan=plan, at=at, counts=_count(lamps.values()), before=shown[place - 1].counts if place > 0 else None,
        worries=_worries(history, at, tasks, lamps), sections=_sections(tasks, lamps), columns=columns,
        matrix=tuple(MatrixRow(task.number, text.title, tuple(
            found.get(task.id) if found else None for found in past)) for task, _, text in tasks),
        indicators=tuple(session.scalars(
            select(Indicator).where(Indicator.plan_id == plan.id).order_by(Indicator.position))),
        period=period, period_label=parse_period(period.key).label if period else "",
        lead_figures=_figures(of_period, Role.lead, at), co_figures=_figures(of_period, Role.co, at),
        milestones=count_milestones(
            (one for task, _, _ in tasks if history.task_state_at(task, at) not in ENDED
             for one in history.milestones_at(task.id, at)), shanghai_date(at)))


def _figures(owed: Sequence[PastObligation], role: Role, at: datetime) -> Figures:
    return figures((one.facts for one in owed if one.role is role), at)


def _count(lamps: Iterable[Lamp]) -> dict[Colour, int]:
    counted = Counter(lamp.colour for lamp in lamps)
    return {colour: counted[colour] for colour in WORST_FIRST}


def _worries(history: History, at: datetime, tasks: Sequence[tuple[Task, Section, TaskText]],
             lamps: dict[int, Lamp]) -> tuple[Worry, ...]:
    """Red before yellow, then the longest."""
    found = []
    for task, _, text in tasks:
        lamp = lamps[task.id]
        if lamp.colour in (Colour.red, Colour.yellow):
            lead = next((duty for duty in history.duties_at(task.id, at) if duty.role is Role.lead), None)
            name = history.name_at(lead.unit_id, at) if lead else ""
            found.append((WORST_FIRST.index(lamp.colour), lamp.since or at, task.position,
                          Worry(task.number, text.title, name, lamp,
                                count_milestones(history.milestones_at(task.id, at), shanghai_date(at)))))
    return tuple(worry for *_, worry in sorted(found, key=lambda entry: entry[:3]))


def _sections(tasks: Sequence[tuple[Task, Section, TaskText]],
              lamps: dict[int, Lamp]) -> tuple[tuple[str, str, int, dict[Colour, int]], ...]:
    grouped: dict[int, tuple[Section, list[Lamp]]] = {}
    for task, section, _ in tasks:
        grouped.setdefault(section.id, (section, []))[1].append(lamps[task.id])
    return tuple((section.number, section.title, len(found), _count(found)) for section, found in grouped.values())


def _columns(history: History, at: datetime,
             now: dict[int, Lamp]) -> tuple[tuple[Column, ...], list[dict[int, Lamp] | None]]:
    """The periods of the leads so far; the one whose due day is still to come is read now, later ones not at all."""
    cadence = policy_of(history.plan).lead
    columns, past = [], []
    read_now = False
    for period in (one for one in history.periods if one.cadence is cadence):
        day_over = shanghai_moment(shanghai_date(period.lead_due_at) + ONE_DAY)
        over = day_over <= at
        moment = day_over if over else None if read_now else at
        lamps = task_lamps_at(history, day_over) if over else None if read_now else now
        columns.append(Column(period.key, parse_period(period.key).label, _short(period.key), moment,
                              current=not over and not read_now, counts=_count(lamps.values()) if lamps else {}))
        past.append(lamps)
        read_now = read_now or not over
    return tuple(columns), past


def _short(key: str) -> str:
    """26三 of 2026Q3; other keys without their century."""
    return f"{key[2:4]}{'一二三四'[int(key[-1]) - 1]}" if "Q" in key else key[2:]
