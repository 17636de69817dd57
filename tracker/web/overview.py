"""The leaders' page (总览): what is red, whose, since when, why; is it better."""
from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from tracker.domain.permissions import Act, may
from tracker.domain.show import days_left_words
from tracker.domain.words import Colour, SheetKind
from tracker.domain.workdays import china_calendar
from tracker.services import exports, overview
from tracker.web.context import clock, current_actor, session
from tracker.web.planless import with_plan

bp = Blueprint("overview", __name__)

TREND_PERIODS = 5
SHOWN_ROWS = 50          # of the worries and of the matrix; the rest is in the list


@with_plan
def show() -> ResponseReturnValue:
    """The page; `/` of a leader too."""
    at, actor = clock().now(), current_actor()
    seen = overview.overview(session(), actor, at)
    sheet = next((made for made in exports.list_exports(session(), actor)
                  if made.kind is SheetKind.ledger and made.superseded_at is None), None)
    return render_template(
        "overview/index.html", seen=seen, shown=SHOWN_ROWS, at=at, sheet=sheet, Colour=Colour,
        may_make=may(actor, Act.make_exports),
        trend=[column for column in seen.columns if column.at is not None][-TREND_PERIODS:],
        due_words=days_left_words(seen.period.lead_due_at, at, china_calendar()) if seen.period else "")


@bp.get("/overview")
def index() -> ResponseReturnValue:
    return show()
