"""Blocks on paper (版面): what each cell says, how high each row is, how a block taller than a page is broken.

Source: SHEETS section 3, "Blocks" and "Page breaks".
"""
from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from tracker.sheets.heights import ROW_LIMIT, break_lines, capacity, height_for, height_of, line_height
from tracker.sheets.spec import Cell, Column, Line, Value
from tracker.sheets.styles import BODY_SIZE
from tracker.sheets.text import CELL_LIMIT, PRINT_LIMIT, clean, cut

CONTINUED, SEE_ABOVE, EMPTY = "（续）", "（见上页）", "—"
Cells = dict[int, Cell]                    # by column, from 0


@dataclass
class Chunk:
    """A block of the print sheet, or the piece of one on one page: its merged cells, cells and height of each part."""

    block: Cells
    parts: list[Cells]
    heights: list[float] = field(default_factory=list)
    in_table = True

    @property
    def height(self) -> float:
        return sum(self.heights)


def ready(content: Cell | Value, limit: int, tail: str = "") -> Cell:
    """The content as a cell can hold it: cleaned, cut at `limit` with `tail` behind, blank text as None."""
    cell = content if isinstance(content, Cell) else Cell(content)
    if not isinstance(cell.value, str):
        return cell
    runs = tuple((clean(text)[0], tone) for text, tone in cell.runs)
    text, told = clean(cell.value)
    text = "".join(part for part, _ in runs) or text
    if not text.strip():
        return replace(cell, value=None, runs=(), replaced=told)
    short = cut(text, limit, tail)
    if runs and short != text:
        runs = (*_slice(runs, 0, len(short) - len(tail)), (tail, ""))
    return replace(cell, value=short, runs=runs, replaced=told)


def chunk_of(lines: Sequence[Line], columns: Sequence[Column], widths: Sequence[float], where_whole: str) -> Chunk:
    """The block's cells as printed, with heights worked out."""
    def read(column: Column, line: Line) -> Cell:
        tail = f"……（全文见系统，{where_whole}）"
        cell = ready(column.read(line), CELL_LIMIT if column.whole else PRINT_LIMIT, tail)
        return replace(cell, value=EMPTY) if cell.value is None and not column.to_write_in else cell

    chunk = Chunk(
        block={at: read(column, lines[0]) for at, column in enumerate(columns) if not column.per_part},
        parts=[{at: read(column, line) for at, column in enumerate(columns) if column.per_part} for line in lines],
    )
    return _measured(chunk, widths)


def fit(chunk: Chunk, columns: Sequence[Column], widths: Sequence[float], room: float) -> list[Chunk]:
    """The block whole where no taller than `room`, else in pieces of at most that, the later ones marked （续）."""
    if chunk.height <= room:
        return [chunk]
    parts = [piece for part in chunk.parts for piece in _part_pieces(part, widths, room)]
    groups: list[list[Cells]] = [[]]
    used = 0.0
    for part in parts:
        height = _height(part, widths)
        if groups[-1] and used + height > room:
            groups.append([])
            used = 0.0
        groups[-1].append(part)
        used += height
    block = {at: pieces(cell, widths[at], room) for at, cell in chunk.block.items()}
    count = max(len(groups), *map(len, block.values()))
    groups += [[{at: _again(cell, columns[at]) for at, cell in parts[-1].items()}]] * (count - len(groups))
    return [_measured(Chunk({at: _nth(texts, n, columns[at]) for at, texts in block.items()}, group), widths)
            for n, group in enumerate(groups)]


def shortened(chunk: Chunk, widths: Sequence[float]) -> Chunk:
    """The chunk with every text cut to what one row can hold: on sheets too long to merge rows."""
    def short(cells: Cells) -> Cells:
        return {at: _cut_to(cell, widths[at], ROW_LIMIT) for at, cell in cells.items()}

    return _measured(Chunk(short(chunk.block), [short(part) for part in chunk.parts]), widths)


