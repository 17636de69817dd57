"""The front page (首页): each role's own work first."""
from __future__ import annotations

from urllib.parse import urlencode

from flask import Blueprint, redirect, request
from flask.typing import ResponseReturnValue

from tracker.domain.words import UserRole
from tracker.web.context import current_actor
from tracker.web.overview import show

bp = Blueprint("home", __name__)

HOMES = {                               # the first role that a person holds decides
    UserRole.supervisor: "/review",
    UserRole.clerk: "/my",
    UserRole.head: "/sign",
    UserRole.admin: "/admin/users",
    UserRole.auditor: "/audit",
}


@bp.get("/")
def index() -> ResponseReturnValue:
    actor = current_actor()
    if actor.has(UserRole.leader) and not actor.has(UserRole.supervisor):
        return show()
    home = next(home for role, home in HOMES.items() if actor.has(role))
    said = urlencode({name: value for name, value in request.args.items() if name == "said"})
    return redirect(f"{home}?{said}" if said else home, 303)
