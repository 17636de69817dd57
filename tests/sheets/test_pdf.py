"""What comes out of the printer: pages as planned, headings repeated, nothing cut off."""
from __future__ import annotations

import os
import shutil
from dataclasses import replace

import pytest
from openpyxl import load_workbook

from tests.sheets import pdf, rows
from tests.sheets.pdf import Printed
from tracker.domain.rows import ReportText
from tracker.sheets import build_ledger, build_overdue, manifest

pytestmark = pytest.mark.libreoffice

LONG = "【演示】第{n}项：完成GB/T 19001-2016贯标企业{n}家，见https://example.invalid/a?b={n}；R&D投入增长12.5%。"


@pytest.fixture(scope="module")
def soffice():
    found = shutil.which("soffice")
    if found is None:
        message = "没有装LibreOffice（libreoffice-calc），打印检查没有做"
        pytest.fail(message) if os.environ.get("CI") else pytest.skip(message)
    return found


@pytest.fixture(scope="module")
def printed(soffice, tmp_path_factory):
    """Name -> workbook and PDF, all made in one call: `cut` is the ledger with one row too low on purpose."""
    made, shown = tmp_path_factory.mktemp("made"), tmp_path_factory.mktemp("shown")
    build_ledger(rows.facts(), rows.tasks(), made / "ledger.xlsx")
    build_overdue(rows.facts(), rows.overdue_rows() * 4, made / "overdue.xlsx")
    build_ledger(rows.facts(), long_tasks(), made / "long.xlsx")
    for name in ("ledger", "overdue", "long"):
        pdf.with_others_hidden(made / f"{name}.xlsx", shown / f"{name}.xlsx")
    pdf.with_others_hidden(made / "ledger.xlsx", shown / "cut.xlsx", r7=21.0)
    pdf.convert(soffice, shown, shown)
    return {path.stem: Printed(path) for path in shown.glob("*.xlsx")}


def long_tasks():
    """A task taller than a page, one with a body, one with a report longer than a page; narrow cells full of Latin."""
    def report(paragraphs):
        return replace(rows.duty().report, progress="\n".join(LONG.format(n=n) for n in range(paragraphs)),
                       problems=LONG.format(n=1), matters=LONG.format(n=2), next_steps=LONG.format(n=3))

    tall = rows.task(1)
    tall = replace(tall, duties=tuple(replace(duty, report=report(3)) for duty in tall.duties))
    return [tall, rows.task(2, body="演示原文，逐字照录，不得删减。" * 60),
            rows.with_lead(rows.task(3), report=report(14))]


@pytest.fixture(params=["ledger", "overdue", "long"])
def sheet(request, printed):
    return printed[request.param]


def test_there_are_as_many_pages_as_planned(sheet):
    assert len(sheet.pages) == len(sheet.breaks) + 1 > 1


def test_the_ledger_of_the_plan_is_six_pages_of_a3_across(printed):
    assert len(printed["ledger"].pages) == 6
    assert {(round(page.rect.width), round(page.rect.height)) for page in printed["ledger"].pages} == {(1191, 842)}


def test_the_overdue_list_is_a4_across(printed):
    assert {(round(page.rect.width), round(page.rect.height)) for page in printed["overdue"].pages} == {(842, 595)}


def test_the_title_stands_on_the_first_page_only(sheet):
    title = sheet.sheet["A1"].value
    assert [title in text for text in sheet.text] == [True] + [False] * (len(sheet.pages) - 1)


def test_headings_stand_on_every_page(sheet):
    assert all("任务名称" in text and "责任单位" in text for text in sheet.text)


def test_the_footer_counts_pages_of_pages(sheet):
    for number, text in enumerate(sheet.text, 1):
        assert f"第{number}页共{len(sheet.pages)}页" in "".join(text.split())
        assert "核验码" in text


def test_nothing_is_cut_off_and_no_block_torn(sheet):
    assert sheet.unseen() == []


def test_a_row_too_low_is_found(printed):
    """The witness for the test above: the report in row 7 needs three lines and was given one."""
    assert [cell.split(":")[0] for cell in printed["cut"].unseen()] == ["H7"]


def test_no_number_is_too_wide_for_its_cell(sheet):
    assert not any("###" in text for text in sheet.text)


def test_no_page_but_the_last_is_nearly_empty(sheet):
    for page in sheet.pages[:-1]:
        lowest = max(word[3] for word in page.get_text("words") if word[3] < page.rect.height * 0.94)
        assert lowest > page.rect.height * 0.25


def test_saved_again_by_libreoffice_text_is_still_text_and_the_manifest_agrees(soffice, tmp_path):
    (tmp_path / "made").mkdir()
    texts = ReportText(progress="=1+1", problems="＝cmd|'/c calc'!A1", matters="@演示_x000D_", next_steps="\t-2\n+3")
    tasks = [rows.with_lead(rows.task(number), report=texts) for number in (1, 2)]
    made = build_ledger(rows.facts(base_url=""), [*tasks, rows.task(19)], tmp_path / "made" / "ledger.xlsx")
    pdf.convert(soffice, made.path.parent, tmp_path, "xlsx")
    found, sha256 = manifest.recompute(tmp_path / "ledger.xlsx")
    assert found["rows_sha256"] == sha256 == made.rows_sha256
    cells = [cell for sheet in load_workbook(tmp_path / "ledger.xlsx") for row in sheet.iter_rows() for cell in row]
    assert [cell.data_type for cell in cells if cell.value == "=1+1"] == ["s"] * 4
    assert not any(cell.data_type in ("f", "e") or cell.hyperlink for cell in cells)
