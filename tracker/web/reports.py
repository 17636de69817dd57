"""One report (进展报告): written by the unit's clerk, read by whoever may."""
from __future__ import annotations

import secrets
from enum import StrEnum
from typing import TypeVar

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from tracker.domain.rows import ReportText
from tracker.domain.words import Deed, Rating
from tracker.errors import Conflict, Refused
from tracker.services import reporting, worklists
from tracker.web.context import clock, current_actor, session
from tracker.web.forms import shown_again

bp = Blueprint("reports", __name__)
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


def typed_text() -> ReportText:
    """What stands in the report form. Refused, with the field, where the percent is no whole number."""
    percent = request.form.get("percent", "").strip().removesuffix("%").removesuffix("％")
    if percent and not percent.isdecimal():
        raise Refused("完成比例要填0到100的整数。", fields={"percent": f"“{percent[:20]}”不是0到100的整数；可以不填"})
    return ReportText(
        progress=request.form.get("progress", ""), self_rating=chosen(Rating, "self_rating"),
        percent=int(percent[:9]) if percent else None, problems=request.form.get("problems", ""),
        matters=request.form.get("matters", ""), next_steps=request.form.get("next_steps", ""))


def show_page(refusal: Refused | None = None, *, obligation_id: int) -> str:
    """The form where the actor may write, else the report as it stands; what was typed comes back."""
    at, actor = clock().now(), current_actor()
    page = worklists.report_page(session(), actor, obligation_id, at)
    typed = request.form if refusal and "progress" in request.form else None        # 撤回 sends no text
    if not (page.may.save or page.may.submit):
        return render_template("reports/show.html", page=page, refusal=refusal, at=at, typed=typed)
    return render_template(
        "reports/form.html", page=page, refusal=refusal, at=at, ratings=list(Rating), typed=typed,
        conflict=refusal if isinstance(refusal, Conflict) else None,
        request_key=(typed and typed.get("request_key")) or secrets.token_urlsafe(16))


@bp.get("/reports/<int:obligation_id>")
def show(obligation_id: int) -> ResponseReturnValue:
    return show_page(obligation_id=obligation_id)


@bp.post("/reports/<int:obligation_id>")
@shown_again(show_page)
def write(obligation_id: int) -> ResponseReturnValue:
    at, actor, version = clock().now(), current_actor(), number("version")
    text = typed_text()
    if request.form.get("deed") == "save":
        reporting.save_draft(session(), actor, obligation_id, text=text, version=version, at=at)
        return redirect(url_for("reports.show", obligation_id=obligation_id, said="saved"), 303)
    owed = reporting.submit_report(session(), actor, obligation_id, text=text, version=version,
                                   request_key=request.form.get("request_key", ""), at=at)
    steps = worklists.report_page(session(), actor, obligation_id, at).steps
    again = any(step.deed is Deed.send_back for step in steps)
    said = "resubmitted" if again else "submitted" if owed.on_time else "submitted_late"
    return redirect(url_for("my.index", said=said), 303)


@bp.post("/reports/<int:obligation_id>/withdraw")
@shown_again(show_page)
def withdraw(obligation_id: int) -> ResponseReturnValue:
    reporting.withdraw_report(session(), current_actor(), obligation_id, version=number("version"), at=clock().now())
    return redirect(url_for("reports.show", obligation_id=obligation_id, said="withdrawn"), 303)
