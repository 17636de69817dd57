"""Marks of classified papers (涉密标志): what carries one must not be entered; the person is asked, not accused."""
from __future__ import annotations

import re
import unicodedata

HIDDEN = "〔正在按涉密误传处理〕"      # in place of words that somebody asked to purge
WIPED = "〔已按涉密误传清除〕"          # in place of words that are gone
MARKS = ("绝密★", "机密★", "秘密★", "内部资料")
_BLANKS = r"[\s\u200b-\u200f\u2060\ufeff]*"
_FOUND = re.compile("|".join(_BLANKS.join(map(re.escape, mark)) for mark in MARKS))


def secrecy_marks(text: str) -> tuple[str, ...]:
    """The marks that stand in a text, once each in its order; blanks within, width and the star's form aside."""
    plain = unicodedata.normalize("NFKC", text).replace("☆", "★").replace("*", "★")
    found = (re.sub(_BLANKS, "", mark) for mark in _FOUND.findall(plain))
    return tuple(dict.fromkeys(found))
