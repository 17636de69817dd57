"""The rows of the sheets (台账行), as of a moment: the same for the workbook, the page and the API."""
from __future__ import annotations

from datetime import date, datetime

from sqlalchemy.orm import Session

from tracker.domain.lamp import TaskFacts, task_lamp
from tracker.domain.lateness import delivery_of
from tracker.domain.periods import parse_period, previous_period
from tracker.domain.rows import DutyRow, Lamp, SheetFacts, TaskRow
from tracker.domain.show import moment_cn
from tracker.domain.words import Role
from tracker.domain.workdays import china_calendar, shanghai_date
from tracker.errors import Refused
from tracker.models import Period, Plan, Responsibility, Section, Setting, Task, TaskText
from tracker.services.history import History, PastObligation, load_history

SET_APART = "已单列"
NOT_OPEN = "报告期{key}在{as_of}还没有开启，出不了表。没有生成文件。"


def ledger(session: Session, plan: Plan, period_key: str, as_of: datetime, *, office: str = "", base_url: str = "",
           draft: bool = True) -> tuple[SheetFacts, tuple[TaskRow, ...]]:
    """督办台账 of a period as it would have been at a moment. Refused where the period had not opened yet."""
    history = load_history(session, plan, as_of)
    facts = sheet_facts(session, history, period_key, as_of, office=office, base_url=base_url, draft=draft)
    return facts, task_rows(history, period_key, as_of)


def sheet_facts(session: Session, history: History, period_key: str, as_of: datetime, *, office: str, base_url: str,
                draft: bool) -> SheetFacts:
    """What stands around the rows."""
    plan, period = history.plan, period_of(history, period_key, as_of)
    demo = session.get(Setting, "demo")
    whole = (plan.valid_until - plan.issued_on).days
    gone = (shanghai_date(as_of) - plan.issued_on).days
    return SheetFacts(
        plan_key=plan.key, plan_title=plan.title, plan_short_name=plan.short_name, plan_header_name=plan.header_name,
        doc_number=plan.doc_number, issued_on=plan.issued_on, valid_until=plan.valid_until, office=office,
        period_key=period.key, period_label=parse_period(period.key).label, as_of=as_of,
        elapsed=min(max(gone / whole, 0.0), 1.0), draft=draft, demo=bool(demo and demo.value), base_url=base_url,
        standing_units=tuple(history.name_at(one.unit_id, as_of) for one in history.standing_at(as_of)),
        rules=_rules(period, as_of))


def period_of(history: History, key: str, as_of: datetime) -> Period:
    """The period with the key, if it had opened by then."""
    found = next((period for period in history.periods if period.key == key and period.opened_at <= as_of), None)
    if found is None:
        raise Refused(NOT_OPEN.format(key=key, as_of=moment_cn(as_of, as_of)))
    return found


def task_rows(history: History, period_key: str, as_of: datetime) -> tuple[TaskRow, ...]:
    """The tasks in plan order, each with the parts of its units in the period."""
    owed = history.obligations_at(as_of)
    before, ends_on = previous_period(parse_period(period_key)).key, parse_period(period_key).ends_on
    lamps = task_lamps_at(history, as_of, owed)
    here = {(one.task_id, one.unit_id): one for one in owed if one.period.key == period_key}
    earlier = {(one.task_id, one.unit_id): one for one in owed if one.period.key == before}
    standing = [one.unit_id for one in history.standing_at(as_of)]
    rows = []
    for task, section, text in history.tasks_at(as_of):
        duties = _duties(history, task, as_of, here, ends_on)
        parts = [here.get((task.id, duty.unit_id)) for duty in duties]
        lead = next((part for part in parts if part and part.role is Role.lead), None)  # whom the lamp speaks of too
        rows.append(_task_row(history, task, section, text, lamps[task.id], lead, standing, as_of, tuple(
            _duty_row(history, duty, here.get((task.id, duty.unit_id)), earlier.get((task.id, duty.unit_id)), as_of,
                      ends_on) for duty in duties)))
    return tuple(rows)


