"""What a request works with (请求环境): session, clock, settings, who is there. The only door to them for views."""
from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

from flask import current_app, g, request
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy.orm import Session

from tracker.clock import Clock
from tracker.config import Settings
from tracker.db import Base
from tracker.domain.actors import Actor
from tracker.services.deed import SEAL, Seal
from tracker.services.exports import PRINTED, Printed
from tracker.services.file_store import EVIDENCE
from tracker.services.sessions import Visit

db = SQLAlchemy(metadata=Base.metadata)


@dataclass(frozen=True)
class Desk:
    """What `create_app` was given: `app.extensions["tracker"]`."""

    settings: Settings
    clock: Clock
    seal: Seal

    def session_info(self) -> dict[str, Any]:
        """What every session carries: the audit seal, what is printed on sheets, where uploaded files lie."""
        return {SEAL: self.seal, PRINTED: Printed(self.settings.office, self.settings.base_url),
                EVIDENCE: self.settings.data_dir / "evidence"}


def desk() -> Desk:
    return cast(Desk, current_app.extensions["tracker"])


def session() -> Session:
    """The database session of this request (or of this `app.app_context()`), with the audit seal on it."""
    current = db.session()
    for key, value in desk().session_info().items():
        current.info.setdefault(key, value)
    return current


def settings() -> Settings:
    return desk().settings


def clock() -> Clock:
    return desk().clock


def visit() -> Visit | None:
    """The log-in of this request, None for an anonymous visitor. Loaded by the guard, once a request."""
    return cast("Visit | None", g.get("visit"))


def current_actor() -> Actor:
    """Who is logged in; on a page that the guard lets only logged-in people reach."""
    current = visit()
    if current is None:
        raise RuntimeError("nobody is logged in: the route is public")
    return current.actor


def client_address() -> str:
    """The visitor's address; forwarded headers count only where the server was told whom to trust."""
    return (request.remote_addr or "")[:45]
