"""Periods (报告期): their keys and days, and when their reports are due (应报时限)."""
from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from tracker.domain.show import day_note
from tracker.domain.words import Cadence, DueKind, Role, Shift
from tracker.domain.workdays import (
    ONE_DAY,
    Calendar,
    add_working_days,
    china_calendar,
    nth_working_day_after,
    shanghai_date,
    shanghai_moment,
    working_days_back,
)

MONTHS = {Cadence.month: 1, Cadence.quarter: 3, Cadence.half: 6, Cadence.year: 12}
KEY_ENDS = {Cadence.month: "-{:02}", Cadence.quarter: "Q{}", Cadence.half: "H{}", Cadence.year: ""}
LABELS = {
    Cadence.month: [f"{number}月" for number in range(1, 13)],
    Cadence.quarter: ["第一季度", "第二季度", "第三季度", "第四季度"],
    Cadence.half: ["上半年", "下半年"],
    Cadence.year: [""],
}
KEY = re.compile(r"(20[0-9]{2})(?:Q([1-4])|H([12])|-(0[1-9]|1[0-2]))?")


class BadPeriodKey(ValueError):
    """No period has this key; `str()` is the sentence for the person who wrote it."""

    def __init__(self, key: str) -> None:
        super().__init__(f"“{key}”不是报告期。写法：2026Q3（季度）、2026H2（半年）、2026-11（月）、2026（年）")


@dataclass(frozen=True)
class PeriodSpan:
    """The days a period covers, first and last included. `label` is 2026年第三季度."""

    key: str
    cadence: Cadence
    starts_on: date
    ends_on: date
    label: str


@dataclass(frozen=True)
class DueRule:
    """When reports are due (*setting*). Source: DESIGN section 4.

    `n`: the n-th working day after the period, or day n of its last month (its last day where the month is shorter),
    moved by `shift` where that is no working day; `time_of_day` is Shanghai's. Co-units are due `co_days_before`
    working days before the lead. Drafts open on day `draft_from_day` of the period; 集中填报期 opens `window_days` days
    before its end, or before the lead's due day where that is earlier.
    """

    kind: DueKind = DueKind.working_day_after
    n: int = 5
    time_of_day: time = time(18)
    shift: Shift = Shift.before
    co_days_before: int = 2
    draft_from_day: int = 1
    window_days: int = 10


@dataclass(frozen=True)
class PeriodDates:
    """The moments of a period, aware UTC. `working`: how the lead's due day was found; `provisional`: 暂定."""

    drafts_open_at: datetime
    window_opens_at: datetime
    lead_due_at: datetime
    co_due_at: datetime
    provisional: bool
    working: str

    def due_at(self, role: Role) -> datetime:
        """When a unit in this role must have reported. A 综合报告 (常态配合, by half year) is due with the leads."""
        return self.co_due_at if role is Role.co else self.lead_due_at


def parse_period(key: str) -> PeriodSpan:
    """The period of a key: 2026Q3, 2026H2, 2026-11, 2026. BadPeriodKey for anything else."""
    found = KEY.fullmatch(key)
    if found is None:
        raise BadPeriodKey(key)
    year, quarter, half, month = found.groups()
    if quarter:
        return _span(int(year), int(quarter), Cadence.quarter)
    if half:
        return _span(int(year), int(half), Cadence.half)
    if month:
        return _span(int(year), int(month), Cadence.month)
    return _span(int(year), 1, Cadence.year)


