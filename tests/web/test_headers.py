"""Headers of every answer (安全头), whatever its status."""
from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask

from tests.web.visitor import Visitor, visitor_as
from tracker.app import create_app
from tracker.config import Settings
from tracker.domain.words import UserRole
from tracker.web.page import content_hash

POLICY = ("default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
          "font-src 'none'; object-src 'none'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")


@pytest.mark.parametrize(("path", "status"), [
    ("/login", 200), ("/my", 303), ("/no-such-page", 404), ("/static/app.css", 200), ("/static/none", 404),
    ("/healthz", 200), ("/logout", 405),
])
def test_every_answer_forbids_what_the_pages_do_not_need(app: Flask, path: str, status: int) -> None:
    answer = Visitor(app).get(path)
    assert answer.status_code == status
    assert answer.headers["Content-Security-Policy"] == POLICY
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "same-origin"
    assert "Strict-Transport-Security" not in answer.headers


def test_too_much_text_is_refused_with_the_same_headers(app: Flask) -> None:
    visitor = Visitor(app)
    answer = visitor.post("/login", login="x" * 3_000_000)
    assert (answer.status_code, answer.headers["Content-Security-Policy"]) == (413, POLICY)
    assert "内容太大，没有收下" in answer.text


def test_pages_are_not_kept_by_the_browser(app: Flask) -> None:
    assert visitor_as(app, UserRole.leader).get("/password").headers["Cache-Control"] == "no-store"


def test_static_files_are_kept_for_good_under_the_hash_of_their_content(app: Flask) -> None:
    visitor = Visitor(app)
    name = f"/static/app.css?v={content_hash('app.css')}"
    assert name in visitor.get("/login").text
    answer = visitor.get(name)
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert "Set-Cookie" not in answer.headers
    assert visitor.get("/static/app.css?v=0").headers["Cache-Control"] == "no-cache"
    again = visitor.get(name, headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.headers["Content-Security-Policy"]) == (304, POLICY)


def test_behind_https_the_cookie_is_bound_to_the_host(settings: Settings, tmp_path: Path) -> None:
    app = create_app(settings.model_copy(update={"secure_cookies": True}))
    answer = app.test_client().get("/login", base_url="https://tracker.example")
    assert answer.headers["Set-Cookie"].startswith("__Host-tracker=")
    assert "Secure" in answer.headers["Set-Cookie"]
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"
    dispose(app)


def test_an_unknown_host_is_refused(settings: Settings) -> None:
    app = create_app(settings.model_copy(update={"trusted_hosts": "tracker.example, .haixi.example"}))
    client = app.test_client()
    statuses = {host: client.get("/login", base_url=f"http://{host}").status_code
                for host in ("tracker.example", "a.haixi.example", "evil.example", "tracker.example.evil.example")}
    assert statuses == {"tracker.example": 200, "a.haixi.example": 200, "evil.example": 400,
                        "tracker.example.evil.example": 400}
    dispose(app)


@pytest.mark.parametrize("path", ["/login", "/password", "/no-such-page", "/admin/users", "/admin/users/new"])
def test_no_page_has_inline_script_style_or_handler(app: Flask, path: str) -> None:
    page = visitor_as(app, UserRole.admin).get(path).text if path != "/login" else Visitor(app).get(path).text
    assert " style=" not in page
    assert "<style" not in page
    assert page.count("<script") == page.count('<script src="/static/') >= 2
    assert not [name for name in ("onclick=", "onload=", "onsubmit=", "onerror=", "hx-on") if name in page]


def dispose(app: Flask) -> None:
    from tracker.web.context import db

    with app.app_context():
        db.session.remove()
        db.engine.dispose()
