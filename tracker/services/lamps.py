"""The two lamps in SQL (亮灯查询): the rules of domain/lamp.py on the facts of now, for lists and counts.

A property test holds them equal to the rules. Milestones join both when they come.
"""
from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, Subquery, and_, case, func, literal, or_, select
from sqlalchemy.orm import aliased

from tracker.domain.lamp import soon_until
from tracker.domain.words import Colour, Rating, Role, State, TaskState
from tracker.domain.workdays import Calendar, shanghai_date
from tracker.models import Obligation, Period, ReportVersion, Task
from tracker.services.versions import last_version_id

TASK_COLUMNS = ("id", "state", "source_complete", "due_on")


def task_colours(plan_id: int, at: datetime) -> Select[tuple[int, str]]:
    """(task_id, colour) of every task of the plan at `at`, which is now: the columns read are today's."""
    of = _last_two_periods(plan_id, at)
    past_due = of.c.due_on < shanghai_date(at)
    colour = case(
        (of.c.state == TaskState.closed, literal(Colour.blue.value)),
        (of.c.state.in_((TaskState.suspended, TaskState.cancelled)), literal(Colour.grey.value)),
        (of.c.source_complete.is_(False), literal(Colour.grey.value)),
        (past_due, literal(Colour.red.value)),
        (of.c.counted == 0, literal(Colour.grey.value)),
        (or_(of.c.behind == 2, of.c.missing == 2), literal(Colour.red.value)),
        (or_(of.c.last_behind == 1, of.c.last_missing == 1), literal(Colour.yellow.value)),
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
