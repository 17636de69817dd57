"""Writes any print sheet (打印版) from its specification: heads, bands, blocks, notes, signatures, page breaks.

Source: SHEETS sections 1 and 3. Above 2,000 rows nothing is merged and no page is planned: there the flat sheet
(明细版) is the product.
"""
from __future__ import annotations

from collections.abc import Sequence
from math import floor

from openpyxl.utils import get_column_letter
from openpyxl.worksheet.pagebreak import Break
from openpyxl.worksheet.properties import Outline
from openpyxl.worksheet.worksheet import Worksheet

from tracker.domain.rows import SheetFacts
from tracker.sheets import frame, pages
from tracker.sheets.cells import Pen
from tracker.sheets.frame import Strip
from tracker.sheets.heights import width_of
from tracker.sheets.layout import Chunk, chunk_of, fit, sheet_rows, shortened
from tracker.sheets.spec import Banded, Column, Sheet, lines_of
from tracker.sheets.styles import edge

ROWS_LIMIT = 2_000
Item = Strip | Chunk


def write_print(pen: Pen, sheet: Sheet, found: Banded, facts: SheetFacts, check_code: str) -> int:
    """Fill the worksheet; returns how many pages it prints on, 0 where no page was planned."""
    widths = [width_of(column.width) for column in sheet.columns]
    lines = lines_of(found)
    scale = pages.scale_for(sheet.paper, widths)
    top, foot = frame.top(sheet, widths, facts, lines), frame.foot(sheet, widths, facts, lines)
    heading = frame.heading_heights(sheet.columns, widths)
    room = pages.room_on(sheet.paper, scale) - sum(heading)
    rooms = room - sum(strip.height for strip in top), room
    plan: list[list[Item]] = []
    if len(lines) <= ROWS_LIMIT:
        plan = _planned(_items(sheet, widths, found, foot, rooms), len(foot), rooms)
    if not plan or len(plan) > pages.BREAK_LIMIT:
        plan = [_long_items(sheet, widths, found, foot)]

    pen.widths(widths)
    pen.sheet.page_setup.scale = scale
    pen.sheet.sheet_properties.outlinePr = Outline(summaryBelow=False)
    frame.set_page(pen.sheet, sheet.paper, facts, check_code)
    row = 1
    for strip in top:
        row = frame.write_strip(pen, row, strip)
    table_top = row
    row = frame.write_heading(pen, row, sheet.columns, heading)
    pen.sheet.print_title_rows = f"{table_top}:{row - 1}"
    keys = [column.key for column in sheet.columns]
    pen.sheet.freeze_panes = f"{get_column_letter(keys.index(sheet.frozen_at) + 2)}{row}"
    bottoms: list[int] = []
    for number, page in enumerate(plan):
        factor = 1.0 if page is plan[-1] else _stretch(page, rooms[number > 0])
        for item in page:
            row = _write(pen, row, item, sheet.columns, factor)
            if item.in_table:
                bottoms[number:] = [row - 1]
        if page is not plan[-1]:
            pen.sheet.row_breaks.append(Break(id=row - 1))
    _outline(pen.sheet, table_top, bottoms, len(widths))
    pen.sheet.print_area = f"A1:{get_column_letter(len(widths))}{row - 1}"
    return len(plan) if len(lines) <= ROWS_LIMIT and len(plan) <= pages.BREAK_LIMIT else 0


def _items(sheet: Sheet, widths: Sequence[float], found: Banded, foot: Sequence[Strip],
           rooms: tuple[float, float]) -> list[Item]:
    """All that comes below the headings, each no taller than a page has room for beside what must stay with it."""
    items: list[Item] = []
    for band, blocks in found:
        strip = frame.band(widths, band)
        items.append(strip)
        for lines in blocks:
            room = rooms[len(items) > 1]
            if items[-1] is strip:
                room -= strip.height
            if lines is found[-1][1][-1]:
                room -= sum(each.height for each in foot)
            chunk = chunk_of(lines, sheet.columns, widths, sheet.where_whole(lines[0]))
            items += fit(chunk, sheet.columns, widths, room)
    return [*(items or [frame.strip(widths, sheet.empty, "center", in_table=True)]), *foot]


def _long_items(sheet: Sheet, widths: Sequence[float], found: Banded, foot: Sequence[Strip]) -> list[Item]:
    """For a sheet too long to plan: every line a block of its own, every text in one row."""
    items: list[Item] = []
    for band, blocks in found:
        items.append(frame.band(widths, band))
        for lines in blocks:
            items += (shortened(chunk_of([line], sheet.columns, widths, sheet.where_whole(line)), widths)
                      for line in lines)
    return [*items, *foot]


def _planned(items: list[Item], foot: int, rooms: tuple[float, float]) -> list[list[Item]]:
    """The items of each page: a band stays with the block under it, the foot with the last block."""
    last_block = len(items) - foot - 1
    kept = [isinstance(item, Strip) or at == last_block for at, item in enumerate(items)]
    return [[items[at] for at in page] for page in pages.plan([item.height for item in items], kept, *rooms)]


def _stretch(page: Sequence[Item], room: float) -> float:
    rows = sum(item.height for item in page if isinstance(item, Chunk))
    return pages.stretch(rows, sum(item.height for item in page) - rows, room)


def _write(pen: Pen, row: int, item: Item, columns: Sequence[Column], factor: float) -> int:
    """Returns the row after."""
    if isinstance(item, Strip):
        return frame.write_strip(pen, row, item)
    first = row
    for part, height in zip(item.parts, item.heights, strict=True):
        height = floor(height * factor / 0.75) * 0.75
        count = sheet_rows(height)
        for at, cell in part.items():
            pen.put_over((row, row + count - 1), (at + 1, at + 1), cell, columns[at].style)
        for each in range(row, row + count):
            pen.sheet.row_dimensions[each].height = height / count
            pen.sheet.row_dimensions[each].outlineLevel = 1
        row += count
    for at, cell in item.block.items():
        pen.put_over((first, row - 1), (at + 1, at + 1), cell, columns[at].style)
    return row


def _outline(worksheet: Worksheet, top: int, bottoms: Sequence[int], columns: int) -> None:
    """The medium line round the table, on each page."""
    for row in range(top, bottoms[-1] + 1):
        across = range(1, columns + 1) if row == top or row in bottoms else (1, columns)
        for column in across:
            worksheet.cell(row, column).border = edge(
                left=column == 1, right=column == columns, top=row == top, bottom=row in bottoms)
