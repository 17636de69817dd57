"""Extensions (延期): the form of a report, a milestone or a task; the office's list, where they are decided."""
from __future__ import annotations

from datetime import date

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue

from tracker.domain.extensions import Wish
from tracker.domain.words import Extended, Stretch
from tracker.errors import Refused, SecrecyQuestion
from tracker.services import extension_list, extensions
from tracker.web.context import clock, current_actor, session
from tracker.web.forms import shown_again, typed
from tracker.web.report_form import chosen, said_not_secret
from tracker.web.uploads import uploaded

bp = Blueprint("extensions", __name__)

NO_DATE = "“{value}”不是日期，要写成 2026-10-30 这样"
NO_NUMBER = "“{value}”不是整天数"
NEED_DAY = "请写明同意延到哪一天"
UNREADABLE = "没有看懂要办什么，没有改动。请用页面上的“同意”“不同意”。"


def show_form(refusal: Refused | None, what: Extended, row_id: int, back: str, post_to: str) -> str:
    """What holds, what is asked for; what was typed comes back."""
    at = clock().now()
    return render_template(
        "extensions/ask.html", asking=extension_list.asking(session(), current_actor(), what, row_id, at), at=at,
        back=back, post_to=post_to, stretches=list(Stretch), refusal=refusal, typed=request.form,
        question=isinstance(refusal, SecrecyQuestion))


def of_report(refusal: Refused | None = None, *, obligation_id: int) -> str:
    back = f"/reports/{obligation_id}"
    return show_form(refusal, Extended.report, obligation_id, back, f"{back}/extension")


def of_milestone(refusal: Refused | None = None, *, milestone_id: int) -> str:
    back = f"/milestones/{milestone_id}"
    return show_form(refusal, Extended.milestone, milestone_id, back, f"{back}/extension")


def of_task(refusal: Refused | None = None, *, number: str) -> str:
    task_id, back = extension_list.task_of_number(session(), number), f"/tasks/{number}"
    return show_form(refusal, Extended.task, task_id, back, f"{back}/extension")


@bp.get("/reports/<int:obligation_id>/extension")
def report_form(obligation_id: int) -> ResponseReturnValue:
    return of_report(obligation_id=obligation_id)


@bp.post("/reports/<int:obligation_id>/extension")
@shown_again(of_report)
def ask_of_report(obligation_id: int) -> ResponseReturnValue:
    return _ask(Extended.report, obligation_id, f"/reports/{obligation_id}")


@bp.get("/milestones/<int:milestone_id>/extension")
def milestone_form(milestone_id: int) -> ResponseReturnValue:
    return of_milestone(milestone_id=milestone_id)


@bp.post("/milestones/<int:milestone_id>/extension")
@shown_again(of_milestone)
def ask_of_milestone(milestone_id: int) -> ResponseReturnValue:
    return _ask(Extended.milestone, milestone_id, f"/milestones/{milestone_id}")


@bp.get("/tasks/<number>/extension")
def task_form(number: str) -> ResponseReturnValue:
    return of_task(number=number)


@bp.post("/tasks/<number>/extension")
@shown_again(of_task)
def ask_of_task(number: str) -> ResponseReturnValue:
    return _ask(Extended.task, extension_list.task_of_number(session(), number), f"/tasks/{number}")


def show_desk(refusal: Refused | None = None, request_id: int | None = None) -> str:
    """The office's list. `request_id`: in which row the refusal stands."""
    at = clock().now()
    return render_template("extensions/index.html", desk=extension_list.extension_desk(session(), current_actor(), at),
                           at=at, refusal=refusal, refused_id=request_id, typed=request.form)


@bp.get("/extensions")
def index() -> ResponseReturnValue:
    return show_desk()


@bp.post("/extensions/<int:request_id>")
@shown_again(show_desk)
def decide(request_id: int) -> ResponseReturnValue:
    at, actor, deed = clock().now(), current_actor(), request.form.get("deed")
    answer = typed("answer", 1000)
    if deed == "refuse":
        extensions.refuse_extension(session(), actor, request_id, answer=answer, at=at)
        return redirect("/extensions?said=extension_refused", 303)
    if deed not in ("grant", "grant_until"):
        raise Refused(UNREADABLE)
    until_on = _day("until_on") if deed == "grant_until" else None
    if deed == "grant_until" and until_on is None:
        raise Refused(NEED_DAY, fields={"until_on": NEED_DAY})
    extensions.grant_extension(session(), actor, request_id, until_on=until_on, answer=answer, at=at)
    return redirect("/extensions?said=extension_granted", 303)


def _ask(what: Extended, row_id: int, back: str) -> ResponseReturnValue:
    with uploaded() as files:
        extensions.ask_extension(
            session(), current_actor(), what, row_id,
            wish=Wish(_day("until_on"), _count(), chosen(Stretch, "stretch") or Stretch.days),
            reason=request.form.get("reason", ""), at=clock().now(), files=files, not_secret=said_not_secret())
    return redirect(f"{back}?said=extension_sent", 303)


def _day(name: str) -> date | None:
    value = request.form.get(name, "").strip()
    try:
        return date.fromisoformat(value) if value else None
    except ValueError:
        raise Refused("日期看不懂，没有办。", fields={name: NO_DATE.format(value=value[:20])}) from None


def _count() -> int | None:
    value = request.form.get("count", "").strip()
    if value and not value.isdecimal():
        raise Refused("天数看不懂，没有申请。", fields={"until_on": NO_NUMBER.format(value=value[:20])})
    return int(value[:9]) if value else None
