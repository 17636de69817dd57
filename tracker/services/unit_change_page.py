"""What the office chooses from where units change (机构调整), and what changed lately."""
from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from tracker.domain.actors import Actor
from tracker.domain.permissions import Act, may
from tracker.domain.words import Role
from tracker.errors import Forbidden
from tracker.models import Responsibility, Task, Unit, UnitName


@dataclass(frozen=True)
class DutyChoice:
    """A unit's part in a task, to be handed to another unit."""

    id: int
    label: str                  # 任务17 牵头 州数据局


@dataclass(frozen=True)
class ChangePage:
    """`units`: (id, name) of those that go on. `ended`: (name, since when, successor). `renamed`: (old, new, from)."""

    units: tuple[tuple[int, str], ...]
    tasks: tuple[tuple[int, str], ...]
    duties: tuple[DutyChoice, ...]
    ended: tuple[tuple[str, date, str], ...]
    renamed: tuple[tuple[str, str, date], ...]


def change_page(session: Session, actor: Actor) -> ChangePage:
    """Four queries whatever the size. Forbidden."""
    if not may(actor, Act.change_units):
        raise Forbidden
    after = aliased(Unit)
    rows = session.execute(select(Unit, after.name).outerjoin(after, after.id == Unit.successor_id)
                           .order_by(Unit.position)).all()
    tasks = session.execute(select(Task.id, Task.number, Task.title).order_by(Task.plan_id, Task.position)).all()
    duties = session.execute(
        select(Responsibility.id, Task.number, Responsibility.role, Unit.name)
        .join(Task, Task.id == Responsibility.task_id).join(Unit, Unit.id == Responsibility.unit_id)
        .where(Responsibility.ended_at.is_(None), Responsibility.role.in_((Role.lead, Role.co)))
        .order_by(Task.plan_id, Task.position, Responsibility.position)).all()
    names = session.scalars(select(UnitName).order_by(UnitName.unit_id, UnitName.since_on, UnitName.id)).all()
    renamed = [(before.name, after_.name, after_.since_on) for before, after_ in pairwise(names)
               if before.unit_id == after_.unit_id and before.name != after_.name]
    return ChangePage(
        units=tuple((unit.id, unit.name) for unit, _ in rows if unit.ended_on is None),
        tasks=tuple((task_id, f"{number}. {title}") for task_id, number, title in tasks),
        duties=tuple(DutyChoice(one, f"任务{number} {role.label} {unit}") for one, number, role, unit in duties),
        ended=tuple((unit.name, unit.ended_on, successor or "") for unit, successor in rows if unit.ended_on),
        renamed=tuple(reversed(renamed)))
