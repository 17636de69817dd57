"""The 说明 sheet of every workbook: by which rules the figures came about, what 草稿 means, what was replaced."""
from __future__ import annotations

from collections.abc import Sequence

from tracker.domain.rows import SheetFacts
from tracker.domain.show import date_cn, full_width, percent
from tracker.sheets import frame, pages
from tracker.sheets.cells import Pen
from tracker.sheets.heights import height_of, width_of
from tracker.sheets.layout import ready
from tracker.sheets.spec import Sheet, moment_word
from tracker.sheets.styles import BODY_SIZE
from tracker.sheets.text import CELL_LIMIT

NAME = "说明"
_COLUMNS = (("事项", 9, "strong"), ("说明", 60, "text"))      # heading, width in 字, look
_TOLD = 200                                                  # places of replaced characters named one by one

LAMPS = (
    ("进度灯", "五种灯按下列顺序取第一个符合的；灯旁写明原因和依据（自报、有佐证、已核查）。"),
    ("蓝灯", "已办结。"),
    ("灰灯", "暂缓、取消、待补录，或者还没有到期应报的事项。"),
    ("红灯", "任务逾期未办结，节点逾期未完成，连续两期欠序时，或者牵头单位连续两期未报。"),
    ("黄灯", "节点10个工作日内到期，本期欠序时，或者牵头单位最近一次应报未报（进展不明）。"),
    ("绿灯", "其余情况。"),
)


def write_notes(pen: Pen, sheet: Sheet, facts: SheetFacts, check_code: str,
                replaced: Sequence[tuple[str, str]]) -> None:
    """Fill the worksheet; `replaced` are the places where text was replaced, and what was."""
    widths = [width_of(width) for _, width, _ in _COLUMNS]
    pen.widths(widths)
    frame.set_page(pen.sheet, sheet.paper, facts, check_code)
    pen.sheet.page_setup.scale = min(100, pages.scale_for(sheet.paper, widths))
    for at, (heading, _, _) in enumerate(_COLUMNS, 1):
        pen.put(1, at, ready(heading, CELL_LIMIT), "head")
    pen.sheet.row_dimensions[1].height = height_of("项", widths[0], BODY_SIZE)
    for row, texts in enumerate(_entries(sheet, facts, check_code, replaced), 2):
        cells = [ready(text, CELL_LIMIT) for text in texts]
        for at, (cell, (_, _, look)) in enumerate(zip(cells, _COLUMNS, strict=True), 1):
            pen.put(row, at, cell, look)
        pen.sheet.row_dimensions[row].height = max(
            height_of(str(cell.value), width, BODY_SIZE) for cell, width in zip(cells, widths, strict=True))
    pen.sheet.print_title_rows = "1:1"
    pen.sheet.freeze_panes = "A2"


def _entries(sheet: Sheet, facts: SheetFacts, check_code: str,
             replaced: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    entries = [
        ("方案", f"《{full_width(facts.plan_title)}》（{facts.doc_number}），{date_cn(facts.issued_on)}印发，"
                 f"有效期至{date_cn(facts.valid_until)}。"),
        ("数据截至", f"{moment_word(facts.as_of)}。此后的报送、审核不在本表。"),
        ("序时进度", f"{percent(facts.elapsed)}：从印发日到数据截至日的天数，除以方案总天数。"),
        ("两种表", f"“{sheet.name}”供打印、签批；“{sheet.flat_name}”一行一条，供筛选、排序。两表出自同一批数据。"),
        ("核验码", f"{check_code}。由“{sheet.flat_name}”的全部内容算出，与页脚一致；内容有改动，核验码就对不上。"),
    ]
    if facts.draft:
        entries.append(("草稿", "本表由系统按数据截至时的情况生成，还没有印发，不作为通报、考核依据。"))
    if facts.demo:
        entries.append(("演示数据", "本表内容是演示数据，不是各单位的真实填报。"))
    entries += [(f"规则{n}", rule) for n, rule in enumerate(facts.rules, 1)]
    entries += sheet.explained(facts)
    entries += [("字符改动", f"{where}：{what}。") for where, what in replaced[:_TOLD]]
    if len(replaced) > _TOLD:
        entries.append(("字符改动", f"另有{len(replaced) - _TOLD}处，未逐一列出。"))
    return entries
