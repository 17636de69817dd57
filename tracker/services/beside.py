"""What stands beside a unit's obligations in its lists: who chased (催办), co-units that are in, 代填 to confirm."""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Row, and_, case, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from tracker.domain.actors import Actor
from tracker.domain.words import Role, Source, State, UserRole
from tracker.models import Chase, Obligation, Post, ReportVersion, Unit, User, UserRoleGrant

SHOWN_HEADS = 3


@dataclass(frozen=True)
class Beside:
    """Of one obligation. `parts_in` of `parts` co-units have delivered on the same task in the same period."""

    chased_by: str = ""                 # the lead's name, 督查室 where the office did; "" where nobody
    chased_at: datetime | None = None
    parts: int = 0
    parts_in: int = 0
    entered: Source | None = None       # 代填 that the unit has not confirmed yet


@dataclass(frozen=True)
class AllBeside:
    """Of all obligations of a list, and who signs in the unit."""

    rows: dict[int, Beside] = field(default_factory=dict)
    heads: tuple[str, ...] = ()

    def of(self, obligation_id: int) -> Beside:
        return self.rows.get(obligation_id, NOTHING)


NOTHING = Beside()


def beside(session: Session, actor: Actor, obligations: Sequence[Obligation]) -> AllBeside:
    """Four queries, however many obligations; they came through the door as the actor's unit's own."""
    ids, later = [obligation.id for obligation in obligations], aliased(ReportVersion)
    chased = {row.obligation_id: (row.name or "督查室", row.at) for row in session.execute(
        select(Chase.obligation_id, Unit.name, Chase.at).outerjoin(Unit, Unit.id == Chase.by_unit_id)
        .where(Chase.obligation_id.in_(ids)).order_by(Chase.id))}
    entered = {row.obligation_id: row.source for row in session.execute(
        select(ReportVersion.obligation_id, ReportVersion.source)
        .where(ReportVersion.obligation_id.in_(ids), ReportVersion.source != Source.unit,
               ReportVersion.confirmed_at.is_(None), ReportVersion.withdrawn_at.is_(None),
               ~exists().where(later.obligation_id == ReportVersion.obligation_id, later.withdrawn_at.is_(None),
                               later.number > ReportVersion.number))
        .order_by(ReportVersion.number))}
    parts = {row[0]: (row[1], row[2]) for row in _parts(session, ids)}
    rows = {one.id: Beside(*chased.get(one.id, ("", None)), *parts.get(one.id, (0, 0)),
                           entered.get(one.id) if one.state in (State.signed, State.accepted) else None)
            for one in obligations}
    return AllBeside(rows, heads_of(session, actor.unit_id) if actor.unit_id is not None else ())


def heads_of(session: Session, unit_id: int) -> tuple[str, ...]:
    """The names of those who sign in the unit (审签人), by account or by post; the first few."""
    held = select(UserRoleGrant.user_id).where(UserRoleGrant.role == UserRole.head)
    posted = select(Post.user_id).where(Post.unit_id == unit_id, Post.role == UserRole.head, Post.ended_at.is_(None))
    return tuple(session.scalars(
        select(User.name).where(User.active, or_(and_(User.unit_id == unit_id, User.id.in_(held)), User.id.in_(posted)))
        .order_by(User.id).limit(SHOWN_HEADS)))


def _parts(session: Session, ids: Sequence[int]) -> Sequence[Row[int, int, int]]:
    part = aliased(Obligation)
    return session.execute(
        select(Obligation.id, func.count(part.id), func.sum(case((part.delivered_at.is_not(None), 1), else_=0)))
        .join(part, and_(part.task_id == Obligation.task_id, part.period_id == Obligation.period_id,
                         part.id != Obligation.id, part.state != State.waived))
        .where(Obligation.id.in_(ids), Obligation.role == Role.lead)
        .group_by(Obligation.id)).all()
