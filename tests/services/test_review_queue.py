"""What waits for the office: which, in what order, with which warnings; fifty a page at the same cost (DESIGN 4)."""
from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from tests.battery.rounds import rounds
from tests.factories import (
    actor_of,
    make_actor,
    make_obligation,
    make_period,
    make_plan,
    make_task,
    make_text,
    make_unit,
    make_user,
    moment,
)
from tests.services.test_list_queries import make_large_plan
from tracker.domain.words import Deed, Rating, Role, Source, UserRole
from tracker.errors import Forbidden
from tracker.models import Obligation, ReportVersion, Unit
from tracker.services.entering import enter_for
from tracker.services.reporting import submit_report, withdraw_report
from tracker.services.review_queue import Filters, ReviewQueue, recent_decisions, review_queue
from tracker.services.reviewing import accept_report, send_back, undo_decision, waive_report
from tracker.services.signing import sign_report

AT = moment("2026-10-08 09:30")


class Desk:
    """州科技局 and its clerk, the office, and 2026Q3."""

    def __init__(self, session: Session) -> None:
        self.session = session
        make_plan(session)
        make_period(session)
        self.unit = make_unit(session)
        self.clerk, self.office = make_actor(session, unit=self.unit), make_actor(session)

    def owe(self, number: str, *, unit: Unit | None = None, **others: Any) -> int:
        unit = unit or self.unit
        task = others.pop("task", None) or make_task(self.session, number=number, lead=unit)
        return make_obligation(self.session, task=task, unit=unit, **others).id

    def version(self, owed: int) -> int:
        self.session.rollback()
        return self.session.get_one(Obligation, owed).version

    def submit(self, owed: int, text: Any = None, *, at: Any = AT, clerk: Any = None) -> int:
        version = self.version(owed)
        submit_report(self.session, clerk or self.clerk, owed, text=text or make_text(), version=version,
                      request_key=f"k{version}", at=at)
        return owed

    def accept(self, owed: int, at: Any = AT) -> int:
        accept_report(self.session, self.office, owed, judged=Rating.on_track, version=self.version(owed), at=at)
        return owed

    def return_it(self, owed: int, at: Any = AT) -> int:
        send_back(self.session, self.office, owed, reason="请补充金额", version=self.version(owed), at=at)
        return owed

    def undo(self, owed: int, at: Any = AT) -> int:
        undo_decision(self.session, self.office, owed, version=self.version(owed), at=at)
        return owed

    def queue(self, at: Any = AT, *, show: int | None = None, **filters: Any) -> ReviewQueue:
        self.session.rollback()
        return review_queue(self.session, self.office, at, Filters(**filters), show=show)

    def recent(self, at: Any = AT) -> list[tuple[Deed, str, str]]:
        self.session.rollback()
        return [(one.deed, one.subject, one.state_word) for one in recent_decisions(self.session, self.office, at)]


@pytest.fixture
def desk(session: Session) -> Desk:
    return Desk(session)


def numbers(queue: ReviewQueue) -> list[str]:
    return [row.task_number for row in queue.rows]


def test_the_office_reads_what_waited_longest_first(desk):
    monday, tuesday = moment("2026-09-28 16:00"), moment("2026-09-29 16:00")
    desk.submit(desk.owe("1"), at=tuesday)
    desk.submit(desk.owe("2"), at=monday)
    desk.accept(desk.submit(desk.owe("3"), at=monday))
    desk.owe("4")
    queue = desk.queue()
    assert [(row.task_number, row.unit, row.waiting_days) for row in queue.rows] == [
        ("2", "州科技局", 3), ("1", "州科技局", 2)]
    first = queue.rows[0]
    assert (first.sent_at, first.submitted_by, first.version) == (monday, "州科技局填报员", 2)
    assert (first.warnings, first.resubmitted, first.source, first.files) == ((), False, Source.unit, 0)
    assert (queue.total, queue.found, queue.longest_days, queue.first, queue.pages) == (2, 2, 3, 1, 1)


def test_an_empty_queue(desk):
    queue = desk.queue()
    assert (queue.rows, queue.total, queue.longest_days, queue.pages, queue.clean) == ((), 0, 0, 1, ())


def test_it_waits_for_the_office_once_the_head_has_signed(desk):
    head = make_user(desk.session, UserRole.head, unit=desk.unit)
    owed = desk.submit(desk.owe("1"), at=moment("2026-09-28 16:00"))
    assert desk.queue().total == 0
    sign_report(desk.session, actor_of(desk.session, head), owed, version=desk.version(owed), at=AT)
    row, = desk.queue().rows
    assert (row.obligation_id, row.sent_at, row.waiting_days) == (owed, AT, 0)


