"""Sweep what uploads left behind (清理上传残留): files that no row speaks of, and half received ones, after a day."""
from __future__ import annotations

from datetime import datetime, time, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tracker.domain.workdays import shanghai_date, shanghai_moment
from tracker.models import StoredFile
from tracker.services.deed import OpenDeed
from tracker.services.file_store import EVIDENCE, sweep
from tracker.services.job_runs import Outcome

AT = time(3, 30)


def moments(session: Session, until: datetime) -> list[datetime]:
    """The latest 03:30 only: one run does what all the missed would have. None before the first file is stored."""
    first = session.scalar(select(func.min(StoredFile.stored_at)))
    if first is None or EVIDENCE not in session.info:
        return []
    day = shanghai_date(until)
    latest = max(moment for moment in (shanghai_moment(day, AT), shanghai_moment(day - timedelta(days=1), AT))
                 if moment <= until)
    return [latest] if latest > first else []


def sweep_files(d: OpenDeed) -> Outcome:
    """Nothing younger than a day at the scheduled moment goes: its deed may be under way."""
    swept = sweep(d.session, d.at)
    if swept:
        d.record("files.swept", count=swept)
    return Outcome(swept, f"清理残留文件{swept}个")
