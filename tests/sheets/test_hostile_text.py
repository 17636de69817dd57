"""Text that could harm a workbook or its reader: it stays what was written, or the notes say what was replaced."""
from __future__ import annotations

from dataclasses import replace

import pytest
from openpyxl import load_workbook

from tests.sheets import rows
from tracker.domain.rows import ReportText
from tracker.domain.words import Delivery, SheetKind
from tracker.sheets import manifest

BEGINNINGS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠", '"=', ";=", "  =")
QUOTED = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def ledger_rows(text):
    """A task with `text` in every place that holds words of people or of the source."""
    report = ReportText(progress=text, problems=text, matters=text, next_steps=text)
    task = rows.task(2, title=text, body=text, section=text, standing=(text,), standing_word=text, instruction=text,
                     lamp=replace(rows.GREEN, word=text, reason=text))
    return [rows.with_lead(task, unit=text, report=report),
            rows.with_lead(task, report=None, return_reason=text, delivery=Delivery.returned)]


def overdue_rows(text):
    return [rows.overdue_row(unit=text, title=text, owed=text, chased=text, excuse=text, demand=text, state=text,
                             band=text)]


ROWS = {SheetKind.ledger: ledger_rows, SheetKind.overdue: overdue_rows}


@pytest.mark.parametrize("kind", list(SheetKind))
@pytest.mark.parametrize("beginning", BEGINNINGS)
def test_formula_like_text_stays_text(make, kind, beginning):
    text = f"{beginning}cmd|'/c calc'!A1"
    book = make(kind, ROWS[kind](text), base_url="", office=text, issue_number=text, period_label=text, rules=(text,),
                doc_number=text, plan_short_name=text, plan_header_name=text, standing_units=(text,))
    shown = text.replace("\r", "\n")
    cells = [cell for sheet in book.workbook.worksheets for row in sheet.iter_rows() for cell in row]
    found = [cell for cell in cells if cell.value == shown]
    assert len(found) >= {SheetKind.ledger: 25, SheetKind.overdue: 13}[kind]
    for cell in found:
        assert cell.data_type == "s"
        assert cell.quotePrefix == (beginning in QUOTED)
        assert cell.hyperlink is None
    assert all(cell.data_type not in ("f", "e") for cell in cells)


@pytest.mark.parametrize("kind", list(SheetKind))
@pytest.mark.parametrize(("text", "shown", "told"), [
    pytest.param("演\x00示\x1f", "演�示�", "2个不能显示的字符", id="control characters"),
    pytest.param("演\ud800示\uffff", "演�示�", "2个不能显示的字符", id="lone surrogate"),
    pytest.param("演\u202e示\u200d", "演示", "去掉2个看不见的控制符", id="direction"),
    pytest.param("演示😀", "演示😀", "", id="emoji"),
    pytest.param("演_x000D_示", "演_x000D_示", "", id="looks like an escape"),
    pytest.param("#N/A", "#N/A", "", id="looks like an error value"),
    pytest.param("演\r\n示", "演\n示", "", id="line ends"),
])
def test_characters_a_workbook_cannot_hold(make, kind, text, shown, told):
    book = make(kind, ROWS[kind](text), base_url="")
    found = [cell for row in book.flat.iter_rows(min_row=2) for cell in row if cell.value == shown]
    assert len(found) >= 8
    notes = [row[1] for row in book.notes.iter_rows(values_only=True) if row[0] == "字符改动"]
    if not told:
        assert notes == []
        return
    for cell in found:
        assert any(note.startswith(f"{book.flat.title}!{cell.coordinate}：") and told in note for note in notes)


def test_a_long_report_is_whole_on_the_flat_sheet_up_to_what_a_cell_holds(make):
    text = "演示" * 20_000
    book = make(SheetKind.ledger, [rows.with_lead(rows.task(2), report=ReportText(progress=text))])
    value = book.flat.cell(2, 16).value
    assert len(value) == 32_700
    assert value.endswith("示演……（全文见系统，任务2）")
    printed = [str(cell.value) for row in book.printed.iter_rows() for cell in row if "演示演示" in str(cell.value)]
    assert sum(map(len, printed)) < 1_300


def test_escapes_do_not_push_a_text_over_what_a_cell_holds(make):
    text = "_x000D_" * 4_000
    book = make(SheetKind.ledger, [rows.with_lead(rows.task(2), report=ReportText(progress=text))])
    assert book.flat.cell(2, 16).value.endswith("……（全文见系统，任务2）")
    assert len(book.flat.cell(2, 16).value) <= 32_767


def test_the_sha_of_replaced_text_is_that_of_what_was_written(make):
    book = make(SheetKind.ledger, ledger_rows("演\x00示\u200b_x000D_ _x005F_\r\n😀"))
    found, sha256 = manifest.recompute(book.made.path)
    assert found["rows_sha256"] == sha256
    load_workbook(book.made.path).save(book.made.path)
    assert manifest.recompute(book.made.path)[1] == sha256
