"""任务台账 on the screen: what the filters leave, what is counted, and pages without gaps or doubles."""
from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy.orm import Session

from tests.factories import (
    make_actor,
    make_obligation,
    make_period,
    make_plan,
    make_section,
    make_task,
    make_text,
    make_unit,
    moment,
)
from tests.services.test_list_queries import POLICY
from tracker.domain.actors import Actor
from tracker.domain.words import Colour, Role, State, TaskState, UserRole
from tracker.errors import Forbidden
from tracker.models import Unit
from tracker.services import tasklist
from tracker.services.reporting import submit_report
from tracker.services.reviewing import waive_report
from tracker.services.tasklist import Filters, TaskList, task_list

AT = moment("2026-10-15 09:00")         # after both due moments of 2026Q3


@pytest.fixture
def units(session: Session) -> dict[str, Unit]:
    return {name: make_unit(session, name=name) for name in ("州科技局", "州财政局", "州教育局")}


@pytest.fixture
def office(session: Session, units: dict[str, Unit]) -> Actor:
    """Six tasks: 1 delivered, 2 silent, 3 closed, 4 past its day, 5 待补录 without units, 6 免报 in this period."""
    plan = make_plan(session, policy=POLICY, first_period="2026Q3")
    first, second = make_section(session, plan=plan), make_section(session, plan=plan, number="（二）", position=2)
    make_period(session, plan=plan)
    kjj, czj, jyj = units.values()
    office = make_actor(session)
    for number, lead, section, others in (
            ("1", kjj, first, {"co": [czj, jyj]}), ("2", czj, first, {}),
            ("3", kjj, second, {"state": TaskState.closed}),
            ("4", jyj, second, {"due_on": date(2026, 9, 30)}), ("5", None, second, {"source_complete": False}),
            ("6", jyj, second, {"title": "R&D投入100%达标", "body": "_甲_。"})):
        task = make_task(session, plan=plan, section=section, number=number, lead=lead, **others)
        for unit in ([lead, *others.get("co", [])] if lead else []):
            make_obligation(session, task=task, unit=unit, role=Role.lead if unit is lead else Role.co)
    submit_report(session, make_actor(session, unit=kjj), 1, text=make_text(), version=1, request_key="a",
                  at=moment("2026-10-12 09:00"))
    waive_report(session, office, 7, reason="已并入专项", version=1, at=moment("2026-10-12 10:00"))
    return office


def listed(session: Session, actor: Actor, **filters: object) -> TaskList:
    return task_list(session, actor, Filters(**filters), AT)


def numbers(found: TaskList) -> list[str]:
    return [row.number for row in found.rows]


def test_every_task_stands_in_plan_order_with_its_lamp_and_the_parts_delivered(session, office):
    found = listed(session, office)
    assert [(row.number, row.lamp.colour.value, row.lead, row.delivered, row.owed) for row in found.rows] == [
        ("1", "green", "州科技局", 1, 3), ("2", "yellow", "州财政局", 0, 1), ("3", "blue", "州科技局", 0, 1),
        ("4", "red", "州教育局", 0, 1), ("5", "grey", "", 0, 0), ("6", "grey", "州教育局", 0, 0)]
    assert [row.lead_state for row in found.rows] == [
        State.submitted, State.pending, State.pending, State.pending, None, None]
    assert (found.rows[0].co, found.rows[4].source_complete) == (("州财政局", "州教育局"), False)
    assert (found.period_key, found.total, found.found, found.next_after) == ("2026Q3", 6, 6, None)
    assert found.counts == {Colour.red: 1, Colour.yellow: 1, Colour.green: 1, Colour.blue: 1, Colour.grey: 2}
    assert (found.silent, found.incomplete) == (3, 1)


@pytest.mark.parametrize(("filters", "left"), [
    pytest.param({"colour": Colour.red}, ["4"], id="a lamp"),
    pytest.param({"colour": Colour.grey}, ["5", "6"], id="grey: 待补录 and 免报"),
    pytest.param({"silent": True}, ["2", "3", "4"], id="the lead did not deliver this period's report"),
    pytest.param({"silent": True, "colour": Colour.yellow}, ["2"], id="two at once"),
    pytest.param({"incomplete": True}, ["5"], id="待补录"),
    pytest.param({"text": "财政"}, ["1", "2"], id="words of a unit, lead or co"),
    pytest.param({"text": "4"}, ["4"], id="a number is the whole number"),
    pytest.param({"text": "示例任务3"}, ["3"], id="words of the title"),
    pytest.param({"text": "r&d"}, ["6"], id="in any case"),
    pytest.param({"text": "100%"}, ["6"], id="a percent sign means itself"),
    pytest.param({"text": "_甲_"}, ["6"], id="an underline means itself"),
    pytest.param({"text": "' OR 1=1 --"}, [], id="a quote means itself"),
    pytest.param({"unit_id": 999}, [], id="no such unit"),
    pytest.param({"section_id": 2}, ["3", "4", "5", "6"], id="a section"),
])
def test_filters_leave(session, office, filters, left):
    found = listed(session, office, **filters)
    assert (numbers(found), found.found) == (left, len(left))


def test_a_unit_finds_the_tasks_it_leads_or_works_with(session, office, units):
    found = listed(session, office, unit_id=units["州教育局"].id)
    assert numbers(found) == ["1", "4", "6"]
    assert (found.total, found.counts[Colour.red], found.silent) == (3, 1, 1)


def test_pages_follow_one_another_without_gap_or_double(session, office, monkeypatch):
    monkeypatch.setattr(tasklist, "PAGE", 2)
    seen, after = [], -1
    while after is not None:
        found = listed(session, office, after=after)
        assert (len(found.rows), found.found, found.total) == (2, 6, 6)
        seen += numbers(found)
        after = found.next_after
    assert seen == ["1", "2", "3", "4", "5", "6"]


def test_a_page_is_narrowed_before_it_is_cut(session, office, monkeypatch):
    monkeypatch.setattr(tasklist, "PAGE", 2)
    found = listed(session, office, silent=True)
    assert (numbers(found), found.found) == (["2", "3"], 3)
    assert numbers(listed(session, office, silent=True, after=found.next_after)) == ["4"]


def test_the_administrator_reads_no_tasks(session, office):
    with pytest.raises(Forbidden):
        listed(session, make_actor(session, UserRole.admin))


def test_a_unit_reads_the_reason_only_where_it_leads(session, units, office):
    def seen(actor):
        return {row.number: (row.lamp.colour, row.lamp.reason, row.lead_state, row.lead_hidden)
                for row in listed(session, actor).rows if row.number in "12"}

    assert seen(office)["1"] == (Colour.green, "2026年第三季度自评达序时", State.submitted, False)
    assert seen(make_actor(session, unit=units["州科技局"]))["1"] == seen(office)["1"]
    co_unit = make_actor(session, unit=units["州教育局"])
    assert seen(co_unit) == {"1": (Colour.green, "", None, True), "2": (Colour.yellow, "", None, True)}
    assert (listed(session, co_unit).silent, listed(session, co_unit, silent=True).found) == (0, 6)
