"""The lamps as one query are the lamps of the rules, over random histories, at the boundaries too."""
from __future__ import annotations

from random import Random

import pytest
from sqlalchemy import select

from tests.battery.rounds import rounds
from tests.services.histories import make_world, walk
from tracker.domain.lamp import obligation_lamp
from tracker.domain.workdays import china_calendar
from tracker.models import Obligation
from tracker.services.history import load_history
from tracker.services.lamps import obligation_colour, task_colours
from tracker.services.ledger import task_lamps_at
from tracker.services.report_page import facts_of
from tracker.services.tasklist import lamps_of


@pytest.mark.battery
def test_lamps_by_query_and_by_rule_are_the_same(session, tmp_path):
    world, calendar, seen = make_world(session, tmp_path), china_calendar(), set()
    for number in range(rounds(12, 200)):
        plan, at = walk(session, world, Random(number))
        history = load_history(session, plan, at)
        by_rule = task_lamps_at(history, at)
        colours = {task: lamp.colour.value for task, lamp in by_rule.items()}
        assert dict(session.execute(task_colours(plan.id, at)).all()) == colours, f"seed {number}, {at}"
        assert lamps_of(session, [task for task, _ in history.tasks], at) == by_rule, f"seed {number}, {at}"
        owed = session.execute(select(Obligation, obligation_colour(at, calendar)).where(
            Obligation.plan_id == plan.id)).all()
        assert [colour for _, colour in owed] == [
            obligation_lamp(facts_of(one), at, calendar).colour.value for one, _ in owed]
        assert {one.id: one.facts for one in history.obligations_at(at)} == {
            one.id: facts_of(one) for one, _ in owed if one.opened_at <= at}
        seen.update(colours.values())
        session.rollback()
    assert seen == {"red", "yellow", "green", "blue", "grey"}
