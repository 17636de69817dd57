"""逾期清单: who is late, the longest first."""
from __future__ import annotations

from datetime import UTC, datetime

from openpyxl import load_workbook

from tests.sheets import rows
from tracker.domain.words import Role, SheetKind
from tracker.sheets import build_overdue
from tracker.sheets.overdue import BANDS, OVERDUE

PRINT = {column.key: at for at, column in enumerate(OVERDUE.columns, 1)}


def first_cells(book):
    return [row[0].value for row in book.printed.iter_rows(min_row=5)]


def test_bands_in_order_and_the_longest_first(overdue):
    assert first_cells(overdue)[:10] == [
        "一、牵头件逾期未报（2件）", 1, 2, "二、配合件逾期未报和退回未重报（3件）", 3, 4, 5,
        "三、本期迟报（已补报）（2件）", 6, 7]
    headings = [cell.value for cell in overdue.flat[1]]
    days = headings.index("逾期工作日")
    assert [row[days] for row in overdue.flat.iter_rows(min_row=2, values_only=True)] == [6, 5, 9, 8, 8, 2, 1]


def test_the_sum_row_and_row_3_count_the_rows(overdue):
    assert "合计7件（牵头件2件、配合件5件），涉及单位7家；最长逾期9个工作日，平均5.6个工作日。" in first_cells(overdue)
    assert "逾期5件，迟报2件" in [cell.value for cell in overdue.printed[3]]


def test_late_is_red_and_made_up_for_is_not(overdue):
    styles = [(overdue.printed.cell(row, PRINT["state"]).style, overdue.printed.cell(row, PRINT["late_days"]).style)
              for row in (6, 13)]
    assert styles == [("dz_alert_center", "dz_alert_center"), ("dz_center", "dz_num")]


def test_the_year_of_a_due_moment_stands_only_where_it_differs(make):
    due = datetime(2026, 1, 9, 10, tzinfo=UTC)
    book = make(SheetKind.overdue, [rows.overdue_row(), rows.overdue_row(due_at=due, late_days=1)])
    assert [book.printed.cell(row, PRINT["due_at"]).value for row in (6, 7)] == [
        "10月14日\n18:00", "2026年1月9日\n18:00"]
    headings = [cell.value for cell in book.flat[1]]
    assert str(book.flat.cell(3, headings.index("应报时限") + 1).value) == "2026-01-09 18:00:00"


def test_a_report_without_a_task_shows_a_dash_and_no_link(make):
    book = make(SheetKind.overdue, [rows.overdue_row(task_number="", title="综合报告", role=Role.standing_co)])
    assert book.printed.cell(6, PRINT["task_no"]).value == "—"
    headings = [cell.value for cell in book.flat[1]]
    assert book.flat.cell(2, headings.index("任务链接") + 1).value is None


def test_a_band_that_is_not_in_the_list_is_shown_all_the_same(make):
    book = make(SheetKind.overdue, [rows.overdue_row(band="演示类别"), rows.overdue_row(band=BANDS[4])])
    assert first_cells(book)[:3:2] == ["一、本期迟报（已补报）（1件）", "二、演示类别（1件）"]


def test_nothing_late_is_said_in_one_row(tmp_path):
    made = build_overdue(rows.facts(), [], tmp_path / "none.xlsx")
    sheet = load_workbook(made.path)["逾期清单"]
    assert [sheet.cell(row, 1).value for row in (5, 6)] == [
        "本期无逾期",
        "注：逾期工作日按国家法定工作日历（含调休）计算，自应报时限（含批准的延期）次日起，至数据截至日；迟报的至报送日。"]
