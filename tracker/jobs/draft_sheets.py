"""Draft the period's sheets (生成督查表草稿) the morning after a due day, as of that morning also when run late."""
from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, time, timedelta
from functools import partial
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from tracker.domain.words import SheetKind
from tracker.domain.workdays import shanghai_date, shanghai_moment
from tracker.models import Period, Plan
from tracker.services.deed import OpenDeed
from tracker.services.job_runs import Outcome
from tracker.services.periods import policy_of

AT = time(6)


def moments(session: Session, until: datetime) -> list[datetime]:
    """06:00 on the calendar day after each due day of lead and co-units."""
    dues = session.execute(select(Period.lead_due_at, Period.co_due_at))
    return sorted(moment for moment in {_morning_after(due) for pair in dues for due in pair} if moment <= until)


def _morning_after(due_at: datetime) -> datetime:
    return shanghai_moment(shanghai_date(due_at) + timedelta(days=1), AT)


def draft_sheets(session: Session, at: datetime, export_dir: Path | None):
    raise NotImplementedError
