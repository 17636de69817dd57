"""Working days (工作日) by China's official calendar, with its make-up days (补班), in Asia/Shanghai."""
from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import chinese_calendar

SHANGHAI = ZoneInfo("Asia/Shanghai")
ONE_DAY = timedelta(days=1)
SHORT_NAMES = {"清明": "清明节", "端午": "端午节", "中秋": "中秋节"}


@dataclass(frozen=True)
class Year:
    """One year's days off (放假) by name, and its days worked though off by the week (补班)."""

    off: Mapping[date, str]
    make_up: frozenset[date]
    published: bool


@dataclass(frozen=True)
class Calendar:
    """Which days are worked. `year` gives what is known of a year; the rest follows from the week."""

    year: Callable[[int], Year]

    def is_working_day(self, day: date) -> bool:
        return self.is_make_up_day(day) or (day.weekday() < 5 and day not in self.year(day.year).off)

    def is_make_up_day(self, day: date) -> bool:
        """True on a 补班 day: worked, though a Saturday or Sunday."""
        return day in self.year(day.year).make_up

    def published(self, day: date) -> bool:
        """False where the day's year is not announced yet: what is worked out with it is 暂定."""
        return self.year(day.year).published

    def day_off_name(self, day: date) -> str:
        """国庆节 on its days off (its weekend days too), 周末 on other weekends, "" on a working day."""
        if self.is_working_day(day):
            return ""
        return self.year(day.year).off.get(day, "周末")


@cache
def china_calendar() -> Calendar:
    """The State Council's calendar (国务院办公厅放假安排), as far as it is published; beyond that, 暂定.

    Published years come from chinesecalendar. For the others the `holidays` package works the statutory days out by
    rule, their substitute days (补假) too; make-up days nobody can know before. Source: DESIGN section 4.
    """
    return Calendar(_china_year)


@cache
def _china_year(year: int) -> Year:
    if any(day.year == year for day in chinese_calendar.holidays):
        names = {kind.value: SHORT_NAMES.get(kind.chinese, kind.chinese) for kind in chinese_calendar.Holiday}
        return Year(
            off={day: names[name] for day, name in chinese_calendar.holidays.items() if day.year == year},
            make_up=frozenset(day for day in chinese_calendar.workdays if day.year == year),
            published=True)
    import holidays  # only where a year is unknown: every start would pay for it

    known = holidays.country_holidays("CN", years=year, language="zh_CN")
    return Year(
        off={day: name for day, name in known.items() if day.year == year},
        make_up=frozenset(day for day in known.weekend_workdays if day.year == year),
        published=False)


def add_working_days(day: date, n: int, cal: Calendar) -> date:
    """The n-th working day after `day`, or for n < 0 before it; `day` itself for 0. `day` never counts."""
    step = ONE_DAY if n > 0 else -ONE_DAY
    for _ in range(abs(n)):
        day += step
        while not cal.is_working_day(day):
            day += step
    return day


def nth_working_day_after(day: date, n: int, cal: Calendar) -> date:
    """The n-th working day after `day` (n >= 1), however many days off lie between."""
    if n < 1:
        raise ValueError("the first working day after a day is number 1")
    return add_working_days(day, n, cal)


def working_days_back(day: date, n: int, cal: Calendar) -> date:
    """The n-th working day before `day`; `day` itself for 0."""
    return add_working_days(day, -n, cal)


def working_days_between(first: date, last: date, cal: Calendar) -> int:
    """Working days after `first` up to and with `last`; 0 where `last` is not after `first`."""
    return sum(cal.is_working_day(first + timedelta(n)) for n in range(1, (last - first).days + 1))


def shanghai_date(moment: datetime) -> date:
    """The day it is in Shanghai at an aware moment, whatever zone the machine or the moment is in."""
    if moment.tzinfo is None:
        raise ValueError("a moment needs its zone")
    return moment.astimezone(SHANGHAI).date()


def shanghai_moment(day: date, at: time = time()) -> datetime:
    """That day at that time on a clock in Shanghai (00:00 unless given), as an aware UTC moment."""
    return datetime.combine(day, at, SHANGHAI).astimezone(UTC)
