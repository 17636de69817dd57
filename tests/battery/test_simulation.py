"""The simulation (推演): the same figures on both databases, and in the end the same however often it was killed."""
from __future__ import annotations

import json
import os
import random

import pytest
import sqlalchemy as sa
from sqlalchemy.pool import NullPool

from tests.acceptance.served import Installation, end, wait_until
from tests.battery.rounds import FULL, held, rounds

pytestmark = [pytest.mark.battery, pytest.mark.xdist_group("simulation"), pytest.mark.timeout(1800 if FULL else 400)]

TWO_QUARTERS = ("--from", "2025-07-01", "--to", "2025-12-31")
COURSE = ("simulate", "--seed", "7", "--json")


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    """What two quarters come to when nobody disturbs them, on SQLite."""
    found = json.loads(Installation(tmp_path_factory.mktemp("undisturbed")).run(*COURSE, *TWO_QUARTERS))
    assert (found["flagged_twice"], found["doubled"], found["audit_whole"]) == (0, 0, True)
    assert found["flagged"] > 10
    assert [period["key"] for period in found["periods"]] == ["2025Q3", "2025H2", "2025Q4"]
    return found


def test_killed_again_and_again_it_ends_the_same_on_both_databases(undisturbed, database, tmp_path):
    """Killed when so many steps stand as chance says (BATTERY_SEED), then run on."""
    seed = int(os.environ.get("BATTERY_SEED", "7"))
    kills, installation = rounds(3, 20), Installation(tmp_path, database_url=database)
    engine = sa.create_engine(database, poolclass=NullPool)
    for steps in sorted(random.Random(seed).sample(range(1, 300), kills)):
        process = installation.start(*COURSE, *TWO_QUARTERS)
        try:
            wait_until(lambda steps=steps: stand(engine) >= steps, process, breath=0.01)
            process.kill()
            process.wait()
        finally:
            end(process)
    found = json.loads(installation.run(*COURSE, *TWO_QUARTERS))
    assert (found["flagged_twice"], found["doubled"], found["audit_whole"]) == (0, 0, True), f"BATTERY_SEED={seed}"
    assert found == undisturbed, f"BATTERY_SEED={seed}"
    engine.dispose()
    held("H-simulation", tried=kills, figure=f"{engine.dialect.name}_differences=0")


def stand(engine) -> int:
    with engine.connect() as connection:
        return int(connection.scalar(sa.text("SELECT count(*) FROM decision")))
