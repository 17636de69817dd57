"""What is noticeable in a report, from the rows: to the clerk while he writes, to the reviewer of what came in."""
from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date
from typing import Any

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
from tracker.domain.precheck import Check
from tracker.domain.rows import ReportText
from tracker.domain.words import FileKind, MeasureKind, PlanState, Purpose, Rating, Role, Source, UserRole
from tracker.models import (
    Attachment,
    Measure,
    Milestone,
    Objection,
    Obligation,
    Quotation,
    ReportVersion,
    StoredFile,
    YearPlan,
)
from tracker.services.entering import confirm_entry, enter_for
from tracker.services.office_rules import OfficeRules, change_rules
from tracker.services.prechecks import report_hints, warned
from tracker.services.reporting import submit_report
from tracker.services.reviewing import accept_report, send_back, undo_decision
from tracker.services.signing import sign_report

AT = moment("2026-10-08 09:30")
GOOD, OTHER = make_text(), make_text("组织4家企业申报高新技术企业，加计扣除35户。")
VAGUE = make_text("召开专题会议研究部署，形成合力，取得积极成效。")


class Desk:
    """州科技局 leads task 1 (with a sum of 万元 to report); it handed in a report in 2026Q2 and owes one in 2026Q3."""

    def __init__(self, session: Session) -> None:
        self.session, self.unit = session, make_unit(session)
        self.clerk, self.office = make_actor(session, unit=self.unit), make_actor(session)
        self.task = make_task(session, lead=self.unit)
        session.add(Measure(task_id=self.task.id, key="fund", kind=MeasureKind.sum, name="科技资金", as_written="示例",
                            unit_word="万元", position=1))
        session.commit()
        self.periods = {key: make_period(session, key=key) for key in ("2026Q1", "2026Q2", "2026Q3")}
        self.owed = self.owe("2026Q3")

    def owe(self, key: str, **others: Any) -> int:
        return make_obligation(self.session, **({"task": self.task, "unit": self.unit, "period": self.periods[key]}
                                                | others)).id

    def row(self, owed: int | None = None) -> Obligation:
        self.session.rollback()
        return self.session.get_one(Obligation, owed or self.owed)

    def submit(self, text: ReportText, owed: int | None = None, *, at: Any = AT) -> int:
        row = self.row(owed)
        submit_report(self.session, self.clerk, row.id, text=text, version=row.version, request_key=f"k{row.version}",
                      at=at)
        return row.id

    def return_it(self, reason: str, owed: int | None = None) -> None:
        row = self.row(owed)
        send_back(self.session, self.office, row.id, reason=reason, version=row.version, at=AT)

    def before(self, text: ReportText, key: str = "2026Q2") -> None:
        owed = self.owe(key)
        self.submit(text, owed)
        accept_report(self.session, self.office, owed, judged=text.self_rating, version=self.row(owed).version, at=AT)

    def attach(self, name: str, **others: Any) -> int:
        sha256 = f"{name:x<64}"
        self.session.merge(StoredFile(sha256=sha256, size_bytes=1, kind=FileKind.pdf, media_type="application/pdf",
                                      stored_at=AT))
        row = Attachment(**({"obligation_id": self.owed, "unit_id": self.unit.id, "period_id":
                             self.periods["2026Q3"].id, "purpose": Purpose.evidence, "sha256": sha256, "name": name,
                             "dated_on": date(2026, 9, 1), "uploaded_at": AT, "uploaded_by": "填报员"} | others))
        self.session.add(row)
        self.session.commit()
        return row.id

    def codes(self, text: ReportText) -> list[str]:
        return [hint.code.value for hint in report_hints(self.session, self.clerk, self.row(), text)]

    def warnings(self, at: Any = AT) -> tuple[str, ...]:
        return warned(self.session, [self.row()], at).get(self.owed, ())


@pytest.fixture
def desk(session: Session) -> Desk:
    return Desk(session)


def test_a_first_report_is_held_against_nothing(desk):
    assert desk.codes(GOOD) == []
    assert desk.codes(VAGUE) == ["no_figure"]


def test_last_period_is_the_same_units_on_the_same_task(desk):
    desk.before(GOOD)
    other = make_task(desk.session, number="2", lead=desk.unit)
    desk.submit(OTHER, desk.owe("2026Q2", task=other))
    assert desk.codes(GOOD) == ["alike"]
    assert desk.codes(OTHER) == []


