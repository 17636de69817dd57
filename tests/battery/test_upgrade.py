"""I2: an upgrade is killed on the way, or two nodes upgrade at once: it runs on to the end, and nothing is lost."""
from __future__ import annotations

import os
import random
import signal
import subprocess
import sys

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from tests.battery.rounds import held, rounds
from tests.databases import downgrade
from tests.digest import digest_of
from tests.factories import make_actor, make_obligation, make_text, moment
from tracker.models import Unit
from tracker.services import migrate
from tracker.services.reporting import submit_report

pytestmark = [pytest.mark.battery]

BEFORE = "0001"
# Upgrades the database of argv[1]; dies of -9 before its statement number argv[2] (0: never). Says whether it upgraded.
UPGRADE = """
import os, signal, sys
import sqlalchemy as sa
from tracker.db import prepare_engine
from tracker.services import migrate
engine, seen = sa.create_engine(sys.argv[1]), []
prepare_engine(engine)
@sa.event.listens_for(engine, "before_cursor_execute")
def count(*rest):
    seen.append(1)
    if len(seen) == int(sys.argv[2]):
        os.kill(os.getpid(), signal.SIGKILL)
@sa.event.listens_for(engine, "commit")
def commit(*rest):
    if len(seen) < int(sys.argv[2]):
        os.kill(os.getpid(), signal.SIGKILL)
print(migrate.upgrade(engine), len(seen))
"""


def upgrading(url: str, dies_at: int = 0) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-c", UPGRADE, url, str(dies_at)], text=True, stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, env=os.environ | {"PYTHONPATH": "."})


def ended(process: subprocess.Popen[str]) -> list[str]:
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    return out.split()


@pytest.fixture
def filled(engine: sa.Engine, session: Session) -> str:
    """A database of the version before with a submission in it; the digest that it has once upgraded."""
    row = make_obligation(session)
    clerk = make_actor(session, unit=session.get_one(Unit, row.unit_id))
    submit_report(session, clerk, row.id, text=make_text(), version=1, request_key="k",
                  at=moment("2026-10-08 09:30"))
    digest = digest_of(session)
    session.close()
    downgrade(engine, BEFORE)
    return digest


def test_a_killed_upgrade_leaves_the_old_database_and_the_next_one_ends_it(engine, session, settings, filled):
    """I2"""
    done, statements = ended(upgrading(settings.url))
    assert done == "True"
    assert digest_of(session) == filled
    dice = random.Random(os.environ.get("BATTERY_SEED", "7"))
    points = [*dice.sample(range(2, int(statements)), rounds(2, 18)), int(statements), int(statements) + 1]
    for point in points:
        session.close()
        downgrade(engine, BEFORE)
        process = upgrading(settings.url, point)
        process.communicate(timeout=60)
        assert process.returncode == -signal.SIGKILL, point
        with engine.connect() as connection:
            assert migrate.revision_of(connection) == BEFORE, point
        assert migrate.upgrade(engine)
        assert digest_of(session) == filled, point
    held(f"I2 kill {engine.dialect.name}", tried=len(points), figure=f"{statements} statements, broken = 0")


def test_of_two_nodes_upgrading_at_once_one_does_it_and_the_other_waits(engine, session, settings, filled):
    """I2"""
    for round_number in range(rounds(1, 20)):
        if round_number:
            downgrade(engine, BEFORE)
        nodes = [upgrading(settings.url) for _ in range(2)]
        said = sorted(ended(node)[0] for node in nodes)
        assert said in (["False", "True"], ["True", "True"]), said
        assert digest_of(session) == filled
        session.close()
    held(f"I2 two nodes {engine.dialect.name}", tried=rounds(1, 20), figure="broken = 0")
