"""The tasks (任务台账): the list under filters, one task, 补录 and 增加任务."""
from __future__ import annotations

from datetime import date
from itertools import groupby
from urllib.parse import urlencode

from flask import Blueprint, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue

from tracker.domain.periods import parse_period
from tracker.domain.permissions import Act, may
from tracker.domain.words import Colour
from tracker.errors import Refused
from tracker.services import extension_list, plan_edit, task_page, tasklist
from tracker.services.access import LARGEST_ID
from tracker.services.milestones import milestones_of_task
from tracker.services.tasklist import PAGE, Filters
from tracker.web.context import clock, current_actor, session
from tracker.web.forms import shown_again
from tracker.web.planless import with_plan

bp = Blueprint("tasks", __name__)

SILENT, INCOMPLETE = "silent", "incomplete"      # values of `show`: 本期没报, 待补录


@bp.get("/tasks")
@with_plan
def index() -> ResponseReturnValue:
    at, actor = clock().now(), current_actor()
    trail = [int(place) for place in request.args.get("after", "").split("-") if place.isdecimal()]
    mine = request.args.get("unit") == "me" and actor.unit_id is not None
    chosen, show = request.args.get("lamp", ""), request.args.get("show", "")
    filters = Filters(
        unit_id=actor.unit_id if mine else _id("unit"), section_id=_id("section"),
        colour=Colour(chosen) if chosen in set(Colour) else None,
        text=request.args.get("q", "").replace("\x00", "").strip()[:60], silent=show == SILENT,
        incomplete=show == INCOMPLETE, after=min(trail[-1], LARGEST_ID) if trail else -1)
    listed = tasklist.task_list(session(), actor, filters, at)
    first = len(trail) * PAGE + 1
    page = render_template(
        "tasks/_rows.html" if _only_the_rows() else "tasks/list.html", listed=listed, filters=filters, at=at,
        mine=mine, show=show, colours=list(Colour), period_label=parse_period(listed.period_key).label,
        sections=[(section, list(rows)) for section, rows in groupby(listed.rows, key=lambda row: row.section)],
        first=first, last=first + len(listed.rows) - 1, with_=_address,
        before=_address(after="-".join(map(str, trail[:-1]))) if trail else "",
        after=_address(after="-".join(map(str, [*trail, listed.next_after]))) if listed.next_after is not None else "",
        may_add=may(actor, Act.keep_plan))
    answer = make_response(page)
    answer.vary.add("HX-Request")
    return answer


@bp.get("/tasks/<number>")
def show(number: str) -> ResponseReturnValue:
    return _task(number, None)


@bp.get("/plans/<key>/tasks/<number>")
def show_of_plan(key: str, number: str) -> ResponseReturnValue:
    return _task(number, key)


@bp.get("/tasks/<number>/complete")
def complete(number: str) -> ResponseReturnValue:
    return complete_page(number=number)


@bp.get("/tasks/new")
@with_plan
def new() -> ResponseReturnValue:
    return new_page()


def complete_page(refusal: Refused | None = None, *, number: str) -> str:
    at, actor = clock().now(), current_actor()
    page = task_page.task_page(session(), actor, number, at)
    return render_template("tasks/complete.html", page=page, refusal=refusal, at=at,
                           choices=task_page.choices(session(), actor), typed=request.form if refusal else None,
                           picked=request.form.getlist("co"))


@bp.post("/tasks/<number>/complete")
@shown_again(complete_page)
def write_complete(number: str) -> ResponseReturnValue:
    version = request.form.get("version", type=int)
    if version is None:
        raise Refused("这一页缺了版本号，没有改动。请刷新页面再办。")
    plan_edit.complete_task(session(), current_actor(), number.replace("\x00", ""), title=request.form.get("title", ""),
                            body=request.form.get("body", ""), lead=request.form.get("lead", ""), co=_co(),
                            version=version, at=clock().now())
    return redirect(f"/tasks/{number}?said=completed", 303)


def new_page(refusal: Refused | None = None) -> str:
    return render_template("tasks/new.html", refusal=refusal, choices=task_page.choices(session(), current_actor()),
                           typed=request.form, picked=request.form.getlist("co"))


@bp.post("/tasks/new")
@shown_again(new_page)
def add() -> ResponseReturnValue:
    task = plan_edit.add_task(
        session(), current_actor(), section=request.form.get("section", "").replace("\x00", ""),
        title=request.form.get("title", ""), body=request.form.get("body", ""), lead=request.form.get("lead", ""),
        co=_co(), due_on=_due_on(), at=clock().now())
    return redirect(f"/tasks/{task.number}?said=task_added", 303)


def _task(number: str, key: str | None) -> str:
    at, actor = clock().now(), current_actor()
    page = task_page.task_page(session(), actor, number, at, plan_key=key)
    return render_template("tasks/show.html", page=page, at=at, key=key,
                           extensions=extension_list.extensions_of(session(), actor, page.task, at),
                           milestones=milestones_of_task(session(), actor, page.task, at))


def _co() -> list[str]:
    """The co-units as ticked, less the one chosen to lead."""
    return [name for name in request.form.getlist("co") if name != request.form.get("lead")]


def _due_on() -> date | None:
    value = request.form.get("due_on", "").strip()
    try:
        return date.fromisoformat(value) if value else None
    except ValueError:
        raise Refused("完成时限看不懂，任务没有增加。",
                      fields={"due_on": f"“{value[:20]}”不是日期，要写成 2027-12-31 这样"}) from None


def _id(name: str) -> int | None:
    value = request.args.get(name, "")
    return min(int(value), LARGEST_ID) if value.isdecimal() and len(value) < 20 else None


def _only_the_rows() -> bool:
    return "HX-Request" in request.headers and "HX-History-Restore-Request" not in request.headers


def _address(**changed: str) -> str:
    """The list under today's filters with some changed; "" takes one away. The page begins anew."""
    kept = {name: value for name, value in request.args.items() if name in {"unit", "section", "lamp", "q", "show"}}
    asked = {name: value for name, value in {**kept, **changed}.items() if value}
    return "/tasks" + (f"?{urlencode(asked)}" if asked else "")
