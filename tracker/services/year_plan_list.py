"""Which tasks have their plan of a year, which wait for the office, and how their milestones stand (年度计划一览)."""
from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tracker.domain.actors import Actor
from tracker.domain.permissions import Act, may
from tracker.domain.words import PlanState, Role
from tracker.domain.workdays import shanghai_date
from tracker.domain.year_plan import MilestoneCount
from tracker.errors import Forbidden
from tracker.models import Plan, Responsibility, Task, Unit, YearPlan
from tracker.services.milestone_facts import ENDED, milestone_counts
from tracker.services.plan_view import current_plan

FIRST = (PlanState.filed, None, PlanState.returned, PlanState.approved)


@dataclass(frozen=True)
class YearPlanLine:
    """One task. `state` None: nothing was filed yet; `count` None: no milestone counts."""

    number: str
    title: str
    lead: str
    state: PlanState | None
    filed_at: datetime | None
    count: MilestoneCount | None


@dataclass(frozen=True)
class YearPlanList:
    """The tasks that go on, what waits for the office first."""

    plan: Plan
    year: int
    rows: tuple[YearPlanLine, ...]

    def counted(self, state: PlanState | None) -> int:
        """How many stand in this state."""
        return sum(row.state is state for row in self.rows)


def year_plan_list(session: Session, actor: Actor, at: datetime, year: int | None = None) -> YearPlanList:
    """The list of a year (this one unless given) at a moment, which is now: 6 queries. Forbidden."""
    if not may(actor, Act.approve_year_plan):
        raise Forbidden
    plan = current_plan(session)
    year = year or shanghai_date(at).year
    last = (select(YearPlan.task_id, func.max(YearPlan.number).label("number"))
            .where(YearPlan.year == year, YearPlan.state != PlanState.draft).group_by(YearPlan.task_id).subquery())
    plans = {one.task_id: one for one in session.scalars(
        select(YearPlan).join(last, (last.c.task_id == YearPlan.task_id) & (last.c.number == YearPlan.number))
        .where(YearPlan.year == year))}
    tasks = session.scalars(select(Task).where(Task.plan_id == plan.id, Task.state.not_in(ENDED),
                                               Task.source_complete.is_(True)).order_by(Task.position)).all()
    leads: dict[int, str] = dict(session.execute(
        select(Responsibility.task_id, Unit.name).join(Unit, Unit.id == Responsibility.unit_id)
        .join(Task, Task.id == Responsibility.task_id)
        .where(Task.plan_id == plan.id, Responsibility.role == Role.lead, Responsibility.ended_at.is_(None))).all())
    counts = milestone_counts(session, actor, tasks, at)
    lines = [YearPlanLine(task.number, task.title, leads.get(task.id, ""), found.state if found else None,
                          found.filed_at if found else None, counts.get(task.id))
             for task in tasks for found in (plans.get(task.id),)]
    return YearPlanList(plan, year, tuple(sorted(lines, key=lambda line: FIRST.index(line.state))))
