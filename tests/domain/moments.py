"""Moments and calendars for the tests of the rules."""
from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from tracker.domain.workdays import Calendar, Year

SECOND = timedelta(seconds=1)
PLAIN_WEEKS = Calendar(lambda year: Year(off={}, make_up=frozenset(), published=True))     # Monday to Friday, always


def at(text: str) -> datetime:
    """`2026-10-13 18:00` on a clock in Shanghai, as a UTC moment (a date alone: its 00:00)."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Asia/Shanghai")).astimezone(ZoneInfo("UTC"))
