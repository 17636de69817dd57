"""督办台账: what each cell says, and that its figures are those of its rows."""
from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from datetime import date

import pytest
from openpyxl.cell.rich_text import CellRichText

from tests.sheets import rows
from tracker.domain.rows import Lamp, ReportText
from tracker.domain.words import Colour, Delivery, Ground, Rating, SheetKind, State
from tracker.sheets import writer
from tracker.sheets.ledger import LEDGER
from tracker.sheets.styles import LAMPS

PRINT = {column.key: at for at, column in enumerate(LEDGER.columns, 1)}
FLAT = {column.key: at for at, column in enumerate(LEDGER.flat, 1)}


def printed(book, key, row=7):
    """A printed cell; row 7 is the first block's first row, below title, period, counts, two heads and a band."""
    return book.printed.cell(row, PRINT[key])


def flat(book, key, row=2):
    return book.flat.cell(row, FLAT[key]).value


def column(book, key):
    return [row[FLAT[key] - 1] for row in book.flat.iter_rows(min_row=2, values_only=True)]


def test_the_ledger_of_the_plan_has_88_lines_in_the_plans_order(ledger):
    numbers = column(ledger, "task_no")
    assert len(numbers) == 88
    assert list(dict.fromkeys(numbers)) == [str(number) for number in range(1, 20)]
    assert column(ledger, "unit")[:3] == ["州科技局", "柴达木循环经济试验区管委会", "格尔木市人民政府"]


def test_row_3_counts_what_the_flat_sheet_lists(ledger):
    lamps = Counter(dict(zip(column(ledger, "task_no"), column(ledger, "lamp"), strict=True)).values())
    owed = [word for word in column(ledger, "delivery") if word and word != "免报"]
    on_time = sum(bool(delivered) and delivered <= due for delivered, due in
                  zip(column(ledger, "delivered_at"), column(ledger, "due_at"), strict=True))
    middle = next(cell.value for cell in ledger.printed[3] if cell.value and "任务" in str(cell.value))
    assert [int(figure) for figure in re.findall(r"\d+", middle)] == [
        19, *(lamps[colour.label] for colour in Colour), len(owed), on_time]
    assert middle == "任务19项：红灯1　黄灯1　绿灯15　蓝灯1　灰灯1　　应报87件，按时86件"


def test_bands_count_their_tasks_and_name_lamps_worst_first(ledger):
    bands = [row[0].value for row in ledger.printed.iter_rows() if row[0].style == "dz_band"]
    assert bands == [
        "（一）建立健全科技创新机制，营造良好创新生态　　7项：红灯1、绿灯6",
        "（二）全面提升科技创新能力，加快绿色转型发展　　10项：黄灯1、绿灯8、蓝灯1",
        "（三）持续优化科技服务体系，激发创新平台活力　　2项：绿灯1、灰灯1",
    ]


def test_every_lamp_has_its_fill_and_its_word(ledger):
    shown = [cell for (cell,) in ledger.printed.iter_rows(min_row=7, min_col=PRINT["lamp"], max_col=PRINT["lamp"])
             if cell.value and cell.style.startswith("dz_lamp")]
    assert len(shown) == 19
    for cell in shown:
        colour = next(colour for colour in Colour if str(cell.value).startswith(f"{colour.label}\n"))
        assert cell.style == f"dz_lamp_{colour}"
        assert cell.fill.fgColor.rgb == f"00{LAMPS[colour][0]}"


def test_the_flat_sheet_colours_the_lamps_word(ledger):
    formats = {rule.formula[0]: (str(found.sqref), rule.dxf.fill.bgColor.rgb)
               for found in ledger.flat.conditional_formatting for rule in found.rules}
    assert formats['"红灯"'] == ("X2:X90", "00C62F27")
    assert set(formats) == {f'"{colour.label}"' for colour in Colour}


