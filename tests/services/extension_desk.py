"""A desk for extensions (延期): a report, a milestone and a task to be extended, and who asks and decides."""
from __future__ import annotations

from datetime import date
from pathlib import Path
from types import SimpleNamespace

from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.factories import (
    make_actor,
    make_obligation,
    make_period,
    make_plan,
    make_task,
    make_text,
    make_unit,
    moment,
)
from tracker.domain.actors import Actor
from tracker.domain.extensions import Wish
from tracker.domain.words import Extended, PlanState, Role, UserRole
from tracker.domain.workdays import china_calendar
from tracker.models import (
    DueDate,
    Milestone,
    Obligation,
    Task,
    YearPlan,
)
from tracker.services.extensions import ask_extension, grant_extension
from tracker.services.file_store import EVIDENCE
from tracker.services.history import load_history
from tracker.services.lamps import obligation_colour, task_colours
from tracker.services.plan_view import current_plan
from tracker.services.reporting import submit_report

AT = moment("2026-10-08 09:30")
LATER = moment("2026-10-09 09:30")
DUE = moment("2026-10-13 18:00")
OCTOBER_30 = moment("2026-10-30 18:00")


def make_desk(session: Session, folder: Path) -> SimpleNamespace:
    """Task 1 of 州科技局 with 州财政局: each owes 2026Q3, and 州财政局 has a milestone on 31 October."""
    session.info[EVIDENCE] = folder
    lead, co, other = (make_unit(session, name=name) for name in ("州科技局", "州财政局", "州文旅局"))
    make_plan(session)
    task = make_task(session, lead=lead, co=(co,), due_on=date(2026, 12, 31))
    make_period(session)
    owed, part = make_obligation(session, task=task, unit=lead), make_obligation(session, task=task, unit=co,
                                                                                 role=Role.co)
    plan = YearPlan(task_id=task.id, year=2026, number=1, state=PlanState.approved)
    session.add(plan)
    session.flush()
    milestone = Milestone(year_plan_id=plan.id, task_id=task.id, name="印发办法", owner_id=co.id, position=1,
                          due_on=date(2026, 10, 31), counts_since=moment("2026-01-20"), statement="")
    session.add(milestone)
    session.flush()
    session.add(DueDate(milestone_id=milestone.id, due_at=moment("2026-11-01"), recorded_at=moment("2026-01-20"),
                        actor_name="督查员"))
    session.commit()
    return SimpleNamespace(
        session=session, report=owed.id, part=part.id, milestone=milestone.id, task=task.id, plan=task.plan_id,
        clerk=make_actor(session, unit=lead), co=make_actor(session, unit=co), other=make_actor(session, unit=other),
        head=make_actor(session, UserRole.head, unit=co), office=make_actor(session),
        leader=make_actor(session, UserRole.leader), lead_unit=lead, co_unit=co)


def ask(desk: SimpleNamespace, what: Extended = Extended.report, row_id: int | None = None, *,
        actor: Actor | None = None, wish: Wish | None = None, reason: str = "用地手续未批复", at=AT, **others) -> int:
    ids = {Extended.report: desk.report, Extended.milestone: desk.milestone, Extended.task: desk.task}
    return ask_extension(desk.session, actor or desk.clerk, what, row_id or ids[what], reason=reason, at=at,
                         wish=wish or Wish(until_on=date(2026, 10, 30)), **others)


def grant(desk: SimpleNamespace, request: int, *, at=LATER, **others):
    return grant_extension(desk.session, desk.office, request, at=at, **others)


def row(desk: SimpleNamespace, model, row_id: int):
    desk.session.rollback()
    return desk.session.get_one(model, row_id)


def dues(desk: SimpleNamespace, **of: int) -> list[tuple]:
    desk.session.rollback()
    return [(due.due_at, due.reason) for due in desk.session.scalars(
        select(DueDate).filter_by(**of).order_by(DueDate.id))]


def submit(desk: SimpleNamespace, *, at) -> Obligation:
    owed = row(desk, Obligation, desk.report)
    return submit_report(desk.session, desk.clerk, owed.id, text=make_text(), version=owed.version,
                         request_key=f"k{owed.version}", at=at)


def colour(desk: SimpleNamespace, at) -> str:
    desk.session.rollback()
    return desk.session.execute(select(obligation_colour(at, china_calendar())).where(
        Obligation.id == desk.report)).scalar_one()


def task_colour(desk: SimpleNamespace, at) -> str:
    desk.session.rollback()
    return dict(desk.session.execute(task_colours(desk.plan, at)).all())[desk.task]


def seen_at(desk: SimpleNamespace, at):
    """What the past looks like: due moment of the report, due days of task and milestone."""
    desk.session.rollback()
    history = load_history(desk.session, current_plan(desk.session), at)
    report = next(one for one in history.obligations_at(at) if one.id == desk.report)
    task = desk.session.get_one(Task, desk.task)
    return report.due_at, history.due_dates_at(task, at), [one.due_on for one in history.milestones_at(task.id, at)]
