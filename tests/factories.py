"""Rows for tests, by keyword: name only what matters, the rest is 州科技局's report on task 1 in 2026Q3.

Every factory commits, because a deed starts with a new transaction. What is not given is taken from the database where
there is one (the plan, the section, the unit, the period), else made. Policy words follow `seed_tasks.yaml`.
"""
from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from tracker.domain.actors import Actor
from tracker.domain.rows import ReportText
from tracker.domain.words import Basis, Cadence, Rating, Role, State, TaskState, UnitKind, UserRole
from tracker.models import (
    DueDate,
    Obligation,
    Period,
    Plan,
    Responsibility,
    Section,
    Task,
    TaskText,
    Unit,
    UnitName,
    User,
    UserRoleGrant,
)

SHANGHAI = ZoneInfo("Asia/Shanghai")
ISSUED_ON = date(2025, 6, 26)
POLICY = {
    "lead": "quarter", "co": "quarter", "standing_co": "half",
    "due": {"kind": "working_day_after", "day": 5, "time": "18:00"}, "co_days_before": 2, "draft_from_day": 1,
    "collect_days_before": 10,
}


def moment(text: str) -> datetime:
    """`2026-10-13 18:00` (or a date alone, 00:00) on a clock in Shanghai, as an aware UTC moment."""
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI).astimezone(UTC)


IN_FORCE = moment("2025-06-26")


def make_plan(session: Session, *, key: str = "2025-27", first_period: str = "2025Q3", policy: Any = None,
              **others: Any) -> Plan:
    return _kept(session, Plan, others,
        key=key, title="科技创新驱动海西州经济社会高质量发展行动方案(2025—2027年)", short_name="科技创新行动方案",
        header_name="海西州科技创新行动方案", doc_number="西政办〔2025〕27号", issuer="海西州人民政府办公室",
        issued_on=ISSUED_ON, valid_until=date(2027, 12, 31), lead_in="", goals="", standing_clause="",
        policy=policy if policy is not None else POLICY, first_period=first_period, source={}, loaded_at=IN_FORCE)


def make_section(session: Session, *, plan: Plan | None = None, number: str = "（一）", position: int = 1,
                 **others: Any) -> Section:
    plan = plan or _first(session, Plan) or make_plan(session)
    return _kept(session, Section, others,
        plan_id=plan.id, number=number, part="二、重点任务及措施", title="示例章节", position=position)


def make_unit(session: Session, *, name: str = "州科技局", kind: UnitKind = UnitKind.department, **others: Any) -> Unit:
    position = session.query(Unit).count() + 1
    unit = _with(session, Unit, others,
        name=name, kind=kind, login_stem=f"dw{position:02}", position=position, recorded_at=IN_FORCE)
    _kept(session, UnitName, {}, unit_id=unit.id, name=name, since_on=ISSUED_ON, recorded_at=IN_FORCE)
    return unit


def make_task(session: Session, *, number: str = "1", lead: Unit | None = None, co: Iterable[Unit] = (),
              plan: Plan | None = None, section: Section | None = None, **others: Any) -> Task:
    """A task with its wording and, where `lead` and `co` are given, who is responsible since the plan was issued."""
    plan = plan or _first(session, Plan) or make_plan(session)
    section = section or _first(session, Section, plan_id=plan.id) or make_section(session, plan=plan)
    units = [unit for unit in (lead, *co) if unit is not None]
    task = _with(session, Task, others,
        plan_id=plan.id, section_id=section.id, number=number,
        position=int(number) if number.isdecimal() else session.query(Task).count() + 1,
        title=f"示例任务{number}", body=f"示例任务{number}。示例正文。",
        as_written="、".join(unit.name for unit in units),
        basis=Basis.first_listed, source_complete=True, due_on=date(2027, 12, 31), state=TaskState.in_progress,
        recorded_at=IN_FORCE)
    session.add(TaskText(task_id=task.id, recorded_at=task.recorded_at, title=task.title, body=task.body,
                         as_written=task.as_written, source_complete=task.source_complete))
    session.add(DueDate(task_id=task.id, due_at=moment(task.due_on.isoformat()) + timedelta(days=1),
                        recorded_at=task.recorded_at, actor_name="系统"))
    for position, unit in enumerate(units, start=1):
        _responsible(session, {}, task=task, unit=unit, position=position, role=Role.lead if unit is lead else Role.co)
    session.commit()
    return task


def make_responsibility(session: Session, *, task: Task, unit: Unit, role: Role = Role.co, position: int = 1,
                        **others: Any) -> Responsibility:
    row = _responsible(session, others, task=task, unit=unit, role=role, position=position)
    session.commit()
    return row


