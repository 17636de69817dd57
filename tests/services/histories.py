"""Random histories (随机办理过程) of a small plan, walked with the services: where rules and queries must agree.

Every history is a plan of its own, so that many fit into one database.
"""
from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random
from uuid import uuid4

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from tests.factories import (
    make_actor,
    make_obligation,
    make_period,
    make_plan,
    make_section,
    make_task,
    make_text,
    make_unit,
    moment,
)
from tests.services.evidence_desk import with_folder
from tests.services.extended_walks import extension_step
from tests.services.planned_walks import course_step, milestone_edges
from tracker.domain.actors import Actor
from tracker.domain.words import Rating, Role, Source, State, TaskState, UserRole
from tracker.models import Decision, DueDate, Obligation, Period, Plan, Responsibility, Section, Task, Unit
from tracker.services.entering import enter_for
from tracker.services.reporting import submit_report, withdraw_report
from tracker.services.reviewing import accept_report, send_back, undo_decision, waive_report
from tracker.services.signing import send_to_clerk, sign_report

QUARTERS = ("2026Q1", "2026Q2", "2026Q3")
ENDS = moment("2026-12-31 12:00")
TASK_STATES = (*[TaskState.in_progress] * 6, TaskState.closed, TaskState.suspended, TaskState.cancelled)


@dataclass
class World:
    """The people and units that all histories of a database share."""

    units: list[Unit]
    clerks: dict[int, Actor]
    heads: dict[int, Actor]         # 州财政局's alone: the others do not sign off
    office: Actor
    colleague: Actor
    plans: int = 0


def make_world(session: Session, folder: Path) -> World:
    """`folder`: where evidence goes."""
    with_folder(session, folder)
    units = [make_unit(session, name=name) for name in ("州科技局", "州财政局", "州教育局")]
    heads = {units[1].id: make_actor(session, UserRole.head, unit=units[1])}
    return World(units, {unit.id: make_actor(session, unit=unit) for unit in units}, heads,
                 office=make_actor(session), colleague=make_actor(session))


def walk(session: Session, world: World, random: Random, *, tasks: int = 4, steps: int = 24) -> tuple[Plan, datetime]:
    """A new plan with some steps done on what is owed; the plan, and a moment at or after the last of them.

    The moment is often a boundary: a due moment to the second, a midnight after it, the end of a second clock.
    """
    world.plans += 1
    plan = make_plan(session, key=f"walk-{world.plans}")
    section = make_section(session, plan=plan)
    periods = [make_period(session, plan=plan, key=key) for key in QUARTERS]
    for number in range(1, tasks + 1):
        _task(session, world, random, plan, section, periods, number)
    at = moment("2026-02-01")
    for _ in range(steps):
        at += timedelta(hours=random.choice([1, 20, 24, 24 * 7, 24 * 30]))
        if at < ENDS:
            random.choices((_step, course_step, extension_step), (5, 4, 1))[0](session, world, random, plan, at)
    read_at = _read_at(session, random, plan, min(at, ENDS))
    _close_again(session, plan, read_at)
    return plan, read_at


def _close_again(session: Session, plan: Plan, at: datetime) -> None:
    """What has not opened at the moment is not there yet."""
    later = select(Obligation.id).where(Obligation.plan_id == plan.id, Obligation.opened_at > at)
    session.execute(delete(DueDate).where(DueDate.obligation_id.in_(later)))
    session.execute(delete(Obligation).where(Obligation.id.in_(later)).execution_options(synchronize_session=False))
    session.commit()


def _task(session: Session, world: World, random: Random, plan: Plan, section: Section, periods: list[Period],
          number: int) -> None:
    units = random.sample(world.units, random.choice([0, 1, 2, 2, 3]))
    state = random.choice(TASK_STATES)
    task = make_task(session, plan=plan, section=section, number=str(number), lead=units[0] if units else None,
                     co=units[1:], state=state, source_complete=bool(units) or random.random() < 0.3,
                     due_on=random.choice([date(2027, 12, 31), date(2026, 10, 13), date(2026, 7, 1)]))
    if state is not TaskState.in_progress:
        session.add(Decision(task_id=task.id, deed="close", from_state=TaskState.in_progress, to_state=state,
                             at=moment("2026-01-02"), actor_name="督查员"))
    leads = 2 if random.random() < 0.15 else 1
    for duty in session.scalars(select(Responsibility).where(Responsibility.task_id == task.id)):
        duty.role = Role.lead if duty.position <= leads else Role.co
    for period in random.sample(periods, random.choice([1, 2, 3, 3])):
        for place, unit in enumerate(units):
            make_obligation(session, task=task, unit=unit, period=period, role=Role.lead if place < leads else Role.co)
    session.commit()