def sheet_rows(height: float) -> int:
    """How many rows of the sheet a part needs, because one row has a greatest height."""
    return max(1, math.ceil(height / ROW_LIMIT))


def pieces(cell: Cell, width: float, room: float) -> list[Cell]:
    """The cell's text in pieces of at most `room` points each; later ones begin with （续）."""
    text = cell.value
    if not isinstance(text, str) or height_of(text, width, BODY_SIZE) <= room:
        return [cell]
    em, most = capacity(width, BODY_SIZE), int((room - 6) / line_height(BODY_SIZE))
    ends, position = [], 0
    for paragraph in text.split("\n"):
        for line in break_lines(paragraph, em):
            position += len(line)
            ends.append(position)
        position += 1
    while most > 1:
        stops = [*ends[most - 1 : -1 : most], len(text)]
        found = [_piece(cell, start, stop) for start, stop in zip([0, *stops], stops, strict=False)]
        if all(height_of(str(piece.value), width, BODY_SIZE) <= room for piece in found):
            return found
        most -= 1                          # the count of lines is the more careful one: see `count_lines`
    raise ValueError(f"no room for one line: {room} points")


def _cut_to(cell: Cell, width: float, room: float) -> Cell:
    first, *rest = pieces(cell, width, room - 2 * line_height(BODY_SIZE))
    tail = "……（全文见明细）"
    return replace(first, value=f"{first.value}{tail}", runs=(*first.runs, (tail, "")) if first.runs else ()) \
        if rest else first


def _piece(cell: Cell, start: int, stop: int) -> Cell:
    text, mark = str(cell.value), CONTINUED if start else ""
    start += len(text[start:stop]) - len(text[start:stop].lstrip("\n"))
    stop -= len(text[start:stop]) - len(text[start:stop].rstrip("\n"))
    runs = _slice(cell.runs, start, stop)
    return replace(cell, value=mark + text[start:stop], runs=((mark, ""), *runs) if mark and runs else runs)


def _slice(runs: Sequence[tuple[str, str]], start: int, stop: int) -> tuple[tuple[str, str], ...]:
    kept, position = [], 0
    for text, tone in runs:
        part = text[max(start - position, 0) : max(stop - position, 0)]
        if part:
            kept.append((part, tone))
        position += len(text)
    return tuple(kept)


def _part_pieces(part: Cells, widths: Sequence[float], room: float) -> list[Cells]:
    if _height(part, widths) <= room:
        return [part]
    found = {at: pieces(cell, widths[at], room) for at, cell in part.items()}
    return [{at: texts[n] if n < len(texts) else (texts[0] if len(texts) == 1 else Cell(SEE_ABOVE))
             for at, texts in found.items()} for n in range(max(map(len, found.values())))]


def _nth(texts: list[Cell], n: int, column: Column) -> Cell:
    if len(texts) > 1:
        return texts[n] if n < len(texts) else Cell(SEE_ABOVE)
    return replace(texts[0], value=f"{texts[0].value}{CONTINUED}") if n and column.style == "strong" else texts[0]


def _again(cell: Cell, column: Column) -> Cell:
    return cell if column.style in ("center", "strong") else Cell(SEE_ABOVE)


def _measured(chunk: Chunk, widths: Sequence[float]) -> Chunk:
    """Rows by their own cells; what the merged cells need beyond that is spread evenly."""
    heights = [_height(part, widths) for part in chunk.parts]
    missing = _height(chunk.block, widths) - sum(heights)
    extra = math.ceil(max(missing, 0) / len(heights) / 0.75) * 0.75
    return replace(chunk, heights=[height + extra for height in heights])


def _height(cells: Cells, widths: Sequence[float]) -> float:
    return max((height_of(str(cell.value), widths[at], BODY_SIZE) for at, cell in cells.items()
                if cell.value is not None), default=height_for(1, BODY_SIZE))
