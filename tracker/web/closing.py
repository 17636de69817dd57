"""Closing, suspending, cancelling, reopening a task, and releasing a co-unit (办结、销号、暂缓、取消、部门办结)."""
from __future__ import annotations

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue

from tracker.domain.words import Grade, TaskDeed
from tracker.errors import NotYours, Refused
from tracker.services import closing, releasing, task_page
from tracker.services.task_course import consequence
from tracker.web.context import clock, current_actor, session
from tracker.web.forms import shown_again
from tracker.web.report_form import chosen, said_not_secret
from tracker.web.report_form import number as whole_number
from tracker.web.uploads import uploaded

bp = Blueprint("closing", __name__)


def show(refusal: Refused | None = None, *, number: str) -> str:
    """How a task is closed: the request, its measures one by one, who may be released; what was typed comes back."""
    at, actor = clock().now(), current_actor()
    page = task_page.task_page(session(), actor, number, at)
    return render_template(
        "closing/index.html", page=page, at=at, refusal=refusal, typed=request.form if refusal else None,
        grades=list(Grade), closing=closing.closing_of_task(session(), actor, page.task, at),
        releases=releasing.releases_of_task(session(), actor, page.task, at),
        releasable=releasing.releasable(session(), actor, page.task))


@bp.get("/tasks/<number>/closing")
def index(number: str) -> ResponseReturnValue:
    return show(number=number)


@bp.post("/tasks/<number>/closing/ask")
@shown_again(show)
def ask(number: str) -> ResponseReturnValue:
    at, actor = clock().now(), current_actor()
    task = task_page.task_page(session(), actor, number, at).task
    with uploaded() as files:
        closing.ask_closing(session(), actor, task.id, statement=request.form.get("statement", ""),
                            measures=_words("m"), version=whole_number("version"), at=at, files=files,
                            not_secret=said_not_secret())
    return redirect(f"/tasks/{number}/closing?said=closing_asked", 303)


@bp.post("/tasks/<number>/closing/decide")
@shown_again(show)
def decide(number: str) -> ResponseReturnValue:
    at, actor = clock().now(), current_actor()
    task = task_page.task_page(session(), actor, number, at).task
    met = {measure_id: value == "yes" for measure_id, value in _words("m").items() if value in ("yes", "no")}
    reason, version = request.form.get("reason", ""), whole_number("version")
    if request.form.get("deed") == "refuse":
        closing.refuse_closing(session(), actor, task.id, reason=reason, met=met, version=version, at=at)
        return redirect(f"/tasks/{number}/closing?said=closing_refused", 303)
    closing.close_task(session(), actor, task.id, met=met, notes=_words("n"), grade=chosen(Grade, "grade"),
                       reason=reason, version=version, at=at)
    return redirect(f"/tasks/{number}/closing?said=task_closed", 303)


def confirm(refusal: Refused | None = None, *, number: str, step: str) -> str:
    """A plain page that says what a step would do to what is owed, before it is done."""
    at, actor = clock().now(), current_actor()
    page = task_page.task_page(session(), actor, number, at)
    deed = _step(step)
    return render_template("closing/state.html", page=page, at=at, refusal=refusal, deed=deed,
                           effect=consequence(session(), page.task, deed, actor, at),
                           reason=request.form.get("reason", ""))


@bp.get("/tasks/<number>/state/<step>")
def ask_state(number: str, step: str) -> ResponseReturnValue:
    return confirm(number=number, step=step)


@bp.post("/tasks/<number>/state/<step>")
@shown_again(confirm)
def change_state(number: str, step: str) -> ResponseReturnValue:
    at, actor, deed = clock().now(), current_actor(), _step(step)
    task = task_page.task_page(session(), actor, number, at).task
    closing.keep_task_state(session(), actor, task.id, deed, reason=request.form.get("reason", ""),
                            version=whole_number("version"), at=at)
    return redirect(f"/tasks/{number}?said=task_{closing.KEEPERS[deed]}", 303)


@bp.post("/tasks/<number>/release/<int:duty_id>")
@shown_again(lambda refusal=None, *, number, duty_id: show(refusal, number=number))
def release(number: str, duty_id: int) -> ResponseReturnValue:
    at, actor, words = clock().now(), current_actor(), request.form.get("words", "")
    task_page.task_page(session(), actor, number, at)
    if request.form.get("deed") == "ask":
        with uploaded() as files:
            releasing.ask_release(session(), actor, duty_id, statement=words, at=at, files=files,
                                  not_secret=said_not_secret())
        return redirect(f"/tasks/{number}/closing?said=release_asked", 303)
    releasing.release(session(), actor, duty_id, reason=words, at=at)
    return redirect(f"/tasks/{number}/closing?said=released", 303)


@bp.post("/tasks/<number>/releases/<int:request_id>")
@shown_again(lambda refusal=None, *, number, request_id: show(refusal, number=number))
def decide_release(number: str, request_id: int) -> ResponseReturnValue:
    at, actor = clock().now(), current_actor()
    task_page.task_page(session(), actor, number, at)
    granted = request.form.get("deed") == "grant"
    releasing.decide_release(session(), actor, request_id, granted=granted, reason=request.form.get("words", ""), at=at)
    return redirect(f"/tasks/{number}/closing?said={'released' if granted else 'release_refused'}", 303)


def _step(step: str) -> TaskDeed:
    if step not in {deed.value for deed in closing.KEEPERS}:
        raise NotYours
    return TaskDeed(step)


def _words(prefix: str) -> dict[int, str]:
    """What was typed or picked per measure: the controls named by the prefix and the measure's id."""
    return {int(name[len(prefix):]): value for name, value in request.form.items()
            if name.startswith(prefix) and name[len(prefix):].isascii() and name[len(prefix):].isdecimal()
            and len(name) < 12}
