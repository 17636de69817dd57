"""Text on its way into a cell (单元格文字): what a workbook cannot hold is replaced and told, never lost in silence.

Source: SHEETS section 7, "Characters", "Length", "Formula-like text".
"""
from __future__ import annotations

import re

CELL_LIMIT = 32_700       # UTF-16 units; openpyxl cuts at 32,767 without a word
PRINT_LIMIT = 1_200       # of a print sheet (打印版), where the flat sheet holds the whole
FORMULA_LIKE = tuple("=+-@\t\r\n＝＋－＠")

_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2066-\u2069]")
_LOOKS_ESCAPED = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")


def clean(text: str) -> tuple[str, str]:
    """The text as a cell can hold it, and a sentence of what was replaced ("" where nothing was).

    CR and CRLF become LF, which is no change of meaning and is not told.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    text, replaced = _UNWRITABLE.subn("\ufffd", text)
    text, removed = _INVISIBLE.subn("", text)
    told = [f"{replaced}个不能显示的字符改为“\ufffd”"] if replaced else []
    told += [f"去掉{removed}个看不见的控制符"] if removed else []
    return text, "；".join(told)


def cut(text: str, limit: int, tail: str) -> str:
    """At most `limit` UTF-16 units as escaped, `tail` included; at a paragraph's end where one is in the last half."""
    written = escape(text)
    if utf16_length(written) <= limit:
        return text
    room = limit - utf16_length(tail)
    if written != text:
        room = room * 7 // 13              # `_x000D_` is 7 units, written 13
    head = text.encode("utf-16-le")[: room * 2].decode("utf-16-le", "ignore")
    paragraph_end = head.rfind("\n")
    return (head[:paragraph_end] if paragraph_end > len(head) // 2 else head) + tail


def utf16_length(text: str) -> int:
    """How long Excel takes the text to be: an emoji counts 2."""
    return len(text.encode("utf-16-le")) // 2


def is_formula_like(text: str) -> bool:
    """Whether a spreadsheet program could take the text for a formula when it is typed or pasted again."""
    return text.startswith(FORMULA_LIKE)


def escape(text: str) -> str:
    """`_x000D_` as somebody typed it would be read as a carriage return: its underscore is written as `_x005F_`."""
    return _LOOKS_ESCAPED.sub("_x005F_", text)


def unescape(text: str) -> str:
    """The opposite of `escape`, in the way openpyxl does it for shared strings: equal texts stay equal."""
    return text.replace("x005F_", "")


def double_ampersands(text: str) -> str:
    """For page headers and footers, where a single & starts a code. A line there has no breaks."""
    return clean(text)[0].replace("\n", " ").replace("&", "&&")
