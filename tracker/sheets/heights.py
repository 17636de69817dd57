"""Column widths and row heights (列宽、行高), worked out because neither program fits them for us.

Excel does not fit merged cells, LibreOffice no row of an openpyxl file. Widths are counted in the digits of
the Normal style (Arial 10, 7 px each). Source, and the measured error: SHEETS section 3.
"""
from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

ROW_LIMIT = 400.0             # points; Excel's is 409
ONE_LINE, TWO_LINES = 21.0, 36.0
_PADDING_PX, _INNER_PX, _DIGIT_PX = 9, 6, 7
_CLOSING = frozenset("、。，．；：？！）〕】》」』”’…—％%,.;:?!)]}")
_OPENING = frozenset("（〔【《「『“‘([{￥$")
_GLUE_LIMIT = 12
_PIECES = re.compile(r"[!-~]+|\s|[^!-~\s]")
_BREAK_AFTER = re.compile(r"(?<=[-/?&=|])(?=.)")


def width_of(chars: float, size: float = 10.5) -> float:
    """Width of a column that holds `chars` 字 of `size` points, in width units of the file."""
    return math.ceil(round((chars * _pixels(size) + _PADDING_PX) / _DIGIT_PX * 100, 6)) / 100


def capacity(width: float, size: float) -> float:
    """How many em a line holds in a cell `width` wide (the sum where merged across)."""
    return (math.floor(_DIGIT_PX * width) - _INNER_PX) / _pixels(size)


def line_height(size: float) -> float:
    """Points from one line to the next, by the tallest font likely to stand in."""
    pixels = _pixels(size)
    return 0.75 * (round(1.16 * pixels) + round(0.288 * pixels))


@lru_cache(maxsize=65536)
def height_of(text: str, width: float, size: float) -> float:
    """Points a row needs to show the text whole in a cell `width` wide."""
    return height_for(count_lines(text, capacity(width, size)), size)


def height_for(lines: int, size: float) -> float:
    """Points of a row of so many lines, 6 of them air, in steps of 0.75; never under 21 (36 from two lines on)."""
    need = lines * line_height(size) + 6
    return max(math.ceil(need / 0.75) * 0.75, ONE_LINE if lines <= 1 else TWO_LINES)


def count_lines(text: str, em: float) -> int:
    """Lines the text takes at `em` to a line: for each paragraph the greater of two ways to break, plus one where long
    words stand in what does not fit one line."""
    return sum(_paragraph_lines(paragraph, em) for paragraph in text.split("\n"))


def break_lines(text: str, em: float, *, at_marks: bool = False) -> list[str]:
    """The text cut into lines of at most `em`; `at_marks`: words also break after `- / ? & = |`."""
    return [line for paragraph in text.split("\n") for line in _fill(_tokens(paragraph, at_marks), em)]


def _paragraph_lines(paragraph: str, em: float) -> int:
    lines = max(len(break_lines(paragraph, em)), len(break_lines(paragraph, em, at_marks=True)))
    longest = max((_width(run) for run in re.findall(r"[!-~]+", paragraph)), default=0.0)
    return lines + (lines >= 2 and longest > em / 2)


def _fill(tokens: Iterator[str], em: float) -> Iterator[str]:
    line, used = "", 0.0
    for token in tokens:
        width = _width(token)
        if used + width > em and used:
            yield line
            line, used = "", 0.0
        if width <= em:
            line, used = line + token, used + width
            continue
        for character in token:                     # wider than a line: starts one and is split
            step = _em(character)
            if used + step > em and used:
                yield line
                line, used = "", 0.0
            line, used = line + character, used + step
    yield line


def _tokens(paragraph: str, at_marks: bool) -> Iterator[str]:
    """What stays together: one Han character or one word, with its closing marks after and opening marks before."""
    held = ""
    for piece in _PIECES.findall(paragraph):
        for part in _BREAK_AFTER.split(piece) if at_marks else (piece,):
            glued = held and (part[0] in _CLOSING or held[-1] in _OPENING) and len(held) < _GLUE_LIMIT
            if held and not glued:
                yield held
                held = ""
            held += part
    if held:
        yield held


def _pixels(size: float) -> int:
    return round(size * 96 / 72)


def _width(text: str) -> float:
    return sum(map(_em, text))


@lru_cache(maxsize=4096)
def _em(character: str) -> float:
    """Width in em in the widest font that may stand in for 宋体."""
    if character.isascii():
        if character.isdigit():
            return 0.64
        if character in "mwMW%@&":
            return 1.0
        if character.isupper():
            return 0.78
        if character.islower():
            return 0.64
        return 0.35 if character == " " else 0.5
    if unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0.0
    return 1.0 if unicodedata.east_asian_width(character) in "WFA" else 0.8
