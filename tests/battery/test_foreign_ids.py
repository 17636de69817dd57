"""Battery B2: what belongs to others cannot be told from what does not exist, by reading or by writing."""
from __future__ import annotations

import pytest
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from tests.battery.access_table import CASES, INSIDE, Case
from tests.battery.asking import OWN_TOKENS, Asker
from tests.battery.rounds import FULL, held, rounds
from tests.battery.world import World
from tests.digest import digest_of

pytestmark = [pytest.mark.battery, pytest.mark.timeout(3600 if FULL else 300)]

NOWHERE = (999_999, 0, 999_999_999)     # beyond all, before all
BEYOND = (2**31, 10**20)                # what no row is ever numbered: told apart as an address, by nobody's rows
PEOPLE = ("clerk/co", "head/foreign", "supervisor")


def all_that_is_seen(answer: TestResponse) -> tuple[int, list[tuple[str, str]], str]:
    headers = sorted((name, value) for name, value in answer.headers.items() if name not in {"Date", "Set-Cookie"})
    return answer.status_code, headers, OWN_TOKENS.sub("", answer.text)


def names_an_id(case: Case, world: World) -> bool:
    """Whether what it asks for is told apart by a number, in the address or in the form."""
    other = numbered(world, -1)
    return (case.path(other), case.data(other)) != (case.path(world.ids), case.data(world.ids))


def numbered(world: World, number: int) -> dict[str, object]:
    """The world's names with this number for every row."""
    return {name: number if isinstance(value, int) and not name.endswith("_v") else value
            for name, value in world.ids.items()}


def test_b2_what_is_anothers_answers_like_what_is_not_there(world: World, session: Session) -> None:
    asker, before, tried, told_apart = Asker(world), digest_of(session), 0, []
    missing = [numbered(world, number) for number in NOWHERE[:rounds(2, len(NOWHERE))]]
    for case in CASES:
        if not names_an_id(case, world) or not (FULL or case.state in {"", "draft"}):
            continue
        for name in PEOPLE if not FULL else sorted(INSIDE):
            if name in case.allowed | case.forbidden:
                continue
            theirs = all_that_is_seen(asker.ask(name, case))
            for ids in missing:
                tried += 1
                if all_that_is_seen(asker.ask(name, case, ids=ids)) != theirs:
                    told_apart.append((case.endpoint, case.path(ids), case.form.get("deed"), name))
    assert told_apart == []
    assert digest_of(session) == before
    held("B2", tried=tried, figure="distinguishable=0")


@pytest.mark.parametrize("number", BEYOND)
def test_b2_what_no_row_is_ever_numbered_is_refused_like_any_other(world: World, session: Session, number: int) -> None:
    """By those too who might do it to a row that is there."""
    asker, before, answered = Asker(world), digest_of(session), []
    for case in CASES:
        if not names_an_id(case, world) or case.state not in {"", "draft"} or not case.allowed:
            continue
        name = sorted(case.allowed - {"anonymous", "disabled"})[0]
        answer = asker.ask(name, case, ids=numbered(world, number))
        if answer.status_code not in {303, 404, 405, 409, 422}:
            answered.append((case.endpoint, case.path(numbered(world, number)), name, answer.status_code))
    assert answered == []
    assert digest_of(session) == before