def test_only_what_is_new_since_last_period_is_red(make):
    book = make(SheetKind.ledger, [rows.tasks()[2]])
    value = printed(book, "progress").value
    assert isinstance(value, CellRichText)
    assert [(str(run), run.font.color.rgb) for run in value] == [
        ("【演示】演示专项资金3000万元已列入年度预算，累计下达1860万元，占62%；", "001A2430"),
        ("完成18个项目绩效目标备案，3个县设立配套专项。", "00C00000")]
    assert flat(book, "changed") == "完成18个项目绩效目标备案，3个县设立配套专项。"


def test_nothing_new_is_said_on_the_flat_sheet(make):
    report = ReportText(progress="【演示】与上期相同。")
    book = make(SheetKind.ledger, [rows.with_lead(rows.task(2), report=report, previous=report)])
    assert flat(book, "changed") == "无变化"
    assert printed(book, "progress").value == "【演示】与上期相同。"


def test_what_was_not_handed_in_is_said_in_red_words(make):
    book = make(SheetKind.ledger, [rows.tasks()[6]])
    assert (printed(book, "progress").value, printed(book, "progress").style) == ("本期未报送", "dz_alert")
    assert (printed(book, "delivery").value, printed(book, "delivery").style) == ("逾期6日", "dz_alert_center")
    assert printed(book, "self_rating").value == "—"
    assert (flat(book, "progress"), flat(book, "late_days"), flat(book, "delivered_at")) == (None, 6, None)


def test_a_returned_report_shows_why_and_counts_by_its_first_delivery(make):
    book = make(SheetKind.ledger, [rows.tasks()[8]])
    runs = [(str(run), run.font.color.rgb) for run in printed(book, "progress").value]
    assert runs[0] == ("退回：【演示】数据与上期不一致\n", "00A8231C")
    assert runs[1][1] == "001A2430"
    assert printed(book, "delivery").value == "退回"
    assert "应报4件，按时4件" in "".join(str(cell.value) for cell in book.printed[3])


@pytest.mark.parametrize(("part", "word", "late_days"), [
    ({"delivery": Delivery.late, "late_days": 0}, "迟报，当日", 0),
    ({"delivery": Delivery.late, "late_days": 2}, "迟报2日", 2),
    ({"delivery": Delivery.on_time, "entered": True}, "按时（代填）", None),
    ({"delivery": Delivery.waived, "state": State.waived, "report": None}, "免报", None),
    ({"delivery": Delivery.not_due, "report": None, "delivered_at": None}, "未到期", None),
    ({"delivery": None, "owed": False, "report": None, "due_at": None, "delivered_at": None}, None, None),
])
def test_delivery_in_words(make, part, word, late_days):
    book = make(SheetKind.ledger, [rows.with_lead(rows.task(2), **part)])
    assert printed(book, "delivery").value == (word or "—")
    assert printed(book, "delivery").style == "dz_center"
    assert (flat(book, "delivery"), flat(book, "late_days")) == (word, late_days)


def test_waived_and_unowed_parts_are_not_counted(make):
    tasks = [rows.with_lead(rows.task(2), delivery=Delivery.waived, state=State.waived),
             rows.with_lead(rows.task(3), owed=False, delivery=None, delivered_at=None)]
    book = make(SheetKind.ledger, tasks)
    assert "应报2件，按时2件" in "".join(str(cell.value) for cell in book.printed[3])


def test_a_task_still_to_be_completed_stands_without_units(make):
    book = make(SheetKind.ledger, [rows.task(19)])
    assert printed(book, "body").value == "支持以“孵化器+产业园”的发展模式……（来源文件自此截断，待补录）"
    assert [printed(book, key).value for key in ("role", "unit", "standing", "progress", "delivery", "lamp")] == [
        "—", "待补录", "7家", "—", "—", "灰灯\n待补录"]
    assert [flat(book, key) for key in ("unit", "role", "standing", "evidence_n")] == ["待补录", None, 7, None]


def test_task_parts_are_merged_down_over_the_units(ledger):
    merged = {str(found) for found in ledger.printed.merged_cells.ranges}
    assert {"A7:A15", "B7:B15", "C7:C15", "N7:N15", "P7:P15"} <= merged
    assert not any(found.startswith(("F7:", "H7:")) for found in merged)


