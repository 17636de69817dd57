"""Writes any flat sheet (明细版): one row a line, every value in every row, filter, frozen, real dates and numbers.

Source: SHEETS section 1, rule 1, and the flat sheets of section 4.
"""
from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from openpyxl.formatting.rule import Rule
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.properties import PageSetupProperties

from tracker.domain.rows import SheetFacts
from tracker.sheets import frame
from tracker.sheets.cells import Pen
from tracker.sheets.heights import ONE_LINE, TWO_LINES
from tracker.sheets.layout import ready
from tracker.sheets.spec import Cell, Line, Sheet
from tracker.sheets.styles import LAMPS, lamp_format
from tracker.sheets.text import CELL_LIMIT


def flat_rows(sheet: Sheet, lines: Sequence[Line]) -> Iterator[list[Cell]]:
    """The cells of each row, as written: the rows that the manifest's sha256 stands for."""
    for line in lines:
        tail = f"……（全文见系统，{sheet.where_whole(line)}）"
        cells = (ready(column.read(line), CELL_LIMIT, tail) for column in sheet.flat)
        yield [replace(cell, tone="", lamp=None, runs=()) for cell in cells]


def write_flat(pen: Pen, sheet: Sheet, rows: Sequence[Sequence[Cell]], facts: SheetFacts, check_code: str) -> None:
    """Fill the worksheet: headings in row 1, then the rows."""
    columns = sheet.flat
    pen.widths([column.width for column in columns])
    frame.set_page(pen.sheet, sheet.paper, facts, check_code)
    pen.sheet.page_setup.fitToWidth, pen.sheet.page_setup.fitToHeight = 1, 0
    pen.sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    pen.sheet.print_title_rows = "1:1"
    for at, column in enumerate(columns, 1):
        pen.put(1, at, Cell(column.heading), "head")
    pen.sheet.row_dimensions[1].height = TWO_LINES
    for number, cells in enumerate(rows, 2):
        for at, (cell, column) in enumerate(zip(cells, columns, strict=True), 1):
            pen.put(number, at, cell, column.style)
        pen.sheet.row_dimensions[number].height = ONE_LINE
    # no print area: with one, LibreOffice prints the sheet even where it is hidden
    pen.sheet.auto_filter.ref = f"A1:{get_column_letter(len(columns))}{len(rows) + 1}"
    keys = [column.key for column in columns]
    pen.sheet.freeze_panes = f"{get_column_letter(keys.index(sheet.frozen_flat_at) + 2)}2"
    if "lamp" in keys:
        letter = get_column_letter(keys.index("lamp") + 1)
        for colour in LAMPS:
            pen.sheet.conditional_formatting.add(
                f"{letter}2:{letter}{len(rows) + 2}",
                Rule(type="cellIs", operator="equal", formula=[f'"{colour.label}"'], dxf=lamp_format(colour)))
