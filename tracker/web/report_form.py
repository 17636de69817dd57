"""What stands in the controls of a report (填报的控件): the same fields in the long form, the grid and the autosave."""
from __future__ import annotations

import re
from dataclasses import replace
from enum import StrEnum
from typing import TypeVar

from flask import request

from tracker.domain.report_text import MEASURE_FIELD, NOTHING_NEW, clean_report, nothing_new
from tracker.domain.rows import ReportText
from tracker.domain.words import Rating
from tracker.errors import Refused

TEXTS = ("progress", "problems", "matters", "next_steps")
MEASURE_KEY = re.compile(r"[a-z0-9-]{1,40}")
EMPTY = ReportText()
WRITTEN_ALREADY = "“进展情况”里已经写了内容，没有换成“本期无新进展”。真没有进展的，请先清空再选"
W = TypeVar("W", bound=StrEnum)


def number(name: str) -> int:
    """A whole number that the page itself put into the form. Refused where it was tampered with."""
    value = request.form.get(name, type=int)
    if value is None:
        raise Refused("这一页缺了版本号，没有改动。请刷新页面再办。")
    return value


def chosen(words: type[W], name: str) -> W | None:
    """One of our words as picked in the form; None where nothing (or nothing known) was picked."""
    value = request.form.get(name, "")
    return words(value) if value in set(words) else None


def said_not_secret() -> bool:
    """我确认不涉密 is ticked."""
    return request.form.get("not_secret") == "1"


def typed_text(held: ReportText = EMPTY, prefix: str = "") -> ReportText:
    """What stands in the controls; a field that was not sent stays as it is `held`. `prefix`: of a row of the grid.

    Refused, with the field, where the percent is no whole number.
    """
    form = request.form
    text = replace(held, progress=form.get(prefix + "progress", held.progress),
                   problems=form.get(prefix + "problems", held.problems),
                   matters=form.get(prefix + "matters", held.matters),
                   next_steps=form.get(prefix + "next_steps", held.next_steps), measures=_measures(held, prefix))
    if prefix + "self_rating" in form:
        text = replace(text, self_rating=chosen(Rating, f"{prefix}self_rating"))
    if prefix + "percent" in form:
        text = replace(text, percent=_percent(prefix + "percent"))
    return text


def differs(held: ReportText, prefix: str = "") -> bool:
    """Whether what was typed is other than what is held: only then does the page that comes back save it."""
    try:
        return clean_report(typed_text(held, prefix)) != clean_report(held)
    except Refused:
        return True


def with_reason(text: ReportText, reason: str, field: str = "progress") -> ReportText:
    """The text that says 本期无新进展 and why, where a reason was picked. Refused where something else is written."""
    if not reason:
        return text
    if text.progress.strip() and not text.progress.startswith(NOTHING_NEW):
        raise Refused(WRITTEN_ALREADY, fields={field: WRITTEN_ALREADY})
    return replace(text, progress=nothing_new(reason))


def fields_of(text: ReportText) -> dict[str, str]:
    """The same the other way round: control -> what it holds."""
    return {name: getattr(text, name) for name in TEXTS} | {
        "self_rating": text.self_rating or "", "percent": "" if text.percent is None else str(text.percent),
        **{MEASURE_FIELD + key: value for key, value in text.measures}}


def _measures(held: ReportText, prefix: str) -> tuple[tuple[str, str], ...]:
    """The last value of each measure counts: a box that is not ticked sends only the empty one before it."""
    start = prefix + MEASURE_FIELD
    sent = {name.removeprefix(start): request.form.getlist(name)[-1] for name in request.form if name.startswith(start)}
    known = {key: value for key, value in sent.items() if MEASURE_KEY.fullmatch(key)}
    return tuple(sorted((dict(held.measures) | known).items()))


def _percent(name: str) -> int | None:
    typed = request.form[name].strip().removesuffix("%").removesuffix("％")
    if typed and not typed.isdecimal():
        raise Refused("完成比例要填0到100的整数。", fields={name: f"“{typed[:20]}”不是0到100的整数；可以不填"})
    return int(typed[:9]) if typed else None
