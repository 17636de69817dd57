"""The units' settings for the administrator (单位设置): whether a unit signs off (审签)."""
from __future__ import annotations

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue

from tracker.services import sign_off as service
from tracker.web.context import clock, current_actor, session

bp = Blueprint("units", __name__, url_prefix="/admin/units")


@bp.get("")
def sign_off() -> str:
    return render_template("admin/units.html", units=service.units(session(), current_actor()))


@bp.post("/<int:unit_id>/sign-off")
def set_sign_off(unit_id: int) -> ResponseReturnValue:
    on = request.form.get("on") == "1"
    service.set_sign_off(session(), current_actor(), unit_id, on=on, at=clock().now())
    return redirect(f"/admin/units?said={'sign_off_on' if on else 'sign_off_off'}#u{unit_id}", 303)
