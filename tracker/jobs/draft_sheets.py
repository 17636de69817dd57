"""Draft the period's sheets (生成督查表草稿) the morning after a due day, as of that morning also when run late."""
from __future__ import annotations

from datetime import datetime, time, timedelta
from pathlib import Path

import structlog
from sqlalchemy import exists, select
from sqlalchemy.orm import Session, joinedload

from tracker.domain.periods import parse_period
from tracker.domain.words import SheetKind
from tracker.domain.workdays import shanghai_date, shanghai_moment
from tracker.models import ExportFile, Period
from tracker.services.deed import OpenDeed
from tracker.services.exports import Written, enter_export, write_export
from tracker.services.job_runs import Effect, Outcome
from tracker.services.periods import policy_of

AT = time(6)

log = structlog.get_logger()


def moments(session: Session, until: datetime) -> list[datetime]:
    """06:00 on the calendar day after each due day of lead and co-units."""
    mornings = {morning for period in _of_the_leads(session) for morning in _mornings(period)}
    return sorted(moment for moment in mornings if moment <= until)


def draft_sheets(session: Session, at: datetime, export_dir: Path) -> Effect:
    """Write each sheet's file; the effect enters their rows. A sheet that cannot be made stops no other."""
    written: list[Written] = []
    problems: list[str] = []
    for period in _of_the_leads(session):
        if at not in _mornings(period):
            continue
        plan_key, period_key = period.plan.key, period.key
        for kind in SheetKind:
            if _is_made(session, period, kind, at):
                continue
            try:
                written.append(write_export(session, plan_key=plan_key, kind=kind, period_key=period_key, as_of=at,
                                            export_dir=export_dir))
            except Exception as error:      # whatever is wrong with one sheet, the others are made
                log.exception("sheet_failed", kind=kind, period=period_key)
                problems.append(f"{kind.label}（{period_key}）没有出成：{type(error).__name__}：{error}"[:500])

    def enter(d: OpenDeed) -> Outcome:
        for sheet in written:
            enter_export(d, sheet, export_dir)
        names = [f"{parse_period(sheet.period_key).label}{sheet.kind.label}" for sheet in written]
        return Outcome(len(written), f"生成草稿：{'、'.join(names) or '没有'}", "；".join(problems))

    return enter


def _of_the_leads(session: Session) -> list[Period]:
    """The periods in which leads report: a half year's 综合报告 are due on one of their days."""
    periods = session.scalars(select(Period).order_by(Period.id).options(joinedload(Period.plan)))
    return [period for period in periods if period.cadence is policy_of(period.plan).lead]


def _mornings(period: Period) -> set[datetime]:
    return {shanghai_moment(shanghai_date(due) + timedelta(days=1), AT)
            for due in (period.co_due_at, period.lead_due_at)}


def _is_made(session: Session, period: Period, kind: SheetKind, at: datetime) -> bool:
    made = exists().where(ExportFile.plan_id == period.plan_id, ExportFile.period_id == period.id,
                          ExportFile.kind == kind, ExportFile.as_of == at)
    return bool(session.scalar(select(made)))
