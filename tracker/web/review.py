"""The office's day (今日待办): the queue, one report beside last period's, the decision, and taking it back."""
from __future__ import annotations

import re
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from tracker.domain.precheck import REASONS
from tracker.domain.similarity import new_words
from tracker.domain.transitions import UNDO_MINUTES
from tracker.domain.words import Rating, Role
from tracker.errors import Refused
from tracker.services import office_day, reviewing
from tracker.services.review_page import review_page
from tracker.services.review_queue import PAGE, Filters, ReviewQueue, recent_decisions, review_queue
from tracker.web.context import clock, current_actor, session
from tracker.web.forms import shown_again
from tracker.web.report_form import chosen, number

bp = Blueprint("review", __name__)

ITEM = re.compile(r"([0-9]{1,9}):([0-9]{1,9})")         # an obligation and the version of it that was seen
FIRST = ("page", 1)
UNREADABLE = "没有看懂要办什么，没有改动。请用页面上的“通过”“退回”“免报”。"


def filters() -> Filters:
    """What the address or the form narrows the queue by."""
    given = request.values
    role = given.get("role", "")
    return Filters(period_key=given.get("period", ""), unit_id=given.get("unit", type=int),
                   role=Role(role) if role in set(Role) else None, page=given.get("page", 1, type=int))


def narrowed(of: Filters, **others: Any) -> str:
    """The address of the queue under these filters; only what narrows stands in it."""
    given = {"period": of.period_key, "unit": of.unit_id, "role": of.role, "page": of.page} | others
    return url_for("review.index", **{name: value for name, value in given.items() if value and (name, value) != FIRST})


def show(refusal: Refused | None = None, obligation_id: int | None = None) -> str:
    """The queue with one report open: the one asked for, else the first."""
    at, actor = clock().now(), current_actor()
    asked = obligation_id or request.args.get("open", type=int)
    queue = review_queue(session(), actor, at, filters(), show=asked)
    place = next((place for place, row in enumerate(queue.rows) if row.obligation_id == asked), None)
    if place is None and queue.rows and (refusal is None or obligation_id is None):
        place = 0
    row = queue.rows[place] if place is not None else None
    return render_template(
        "review/index.html", queue=queue, row=row, place=place, following=_following(queue, place), asked=asked,
        page=review_page(session(), actor, row.obligation_id, at) if row else None, at=at, refusal=refusal,
        ticked=_ticked(queue), narrowed=narrowed, new_words=new_words, ratings=list(Rating), reasons=REASONS,
        judged=chosen(Rating, "judged"), picked=request.form.getlist("picked"), words=request.form.get("words", ""),
        recent=recent_decisions(session(), actor, at), told=_told(), undo_minutes=UNDO_MINUTES,
        day=office_day.office_day(session(), actor, at))


def _following(queue: ReviewQueue, place: int | None) -> int | None:
    """What opens after a decision: the next one, after the last the one before; None where it is the only one."""
    if place is None or len(queue.rows) < 2:
        return None
    return queue.rows[place + 1 if place + 1 < len(queue.rows) else place - 1].obligation_id


def _ticked(queue: ReviewQueue) -> set[str]:
    """The rows that are ticked: all without warnings, or those of the form that was refused."""
    if request.args.get("tick") == "clean":
        return {f"{row.obligation_id}:{row.version}" for row in queue.clean}
    return set(request.form.getlist("item"))


def _told() -> set[int]:
    """Of which of the actor's own decisions the banner tells; the page shows none that is not his and fresh."""
    return {int(one) for one in request.args.get("told", "")[:500].split(",") if one.isdecimal()}


def _decided(*ids: int) -> ResponseReturnValue:
    """On to the next report, told what was done."""
    return redirect(narrowed(filters(), open=request.form.get("next", type=int), told=",".join(map(str, ids))), 303)


@bp.get("/review")
def index() -> ResponseReturnValue:
    return show()


@bp.post("/review/<int:obligation_id>")
@shown_again(show)
def decide(obligation_id: int) -> ResponseReturnValue:
    at, actor, version = clock().now(), current_actor(), number("version")
    words, deed = request.form.get("words", "").strip(), request.form.get("deed")
    if deed == "accept":
        judged = chosen(Rating, "judged")
        ground = request.form.get("ground", "") if judged is Rating.behind else ""      # of the rule's own choice
        reviewing.accept_report(session(), actor, obligation_id, judged=judged, reason=words or ground,
                                version=version, at=at)
    elif deed == "send_back":
        reason = "；".join(part for part in ("、".join(request.form.getlist("picked")), words) if part)
        reviewing.send_back(session(), actor, obligation_id, reason=reason, version=version, at=at)
    elif deed == "waive":
        reviewing.waive_report(session(), actor, obligation_id, reason=words, version=version, at=at)
    else:
        raise Refused(UNREADABLE)
    return _decided(obligation_id)


@bp.post("/review/<int:obligation_id>/undo")
@shown_again(show)
def undo(obligation_id: int) -> ResponseReturnValue:
    reviewing.undo_decision(session(), current_actor(), obligation_id, version=number("version"), at=clock().now())
    return redirect(narrowed(filters(), open=obligation_id, told=obligation_id), 303)


@bp.post("/review/accept")
@shown_again(show)
def accept_all() -> ResponseReturnValue:
    ticked = [ITEM.fullmatch(item) for item in dict.fromkeys(request.form.getlist("item"))]
    if len(ticked) > PAGE or not all(ticked):
        raise Refused(UNREADABLE)
    items = [(int(item[1]), int(item[2])) for item in ticked if item]
    reviewing.accept_all(session(), current_actor(), items, at=clock().now())
    return _decided(*(obligation_id for obligation_id, _ in items))
