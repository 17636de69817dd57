"""Marks of classified papers (涉密标志) in the bytes of a file, where text stands uncompressed (doc, xls, some PDF)."""
from __future__ import annotations

from collections.abc import Iterator

from tracker.domain.secrecy import secrecy_marks

AROUND_BYTES = 40       # of a character that every mark has
_CODES = ("utf-8", "gb18030", "utf-16-le", "utf-16-be")
_IN_EVERY_MARK = ("密", "资")


def marks_in_bytes(content: bytes) -> tuple[str, ...]:
    """The marks that stand there in any usual coding, a PDF's hexadecimal one too; once each.

    Looks around the few places where one of two characters stands: a search of the whole by pattern takes minutes.
    """
    return tuple(dict.fromkeys(mark for text in _near(content) for mark in secrecy_marks(text)))


def _near(content: bytes) -> Iterator[str]:
    for char in _IN_EVERY_MARK:
        for code in _CODES:
            for at in _places(content, char.encode(code)):
                window = content[max(at - AROUND_BYTES, 0):at + AROUND_BYTES]
                yield window.decode(code, "ignore")
                yield window[1:].decode(code, "ignore")         # it may begin within a character
        digits = char.encode("utf-16-be").hex()
        for needle in (digits, digits.upper()):
            for at in _places(content, needle.encode()):
                yield _from_hex(content, at)


def _places(content: bytes, needle: bytes) -> Iterator[int]:
    at = content.find(needle)
    while at >= 0:
        yield at
        at = content.find(needle, at + 1)


def _from_hex(content: bytes, at: int) -> str:
    """The <79D85BC6…> of a PDF around this place; "" where there is none."""
    start, end = content.rfind(b"<", max(at - 200, 0), at), content.find(b">", at, at + 200)
    if start < 0 or end < 0:
        return ""
    try:
        return bytes.fromhex(content[start + 1:end].decode("ascii")).decode("utf-16-be", "ignore")
    except ValueError:
        return ""
