"""督办台账: one block a task, one sub-row a unit; A3 across, for leaders, signed. Source: SHEETS section 4."""
from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import groupby

from tracker.domain.lateness import ObligationFacts, figures
from tracker.domain.rows import SheetFacts, TaskRow
from tracker.domain.show import date_cn, full_width, percent
from tracker.domain.words import Colour, SheetKind
from tracker.sheets import ledger_cells as cells
from tracker.sheets.notes import LAMPS
from tracker.sheets.pages import A3
from tracker.sheets.spec import Band, Column, FlatColumn, Line, Sheet, moment_word


def _lamps(tasks: Sequence[TaskRow]) -> Counter[Colour]:
    return Counter(task.lamp.colour for task in tasks)


def _bands(tasks: Sequence[TaskRow]) -> list[Band]:
    found = []
    for section, members in groupby(tasks, key=lambda task: task.section):
        blocks = tuple(members)
        lamps = _lamps(blocks)
        shown = "、".join(f"{colour.label}{lamps[colour]}" for colour in Colour if lamps[colour])
        found.append(Band(f"{full_width(section)}　　{len(blocks)}项：{shown}", blocks))
    return found


def _counts(facts: SheetFacts, lines: Sequence[Line]) -> str:
    lamps = _lamps(list({line.n: line.block for line in lines}.values()))
    duties = [line.part for line in lines if line.part and line.part.owed]
    owed = figures([ObligationFacts(duty.state, duty.due_at, duty.delivered_at) for duty in duties], facts.as_of)
    shown = "　".join(f"{colour.label}{lamps[colour]}" for colour in Colour)
    return f"任务{lamps.total()}项：{shown}　　应报{owed.due}件，按时{owed.on_time}件"


def _notes(facts: SheetFacts) -> tuple[str, ...]:
    return (
        f"“常态配合”共{len(facts.standing_units)}家单位，任务另有列明的按所列责任报送；名单见“说明”表。",
        f"自评由单位填报，认定由督查室核定；序时进度＝方案印发日（{date_cn(facts.issued_on)}）至数据截至日天数÷方案总天数；"
        "红字为较上期新增内容，或逾期、退回、欠序时。",
        "进度灯：蓝灯已办结；灰灯暂缓、取消、待补录或者未到期；红灯任务、节点逾期，连续两期欠序时或者牵头单位连续两期未报；"
        "黄灯节点临期、欠序时或者进展不明；其余绿灯。",
    )


