"""The simulation (推演) goes on in a demo in which people have acted meanwhile."""
from __future__ import annotations

from datetime import date

from sqlalchemy import select

from tests.factories import actor_of, make_user, moment
from tracker.domain.words import State, UserRole
from tracker.models import Obligation
from tracker.notices.plan_file import read_plan
from tracker.paths import SEED
from tracker.scheduler.simulation import Course, play
from tracker.services.reviewing import waive_report


def test_what_a_person_has_dealt_with_is_left_to_people(session):
    plan_file, first = read_plan(SEED), date(2025, 9, 25)
    play(session, Course(7, first, date(2025, 9, 26)), plan_file)
    person = actor_of(session, make_user(session, UserRole.supervisor))
    pending = session.execute(select(Obligation.id, Obligation.version).where(Obligation.state == State.pending)).all()
    waived = [number for number, _ in pending[:40]]
    for number, version in pending[:40]:
        waive_report(session, person, number, reason="演示", version=version, at=moment("2025-09-27 10:00"))
    play(session, Course(7, first, date(2025, 10, 9)), plan_file)
    states = dict(session.execute(select(Obligation.id, Obligation.state)).all())
    assert {states[number] for number in waived} == {State.waived}
    assert State.submitted in states.values()
