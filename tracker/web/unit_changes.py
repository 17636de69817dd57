"""机构调整: rename, merge, hand a duty to another unit, add one; what would move is shown before it does."""
from __future__ import annotations

from datetime import date

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue

from tracker.domain.workdays import shanghai_date
from tracker.errors import Refused
from tracker.services import unit_changes
from tracker.services.moved_reports import Moves
from tracker.services.unit_change_page import change_page
from tracker.web.context import clock, current_actor, session
from tracker.web.forms import shown_again, typed

bp = Blueprint("unit_changes", __name__)

KINDS = ("merge", "move", "rename", "add")
DONE = {"merge": "unit_merged", "move": "duty_moved", "rename": "unit_renamed", "add": "duty_added"}


def show(refusal: Refused | None = None, moves: Moves | None = None) -> str:
    """The forms; with `moves` the preview of one, its choice kept."""
    at = clock().now()
    return render_template("unit_changes/index.html", page=change_page(session(), current_actor()), at=at,
                           refusal=refusal, typed=request.form, moves=moves, kind=request.form.get("kind", ""),
                           today=shanghai_date(at))


@bp.get("/changes")
def index() -> ResponseReturnValue:
    return show()


@bp.post("/changes")
@shown_again(show)
def change() -> ResponseReturnValue:
    kind, preview = request.form.get("kind", ""), request.form.get("deed") == "preview"
    if kind not in KINDS:
        raise Refused("没有看懂要调整什么，没有改动。请用页面上的表。")
    moves = _done(kind, preview)
    if preview:
        return show(moves=moves)
    return redirect(f"/changes?said={DONE[kind]}", 303)


def _done(kind: str, preview: bool) -> Moves:
    at, actor, from_on = clock().now(), current_actor(), _day()
    if kind == "merge":
        return unit_changes.merge_units(session(), actor, _id("unit_id", "请选要并入的单位"),
                                        _id("into_id", "请选并入哪个单位"), from_on=from_on, at=at, dry_run=preview)
    if kind == "move":
        return unit_changes.move_duty(session(), actor, _id("duty_id", "请选哪一项责任"),
                                      _id("into_id", "请选交给哪个单位"), from_on=from_on, at=at, dry_run=preview)
    if kind == "rename":
        unit_changes.rename_unit(session(), actor, _id("unit_id", "请选单位"), name=typed("name", 60),
                                 from_on=from_on, at=at)
    else:
        unit_changes.add_duty(session(), actor, _id("task_id", "请选任务"), _id("into_id", "请选单位"),
                              from_on=from_on, at=at)
    return Moves()


def _id(name: str, sentence: str) -> int:
    value = request.form.get(name, type=int)
    if value is None:
        raise Refused(f"{sentence}。没有改动。", fields={name: sentence})
    return value


def _day() -> date:
    try:
        return date.fromisoformat(request.form.get("from_on", ""))
    except ValueError:
        sentence = "请写从哪一天起，如 2026-04-01"
        raise Refused(f"{sentence}。没有改动。", fields={"from_on": sentence}) from None
