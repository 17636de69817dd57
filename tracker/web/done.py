"""What I did (已办)."""
from __future__ import annotations

from urllib.parse import urlencode

from flask import Blueprint, render_template, request

from tracker.domain.transitions import state_word
from tracker.services.done import PAGE, done
from tracker.web.context import clock, current_actor, session

bp = Blueprint("done", __name__)


@bp.get("/done")
def index() -> str:
    """Behind which rows the pages before began stands in the address, so that 上一页 finds back."""
    trail = [cursor for cursor in request.args.get("after", "").split("-") if cursor]
    period = request.args.get("period", "")
    mine = done(session(), current_actor(), period=period, behind=trail[-1] if trail else "")
    first = len(trail) * PAGE + 1
    return render_template(
        "done/index.html", mine=mine, period=period, at=clock().now(), state_word=state_word, first=first,
        last=first + len(mine.rows) - 1, before=_address(trail[:-1]) if trail else "",
        after=_address([*trail, mine.next_cursor]) if mine.next_cursor else "")


def _address(trail: list[str]) -> str:
    return "/done?" + urlencode({"period": request.args.get("period", ""), "after": "-".join(trail)})
