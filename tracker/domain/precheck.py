"""提交前体检: what is noticeable in a report, told to the clerk before handing in and to the reviewer; never forbidden.

Source: DESIGN section 4 (照抄上期), UX section 6 (similar, value_far).
"""
from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from enum import StrEnum

from tracker.domain.report_text import MEASURE_FIELD, NOTHING_NEW
from tracker.domain.rows import ReportText
from tracker.domain.show import percent
from tracker.domain.similarity import REPEATED, similarity
from tracker.domain.words import Rating

UNCHANGED = 0.97                # from here on, with the same figures, a text is the one that was sent back
FAR = 10                        # times the last value, or a part of it
REASONS = ("内容空泛", "无量化进展", "与上期雷同", "佐证不足", "口径不符")      # of a return, to pick

_MARKS = re.compile(r"[\s，。、；：！？…“”‘’（）()《》,.;:!?~·—-]+")
_CLAUSE = re.compile(r"[\n，。；：！？,;!?]+")
# A year, a period and a document's number are no progress; neither is the number of a point (1. （2） 一是).
_NO_PROGRESS = re.compile(
    r"[〔（(\[]\d{4}[〕）)\]]\s*第?\d+号|第[一二三四1-4]季度|[一二三四1-4]季度|\d{4}\s*年?\s*[Qq][1-4]|[上下]半年"
    r"|\d{4}\s*年(?:度)?(?:\s*\d{1,2}\s*月(?:份)?(?!\s*\d))?"
    r"|(?:^|(?<=[\n。；;：:]))\s*(?:[（(]\s*\d{1,2}\s*[)）]|\d{1,2}\s*[、．)）]|\d{1,2}\.(?!\d))")
_COUNTED = re.compile(
    r"[零〇一二两三四五六七八九十百千万亿半]+[多余几]?"
    r"(?:个(?!别)|项|家|次|人|名|位|件|份|户|所|台|套|场|期|条|篇|座|处|亩|吨|元|万|亿|倍|公里|公顷|分之|批次|成(?=[，。、；以上\n]|$))")
_STATE = r"无|没有|暂无|略|同上|同上期|同前|[与和同]上期(?:相同|一致|一样)|详?见附件|见上|[无没]有?变化"
_NO_NEWS = r"无新进展|[暂]?无进展|没有进展|本期无|正常|完成|已完成|未完成"
_SUBJECT = r"(?:我局|我委|我单位|本单位|[该此]项工作|各项工作|相关工作|工作|目前|现|已|均)*"
_HOW = (r"(?:正在|正|在|按照?(?:上级|方案|文件|有关|相关)*(?:要求|计划|方案|部署|规定|进度|程序)"
        r"|有序|有力|持续|稳步|扎实|积极|正常|加快|继续|全面|深入|统筹|认真|逐步|进一步|着力|大力)+")
_DOES = r"(?:推进|推动|开展|落实|进行|办理|实施|执行|完成|跟进|加强)?"
_WHAT = r"(?:各项|相关|有关|[该此]项)*(?:工作|任务|要求|措施)?(?:之?中|当中)?"
_EMPTY = re.compile(f"{_STATE}|{_NO_NEWS}|{_SUBJECT}{_HOW}{_DOES}{_WHAT}")
_CAUSE = re.compile(r"原因|因为|由于|因|受.{1,20}影响|导致|造成|所致|制约|滞后|缺|不足|不够|不到位|未能|尚未|难")
_REMEDY = re.compile(r"整改|措施|下一?步|将|拟|计划|打算|加快|加强|加大|督促|催|协调|争取|力争|确保|抓紧|倒排"
                     r"|前完成|[底月日]前")
_NONE = re.compile(r"(?:暂?无|没有|未发现|不存在)?(?:存在)?(?:的)?(?:问题)?")


class Check(StrEnum):
    """What was looked for."""

    unanswered = "unanswered"       # 退回意见没有回应
    empty = "empty"                 # 只有“无”“同上”“按要求推进”
    alike = "alike"                 # 与上期雷同
    no_figure = "no_figure"         # 无量化进展
    far = "far"                     # 与以前的数差得多
    ungrounded = "ungrounded"       # 欠序时，没有原因、整改措施
    same_file = "same_file"         # 佐证与上期是同一个文件
    nothing_new = "nothing_new"     # 本期无新进展: a mark, no fault