def test_rows_are_outlined_under_their_band(ledger):
    assert [ledger.printed.row_dimensions[row].outlineLevel for row in (6, 7, 15)] == [0, 1, 1]


def test_heading_and_title_column_do_not_scroll_away(ledger):
    assert ledger.printed.freeze_panes == "C6"
    assert ledger.flat.freeze_panes == "H2"


def test_due_dates_rating_and_lead_in_print(make):
    task = rows.task(2, due_on=date(2027, 12, 31), earlier_due_on=(date(2026, 12, 31),), judged=Rating.behind,
                     instruction="【演示】请抓紧。")
    report = replace(task.lead.report, self_rating=Rating.behind, percent=5, matters="【演示】请协调。")
    book = make(SheetKind.ledger, [rows.with_lead(task, report=report, released=True)])
    assert printed(book, "due").value == "2027年\n12月31日\n（原2026年12月31日）"
    assert printed(book, "self_rating").value == "欠序时\n(5%)"
    assert printed(book, "self_rating").style == "dz_alert_center"
    assert printed(book, "judged").style == "dz_alert_center"
    assert (printed(book, "unit").value, printed(book, "unit").style) == ("州科技局（已办结）", "dz_strong")
    assert printed(book, "unit", 8).style == "dz_text"
    assert printed(book, "problems").value == "【演示】部分配套资金未落实。\n需协调：【演示】请协调。"
    assert printed(book, "lamp_reason").value == "认定达序时（有佐证）"
    assert printed(book, "instruction").value == "【演示】请抓紧。"


def test_dates_and_numbers_are_real_on_the_flat_sheet(make):
    task = rows.with_lead(rows.task(2), evidence_count=3)
    book = make(SheetKind.ledger, [replace(task, lamp=Lamp(Colour.green, "正常", "认定达序时", Ground.inspected))])
    moments = [flat(book, key).isoformat(" ", "minutes") for key in ("due", "due_at", "delivered_at")]
    assert moments == ["2027-12-31 00:00", "2025-10-14 18:00", "2025-10-13 18:00"]
    assert (flat(book, "percent"), flat(book, "standing"), flat(book, "evidence_n")) == (0.12, 7, 3)
    assert book.flat.cell(2, FLAT["percent"]).number_format == "0%"
    assert book.flat.cell(2, FLAT["due_at"]).number_format == "yyyy-mm-dd hh:mm"
    assert (flat(book, "basis"), flat(book, "lamp_state")) == ("已核查", "正常")
    assert flat(book, "standing_units").split("、")[-1] == "大柴旦行委"


def test_a_plan_without_tasks_makes_a_sheet_that_says_so(make):
    book = make(SheetKind.ledger, [])
    assert book.printed["A6"].value == "本方案还没有任务"
    assert book.flat.max_row == 1


def test_a_sheet_too_long_to_plan_has_no_merged_block_and_no_page_break(make, monkeypatch):
    assert writer.ROWS_LIMIT == 2000
    monkeypatch.setattr(writer, "ROWS_LIMIT", 13)
    book = make(SheetKind.ledger, [rows.task(8), rows.task(9), rows.task(9)])       # 7, 4 and 4 units
    assert [found for found in book.printed.merged_cells.ranges if 6 < found.min_row < 22] == []
    assert not book.printed.row_breaks.brk
    assert [printed(book, "task_no", row).value for row in (7, 13, 14, 21)] == ["8", "8", "9", "9"]
    assert printed(book, "body", 13).value == printed(book, "body", 7).value
    assert all(20 < book.printed.row_dimensions[row].height <= 409 for row in range(7, 22))


def test_up_to_the_limit_blocks_are_merged(make, monkeypatch):
    monkeypatch.setattr(writer, "ROWS_LIMIT", 11)
    book = make(SheetKind.ledger, [rows.task(8), rows.task(9)])
    assert {"A7:A13", "A14:A17"} <= {str(found) for found in book.printed.merged_cells.ranges}
