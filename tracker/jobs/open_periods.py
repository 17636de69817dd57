"""Open the periods that begin (开启报告期), of every plan, each at its own moment."""
from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from tracker.models import Plan
from tracker.services.deed import OpenDeed
from tracker.services.job_runs import Outcome
from tracker.services.periods import open_period, opens_at, spans_owed


def moments(session: Session, until: datetime) -> list[datetime]:
    """When a period of some plan began, from its 起报期 on."""
    plans = session.scalars(select(Plan)).all()
    return sorted({opens_at(plan, span) for plan in plans for span in spans_owed(plan, until)})


def open_periods(d: OpenDeed) -> Outcome:
    """Open each period that begins at the deed's moment, and what every unit owes in it."""
    told, changed = [], 0
    for plan in d.session.scalars(select(Plan).order_by(Plan.id)).all():
        for span in spans_owed(plan, d.at):
            if opens_at(plan, span) == d.at:
                count = open_period(d, plan.id, span)
                told.append(f"{span.label}{count}件")
                changed += count
    return Outcome(changed, f"开启报告期：{'，'.join(told)}")
