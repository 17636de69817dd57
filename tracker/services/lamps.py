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


def task_colours(plan_id: int, at: datetime) -> Select[tuple[int, str]]:
    """(task id, colour) of every task of the plan at `at`, which is now: the columns read are today's."""
    last, before = _lead_period(plan_id, at, 1, "last_lead"), _lead_period(plan_id, at, 2, "before_lead")
    past_due = Task.due_on < shanghai_date(at)
    colour = case(
        (Task.state == TaskState.closed, literal(Colour.blue.value)),
        (Task.state.in_((TaskState.suspended, TaskState.cancelled)), literal(Colour.grey.value)),
        (Task.source_complete.is_(False), literal(Colour.grey.value)),
        (and_(last.c.task_id.is_(None), ~past_due), literal(Colour.grey.value)),
        (past_due, literal(Colour.red.value)),
        (or_(and_(last.c.behind == 1, before.c.behind == 1), and_(last.c.missing == 1, before.c.missing == 1)),
         literal(Colour.red.value)),
        (or_(last.c.behind == 1, last.c.missing == 1), literal(Colour.yellow.value)),
        else_=literal(Colour.green.value))
    return (select(Task.id.label("task_id"), colour.label("colour")).where(Task.plan_id == plan_id)
            .outerjoin(last, last.c.task_id == Task.id).outerjoin(before, before.c.task_id == Task.id))


def obligation_colour(at: datetime, calendar: Calendar) -> ColumnElement[str]:
    """报送灯 of an Obligation of the outer select at `at`, which is now."""
    second = Obligation.resubmit_due_at
    colour: ColumnElement[str] = case(
        (Obligation.state == State.waived, literal(Colour.grey.value)),
        (and_(Obligation.state == State.returned, second.is_not(None), second < at), literal(Colour.red.value)),
        (Obligation.state == State.returned, literal(Colour.yellow.value)),
        (Obligation.delivered_at.is_not(None), literal(Colour.green.value)),
        (Obligation.due_at < at, literal(Colour.red.value)),
        (Obligation.due_at < soon_until(at, calendar), literal(Colour.yellow.value)),
        else_=literal(Colour.grey.value))
    return colour


def _lead_period(plan_id: int, at: datetime, rank: int, name: str) -> Subquery:
    """Of each task the latest (rank 1) or last but one (2) period of its leads that is due or delivered."""
    version = aliased(ReportVersion)
    delivered = Obligation.delivered_at.is_not(None)
    rating = func.coalesce(Obligation.judged, version.self_rating)
    place: Any = func.row_number().over(
        partition_by=Obligation.task_id, order_by=(Period.ends_on.desc(), Period.starts_on.desc()))
    periods = (
        select(Obligation.task_id, place.label("place"),
               func.max(case((delivered, 0), else_=1)).label("missing"),
               func.max(case((and_(delivered, rating == Rating.behind.value), 1), else_=0)).label("behind"))
        .join(Period, Period.id == Obligation.period_id)
        .outerjoin(version, version.id == last_version_id())
        .where(Obligation.plan_id == plan_id, Obligation.role == Role.lead, Obligation.task_id.is_not(None),
               Obligation.state != State.waived, or_(delivered, Obligation.due_at < at))
        .group_by(Obligation.task_id, Period.id, Period.ends_on, Period.starts_on)).subquery(f"{name}_periods")
    return select(periods).where(periods.c.place == rank).subquery(name)