def _step(session: Session, world: World, random: Random, plan: Plan, at: datetime) -> None:
    owed = list(session.scalars(select(Obligation).where(
        Obligation.plan_id == plan.id, Obligation.opened_at <= at).order_by(Obligation.id)))
    if not owed:
        return
    one = random.choice(owed)
    clerk = world.clerks[one.unit_id]
    if one.state in (State.pending, State.draft, State.returned):
        _hand_in(session, world, random, one, clerk, at)
    elif one.to_sign:
        head = world.heads[one.unit_id]
        if random.random() < 0.7:
            sign_report(session, head, one.id, version=one.version, at=at)
        else:
            send_to_clerk(session, head, one.id, reason="请补充金额", version=one.version, at=at)
    elif one.state in (State.submitted, State.signed):
        _answer(session, world, random, one, clerk, at)


def _hand_in(session: Session, world: World, random: Random, one: Obligation, clerk: Actor, at: datetime) -> None:
    text = make_text(self_rating=random.choice([Rating.behind, Rating.behind, Rating.on_track, Rating.done]))
    choice = random.random()
    if one.state is not State.returned and choice < 0.1:
        waive_report(session, world.office, one.id, reason="已并入专项", version=one.version, at=at)
        _perhaps_undo(session, world, random, one, at)
    elif choice < 0.2:
        received_at = max(one.opened_at, at - timedelta(days=random.choice([0, 1, 5])))
        enter_for(session, world.office, one.id, text=text, source=Source.telephone, received_at=received_at,
                  version=one.version, request_key=uuid4().hex, at=at)
    else:
        submit_report(session, clerk, one.id, text=text, version=one.version, request_key=uuid4().hex, at=at)


def _answer(session: Session, world: World, random: Random, one: Obligation, clerk: Actor, at: datetime) -> None:
    decided = session.scalar(select(Decision.id).where(
        Decision.obligation_id == one.id, Decision.deed.in_(["send_back", "sign", "enter_for"])).limit(1))
    choice = random.random()
    if choice < 0.3 and at < one.due_at and decided is None and one.state is State.submitted:
        withdraw_report(session, clerk, one.id, version=one.version, at=at)
        return
    if choice < 0.6:
        send_back(session, world.colleague, one.id, reason="数据与上期不一致", version=one.version, at=at)
    else:
        judged = random.choice([Rating.behind, Rating.on_track]) if one.role is Role.lead else None
        accept_report(session, world.colleague, one.id, judged=judged, reason="现场核查所见", version=one.version,
                      at=at)
    _perhaps_undo(session, world, random, one, at)


def _perhaps_undo(session: Session, world: World, random: Random, one: Obligation, at: datetime) -> None:
    if random.random() < 0.2:
        undo_decision(session, world.office, one.id, version=one.version, at=at + timedelta(minutes=10))


def _read_at(session: Session, random: Random, plan: Plan, after: datetime) -> datetime:
    """`after`, or a boundary that is not before it."""
    second = timedelta(seconds=1)
    edges = [after, *milestone_edges(session, plan)]
    for one in session.scalars(select(Obligation).where(Obligation.plan_id == plan.id)):
        for edge in filter(None, (one.due_at, one.resubmit_due_at)):
            edges += [edge - second, edge, edge + second, edge - timedelta(days=5)]
    for task in session.scalars(select(Task).where(Task.plan_id == plan.id)):
        midnight = moment(task.due_on.isoformat()) + timedelta(days=1)
        edges += [midnight - second, midnight]
    session.rollback()
    return random.choice([edge for edge in sorted(set(edges)) if edge >= after])
