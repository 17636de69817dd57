"""What a person sees when something is not done (出错页)."""
from __future__ import annotations

import re

import pytest
from flask import Flask

from tests.web.visitor import Visitor, one_line, visitor_as
from tracker.domain.words import UserRole
from tracker.errors import Conflict, Refused
from tracker.web.guard import PUBLIC, ROUTES


@pytest.fixture
def broken(own_app: Flask, monkeypatch: pytest.MonkeyPatch) -> Visitor:
    """A visitor of an application with three doors that fail."""
    def bug() -> str:
        raise ZeroDivisionError("SELECT secret FROM /etc/passwd")

    def refused() -> str:
        raise Refused("“进展情况”还没写本期做到哪一步", fields={"progress": "请写本期做到哪一步"})

    def conflict() -> str:
        raise Conflict("刘科员 09:40 也改了这一件。两份都留着，请并排看，选一份")

    for view, methods in ((bug, ["GET"]), (refused, ["POST"]), (conflict, ["POST"])):
        own_app.add_url_rule(f"/{view.__name__}", view.__name__, view, methods=methods)
        monkeypatch.setitem(ROUTES, view.__name__, PUBLIC)
    return Visitor(own_app)


def test_a_bug_shows_a_number_and_nothing_of_the_inside(broken: Visitor) -> None:
    answer = broken.get("/bug")
    assert answer.status_code == 500
    assert re.search("编号 [0-9A-F]{8}，可以报给州政府督查室", answer.text)
    assert not [word for word in ("ZeroDivision", "Traceback", "SELECT", "passwd", ".py") if word in answer.text]
    assert answer.headers["Cache-Control"] == "no-store"


def test_what_is_refused_says_why_and_gives_the_text_back(broken: Visitor) -> None:
    answer = broken.post("/refused", progress="组织对接活动2场<b>。", login="not given back")
    assert answer.status_code == 422
    assert "“进展情况”还没写本期做到哪一步" in answer.text
    assert "请写本期做到哪一步" in answer.text
    assert "组织对接活动2场&lt;b&gt;。</textarea>" in answer.text
    assert "not given back" not in answer.text


def test_a_second_writer_is_told_and_keeps_his_text(broken: Visitor) -> None:
    answer = broken.post("/conflict", progress="另一份")
    assert answer.status_code == 409
    assert one_line(answer.text, "<h1>.*?</h1>") == "已经有人先改了"
    assert "另一份</textarea>" in answer.text


def test_who_was_logged_out_meanwhile_gets_back_what_he_wrote(app: Flask) -> None:
    visitor = Visitor(app)
    answer = visitor.post("/reports/1", progress="写了一上午的进展", version="1", deed="submit")
    assert (answer.status_code, one_line(answer.text, "<h1>.*?</h1>")) == (403, "这一步没有办")
    assert "登录已经过期" in answer.text
    assert "写了一上午的进展</textarea>" in answer.text
    assert visitor.post("/reports/1", version="1", deed="withdraw").location == "/login?said=log_in"


def test_what_is_not_there_and_what_is_not_yours_look_the_same(app: Flask) -> None:
    clerk = visitor_as(app, UserRole.clerk)
    pages = [clerk.get(path) for path in ("/no-such-page", "/admin/users", "/admin/users/1")]
    assert [page.status_code for page in pages] == [404, 404, 404]
    texts = {re.sub(r'(content|value)="[^"]{60,}"', "", page.text) for page in pages}
    assert len(texts) == 1
    assert "没有这个页面，或者不在您的查看范围" in pages[0].text


def test_a_wrong_method_is_explained(app: Flask) -> None:
    answer = Visitor(app).get("/logout")
    assert (answer.status_code, one_line(answer.text, "<h1>.*?</h1>")) == (405, "这个页面不能这样打开")


def test_health_and_readiness_answer_without_a_cookie(app: Flask) -> None:
    visitor = Visitor(app)
    for path, text in (("/healthz", "ok\n"), ("/readyz", "ready\n")):
        answer = visitor.get(path)
        assert (answer.status_code, answer.text, answer.headers.get("Set-Cookie")) == (200, text, None)
