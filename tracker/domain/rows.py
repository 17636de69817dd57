"""Rows that pages and sheets share (台账行): plain values, as of one moment.

`services/ledger.py` makes them from the database; `tracker.sheets` and the pages only read them.
All moments are aware; a page or sheet shows them in Asia/Shanghai.
"""
from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime

from tracker.domain.words import Colour, Delivery, Ground, Rating, Role, State, UnitKind


@dataclass(frozen=True)
class Lamp:
    """灯: colour, the word beside it, why, and what it stands on. `since` = from when it has been so, where known."""

    colour: Colour
    word: str
    reason: str
    ground: Ground = Ground.none
    since: datetime | None = None


@dataclass(frozen=True)
class ReportText:
    """What a report (进展报告) says. `percent` is optional, 0-100."""

    progress: str = ""
    self_rating: Rating | None = None
    percent: int | None = None
    problems: str = ""
    matters: str = ""
    next_steps: str = ""
    measures: tuple[tuple[str, str], ...] = ()      # 具体举措: key of the measure and its value, sorted; a document: 1


@dataclass(frozen=True)
class DutyRow:
    """One unit's part in one task in one period: a sub-row of 督办台账. `unit` and `role` are None on a task 待补录."""

    role: Role | None
    unit: str | None
    unit_kind: UnitKind | None
    released: bool = False
    owed: bool = False                       # an obligation of this period stands behind the row
    state: State | None = None
    due_at: datetime | None = None           # the due moment that held at `as_of` (at delivery, once delivered)
    delivered_at: datetime | None = None
    delivery: Delivery | None = None         # None: nothing owed in this period
    late_days: int = 0                       # working days late or overdue; 0 and late = 迟报，当日
    report: ReportText | None = None         # as submitted last at `as_of`
    previous: ReportText | None = None       # the period before's, for 较上期变化
    return_reason: str = ""
    evidence_count: int = 0
    entered: bool = False                    # 代填: typed in by the office, as the unit answered


@dataclass(frozen=True)
class TaskRow:
    """One task (任务) with the parts of its units: a block of 督办台账."""

    number: str
    title: str
    body: str
    source_complete: bool
    section: str                             # （一）建立健全……
    part: str                                # 二、重点任务及措施
    due_on: date | None
    earlier_due_on: tuple[date, ...]
    standing: tuple[str, ...]                # names of the standing co-units at `as_of`
    standing_word: str                       # 7家 / 6家（除格尔木市） / 已单列
    as_written: str
    judged: Rating | None
    lamp: Lamp
    instruction: str = ""
    duties: tuple[DutyRow, ...] = field(default=())

    @property
    def lead(self) -> DutyRow | None:
        """The lead's part, None where the task has no units (待补录)."""
        return next((duty for duty in self.duties if duty.role is Role.lead), None)


@dataclass(frozen=True)
class OverdueRow:
    """One line of 逾期清单. `band` groups, in the order of SHEETS: lead, co and returned, milestones, office, late."""

    band: str
    unit: str
    role: Role | None
    task_number: str                         # "" for a 综合报告
    title: str
    owed: str                                # 2026年第三季度进展报告
    due_at: datetime
    state: str                               # 逾期未报 / 退回未重报 / 迟报已补
    late_days: int
    chased: str = ""
    excuse: str = ""
    demand: str = ""


@dataclass(frozen=True)
class SheetFacts:
    """What stands around the rows of any sheet: plan, period, moment, who made it."""

    plan_key: str
    plan_title: str                          # 《…》 without the marks
    plan_short_name: str                     # 科创方案: in file names
    doc_number: str                          # 西政办〔2025〕27号
    issued_on: date
    valid_until: date
    office: str                              # 州政府督查室
    period_key: str
    period_label: str                        # 2025年第三季度
    as_of: datetime
    elapsed: float                           # 序时进度 at as_of, 0-1
    draft: bool = True
    demo: bool = False
    issue_number: str = ""                   # 督字〔2026〕n号 once issued
    base_url: str = ""                       # https://host, for links; empty: no links
    standing_units: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()              # sentences for 说明: due rule, calendar (暂定), who owes
    plan_header_name: str = ""               # 科技创新行动方案: page header, titles; empty: the short name
