"""The office's day (今日待办): the queue, one report beside last period's, and the decision."""
from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from tracker.domain.similarity import new_clauses
from tracker.domain.words import Rating
from tracker.errors import Refused
from tracker.services import office_day, reviewing, worklists
from tracker.services.report_page import ReportPage
from tracker.web.context import clock, current_actor, session
from tracker.web.forms import shown_again
from tracker.web.report_form import chosen, number

bp = Blueprint("review", __name__)

RETURN_REASONS = ("内容空泛", "无量化进展", "与上期雷同", "佐证不足", "口径不符")


def show(refusal: Refused | None = None, obligation_id: int | None = None) -> str:
    """The queue with one report open: the one asked for, else the first."""
    at, actor = clock().now(), current_actor()
    queue = worklists.review_queue(session(), actor, at)
    asked = obligation_id or request.args.get("open", type=int)
    row = next((row for row in queue if row.obligation_id == asked), queue[0] if queue and not refusal else None)
    page = worklists.report_page(session(), actor, row.obligation_id, at) if row else None
    facts: dict[str, Any] = {"queue": queue, "asked": asked, "row": row, "page": page, "at": at,
                             "refusal": refusal, "clauses": clauses(page), "judged": chosen(Rating, "judged"),
                             "day": office_day.office_day(session(), actor, at)}
    return render_template("review/index.html", ratings=list(Rating), reasons=RETURN_REASONS,
                           picked=request.form.getlist("picked"), words=request.form.get("words", ""), **facts)


def clauses(page: ReportPage | None) -> dict[str, list[tuple[str, bool | None]]]:
    """The text of this period cut into what stood in the last one and what is new; None where there is no last one."""
    if page is None or page.current is None:
        return {}
    now, before = page.current.text, page.last_text
    return {field: [(words, None if before is None else new) for words, new in new_clauses(
                getattr(before or now, field), getattr(now, field))]
            for field in ("progress", "problems", "matters", "next_steps")}


@bp.get("/review")
def index() -> ResponseReturnValue:
    return show()


@bp.post("/review/<int:obligation_id>")
@shown_again(show)
def decide(obligation_id: int) -> ResponseReturnValue:
    at, actor, version = clock().now(), current_actor(), number("version")
    words = request.form.get("words", "").strip()
    deed = request.form.get("deed")
    if deed == "accept":
        reviewing.accept_report(session(), actor, obligation_id, judged=chosen(Rating, "judged"), reason=words,
                                version=version, at=at)
        return redirect(url_for("review.index", said="accepted"), 303)
    if deed == "send_back":
        reason = "；".join(part for part in ("、".join(request.form.getlist("picked")), words) if part)
        reviewing.send_back(session(), actor, obligation_id, reason=reason, version=version, at=at)
        return redirect(url_for("review.index", said="returned"), 303)
    if deed == "waive":
        reviewing.waive_report(session(), actor, obligation_id, reason=words, version=version, at=at)
        return redirect(url_for("review.index", said="waived"), 303)
    raise Refused("没有看懂要办什么，没有改动。请用页面上的“通过”“退回”“免报”。")
