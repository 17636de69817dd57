"""Battery E: the web's own dangers."""
from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from tests.battery.rounds import held, rounds
from tests.digest import digest_of
from tests.factories import make_obligation, make_user
from tests.web.test_guard import address
from tests.web.visitor import Visitor, visitor_as
from tracker.clock import FixedClock
from tracker.domain.actors import SYSTEM
from tracker.domain.words import UserRole
from tracker.services import accounts

pytestmark = pytest.mark.battery

FOREIGN = ("http://evil.example", "null", "https://localhost", "http://localhost.evil.example", "http://localhost:5001")


def test_e1_no_form_from_elsewhere_changes_anything(app: Flask, session: Session) -> None:
    make_obligation(session)
    mine = visitor_as(app, UserRole.supervisor, login="dcs01")
    own_other = Visitor(app)
    own_other.enter(make_user(session, UserRole.leader, login="ld01"))
    ended = visitor_as(app, UserRole.admin, login="admin01")
    stale = ended.token()
    ended.post("/logout")
    token, theirs, anonymous = mine.token(), own_other.token(), Visitor(app).token()
    attempts: list[tuple[str, dict[str, object]]] = [
        ("none", {"data": {"x": "1"}}),
        ("stale", {"data": {"csrf_token": stale}}),
        ("of another user", {"data": {"csrf_token": theirs}}),
        ("of an anonymous session", {"data": {"csrf_token": anonymous}}),
        ("cut off", {"data": {"csrf_token": token[:-1]}}),
        ("as JSON in plain text", {"data": f'{{"csrf_token": "{token}"}}', "content_type": "text/plain"}),
        ("in the query", {"query_string": {"csrf_token": token}}),
        *((f"right, from {origin}", {"data": {"csrf_token": token}, "headers": {"Origin": origin}})
          for origin in FOREIGN),
    ]
    before, passed, tried = digest_of(session), [], 0
    for rule in app.url_map.iter_rules():
        if "POST" not in (rule.methods or ()):
            continue
        for name, request in attempts:
            answer: TestResponse = mine.client.post(address(rule), **request)  # type: ignore[arg-type]
            tried += 1
            if answer.status_code != 403 or "没有改动任何内容" not in answer.text:
                passed.append((rule.endpoint, name, answer.status_code))
        answer = mine.get(address(rule))
        tried += 1
        if answer.status_code not in {200, 303, 404, 405, 410}:         # 410: a one-time link that opens nothing
            passed.append((rule.endpoint, "GET", answer.status_code))
    assert passed == []
    assert digest_of(session) == before
    held("E1", tried=tried, figure="passed=0")


FIXED = ("Content-Security-Policy", "X-Content-Type-Options", "Referrer-Policy", "X-Frame-Options", "Cache-Control")


def test_e3_every_answer_of_every_route_carries_the_headers(app: Flask) -> None:
    roles = list(UserRole)[::rounds(3, 1)]
    visitors = [Visitor(app), *(visitor_as(app, role, unit=f"示例单位{role}") for role in roles)]
    missing, statuses, tried = [], set(), 0
    for visitor in visitors:
        for rule in app.url_map.iter_rules():
            for answer in (visitor.get(address(rule)), visitor.client.post(address(rule), buffered=True)):
                tried += 1
                statuses.add(answer.status_code)
                policy = answer.headers.get("Content-Security-Policy", "")
                if ([name for name in FIXED if name not in answer.headers] or "unsafe" in policy
                        or not {"object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"} <= set(
                            policy.split("; "))):
                    missing.append((rule.endpoint, answer.status_code))
                if rule.endpoint != "static" and answer.headers["Cache-Control"] != "no-store":
                    missing.append((rule.endpoint, answer.status_code))
    assert missing == []
    assert {200, 303, 403, 404, 405} <= statuses
    assert not {status for status in statuses if status >= 500}
    held("E3", tried=tried, figure="missing=0")


HOSTILE = [
    "//evil.example", "///evil.example", "////evil.example/%2f..", "/\\evil.example", "\\\\evil.example",
    "\\/evil.example",
    "/\\/evil.example", "/%5cevil.example", "/%5C%5Cevil.example", "/%09/evil.example", "/\t/evil.example",
    "/%0a/evil.example", "/%0d%0aLocation:%20http://evil.example", "/x\r\nLocation: http://evil.example",
    "/x\nSet-Cookie: a=b", "https:evil.example", "https:/evil.example", "https://evil.example", "HTTPS://EVIL.EXAMPLE",
    "http://localhost@evil.example/", "http://localhost:80@evil.example", "//localhost@evil.example",
    "javascript:alert(1)", "JaVaScRiPt:alert(1)", "java\nscript:alert(1)", "data:text/html,<script>", "vbscript:x",
    "/。/evil.example", "//evil。example", "/／evil.example", "／／evil.example", "/%ef%bc%8fevil.example/%2f",
    "/%2f/evil.example", "/%2F%2Fevil.example", ".//evil.example", "..//evil.example", "evil.example", "@evil.example",
    " //evil.example", "/ /evil.example", "\x00//evil.example", "/\x00//evil.example", "?//evil.example", "#//evil",
]


def location_stays(answer: TestResponse) -> bool:
    target = answer.headers.get("Location", "")
    return (answer.status_code == 303 and target.startswith("/") and not target.startswith(("//", "/\\"))
            and "evil" not in target.partition("?")[0].removeprefix("/%ef%bc%8f")
            and "Set-Cookie" not in target and not {"\r", "\n", "\t", "\\"} & set(target))


def test_e5_no_redirect_leaves_the_house(app: Flask, session: Session, clock: FixedClock) -> None:
    password = accounts.create_account(session, SYSTEM, login="ld01", name="领导", roles=[UserRole.leader],
                                       at=clock.now())
    left = []
    for number, target in enumerate(HOSTILE):
        visitor = Visitor(app)
        answers = [visitor.post("/large-print", large="1", next=target)]
        if number % rounds(4, 1) == 0:
            answers.append(visitor.log_in("ld01", password, next=target))
        for answer in answers:
            if not location_stays(answer):
                left.append((target, answer.status_code, answer.headers.get("Location")))
        page = Visitor(app).get("/login", query_string={"next": target}).text
        if '<input type="hidden" name="next" value="/">' not in page and "%ef%bc%8f" not in target:
            left.append((target, 200, "in the form"))
    assert left == []
    held("E5", tried=len(HOSTILE), figure="left site=0")
