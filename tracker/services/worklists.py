"""What waits for whom (待办): the unit's list, the office's queue. As many queries for 2 rows as for 2,000."""
from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, exists, or_, select
from sqlalchemy.orm import Session, aliased

from tracker.domain.actors import Actor
from tracker.domain.lamp import obligation_lamp
from tracker.domain.lateness import delivery_of, delivery_word
from tracker.domain.periods import parse_period
from tracker.domain.rows import Lamp
from tracker.domain.show import days_left_words, percent
from tracker.domain.similarity import REPEATED, similarity
from tracker.domain.words import Delivery, Rating, Role, State
from tracker.domain.workdays import china_calendar, shanghai_date, working_days_between
from tracker.errors import Forbidden
from tracker.models import Obligation, Period, Plan, Report, ReportVersion, Task, Unit
from tracker.services.access import visible_obligations
from tracker.services.report_page import COMPOSITE, ReportPage, facts_of, report_page
from tracker.services.versions import last_version_id, lead_name, previous_version_id, return_reason

__all__ = ["OwedRow", "PeriodDates", "ReportPage", "ReviewRow", "UnitWork", "owed_by_unit", "report_page",
           "review_queue"]

FINISHED = (State.accepted, State.waived)
WAITING = (State.submitted, State.signed)
FIGURE = re.compile(r"[0-9０-９一二三四五六七八九十百千万亿两半]")


@dataclass(frozen=True)
class OwedRow:
    """One obligation of the unit. `due_at` is the moment that counts now: of a returned one, its second clock."""

    obligation_id: int
    plan_name: str
    task_number: str            # "" for a 综合报告
    title: str
    role: Role
    lead_unit: str
    period_key: str
    period_label: str           # 2026年第三季度
    state: State
    due_at: datetime
    provisional: bool           # 暂定
    days_words: str             # 还有2个工作日; "" once handed in
    delivery_word: str          # 按时 / 迟报1日 / 逾期3日 / …
    lamp: Lamp
    delivered_at: datetime | None
    edited_at: datetime | None  # of the draft
    edited_by: str
    return_reason: str          # why it was sent back last, while it is returned


@dataclass(frozen=True)
class PeriodDates:
    """A period's moments, for the aside of `/my` and for 下一期."""

    key: str
    label: str
    opened_at: datetime
    window_opens_at: datetime
    lead_due_at: datetime
    co_due_at: datetime
    provisional: bool


@dataclass(frozen=True)
class UnitWork:
    """`/my`: 要我办 (sent back first, then by due moment), 等别人, 已办 of the current periods, 可以先写草稿.

    A period is current from its window (集中填报期) on until the next one's; before it, what it asks is `early`.
    `next_period` has opened for drafts and its window is still to come; None where there is none.
    """

    rows: tuple[OwedRow, ...]
    waiting: tuple[OwedRow, ...]
    done: tuple[OwedRow, ...]
    early: tuple[OwedRow, ...]
    periods: tuple[PeriodDates, ...]
    next_period: PeriodDates | None


@dataclass(frozen=True)
class ReviewRow:
    """One report that waits for the office. Those without `warnings` (sentences) may be accepted in a batch."""

    obligation_id: int
    version: int                # of the obligation, for the deed
    plan_name: str
    task_number: str
    title: str
    unit: str
    role: Role
    period_key: str
    period_label: str
    self_rating: Rating | None
    submitted_at: datetime
    submitted_by: str
    resubmitted: bool           # 重报, after a return
    waiting_days: int           # working days since it was handed in
    late_word: str              # 迟报1日; "" where it came on time
    similarity: float           # with last period's 进展情况, 0-1
    warnings: tuple[str, ...]


def owed_by_unit(session: Session, actor: Actor, at: datetime) -> UnitWork:
    """What the actor's unit owes at a moment. Forbidden for who belongs to no unit."""
    if actor.unit_id is None:
        raise Forbidden
    periods = session.scalars(select(Period).where(Period.opened_at <= at, _not_past(at)).order_by(Period.lead_due_at))
    dates = [PeriodDates(period.key, parse_period(period.key).label, period.opened_at, period.window_opens_at,
                         period.lead_due_at, period.co_due_at, period.provisional) for period in periods]
    records = session.execute(
        visible_obligations(actor)
        .join(Period, Period.id == Obligation.period_id).join(Plan, Plan.id == Obligation.plan_id)
        .outerjoin(Task, Task.id == Obligation.task_id)
        .outerjoin(Report, Report.obligation_id == Obligation.id)
        .where(Obligation.unit_id == actor.unit_id, Period.opened_at <= at,
               or_(Obligation.state.not_in(FINISHED), _not_past(at)))
        .add_columns(Period, Plan.short_name, Task.number, Task.title, lead_name().label("lead"), Report.edited_at,
                     Report.edited_by, return_reason().label("reason"))
        .order_by(Obligation.due_at, Task.position, Obligation.id)).all()
    parts: dict[str, list[OwedRow]] = {"rows": [], "waiting": [], "done": [], "early": []}
    for record in records:
        parts[_part(record.Obligation.state, record.Period, at)].append(_owed_row(record, at))
    parts["rows"].sort(key=lambda row: (row.state is not State.returned, row.due_at))
    return UnitWork(
        **{name: tuple(rows) for name, rows in parts.items()},
        periods=tuple(period for period in dates if period.window_opens_at <= at),
        next_period=next((period for period in dates if period.window_opens_at > at), None))


