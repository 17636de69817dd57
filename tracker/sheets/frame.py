"""What stands around the blocks of a print sheet (表头、表尾、页眉页脚): strips of text, column headings, page setup.

Source: SHEETS section 1, rules 3 to 6.
"""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, groupby

from openpyxl.worksheet.header_footer import HeaderFooterItem
from openpyxl.worksheet.worksheet import Worksheet

from tracker.domain.rows import SheetFacts
from tracker.sheets import pages
from tracker.sheets.cells import Pen
from tracker.sheets.heights import height_of
from tracker.sheets.layout import ready
from tracker.sheets.spec import Band, Column, Line, Sheet, moment_word
from tracker.sheets.styles import LOOKS, SONG
from tracker.sheets.text import CELL_LIMIT, double_ampersands

HEADER_LIMIT = 255            # characters of a page header, codes counted
SIGNATURE_HEIGHT = 39.0       # points: room for a pen
_THIRDS = (0.27, 0.65)        # where row 3 is divided: number and maker, counts, moment


@dataclass(frozen=True)
class Segment:
    """Text over the columns `first` to `last` (from 1) of a strip."""

    first: int
    last: int
    text: str
    look: str


@dataclass(frozen=True)
class Strip:
    """A row outside the blocks: title, band, sum, note, signatures."""

    segments: tuple[Segment, ...]
    height: float
    in_table: bool = False


def top(sheet: Sheet, widths: Sequence[float], facts: SheetFacts, lines: Sequence[Line]) -> list[Strip]:
    """Title, period with 草稿 or 演示, and row 3: number and maker, the counts, moment and unit of count."""
    small = "_a4" if sheet.paper is pages.A4 else ""
    mark = "　【演示数据，非真实填报】" if facts.demo else "　【草稿】" if facts.draft else ""
    left = "　".join(filter(None, (facts.issue_number, facts.office)))
    split = [_columns_within(widths, share) for share in _THIRDS]
    return [
        strip(widths, sheet.title(facts), f"title{small}"),
        strip(widths, f"（{facts.period_label}）{mark}", f"subtitle{'_draft' if mark else ''}{small}"),
        _strip(widths, (
            Segment(1, split[0], left, f"meta_left{small}"),
            Segment(split[0] + 1, split[1], sheet.counts(facts, lines), f"meta_center{small}"),
            Segment(split[1] + 1, len(widths), sheet.right(facts), f"meta_right{small}"),
        )),
    ]


def strip(widths: Sequence[float], text: str, look: str, *, in_table: bool = False) -> Strip:
    """One text over the whole width."""
    return _strip(widths, (Segment(1, len(widths), text, look),), in_table=in_table)


def band(widths: Sequence[float], a_band: Band) -> Strip:
    return strip(widths, a_band.heading, "band", in_table=True)


def foot(sheet: Sheet, widths: Sequence[float], facts: SheetFacts, lines: Sequence[Line]) -> list[Strip]:
    """Sum row, notes (注：1. …) and the signature row."""
    notes = sheet.notes(facts)
    numbered = [f"{'　　' if n else '注：'}{f'{n + 1}. ' if len(notes) > 1 else ''}{note}"
                for n, note in enumerate(notes)]
    ends = [_columns_within(widths, (n + 1) / len(sheet.signatures)) for n in range(len(sheet.signatures))]
    signatures = tuple(
        Segment(first + 1, last, text, "sign_right" if text is sheet.signatures[-1] else "sign")
        for first, last, text in zip([0, *ends], ends, sheet.signatures, strict=False))
    total = [strip(widths, sheet.total(lines), "total", in_table=True)] if sheet.total and lines else []
    return [*total, *(strip(widths, note, "note") for note in numbered),
            replace(_strip(widths, signatures), height=SIGNATURE_HEIGHT)]


def heading_heights(columns: Sequence[Column], widths: Sequence[float]) -> list[float]:
    """Of the one or two heading rows (two where columns are grouped)."""
    size = LOOKS["head"].size
    tallest = max(height_of(column.heading, width, size) for column, width in zip(columns, widths, strict=True))
    grouped = any(column.group for column in columns)
    return [height_of("组", 99, LOOKS["group"].size), tallest] if grouped else [tallest]


def write_heading(pen: Pen, row: int, columns: Sequence[Column], heights: Sequence[float]) -> int:
    """Groups merged across, columns without a group merged down. Returns the row after."""
    last = row + len(heights) - 1
    at = 1
    for group, members in groupby(columns, key=lambda column: column.group):
        count = len(list(members))
        if group:
            pen.put_over((row, row), (at, at + count - 1), ready(group, CELL_LIMIT), "group")
        for column in columns[at - 1 : at - 1 + count]:
            pen.put_over((last if group else row, last), (at, at), ready(column.heading, CELL_LIMIT), "head")
            at += 1
    for offset, height in enumerate(heights):
        pen.sheet.row_dimensions[row + offset].height = height
    return last + 1


def write_strip(pen: Pen, row: int, a_strip: Strip) -> int:
    """Returns the row after."""
    for segment in a_strip.segments:
        pen.put_over((row, row), (segment.first, segment.last), ready(segment.text, CELL_LIMIT), segment.look)
    pen.sheet.row_dimensions[row].height = a_strip.height
    return row + 1


def set_page(worksheet: Worksheet, paper: pages.Paper, facts: SheetFacts, check_code: str) -> None:
    """Paper, margins, page header and footer; no clock among them, so a sheet printed twice is the same."""
    worksheet.page_setup.paperSize = paper.code
    worksheet.page_setup.orientation = "landscape"
    margins = worksheet.page_margins
    margins.left, margins.right, margins.top, margins.bottom, margins.header, margins.footer = (
        millimetres / 25.4 for millimetres in
        (paper.left, paper.right, paper.top, paper.bottom, pages.HEADER_MM, pages.HEADER_MM))
    worksheet.print_options.horizontalCentered = True
    worksheet.sheet_view.showGridLines = False
    worksheet.sheet_view.zoomScale = 90
    mark = "　【演示数据】" if facts.demo else "　【草稿】" if facts.draft else ""
    _three(worksheet.oddHeader, f"{facts.doc_number} {facts.plan_header_name or facts.plan_short_name}", "",
           f"报告期：{facts.period_label}")
    _three(worksheet.oddFooter, f"{facts.office}制　数据截至{moment_word(facts.as_of)}", "第 &P 页　共 &N 页",
           f"核验码 {check_code}{mark}")


def _three(item: HeaderFooterItem | None, left: str, center: str, right: str) -> None:
    if item is None:                           # never so on a new worksheet; the stubs allow for it
        return
    left = double_ampersands(left)
    for part, text in ((item.left, left), (item.center, center), (item.right, double_ampersands(right))):
        if text:
            part.text, part.font, part.size = text, f"{SONG},Regular", 9
    if (over := len(str(item)) - HEADER_LIMIT) > 0:
        item.left.text = left[: -over - 1].removesuffix("&") + "…"


def _strip(widths: Sequence[float], segments: tuple[Segment, ...], *, in_table: bool = False) -> Strip:
    height = max(height_of(str(ready(segment.text, CELL_LIMIT).value or ""),
                           sum(widths[segment.first - 1 : segment.last]), LOOKS[segment.look].size)
                 for segment in segments)
    return Strip(segments, height, in_table)


def _columns_within(widths: Sequence[float], share: float) -> int:
    """How many columns from the left end nearest to this share of the width."""
    ends = list(accumulate(widths))
    return 1 + min(range(len(ends)), key=lambda at: abs(ends[at] - share * ends[-1]))
