"""A visitor of the pages (来访者): a browser without scripts that sends the forms' tokens."""
from __future__ import annotations

import re
from typing import Any

from flask import Flask
from werkzeug.test import TestResponse

from tests.factories import actor_of, make_unit, make_user
from tracker.app import open_session
from tracker.domain.words import UserRole
from tracker.models import User
from tracker.services import sessions

NOWHERE = "/no-such-page"        # every page has the token, this one for whoever comes


class Visitor:
    def __init__(self, app: Flask, address: str = "10.0.0.7") -> None:
        self.app = app
        self.client = app.test_client()
        self.address = {"REMOTE_ADDR": address}

    @property
    def cookie(self) -> str:
        """The id that the cookie holds; "" without one."""
        kept = self.client.get_cookie("tracker")
        return kept.value if kept else ""

    @cookie.setter
    def cookie(self, secret_id: str) -> None:
        self.client.set_cookie("tracker", secret_id, httponly=True, samesite="Lax")

    def get(self, path: str, **options: Any) -> TestResponse:
        return self.client.get(path, environ_overrides=self.address, buffered=True, **options)

    def token(self) -> str:
        page = self.get(NOWHERE).text
        return re.findall(r'<meta name="csrf-token" content="([^"]+)">', page)[0]

    def post(self, path: str, **fields: Any) -> TestResponse:
        """Send a form with the token of the page."""
        return self.client.post(path, data={"csrf_token": self.token()} | fields, environ_overrides=self.address)

    def log_in(self, login: str, password: str, **fields: Any) -> TestResponse:
        return self.post("/login", login=login, password=password, **fields)

    def enter(self, user: User) -> Visitor:
        """Be logged in as this account, without typing a password."""
        self.cookie = f"{user.login:i<43}"
        with open_session(self.app) as session:
            sessions.start(session, actor_of(session, user), self.cookie, address="10.0.0.7", agent="",
                           at=self.app.extensions["tracker"].clock.now())
        return self


def visitor_as(app: Flask, *roles: UserRole, login: str | None = None, unit: str = "州科技局",
               **account: Any) -> Visitor:
    """Somebody logged in with these roles: a clerk and a head of 州科技局, the others of the office."""
    with open_session(app) as session:
        theirs = make_unit(session, name=unit) if {UserRole.clerk, UserRole.head} & set(roles) else None
        return Visitor(app).enter(make_user(session, *roles, unit=theirs, login=login, **account))


def one_line(page: str, pattern: str) -> str:
    """The only place where the page matches, its tags taken away."""
    found = re.findall(pattern, page, re.DOTALL)
    assert len(found) == 1, found
    return re.sub(r"<[^>]+>", "", found[0]).strip()
