"""Repetition of last period's text (照抄上期): pointed out, never forbidden. Source: DESIGN section 4."""
from __future__ import annotations

import re
import unicodedata
from itertools import groupby

from rapidfuzz import fuzz

from tracker.domain.differences import differences

REPEATED = 0.85     # from here on clerk and reviewer are told
NEAR = 0.6          # from here on a clause is another one put right
MOST_PAIRS = 40_000 # of clauses that are held against each other

# After a mark that ends a clause, with closing quotes after it; a comma or point inside a number ends nothing.
CLAUSE_END = re.compile(r"(?:[，。；：！？…\n]|(?<![0-9])[,;:!?]|[,;:!?](?![0-9]))+[”’」』）)]*")


def similarity(previous: str, current: str) -> float:
    """How much two texts are alike, 0-1, width of characters and blanks aside; 0 where one of them is empty."""
    before, now = _normal(previous), _normal(current)
    return fuzz.ratio(before, now) / 100 if before and now else 0.0


def new_clauses(previous: str, current: str) -> list[tuple[str, bool]]:
    """The current text in pieces, each with whether it is new since last period; joined they are the text again.

    A clause (from one mark to the next) is new unless last period's text has the same, its marks, blanks and width
    aside. Nothing is marked where there is no last text: then nothing can be compared.
    """
    known = {_core(clause) for clause in _clauses(previous)} - {""}
    marked = [(clause, bool(known) and bool(_core(clause)) and _core(clause) not in known)
              for clause in _clauses(current)]
    return [("".join(clause for clause, _ in group), is_new) for is_new, group in groupby(marked, lambda pair: pair[1])]


def new_words(previous: str, current: str) -> list[tuple[str, bool]]:
    """The same, and of a clause that is nearly a known one only the words that differ: 征集场景[15]个."""
    before, fresh = _clauses(previous), new_clauses(previous, current)
    clauses = [(clause, is_new) for piece, is_new in fresh for clause in (_clauses(piece) if is_new else [piece])]
    if len(before) * len(clauses) > MOST_PAIRS:
        return fresh
    marked: list[tuple[str, bool]] = []
    for clause, is_new in clauses:
        nearest = max(before, key=lambda known: similarity(known, clause), default="") if is_new else ""
        marked += differences(nearest, clause)[1] if similarity(nearest, clause) >= NEAR else [(clause, is_new)]
    return [("".join(words for words, _ in group), is_new) for is_new, group in groupby(marked, lambda pair: pair[1])]


def _clauses(text: str) -> list[str]:
    ends = [found.end() for found in CLAUSE_END.finditer(text)]
    return [text[start:end] for start, end in zip([0, *ends], [*ends, len(text)], strict=True) if start < end]


def _core(clause: str) -> str:
    return "".join(char for char in _normal(clause) if char.isalnum() or char in "%+-.")


def _normal(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split())
