from __future__ import annotations

import json
from pathlib import Path

import pytest

from tracker.notices.plan_file import read_plan
from tracker.notices.schema import PlanFile
from tracker.paths import SEED

DATA = Path(__file__).parent.parent / "data"


@pytest.fixture(scope="session")
def plan() -> PlanFile:
    return read_plan(SEED)


@pytest.fixture(scope="session")
def answers() -> dict:
    return json.loads((DATA / "plan_answers.json").read_text("utf-8"))


@pytest.fixture(scope="session")
def notice() -> str:
    """西政办〔2025〕27号, the official words only."""
    return (DATA / "notice_27.txt").read_text("utf-8")
