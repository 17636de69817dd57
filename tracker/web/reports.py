"""One report (进展报告): written by the unit's clerk, read by whoever may."""
from __future__ import annotations

import secrets

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from tracker.domain.differences import differences
from tracker.domain.report_text import LABELS, LIMITS_CHARS, NOTHING_NEW_REASONS
from tracker.domain.similarity import new_clauses
from tracker.domain.words import Deed, Rating
from tracker.errors import Conflict, Refused
from tracker.models import Obligation
from tracker.services import reporting
from tracker.services.report_desk import report_desk
from tracker.services.report_page import report_page
from tracker.web.context import clock, current_actor, session, settings
from tracker.web.forms import shown_again
from tracker.web.report_form import TEXTS, differs, number, said_not_secret, typed_text, with_reason

bp = Blueprint("reports", __name__)


def show_page(refusal: Refused | None = None, *, obligation_id: int) -> str:
    """The form where the actor may write, else the report as it stands; what was typed comes back."""
    at, actor = clock().now(), current_actor()
    desk = report_desk(session(), actor, obligation_id, at)
    page = desk.page
    typed = request.form if refusal and "progress" in request.form else None        # 撤回 sends no text
    facts = {"page": page, "desk": desk, "refusal": refusal, "at": at, "typed": typed,
             "idle_minutes": settings().idle_minutes}
    if not (page.may.save or page.may.submit):
        return render_template("reports/show.html", **facts)
    return render_template(
        "reports/form.html", **facts, ratings=list(Rating), reasons=NOTHING_NEW_REASONS, limits=LIMITS_CHARS,
        labels=[(name, LABELS[name]) for name in TEXTS], clauses=new_clauses, differences=differences, hints=desk.hints,
        conflict=refusal if isinstance(refusal, Conflict) else None, unsaved=typed and differs(page.form),
        request_key=(typed and typed.get("request_key")) or secrets.token_urlsafe(16))


@bp.get("/reports/<int:obligation_id>")
def show(obligation_id: int) -> ResponseReturnValue:
    return show_page(obligation_id=obligation_id)


@bp.post("/reports/<int:obligation_id>")
@shown_again(show_page)
def write(obligation_id: int) -> ResponseReturnValue:
    at, actor, version = clock().now(), current_actor(), number("version")
    text, reason = typed_text(), request.form.get("nothing_new", "")
    if reason or request.form.get("deed") == "save":
        reporting.save_draft(session(), actor, obligation_id, text=with_reason(text, reason), version=version, at=at,
                             not_secret=said_not_secret())
        said = "nothing_new" if reason else "saved"
        return redirect(url_for("reports.show", obligation_id=obligation_id, said=said), 303)
    owed = reporting.submit_report(session(), actor, obligation_id, text=text, version=version,
                                   request_key=request.form.get("request_key", ""), at=at,
                                   not_secret=said_not_secret())
    return redirect(url_for("my.index", said=_told(owed)), 303)


def _told(owed: Obligation) -> str:
    """The code of the sentence that tells what handing it in led to."""
    if owed.to_sign:
        return "to_sign"
    steps = report_page(session(), current_actor(), owed.id, clock().now()).steps
    if any(step.deed is Deed.send_back for step in steps):
        return "resubmitted"
    return "submitted" if owed.on_time else "submitted_late"


@bp.post("/reports/<int:obligation_id>/withdraw")
@shown_again(show_page)
def withdraw(obligation_id: int) -> ResponseReturnValue:
    reporting.withdraw_report(session(), current_actor(), obligation_id, version=number("version"), at=clock().now())
    return redirect(url_for("reports.show", obligation_id=obligation_id, said="withdrawn"), 303)
