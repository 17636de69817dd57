"""The plan as data for scripts (`tracker plan --json`), and which plan is meant where none is named."""
from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from tracker.domain.words import Role
from tracker.errors import Refused
from tracker.models import Indicator, Measure, Plan, Responsibility, Section, StandingUnit, Task, Unit

NO_PLAN = "还没有装入方案。请先运行 tracker init。"


def current_plan(session: Session, key: str | None = None) -> Plan:
    """The plan with this key, else the only or latest one. Refused where there is none."""
    query = select(Plan).order_by(Plan.issued_on.desc(), Plan.id.desc()).limit(1)
    plan = session.scalars(query if key is None else query.where(Plan.key == key)).one_or_none()
    if plan is None:
        raise Refused(NO_PLAN if key is None else f"没有代号为“{key}”的方案。")
    return plan


def plan_json(session: Session, key: str | None = None) -> dict[str, Any]:
    """The plan as it stands now; `tasks` in the shape of DESIGN section 10. Text to the letter of the source."""
    plan = current_plan(session, key)
    return {
        "key": plan.key, "title": plan.title, "short_name": plan.short_name, "doc_number": plan.doc_number,
        "issuer": plan.issuer, "issued_on": plan.issued_on.isoformat(), "valid_until": plan.valid_until.isoformat(),
        "first_period": plan.first_period, "lead_in": plan.lead_in, "goals": plan.goals,
        "standing_clause": plan.standing_clause, "policy": plan.policy,
        "indicators": [_indicator(row) for row in session.scalars(
            select(Indicator).where(Indicator.plan_id == plan.id).order_by(Indicator.position))],
        "sections": [{"number": row.number, "part": row.part, "title": row.title} for row in _sections(session, plan)],
        "units": [{"name": row.name, "kind": row.kind.value} for row in session.scalars(
            select(Unit).order_by(Unit.position))],
        "tasks": _tasks(session, plan),
    }


def _sections(session: Session, plan: Plan) -> list[Section]:
    return list(session.scalars(select(Section).where(Section.plan_id == plan.id).order_by(Section.position)))


def _tasks(session: Session, plan: Plan) -> list[dict[str, Any]]:
    standing = session.scalars(
        select(Unit.name).join(StandingUnit, StandingUnit.unit_id == Unit.id)
        .where(StandingUnit.plan_id == plan.id, StandingUnit.ended_at.is_(None)).order_by(StandingUnit.position)).all()
    duties: dict[int, list[tuple[Role, str]]] = {}
    for task_id, role, name in session.execute(
            select(Responsibility.task_id, Responsibility.role, Unit.name).join(Unit, Unit.id == Responsibility.unit_id)
            .join(Task, Task.id == Responsibility.task_id)
            .where(Task.plan_id == plan.id, Responsibility.ended_at.is_(None)).order_by(Responsibility.position)):
        duties.setdefault(task_id, []).append((role, name))
    measures: dict[int, list[dict[str, Any]]] = {}
    for row in session.scalars(select(Measure).join(Task, Task.id == Measure.task_id)
                               .where(Task.plan_id == plan.id).order_by(Measure.position)):
        measures.setdefault(row.task_id, []).append(_measure(row))
    return [
        _task(task, duties.get(task.id, []), standing) | {"measures": measures.get(task.id, [])}
        for task in session.scalars(select(Task).where(Task.plan_id == plan.id)
                                    .order_by(Task.position, Task.id).options(joinedload(Task.section)))]


def _task(task: Task, duties: list[tuple[Role, str]], standing: Any) -> dict[str, Any]:
    named = {name for _, name in duties}
    bound = [name for name in standing if name not in named]
    return {
        "number": task.number, "title": task.title, "section": task.section.number, "part": task.section.part,
        "section_title": task.section.title, "body": task.body,
        "lead": [name for role, name in duties if role is Role.lead],
        "co": [name for role, name in duties if role is Role.co],
        "standing_co": bound, "as_written": task.as_written, "basis": task.basis.value if task.basis else None,
        "source_complete": task.source_complete, "due_on": task.due_on.isoformat(), "state": task.state.value,
    }


def _indicator(row: Indicator) -> dict[str, Any]:
    return {"key": row.key, "name": row.name, "as_written": row.as_written, "comparison": row.comparison.value,
            "target": _number(row.target), "unit_word": row.unit_word, "due_on": row.due_on.isoformat()}


def _measure(row: Measure) -> dict[str, Any]:
    return {"key": row.key, "kind": row.kind.value, "name": row.name, "as_written": row.as_written,
            "amount": _number(row.amount), "unit_word": row.unit_word}


def _number(value: Any) -> str | None:
    """A decimal without the zeros that a database adds."""
    return None if value is None else f"{value.normalize():f}"
