"""A quoted passage (引用的话) in the text that it was taken into: as it stands there now, or no longer there."""
from __future__ import annotations

from dataclasses import dataclass
from math import ceil

from rapidfuzz import fuzz
from rapidfuzz.distance import Indel

ALIKE = 60                  # from here on, of 100, words of the text are taken for the passage, changed
PIECE_CHARS = 200           # long passages are looked for in pieces: the time grows with the square of a piece
SENTENCE_ENDS = "。！？；\n"
SENTENCE_STARTS = SENTENCE_ENDS + "："


@dataclass(frozen=True)
class Passage:
    """What became of it. `text`: the whole sentences that hold it now; "" where it is no longer there."""

    text: str = ""
    changed: bool = False

    @property
    def gone(self) -> bool:
        return not self.text


GONE = Passage()


def attributed(origin: str, passage: str) -> str:
    """A paragraph that says whose words it is: 州教育局：……"""
    return f"{origin}：{passage}"


def passage_now(passage: str, origin: str, text: str, said: str = "") -> Passage:
    """How a passage of `origin` (a unit's name) stands in a text; `said` is all that the unit said.

    Unchanged only where the sentences that hold it are the unit's own word for word: 没有新建3所 misquotes 新建3所.
    """
    start, end = _place(passage, origin, text)
    if start == end:
        return GONE
    sentences = _whole_sentences(text, start, end)
    return Passage(sentences, changed=_bare(sentences) != _bare(passage) and _bare(sentences) not in said)


def _place(passage: str, origin: str, text: str) -> tuple[int, int]:
    """From where to where it stands; twice the same where it does not."""
    under_its_name = text.find(attributed(origin, passage))
    exact = under_its_name + len(attributed(origin, "")) if under_its_name >= 0 else text.find(passage)
    if exact >= 0:
        return exact, exact + len(passage)
    size = ceil(len(passage) / ceil(len(passage) / PIECE_CHARS))
    places = [place for begin in range(0, len(passage), size)
              if (place := _place_of_piece(passage[begin:begin + size], text)) is not None]
    if not places:
        return 0, 0
    return min(start for start, _ in places), max(end for _, end in places)


def _place_of_piece(piece: str, text: str) -> tuple[int, int] | None:
    """From the first to the last word that is the piece's; the aligned window is as long as the piece, whatever is."""
    found = fuzz.partial_ratio_alignment(piece, text, score_cutoff=ALIKE)
    if found is None:
        return None
    same = [step for step in Indel.opcodes(piece, text[found.dest_start:found.dest_end]) if step.tag == "equal"]
    return found.dest_start + same[0].dest_start, found.dest_start + same[-1].dest_end


def _whole_sentences(text: str, start: int, end: int) -> str:
    first = max(text.rfind(mark, 0, start) for mark in SENTENCE_STARTS) + 1
    if text[end - 1] in SENTENCE_ENDS:
        return text[first:end].strip()
    last = min((place for mark in SENTENCE_ENDS if (place := text.find(mark, end)) >= 0), default=len(text))
    return text[first:last + 1].strip()


def _bare(passage: str) -> str:
    return passage.strip().rstrip("。；")