def test_the_threshold_is_the_offices_setting(desk):
    desk.before(make_text("一" * 17 + "3个" + "二" * 6))
    nearly = make_text("一" * 17 + "3个" + "四" * 3 + "二" * 3)
    assert desk.codes(nearly) == ["alike"]
    change_rules(desk.session, desk.office, OfficeRules(similarity=0.9), at=AT)
    assert desk.codes(nearly) == []


def test_a_number_is_held_against_the_last_one_that_was_given(desk):
    desk.before(make_text("新增2项。", measures=(("fund", "15"),)), "2026Q1")
    desk.before(OTHER)
    report = make_text(measures=(("fund", "1500"),))
    hint, = report_hints(desk.session, desk.clerk, desk.row(), report)
    assert (hint.field, hint.sentence) == ("measure-fund", "以前15万元，这次1,500万元，差得多，请看看单位对不对")
    desk.submit(report)
    assert desk.warnings() == ("科技资金以前15万元，这次1,500万元",)


def test_what_was_sent_back_and_not_answered_is_said_to_both(desk):
    desk.submit(VAGUE)
    desk.return_it("无量化进展")
    assert desk.codes(VAGUE) == ["unanswered"]
    assert desk.codes(OTHER) == []
    desk.submit(VAGUE)
    assert desk.warnings() == ("上次退回“无量化进展”，这次还是没有数字",)


def test_a_return_that_was_taken_back_asks_nothing(desk):
    desk.submit(GOOD)
    desk.return_it("无量化进展")
    undo_decision(desk.session, desk.office, desk.owed, version=desk.row().version, at=AT)
    assert desk.warnings() == ()


def test_what_is_returned_and_not_yet_handed_in_again_is_not_held_against_itself(desk):
    desk.submit(GOOD)
    desk.return_it("佐证不足")
    assert desk.warnings() == ()
    assert desk.codes(GOOD) == ["unanswered"]


def test_evidence_that_came_after_the_return_is_new_a_replaced_one_too(desk):
    first = desk.attach("批复.pdf")
    desk.submit(GOOD)
    desk.return_it("佐证不足")
    assert [hint.field for hint in report_hints(desk.session, desk.clerk, desk.row(), GOOD)] == ["files"]
    desk.session.get_one(Attachment, first).removed_at = AT
    desk.session.commit()
    assert desk.codes(GOOD) == ["unanswered"]
    desk.attach("清单.pdf")
    assert desk.codes(GOOD) == []
    desk.submit(GOOD)
    assert desk.warnings() == ()


def test_the_same_file_as_last_period_is_noticed_by_its_content(desk):
    before = desk.owe("2026Q2")
    desk.attach("清单.pdf", obligation_id=before, period_id=desk.periods["2026Q2"].id)
    desk.submit(OTHER, before)
    desk.attach("批复.pdf")
    desk.attach("需求清单.pdf", sha256=f"{'清单.pdf':x<64}")
    hint, = report_hints(desk.session, desk.clerk, desk.row(), GOOD)
    assert (hint.field, hint.sentence) == ("files", "“需求清单.pdf”与上期交的是同一个文件，请看看是不是传错了")
    desk.submit(GOOD)
    assert desk.warnings() == ("佐证“需求清单.pdf”与上期是同一个文件",)


def test_the_scan_behind_an_entry_is_no_evidence_to_the_clerk(desk):
    desk.submit(GOOD)
    desk.return_it("佐证不足")
    desk.attach("来电.pdf", purpose=Purpose.answer)
    assert desk.codes(GOOD) == ["unanswered"]


def test_a_draft_is_looked_at_for_its_own_unit_only(desk):
    for stranger in (desk.office, make_actor(desk.session, unit=make_unit(desk.session, name="州财政局"))):
        assert report_hints(desk.session, stranger, desk.row(), VAGUE) == ()


def test_nothing_new_is_marked_and_asked_for_no_figure(desk):
    desk.submit(make_text("本期无新进展：用地手续未批复"))
    assert desk.warnings() == ("本期无新进展",)
    assert [hint.code for hint in report_hints(desk.session, desk.clerk, desk.row(), make_text("本期无新进展：未批复"))
            ] == [Check.nothing_new]


def test_a_good_report_has_no_entry(desk):
    desk.submit(GOOD)
    assert warned(desk.session, [desk.row()], AT) == {}


def test_late_stands_first(desk):
    desk.submit(VAGUE, at=moment("2026-10-15 09:00"))
    assert desk.warnings(moment("2026-10-19 09:00")) == ("迟报2日", "通篇没有数字")