def task_lamps_at(history: History, at: datetime, owed: list[PastObligation] | None = None) -> dict[int, Lamp]:
    """进度灯 of every task as it was at a moment, by the pure rule."""
    calendar = china_calendar()
    leads: dict[int, list[PastObligation]] = {}
    for one in history.obligations_at(at) if owed is None else owed:
        if one.role is Role.lead and one.task_id is not None:
            leads.setdefault(one.task_id, []).append(one)
    return {
        task.id: task_lamp(TaskFacts(
            history.task_state_at(task, at), text.source_complete,
            (history.due_dates_at(task, at) or [task.due_on])[-1],
            tuple(one.lead_report for one in leads.get(task.id, ())), history.milestones_at(task.id, at)), at, calendar)
        for task, _, text in history.tasks_at(at)}


def _duties(history: History, task: Task, as_of: datetime,
            here: dict[tuple[int | None, int], PastObligation], ends_on: date) -> list[Responsibility]:
    """Who was responsible in the period and is now, and who owed in it and is so no more, in the role of then."""
    in_force = [duty for duty in history.duties_at(task.id, as_of) if duty.since_on <= ends_on]
    known = {duty.unit_id for duty in in_force}
    ended: dict[int, Responsibility] = {}
    for duty in sorted(history.duties.get(task.id, ()), key=lambda duty: (duty.since_on, duty.id)):
        owed = here.get((task.id, duty.unit_id))
        if duty.unit_id not in known and owed is not None and (duty.role is owed.role or duty.unit_id not in ended):
            ended[duty.unit_id] = duty
    return sorted([*in_force, *ended.values()], key=lambda duty: duty.position)


def _task_row(history: History, task: Task, section: Section, text: TaskText, lamp: Lamp, lead: PastObligation | None,
              standing: list[int], as_of: datetime, duties: tuple[DutyRow, ...]) -> TaskRow:
    dues = history.due_dates_at(task, as_of) or [task.due_on]
    listed = {duty.unit_id for duty in history.duties_at(task.id, as_of)}
    apart = [unit_id for unit_id in standing if unit_id not in listed]
    return TaskRow(
        number=task.number, title=text.title, body=text.body, source_complete=text.source_complete,
        section=f"{section.number}{section.title}", part=section.part, due_on=dues[-1], earlier_due_on=tuple(dues[:-1]),
        standing=tuple(history.name_at(unit_id, as_of) for unit_id in apart),
        standing_word=_standing_word([history.name_at(unit_id, as_of) for unit_id in standing if unit_id in listed],
                                     len(apart), len(standing)),
        as_written=text.as_written, judged=lead.judged if lead else None, lamp=lamp, duties=duties)


def _standing_word(listed: list[str], apart: int, all_of_them: int) -> str:
    """7家 / 6家（除格尔木市） / 已单列 where the task lists them all itself."""
    if not all_of_them:
        return "—"
    if not apart:
        return SET_APART
    return f"{apart}家" + (f"（除{'、'.join(name.removesuffix('人民政府') for name in listed)}）" if listed else "")


def _duty_row(history: History, duty: Responsibility, owed: PastObligation | None, before: PastObligation | None,
              as_of: datetime, ends_on: date) -> DutyRow:
    unit = history.units[duty.unit_id]
    released = (duty.ended_at is not None and duty.ended_at <= as_of
                and duty.until_on is not None and duty.until_on <= min(ends_on, shanghai_date(as_of)))
    row = DutyRow(role=duty.role, unit=history.name_at(unit.id, as_of, ends_on), unit_kind=unit.kind, released=released,
                  previous=before.text if before else None)
    if owed is None:
        return row
    delivery, days = delivery_of(owed.facts, as_of, china_calendar())
    return DutyRow(
        role=row.role, unit=row.unit, unit_kind=row.unit_kind, released=released, previous=row.previous, owed=True,
        state=owed.state, due_at=owed.due_at, delivered_at=owed.delivered_at, delivery=delivery, late_days=days,
        report=owed.text, return_reason=owed.return_reason, evidence_count=owed.evidence_count,
        entered=owed.entered)


def _rules(period: Period, as_of: datetime) -> tuple[str, ...]:
    provisional = "；放假安排尚未公布，日期暂定" if period.provisional else ""
    return (
        f"应报时限：牵头件{moment_cn(period.lead_due_at, as_of)}，配合件{moment_cn(period.co_due_at, as_of)}"
        f"（{period.working}）{provisional}。",
        "谁要报：牵头单位每期一份，配合单位每期各报本单位的部分，常态配合单位每半年一份综合报告。",
        "按时：报送时间不晚于当时的应报时限；退回重报另计时，不影响已按时的认定。",
    )
