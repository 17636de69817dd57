"""The two lamps (灯): 报送灯 of an obligation, 进度灯 of a task; one rule each, the first clause that holds.

Source: DESIGN sections 5 and 11. Every rule takes the facts as they stood, the moment and the calendar.
"""
from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby

from tracker.domain.lateness import ObligationFacts, delivery_of, delivery_word, is_late
from tracker.domain.periods import parse_period
from tracker.domain.rows import Lamp
from tracker.domain.show import date_cn, days_left_words, late_words, left_words, moment_cn
from tracker.domain.words import Colour, Delivery, Ground, Rating, TaskState
from tracker.domain.workdays import (
    ONE_DAY,
    Calendar,
    nth_working_day_after,
    shanghai_date,
    shanghai_moment,
)

SOON_WORKING_DAYS = 3               # 临期, of an obligation
MILESTONE_SOON_WORKING_DAYS = 10


@dataclass(frozen=True)
class LeadReport:
    """What a lead unit owes on a task in a period, as it stood. `due_at` and `delivered_at` as in ObligationFacts."""

    period_key: str
    due_at: datetime
    delivered_at: datetime | None = None
    self_rating: Rating | None = None
    judged: Rating | None = None
    waived: bool = False
    ground: Ground = Ground.self_reported

    @property
    def rating(self) -> Rating | None:
        """The one that counts: 认定, else 自评."""
        return self.judged or self.self_rating

    def missing(self, at: datetime) -> bool:
        """True where it is past due and was never delivered."""
        return self.delivered_at is None and is_late(self.due_at, at)


@dataclass(frozen=True)
class MilestoneFacts:
    """节点: due at the end of its day."""

    due_on: date
    done_on: date | None = None
    name: str = ""


@dataclass(frozen=True)
class TaskFacts:
    """What 进度灯 needs of a task, as it stood: one LeadReport per lead obligation, in any order."""

    state: TaskState
    source_complete: bool
    due_on: date
    lead_reports: tuple[LeadReport, ...] = ()
    milestones: tuple[MilestoneFacts, ...] = ()


@dataclass(frozen=True)
class LeadPeriod:
    """A period of a task's lead reports that is due or delivered; of several leads the worst counts."""

    label: str
    missing: LeadReport | None      # the one longest overdue
    behind: LeadReport | None       # one that is 欠序时
    latest: LeadReport


def soon_until(at: datetime, cal: Calendar) -> datetime:
    """The moment before which a due moment counts as 临期 at `at`: 00:00 of the 4th working day after today.

    `at <= due_at < soon_until(at)`: 3 working days or fewer are left.
    """
    return shanghai_moment(nth_working_day_after(shanghai_date(at), SOON_WORKING_DAYS + 1, cal))


def milestone_soon_before(at: datetime, cal: Calendar) -> date:
    """The day before which an open milestone counts as due soon at `at`: the 11th working day after today."""
    return nth_working_day_after(shanghai_date(at), MILESTONE_SOON_WORKING_DAYS + 1, cal)


def obligation_lamp(facts: ObligationFacts, at: datetime, cal: Calendar) -> Lamp:
    """报送灯: who is late with paper."""
    delivery, days = delivery_of(facts, at, cal)
    if delivery is Delivery.waived:
        return Lamp(Colour.grey, "免报", "本期免报")
    if delivery is Delivery.returned:
        return _returned_lamp(facts.resubmit_due_at, days, at, cal)
    if facts.delivered_at is not None:
        handed_in = moment_cn(facts.delivered_at, at)
        return Lamp(Colour.green, "已报", f"{handed_in}报送，{delivery_word(delivery, days)}", since=facts.delivered_at)
    left = days_left_words(facts.due_at, at, cal)
    due = f"{moment_cn(facts.due_at, at, cal)}截止，{left}"
    if delivery is Delivery.overdue:
        return Lamp(Colour.red, "逾期", f"{due}，至今未报", since=facts.due_at)
    if facts.due_at < soon_until(at, cal):
        return Lamp(Colour.yellow, "临期", due)
    return Lamp(Colour.grey, "未到期", due)


def _returned_lamp(due_at: datetime | None, days: int, at: datetime, cal: Calendar) -> Lamp:
    if due_at is None:
        return Lamp(Colour.yellow, "待重报", "已退回，改好后重报")
    due = f"退回重报{moment_cn(due_at, at, cal)}截止，{days_left_words(due_at, at, cal)}"
    if is_late(due_at, at):
        return Lamp(Colour.red, "退回未重报", f"{due}，至今未重报", since=due_at)
    return Lamp(Colour.yellow, "待重报", due)


def task_lamp(facts: TaskFacts, at: datetime, cal: Calendar) -> Lamp:
    """进度灯: how the task goes. The only lamp that leaders see."""
    periods = _lead_periods(facts.lead_reports, at)
    return (_settled(facts)
            or _nothing_yet(facts, periods, at, cal)
            or _past_due(facts, at, cal)
            or _two_running(periods, at, cal)
            or _warning(facts, periods, at, cal)
            or _going_well(periods))


def _settled(facts: TaskFacts) -> Lamp | None:
    if facts.state is TaskState.closed:
        return Lamp(Colour.blue, "已办结", "已销号")
    if facts.state is TaskState.suspended:
        return Lamp(Colour.grey, "暂缓", "任务暂缓办理")
    if facts.state is TaskState.cancelled:
        return Lamp(Colour.grey, "取消", "任务已取消")
    if not facts.source_complete:
        return Lamp(Colour.grey, "待补录", "方案原文不完整，待督查室补录")
    return None