def make_period(session: Session, *, key: str = "2026Q3", plan: Plan | None = None, **others: Any) -> Period:
    """A quarter; lead reports due on the 13th after it, co reports on the 10th, 18:00 (as 2026Q3 really is)."""
    plan = plan or _first(session, Plan) or make_plan(session)
    year, quarter = int(key[:4]), int(key[-1])
    starts_on = date(year, 3 * quarter - 2, 1)
    ends_on = date(year + quarter // 4, 3 * quarter % 12 + 1, 1) - timedelta(days=1)
    return _kept(session, Period, others,
        plan_id=plan.id, key=key, cadence=Cadence.quarter, starts_on=starts_on, ends_on=ends_on,
        opened_at=moment(starts_on.isoformat()), window_opens_at=moment((ends_on - timedelta(days=10)).isoformat()),
        lead_due_at=_at_six(ends_on + timedelta(days=13)), co_due_at=_at_six(ends_on + timedelta(days=10)),
        provisional=False, working="示例")


def make_obligation(session: Session, *, task: Task | None = None, unit: Unit | None = None,
                    period: Period | None = None, role: Role = Role.lead, composite: bool = False,
                    **others: Any) -> Obligation:
    """What one unit owes, 待填报 unless `state` says otherwise, with its first due date on record.

    A state is only what the column says: where the history matters, walk there with the services. `composite` makes
    a 综合报告, which has no task.
    """
    unit = unit or _first(session, Unit) or make_unit(session)
    task = None if composite else task or _first(session, Task) or make_task(session, lead=unit)
    plan_id = task.plan_id if task is not None else (_first(session, Plan) or make_plan(session)).id
    period = period or _first(session, Period, plan_id=plan_id) or make_period(
        session, plan=session.get_one(Plan, plan_id))
    obligation = _with(session, Obligation, others,
        plan_id=plan_id, period_id=period.id, task_id=task.id if task is not None else None, unit_id=unit.id, role=role,
        state=State.pending, opened_at=period.opened_at,
        due_at=period.lead_due_at if role is Role.lead else period.co_due_at)
    _kept(session, DueDate, {}, obligation_id=obligation.id, due_at=obligation.due_at,
          recorded_at=obligation.opened_at, actor_name="系统")
    return obligation


def make_text(progress: str = "科技计划项目已立项12项，下达资金860万元。", **others: Any) -> ReportText:
    """What a report says: ready to be handed in unless told otherwise."""
    return ReportText(**({"progress": progress, "self_rating": Rating.on_track} | others))


def make_user(session: Session, *roles: UserRole, unit: Unit | None = None, login: str | None = None,
              name: str | None = None, **others: Any) -> User:
    """An account; a clerk of `unit` (州科技局填报员), else 督查员, unless roles are given."""
    held = roles or ((UserRole.clerk,) if unit is not None else (UserRole.supervisor,))
    apart = bool({UserRole.admin, UserRole.auditor} & set(held))
    number = session.query(User).count() + 1
    user = _with(session, User, others,
        login=login or f"{held[0].value}{number:02}", name=name or f"{unit.name if unit else ''}{held[0].label}",
        unit_id=unit.id if unit else None, password_hash="!", must_change=False, password_set_at=IN_FORCE, apart=apart,
        created_at=IN_FORCE)
    session.add_all(UserRoleGrant(user_id=user.id, apart=apart, role=role) for role in held)
    session.commit()
    return user


def actor_of(session: Session, user: User) -> Actor:
    """The actor that a log-in of this account would be."""
    roles = session.scalars(select(UserRoleGrant.role).where(UserRoleGrant.user_id == user.id))
    unit = session.get(Unit, user.unit_id) if user.unit_id is not None else None
    return Actor(user_id=user.id, name=user.name, roles=frozenset(roles), unit_id=user.unit_id,
                 unit_name=unit.name if unit else None)


def make_actor(session: Session, *roles: UserRole, unit: Unit | None = None) -> Actor:
    """A new account and its actor in one: `make_actor(session, unit=kjj)` is a clerk, without anything the office."""
    return actor_of(session, make_user(session, *roles, unit=unit))


def _responsible(session: Session, others: dict[str, Any], *, task: Task, unit: Unit, role: Role,
                 position: int) -> Responsibility:
    return _with(session, Responsibility, others,
        task_id=task.id, unit_id=unit.id, role=role, position=position, as_written=unit.name,
        since_on=ISSUED_ON, recorded_at=IN_FORCE)


def _at_six(day: date) -> datetime:
    return datetime.combine(day, time(18), SHANGHAI).astimezone(UTC)


def _first(session: Session, model: type[Any], **equal: Any) -> Any:
    return session.scalars(select(model).filter_by(**equal).order_by(model.id).limit(1)).first()


def _kept(session: Session, model: type[Any], others: dict[str, Any], **values: Any) -> Any:
    """The row, committed; `_with` adds what hangs on it first."""
    row = _with(session, model, others, **values)
    session.commit()
    return row


def _with(session: Session, model: type[Any], others: dict[str, Any], **values: Any) -> Any:
    row = model(**(values | others))
    session.add(row)
    session.flush()
    return row
