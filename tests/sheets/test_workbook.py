"""What holds for every workbook, read back from the saved file."""
from __future__ import annotations

import math
import zipfile
from itertools import pairwise
from xml.etree import ElementTree

import pytest
from openpyxl.utils import get_column_letter, range_boundaries

from tests.sheets import rows
from tracker.domain.words import SheetKind
from tracker.sheets.heights import height_of
from tracker.sheets.pages import A3, room_on
from tracker.sheets.styles import FONTS, LOOKS

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
PAPER_MM = {8: (420, 297, 12), 9: (297, 210, 10)}


def area(sheet):
    first_column, first_row, last_column, last_row = range_boundaries(sheet.print_area.split("!")[1].replace("$", ""))
    assert (first_column, first_row) == (1, 1)
    return last_column, last_row


def heading_rows(sheet):
    first, last = sheet.print_title_rows.replace("$", "").split(":")
    return int(first), int(last)


def test_sheets_stand_in_order(book):
    assert book.workbook.sheetnames == [book.spec.name, book.spec.flat_name, "说明"]
    assert all(sheet.sheet_state == "visible" for sheet in book.workbook.worksheets)


def test_printed_headings_are_the_specifications_in_order(book):
    last = heading_rows(book.printed)[1]
    merged_down = {cell.min_col: cell.min_row for cell in book.printed.merged_cells.ranges if cell.max_row == last}
    shown = [book.printed.cell(merged_down.get(at, last), at).value for at in range(1, len(book.spec.columns) + 1)]
    assert shown == [column.heading for column in book.spec.columns]


def test_flat_headings_are_the_specifications_in_order(book):
    assert [cell.value for cell in book.flat[1]] == [column.heading for column in book.spec.flat]


def test_a_print_sheet_has_no_filter_and_a_flat_sheet_no_merged_cell(book):
    assert book.printed.auto_filter.ref is None
    assert book.flat.auto_filter.ref == book.flat.dimensions
    assert not book.flat.merged_cells.ranges
    assert book.flat.freeze_panes.endswith("2")


def test_every_cell_of_a_merged_range_is_bordered(book):
    """Read from the file's own XML: openpyxl invents the borders of merged cells when it loads them."""
    with zipfile.ZipFile(book.made.path) as archive:
        root = ElementTree.fromstring(archive.read("xl/worksheets/sheet1.xml"))
    style_of = {cell.get("r"): int(cell.get("s", 0)) for cell in root.iter(f"{MAIN}c")}
    first, _ = heading_rows(book.printed)
    table = [found for found in book.printed.merged_cells.ranges if found.min_row >= first and is_table(book, found)]
    assert len(table) > 3
    for found in table:
        for row, column in found.cells:
            style = style_of[f"{book.printed.cell(row, column).coordinate}"]
            border = book.workbook._borders[book.workbook._cell_styles[style].borderId]
            sides = [border.left, border.right, border.top, border.bottom]
            assert all(side.style in ("thin", "medium") for side in sides), (found, row, column)


def is_table(book, found):
    return not book.printed.cell(found.min_row, found.min_col).style.startswith(("dz_note", "dz_sign"))


def test_the_table_has_a_medium_line_round_it_on_every_page(book):
    first, _ = heading_rows(book.printed)
    assert book.printed.cell(first, 1).border.top.style == "medium"
    assert book.printed.cell(first, 1).border.left.style == "medium"
    unit = [column.key for column in book.spec.columns].index("unit") + 1
    for brk in book.printed.row_breaks.brk:
        assert book.printed.cell(brk.id, unit).border.bottom.style == "medium"
        assert book.printed.cell(brk.id, unit).border.left.style == "thin"


def test_every_printed_row_is_high_enough(book):
    """Height of each cell's rows against the formula, merged cells over all of theirs."""
    sheet = book.printed
    columns, last = area(sheet)
    span = {(found.min_row, found.min_col): found for found in sheet.merged_cells.ranges}
    for row in range(1, last + 1):
        assert 0 < sheet.row_dimensions[row].height <= 409
        for column in range(1, columns + 1):
            cell = sheet.cell(row, column)
            if cell.value is None:
                continue
            found = span.get((row, column))
            across = range(column, (found.max_col if found else column) + 1)
            down = range(row, (found.max_row if found else row) + 1)
            width = sum(sheet.column_dimensions[get_column_letter(at)].width for at in across)
            have = sum(sheet.row_dimensions[at].height for at in down)
            assert have >= height_of(str(cell.value), round(width, 6), cell.font.sz), cell.coordinate


def test_the_scale_is_what_the_widths_allow(book):
    sheet = book.printed
    width_mm, _, margin = PAPER_MM[sheet.page_setup.paperSize]
    total = sum(dimension.width for dimension in sheet.column_dimensions.values())
    assert sheet.page_setup.scale == math.floor((width_mm - 2 * margin) / (1.96 * total) * 100)
    assert sheet.page_setup.scale >= book.spec.paper.least_scale
    assert not sheet.sheet_properties.pageSetUpPr or not sheet.sheet_properties.pageSetUpPr.fitToPage


def test_pages_break_between_blocks(book):
    starts = {found.min_row for found in book.printed.merged_cells.ranges}
    breaks = [brk.id for brk in book.printed.row_breaks.brk]
    assert breaks
    for row in breaks:
        inside = [found for found in book.printed.merged_cells.ranges if found.min_row <= row < found.max_row]
        assert not inside, (row, inside)
        assert book.printed.cell(row, 1).style != "dz_band"
    assert starts


