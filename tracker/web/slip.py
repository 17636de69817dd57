"""报送单: a unit's period on one printable sheet."""
from __future__ import annotations

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from tracker.services import slip as slips
from tracker.web.context import clock, current_actor, session

bp = Blueprint("slip", __name__)


@bp.get("/slip")
def index() -> ResponseReturnValue:
    at, actor, period = clock().now(), current_actor(), request.args.get("period", "")
    unit_id = request.args.get("unit", type=int)
    if not period or (unit_id is None and actor.unit_id is None):
        choices = slips.slip_choices(session(), actor, at)
        return render_template("slip/choose.html", choices=choices, period=period, at=at, actor=actor)
    sheet = slips.slip(session(), actor, period, at, unit_id=unit_id, plan_key=request.args.get("plan") or None)
    return render_template("slip/show.html", slip=sheet, at=at)
