"""延期: asked by who owes it, granted or refused by the office; every earlier due date stays, the past too."""
from __future__ import annotations

from datetime import date
from pathlib import Path
from types import SimpleNamespace

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.factories import (
    make_obligation,
    make_task,
    make_text,
    moment,
)
from tests.services.extension_desk import (
    AT,
    DUE,
    LATER,
    OCTOBER_30,
    ask,
    colour,
    dues,
    grant,
    make_desk,
    row,
    seen_at,
    submit,
    task_colour,
)
from tracker.domain.extensions import Wish
from tracker.domain.words import Colour, Extended, Role, Source, State, Stretch
from tracker.errors import Forbidden, Refused
from tracker.jobs.flag_overdue import flag_overdue
from tracker.models import (
    AuditEvent,
    ExtensionRequest,
    Milestone,
    Obligation,
    Task,
)
from tracker.services.deed import deed
from tracker.services.entering import enter_for
from tracker.services.extension_list import extension_desk, extensions_of, waiting_extensions
from tracker.services.extensions import refuse_extension
from tracker.services.reporting import withdraw_report


@pytest.fixture
def desk(session: Session, tmp_path: Path) -> SimpleNamespace:
    return make_desk(session, tmp_path / "evidence")


def test_until_it_is_granted_the_old_due_moment_holds(desk):
    request = ask(desk)
    assert row(desk, Obligation, desk.report).due_at == DUE
    assert dues(desk, obligation_id=desk.report) == [(DUE, "")]
    asked = desk.session.get_one(ExtensionRequest, request)
    assert (asked.wished_at, asked.unit_id, asked.decided_at) == (OCTOBER_30, desk.lead_unit.id, None)


def test_granting_moves_the_due_moment_and_keeps_the_earlier_one(desk):
    version = row(desk, Obligation, desk.report).version
    assert grant(desk, ask(desk)) == OCTOBER_30
    owed = row(desk, Obligation, desk.report)
    assert (owed.due_at, owed.version) == (OCTOBER_30, version)         # who is writing meets no conflict
    assert dues(desk, obligation_id=desk.report) == [(DUE, ""), (OCTOBER_30, "同意延期：用地手续未批复")]


def test_granting_another_day_is_the_offices_to_say(desk):
    request = ask(desk)
    assert grant(desk, request, until_on=date(2026, 10, 20), answer="先到20日") == moment("2026-10-20 18:00")
    assert row(desk, Obligation, desk.report).due_at == moment("2026-10-20 18:00")
    answered = extensions_of(desk.session, desk.clerk, row(desk, Obligation, desk.report), LATER).answered
    assert (answered.granted_at, answered.wished_at, answered.answer) == (
        moment("2026-10-20 18:00"), OCTOBER_30, "先到20日")


@pytest.mark.parametrize(("days", "due"), [
    (1, "2026-10-14 18:00"), (24, "2026-11-06 18:00"), (25, "2026-11-07 18:00"), (30, "2026-11-12 18:00"),
    (365, "2027-10-13 18:00"),
])
def test_extensions_are_exact_and_twice_in_a_row_too(desk, days, due):
    grant(desk, ask(desk, wish=Wish(count=days)))
    assert row(desk, Obligation, desk.report).due_at == moment(due)
    grant(desk, ask(desk, wish=Wish(count=1, stretch=Stretch.working_days), at=LATER), at=LATER)
    later = {1: "2026-10-15 18:00", 24: "2026-11-09 18:00", 25: "2026-11-09 18:00", 30: "2026-11-13 18:00",
             365: "2027-10-14 18:00"}[days]
    assert [due for due, _ in dues(desk, obligation_id=desk.report)] == [DUE, moment(due), moment(later)]


