"""What the supervision office faces besides its queue (督查室的一天): who is silent past due, what lacks words."""
from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tracker.domain.actors import Actor
from tracker.domain.periods import parse_period
from tracker.domain.words import Role, State
from tracker.domain.workdays import china_calendar, shanghai_date, working_days_between
from tracker.models import Obligation, Period, Purge, Task, Unit
from tracker.services.access import visible_obligations
from tracker.services.closing import closings_waiting
from tracker.services.extension_list import waiting_extensions
from tracker.services.handover import units_without_clerk, units_without_head_waiting
from tracker.services.own_milestones import waiting_year_plans
from tracker.services.report_page import COMPOSITE

SHOWN = 50                      # rows of the list; the count says how many there are
UNDELIVERED = (State.pending, State.draft, State.submitted)     # submitted: it may wait for the head


@dataclass(frozen=True)
class SilentRow:
    """One obligation past due with nothing delivered (逾期未报)."""

    obligation_id: int
    unit: str
    role: Role
    task_number: str            # "" for a 综合报告
    title: str
    period_label: str
    due_at: datetime
    late_days: int              # working days
    to_sign: bool               # 待审签: written, the head has not signed


@dataclass(frozen=True)
class OfficeDay:
    """`silent` shows the longest first, at most 50 of `silent_count`; `incomplete` are the tasks 待补录.

    `without_clerk`, `without_head`: units where nobody is left to report, or to sign what waits there.
    """

    silent: tuple[SilentRow, ...]
    silent_count: int
    silent_units: int
    incomplete: tuple[tuple[str, str], ...]      # number, title
    without_clerk: tuple[str, ...] = ()
    without_head: tuple[str, ...] = ()
    purges: int = 0                              # 涉密误传 that waits for a second person
    extensions: int = 0                          # 延期申请 that wait
    year_plans: int = 0                          # 年度计划 that wait
    closings: tuple[tuple[str, str, str], ...] = ()     # 办结申请 that wait: number, title, the co-unit or ""


def office_day(session: Session, actor: Actor, at: datetime) -> OfficeDay:
    """The office's view at a moment: eight queries whatever the size. Silent is who delivered nothing."""
    overdue = visible_obligations(actor).where(
        Obligation.state.in_(UNDELIVERED), Obligation.delivered_at.is_(None), Obligation.due_at < at)
    found = overdue.with_only_columns(Obligation.id, Obligation.unit_id).subquery()
    count, units = session.execute(
        select(func.count(), func.count(func.distinct(found.c.unit_id))).select_from(found)).one()
    records = session.execute(
        overdue.join(Period, Period.id == Obligation.period_id).join(Unit, Unit.id == Obligation.unit_id)
        .outerjoin(Task, Task.id == Obligation.task_id)
        .add_columns(Unit.name, Task.number, Task.title, Period.key)
        .order_by(Obligation.due_at, Task.position, Obligation.id).limit(SHOWN)).all()
    calendar, today = china_calendar(), shanghai_date(at)
    silent = tuple(
        SilentRow(owed.id, unit, owed.role, number or "", title or COMPOSITE, parse_period(key).label, owed.due_at,
                  working_days_between(shanghai_date(owed.due_at), today, calendar), owed.to_sign)
        for owed, unit, number, title, key in records)
    incomplete = session.execute(select(Task.number, Task.title).where(Task.source_complete.is_(False))
                                 .order_by(Task.plan_id, Task.position)).all()
    return OfficeDay(
        silent, count, units, tuple((number, title) for number, title in incomplete),
        without_clerk=units_without_clerk(session), without_head=units_without_head_waiting(session),
        purges=session.scalar(select(func.count()).select_from(Purge).where(Purge.done.is_(None))) or 0,
        extensions=waiting_extensions(session), year_plans=waiting_year_plans(session),
        closings=closings_waiting(session))
