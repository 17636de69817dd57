"""What waits for whom (待办): the unit's list, the office's queue. As many queries for 2 rows as for 2,000."""
from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session, aliased

from tracker.domain.actors import Actor
from tracker.domain.lateness import delivery_of, delivery_word
from tracker.domain.periods import parse_period
from tracker.domain.show import percent
from tracker.domain.similarity import REPEATED, similarity
from tracker.domain.words import Delivery, Rating, Role
from tracker.domain.workdays import china_calendar, shanghai_date, working_days_between
from tracker.models import Obligation, Period, Plan, ReportVersion, Task, Unit
from tracker.services.access import visible_obligations
from tracker.services.report_page import COMPOSITE, ReportPage, facts_of, report_page
from tracker.services.unit_work import WAITING, OwedRow, PeriodDates, UnitWork, owed_by_unit
from tracker.services.versions import last_version_id, previous_version_id, return_reason

__all__ = ["OwedRow", "PeriodDates", "ReportPage", "ReviewRow", "UnitWork", "owed_by_unit", "report_page",
           "review_queue"]

FIGURE = re.compile(r"[0-9０-９一二三四五六七八九十百千万亿两半]")


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
