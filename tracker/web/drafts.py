"""Autosave (草稿自动存): a page's fields as they are typed, answered as JSON; and a kept copy taken back."""
from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import Blueprint, jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue

from tracker.domain.differences import differences
from tracker.domain.similarity import similarity
from tracker.domain.workdays import SHANGHAI
from tracker.errors import Conflict, Refused, SecrecyQuestion
from tracker.services import held_drafts, reporting
from tracker.services.report_desk import noticed
from tracker.web.context import clock, current_actor, session
from tracker.web.filters import near
from tracker.web.forms import shown_again
from tracker.web.report_form import TEXTS, fields_of, number, said_not_secret, typed_text
from tracker.web.reports import show_page

bp = Blueprint("drafts", __name__)

SAVED = "草稿 {time:%H:%M} 已存，可以放心关页面"


def answers_json(view: Callable[..., ResponseReturnValue]) -> Callable[..., ResponseReturnValue]:
    """Decorator: what the service refuses is answered as JSON with its status, the sentence and the fields at fault."""

    @wraps(view)
    def inner(**view_args: Any) -> ResponseReturnValue:
        try:
            return view(**view_args)
        except Refused as refusal:
            session().rollback()
            answer: dict[str, Any] = {"message": refusal.message, "fields": refusal.fields}
            if isinstance(refusal, SecrecyQuestion):
                answer["marks"] = refusal.marks
            if isinstance(refusal, Conflict):
                answer |= _both_texts(refusal, **view_args)
            return jsonify(answer), refusal.status

    return inner


@bp.post("/reports/<int:obligation_id>/draft")
@answers_json
def keep(obligation_id: int) -> ResponseReturnValue:
    at, actor, version = clock().now(), current_actor(), number("version")
    held = held_drafts.held_draft(session(), actor, obligation_id)
    text = typed_text(held.text)
    version = reporting.save_draft(session(), actor, obligation_id, text=text, version=version, at=at,
                                   not_secret=said_not_secret())
    hints = noticed(session(), actor, obligation_id, text)
    alike = similarity(held.last_text.progress, text.progress) if held.last_text else 0.0
    return jsonify(version=version, saved=SAVED.format(time=at.astimezone(SHANGHAI)), similarity=round(alike, 2),
                   hints=[{"field": hint.field, "sentence": hint.sentence} for hint in hints])


@bp.post("/reports/<int:obligation_id>/copies/<int:copy_id>")
@shown_again(lambda refusal, obligation_id, copy_id: show_page(refusal, obligation_id=obligation_id))
def restore(obligation_id: int, copy_id: int) -> ResponseReturnValue:
    held_drafts.restore_copy(session(), current_actor(), obligation_id, copy_id, version=number("version"),
                             at=clock().now())
    return redirect(url_for("reports.show", obligation_id=obligation_id, said="restored"), 303)


def _both_texts(refusal: Conflict, obligation_id: int) -> dict[str, Any]:
    """Who was first, what he wrote, and where the two differ: piece by piece, what the other has not."""
    held = held_drafts.held_draft(session(), current_actor(), obligation_id)
    current = fields_of(held.text)
    differ = {name: differences(request.form[name], current[name]) for name in TEXTS
              if name in request.form and request.form[name] != current[name]}
    return {"by": refusal.by, "at": near(refusal.at, clock().now()), "version": held.version, "current": current,
            "writable": held.writable, "differences": differ}
