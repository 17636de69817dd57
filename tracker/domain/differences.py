"""How two texts differ (异同), by words: so that two drafts can be read side by side."""
from __future__ import annotations

import re
from itertools import groupby

from rapidfuzz.distance import LCSseq

WORD = re.compile(r"[0-9A-Za-z.%]+|\s+|.", re.DOTALL)        # a number or a foreign word is one; a Chinese sign is one
LONGEST = 6000


def differences(one: str, other: str) -> tuple[list[tuple[str, bool]], list[tuple[str, bool]]]:
    """Both texts in pieces, each with whether the other one lacks it; joined they are the texts again."""
    first, second = WORD.findall(one), WORD.findall(other)
    if max(len(first), len(second)) > LONGEST:
        return [(one, True)], [(other, True)]
    in_first, in_second = [True] * len(first), [True] * len(second)
    for step in LCSseq.opcodes(first, second):
        if step.tag == "equal":
            in_first[step.src_start:step.src_end] = [False] * (step.src_end - step.src_start)
            in_second[step.dest_start:step.dest_end] = [False] * (step.dest_end - step.dest_start)
    return _joined(first, in_first), _joined(second, in_second)


def _joined(words: list[str], lacking: list[bool]) -> list[tuple[str, bool]]:
    return [("".join(word for word, _ in group), lacks)
            for lacks, group in groupby(zip(words, lacking, strict=True), lambda pair: pair[1])]
