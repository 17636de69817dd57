"""Mark what is owed and past due (标记逾期). Pages work it out from the facts; the stamp tells since when, for ever."""
from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import and_, func, select, update
from sqlalchemy.orm import Session

from tracker.domain.words import State
from tracker.models import Obligation, Period
from tracker.services.deed import OpenDeed
from tracker.services.job_runs import Outcome

# Nothing went out: not begun, or waiting for the head. A returned report was delivered, its second clock is another.
OWED = and_(Obligation.state.in_((State.pending, State.draft, State.submitted)), Obligation.delivered_at.is_(None))
A_MINUTE = timedelta(minutes=1)


def moments(session: Session, until: datetime) -> list[datetime]:
    """The latest moment only: the full hour, or a minute after the last due moment. Nothing before a period is open.

    The stamp is the due moment whenever the run comes, so one run after downtime does what all the missed would have.
    """
    dues = session.execute(select(
        func.max(Period.lead_due_at).filter(Period.lead_due_at <= until - A_MINUTE),
        func.max(Period.co_due_at).filter(Period.co_due_at <= until - A_MINUTE),
        select(func.max(Obligation.due_at))
        .where(OWED, Obligation.due_at <= until - A_MINUTE).scalar_subquery(),
        func.min(Period.opened_at))).one()
    if dues[3] is None:
        return []
    hour = until.replace(minute=0, second=0, microsecond=0)
    return [max([hour, *(due + A_MINUTE for due in dues[:3] if due is not None)])]


def flag_overdue(d: OpenDeed) -> Outcome:
    """Stamp each with its due moment, not the run's. The version stays: who is writing at 18:00 meets no conflict."""
    changed: int = d.session.execute(  # type: ignore[attr-defined]
        update(Obligation)
        .where(OWED, Obligation.due_at < d.at, Obligation.overdue_since.is_(None))
        .values(overdue_since=Obligation.due_at)
        .execution_options(synchronize_session=False)).rowcount
    if changed:
        d.record("obligations.flagged_overdue", count=changed)
    return Outcome(changed, f"新逾期{changed}件")
