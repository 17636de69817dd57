"""Extensions (延期): the new due moment, to the minute. Source: DESIGN sections 4, 5 and 11.

A report is due at a time of day; a milestone and a task are due at the end of their day (`closes` is None), which is
00:00 of the next, Shanghai. 天 are counted as they are, 个工作日 by the calendar with its make-up days (调休).
"""
from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from tracker.domain.show import date_cn
from tracker.domain.words import Stretch
from tracker.domain.workdays import ONE_DAY, SHANGHAI, Calendar, add_working_days, shanghai_date, shanghai_moment

MOST_DAYS = 3660        # 10 years: what is more is a slip of the keyboard
NEED_WISH = "请写明延到哪一天，或者延长几天"
ONE_OF_TWO = "延到的日期和延长的天数只写一样"
WRONG_COUNT = f"延长的天数要在1到{MOST_DAYS:,}之间"
NOT_LATER = "要比现在的{held}晚"
PAST = "{day}已经过去了，要延到今天或以后"
TOO_FAR = f"一次最多延长{MOST_DAYS // 366}年，请看看年份对不对"


@dataclass(frozen=True)
class Wish:
    """What is asked for: a fixed day (延到), or a number of days or working days more (延长). One of the two."""

    until_on: date | None = None
    count: int | None = None
    stretch: Stretch = Stretch.days


def due_day(due_at: datetime, closes: time | None) -> date:
    """The day whose end, or whose time of day, a due moment is."""
    return shanghai_date(due_at) if closes is not None else shanghai_date(due_at) - ONE_DAY


def due_moment(day: date, closes: time | None) -> datetime:
    """When what is due on a day is due, as an aware UTC moment."""
    return shanghai_moment(day, closes) if closes is not None else shanghai_moment(day + ONE_DAY)


def wished_due(held_at: datetime, wish: Wish, closes: time | None, cal: Calendar) -> datetime:
    """The due moment that is asked for, counted from the one that holds. ValueError, in words, where it makes none."""
    held = due_day(held_at, closes)
    if wish.until_on is not None and wish.count is not None:
        raise ValueError(ONE_OF_TWO)
    if wish.until_on is not None:
        day = wish.until_on
    elif wish.count is None:
        raise ValueError(NEED_WISH)
    elif not 1 <= wish.count <= MOST_DAYS:
        raise ValueError(WRONG_COUNT)
    elif wish.stretch is Stretch.working_days:
        day = add_working_days(held, wish.count, cal)
    else:
        day = held + timedelta(days=wish.count)
    if day > held + timedelta(days=MOST_DAYS):
        raise ValueError(TOO_FAR)
    return due_moment(day, closes)


def why_not_until(new_at: datetime, held_at: datetime, closes: time | None, at: datetime) -> str:
    """Why a due moment may not follow the one that holds; "" where it may: it is later, and not past."""
    if new_at <= held_at:
        return NOT_LATER.format(held=due_words(held_at, closes))
    if new_at <= at:
        return PAST.format(day=due_words(new_at, closes))
    return ""


def due_words(due_at: datetime, closes: time | None) -> str:
    """2026年10月13日18:00 of a report, 2027年12月31日 of a milestone or a task."""
    clock = f"{due_at.astimezone(SHANGHAI):%H:%M}" if closes is not None else ""
    return date_cn(due_day(due_at, closes)) + clock
