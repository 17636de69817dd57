"""What my unit owes (我的待办), and all of it on one grid (一单位一表)."""
from __future__ import annotations

import re
import secrets

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from tracker.domain.report_text import NOTHING_NEW_REASONS, clean_report, faults
from tracker.domain.words import Rating
from tracker.domain.workdays import china_calendar
from tracker.errors import NotYours, Refused
from tracker.services import grid as grids
from tracker.services import reporting, unit_work
from tracker.services.reporting import Handed
from tracker.web.context import clock, current_actor, session, settings
from tracker.web.forms import shown_again
from tracker.web.report_form import differs, number, said_not_secret, typed_text, with_reason

bp = Blueprint("my", __name__)

ROW = re.compile(r"r([0-9]{1,9})-version")
NOT_KEPT = "有{count}处没有存上，写的都在下面"


@bp.get("/my")
def index() -> ResponseReturnValue:
    at, actor = clock().now(), current_actor()
    pages = {name: request.args.get(name, 1, type=int) for name in unit_work.LISTS}
    work = unit_work.owed_by_unit(session(), actor, at, pages)
    return render_template("my/index.html", work=work, unit=actor.unit_name, at=at, calendar=china_calendar(),
                           page_size=unit_work.PAGE, idle_minutes=settings().idle_minutes)


def show_grid(refusal: Refused | None = None) -> str:
    """The grid; what was typed comes back, with what is wrong at its cells."""
    at, actor, typed = clock().now(), current_actor(), request.form if refusal else None
    grid = grids.unit_grid(session(), actor, at, period=request.args.get("period", ""),
                           page=request.args.get("page", 1, type=int))
    ready = len(typed_ids()) - len({name.split("-")[0] for name in refusal.fields}) if refusal and refusal.fields else 0
    unsaved = {row.obligation_id for row in grid.written if typed and differs(row.text, f"r{row.obligation_id}-")
               } if grid else set()
    return render_template(
        "my/grid.html", grid=grid, unit=actor.unit_name, at=at, refusal=refusal, typed=typed, ready=ready,
        unsaved=unsaved, ratings=list(Rating), reasons=NOTHING_NEW_REASONS, page_size=unit_work.PAGE,
        idle_minutes=settings().idle_minutes,
        request_key=(typed and typed.get("request_key")) or secrets.token_urlsafe(16))


@bp.get("/my/grid")
def grid() -> ResponseReturnValue:
    return show_grid()


@bp.post("/my/grid")
@shown_again(show_grid)
def write_grid() -> ResponseReturnValue:
    at, deed, rows = clock().now(), request.form.get("deed"), typed_rows()
    period = request.args.get("period") or None
    if deed in ("submit", "submit_ready"):
        done = reporting.submit_return(
            session(), current_actor(), rows if deed == "submit" else complete(rows),
            request_key=request.form.get("request_key", ""), at=at, not_secret=said_not_secret())
        said = "return_to_sign" if any(owed.to_sign for owed in done) else "return_submitted"
        return redirect(url_for("my.grid", period=period, said=said), 303)
    _, wrong = grids.save_rows(session(), current_actor(), rows, at=at, not_secret=said_not_secret())
    if wrong:
        raise Refused(NOT_KEPT.format(count=len(wrong)), fields=wrong)
    return redirect(url_for("my.grid", period=period, page=request.args.get("page"), said="saved"), 303)


def typed_rows() -> list[Handed]:
    """The rows as they stand in the form; what a row does not show stays as its draft holds it."""
    ids = typed_ids()
    held = grids.held_rows(session(), current_actor(), ids)
    if set(ids) - set(held):
        raise NotYours
    rows = []
    for one in ids:
        prefix = f"r{one}-"
        text = with_reason(typed_text(held[one], prefix), request.form.get(f"{prefix}nothing_new", ""),
                           f"{prefix}progress")
        rows.append(Handed(one, number(f"{prefix}version"), text))
    return rows


def typed_ids() -> list[int]:
    """Which obligations the form holds rows of."""
    return [int(found[1]) for name in request.form if (found := ROW.fullmatch(name))]


def complete(rows: list[Handed]) -> list[Handed]:
    """Those that could be handed in as they are."""
    return [row for row in rows if not faults(clean_report(row.text), handing_in=True)]