LEDGER = Sheet(
    kind=SheetKind.ledger,
    flat_name="台账数据",
    paper=A3,
    title=lambda facts: f"《{full_width(facts.plan_title)}》督办台账",
    bands=_bands,
    parts=lambda task: task.duties,
    counts=_counts,
    right=lambda facts: f"序时进度{percent(facts.elapsed)}　数据截至{moment_word(facts.as_of)}　单位：项、件",
    notes=_notes,
    signatures=("制表人：", "督查室负责人审核：", "分管领导审签：", "年　　月　　日"),
    where_whole=lambda line: f"任务{line.block.number}",
    empty="本方案还没有任务",
    frozen_at="title",
    frozen_flat_at="unit",
    explained=lambda facts: (
        *LAMPS, ("常态配合单位", f"{'、'.join(facts.standing_units) or '没有常态配合单位'}。"),
        ("本期办理情况", "单位提交的原文；较上期新增的句子为红字，并列在明细的“较上期变化”一栏。")),
    columns=(
        Column("task_no", "序号", 2.2, cells.number, "center"),
        Column("title", "任务名称", 6, lambda line: full_width(line.block.title), "strong", "任务要求"),
        Column("body", "任务内容（文件原文）", 14, cells.body, group="任务要求", whole=True),
        Column("due", "完成时限", 5, cells.due, "center", "任务要求"),
        Column("role", "责任", 2.2, cells.role, "center", "责任分工", per_part=True),
        Column("unit", "责任单位", 7, cells.unit, group="责任分工", per_part=True),
        Column("standing", "常态\n配合", 3.5, lambda line: line.block.standing_word, "center", "责任分工"),
        Column("progress", "进展情况", 20, cells.progress, group="本期办理情况", per_part=True),
        Column("delivery", "报送情况", 4, cells.delivery, "center", "本期办理情况", per_part=True),
        Column("self_rating", "自评\n（比例）", 3.8, cells.rating, "center", "本期办理情况", per_part=True),
        Column("problems", "存在问题", 8, cells.problems, group="问题与打算（牵头单位）"),
        Column("next_steps", "下一步计划", 9, cells.next_steps, group="问题与打算（牵头单位）"),
        Column("judged", "认定", 3.2, cells.judged, "center", "督查评价"),
        Column("lamp", "进度灯", 3, cells.lamp, "center", "督查评价"),
        Column("lamp_reason", "亮灯原因", 6.4, cells.lamp_reason, group="督查评价"),
        Column("instruction", "领导批示", 5, lambda line: line.block.instruction, to_write_in=True),
    ),
    flat=(
        FlatColumn("task_no", "任务序号", 8, lambda line: line.block.number),
        FlatColumn("section", "所属部分", 12, lambda line: full_width(line.block.section)),
        FlatColumn("title", "任务名称", 20, lambda line: full_width(line.block.title)),
        FlatColumn("body", "任务内容", 24, cells.body),
        FlatColumn("due", "完成时限", 12, lambda line: line.block.due_on, "flat_date"),
        FlatColumn("role", "责任", 6, lambda line: cells.of_duty(line, "role")),
        FlatColumn("unit", "责任单位", 20, lambda line: cells.of_duty(line, "unit") or cells.NOT_FILLED),
        FlatColumn("unit_kind", "单位类别", 12, lambda line: cells.of_duty(line, "unit_kind")),
        FlatColumn("standing", "常态配合单位数", 8, lambda line: len(line.block.standing), "flat_num"),
        FlatColumn("standing_units", "常态配合单位", 20, lambda line: "、".join(line.block.standing)),
        FlatColumn("period", "报告期", 16, lambda line: line.facts.period_label),
        FlatColumn("due_at", "应报时限", 17, lambda line: cells.moment(line, "due_at"), "flat_moment"),
        FlatColumn("delivered_at", "报送时间", 17, lambda line: cells.moment(line, "delivered_at"), "flat_moment"),
        FlatColumn("delivery", "报送情况", 11, cells.delivery),
        FlatColumn("late_days", "逾期工作日", 8, cells.late_days, "flat_num"),
        FlatColumn("progress", "进展情况", 40, lambda line: cells.of_report(line, "progress")),
        FlatColumn("changed", "较上期变化", 24, cells.changed),
        FlatColumn("self_rating", "自评", 8, lambda line: cells.of_report(line, "self_rating")),
        FlatColumn("percent", "完成比例", 8, cells.percent, "flat_pct"),
        FlatColumn("problems", "存在问题", 24, lambda line: cells.of_report(line, "problems")),
        FlatColumn("matters", "需协调事项", 20, lambda line: cells.of_report(line, "matters")),
        FlatColumn("next_steps", "下一步计划", 24, lambda line: cells.of_report(line, "next_steps")),
        FlatColumn("judged", "认定", 8, cells.judged),
        FlatColumn("lamp", "灯", 7, lambda line: line.block.lamp.colour.label),
        FlatColumn("lamp_state", "状态", 8, lambda line: line.block.lamp.word),
        FlatColumn("lamp_reason", "亮灯原因", 24, lambda line: line.block.lamp.reason),
        FlatColumn("basis", "依据", 8, cells.basis),
        FlatColumn("evidence_n", "佐证数", 7, lambda line: cells.of_duty(line, "evidence_count"), "flat_num"),
        FlatColumn("evidence_url", "佐证链接", 20, cells.evidence_link),
        FlatColumn("task_url", "任务链接", 20, cells.link),
    ),
)
