"""Battery B: who reaches what. The expectations stand in access_table.py, the scene in world.py."""
from __future__ import annotations

import re

import pytest
from flask import Flask
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from tests.battery.access_table import CASES, EVERYBODY, Case
from tests.battery.rounds import FULL, held
from tests.battery.world import World
from tests.digest import digest_of

pytestmark = pytest.mark.battery

OWN_TOKENS = re.compile(r'(name="csrf-token" content|name="csrf_token" value)="[^"]+"| aria-current="page"')
TO_LOGIN = re.compile(r"/login$|/login\?said=log_in")
STRANGERS = frozenset({"anonymous", "disabled", "admin", "auditor"})
WRITTEN = frozenset({"progress", "reason", "words"})
NO_SUCH_PAGE = {"message": "没有这个页面，或者不在您的查看范围。", "fields": {}}
TRAIL = frozenset({"audit_event", "audit_head", "login_guard", "web_session"})


@pytest.fixture
def world(app: Flask, session: Session) -> World:
    return World(app, session)


class Asker:
    """Sends the cases as somebody, with his token."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.tokens = {name: visitor.token() for name, visitor in world.visitors.items()}
        self.missing = {name: seen(visitor.get("/no-such-page")) for name, visitor in world.visitors.items()}

    def ask(self, name: str, case: Case, *, ids: dict[str, object] | None = None, junk: bool = False,
            **more: str) -> TestResponse:
        visitor, ids = self.world.visitors[name], ids or self.world.ids
        if case.method == "GET":
            return visitor.get(case.path(ids))
        form = {} if junk else case.data(ids)
        return visitor.client.post(case.path(ids), data=form | more | {"csrf_token": self.tokens[name]},
                                   environ_overrides=visitor.address, buffered=True)

    def outcome(self, name: str, answer: TestResponse) -> str:
        """What came of it: login, hidden, forbidden, answered; else its status."""
        if answer.status_code == 303 and TO_LOGIN.match(answer.headers["Location"]):
            return "login"
        if answer.status_code == 404:
            same = seen(answer) == self.missing[name] or (answer.is_json and answer.json == NO_SUCH_PAGE)
            return "hidden" if same else "another 404"
        if answer.status_code == 403:
            return "forbidden"
        return "answered" if answer.status_code in {200, 303, 409, 413, 422} else str(answer.status_code)


def seen(answer: TestResponse) -> tuple[int, str]:
    """All of an answer's body that a visitor can tell apart, but for his own tokens."""
    return answer.status_code, OWN_TOKENS.sub("", answer.text)


def expected(name: str, case: Case, *, junk: bool = False) -> str:
    if name in case.allowed:
        return "answered"
    if name in {"anonymous", "disabled"}:
        return "forbidden" if case.form.keys() & WRITTEN and not junk else "login"      # gets back what he wrote
    return "forbidden" if name in case.forbidden else "hidden"


def test_b1_every_address_has_its_expectation(app: Flask) -> None:
    """Also: nobody is named in a case who is not in the scene, and none is allowed and forbidden at once."""
    routes = {(rule.endpoint, method) for rule in app.url_map.iter_rules() for method in rule.methods or ()
              if method not in {"HEAD", "OPTIONS"}}
    assert {(case.endpoint, case.method) for case in CASES} == routes
    assert {name for case in CASES for name in case.allowed | case.forbidden} <= EVERYBODY
    assert [case for case in CASES if case.allowed & case.forbidden] == []


def is_asked(name: str, case: Case) -> bool:
    """`make test` asks those who have nothing to do with any report about a part in one state only."""
    return FULL or case.state in {"", "sent"} or (case.state in {"draft", "accepted"} and name not in STRANGERS)


def test_b1_every_cell_is_as_the_table_says(world: World, session: Session) -> None:
    """First what must be refused (nothing changes), then what is allowed, with nothing in the form."""
    asker, wrong, cells = Asker(world), [], 0
    before = digest_of(session, leave_out=TRAIL)
    for case in CASES:
        for name in sorted(EVERYBODY - case.allowed):
            if not is_asked(name, case):
                continue
            answers = {"as it should be": asker.ask(name, case)}
            if case.method == "POST" and case.state in {"", "sent"}:
                answers["junk"] = asker.ask(name, case, junk=True)
            for how, answer in answers.items():
                cells, found = cells + 1, asker.outcome(name, answer)
                told_nothing = how == "junk" and answer.status_code == 422      # the form was not even read
                if found != expected(name, case, junk=how == "junk") and not told_nothing:
                    wrong.append((case.endpoint, case.path(world.ids), case.form.get("deed"), how, name, found))
    assert wrong == []
    assert digest_of(session, leave_out=TRAIL) == before
    for case in sorted(CASES, key=lambda case: (case.last, case.method)):
        for name in sorted(case.allowed):
            cells, found = cells + 1, asker.outcome(name, asker.ask(name, case, junk=not case.whole))
            if found != "answered":
                wrong.append((case.endpoint, case.path(world.ids), case.form.get("deed"), "allowed", name, found))
    assert wrong == []
    held("B1", tried=cells, figure="mismatches=0")
