"""逾期清单: what is owed and late, for chasing; A4 across. Source: SHEETS section 5."""
from __future__ import annotations

from collections.abc import Sequence

from tracker.domain.rows import OverdueRow, SheetFacts
from tracker.domain.show import full_width
from tracker.domain.words import Role, SheetKind
from tracker.sheets.pages import A4
from tracker.sheets.spec import (
    ALERT,
    Band,
    Cell,
    Column,
    FlatColumn,
    Line,
    Sheet,
    flat_of,
    local,
    moment_word,
    task_url,
)

BANDS = ("牵头件逾期未报", "配合件逾期未报和退回未重报", "节点和任务逾期", "督查室审核超时", "本期迟报（已补报）")


def _bands(rows: Sequence[OverdueRow]) -> list[Band]:
    names = sorted(dict.fromkeys(row.band for row in rows), key=lambda band: BANDS.index(band) if band in BANDS else 9)
    groups = [sorted((row for row in rows if row.band == name), key=lambda row: -row.late_days) for name in names]
    return [Band(f"{ordinal}、{name}（{len(group)}件）", tuple(group))
            for ordinal, name, group in zip("一二三四五六七八九", names, groups, strict=False)]


def _due(line: Line) -> str:
    due, now = local(line.part.due_at), local(line.facts.as_of)
    return (f"{due.year}年" if due.year != now.year else "") + f"{due.month}月{due.day}日\n{due:%H:%M}"


def _alert(line: Line, value: str | int) -> Cell:
    return Cell(value, "" if line.part.state.startswith("迟报") else ALERT)


def _total(lines: Sequence[Line]) -> str:
    days, roles = [line.part.late_days for line in lines], [line.part.role for line in lines]
    return (f"合计{len(lines)}件（牵头件{roles.count(Role.lead)}件、配合件{roles.count(Role.co)}件），"
            f"涉及单位{len({line.part.unit for line in lines})}家；"
            f"最长逾期{max(days)}个工作日，平均{sum(days) / len(days):.1f}个工作日。")


def _counts(facts: SheetFacts, lines: Sequence[Line]) -> str:
    late = sum(line.part.state.startswith("迟报") for line in lines)
    return f"逾期{len(lines) - late}件，迟报{late}件"


PRINT = (
    Column("n", "序号", 2.2, lambda line: line.n, "num"),
    Column("unit", "责任单位", 7, lambda line: line.part.unit),
    Column("role", "责任", 2.2, lambda line: line.part.role and line.part.role.label, "center"),
    Column("task_no", "任务\n序号", 2.2, lambda line: line.part.task_number, "center"),
    Column("title", "任务名称", 8, lambda line: full_width(line.part.title)),
    Column("owed", "应报事项", 5.2, lambda line: line.part.owed),
    Column("due_at", "应报时限", 6.4, _due, "center"),
    Column("state", "状态", 3.2, lambda line: _alert(line, line.part.state), "center"),
    Column("late_days", "逾期\n工作日", 3, lambda line: _alert(line, line.part.late_days), "num"),
    Column("chased", "催办情况", 11, lambda line: line.part.chased),
    Column("excuse", "单位说明原因", 8.5, lambda line: line.part.excuse),
    Column("demand", "督办要求", 8.5, lambda line: line.part.demand),
    Column("signed", "签收", 3.5, lambda line: None, to_write_in=True),
)
FLAT = flat_of(
    PRINT,
    FlatColumn("due_at", "应报时限", 17, lambda line: local(line.part.due_at), "flat_moment"),
    FlatColumn("band", "类别", 24, lambda line: line.part.band),
    FlatColumn("task_url", "任务链接", 20, lambda line: task_url(line.facts, line.part.task_number)),
)
OVERDUE = Sheet(
    kind=SheetKind.overdue, flat_name="逾期数据", paper=A4, columns=PRINT, flat=FLAT,
    bands=_bands, counts=_counts, total=_total, empty="本期无逾期",
    title=lambda facts: f"{facts.plan_header_name or facts.plan_short_name}任务逾期清单",
    right=lambda facts: f"数据截至{moment_word(facts.as_of)}　单位：件、工作日",
    notes=lambda facts: ("逾期工作日按国家法定工作日历（含调休）计算，自应报时限（含批准的延期）次日起，"
                         "至数据截至日；迟报的至报送日。",),
    signatures=("制表人：", "审核人：", "督查室（盖章）　　　　年　　月　　日"),
    where_whole=lambda line: f"任务{line.part.task_number}" if line.part.task_number else "应报事项",
    frozen_at="unit", frozen_flat_at="unit",
)
