"""The two lamps in SQL (亮灯查询): the rules of domain/lamp.py on the facts of now, for lists and counts.

A property test holds them equal to the rules.
"""
from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, Subquery, and_, case, exists, func, literal, or_, select
from sqlalchemy.orm import aliased

from tracker.domain.lamp import milestone_soon_before, soon_until
from tracker.domain.words import Colour, Rating, Role, State, TaskState
from tracker.domain.workdays import Calendar, china_calendar, shanghai_date
from tracker.models import Milestone, Obligation, Period, ReportVersion, Task
from tracker.services.versions import last_version_id

TASK_COLUMNS = ("id", "state", "source_complete", "due_on")


def task_colours(plan_id: int, at: datetime) -> Select[tuple[int, str]]:
    """(task_id, colour) of every task of the plan at `at`, which is now: the columns read are today's."""
    of = _with_milestones(_last_two_periods(plan_id, at))
    today = shanghai_date(at)
    missed = and_(of.c.next_milestone.is_not(None), of.c.next_milestone < today)
    coming = and_(of.c.next_milestone.is_not(None), of.c.next_milestone < milestone_soon_before(at, china_calendar()))
    colour = case(
        (of.c.state == TaskState.closed, literal(Colour.blue.value)),
        (of.c.state.in_((TaskState.suspended, TaskState.cancelled)), literal(Colour.grey.value)),
        (of.c.source_complete.is_(False), literal(Colour.grey.value)),
        (or_(of.c.due_on < today, missed), literal(Colour.red.value)),
        (and_(of.c.counted == 0, of.c.milestone_done.is_(False)), literal(Colour.grey.value)),
        (or_(of.c.behind == 2, of.c.missing == 2), literal(Colour.red.value)),
        (or_(coming, of.c.last_behind == 1, of.c.last_missing == 1), literal(Colour.yellow.value)),
        else_=literal(Colour.green.value))
    return select(of.c.id.label("task_id"), colour.label("colour"))


def obligation_colour(at: datetime, calendar: Calendar) -> ColumnElement[str]:
    """报送灯 of an Obligation of the outer select at `at`, which is now."""
    second = Obligation.resubmit_due_at
    resubmitting = or_(Obligation.state == State.returned,
                       and_(Obligation.state == State.submitted, second.is_not(None)))
    colour: ColumnElement[str] = case(
        (Obligation.state == State.waived, literal(Colour.grey.value)),
        (and_(resubmitting, second.is_not(None), second < at), literal(Colour.red.value)),
        (resubmitting, literal(Colour.yellow.value)),
        (Obligation.delivered_at.is_not(None), literal(Colour.green.value)),
        (Obligation.due_at < at, literal(Colour.red.value)),
        (Obligation.due_at < soon_until(at, calendar), literal(Colour.yellow.value)),
        else_=literal(Colour.grey.value))
    return colour


def counting() -> ColumnElement[bool]:
    """Of a Milestone: its plan is approved and not superseded."""
    return and_(Milestone.counts_since.is_not(None), Milestone.counts_until.is_(None))


def _with_milestones(tasks: Subquery) -> Subquery:
    """Each task with the first due day among its open milestones (节点), and whether one of them is done."""
    of_task = and_(Milestone.task_id == tasks.c.id, counting())
    first = select(func.min(Milestone.due_on)).where(of_task, Milestone.done_on.is_(None)).scalar_subquery()
    return select(*tasks.c, first.label("next_milestone"),
                  exists().where(of_task, Milestone.done_on.is_not(None)).label("milestone_done")).subquery("of")


def _last_two_periods(plan_id: int, at: datetime) -> Subquery:
    """Each task with what its leads did in the last two periods due or delivered: in how many they are missing, 欠序时.

    One pass over the tasks, none joined to a derived table: SQLite would scan that once a task.
    """
    periods = _lead_periods(plan_id, at)
    latest = periods.c.place == 1
    return (
        select(*(periods.c[name] for name in TASK_COLUMNS), func.max(periods.c.counted).label("counted"),
               func.sum(periods.c.missing).label("missing"), func.sum(periods.c.behind).label("behind"),
               func.max(case((latest, periods.c.missing), else_=0)).label("last_missing"),
               func.max(case((latest, periods.c.behind), else_=0)).label("last_behind"))
        .where(periods.c.place <= 2).group_by(*(periods.c[name] for name in TASK_COLUMNS))).subquery("last_two")


def _lead_periods(plan_id: int, at: datetime) -> Subquery:
    """The periods of each task whose lead reports are due or delivered, the latest in place 1; one row of zeros where
    there is none."""
    version = aliased(ReportVersion)
    delivered = Obligation.delivered_at.is_not(None)
    rating = func.coalesce(Obligation.judged, version.self_rating)
    counted = and_(Obligation.task_id == Task.id, Obligation.role == Role.lead, Obligation.state != State.waived,
                   or_(delivered, Obligation.due_at < at))
    place: Any = func.row_number().over(partition_by=Task.id,
                                        order_by=(Period.ends_on.desc(), Period.starts_on.desc()))
    columns = [getattr(Task, name) for name in TASK_COLUMNS]
    return (
        select(*columns, place.label("place"), func.count(Obligation.id).label("counted"),
               func.max(case((Obligation.id.is_(None), 0), (delivered, 0), else_=1)).label("missing"),
               func.max(case((and_(delivered, rating == Rating.behind.value), 1), else_=0)).label("behind"))
        .select_from(Task).outerjoin(Obligation, counted).outerjoin(Period, Period.id == Obligation.period_id)
        .outerjoin(version, version.id == last_version_id())
        .where(Task.plan_id == plan_id)
        .group_by(*columns, Period.id, Period.ends_on, Period.starts_on)).subquery("lead_periods")
