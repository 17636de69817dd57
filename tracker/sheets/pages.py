"""The page plan (分页): which rows stand on which page, decided here and not by the program that prints.

Source: SHEETS section 3, "Scale", "Page breaks", "Margins".
"""
from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

_MM_PER_WIDTH = 1.96          # LibreOffice with Liberation Sans; Excel's 1.852 is the narrower
_SAFETY = 0.985
_STRETCH_UNDER = 0.30
BREAK_LIMIT = 1_000           # the format's own is 1,023


@dataclass(frozen=True)
class Paper:
    """A sheet of paper lying across (横向): millimetres, margins included."""

    code: int                 # paperSize of the format: 8 = A3, 9 = A4
    width: float
    height: float
    left: float
    right: float
    top: float
    bottom: float
    least_scale: int          # under it the letters are smaller than a leader reads


A3 = Paper(8, 420, 297, left=12, right=12, top=17, bottom=15, least_scale=85)
A4 = Paper(9, 297, 210, left=10, right=10, top=16, bottom=14, least_scale=80)
HEADER_MM = 8


def scale_for(paper: Paper, widths: Sequence[float]) -> int:
    """Percent at which all columns fit the paper; ValueError where that is too small to read."""
    printable = paper.width - paper.left - paper.right
    scale = min(100, math.floor(printable / (_MM_PER_WIDTH * sum(widths)) * 100))
    if scale < paper.least_scale:
        raise ValueError(f"columns too wide: scale {scale}, least {paper.least_scale}")
    return scale


def room_on(paper: Paper, scale: int) -> float:
    """Points of row height that a page holds at this scale, repeated heading rows included."""
    return (paper.height - paper.top - paper.bottom) / 25.4 * 72 / (scale / 100) * _SAFETY


def plan(heights: Sequence[float], keep_with_next: Sequence[bool], first_room: float, room: float) -> list[list[int]]:
    """Indices of the items on each page, in order; an item marked `keep_with_next` is never last on its page."""
    pages: list[list[int]] = [[]]
    used = 0.0
    start = 0
    for end, kept in enumerate(keep_with_next):
        if kept and end + 1 < len(heights):
            continue
        together = list(range(start, end + 1))
        need = sum(heights[index] for index in together)
        if pages[-1] and used + need > (first_room if len(pages) == 1 else room):
            pages.append([])
            used = 0.0
        pages[-1] += together
        used += need
        start = end + 1
    return pages


def stretch(rows: float, others: float, room: float) -> float:
    """The factor by which a page's `rows` grow to fill it beside `others`; 1.0 where 30 % or more would stay empty."""
    left = room - rows - others
    return (rows + left) / rows if rows and 0 < left < _STRETCH_UNDER * room else 1.0