@dataclass(frozen=True)
class Hint:
    """One thing noticed. `field`: the control it stands at (`files`: the evidence). `sentence`: to the clerk; `mark`:
    to the reviewer."""

    code: Check
    field: str
    sentence: str
    mark: str


@dataclass(frozen=True)
class Returned:
    """What the office sent back, and why. `new_files`: how many files are with it now that were not with that one."""

    text: ReportText
    reason: str
    new_files: int = 0


@dataclass(frozen=True)
class MeasureFacts:
    """A 具体举措: its name, its unit (万元), and what was said of it in earlier periods, oldest first."""

    name: str
    unit_word: str = ""
    earlier: tuple[str, ...] = ()


@dataclass(frozen=True)
class Beside:
    """What a report is held against. `last`: 上期's text; `returned`: where it is a resubmission."""

    last: ReportText | None = None
    returned: Returned | None = None
    measures: Mapping[str, MeasureFacts] = field(default_factory=dict)
    same_files: tuple[str, ...] = ()    # names of the evidence that last period's report had too
    threshold: float = REPEATED         # 相似度, a setting


def hints(text: ReportText, beside: Beside) -> tuple[Hint, ...]:
    """All that is noticeable, the return first. Of a blank 进展情况 nothing is said: that is refused elsewhere."""
    if not text.progress.strip():
        return ()
    found = _on_return(text, beside)
    found += _on_progress(text, beside, {hint.mark for hint in found})
    found += [Hint(Check.same_file, "files", f"“{name}”与上期交的是同一个文件，请看看是不是传错了",
                   f"佐证“{name}”与上期是同一个文件") for name in beside.same_files]
    return tuple(found + _on_numbers(text, beside) + _on_problems(text))


def has_figure(words: str) -> bool:
    """Whether a text says how much: a number other than a year, a period, a document's number, a point's number."""
    plain = _NO_PROGRESS.sub("", unicodedata.normalize("NFKC", words))
    return any(char.isdecimal() for char in plain) or _COUNTED.search(plain.replace("一批", "")) is not None


def is_empty_phrase(words: str) -> bool:
    """Whether a text is nothing but 无, 同上, 按要求推进 and the like."""
    clauses = [core for clause in _CLAUSE.split(words) if (core := _MARKS.sub("", clause))]
    return bool(clauses) and all(_EMPTY.fullmatch(clause) for clause in clauses)


def _on_return(text: ReportText, beside: Beside) -> list[Hint]:
    """Was the last return answered? By any of: other words, other figures, another file, another field."""
    returned = beside.returned
    if returned is None:
        return []
    found = []

    def said(reason: str, name: str, so: str) -> None:
        found.append(Hint(Check.unanswered, name, f"上次退回指出“{reason}”，这次{so}，请再看看",
                          f"上次退回“{reason}”，这次{so}"))

    if "无量化进展" in returned.reason and not _says_how_much(text):
        said("无量化进展", "progress", "还是没有数字")
    alike = similarity(beside.last.progress, text.progress) if beside.last else 0.0
    if "与上期雷同" in returned.reason and alike >= beside.threshold:
        said("与上期雷同", "progress", f"与上期仍相似{percent(alike)}")
    if "佐证不足" in returned.reason and not returned.new_files:
        said("佐证不足", "files", "没有新的佐证材料")
    if not found and not returned.new_files and _unchanged(returned.text, text):
        found.append(Hint(Check.unanswered, "progress", "与退回的那一份几乎一样，退回意见还没有回应，请再看看",
                          "与退回的那一份几乎一样"))
    return found


