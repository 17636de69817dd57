"""Battery B2: what belongs to others cannot be told from what does not exist, by reading or by writing."""
from __future__ import annotations

import pytest
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from tests.battery.access_table import CASES, EVERYBODY, Case
from tests.battery.asking import OWN_TOKENS, Asker
from tests.battery.rounds import FULL, held, rounds
from tests.battery.world import World
from tests.digest import digest_of

pytestmark = [pytest.mark.battery, pytest.mark.timeout(3600 if FULL else 300)]

NOWHERE = (999_999, 0, 2_147_483_648, 10**20)       # beyond all, before all, beyond what an id can be
PEOPLE = ("clerk/co", "head/foreign", "supervisor")


def all_that_is_seen(answer: TestResponse) -> tuple[int, list[tuple[str, str]], str]:
    headers = sorted((name, value) for name, value in answer.headers.items() if name not in {"Date", "Set-Cookie"})
    return answer.status_code, headers, OWN_TOKENS.sub("", answer.text)


def names_an_id(case: Case, world: World) -> bool:
    """Whether what it asks for is told apart by a number, in the address or in the form."""
    other = {name: -1 if isinstance(value, int) and not name.endswith("_v") else value
             for name, value in world.ids.items()}
    return (case.path(other), case.data(other)) != (case.path(world.ids), case.data(world.ids))


def test_b2_what_is_anothers_answers_like_what_is_not_there(world: World, session: Session) -> None:
    asker, before, tried, told_apart = Asker(world), digest_of(session), 0, []
    missing = [{name: number if isinstance(value, int) and not name.endswith("_v") else value
                for name, value in world.ids.items()} for number in NOWHERE[:rounds(2, len(NOWHERE))]]
    for case in CASES:
        if not names_an_id(case, world) or not (FULL or case.state in {"", "draft"}):
            continue
        for name in PEOPLE if not FULL else sorted(EVERYBODY):
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