def test_an_entry_for_a_unit_is_marked_until_the_unit_confirms_it(desk):
    enter_for(desk.session, desk.office, desk.owed, text=GOOD, source=Source.telephone, received_at=AT,
              version=desk.row().version, request_key="k", at=AT)
    assert desk.warnings() == ("代填，单位还没有确认",)
    confirm_entry(desk.session, desk.clerk, desk.owed, version=desk.row().version, at=AT)
    assert desk.warnings() == ()


def test_open_objections_of_co_units_are_counted(desk):
    co = make_unit(desk.session, name="州财政局")
    part = make_obligation(desk.session, task=desk.task, unit=co, period=desk.periods["2026Q3"], role=Role.co).id
    submit_report(desk.session, make_actor(desk.session, unit=co), part, text=OTHER, version=1, request_key="k", at=AT)
    desk.submit(GOOD)
    said = desk.session.query(ReportVersion).filter_by(obligation_id=part).one()
    quotation = Quotation(obligation_id=desk.owed, part_version_id=said.id, text="4家", quoted_at=AT, quoted_by="系统")
    desk.session.add(quotation)
    desk.session.flush()
    objection = Objection(quotation_id=quotation.id, words="应为6家", at=AT, by="州财政局填报员")
    desk.session.add(objection)
    desk.session.commit()
    assert desk.warnings() == ("1处引用有异议，还没有答复",)
    objection.answer, objection.answered_at, objection.answered_by = "已改", AT, "州科技局填报员"
    desk.session.commit()
    assert desk.warnings() == ()


@pytest.mark.parametrize(("due_on", "others", "warned_of"), [
    ("2026-09-30", {}, True), ("2026-10-07", {}, True), ("2026-10-08", {}, False), ("2026-12-01", {}, False),
    ("2026-09-30", {"done_on": date(2026, 9, 30), "done_at": AT}, False), ("2026-09-30", {"counts_since": None}, False),
    ("2026-09-30", {"counts_until": AT}, False),
])
def test_a_milestone_past_due_speaks_against_the_leads_own_rating(desk, due_on, others, warned_of):
    plan = YearPlan(task_id=desk.task.id, year=2026, number=1, state=PlanState.approved)
    desk.session.add(plan)
    desk.session.flush()
    desk.session.add(Milestone(**({
        "year_plan_id": plan.id, "task_id": desk.task.id, "name": "项目开工", "owner_id": desk.unit.id, "position": 1,
        "due_on": date.fromisoformat(due_on), "counts_since": moment("2026-01-20")} | others)))
    desk.session.commit()
    desk.submit(make_text(problems="由于冻土停工，10月底前复工。"))
    said = [word for word in desk.warnings() if "节点" in word]
    day = {"2026-09-30": "9月30日（周三）", "2026-10-07": "10月7日（周三）"}.get(due_on)
    assert said == ([f"节点“项目开工”{day}到期，还没有完成"] if warned_of else [])
    desk.return_it("请看节点")
    desk.submit(make_text(self_rating=Rating.behind, problems="由于冻土停工，10月底前复工。"))
    assert not [word for word in desk.warnings() if "节点" in word]


def test_what_waits_for_the_head_is_not_yet_said_to_the_reviewer(desk):
    head = make_user(desk.session, UserRole.head, unit=desk.unit)
    desk.submit(VAGUE)
    assert desk.row().to_sign
    assert desk.warnings() == ()
    sign_report(desk.session, actor_of(desk.session, head), desk.owed, version=desk.row().version, at=AT)
    assert desk.warnings() == ("通篇没有数字",)


def test_thirty_cost_as_many_queries_as_two(
        desk: Desk, count_queries: Callable[[], AbstractContextManager[list[str]]]) -> None:
    owed = [desk.owed, *(desk.owe("2026Q3", task=make_task(desk.session, number=str(number), lead=desk.unit))
                         for number in range(2, 31))]
    for one in owed:
        desk.submit(make_text("同上", self_rating=Rating.behind), one)

    def queries(ids: list[int]) -> int:
        desk.session.rollback()
        rows = desk.session.query(Obligation).where(Obligation.id.in_(ids)).all()
        with count_queries() as seen:
            said = warned(desk.session, rows, AT)
        assert set(said.values()) == {("进展情况没有具体内容", "欠序时，没写原因和整改措施")}
        assert set(said) == set(ids)
        return len(seen)

    assert queries(owed[:2]) == queries(owed) == 8
