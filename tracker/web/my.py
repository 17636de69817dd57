"""What my unit owes (我的待办)."""
from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from tracker.domain.workdays import china_calendar
from tracker.services import worklists
from tracker.web.context import clock, current_actor, session

bp = Blueprint("my", __name__)


@bp.get("/my")
def index() -> ResponseReturnValue:
    at, actor = clock().now(), current_actor()
    work = worklists.owed_by_unit(session(), actor, at)
    return render_template("my/index.html", work=work, unit=actor.unit_name, at=at, calendar=china_calendar())
