"""The cookie (会话标识): an opaque id and nothing else. What belongs to it is in the database, or derived from it."""
from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from typing import Any, NoReturn, cast

import flask
from flask import Flask, Request, Response
from flask.sessions import SessionInterface, SessionMixin

ID = re.compile(r"[A-Za-z0-9_-]{43}")       # 256 bits


class OpaqueSession(dict[str, Any], SessionMixin):
    """Flask's session, read-only: the CSRF token's base, derived from the id. `rotate` takes a new id."""

    def __init__(self, secret_id: str | None, key: bytes) -> None:
        super().__init__()
        self._key = key
        self.new = secret_id is None
        self._take(secret_id or secrets.token_urlsafe(32))

    def _take(self, secret_id: str) -> None:
        self.id = secret_id
        token = hmac.new(self._key, b"csrf " + secret_id.encode(), hashlib.sha256).hexdigest()
        super().__setitem__("csrf_token", token)

    def rotate(self) -> str:
        """A fresh id: at log-in (an id planted before is worth nothing) and at log-out. Returns it."""
        self._take(secrets.token_urlsafe(32))
        self.new = True
        return self.id

    def __setitem__(self, key: str, value: Any) -> NoReturn:
        raise RuntimeError("nothing is kept in the session: write it to the database")


class OpaqueSessions(SessionInterface):
    """Reads and sets the cookie; `secure` (behind HTTPS) adds Secure and the __Host- prefix."""

    def __init__(self, key: str, *, secure: bool) -> None:
        self._key = key.encode()
        self._secure = secure
        self.name = "__Host-tracker" if secure else "tracker"

    def open_session(self, app: Flask, request: Request) -> OpaqueSession:
        sent = request.cookies.get(self.name, "")
        return OpaqueSession(sent if ID.fullmatch(sent) else None, self._key)

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Set a new id, where the page asked for one (a form has its token, somebody logged in or out)."""
        opaque = cast(OpaqueSession, session)
        if opaque.accessed:
            response.vary.add("Cookie")
        if opaque.new and opaque.accessed:
            response.set_cookie(self.name, opaque.id, httponly=True, samesite="Lax", secure=self._secure, path="/")


def opaque() -> OpaqueSession:
    """This request's session."""
    return cast(OpaqueSession, flask.session._get_current_object())  # type: ignore[attr-defined]