def used_and_room(book):
    """Points of row height on each page, repeated headings included, and what a page holds at the scale."""
    sheet = book.printed
    first, last = heading_rows(sheet)
    heading = sum(sheet.row_dimensions[row].height for row in range(first, last + 1))
    edges = [0, *(brk.id for brk in sheet.row_breaks.brk), area(sheet)[1]]
    used = [sum(sheet.row_dimensions[row].height for row in range(start + 1, end + 1)) + (heading if start else 0)
            for start, end in pairwise(edges)]
    return used, room_on(book.spec.paper, sheet.page_setup.scale)


def test_rows_grow_to_fill_a_page_or_leave_much_of_it_empty(book):
    used, room = used_and_room(book)
    assert all(room * 0.98 < points <= room or points < room * 0.75 for points in used[:-1])
    assert any(points > room * 0.98 for points in used[:-1])
    assert used[-1] <= room


@pytest.mark.parametrize("characters", range(480, 660, 20))
def test_the_foot_finds_room_beside_a_last_block_nearly_as_high_as_a_page(make, characters):
    used, room = used_and_room(make(SheetKind.ledger, [rows.task(2, body="演" * characters)]))
    assert all(points <= room for points in used)


def test_page_setup(book):
    sheet = book.printed
    first, last = heading_rows(sheet)
    assert first == 4
    assert last == first + any(column.group for column in book.spec.columns)
    assert sheet.page_setup.orientation == "landscape"
    assert sheet.page_setup.paperSize == (8 if book.spec.paper is A3 else 9)
    assert sheet.page_margins.top * 25.4 == pytest.approx(book.spec.paper.top)
    assert sheet.page_margins.header * 25.4 == pytest.approx(8)
    assert sheet.print_options.horizontalCentered
    assert area(sheet)[0] == len(book.spec.columns)
    assert not sheet.sheet_view.showGridLines
    assert sheet.sheet_view.zoomScale == 90
    assert not sheet.sheet_properties.outlinePr.summaryBelow


def test_page_header_and_footer(book):
    header, footer = book.printed.oddHeader, book.printed.oddFooter
    assert header.left.text == "西政办〔2025〕27号 科技创新行动方案"
    assert header.right.text == "报告期：2025年第三季度"
    assert footer.left.text == "州政府督查室制　数据截至2025年10月22日18:00"
    assert footer.center.text == "第 &P 页　共 &N 页"
    assert footer.right.text == f"核验码 {book.made.check_code}　【演示数据】"


def test_an_ampersand_in_the_page_header_is_no_code(make):
    header = make(SheetKind.overdue, [], plan_header_name="R&D计划", period_label="A&B").printed.oddHeader
    assert (header.left.text, header.right.text) == ("西政办〔2025〕27号 R&&D计划", "报告期：A&&B")


def test_a_plan_name_with_ampersands_keeps_the_header_short(make):
    book = make(SheetKind.overdue, [], plan_header_name="R&D" * 120)
    assert len(str(book.printed.oddHeader)) <= 255
    assert book.printed.oddHeader.right.text == "报告期：2025年第三季度"


def test_fonts_are_those_every_office_has(book):
    normal = book.workbook._named_styles["Normal"].font
    assert (normal.name, normal.sz) == ("Arial", 10)
    assert {font.name for font in book.workbook._fonts} <= FONTS
    assert {font.charset for font in book.workbook._fonts} == {134}
    assert {f"dz_{name}" for name in LOOKS} <= set(book.workbook.named_styles)


def test_there_is_no_formula_and_no_hole(book):
    for sheet in book.workbook.worksheets:
        for cell in (cell for row in sheet.iter_rows() for cell in row):
            assert cell.data_type not in ("f", "e"), cell.coordinate
            assert not any(hole in str(cell.value or "") for hole in ("None", "nan", "{{", "待定")), cell.coordinate


def test_no_cell_of_the_notes_is_empty(book):
    found = list(book.notes.iter_rows(values_only=True))
    assert len(found) > 8
    assert all(label and text for label, text in found)
    assert [label for label, text in found if str(text).startswith(book.made.check_code)] == ["核验码"]


def test_the_notes_say_what_draft_and_demo_mean(make):
    labels = {row[0].value for row in make(SheetKind.overdue, [], draft=True, demo=True).notes}
    assert {"草稿", "演示数据"} <= labels
    issued = {row[0].value for row in make(SheetKind.overdue, [], draft=False, demo=False).notes}
    assert not {"草稿", "演示数据"} & issued


@pytest.mark.parametrize(("facts", "subtitle", "style"), [
    ({"demo": True}, "（2025年第三季度）　【演示数据，非真实填报】", "dz_subtitle_draft"),
    ({"demo": False}, "（2025年第三季度）　【草稿】", "dz_subtitle_draft"),
    ({"demo": False, "draft": False}, "（2025年第三季度）", "dz_subtitle"),
])
def test_the_second_row_marks_draft_and_demo(make, facts, subtitle, style):
    cell = make(SheetKind.ledger, rows.tasks()[:1], **facts).printed["A2"]
    assert (cell.value, cell.style) == (subtitle, style)


def test_a_long_title_takes_a_second_line(make):
    sheet = make(SheetKind.ledger, [], plan_title="演示" * 30).printed
    assert sheet["A1"].alignment.wrap_text
    assert sheet.row_dimensions[1].height == 69          # 2 lines of 31.5 and 6 of air


def test_links_lead_to_the_tasks_page_only_where_an_address_is_set(make):
    linked = make(SheetKind.ledger, [rows.task(9, number="9 甲/乙")])
    assert linked.printed["A7"].hyperlink.target == "http://127.0.0.1:5000/tasks/9%20%E7%94%B2%2F%E4%B9%99"
    plain = make(SheetKind.ledger, [rows.task(9)], base_url="")
    assert plain.printed["A7"].hyperlink is None
    assert plain.flat["AD2"].value is None