def test_a_part_due_on_a_make_up_day_is_extended_by_working_days(desk):
    request = ask(desk, row_id=desk.part, actor=desk.co, wish=Wish(count=1, stretch=Stretch.working_days))
    grant(desk, request)
    assert dues(desk, obligation_id=desk.part) == [
        (moment("2026-10-10 18:00"), ""), (moment("2026-10-12 18:00"), "同意延期：用地手续未批复")]


def test_a_task_and_a_milestone_are_extended_to_the_end_of_a_day(desk):
    grant(desk, ask(desk, Extended.task, wish=Wish(count=30)))
    assert row(desk, Task, desk.task).due_on == date(2027, 1, 30)
    assert dues(desk, task_id=desk.task)[-1] == (moment("2027-01-31"), "同意延期：用地手续未批复")
    grant(desk, ask(desk, Extended.milestone, actor=desk.co, wish=Wish(count=24)))
    assert row(desk, Milestone, desk.milestone).due_on == date(2026, 11, 24)
    assert dues(desk, milestone_id=desk.milestone)[-1] == (moment("2026-11-25"), "同意延期：用地手续未批复")


def test_the_past_shows_the_due_dates_of_its_time(desk):
    for what in (Extended.task, Extended.milestone, Extended.report):
        grant(desk, ask(desk, what, wish=Wish(until_on=date(2027, 2, 1))))
    before = DUE, [date(2026, 12, 31)], [date(2026, 10, 31)]
    assert seen_at(desk, AT) == before
    assert seen_at(desk, moment("2026-10-09 09:29")) == before
    assert seen_at(desk, LATER) == (
        moment("2027-02-01 18:00"), [date(2026, 12, 31), date(2027, 2, 1)], [date(2027, 2, 1)])


def test_the_lamps_follow_at_once(desk):
    late = moment("2026-10-14 09:00")
    assert (colour(desk, late), task_colour(desk, late)) == (Colour.red, Colour.yellow)
    grant(desk, ask(desk, at=late), at=late)
    assert (colour(desk, late), task_colour(desk, late)) == (Colour.grey, Colour.grey)
    past_all = moment("2027-01-01 09:00")
    assert task_colour(desk, past_all) == Colour.red
    grant(desk, ask(desk, Extended.task, wish=Wish(until_on=date(2027, 3, 1)), at=past_all), at=past_all)
    assert task_colour(desk, past_all) == Colour.red           # the milestone is still past due
    grant(desk, ask(desk, Extended.milestone, wish=Wish(until_on=date(2027, 3, 1)), at=past_all), at=past_all)
    assert task_colour(desk, past_all) == Colour.yellow        # the report of 2026Q3 is missing


def test_the_stamp_of_an_overdue_report_goes_with_the_grant_and_comes_back_with_the_new_moment(desk):
    with deed(desk.session, desk.office, moment("2026-10-14 09:00")) as d:
        flag_overdue(d)
    assert row(desk, Obligation, desk.report).overdue_since == DUE
    grant(desk, ask(desk, at=moment("2026-10-14 10:00")), at=moment("2026-10-14 11:00"))
    assert row(desk, Obligation, desk.report).overdue_since is None
    with deed(desk.session, desk.office, moment("2026-10-30 19:00")) as d:
        flag_overdue(d)
    assert row(desk, Obligation, desk.report).overdue_since == OCTOBER_30


def test_on_time_is_by_the_date_that_held_at_delivery(desk):
    grant(desk, ask(desk))
    assert submit(desk, at=moment("2026-10-30 18:00")).on_time is True


def test_what_was_delivered_late_before_an_answer_stays_late(desk):
    request = ask(desk)
    assert submit(desk, at=moment("2026-10-13 18:01")).on_time is False
    with pytest.raises(Refused, match="已经报出，不用再延期"):
        grant(desk, request, at=moment("2026-10-14 09:00"))
    owed = row(desk, Obligation, desk.report)
    assert (owed.due_at, owed.on_time) == (DUE, False)
    assert waiting_extensions(desk.session) == 0


