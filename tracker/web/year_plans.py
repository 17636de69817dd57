"""年度计划 and its milestones (节点): the lead writes and files, the office answers, owners report what is done."""
from __future__ import annotations

from collections.abc import Callable
from datetime import date

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue

from tracker.domain.words import PlanState
from tracker.domain.workdays import shanghai_date
from tracker.domain.year_plan import MOST_ROWS, TypedRow
from tracker.errors import Conflict, Refused, SecrecyQuestion
from tracker.services import extension_list, milestones, year_plans
from tracker.services.milestones import MilestonePage
from tracker.services.own_milestones import OwnMilestones, own_milestones
from tracker.services.year_plan_list import year_plan_list
from tracker.services.year_plan_page import YearPlanPage, year_plan_page
from tracker.web.context import clock, current_actor, session
from tracker.web.forms import shown_again, typed
from tracker.web.planless import with_plan
from tracker.web.report_form import said_not_secret
from tracker.web.uploads import uploaded

bp = Blueprint("year_plans", __name__)

EMPTY_ROWS = 3
NO_VERSION = "这一页缺了版本号，没有改动。请刷新页面再办。"
NO_DEED = "请点“批准”或“退回”。没有改动。"


@bp.app_context_processor
def _for_desks() -> dict[str, Callable[[], OwnMilestones]]:
    """For `year_plans/_mine.html` on any page."""
    return {"own_milestones": lambda: own_milestones(session(), current_actor(), clock().now())}


@bp.get("/year-plans")
@with_plan
def index() -> ResponseReturnValue:
    at = clock().now()
    asked = request.args.get("year", "")
    year = int(asked) if asked.isdecimal() and len(asked) == 4 else None
    return render_template("year_plans/index.html", listed=year_plan_list(session(), current_actor(), at, year), at=at,
                           PlanState=PlanState)


@bp.get("/tasks/<number>/plan/<int:year>")
def show(number: str, year: int) -> ResponseReturnValue:
    return plan_page(number=number, year=year)


def plan_page(refusal: Refused | None = None, *, number: str, year: int) -> str:
    session().rollback()
    at = clock().now()
    page = year_plan_page(session(), current_actor(), number, year, at)
    sent = _typed_rows() if refusal is not None and "name-0" in request.form else None
    writing = page.may_write and (sent is not None or "revise" in request.args or page.state in {
        None, PlanState.draft, PlanState.returned})
    return render_template(
        "year_plans/show.html", page=page, refusal=refusal, at=at, writing=writing, PlanState=PlanState,
        rows=_form_rows(page, sent) if writing else [], overtaken=isinstance(refusal, Conflict),
        question=isinstance(refusal, SecrecyQuestion), reason=request.form.get("reason", ""))


@bp.post("/tasks/<number>/plan/<int:year>")
@shown_again(plan_page)
def write(number: str, year: int) -> ResponseReturnValue:
    filing = request.form.get("deed") == "file"
    year_plans.write_plan(session(), current_actor(), number, year, _typed_rows(), plan_id=_number("plan_id"),
                          version=_number("version"), filing=filing, at=clock().now(),
                          not_secret=said_not_secret())
    return redirect(f"/tasks/{number}/plan/{year}?said={'plan_filed' if filing else 'plan_saved'}", 303)


@bp.post("/tasks/<number>/plan/<int:year>/decide")
@shown_again(plan_page)
def decide(number: str, year: int) -> ResponseReturnValue:
    deed, at = request.form.get("deed"), clock().now()
    seen = {"plan_id": _number("plan_id"), "version": _number("version")}
    if deed == "approve":
        year_plans.approve_plan(session(), current_actor(), number, year, **seen, at=at)
        return redirect(f"/tasks/{number}/plan/{year}?said=plan_approved", 303)
    if deed == "send_back":
        year_plans.return_plan(session(), current_actor(), number, year, reason=request.form.get("reason", ""), **seen,
                               at=at)
        return redirect(f"/tasks/{number}/plan/{year}?said=plan_returned", 303)
    raise Refused(NO_DEED)


@bp.get("/milestones/<int:milestone_id>")
def milestone(milestone_id: int) -> ResponseReturnValue:
    page = milestones.milestone_page(session(), current_actor(), milestone_id, clock().now())
    if not isinstance(page, MilestonePage):
        task, year = page
        return redirect(f"/tasks/{task.number}/plan/{year}", 303)
    return milestone_shown(milestone_id=milestone_id)


def milestone_shown(refusal: Refused | None = None, *, milestone_id: int) -> str:
    session().rollback()
    at = clock().now()
    page = milestones.milestone_page(session(), current_actor(), milestone_id, at)
    if not isinstance(page, MilestonePage):
        raise refusal or Refused(milestones.NOT_COUNTING)
    return render_template(
        "year_plans/milestone.html", page=page, row=page.row, task=page.task, refusal=refusal, at=at,
        question=isinstance(refusal, SecrecyQuestion), typed=request.form, today=shanghai_date(at),
        extensions=extension_list.extensions_of_milestone(session(), current_actor(), milestone_id, at))


@bp.post("/milestones/<int:milestone_id>/done")
@shown_again(milestone_shown)
def done(milestone_id: int) -> ResponseReturnValue:
    milestones.check_may_report(session(), current_actor(), milestone_id)
    with uploaded() as files:
        milestones.report_done(
            session(), current_actor(), milestone_id, done_on=_day("done_on"),
            statement=request.form.get("statement", ""), files=files, at=clock().now(), not_secret=said_not_secret())
    return redirect(f"/milestones/{milestone_id}?said=milestone_done", 303)


@bp.post("/milestones/<int:milestone_id>/undo")
@shown_again(milestone_shown)
def undo(milestone_id: int) -> ResponseReturnValue:
    again = milestones.undo_done(session(), current_actor(), milestone_id, reason=request.form.get("reason", ""),
                                 at=clock().now())
    return redirect(f"/milestones/{again.id}?said=milestone_undone", 303)


def _typed_rows() -> list[TypedRow]:
    """The table as typed: name-0, due-0, owner-0, position-0, then 1 …"""
    rows = []
    for place in range(MOST_ROWS + 10 * EMPTY_ROWS):
        if f"name-{place}" not in request.form:
            break
        rows.append(TypedRow(request.form[f"name-{place}"], request.form.get(f"due-{place}", ""),
                             request.form.get(f"owner-{place}", ""), request.form.get(f"position-{place}", type=int)))
    return rows


def _form_rows(page: YearPlanPage, sent: list[TypedRow] | None) -> list[TypedRow]:
    """What stands in the form: as typed, else the open milestones; always with empty rows after it."""
    lead = str(page.owners[0][0]) if page.owners else ""
    rows = sent if sent is not None else [
        TypedRow(row.name, row.due_on.isoformat(), str(row.owner_id), row.position) for row in page.open_rows]
    while rows and not (rows[-1].name.strip() or rows[-1].due_on.strip()):
        rows = rows[:-1]
    return [*rows, *[TypedRow("", "", lead)] * EMPTY_ROWS]


def _number(name: str) -> int:
    value = request.form.get(name, type=int)
    if value is None:
        raise Refused(NO_VERSION)
    return value


def _day(name: str) -> date | None:
    value = typed(name)
    try:
        return date.fromisoformat(value) if value else None
    except ValueError:
        sentence = f"“{value[:20]}”不是日期，要写成 2026-06-30 这样"
        raise Refused("完成日期看不懂，没有记。", fields={name: sentence}) from None
