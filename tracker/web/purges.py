"""涉密误传清除: ask for it; a second person carries it out, or lets it stand."""
from __future__ import annotations

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue

from tracker.errors import Refused
from tracker.services import evidence, purging
from tracker.services.file_page import file_page
from tracker.services.task_files import ON_TASKS
from tracker.web.context import clock, current_actor, session, settings
from tracker.web.forms import shown_again

bp = Blueprint("purges", __name__)


def show_ask(refusal: Refused | None = None, *, attachment_id: int | None = None,
             obligation_id: int | None = None) -> str:
    """The form that asks, of one file or of a whole report."""
    session().rollback()
    row = evidence.get_attachment(session(), current_actor(), attachment_id) if attachment_id is not None else None
    report = file_page(session(), current_actor(), obligation_id) if obligation_id is not None else None
    return render_template("files/purge_ask.html", row=row, report=report, refusal=refusal, at=clock().now(),
                           here_address=request.path, reason=request.form.get("reason", ""))


def show(refusal: Refused | None = None, *, purge_id: int) -> str:
    """One request, with what each answer will do."""
    session().rollback()
    one = purging.get_purge(session(), current_actor(), purge_id)
    return render_template("files/purge.html", one=one, refusal=refusal, at=clock().now())


@bp.get("/files/<int:attachment_id>/purge")
def of_file(attachment_id: int) -> ResponseReturnValue:
    return show_ask(attachment_id=attachment_id)


@bp.post("/files/<int:attachment_id>/purge")
@shown_again(show_ask)
def ask_of_file(attachment_id: int) -> ResponseReturnValue:
    purge = purging.ask_purge_of_file(session(), current_actor(), attachment_id,
                                      reason=request.form.get("reason", ""), at=clock().now())
    row = evidence.get_attachment(session(), current_actor(), attachment_id)
    back = "/tasks" if row.purpose in ON_TASKS else f"/reports/{purge.obligation_id}"
    return redirect(f"{back}?said=purge_asked", 303)


@bp.get("/reports/<int:obligation_id>/purge")
def of_report(obligation_id: int) -> ResponseReturnValue:
    return show_ask(obligation_id=obligation_id)


@bp.post("/reports/<int:obligation_id>/purge")
@shown_again(show_ask)
def ask_of_report(obligation_id: int) -> ResponseReturnValue:
    purging.ask_purge_of_report(session(), current_actor(), obligation_id, reason=request.form.get("reason", ""),
                                at=clock().now())
    return redirect(f"/reports/{obligation_id}?said=purge_asked", 303)


@bp.get("/purges")
def index() -> ResponseReturnValue:
    return render_template("files/purges.html", rows=purging.purges(session(), current_actor()), at=clock().now())


@bp.get("/purges/<int:purge_id>")
def one(purge_id: int) -> ResponseReturnValue:
    return show(purge_id=purge_id)


@bp.post("/purges/<int:purge_id>")
@shown_again(show)
def decide(purge_id: int) -> ResponseReturnValue:
    deed = request.form.get("deed")
    if deed == "purge":
        purging.carry_out(session(), current_actor(), purge_id, export_dir=settings().exports, at=clock().now())
        return redirect("/purges?said=purge_done", 303)
    if deed == "let_stand":
        purging.let_stand(session(), current_actor(), purge_id, at=clock().now())
        return redirect("/purges?said=purge_refused", 303)
    raise Refused("没有看懂要办什么，没有改动。请用页面上的“清除”“不清除”。")
