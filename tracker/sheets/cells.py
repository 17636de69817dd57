"""Puts cells on a worksheet (写单元格): the only place where a value enters a workbook.

All text becomes type string here, so `=1+1` stays what somebody wrote.
"""
from __future__ import annotations

from dataclasses import dataclass, field

from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.cell_range import CellRange
from openpyxl.worksheet.worksheet import Worksheet

from tracker.sheets.spec import Cell
from tracker.sheets.styles import run_font
from tracker.sheets.text import escape, is_formula_like


@dataclass
class Pen:
    """Writes on one worksheet and remembers where text was replaced: (工作表!单元格, what)."""

    sheet: Worksheet
    replaced: list[tuple[str, str]] = field(default_factory=list)

    def put(self, row: int, column: int, cell: Cell, style: str) -> None:
        """Write one cell in the look `dz_<style>`; its lamp or tone decides before the column's style."""
        target = self.sheet.cell(row, column)
        target.style = f"dz_{look(cell, style)}"
        if isinstance(cell.value, str):
            target.value = _rich(cell) if cell.runs else escape(cell.value)
            target.data_type = "s"
            if is_formula_like(cell.value):
                target.quotePrefix = True
        elif cell.value is not None:
            target.value = cell.value
        if cell.link:
            target.hyperlink = cell.link
        if cell.replaced:
            self.replaced.append((f"{self.sheet.title}!{target.coordinate}", cell.replaced))

    def put_over(self, rows: tuple[int, int], columns: tuple[int, int], cell: Cell, style: str) -> None:
        """Write one cell over a block of rows and columns, merged; every cell of it gets the look, borders included."""
        self.put(rows[0], columns[0], cell, style)
        if rows[0] == rows[1] and columns[0] == columns[1]:
            return
        named = f"dz_{look(cell, style)}"
        for row in range(rows[0], rows[1] + 1):
            for column in range(columns[0], columns[1] + 1):
                if (row, column) != (rows[0], columns[0]):
                    self.sheet.cell(row, column).style = named
        # merge_cells would drop all but the outer borders; add() compares with every earlier range
        self.sheet.merged_cells.ranges.add(CellRange(None, columns[0], rows[0], columns[1], rows[1]))

    def widths(self, widths: list[float]) -> None:
        for column, width in enumerate(widths, 1):
            self.sheet.column_dimensions[get_column_letter(column)].width = width


def look(cell: Cell, style: str) -> str:
    """Name of the look without `dz_`: a lamp's own, the tone's for left or centred text, else the column's."""
    if cell.lamp is not None:
        return f"lamp_{cell.lamp}"
    if cell.tone:
        return f"{cell.tone}_center" if style in ("center", "num") else cell.tone
    return style


def _rich(cell: Cell) -> CellRichText:
    return CellRichText([TextBlock(run_font(tone), escape(text)) for text, tone in cell.runs])
