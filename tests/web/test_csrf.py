"""Forms from elsewhere (跨站请求): refused on every route that changes anything."""
from __future__ import annotations

import pytest
from flask import Flask

from tests.web.test_guard import address
from tests.web.visitor import Visitor, visitor_as
from tracker.domain.words import UserRole


def test_every_route_that_changes_something_refuses_a_form_without_the_token(app: Flask) -> None:
    admin = visitor_as(app, UserRole.admin)
    posts = [rule for rule in app.url_map.iter_rules() if "POST" in (rule.methods or ())]
    assert len(posts) >= 9
    for rule in posts:
        answer = admin.client.post(address(rule), data={"login": "x"})
        assert answer.status_code == 403, rule
        assert "没有改动任何内容" in answer.text


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://localhost:81", "https://localhost"])
def test_a_form_sent_from_another_site_is_refused_even_with_the_token(app: Flask, origin: str) -> None:
    visitor = Visitor(app)
    answer = visitor.client.post("/login", data={"csrf_token": visitor.token()}, headers={"Origin": origin})
    assert answer.status_code == 403


def test_the_own_site_may_say_so(app: Flask) -> None:
    visitor = Visitor(app)
    answer = visitor.client.post("/login", data={"csrf_token": visitor.token()}, headers={"Origin": "http://localhost"})
    assert answer.status_code == 422


def test_the_token_of_somebody_else_is_worth_nothing(app: Flask) -> None:
    mine, theirs = Visitor(app), Visitor(app)
    assert mine.client.post("/login", data={"csrf_token": theirs.token()}).status_code == 403


def test_a_token_does_not_grow_old_within_its_session(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    visitor = Visitor(app)
    token = visitor.token()
    assert app.config["WTF_CSRF_TIME_LIMIT"] is None
    assert visitor.client.post("/login", data={"csrf_token": token}).status_code == 422


def test_htmx_sends_the_token_as_a_header(app: Flask) -> None:
    visitor = Visitor(app)
    assert visitor.client.post("/login", headers={"X-CSRFToken": visitor.token()}).status_code == 422