def period_of(day: date, cadence: Cadence) -> PeriodSpan:
    """The period of this cadence that the day lies in."""
    return _span(day.year, (day.month - 1) // MONTHS[cadence] + 1, cadence)


def _span(year: int, number: int, cadence: Cadence) -> PeriodSpan:
    last_month = number * MONTHS[cadence]
    return PeriodSpan(
        key=f"{year}{KEY_ENDS[cadence].format(number)}", cadence=cadence,
        starts_on=date(year, last_month - MONTHS[cadence] + 1, 1),
        ends_on=date(year, last_month, monthrange(year, last_month)[1]),
        label=f"{year}年{LABELS[cadence][number - 1]}")


def next_period(span: PeriodSpan) -> PeriodSpan:
    return period_of(span.ends_on + ONE_DAY, span.cadence)


def previous_period(span: PeriodSpan) -> PeriodSpan:
    """The period before: what 上期 means."""
    return period_of(span.starts_on - ONE_DAY, span.cadence)


def periods_between(first: PeriodSpan, last: PeriodSpan) -> list[PeriodSpan]:
    """Both and all between, in order; empty where `last` is before `first`."""
    found, span = [], first
    while span.starts_on <= last.starts_on:
        found.append(span)
        span = next_period(span)
    return found


def first_period(day: date, cadence: Cadence) -> PeriodSpan:
    """起报期 unless the office says otherwise: the period in which the system is set up. Source: DESIGN section 4."""
    return period_of(day, cadence)


def owed_periods(first_key: str, until: datetime, cadence: Cadence) -> list[PeriodSpan]:
    """The periods of a cadence that have opened by `until`, from 起报期 on (drafts open on a period's first day).

    `first_key` may be of another cadence: from 2025Q3 on, 综合报告 are owed from 2025H2.
    """
    first = period_of(parse_period(first_key).starts_on, cadence)
    return periods_between(first, period_of(shanghai_date(until), cadence))


def dates_of(span: PeriodSpan, rule: DueRule, cal: Calendar) -> PeriodDates:
    """When a period's drafts open, when 集中填报期 does, when lead and co are due. Source: DESIGN section 4."""
    if rule.kind is DueKind.working_day_after:
        counted = [nth_working_day_after(span.ends_on, n, cal) for n in range(1, rule.n + 1)]
        named = lead_on = counted[-1]
        working = _days_in_words(counted, cal)
    else:
        named = span.ends_on.replace(day=min(rule.n, span.ends_on.day))
        lead_on = named if cal.is_working_day(named) else add_working_days(
            named, 1 if rule.shift is Shift.after else -1, cal)
        working = _moved_in_words(named, lead_on, cal)
    co_on = working_days_back(lead_on, rule.co_days_before, cal)
    window_on = min(span.ends_on, lead_on) - timedelta(days=rule.window_days)
    return PeriodDates(
        drafts_open_at=shanghai_moment(min(span.ends_on, span.starts_on + timedelta(days=rule.draft_from_day - 1))),
        window_opens_at=shanghai_moment(max(span.starts_on, window_on)),
        lead_due_at=shanghai_moment(lead_on, rule.time_of_day), co_due_at=shanghai_moment(co_on, rule.time_of_day),
        provisional=not all(map(cal.published, (named, lead_on, co_on))), working=working)


def _days_in_words(days: list[date], cal: Calendar) -> str:
    """10月8日、9日、10日（补班）、12日、13日"""
    words, month = [], 0
    for day in days:
        month_word = "" if day.month == month else f"{day.month}月"
        words.append(f"{month_word}{day.day}日{'（补班）' if cal.is_make_up_day(day) else ''}")
        month = day.month
    return "、".join(words)


def _moved_in_words(named: date, due_on: date, cal: Calendar) -> str:
    """9月25日（周五）中秋节，提前到9月24日（周四）"""
    words = f"{named.month}月{named.day}日{day_note(named, cal)}"
    if named == due_on:
        return words
    off = cal.day_off_name(named)
    moved = "提前" if due_on < named else "顺延"
    return f"{words}{'' if off == '周末' else off}，{moved}到{due_on.month}月{due_on.day}日{day_note(due_on, cal)}"


def due_date_table() -> str:
    """docs/due-dates.md: every due date of 2025Q3-2027Q4 by the default rule, with its working."""
    cal, lines = china_calendar(), [DUE_DATES_HEAD]
    for span in periods_between(parse_period("2025Q3"), parse_period("2027Q4")):
        dates = dates_of(span, DueRule(), cal)
        lead, co, window = (_dated(shanghai_date(moment), cal)
                            for moment in (dates.lead_due_at, dates.co_due_at, dates.window_opens_at))
        lines.append(f"| {span.key} | {span.label} | {window} | {co} | {lead} | {dates.working} |")
    return "\n".join(lines) + "\n"


def _dated(day: date, cal: Calendar) -> str:
    return f"{day.isoformat()}{day_note(day, cal)}"


DUE_DATES_HEAD = """\
# 各期应报时限

牵头件：报告期结束后第5个工作日18:00；配合件：再提前2个工作日18:00；北京时间。
常态配合单位的综合报告每半年一次，与当半年最后一个季度的牵头件同日。工作日按国务院办公厅公布的放假安排，含调休补班；
当年安排尚未公布的，按法定节假日推算，注明“暂定”，公布后重算并逐条告知。

本表由 `tracker.domain.periods.due_date_table()` 生成，测试核对两者一致。

| 报告期 | 名称 | 集中填报开始 | 配合件时限 | 牵头件时限 | 期满后的工作日 |
|---|---|---|---|---|---|"""