def test_the_queue_warns_of_repetition_silence_on_figures_and_lateness(desk):
    task = make_task(desk.session, number="1", lead=desk.unit)
    before = make_period(desk.session, key="2026Q2")
    vague = "召开专题会议，加强协调配合，取得积极进展"
    desk.submit(desk.owe("1", task=task, period=before), make_text(f"{vague}。"), at=moment("2026-07-02 10:00"))
    desk.submit(desk.owe("1", task=task), make_text(f"{vague}！"), at=moment("2026-10-14 10:00"))
    row = desk.queue(moment("2026-10-15 10:00")).rows[-1]
    assert (row.period_key, row.warnings) == ("2026Q3", ("迟报1日", "与上期相似95%", "通篇没有数字"))


def test_only_rows_without_warnings_are_for_the_batch(desk):
    desk.submit(desk.owe("1"))
    desk.submit(desk.owe("2"), make_text("同上"))
    queue = desk.queue()
    assert [row.task_number for row in queue.clean] == ["1"]
    assert queue.rows[1].warnings == ("进展情况没有具体内容",)


def test_a_report_back_after_a_return_is_marked_and_waits_from_then(desk):
    again = moment("2026-10-09 10:00")
    owed = desk.return_it(desk.submit(desk.owe("1"), at=moment("2026-09-28 16:00")))
    assert desk.queue().total == 0
    desk.submit(owed, make_text("补了金额860万元"), at=again)
    row, = desk.queue(again).rows
    assert (row.resubmitted, row.sent_at) == (True, again)


def test_an_entry_for_a_unit_is_marked(desk):
    owed = desk.owe("1")
    enter_for(desk.session, desk.office, owed, text=make_text(), source=Source.telephone, received_at=AT,
              version=desk.version(owed), request_key="k", at=AT)
    row, = desk.queue().rows
    assert (row.source, row.warnings) == (Source.telephone, ("代填，单位还没有确认",))


def test_a_withdrawn_version_does_not_count(desk):
    owed = desk.submit(desk.owe("1"), make_text("先交的12项"))
    withdraw_report(desk.session, desk.clerk, owed, version=desk.version(owed), at=AT)
    assert desk.queue().total == 0
    desk.submit(owed, at=AT + timedelta(minutes=1))
    assert [row.sent_at for row in desk.queue().rows] == [AT + timedelta(minutes=1)]


def test_a_composite_report_waits_under_its_own_name(desk):
    desk.submit(make_obligation(desk.session, unit=desk.unit, composite=True, role=Role.standing_co).id)
    row, = desk.queue().rows
    assert (row.task_number, row.title, row.role) == ("", "综合报告", Role.standing_co)


def test_filters_narrow_and_the_choices_say_how_many(desk):
    finance = make_unit(desk.session, name="州财政局")
    clerk = make_actor(desk.session, unit=finance)
    before = make_period(desk.session, key="2026Q2")
    desk.submit(desk.owe("1"))
    desk.submit(desk.owe("2", unit=finance), clerk=clerk)
    desk.submit(desk.owe("3", unit=finance, role=Role.co, period=before), clerk=clerk)
    queue = desk.queue()
    assert [(one.value, one.label, one.count) for one in queue.periods] == [
        ("2026Q2", "2026年第二季度", 1), ("2026Q3", "2026年第三季度", 2)]
    assert [(one.label, one.count) for one in queue.units] == [("州科技局", 1), ("州财政局", 2)]
    assert [(one.value, one.count) for one in queue.roles] == [("lead", 2), ("co", 1)]
    assert numbers(desk.queue(period_key="2026Q3")) == ["1", "2"]
    assert numbers(desk.queue(unit_id=finance.id)) == ["2", "3"]
    narrow = desk.queue(unit_id=finance.id, role=Role.co)
    assert (numbers(narrow), narrow.found, narrow.total) == (["3"], 1, 3)


@pytest.mark.parametrize("odd", [
    {"period_key": "2026Q4"}, {"period_key": "'; --\x00"}, {"unit_id": 987654}, {"unit_id": 10**30},
    {"role": Role.standing_co}, {"page": 0}, {"page": -7}, {"page": 10**30},
])
def test_what_nobody_waits_under_is_no_filter(desk, odd):
    desk.submit(desk.owe("1"))
    queue = desk.queue(**odd)
    assert (numbers(queue), queue.filters) == (["1"], Filters())


