"""The doors to a unit's rows (可见范围): every list, page and sheet of reports goes through here (DESIGN section 8).

| who | sees the row | reads what it says |
|---|---|---|
| the unit's clerk, head | always | always, drafts too |
| the lead of its task | once delivered | the versions delivered |
| the task's other units, standing co-units too | once accepted | the versions delivered |
| supervision office, leaders | always: who owes what, and when | once delivered |
| administrator, auditor, the system, strangers | never | never |
"""
from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import ColumnElement, CompoundSelect, Select, and_, exists, false, or_, select, union
from sqlalchemy.orm import Session

from tracker.domain.actors import Actor
from tracker.domain.words import Role, State, UserRole
from tracker.errors import NotYours
from tracker.models import Obligation, Responsibility, StandingUnit, Task

LARGEST_ID = 2**31 - 1      # an id beyond it is in no table, and no database takes it for a comparison


def visible_obligations(actor: Actor) -> Select[Obligation]:
    """The obligations (应报事项) that the actor may open, to be narrowed by the caller."""
    return select(Obligation).select_from(Obligation).where(_visible_to(actor))


def get_obligation(session: Session, actor: Actor, obligation_id: int, *, lock: bool = False) -> Obligation:
    """One obligation that the actor may open; `lock` holds the row until the deed ends.

    NotYours where there is none, or none for this actor: the same answer.
    """
    if not 0 < obligation_id <= LARGEST_ID:
        raise NotYours
    query = visible_obligations(actor).where(Obligation.id == obligation_id)
    obligation = session.scalars(query.with_for_update(of=Obligation) if lock else query).one_or_none()
    if obligation is None:
        raise NotYours
    return obligation


def is_own(actor: Actor, obligation: Obligation) -> bool:
    """True for the clerk and the head of the unit that owes it."""
    return actor.unit_id == obligation.unit_id and actor.has(UserRole.clerk, UserRole.head)


def is_office(actor: Actor) -> bool:
    """True for those who see all units: the supervision office and the leaders."""
    return actor.has(UserRole.supervisor, UserRole.leader)


def tasks_of_unit(unit_id: int) -> CompoundSelect[int]:
    """The ids of the tasks that a unit leads or works with now, as a standing co-unit (常态配合) too."""
    return union(
        select(Responsibility.task_id).where(Responsibility.unit_id == unit_id, Responsibility.ended_at.is_(None)),
        select(Task.id).join(StandingUnit, StandingUnit.plan_id == Task.plan_id).where(
            StandingUnit.unit_id == unit_id, StandingUnit.ended_at.is_(None)))


def sees_course(session: Session, actor: Actor, task_ids: Collection[int]) -> set[int]:
    """Of these tasks, those whose course (办理过程) the actor reads: all for office and leaders, else his unit's."""
    if is_office(actor):
        return set(task_ids)
    if actor.unit_id is None or not actor.has(UserRole.clerk, UserRole.head):
        return set()
    theirs = tasks_of_unit(actor.unit_id)
    return set(session.scalars(select(Task.id).where(Task.id.in_(task_ids), Task.id.in_(theirs))))


def may_read_text(actor: Actor, obligation: Obligation) -> bool:
    """Whether the actor reads what the report says, of an obligation that came through the door.

    Outside the unit nobody reads a draft or a withdrawn version, and nothing at all before the first delivery.
    """
    return is_own(actor, obligation) or obligation.delivered_at is not None


def _visible_to(actor: Actor) -> ColumnElement[bool]:
    if is_office(actor):
        return Obligation.id.is_not(None)
    if actor.unit_id is None or not actor.has(UserRole.clerk, UserRole.head):
        return false()
    in_force = and_(Responsibility.task_id == Obligation.task_id, Responsibility.unit_id == actor.unit_id,
                    Responsibility.ended_at.is_(None))
    standing = and_(StandingUnit.plan_id == Obligation.plan_id, StandingUnit.unit_id == actor.unit_id,
                    StandingUnit.ended_at.is_(None))
    return or_(
        Obligation.unit_id == actor.unit_id,
        and_(Obligation.delivered_at.is_not(None), exists().where(in_force, Responsibility.role == Role.lead)),
        and_(Obligation.state == State.accepted, Obligation.task_id.is_not(None),
             or_(exists().where(in_force), exists().where(standing))),
    )