def review_queue(session: Session, actor: Actor, at: datetime) -> tuple[ReviewRow, ...]:
    """What was handed in and waits for the office, oldest first."""
    now, before = aliased(ReportVersion), aliased(ReportVersion)
    records = session.execute(
        visible_obligations(actor)
        .join(Period, Period.id == Obligation.period_id).join(Plan, Plan.id == Obligation.plan_id)
        .join(Unit, Unit.id == Obligation.unit_id).join(now, now.id == last_version_id())
        .outerjoin(Task, Task.id == Obligation.task_id).outerjoin(before, before.id == previous_version_id())
        .where(Obligation.state.in_(WAITING), Obligation.to_sign.is_(False))
        .add_columns(Period.key.label("period_key"), Plan.short_name, Unit.name.label("unit"), Task.number, Task.title,
                     now.progress, now.self_rating, now.submitted_at, now.submitted_by,
                     before.progress.label("before"), return_reason().label("reason"))
        .order_by(now.submitted_at, Obligation.id)).all()
    return tuple(_review_row(record, at) for record in records)


def _owed_row(record: Any, at: datetime) -> OwedRow:
    obligation, calendar, facts = record.Obligation, china_calendar(), facts_of(record.Obligation)
    returned = obligation.state is State.returned
    due_at = obligation.resubmit_due_at if returned and obligation.resubmit_due_at else obligation.due_at
    mine = obligation.state not in (*FINISHED, *WAITING)
    return OwedRow(
        obligation_id=obligation.id, plan_name=record.short_name, task_number=record.number or "",
        title=record.title or COMPOSITE, role=obligation.role, lead_unit=record.lead or "",
        period_key=record.Period.key, period_label=parse_period(record.Period.key).label, state=obligation.state,
        due_at=due_at, provisional=record.Period.provisional,
        days_words=days_left_words(due_at, at, calendar) if mine else "",
        delivery_word=delivery_word(*delivery_of(facts, at, calendar)), lamp=obligation_lamp(facts, at, calendar),
        delivered_at=obligation.delivered_at, edited_at=record.edited_at, edited_by=record.edited_by or "",
        return_reason=record.reason or "" if returned else "")


def _part(state: State, period: Period, at: datetime) -> str:
    if state in FINISHED:
        return "done"
    if state in WAITING:
        return "waiting"
    return "rows" if state is State.returned or period.window_opens_at <= at else "early"


def _review_row(record: Any, at: datetime) -> ReviewRow:
    obligation, calendar = record.Obligation, china_calendar()
    delivery, days = delivery_of(facts_of(obligation), at, calendar)
    late_word = delivery_word(delivery, days) if delivery is Delivery.late else ""
    alike = similarity(record.before or "", record.progress)
    return ReviewRow(
        obligation_id=obligation.id, version=obligation.version, plan_name=record.short_name,
        task_number=record.number or "", title=record.title or COMPOSITE, unit=record.unit, role=obligation.role,
        period_key=record.period_key, period_label=parse_period(record.period_key).label,
        self_rating=record.self_rating, submitted_at=record.submitted_at, submitted_by=record.submitted_by,
        resubmitted=record.reason is not None,
        waiting_days=working_days_between(shanghai_date(record.submitted_at), shanghai_date(at), calendar),
        late_word=late_word, similarity=alike, warnings=_warnings(record.progress, alike, late_word))


def _warnings(progress: str, alike: float, late_word: str) -> tuple[str, ...]:
    found = []
    if late_word:
        found.append(late_word)
    if alike >= REPEATED:
        found.append(f"与上期相似{percent(alike)}")
    if not FIGURE.search(progress):
        found.append("通篇没有数字")
    return tuple(found)


def _not_past(at: datetime) -> ColumnElement[bool]:
    """Current, or still to come: no later period of the plan and cadence has its window (集中填报期) open."""
    later = aliased(Period)
    return ~exists().where(later.plan_id == Period.plan_id, later.cadence == Period.cadence,
                           later.starts_on > Period.starts_on, later.window_opens_at <= at)