def _nothing_yet(facts: TaskFacts, periods: list[LeadPeriod], at: datetime, cal: Calendar) -> Lamp | None:
    """Grey until something is due or delivered: a lead report, a milestone, the task itself."""
    today = shanghai_date(at)
    if periods or facts.due_on < today or any(one.done_on or one.due_on < today for one in facts.milestones):
        return None
    owed = [report for report in facts.lead_reports if not report.waived]
    if not owed:
        return Lamp(Colour.grey, "未到期", "还没有应报的进展报告")
    first = min(owed, key=lambda report: report.due_at)
    label, due = parse_period(first.period_key).label, moment_cn(first.due_at, at, cal)
    return Lamp(Colour.grey, "未到期", f"{label}报告{due}截止，{days_left_words(first.due_at, at, cal)}")


def _past_due(facts: TaskFacts, at: datetime, cal: Calendar) -> Lamp | None:
    """Red where the task, else a milestone, is past its day: from 00:00 of the next day, Shanghai."""
    today = shanghai_date(at)
    if facts.due_on < today:
        late = late_words(facts.due_on, today, cal)
        return Lamp(Colour.red, "滞后", f"完成时限{date_cn(facts.due_on)}，{late}，尚未办结",
                    since=shanghai_moment(facts.due_on + ONE_DAY))
    missed = sorted((one for one in facts.milestones if not one.done_on and one.due_on < today),
                    key=lambda one: one.due_on)
    if not missed:
        return None
    first, more = missed[0], f"，另有{len(missed) - 1}个节点逾期" if len(missed) > 1 else ""
    late = late_words(first.due_on, today, cal)
    return Lamp(Colour.red, "滞后", f"{_milestone(first)}{date_cn(first.due_on)}到期，{late}，尚未完成{more}",
                since=shanghai_moment(first.due_on + ONE_DAY))


def _two_running(periods: list[LeadPeriod], at: datetime, cal: Calendar) -> Lamp | None:
    """Red where the latest two periods both are 欠序时, or both missing."""
    if len(periods) < 2:
        return None
    before, last = periods[-2:]
    if before.behind and last.behind:
        return Lamp(Colour.red, "滞后", f"连续两期欠序时：{_rated(before, before.behind)}、{_rated(last, last.behind)}",
                    last.behind.ground, last.behind.delivered_at)
    if before.missing and last.missing:
        return Lamp(Colour.red, "滞后",
                    f"连续两期未报：{before.label}报告{_late_by(before.missing, at, cal)}，"
                    f"{last.label}报告{_late_by(last.missing, at, cal)}", since=last.missing.due_at)
    return None


def _warning(facts: TaskFacts, periods: list[LeadPeriod], at: datetime, cal: Calendar) -> Lamp | None:
    """Yellow: a milestone due soon, 欠序时, or 进展不明 (silence is not green)."""
    today = shanghai_date(at)
    soon = milestone_soon_before(at, cal)
    coming = [one for one in facts.milestones if not one.done_on and one.due_on < soon]
    if coming:
        first = min(coming, key=lambda one: one.due_on)
        left = left_words(first.due_on, today, cal)
        return Lamp(Colour.yellow, "预警", f"{_milestone(first)}{date_cn(first.due_on)}到期，{left}，尚未完成")
    last = periods[-1] if periods else None
    if last and last.behind:
        return Lamp(Colour.yellow, "预警", _rated(last, last.behind), last.behind.ground, last.behind.delivered_at)
    if last and last.missing:
        return Lamp(Colour.yellow, "预警", f"进展不明：{last.label}报告{_late_by(last.missing, at, cal)}，至今未报",
                    since=last.missing.due_at)
    return None


def _going_well(periods: list[LeadPeriod]) -> Lamp:
    if not periods:
        return Lamp(Colour.green, "正常", "节点已按期完成")
    last = periods[-1]
    return Lamp(Colour.green, "正常", _rated(last, last.latest), last.latest.ground, last.latest.delivered_at)


def _lead_periods(reports: tuple[LeadReport, ...], at: datetime) -> list[LeadPeriod]:
    """The periods due or delivered at `at`, oldest first. 免报 is left out as if the period had not been."""
    counted = [report for report in reports
               if not report.waived and (report.delivered_at is not None or is_late(report.due_at, at))]
    found = []
    for span, group in groupby(sorted(counted, key=_place), key=lambda report: parse_period(report.period_key)):
        of_period = list(group)
        missing = [report for report in of_period if report.missing(at)]
        delivered = [report for report in of_period if report.delivered_at is not None]
        behind = [report for report in delivered if report.rating is Rating.behind]
        found.append(LeadPeriod(
            span.label, missing=missing[0] if missing else None, behind=behind[0] if behind else None,
            latest=delivered[-1] if delivered else missing[0]))
    return found


def _place(report: LeadReport) -> tuple[date, date, datetime]:
    span = parse_period(report.period_key)
    return span.ends_on, span.starts_on, report.due_at


def _rated(period: LeadPeriod, report: LeadReport) -> str:
    """2026年第二季度自评达序时"""
    if report.rating is None:
        return f"{period.label}已报，没有自评"
    return f"{period.label}{'认定' if report.judged else '自评'}{report.rating.label}"


def _late_by(report: LeadReport, at: datetime, cal: Calendar) -> str:
    return late_words(shanghai_date(report.due_at), shanghai_date(at), cal)


def _milestone(one: MilestoneFacts) -> str:
    return f"节点“{one.name}”" if one.name else "节点"