def test_an_answer_that_came_before_the_grant_and_is_entered_after_it_is_late_everywhere(desk):
    grant(desk, ask(desk, at=moment("2026-10-14 09:00")), at=moment("2026-10-14 11:00"))
    at = moment("2026-10-14 12:00")
    owed = enter_for(desk.session, desk.office, desk.report, text=make_text(), source=Source.telephone, at=at,
                     received_at=moment("2026-10-14 10:00"), version=row(desk, Obligation, desk.report).version,
                     request_key="entered", note="来电答复")
    assert (owed.on_time, owed.due_at) == (False, DUE)
    assert seen_at(desk, at)[0] == DUE
    assert [due for due, _ in dues(desk, obligation_id=desk.report)] == [DUE, OCTOBER_30]


def test_after_a_withdrawal_the_request_waits_again(desk):
    request = ask(desk)
    submit(desk, at=LATER)
    assert waiting_extensions(desk.session) == 0
    withdraw_report(desk.session, desk.clerk, desk.report, version=row(desk, Obligation, desk.report).version,
                    at=moment("2026-10-09 10:00"))
    assert waiting_extensions(desk.session) == 1
    grant(desk, request, at=moment("2026-10-09 11:00"))
    assert row(desk, Obligation, desk.report).due_at == OCTOBER_30


def test_the_office_lists_what_waits_the_oldest_first(desk, count_queries):
    requests = [ask(desk, Extended.milestone, actor=desk.co, wish=Wish(count=30)), ask(desk, at=LATER)]
    found = extension_desk(desk.session, desk.office, moment("2026-10-12 09:00"))
    assert [(one.id, one.of, one.unit, one.waiting_days) for one in found.waiting] == [
        (requests[0], "节点“印发办法”", "州财政局", 3), (requests[1], "2026年第三季度牵头件", "州科技局", 2)]
    grant(desk, requests[1])
    with count_queries() as few:
        found = extension_desk(desk.session, desk.office, LATER)
    assert ([one.id for one in found.waiting], [one.id for one in found.decided]) == ([requests[0]], [requests[1]])
    for number in range(2, 12):
        task = make_task(desk.session, number=str(number), lead=desk.lead_unit)
        ask(desk, Extended.task, task.id, wish=Wish(count=30))
    with count_queries() as many:
        assert extension_desk(desk.session, desk.office, LATER).waiting_count == 11
    assert len(many) == len(few)
    with pytest.raises(Forbidden):
        extension_desk(desk.session, desk.leader, LATER)


def test_the_trail_tells_the_old_and_the_new_due_moment(desk):
    grant(desk, ask(desk))
    refuse_extension(desk.session, desk.office, ask(desk, Extended.task, wish=Wish(count=30)), answer="按期", at=LATER)
    events = desk.session.execute(select(AuditEvent.action, AuditEvent.facts).where(
        AuditEvent.action.startswith("extension")).order_by(AuditEvent.id)).all()
    moved = {"due_before": "2026年10月13日18:00", "due_after": "2026年10月30日18:00"}
    assert [(action, {name: facts.get(name) for name in moved}) for action, facts in events] == [
        ("extension.asked", moved), ("extension.granted", moved),
        ("extension.asked", {"due_before": "2026年12月31日", "due_after": "2027年1月30日"}),
        ("extension.refused", dict.fromkeys(moved))]
    assert [facts["task"] for _, facts in events] == ["1"] * 4


def test_a_composite_report_is_extended_like_another(desk):
    composite = make_obligation(desk.session, unit=desk.co_unit, composite=True, role=Role.standing_co)
    grant(desk, ask(desk, row_id=composite.id, actor=desk.co))
    assert row(desk, Obligation, composite.id).due_at == OCTOBER_30
    assert row(desk, Obligation, composite.id).state is State.pending
    assert [one.of for one in extension_desk(desk.session, desk.office, LATER).decided] == ["2026年第三季度综合报告"]
