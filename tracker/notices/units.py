"""Resolves a responsibility line (责任单位) to single units, in the order written. Pure.

`，` and `、` both only separate, a shared suffix is shared, a collective stands for its units.
Source: DESIGN section 3.
"""
from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from rapidfuzz import fuzz, process

from tracker.domain.words import Basis

SEPARATORS = "，、,；; \u3000"
_SEPARATORS = re.compile(f"[{SEPARATORS}]+")
_LABEL = re.compile(r"^责任单位[:：]")
_BRACKETS = re.compile(r"\([^()]*\)|（[^（）]*）")
_DUTIES_APART = re.compile(r"按(各自)?职责(分工)?负责$")
_SHARED_AT_LEAST = 2        # signs of a shared suffix (人民政府); one alone (局) would join what is only misspelled
_NEAR_AT_LEAST = 50         # per cent of likeness below which a guess helps nobody


@dataclass(frozen=True)
class Registry:
    """What may be written for a unit: wording -> the unit, or the units of a collective."""

    wordings: Mapping[str, tuple[str, ...]]

    def nearest(self, words: str) -> str | None:
        """The known wording most like `words`; None where none is like it."""
        found = process.extractOne(words, list(self.wordings), scorer=fuzz.ratio, score_cutoff=_NEAR_AT_LEAST)
        return found[0] if found else None


@dataclass(frozen=True)
class Line:
    """A line resolved: (unit, the words it comes from), each unit once, at its first place."""

    parts: tuple[tuple[str, str], ...]
    basis: Basis

    @property
    def units(self) -> tuple[str, ...]:
        return tuple(unit for unit, _ in self.parts)


class UnknownUnit(ValueError):
    """`words` of a line name no unit; `nearest` is the known wording most like them, or None."""

    def __init__(self, words: str, nearest: str | None) -> None:
        super().__init__(f"没有“{words}”这个单位" + (f"，最接近的是“{nearest}”" if nearest else ""))
        self.words = words
        self.nearest = nearest


def resolve_line(as_written: str, registry: Registry) -> Line:
    """The units of a responsibility line. The words 责任单位 before it and bracketed remarks name no unit.

    按职责分工负责 at the end means each within its own duty (`duties_apart`); else the first is the lead because it
    is listed first. Raises UnknownUnit.
    """
    text = _BRACKETS.sub("", _LABEL.sub("", as_written)).strip()
    names = _DUTIES_APART.sub("", text)
    units: dict[str, str] = {}
    for words, resolved in _wordings(names, registry):
        for unit in resolved:
            units.setdefault(unit, words)
    return Line(tuple(units.items()), Basis.first_listed if names == text else Basis.duties_apart)


def _wordings(text: str, registry: Registry) -> list[tuple[str, tuple[str, ...]]]:
    """Cut a line into wordings, the longest known one first: a collective may hold a separator (各市、县人民政府)."""
    found: list[tuple[str, tuple[str, ...]]] = []
    stems_from: int | None = None       # where words began that are no unit by themselves: 德令哈市、
    at = 0
    while at < len(text):
        if gap := _SEPARATORS.match(text, at):
            at = gap.end()
            continue
        words = _known_at(text, at, registry)
        end = at + len(words) if words else _end_of_words(text, at)
        if words is None:
            stems_from = at if stems_from is None else stems_from
        elif stems_from is not None:
            stems = _SEPARATORS.split(text[stems_from:at].rstrip(SEPARATORS))
            shared = tuple(_with_suffix_of(words, stem, registry) for stem in stems)
            found.append((text[stems_from:end], (*shared, *registry.wordings[words])))
            stems_from = None
        else:
            found.append((words, registry.wordings[words]))
        at = end
    if stems_from is not None:
        unknown = text[stems_from:_end_of_words(text, stems_from)]
        raise UnknownUnit(unknown, registry.nearest(unknown))
    return found


def _end_of_words(text: str, at: int) -> int:
    gap = _SEPARATORS.search(text, at)
    return gap.start() if gap else len(text)


def _known_at(text: str, at: int, registry: Registry) -> str | None:
    """The longest known wording that begins at `at` and is not just the beginning of a longer word."""
    fitting = [
        words for words in registry.wordings
        if text.startswith(words, at) and text[at + len(words):at + len(words) + 1] in ("", *SEPARATORS)
    ]
    return max(fitting, key=len, default=None)


def _with_suffix_of(words: str, stem: str, registry: Registry) -> str:
    """The unit that a stem (德令哈市) and the longest fitting tail of `words` (茫崖市人民政府) make together."""
    for cut in range(1, len(words) - _SHARED_AT_LEAST + 1):
        resolved = registry.wordings.get(stem + words[cut:], ())
        if len(resolved) == 1:
            return resolved[0]
    raise UnknownUnit(stem, registry.nearest(stem))
