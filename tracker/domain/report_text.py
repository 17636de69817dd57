"""What a report may hold (填报内容): cleaned of what cannot be shown, within limits, complete when handed in."""
from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from tracker.domain.rows import ReportText
from tracker.domain.secrecy import HIDDEN, WIPED

LABELS = {"progress": "进展情况", "self_rating": "自评", "percent": "完成比例", "problems": "存在问题",
          "matters": "需协调事项", "next_steps": "下一步计划"}
LIMITS_CHARS = {"progress": 5000, "problems": 3000, "matters": 3000, "next_steps": 3000}
REASON_LIMIT_CHARS = 1000

NEED_TEXT = "“进展情况”还没写本期做到哪一步"
NEED_RATING = "“自评”还没选：超序时、达序时、欠序时、未启动或已完成"
PERCENT_RANGE = "“完成比例”要填0到100的整数，没有就空着"
NOTHING_NEW = "本期无新进展："          # an answer in one click, with its reason behind it (DESIGN section 4)
NEED_REASON = "选了“本期无新进展”，还要写一句理由"
STILL_HIDDEN = "“{label}”正在按涉密误传处理，等督查室核实后再交；草稿照常可以存"
STILL_WIPED = "“{label}”里有按涉密误传清除的内容，请改写后再交"
NOTHING_NEW_REASONS = ("按计划本期没有安排", "正在报批", "等上级文件", "等资金下达", "等牵头单位安排", "季节性停工")
MEASURE_FIELD = "measure-"              # field name of a 具体举措: this and its key
MEASURE_RULE = "“{name}”填的“{value}”不对：要填0或大于0的数，最多两位小数"
NO_NAMES: Mapping[str, str] = MappingProxyType({})

_NUMBER = re.compile(r"(?:0|[1-9][0-9]{0,11})(?:\.[0-9]{1,2})?")

_LINE_ENDS = str.maketrans({"\r": "\n", "\v": "\n", "\f": "\n", "\x85": "\n", "\u2028": "\n", "\u2029": "\n"})


def clean(text: str) -> str:
    """The text without what XML, databases and pages cannot carry: control characters, lone surrogates, non-characters.

    Every kind of line end becomes a newline (WPS pastes vertical tabs); blank ends go. Nothing visible is lost.
    """
    lines = text.replace("\r\n", "\n").translate(_LINE_ENDS)
    return "".join(char for char in lines if char in "\n\t" or not _unfit(char)).strip()


def clean_report(text: ReportText) -> ReportText:
    """The report with each of its texts cleaned, and of its measures (举措数据) those that say something."""
    measures = {key: _clean_number(value) for key, value in text.measures}
    return replace(text, progress=clean(text.progress), problems=clean(text.problems), matters=clean(text.matters),
                   next_steps=clean(text.next_steps),
                   measures=tuple(sorted((key, value) for key, value in measures.items() if value)))


def nothing_new(reason: str) -> str:
    """What 进展情况 says where there is nothing new (本期无新进展), and why."""
    return NOTHING_NEW + clean(reason)


def faults(text: ReportText, *, handing_in: bool, measure_names: Mapping[str, str] = NO_NAMES) -> dict[str, str]:
    """What is wrong with a cleaned report, field -> sentence; handing in asks for 进展情况 and 自评 too (DESIGN 4).

    `measure_names`: key of a measure -> what it is called in the sentence.
    """
    found = {}
    if handing_in and not text.progress:
        found["progress"] = NEED_TEXT
    if handing_in and text.progress == NOTHING_NEW.strip():
        found["progress"] = NEED_REASON
    for name in LIMITS_CHARS if handing_in else ():
        words = getattr(text, name)
        if HIDDEN in words or WIPED in words:
            found[name] = (STILL_HIDDEN if HIDDEN in words else STILL_WIPED).format(label=LABELS[name])
    if handing_in and text.self_rating is None:
        found["self_rating"] = NEED_RATING
    if text.percent is not None and not 0 <= text.percent <= 100:
        found["percent"] = PERCENT_RANGE
    for name, limit in LIMITS_CHARS.items():
        written = len(getattr(text, name))
        if written > limit:
            found[name] = f"“{LABELS[name]}”写了{written:,}字，最多{limit:,}字，请压缩"
    for key, value in text.measures:
        if not _NUMBER.fullmatch(value):
            found[MEASURE_FIELD + key] = MEASURE_RULE.format(name=measure_names.get(key, "举措数据"), value=value[:20])
    return found


def _clean_number(value: str) -> str:
    """A number as typed, without what people put between its digits: １，２００．５０ becomes 1200.50."""
    return unicodedata.normalize("NFKC", clean(value)).replace(",", "").replace(" ", "")[:100]


def _unfit(char: str) -> bool:
    return unicodedata.category(char) in ("Cc", "Cs") or ord(char) & 0xFFFE == 0xFFFE
