"""What the tests of services share."""
from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from tests.factories import make_actor
from tests.services.real_plan import load_real_plan
from tracker.domain.actors import Actor
from tracker.models import Plan


@pytest.fixture
def plan(session: Session) -> Plan:
    """The real plan from 2026Q3 on, its period open."""
    return load_real_plan(session)


@pytest.fixture
def office(session: Session, plan: Plan) -> Actor:
    return make_actor(session)