def _on_progress(text: ReportText, beside: Beside, said: set[str]) -> list[Hint]:
    last = beside.last.progress if beside.last else ""
    if text.progress.startswith(NOTHING_NEW):
        twice = "连续两期无新进展" if last.startswith(NOTHING_NEW) else "本期无新进展"
        return [Hint(Check.nothing_new, "progress", f"已记{twice}，理由会给督查室看", twice)]
    if is_empty_phrase(text.progress):
        return [Hint(Check.empty, "progress", "“进展情况”还没写本期做了什么、做到哪一步", "进展情况没有具体内容")]
    found, alike = [], similarity(last, text.progress)
    if alike >= beside.threshold and not any("与上期雷同" in mark for mark in said):
        found.append(Hint(Check.alike, "progress", f"这一栏与上期相似{percent(alike)}。照常可以交，审核人也会看到",
                          f"与上期相似{percent(alike)}"))
    if not _says_how_much(text) and not any("无量化进展" in mark for mark in said):
        found.append(Hint(Check.no_figure, "progress", "“进展情况”里没有数字，有数的请写上：多少项、多少万元、完成多少",
                          "通篇没有数字"))
    return found


def _on_numbers(text: ReportText, beside: Beside) -> list[Hint]:
    last, found = beside.last, []
    if last is not None and last.percent is not None and text.percent is not None:
        was, now = f"{last.percent}%", f"{text.percent}%"
        if text.percent < last.percent:
            found.append(Hint(Check.far, "percent", f"完成比例上期{was}，这次{now}，低了，请看看对不对",
                              f"完成比例由{was}降到{now}"))
        elif _far(Decimal(last.percent), Decimal(text.percent)):
            found.append(Hint(Check.far, "percent", f"完成比例上期{was}，这次{now}，差得多，请看看对不对",
                              f"完成比例由{was}到{now}"))
    of_last = dict(last.measures) if last is not None else {}
    for key, value in text.measures:
        measure = beside.measures.get(key)
        before = next((one for earlier in reversed(measure.earlier) if (one := _number(earlier)) is not None),
                      None) if measure else None
        now_value = _number(value)
        if measure is None or before is None or now_value is None or not _far(before, now_value):
            continue
        when = "上期" if _number(of_last.get(key, "")) == before else "以前"
        was, now = (f"{one.normalize():,f}{measure.unit_word}" for one in (before, now_value))
        found.append(Hint(Check.far, MEASURE_FIELD + key, f"{when}{was}，这次{now}，差得多，请看看单位对不对",
                          f"{measure.name}{when}{was}，这次{now}"))
    return found


def _on_problems(text: ReportText) -> list[Hint]:
    """欠序时 asks for 原因 and 整改措施 in 存在问题."""
    if text.self_rating is not Rating.behind:
        return []
    words = _MARKS.sub("", text.problems)
    nothing = bool(_NONE.fullmatch(words)) or is_empty_phrase(text.problems)
    missing = "和".join(name for name, said in (("原因", _CAUSE), ("整改措施", _REMEDY))
                       if nothing or not said.search(words))
    if not missing:
        return []
    return [Hint(Check.ungrounded, "problems", f"自评欠序时，“存在问题”里还没写{missing}", f"欠序时，没写{missing}")]


def _says_how_much(text: ReportText) -> bool:
    """In words, or in the value of a measure; 本期无新进展 has nothing to count."""
    return text.progress.startswith(NOTHING_NEW) or bool(text.measures) or has_figure(text.progress)


def _unchanged(before: ReportText, now: ReportText) -> bool:
    if (before.self_rating, before.percent, before.measures) != (now.self_rating, now.percent, now.measures):
        return False
    pairs = [(getattr(before, name), getattr(now, name)) for name in ("progress", "problems", "matters", "next_steps")]
    return all(_figures(was) == _figures(new)
               and (_MARKS.sub("", was) == _MARKS.sub("", new) or similarity(was, new) >= UNCHANGED)
               for was, new in pairs)


def _figures(words: str) -> list[str]:
    return re.findall(r"\d+(?:\.\d+)?", unicodedata.normalize("NFKC", words).replace(",", ""))


def _number(value: str) -> Decimal | None:
    try:
        number = Decimal(value)
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _far(before: Decimal, now: Decimal) -> bool:
    """Ten times the last value or more, or a tenth of it or less. From nothing everything is far: then nothing is."""
    return before > 0 and (now >= before * FAR or now * FAR <= before)
