"""本单位的节点: what a unit's own desk shows of milestones that are late or near, and of plans sent back to it."""
from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import exists, func, or_, select
from sqlalchemy.orm import Session

from tracker.domain.actors import Actor
from tracker.domain.lamp import milestone_soon_before
from tracker.domain.permissions import Act, may
from tracker.domain.words import PlanState, Role
from tracker.domain.workdays import china_calendar, shanghai_date
from tracker.domain.year_plan import milestone_words
from tracker.models import Milestone, Responsibility, Task, YearPlan
from tracker.services.lamps import counting
from tracker.services.milestone_facts import ENDED

SHOWN = 50


@dataclass(frozen=True)
class OwnMilestone:
    """An open milestone that the unit owns, or whose task it leads; late, or due within 10 working days."""

    id: int
    name: str
    task_number: str
    due_on: date
    words: str
    late: bool


@dataclass(frozen=True)
class OwnMilestones:
    """At most 50 milestones, the first due first; `returned`: number and year of plans that the office sent back."""

    rows: tuple[OwnMilestone, ...]
    returned: tuple[tuple[str, int], ...]

    @property
    def late(self) -> int:
        return sum(row.late for row in self.rows)


def own_milestones(session: Session, actor: Actor, at: datetime) -> OwnMilestones:
    """What waits for the actor's unit at a moment, which is now: two queries. Empty for who reports none."""
    if actor.unit_id is None or not may(actor, Act.report_milestone):
        return OwnMilestones((), ())
    today, calendar = shanghai_date(at), china_calendar()
    leading = exists().where(Responsibility.task_id == Task.id, Responsibility.unit_id == actor.unit_id,
                             Responsibility.role == Role.lead, Responsibility.ended_at.is_(None))
    found = session.execute(
        select(Milestone, Task.number).join(Task, Task.id == Milestone.task_id)
        .where(counting(), Milestone.done_on.is_(None), Milestone.due_on < milestone_soon_before(at, calendar),
               Task.state.not_in(ENDED), or_(Milestone.owner_id == actor.unit_id, leading))
        .order_by(Milestone.due_on, Task.position, Milestone.position).limit(SHOWN))
    newest = (select(func.max(YearPlan.number)).where(YearPlan.task_id == Task.id, YearPlan.year == today.year)
              .correlate(Task).scalar_subquery())
    returned = session.execute(
        select(Task.number, YearPlan.year).join(Task, Task.id == YearPlan.task_id)
        .where(YearPlan.state == PlanState.returned, YearPlan.year == today.year, YearPlan.number == newest,
               Task.state.not_in(ENDED), leading).order_by(Task.position).limit(SHOWN))
    return OwnMilestones(
        tuple(OwnMilestone(one.id, one.name, number, one.due_on, milestone_words(one.due_on, None, today, calendar),
                           one.due_on < today) for one, number in found),
        tuple((number, year) for number, year in returned))


def waiting_year_plans(session: Session) -> int:
    """How many year plans wait for the office's answer."""
    return session.scalar(select(func.count()).select_from(YearPlan).join(Task, Task.id == YearPlan.task_id).where(
        YearPlan.state == PlanState.filed, Task.state.not_in(ENDED))) or 0
