"""The audit trail (审计日志): the auditor's home."""
from __future__ import annotations

from datetime import date
from urllib.parse import urlencode

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue

from tracker.domain.audit_words import ACTIONS
from tracker.services.audit_log import audit_log, verify_trail
from tracker.web.context import clock, current_actor, session

bp = Blueprint("audit", __name__)

BY_WORD = tuple(sorted(ACTIONS.items(), key=lambda pair: pair[1]))


@bp.get("/audit")
def index() -> str:
    at, day = clock().now(), _day(request.args.get("day", ""))
    action, person = (request.args.get(name, "").replace("\x00", "").strip()[:60] for name in ("action", "person"))
    log = audit_log(session(), current_actor(), action=action, person=person, day=day,
                    before=request.args.get("before", type=int), at=at)
    return render_template("audit/index.html", log=log, at=at, action=action, person=person,
                           day=day, actions=BY_WORD,
                           after="/audit?" + urlencode({**request.args.to_dict(), "before": str(log.next_before)})
                           if log.next_before else "")


@bp.post("/audit/verify")
def verify() -> ResponseReturnValue:
    verify_trail(session(), current_actor(), at=clock().now())
    return redirect("/audit", 303)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
