"""The head's desk: what waits for his signature, the most urgent first, and what goes out under his name."""
from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy.orm import Session

from tests.factories import (
    actor_of,
    make_actor,
    make_obligation,
    make_period,
    make_task,
    make_text,
    make_unit,
    make_user,
    moment,
)
from tracker.domain.words import FileKind, MeasureKind, Purpose, Rating, Role, UserRole
from tracker.errors import Forbidden
from tracker.models import Attachment, Measure, Obligation, StoredFile
from tracker.services.reporting import submit_report
from tracker.services.reviewing import accept_report, send_back, waive_report
from tracker.services.sign_desk import BEHIND, PAGE, all_waiting, sign_desk
from tracker.services.signing import send_to_clerk, sign_report

AT = moment("2026-10-08 09:30")


class Desk:
    """州科技局 with its head and clerk, the office, and short ways to walk an obligation on."""

    def __init__(self, session: Session) -> None:
        self.session, self.unit = session, make_unit(session)
        self.head = actor_of(session, make_user(session, UserRole.head, unit=self.unit, name="李局长"))
        self.clerk = actor_of(session, make_user(session, unit=self.unit, name="韩科员"))
        self.office = make_actor(session)

    def owe(self, number="1", *, unit=None, **others) -> int:
        unit = unit or self.unit
        task = others.pop("task", None) or make_task(self.session, number=number, lead=unit)
        return make_obligation(self.session, task=task, unit=unit, **others).id

    def version(self, row) -> int:
        self.session.rollback()
        return self.session.get_one(Obligation, row).version

    def submit(self, row, text=None, *, actor=None, at=AT):
        submit_report(self.session, actor or self.clerk, row, text=text or make_text(), version=self.version(row),
                      request_key=f"k{self.version(row)}", at=at)
        return row

    def sign(self, row, *, actor=None, at=AT):
        sign_report(self.session, actor or self.head, row, version=self.version(row), at=at)
        return row

    def send_back(self, row, *, at=AT):
        send_back(self.session, self.office, row, reason="请补充金额", version=self.version(row), at=at)
        return row

    def desk(self, at=AT, **options):
        return sign_desk(self.session, self.head, at, **options)


@pytest.fixture
def desk(session: Session) -> Desk:
    return Desk(session)


def numbers(items):
    return [item.task_number for item in items]


def test_the_most_urgent_comes_first_and_only_what_waits_is_there(desk):
    desk.submit(desk.owe("1"))
    desk.submit(desk.owe("2", due_at=moment("2026-10-10 18:00"), role=Role.co))
    desk.sign(desk.submit(desk.owe("3")))
    desk.owe("4")
    given_back = desk.submit(desk.owe("5"))
    send_to_clerk(desk.session, desk.head, given_back, reason="补充金额", version=desk.version(given_back), at=AT)
    seen = desk.desk()
    assert (numbers(seen.items), seen.total, seen.own, seen.urgency) == (["2", "1"], 2, 0, "后天18:00截止")
    assert numbers(all_waiting(desk.session, desk.head, AT)) == ["2", "1"]


def test_an_item_says_what_goes_out_and_what_stood_there_before(desk):
    task = make_task(desk.session, number="9", lead=desk.unit)
    desk.session.add(Measure(task_id=task.id, key="fund", kind=MeasureKind.sum, name="下达资金", as_written="资金",
                             unit_word="万元", position=1))
    desk.session.commit()
    before = desk.owe(task=task, period=make_period(desk.session, key="2026Q2"))
    desk.sign(desk.submit(before, make_text("已立项10项。", percent=38), at=moment("2026-07-02 09:00")),
              at=moment("2026-07-03 09:00"))
    accept_report(desk.session, desk.office, before, judged=Rating.on_track, version=desk.version(before), at=AT)
    row = desk.submit(desk.owe(task=task, period=make_period(desk.session)),
                      make_text("已立项12项。", percent=42, self_rating=Rating.behind, measures=(("fund", "860"),)))
    item, = desk.desk().items
    assert (item.obligation_id, item.title, item.role) == (row, "示例任务9", Role.lead)
    assert item.period_label == "2026年第三季度"
    assert (item.submitted_by, item.submitted_at, item.by_actor) == ("韩科员", AT, False)
    assert (item.text.progress, item.text.percent, item.last_text.percent) == ("已立项12项。", 42, 38)
    assert (item.last_label, item.measures) == ("2026年第二季度", (("下达资金", "860万元"),))
    assert (item.due_at, item.days_words, item.late) == (moment("2026-10-13 18:00"), "还有4个工作日", False)
    assert BEHIND in item.warnings
    assert item.version == desk.version(row)


def test_the_evidence_that_goes_out_with_it_is_named(desk):
    row = desk.owe()
    owed = desk.session.get_one(Obligation, row)
    desk.session.add(StoredFile(sha256="0" * 64, size_bytes=3, kind=FileKind.pdf, media_type="application/pdf",
                                stored_at=AT))
    desk.session.flush()
    for name, purpose in (("推荐函.pdf", Purpose.evidence), ("别处.pdf", Purpose.answer)):
        desk.session.add(Attachment(obligation_id=row, unit_id=owed.unit_id, period_id=owed.period_id, purpose=purpose,
                                    sha256="0" * 64, name=name, uploaded_at=AT, uploaded_by="韩科员"))
    desk.session.commit()
    desk.submit(row)
    item, = desk.desk().items
    assert [file.name for file in item.files] == ["推荐函.pdf"]


