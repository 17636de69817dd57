"""The rows of 逾期清单: what is owed and late across the period and all before it, as of a moment. Source: SHEETS 5."""
from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from tracker.domain.lateness import delivery_of, is_late, working_days_late
from tracker.domain.periods import parse_period
from tracker.domain.rows import OverdueRow, SheetFacts
from tracker.domain.words import Delivery, Role, State
from tracker.domain.workdays import ONE_DAY, add_working_days, china_calendar, shanghai_date, shanghai_moment
from tracker.models import Plan
from tracker.services.history import History, PastObligation, load_history
from tracker.services.ledger import period_of, sheet_facts

LEADS, OTHERS, OFFICE, LATE = "牵头件逾期未报", "配合件逾期未报和退回未重报", "督查室审核超时", "本期迟报（已补报）"
ORDER = (LEADS, OTHERS, OFFICE, LATE)
OFFICE_WORKING_DAYS = 5         # the office's own reviews
COMPOSITE = "综合报告"


def overdue(session: Session, plan: Plan, period_key: str, as_of: datetime, *, office: str = "", base_url: str = "",
            draft: bool = True) -> tuple[SheetFacts, tuple[OverdueRow, ...]]:
    """逾期清单 of a period as it would have been at a moment; bands in their order, the longest first."""
    history = load_history(session, plan, as_of)
    facts = sheet_facts(session, history, period_key, as_of, office=office, base_url=base_url, draft=draft)
    return facts, overdue_rows(history, period_key, as_of, office)


def overdue_rows(history: History, period_key: str, as_of: datetime, office: str) -> tuple[OverdueRow, ...]:
    """The rows alone."""
    last_day = period_of(history, period_key, as_of).ends_on
    titles = {task.id: (task.number, text.title, task.position) for task, _, text in history.tasks_at(as_of)}
    found = [
        (ORDER.index(row.band), -row.late_days, row.due_at, titles[one.task_id][2] if one.task_id else 0, one.id, row)
        for one in history.obligations_at(as_of) if one.period.ends_on <= last_day
        for row in _rows_of(history, one, last_day, as_of, office, titles)]
    return tuple(row for *_, row in sorted(found, key=lambda entry: entry[:-1]))


def _rows_of(history: History, one: PastObligation, last_day: date, as_of: datetime, office: str,
             titles: dict[int, tuple[str, str, int]]) -> Iterator[OverdueRow]:
    calendar = china_calendar()
    delivery, days = delivery_of(one.facts, as_of, calendar)
    number, title, _ = titles[one.task_id] if one.task_id else ("", COMPOSITE, 0)

    def row(band: str, due_at: datetime, state: str, late_days: int, unit: str = "") -> OverdueRow:
        what = parse_period(one.period.key).label + ("进展报告" if number else COMPOSITE)
        return OverdueRow(band=band, unit=unit or history.name_at(one.unit_id, as_of), role=one.role,
                          task_number=number, title=title, owed=what, due_at=due_at, state=state, late_days=late_days)

    if delivery is Delivery.overdue:
        yield row(LEADS if one.role is Role.lead else OTHERS, one.due_at, "逾期未报", days)
    elif delivery is Delivery.returned and one.resubmit_due_at and is_late(one.resubmit_due_at, as_of):
        yield row(OTHERS, one.resubmit_due_at, "退回未重报", days)
    elif delivery is Delivery.late and one.period.ends_on == last_day:
        yield row(LATE, one.due_at, "迟报，已补报", days)
    if one.state in (State.submitted, State.signed) and one.handed_in_at:
        due_at = _to_review_by(one.handed_in_at)
        if is_late(due_at, as_of):
            late = working_days_late(due_at, as_of, calendar.is_working_day)
            yield row(OFFICE, due_at, "待审核", late, unit=office)


def _to_review_by(handed_in_at: datetime) -> datetime:
    """The end of the 5th working day after the hand-in."""
    last_day = add_working_days(shanghai_date(handed_in_at), OFFICE_WORKING_DAYS, china_calendar())
    return shanghai_moment(last_day + ONE_DAY) - timedelta(microseconds=1)
