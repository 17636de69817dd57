"""报送单: a unit's period on one printable sheet, and the scan of it when it is signed and stamped."""
from __future__ import annotations

from typing import BinaryIO, cast

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from tracker.errors import Refused
from tracker.services import evidence
from tracker.services import slip as slips
from tracker.services.file_store import receive
from tracker.web.context import clock, current_actor, session
from tracker.web.forms import shown_again
from tracker.web.report_form import said_not_secret

bp = Blueprint("slip", __name__)

NEED_FILE = "请先选盖好章的扫描件或照片"


def asked() -> slips.Slip:
    """The sheet that the address names."""
    args = request.args
    return slips.slip(session(), current_actor(), args.get("period", ""), clock().now(),
                      unit_id=args.get("unit", type=int), plan_key=args.get("plan") or None)


def show(refusal: Refused | None = None) -> str:
    sheet = asked()
    scans = evidence.slips_of(session(), current_actor(), sheet.unit_id, sheet.period_id)
    return render_template("slip/show.html", slip=sheet, scans=scans, refusal=refusal, at=clock().now())


@bp.get("/slip")
def index() -> ResponseReturnValue:
    at, actor, period = clock().now(), current_actor(), request.args.get("period", "")
    if period and (actor.unit_id is not None or "unit" in request.args):
        return show()
    return render_template("slip/choose.html", choices=slips.slip_choices(session(), actor, at), period=period, at=at,
                           actor=actor)


@bp.post("/slip/scan")
@shown_again(show)
def scan() -> ResponseReturnValue:
    sheet, file = asked(), request.files.get("file")
    if file is None or not file.filename:
        raise Refused(NEED_FILE, fields={"file": NEED_FILE})
    with receive(session(), cast(BinaryIO, file.stream), file.filename) as stored:
        evidence.attach_slip(session(), current_actor(), sheet.unit_id, sheet.period_id, stored=stored,
                             name=stored.name, at=clock().now(), not_secret=said_not_secret())
    return redirect(url_for("slip.index", period=sheet.period_key, unit=sheet.unit_id, plan=sheet.plan_key,
                            said="slip_kept"), 303)
