"""What a sheet is, as data (表的规格): its columns, bands, counts, notes. `writer.py` and `flat.py` write any of them.

A value is a function of a `Line`; what it returns is shown as it is, or as `Cell` where it carries a colour,
runs of red text, a lamp or a link. Empty (None, "") is — on a print sheet and an empty cell on a flat one.
"""
from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import quote

from tracker.domain.rows import SheetFacts
from tracker.domain.show import date_cn
from tracker.domain.words import Colour, SheetKind
from tracker.domain.workdays import SHANGHAI
from tracker.sheets.pages import Paper

ALERT, CHANGED, STRONG = "alert", "changed", "strong"          # 逾期、退回、欠序时、未报 / 较上期新增 / 牵头
Value = str | int | float | date | datetime | None


@dataclass(frozen=True)
class Cell:
    """What stands in one cell. `runs` are the pieces of `value` with their tone; `replaced` tells what was lost."""

    value: Value
    tone: str = ""
    lamp: Colour | None = None
    runs: tuple[tuple[str, str], ...] = ()
    link: str = ""
    replaced: str = ""


@dataclass(frozen=True)
class Line:
    """One row of the flat sheet (明细版): the part of a block, e.g. one unit's part in one task. `n` counts blocks."""

    n: int
    block: Any
    part: Any
    facts: SheetFacts


Read = Callable[[Line], Cell | Value]


@dataclass(frozen=True)
class Column:
    """A column of the print sheet (打印版), `width` in 字. Merged down over its block unless `per_part`."""

    key: str
    heading: str
    width: float
    read: Read
    style: str = "text"
    group: str = ""
    per_part: bool = False
    whole: bool = False                      # never shortened
    to_write_in: bool = False                # empty stays empty: room for a pen


@dataclass(frozen=True)
class FlatColumn:
    """A column of the flat sheet, `width` in characters."""

    key: str
    heading: str
    width: float
    read: Read
    style: str = "flat_text"


def flat_of(columns: Sequence[Column], *others: FlatColumn) -> tuple[FlatColumn, ...]:
    """The flat sheet of a print sheet's columns: each once, but for those that `others` replace (by key) or add."""
    instead = {column.key: column for column in others}
    same = (FlatColumn(column.key, column.heading.replace("\n", ""), min(max(6, 3 * column.width), 40), column.read,
                       "flat_num" if column.style == "num" else "flat_text")
            for column in columns if not column.to_write_in)
    return (*(instead.pop(column.key, column) for column in same), *instead.values())


@dataclass(frozen=True)
class Band:
    """A section (分区) of the print sheet: a full-width heading over its blocks."""

    heading: str
    blocks: tuple[Any, ...]


@dataclass(frozen=True)
class Sheet:
    """One kind of workbook: print sheet, flat sheet, 说明."""

    kind: SheetKind
    flat_name: str                                               # tab of the flat sheet: 台账数据, 逾期数据
    paper: Paper
    title: Callable[[SheetFacts], str]
    columns: tuple[Column, ...]
    flat: tuple[FlatColumn, ...]
    bands: Callable[[Sequence[Any]], list[Band]]
    counts: Callable[[SheetFacts, Sequence[Line]], str]          # row 3, middle
    right: Callable[[SheetFacts], str]                           # row 3, right
    notes: Callable[[SheetFacts], tuple[str, ...]]
    signatures: tuple[str, ...]
    where_whole: Callable[[Line], str]                           # 任务7: where a shortened text can be read
    parts: Callable[[Any], Sequence[Any]] = lambda block: (block,)     # rows of the flat sheet in each block
    total: Callable[[Sequence[Line]], str] | None = None         # the sum row
    empty: str = "本期没有要列的事项"
    frozen_at: str = ""                                          # key of the last column that does not scroll
    frozen_flat_at: str = ""
    explained: Callable[[SheetFacts], tuple[tuple[str, str], ...]] = field(default=lambda facts: ())   # 说明

    @property
    def name(self) -> str:
        """Tab of the print sheet."""
        return self.kind.label


@dataclass(frozen=True)
class Made:
    """A finished workbook: where it lies, sha256 of the file and of its rows, size, 核验码 (XXXX-XXXX)."""

    path: Path
    sha256: str
    rows_sha256: str
    size_bytes: int
    check_code: str


Banded = list[tuple[Band, list[list[Line]]]]           # each band with the lines of each of its blocks


def banded(sheet: Sheet, rows: Sequence[Any], facts: SheetFacts) -> Banded:
    """The rows in printed order; every block has at least one line (a task 待补录 has one without a part)."""
    found: Banded = []
    numbers = count(1)
    for band in sheet.bands(rows):
        blocks = []
        for block in band.blocks:
            n = next(numbers)
            blocks.append([Line(n, block, part, facts) for part in sheet.parts(block) or (None,)])
        found.append((band, blocks))
    return found


def lines_of(found: Banded) -> list[Line]:
    """All lines, as on the flat sheet."""
    return [line for _, blocks in found for lines in blocks for line in lines]


def local(moment: datetime) -> datetime:
    """The moment as the wall clock in 西宁 shows it, to the minute, without zone: what a cell can hold."""
    return moment.astimezone(SHANGHAI).replace(tzinfo=None, second=0, microsecond=0)


def moment_word(moment: datetime) -> str:
    """2025年10月22日18:00"""
    at = local(moment)
    return f"{date_cn(at)}{at:%H:%M}"


def task_url(facts: SheetFacts, number: str) -> str:
    """Address of the task's page; "" where no address is configured or the line has no task."""
    return f"{facts.base_url}/tasks/{quote(number, safe='')}" if facts.base_url and number else ""
