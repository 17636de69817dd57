"""Is it up (存活), is it ready (就绪): for whoever watches the service. No log-in, nothing private."""
from __future__ import annotations

from flask import Blueprint
from flask.typing import ResponseReturnValue
from sqlalchemy import text

from tracker.services import migrate
from tracker.web.context import db, session

bp = Blueprint("health", __name__)


@bp.get("/healthz")
def healthz() -> ResponseReturnValue:
    """200 as long as the database answers."""
    session().execute(text("SELECT 1"))
    return "ok\n", {"Content-Type": "text/plain; charset=utf-8"}


@bp.get("/readyz")
def readyz() -> ResponseReturnValue:
    """200 once the database has this program's version, 503 before."""
    with db.engine.connect() as connection:
        ready = migrate.revision_of(connection) == migrate.head()
    return ("ready\n" if ready else "not migrated\n"), 200 if ready else 503, {
        "Content-Type": "text/plain; charset=utf-8"}