def test_a_resubmission_shows_why_it_was_sent_back_and_its_second_clock(desk):
    row = desk.send_back(desk.sign(desk.submit(desk.owe())))
    desk.submit(row, make_text("补了金额860万元。"))
    item, = desk.desk().items
    assert (item.return_reason, item.due_at) == ("请补充金额", moment("2026-10-10 18:00"))
    late = desk.desk(moment("2026-10-12 09:00"))
    assert (late.urgency, late.items[0].late) == ("已逾期1个工作日", True)


def test_what_he_handed_in_himself_is_shown_and_not_signed_with_the_rest(desk):
    both = make_user(desk.session, UserRole.head, UserRole.clerk, unit=desk.unit, name="马副局长")
    vice = actor_of(desk.session, both)
    desk.submit(desk.owe("1"), actor=vice)
    desk.submit(desk.owe("2"))
    seen = sign_desk(desk.session, vice, AT)
    assert [(item.task_number, item.by_actor) for item in seen.items] == [("1", True), ("2", False)]
    assert (seen.total, seen.own) == (2, 1)
    assert numbers(all_waiting(desk.session, vice, AT)) == ["2"]
    assert (desk.desk().own, numbers(all_waiting(desk.session, desk.head, AT))) == (0, ["1", "2"])


def test_another_units_reports_are_not_on_the_desk(desk):
    finance = make_unit(desk.session, name="州财政局")
    make_user(desk.session, UserRole.head, unit=finance)
    desk.submit(desk.owe("1", unit=finance), actor=make_actor(desk.session, unit=finance))
    seen = desk.desk()
    assert (seen.items, seen.total, seen.urgency, seen.recent) == ((), 0, "", ())


def test_a_deputy_has_the_desk_and_clerks_and_the_office_have_none(desk):
    desk.submit(desk.owe())
    deputy = replace(desk.clerk, user_id=None, roles=frozenset({UserRole.head}), deputy_for="李局长")
    assert sign_desk(desk.session, deputy, AT).total == 1
    for actor in (desk.clerk, desk.office, make_actor(desk.session, UserRole.leader), replace(desk.head, unit_id=None)):
        with pytest.raises(Forbidden):
            sign_desk(desk.session, actor, AT)
        with pytest.raises(Forbidden):
            all_waiting(desk.session, actor, AT)


def test_what_was_signed_last_stands_beside_it_with_who_signed(desk):
    deputy = replace(actor_of(desk.session, make_user(desk.session, unit=desk.unit, name="马副局长")),
                     roles=frozenset({UserRole.head}), deputy_for="李局长")
    for place, number in enumerate("123456"):
        desk.sign(desk.submit(desk.owe(number)), at=moment(f"2026-10-08 10:0{place}"))
    desk.sign(desk.submit(desk.owe("7", role=Role.co)), actor=deputy, at=moment("2026-10-08 11:00"))
    recent = desk.desk().recent
    assert numbers(recent) == ["7", "6", "5", "4", "3"]
    assert [row.by for row in recent[:2]] == ["马副局长（代李局长）", "李局长"]


def test_how_the_unit_stands_in_the_period(desk):
    make_period(desk.session)
    desk.owe("1")
    desk.submit(desk.owe("2", role=Role.co))
    desk.sign(desk.submit(desk.owe("3", role=Role.co)))
    desk.send_back(desk.sign(desk.submit(desk.owe("4"))))
    waived = desk.owe("5")
    waive_report(desk.session, desk.office, waived, reason="已部门办结", version=desk.version(waived), at=AT)
    desk.owe("6", period=make_period(desk.session, key="2026Q4"))
    count, = desk.desk().periods
    assert (count.key, count.lead, count.co, count.sent, count.to_sign, count.waived, count.open) == (
        "2026Q3", 3, 2, 1, 1, 1, 2)
    assert (count.overdue, desk.desk(moment("2026-10-13 18:01")).periods[0].overdue) == (0, 2)


def test_a_long_desk_comes_in_pages_and_costs_as_many_queries(desk, count_queries):
    period = make_period(desk.session)
    desk.submit(desk.owe("1", period=period))
    desk.submit(desk.owe("2", period=period))
    desk.session.rollback()
    with count_queries() as few:
        desk.desk()
    for number in range(3, PAGE + 4):
        desk.submit(desk.owe(str(number), period=period))
    desk.session.rollback()
    with count_queries() as many:
        seen = desk.desk()
    assert len(many) == len(few)
    assert (len(seen.items), seen.total, seen.first) == (PAGE, PAGE + 3, 1)
    assert numbers(desk.desk(page=2).items) == [str(PAGE + 1), str(PAGE + 2), str(PAGE + 3)]
    assert (desk.desk(page=99).first, desk.desk(page=-1).first) == (PAGE + 1, 1)


def test_the_head_sees_the_same_hints_as_the_reviewer_will(desk):
    task = make_task(desk.session, number="1", lead=desk.unit)
    before = desk.owe(task=task, period=make_period(desk.session, key="2026Q2"), role=Role.co)
    desk.sign(desk.submit(before, make_text("已立项12项。"), at=moment("2026-07-02 09:00")), at=AT)
    row = desk.submit(desk.owe(task=task, period=make_period(desk.session), role=Role.co), make_text("已立项12项。"))
    assert {item.obligation_id: item.warnings for item in desk.desk().items} == {row: ("与上期相似100%",)}


def test_of_a_resubmission_the_hints_speak_of_what_is_in_it_now(desk):
    row = desk.send_back(desk.sign(desk.submit(desk.owe(role=Role.co), make_text("按要求推进。"))))
    desk.submit(row, make_text("已下达资金860万元，立项12项。"))
    item, = desk.desk().items
    assert item.warnings == ()
