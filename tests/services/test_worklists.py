"""What waits for whom: the unit's list, one report's page (UX section 5)."""
from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from tests.factories import make_actor, make_obligation, make_period, make_task, make_text, make_unit, moment
from tracker.domain.words import Colour, Deed, Rating, Role, State, UserRole
from tracker.errors import Forbidden, NotYours
from tracker.models import Obligation
from tracker.services.report_page import report_page
from tracker.services.reporting import save_draft, submit_report
from tracker.services.reviewing import accept_report, send_back, waive_report
from tracker.services.unit_work import owed_by_unit

AT = moment("2026-10-08 09:30")


class Desk:
    """州科技局 with its clerk, the office, and short ways to walk an obligation on."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.unit = make_unit(session)
        self.clerk, self.office = make_actor(session, unit=self.unit), make_actor(session)

    def owe(self, number, *, unit=None, **others) -> int:
        unit = unit or self.unit
        task = others.pop("task", None) or make_task(self.session, number=number, lead=unit)
        return make_obligation(self.session, task=task, unit=unit, **others).id

    def version(self, obligation_id) -> int:
        return self.session.get_one(Obligation, obligation_id).version

    def submit(self, obligation_id, text=None, *, clerk=None, at=AT):
        submit_report(self.session, clerk or self.clerk, obligation_id, text=text or make_text(),
                      version=self.version(obligation_id), request_key=f"k{self.version(obligation_id)}", at=at)
        return obligation_id

    def send_back(self, obligation_id, at=AT):
        send_back(self.session, self.office, obligation_id, reason="请补充金额", version=self.version(obligation_id),
                  at=at)
        return obligation_id

    def accept(self, obligation_id, at=AT):
        accept_report(self.session, self.office, obligation_id, judged=Rating.on_track,
                      version=self.version(obligation_id), at=at)
        return obligation_id

    def work(self, at=AT):
        return owed_by_unit(self.session, self.clerk, at)

    def page(self, obligation_id, actor=None, at=AT):
        return report_page(self.session, actor or self.clerk, obligation_id, at)


@pytest.fixture
def desk(session: Session) -> Desk:
    return Desk(session)


def numbers(rows):
    return [row.task_number for row in rows]


def test_sent_back_comes_first_then_what_is_due_first(desk):
    make_period(desk.session)
    desk.owe("1")
    desk.owe("2", due_at=moment("2026-10-10 18:00"), role=Role.co)
    desk.send_back(desk.submit(desk.owe("3")))
    desk.submit(desk.owe("4"))
    desk.accept(desk.submit(desk.owe("5")))
    waived = desk.owe("6")
    waive_report(desk.session, desk.office, waived, reason="任务已部门办结", version=1, at=AT)
    work = desk.work()
    assert (numbers(work.rows), numbers(work.waiting), numbers(work.done)) == (["3", "2", "1"], ["4"], ["5", "6"])
    assert work.early == ()


def test_a_row_says_what_is_owed_in_words(desk):
    finance = make_unit(desk.session, name="州财政局")
    task = make_task(desk.session, number="9", lead=finance, co=(desk.unit,))
    part = desk.owe("9", task=task, role=Role.co)
    save_draft(desk.session, desk.clerk, part, text=make_text("写了一半"), version=1, at=AT)
    row, = desk.work(moment("2026-10-08 10:00")).rows
    assert (row.obligation_id, row.title, row.role, row.lead_unit) == (part, "示例任务9", Role.co, "州财政局")
    assert (row.period_key, row.period_label, row.state) == ("2026Q3", "2026年第三季度", State.draft)
    assert (row.due_at, row.days_words) == (moment("2026-10-10 18:00"), "还有2个工作日")
    assert (row.lamp.colour, row.lamp.word) == (Colour.yellow, "临期")
    assert (row.edited_at, row.edited_by, row.return_reason) == (AT, "州科技局填报员", "")


def test_a_returned_row_shows_its_reason_and_its_second_clock(desk):
    desk.send_back(desk.submit(desk.owe("1")))
    row, = desk.work().rows
    assert (row.return_reason, row.due_at) == ("请补充金额", moment("2026-10-10 18:00"))
    assert (row.lamp.word, row.days_words) == ("待重报", "还有2个工作日")


def test_before_the_window_a_new_period_is_only_something_one_may_begin(desk):
    desk.owe("1", period=make_period(desk.session, key="2026Q4"))
    work = desk.work(moment("2026-12-20 23:59"))
    assert (numbers(work.rows), numbers(work.early)) == ([], ["1"])
    assert (work.next_period.label, work.next_period.window_opens_at) == ("2026年第四季度", moment("2026-12-21"))
    work = desk.work(moment("2026-12-21"))
    assert (numbers(work.rows), numbers(work.early), work.next_period) == (["1"], [], None)
    assert [period.key for period in work.periods] == ["2026Q4"]


def test_what_is_still_owed_of_old_periods_stays_and_what_is_done_goes(desk):
    spring, summer = make_period(desk.session, key="2026Q2"), make_period(desk.session)
    desk.owe("1", period=spring)
    desk.accept(desk.submit(desk.owe("2", period=spring)))
    desk.accept(desk.submit(desk.owe("3", period=summer)))
    work = desk.work()
    assert (numbers(work.rows), numbers(work.done)) == (["1"], ["3"])
    assert (work.rows[0].lamp.colour, work.rows[0].days_words) == (Colour.red, "逾期58个工作日")


def test_a_composite_report_stands_in_the_list_under_its_own_name(desk):
    make_period(desk.session)
    desk.owe("1")
    make_obligation(desk.session, unit=desk.unit, composite=True, role=Role.standing_co)
    assert [(row.task_number, row.title) for row in desk.work().rows] == [("", "综合报告"), ("1", "示例任务1")]


def test_another_units_duties_are_not_in_the_list(desk):
    desk.owe("1", unit=make_unit(desk.session, name="州财政局"))
    assert desk.work().rows == ()


def test_who_belongs_to_no_unit_has_no_list(desk):
    with pytest.raises(Forbidden):
        owed_by_unit(desk.session, desk.office, AT)


def test_the_page_shows_last_periods_text_and_presets_its_rating(desk):
    task = make_task(desk.session, number="1", lead=desk.unit)
    before = desk.owe("1", task=task, period=make_period(desk.session, key="2026Q2"))
    desk.submit(before, make_text("立项12项", self_rating=Rating.ahead), at=moment("2026-07-02"))
    page = desk.page(desk.owe("1", task=task, period=make_period(desk.session)))
    assert (page.last_label, page.last_text.progress) == ("2026年第二季度", "立项12项")
    assert (page.form.progress, page.form.self_rating, page.draft) == ("", Rating.ahead, None)


def test_the_page_tells_how_alike_the_draft_is_to_last_period(desk):
    task = make_task(desk.session, number="1", lead=desk.unit)
    desk.submit(desk.owe("1", task=task, period=make_period(desk.session, key="2026Q2")), make_text("立项12项"),
                at=moment("2026-07-02"))
    row_id = desk.owe("1", task=task, period=make_period(desk.session))
    save_draft(desk.session, desk.clerk, row_id, text=make_text("立项12项"), version=1, at=AT)
    assert desk.page(row_id).similarity == 1.0


def test_the_page_tells_the_course_newest_first(desk):
    page = desk.page(desk.send_back(desk.submit(desk.owe("1"))))
    assert [(step.deed, step.actor, step.reason) for step in page.steps] == [
        (Deed.send_back, "督查员", "请补充金额"), (Deed.submit, "州科技局填报员", "")]
    assert (page.return_reason, page.days_words, page.delivery_word) == ("请补充金额", "还有2个工作日", "退回")


def test_the_lead_reads_the_parts_delivered_and_no_others(desk):
    finance, tax = make_unit(desk.session, name="州财政局"), make_unit(desk.session, name="州税务局")
    task = make_task(desk.session, number="1", lead=desk.unit, co=(finance, tax))
    lead = desk.owe("1", task=task)
    delivered, drafted = (desk.owe("1", task=task, unit=unit, role=Role.co) for unit in (finance, tax))
    desk.submit(delivered, make_text("拨付860万元"), clerk=make_actor(desk.session, unit=finance))
    save_draft(desk.session, make_actor(desk.session, unit=tax), drafted, text=make_text("减免12万元"), version=1,
               at=AT)
    part, = desk.page(lead).parts
    assert (part.unit, part.text.progress, part.delivered_at) == ("州财政局", "拨付860万元", AT)
    assert desk.page(delivered).parts == ()


@pytest.mark.parametrize(("state", "clerk", "office"), [
    (State.pending, "save submit", "waive enter_for"),
    (State.draft, "save submit", "waive enter_for"),
    (State.submitted, "withdraw", "accept send_back waive"),
    (State.returned, "save submit", "waive undo enter_for"),
    (State.accepted, "", "undo"),
])
def test_the_page_offers_what_may_be_done_now(desk, state, clerk, office):
    row_id = desk.owe("1")
    walk = {State.pending: (), State.draft: (save,), State.submitted: (desk.submit,),
            State.returned: (desk.submit, desk.send_back), State.accepted: (desk.submit, desk.accept)}
    for step in walk[state]:
        step(row_id) if step is not save else save(desk, row_id)
    assert offered(desk.page(row_id)) == clerk
    assert offered(desk.page(row_id, desk.office)) == office
    assert offered(desk.page(row_id, make_actor(desk.session, UserRole.leader))) == ""


def test_withdrawing_is_no_longer_offered_when_it_would_be_refused(desk):
    late, returned = desk.submit(desk.owe("1")), desk.send_back(desk.submit(desk.owe("2")))
    desk.submit(returned)
    assert not desk.page(late, at=moment("2026-10-13 18:00")).may.withdraw
    assert not desk.page(returned).may.withdraw


def test_a_strangers_page_looks_like_it_does_not_exist(desk):
    row_id = desk.owe("1")
    stranger = make_actor(desk.session, unit=make_unit(desk.session, name="州文旅局"))
    with pytest.raises(NotYours):
        desk.page(row_id, stranger)


def test_lists_cost_the_same_queries_at_2_and_at_30_rows(desk, count_queries):
    make_period(desk.session, key="2026Q2")
    make_period(desk.session)

    def cost(rows):
        desk.session.rollback()
        with count_queries() as seen:
            assert len(desk.work().waiting) == rows
        return len(seen)

    for number in range(1, 3):
        desk.submit(desk.owe(str(number)), at=moment("2026-07-02"))
    few = cost(2)
    for number in range(3, 31):
        desk.submit(desk.owe(str(number)), at=moment("2026-07-02"))
    assert cost(30) == few <= 7


def test_a_page_costs_the_same_queries_with_2_and_with_12_parts(desk, count_queries):
    task = make_task(desk.session, number="1", lead=desk.unit)
    lead = desk.owe("1", task=task)

    def cost(parts):
        while len(desk.page(lead).parts) < parts:
            unit = make_unit(desk.session, name=f"单位{desk.session.query(Obligation).count()}")
            part = desk.owe("1", task=task, unit=unit, role=Role.co)
            desk.submit(part, clerk=make_actor(desk.session, unit=unit))
        desk.session.rollback()
        with count_queries() as seen:
            desk.page(lead)
        return len(seen)

    assert cost(2) == cost(12) <= 14


def save(desk, row_id):
    save_draft(desk.session, desk.clerk, row_id, text=make_text(), version=desk.version(row_id), at=AT)


def offered(page):
    return " ".join(name for name, yes in vars(page.may).items() if yes)