def test_the_pager_walks_fifty_at_a_time_and_finds_the_page_of_one(desk):
    units = (desk.unit.id, make_unit(desk.session, name="州财政局").id)
    make_large_plan(desk.session, units, 120, key="middle")
    desk.session.execute(update(ReportVersion).values(sent_at=ReportVersion.submitted_at))
    desk.session.commit()
    pages = [desk.queue(page=page) for page in (1, 2, 3)]
    assert [(len(page.rows), page.first, page.filters.page) for page in pages] == [
        (50, 1, 1), (50, 51, 2), (20, 101, 3)]
    assert [number for page in pages for number in numbers(page)] == [str(number) for number in range(1, 121)]
    assert {(page.found, page.pages) for page in pages} == {(120, 3)}
    last = pages[2].rows[-1].obligation_id
    assert desk.queue(show=last).filters.page == 3
    assert desk.queue(page=4).filters.page == 3


@pytest.mark.parametrize("nowhere", [0, -1, 987654, 10**30])
def test_one_that_does_not_wait_is_on_no_page(desk, nowhere):
    done = desk.accept(desk.submit(desk.owe("1")))
    desk.submit(desk.owe("2"))
    assert numbers(desk.queue(show=nowhere)) == numbers(desk.queue(show=done)) == ["2"]


@pytest.mark.parametrize("role", [UserRole.clerk, UserRole.head, UserRole.leader, UserRole.admin, UserRole.auditor])
def test_only_the_office_has_a_queue(desk, role):
    unit = desk.unit if role in (UserRole.clerk, UserRole.head) else None
    with pytest.raises(Forbidden):
        review_queue(desk.session, make_actor(desk.session, role, unit=unit), AT)


def test_a_thousand_and_twenty_thousand_cost_as_many_queries_as_twenty(
        desk: Desk, count_queries: Callable[[], AbstractContextManager[list[str]]]) -> None:
    units = (desk.unit.id, make_unit(desk.session, name="州财政局").id)

    def fill(tasks: int, key: str) -> None:
        make_large_plan(desk.session, units, tasks, key=key)
        desk.session.execute(update(ReportVersion).values(sent_at=ReportVersion.submitted_at))
        desk.session.commit()

    def queries(found: int) -> int:
        desk.session.rollback()
        desk.session.expunge_all()
        with count_queries() as seen:
            assert review_queue(desk.session, desk.office, AT, Filters(role=Role.lead)).found == found
            recent_decisions(desk.session, desk.office, AT)
        return len(seen)

    fill(20, "small")
    few = queries(20)
    many = rounds(1_000, 20_000)
    fill(many - 20, "large")
    assert queries(many) == few <= 12


def test_ones_own_decisions_of_ten_minutes_may_be_taken_back(desk):
    finance = make_unit(desk.session, name="州财政局")
    desk.accept(desk.submit(desk.owe("1")), at=AT - timedelta(minutes=11))
    desk.accept(desk.submit(desk.owe("2")), at=AT - timedelta(minutes=10))
    desk.return_it(desk.submit(desk.owe("3", unit=finance, role=Role.co), clerk=make_actor(desk.session, unit=finance)))
    composite = make_obligation(desk.session, unit=finance, composite=True, role=Role.standing_co).id
    waive_report(desk.session, desk.office, composite, reason="本期不用报", version=1, at=AT)
    assert desk.recent() == [
        (Deed.waive, "州财政局综合报告", "免报"), (Deed.send_back, "任务3州财政局配合件", "已退回"),
        (Deed.accept, "任务2", "已通过")]
    assert recent_decisions(desk.session, make_actor(desk.session), AT) == ()


def test_what_was_taken_back_is_told_once_more_and_not_offered(desk):
    owed = desk.undo(desk.accept(desk.submit(desk.owe("1"))))
    assert desk.recent() == [(Deed.undo, "任务1", "待审核")]
    assert numbers(desk.queue()) == ["1"]
    desk.accept(owed)
    assert desk.recent() == [(Deed.accept, "任务1", "已通过")]


def test_where_the_unit_went_on_nothing_is_to_be_taken_back(desk):
    owed = desk.return_it(desk.submit(desk.owe("1")))
    desk.submit(owed)
    assert desk.recent() == []
