"""Random year plans and milestones (节点) on the tasks of a random history: filed, answered, done, taken back."""
from __future__ import annotations

from contextlib import suppress
from datetime import date, datetime, timedelta
from io import BytesIO
from random import Random
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.services.evidence_desk import pdf
from tracker.domain.words import PlanState
from tracker.domain.workdays import add_working_days, china_calendar, shanghai_date, shanghai_moment
from tracker.domain.year_plan import TypedRow
from tracker.errors import Refused
from tracker.models import Milestone, Plan, Task, YearPlan
from tracker.services.file_store import receive
from tracker.services.milestone_facts import ENDED
from tracker.services.milestones import report_done, undo_done
from tracker.services.task_files import lead_of
from tracker.services.year_plans import approve_plan, owners_of, return_plan, write_plan

if TYPE_CHECKING:
    from tests.services.histories import World

YEAR = 2026


def course_step(session: Session, world: World, random: Random, plan: Plan, at: datetime) -> None:
    """One step on the year plan of a task that has a lead and goes on, or on one of its milestones."""
    going = session.scalars(select(Task).where(
        Task.plan_id == plan.id, Task.state.not_in(ENDED), Task.source_complete.is_(True)).order_by(Task.id)).all()
    led = [(task, lead_id) for task in going if (lead_id := lead_of(session, task.id)) is not None]
    if not led:
        return
    task, lead_id = random.choice(led)
    counting = list(session.scalars(select(Milestone).where(
        Milestone.task_id == task.id, Milestone.counts_since.is_not(None), Milestone.counts_until.is_(None))
        .order_by(Milestone.position)))
    if counting and random.random() < 0.6:
        _on_milestone(session, world, random, random.choice(counting), at)
    else:
        _on_plan(session, world, random, task, lead_id, counting, at)


def milestone_edges(session: Session, plan: Plan) -> list[datetime]:
    """The moments at which a milestone of the plan turns yellow and red, a second before them too."""
    edges = []
    for due_on in session.scalars(select(Milestone.due_on).join(Task, Task.id == Milestone.task_id)
                                  .where(Task.plan_id == plan.id)):
        for day in (due_on + timedelta(days=1), add_working_days(due_on, -10, china_calendar()),
                    add_working_days(due_on, -11, china_calendar())):
            edges += [shanghai_moment(day) - timedelta(seconds=1), shanghai_moment(day)]
    return edges


def _on_milestone(session: Session, world: World, random: Random, one: Milestone, at: datetime) -> None:
    if one.done_on is not None:
        if random.random() < 0.5:
            undo_done(session, world.office, one.id, reason="文件还没有印发", at=at)
        return
    name = f"{one.id}.pdf"
    with receive(session, BytesIO(pdf(name)), name) as file:
        report_done(session, world.clerks[one.owner_id], one.id, done_on=shanghai_date(at) - timedelta(
            days=random.choice([0, 0, 3])), statement="已印发", files=(file,), at=at)


def _on_plan(session: Session, world: World, random: Random, task: Task, lead_id: int, counting: list[Milestone],
             at: datetime) -> None:
    newest = session.scalars(select(YearPlan).where(YearPlan.task_id == task.id)
                             .order_by(YearPlan.number.desc()).limit(1)).one_or_none()
    if newest is not None and newest.state is PlanState.filed:
        seen = {"plan_id": newest.id, "version": newest.version}
        if random.random() < 0.8:
            with suppress(Refused):         # one of its milestones waits for an extension, or got one since
                approve_plan(session, world.office, task.number, YEAR, **seen, at=at)
        else:
            return_plan(session, world.colleague, task.number, YEAR, reason="验收太晚", **seen, at=at)
        return
    owners = owners_of(session, task.id)
    kept = [TypedRow(one.name, _day(random).isoformat() if random.random() < 0.3 else one.due_on.isoformat(),
                     str(one.owner_id), one.position)
            for one in counting if one.done_on is None and one.due_on <= task.due_on and random.random() < 0.8]
    new = [TypedRow(f"节点{random.randint(1, 99)}", _day(random).isoformat(), str(random.choice(owners)))
           for _ in range(random.choice([1, 1, 2, 3]))]
    last = min(task.due_on, date(YEAR, 12, 31))
    rows = [row for row in (*kept, *new) if date.fromisoformat(row.due_on) <= last]
    if rows:
        write_plan(session, world.clerks[lead_id], task.number, YEAR, rows, plan_id=newest.id if newest else 0,
                   version=newest.version if newest else 0, filing=random.random() < 0.9, at=at)


def _day(random: Random) -> date:
    return date(YEAR, 3, 1) + timedelta(days=random.randrange(300))
