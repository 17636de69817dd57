"""What stands in each cell of 督办台账, print and flat. Source: SHEETS section 4, "content"."""
from __future__ import annotations

from tracker.domain.lateness import delivery_word
from tracker.domain.rows import DutyRow, Lamp, TaskRow
from tracker.domain.show import date_cn, full_width
from tracker.domain.similarity import new_clauses
from tracker.domain.words import Delivery, Ground, Rating, Role
from tracker.sheets.spec import ALERT, CHANGED, STRONG, Cell, Line, Value, local, task_url

NOT_FILLED = "待补录"


def due(line: Line) -> Value:
    task: TaskRow = line.block
    if task.due_on is None:
        return None
    earlier = "".join(f"\n（原{date_cn(day)}）" for day in task.earlier_due_on)
    return date_cn(task.due_on).replace("年", "年\n") + earlier


def body(line: Line) -> str:
    task: TaskRow = line.block
    return full_width(task.body) + ("" if task.source_complete else "……（来源文件自此截断，待补录）")


def role(line: Line) -> Cell:
    duty: DutyRow | None = line.part
    known = duty.role if duty else None
    return Cell(known.label if known else None, STRONG if known is Role.lead else "")


def unit(line: Line) -> Cell:
    duty: DutyRow | None = line.part
    if duty is None or duty.unit is None:
        return Cell(NOT_FILLED)
    return Cell(duty.unit + ("（已办结）" if duty.released else ""), STRONG if duty.role is Role.lead else "")


def of_duty(line: Line, name: str) -> Value:
    """A field of the unit's part, None where the task has no units; words by their label."""
    value = getattr(line.part, name, None)
    return getattr(value, "label", value)


def of_report(line: Line, name: str) -> Value:
    report = line.part.report if line.part else None
    value = getattr(report, name, None)
    return getattr(value, "label", value)


def of_lead(line: Line, name: str) -> str:
    lead = line.block.lead
    return str(getattr(lead.report, name)) if lead and lead.report else ""


def progress(line: Line) -> Cell | Value:
    """As submitted, new clauses red; before it why it was returned; in its place that nothing was handed in."""
    duty: DutyRow | None = line.part
    if duty is None:
        return None
    text = duty.report.progress if duty.report else ""
    if not text and duty.delivery is Delivery.overdue:
        return Cell("本期未报送", ALERT)
    runs = [(f"退回：{duty.return_reason}\n", ALERT)] if duty.delivery is Delivery.returned else []
    if text:
        previous = duty.previous.progress if duty.previous else ""
        runs += [(part, CHANGED if is_new else "") for part, is_new in new_clauses(previous, text)]
    whole = "".join(part for part, _ in runs)
    return Cell(whole, runs=tuple(runs) if any(tone for _, tone in runs) else ())


def changed(line: Line) -> Value:
    duty: DutyRow | None = line.part
    if duty is None or duty.report is None or duty.previous is None:
        return None
    new = [part for part, is_new in new_clauses(duty.previous.progress, duty.report.progress) if is_new]
    return "".join(new) or "无变化"


def delivery(line: Line) -> Cell | Value:
    duty: DutyRow | None = line.part
    if duty is None or duty.delivery is None:
        return None
    alert = duty.delivery in (Delivery.overdue, Delivery.returned)
    word = delivery_word(duty.delivery, duty.late_days) + ("（代填）" if duty.entered else "")
    return Cell(word, ALERT if alert else "")


def rating(line: Line) -> Cell | Value:
    report = line.part.report if line.part else None
    if report is None or report.self_rating is None:
        return None
    percent = "" if report.percent is None else f"\n({report.percent}%)"
    return Cell(report.self_rating.label + percent, ALERT if report.self_rating is Rating.behind else "")


def judged(line: Line) -> Cell | Value:
    judged: Rating | None = line.block.judged
    return Cell(judged.label, ALERT if judged is Rating.behind else "") if judged else None


def problems(line: Line) -> str:
    matters = of_lead(line, "matters")
    return "\n".join(filter(None, (of_lead(line, "problems"), matters and f"需协调：{matters}")))


def next_steps(line: Line) -> str:
    return of_lead(line, "next_steps")


def lamp(line: Line) -> Cell:
    lamp = line.block.lamp
    return Cell(f"{lamp.colour.label}\n{lamp.word}", lamp=lamp.colour)


def lamp_reason(line: Line) -> str:
    lamp: Lamp = line.block.lamp
    return lamp.reason + ("" if lamp.ground is Ground.none else f"（{lamp.ground.label}）")


def basis(line: Line) -> Value:
    ground = line.block.lamp.ground
    return None if ground is Ground.none else ground.label


def percent(line: Line) -> Value:
    """As a share (0.45), which the cell shows as 45%."""
    report = line.part.report if line.part else None
    return None if report is None or report.percent is None else report.percent / 100


def late_days(line: Line) -> Value:
    duty: DutyRow | None = line.part
    return duty.late_days if duty and duty.delivery in (Delivery.late, Delivery.overdue) else None


def moment(line: Line, name: str) -> Value:
    moment = getattr(line.part, name, None)
    return local(moment) if moment else None


def number(line: Line) -> Cell:
    return Cell(line.block.number, link=task_url(line.facts, line.block.number))


def link(line: Line) -> Cell:
    url = task_url(line.facts, line.block.number)
    return Cell(url, link=url)


def evidence_link(line: Line) -> Value:
    """Evidence is shown on the task's page."""
    return task_url(line.facts, line.block.number) if of_duty(line, "evidence_count") else None
