"""The leaders' page: what is red, whose, since when, and is it better."""
from __future__ import annotations

import pytest

from tests.factories import make_actor, moment
from tests.services.real_plan import hand_in
from tracker import jobs
from tracker.domain.words import Colour, Rating, UserRole
from tracker.errors import Forbidden
from tracker.models import Unit
from tracker.services.overview import overview
from tracker.services.status import status


def colours(**counts: int) -> dict[Colour, int]:
    return {colour: counts.get(colour.value, 0) for colour in Colour}


def test_before_anything_is_due_all_is_grey_and_there_is_nothing_to_compare_with(session, plan, office):
    page = overview(session, office, moment("2026-10-08 09:30"))
    assert (page.counts, page.before, page.worries) == (colours(grey=19), None, ())
    assert (page.period_label, page.lead_figures.due, page.co_figures.due) == ("2026年第三季度", 18, 69)
    assert [(column.short, column.current) for column in page.columns] == [("26三", True)]


def test_silence_is_yellow_after_the_due_day_and_red_after_the_second(session, plan, office):
    hand_in(session, "1", "州科技局", moment("2026-10-09 09:00"))
    yellow = overview(session, office, moment("2026-10-14 09:00"))
    assert yellow.counts == colours(yellow=17, green=1, grey=1)
    assert (yellow.lead_figures.delivered, yellow.lead_figures.overdue) == (1, 17)
    january = moment("2027-01-20 09:00")
    jobs.run_due(session, january, now=january, export_dir=None)
    page = overview(session, office, january)
    assert page.counts == colours(red=17, yellow=1, grey=1)
    assert [worry.lamp.colour for worry in page.worries] == [Colour.red] * 17 + [Colour.yellow]
    assert (page.worries[0].number, page.worries[-1].number, page.worries[-1].lead) == ("2", "1", "州科技局")
    assert page.worries[-1].lamp.reason.startswith("进展不明：2026年第四季度报告")
    assert [column.counts for column in page.columns[:2]] == [
        colours(yellow=17, green=1, grey=1), colours(red=17, yellow=1, grey=1)]


def test_lamps_by_section_and_the_matrix_add_up_to_the_heading(session, plan, office):
    hand_in(session, "1", "州科技局", moment("2026-10-09 09:00"), self_rating=Rating.behind)
    page = overview(session, office, moment("2026-10-14 09:00"))
    assert [size for _, _, size, _ in page.sections] == [7, 10, 2]
    assert {colour: sum(lamps[colour] for *_, lamps in page.sections) for colour in Colour} == page.counts
    assert [row.lamps[0].colour for row in page.matrix].count(Colour.yellow) == page.counts[Colour.yellow] == 18
    assert len(page.indicators) == 7


def test_a_clerk_does_not_open_it(session, plan):
    clerk = make_actor(session, unit=session.get_one(Unit, 1))
    with pytest.raises(Forbidden):
        overview(session, clerk, moment("2026-10-08 09:30"))


def test_status_for_scripts_has_each_task_and_each_period(session, plan):
    hand_in(session, "1", "州科技局", moment("2026-10-09 09:00"))
    found = status(session, moment("2026-10-14 09:00"))
    assert found["tasks"][0] == {"number": "1", "lamp": "green", "word": "正常", "reason": "2026年第三季度自评达序时"}
    assert (found["tasks"][18]["lamp"], found["tasks"][18]["word"]) == ("grey", "待补录")
    assert {"key": "2026Q3", "due": 87, "delivered": 1, "on_time": 1, "late": 0, "overdue": 86} in found["periods"]


def test_a_leader_reads_the_overview_too(session, plan):
    leader = make_actor(session, UserRole.leader)
    assert overview(session, leader, moment("2026-10-08 09:30")).counts[Colour.grey] == 19
