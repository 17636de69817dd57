"""Battery B: who reaches what. The expectations stand in access_table.py, the scene in world.py."""
from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from tests.battery.access_table import CASES, EVERYBODY, Case
from tests.battery.asking import Asker
from tests.battery.rounds import FULL, held
from tests.battery.world import World
from tests.digest import digest_of

pytestmark = [pytest.mark.battery, pytest.mark.timeout(3600 if FULL else 300)]

STRANGERS = frozenset({"anonymous", "disabled", "admin", "auditor"})
TWINS = frozenset({"deputy/lead", "deputy/co", "head/co"})
WRITTEN = frozenset({"progress", "reason", "words"})
TRAIL = frozenset({"audit_event", "audit_head", "login_guard", "web_session"})


def expected(name: str, case: Case, *, junk: bool = False) -> str:
    if name in case.allowed:
        return "answered"
    if name in {"anonymous", "disabled"}:
        wrote = not junk and any(field.rpartition("-")[2] in WRITTEN for field in case.form)
        return "forbidden" if wrote else "login"        # gets back what he wrote
    return "forbidden" if name in case.forbidden else "hidden"


def test_b1_every_address_has_its_expectation(app: Flask) -> None:
    """Also: nobody is named in a case who is not in the scene, and none is allowed and forbidden at once."""
    routes = {(rule.endpoint, method) for rule in app.url_map.iter_rules() for method in rule.methods or ()
              if method not in {"HEAD", "OPTIONS"}}
    assert {(case.endpoint, case.method) for case in CASES} == routes
    assert {name for case in CASES for name in case.allowed | case.forbidden} <= EVERYBODY
    assert [case for case in CASES if case.allowed & case.forbidden] == []


def is_asked(name: str, case: Case) -> bool:
    """`make test` asks of one part all, of two others what is read of them; and of the twins among the people one."""
    if FULL:
        return True
    return name not in TWINS and (case.state in {"", "sent"} or (
        case.method == "GET" and case.state in {"draft", "accepted"} and name not in STRANGERS))


def is_sent_junk(name: str, case: Case) -> bool:
    chosen = FULL or name in {"clerk/foreign", "head/foreign", "leader", "admin"}
    return case.method == "POST" and not case.whole and chosen


def test_b1_every_cell_is_as_the_table_says(world: World, session: Session) -> None:
    """First what must be refused (nothing changes), then what is allowed, with nothing in the form."""
    asker, wrong, cells = Asker(world), [], 0
    before = digest_of(session, leave_out=TRAIL)
    for case in CASES:
        for name in sorted(EVERYBODY - case.allowed):
            if not is_asked(name, case):
                continue
            answers = {"as it should be": asker.ask(name, case)}
            if is_sent_junk(name, case):
                answers["junk"] = asker.ask(name, case, junk=True)
            for how, answer in answers.items():
                cells, found = cells + 1, asker.outcome(name, answer)
                told_nothing = how == "junk" and answer.status_code == 422      # the form was not even read
                if found != expected(name, case, junk=how == "junk") and not told_nothing:
                    wrong.append((case.endpoint, case.path(world.ids), case.form.get("deed"), how, name, found))
    assert wrong == []
    assert digest_of(session, leave_out=TRAIL) == before
    for case in sorted(CASES, key=lambda case: (case.last, case.method)):
        for name in sorted(name for name in case.allowed if is_asked(name, case)):
            cells, found = cells + 1, asker.outcome(name, asker.ask(name, case, junk=not case.whole))
            if found != "answered":
                wrong.append((case.endpoint, case.path(world.ids), case.form.get("deed"), "allowed", name, found))
    assert wrong == []
    held("B1", tried=cells, figure="mismatches=0")
