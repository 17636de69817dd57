"""Of which periods a sheet can be made (可出表的报告期)."""
from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from tracker.domain.actors import Actor
from tracker.domain.periods import parse_period
from tracker.domain.permissions import Act, may
from tracker.errors import Forbidden
from tracker.models import Period, Plan
from tracker.services.periods import policy_of, reported_period
from tracker.services.plan_view import current_plan


@dataclass(frozen=True)
class SheetChoices:
    """The periods in which leads report that have opened, newest first; `on_table` is the one meant by default."""

    plan: Plan
    periods: tuple[tuple[str, str], ...]        # key, label
    on_table: str


def sheet_choices(session: Session, actor: Actor, at: datetime) -> SheetChoices:
    """What the page of sheets offers at a moment. Forbidden."""
    if not may(actor, Act.read_exports):
        raise Forbidden
    plan = current_plan(session)
    keys = session.scalars(
        select(Period.key).where(Period.plan_id == plan.id, Period.opened_at <= at,
                                 Period.cadence == policy_of(plan).lead)
        .order_by(Period.starts_on.desc()))
    return SheetChoices(plan, tuple((key, parse_period(key).label) for key in keys), reported_period(plan, at).key)
