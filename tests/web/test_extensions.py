"""延期 by the pages: asked on a report, a milestone, a task; the office's list; what was typed comes back."""
from __future__ import annotations

import io
from datetime import date, timedelta

import pytest

from tests.battery.world import picture
from tests.factories import make_task, make_user, moment
from tests.web.desk import Desk
from tests.web.visitor import one_line
from tracker.domain.words import PlanState, UserRole
from tracker.models import Attachment, DueDate, ExtensionRequest, Milestone, Task, YearPlan
from tracker.web.extensions import UNREADABLE

LATER = {"until_on": "2026-10-30", "count": "", "stretch": "working_days", "reason": "用地手续未批复"}
DUE, OCTOBER_30 = moment("2026-10-13 18:00"), moment("2026-10-30 18:00")


@pytest.fixture
def desk(app, session):
    return Desk(app, session)


def asked(desk: Desk, obligation_id: int, **others: str) -> int:
    assert desk.clerk.post(f"/reports/{obligation_id}/extension", **LATER | others).status_code == 303
    return newest(desk)


def newest(desk: Desk) -> int:
    """The id of the request that was made last."""
    desk.session.rollback()
    request = desk.session.query(ExtensionRequest.id).order_by(ExtensionRequest.id.desc()).first().id
    desk.session.rollback()
    return request


def heading(page) -> str:
    return one_line(page.text, r"<h1>(.*?)</h1>")


def notes(page) -> list[str]:
    """The amber and green notes that tell of an extension."""
    return [line for line in page.text.splitlines() if "note amber" in line or "note green" in line]


def test_a_report_is_asked_for_on_its_page_and_waits_there(desk):
    owed = desk.owe()
    assert f'href="/reports/{owed}/extension">申请延期' in desk.clerk.get(f"/reports/{owed}").text
    form = desk.clerk.get(f"/reports/{owed}/extension")
    assert heading(form) == "申请延期：现在10月13日（周二）18:00截止"
    answer = desk.clerk.post(f"/reports/{owed}/extension", **LATER)
    assert answer.headers["Location"] == f"/reports/{owed}?said=extension_sent"
    page = desk.clerk.get(answer.headers["Location"])
    assert "延期申请已交督查室；批准前仍按原来的时限计。" in page.text
    assert any("<b>牵头单位申请延期</b>：2026年第三季度牵头件从10月13日（周二）18:00延到10月30日（周五）18:00，"
               "理由是用地手续未批复。10月8日（周四）提出，督查室审批中；批准前仍按10月13日（周二）18:00计。" in note
               for note in notes(page))
    assert f'href="/reports/{owed}/extension"' not in page.text
    assert heading(desk.clerk.get(f"/reports/{owed}/extension")) == "现在不能申请延期：仍按10月13日（周二）18:00截止"
    assert desk.obligation(owed).due_at == DUE


def test_the_office_grants_as_asked_in_one_click_and_the_unit_sees_it_at_once(desk):
    owed = desk.owe()
    request = asked(desk, owed)
    assert '<a href="/extensions">延期申请待审批1件</a>' in desk.office.get("/review").text
    assert heading(desk.office.get("/extensions")) == "等审批的延期申请1件"
    answer = desk.office.post(f"/extensions/{request}", deed="grant")
    assert answer.headers["Location"] == "/extensions?said=extension_granted"
    assert desk.obligation(owed).due_at == OCTOBER_30
    page = desk.clerk.get(f"/reports/{owed}")
    assert "<b>延期已同意</b>：2026年第三季度牵头件延到10月30日（周五）18:00，原定10月13日（周二）18:00。" in page.text
    assert "<strong>10月30日（周五）18:00</strong>截止" in page.text
    assert "时限改过1次" in page.text
    assert "10月30日" in desk.clerk.get("/my").text
    assert heading(desk.office.get("/extensions")) == "延期申请都办完了"
    assert "延期申请待审批" not in desk.office.get("/review").text


def test_the_office_names_another_day_or_refuses_with_words(desk):
    owed = desk.owe()
    request = asked(desk, owed)
    for form, sentence in (({"deed": "refuse"}, "请写明为什么不同意，对方看得到"),
                           ({"deed": "grant_until"}, "请写明同意延到哪一天"),
                           ({"deed": "grant_until", "until_on": "2026-10-01"}, "要比现在的2026年10月13日18:00晚"),
                           ({"deed": "grant_until", "until_on": "十月"}, "“十月”不是日期，要写成 2026-10-30 这样"),
                           ({"deed": "other"}, UNREADABLE)):
        answer = desk.office.post(f"/extensions/{request}", **form)
        assert (answer.status_code, sentence in answer.text) == (422, True), form
    assert desk.obligation(owed).due_at == DUE
    answer = desk.office.post(f"/extensions/{request}", deed="grant_until", until_on="2026-10-20", answer="先到20日")
    assert (answer.status_code, desk.obligation(owed).due_at) == (303, moment("2026-10-20 18:00"))
    again = asked(desk, owed)
    assert desk.office.post(f"/extensions/{again}", deed="refuse", answer="手续已批复").headers["Location"] == (
        "/extensions?said=extension_refused")
    assert ("<b>延期没有同意</b>：2026年第三季度牵头件仍按10月20日（周二）18:00截止。理由：手续已批复"
            in desk.clerk.get(f"/reports/{owed}").text)


def test_what_was_typed_comes_back_with_what_is_missing(desk):
    owed = desk.owe()
    answer = desk.clerk.post(f"/reports/{owed}/extension", until_on="2026-10-30", count="3", stretch="days",
                             reason="见\n<b>附件</b>")
    assert answer.status_code == 422
    assert "延到的日期和延长的天数只写一样" in answer.text
    assert 'value="2026-10-30"' in answer.text
    assert 'value="3"' in answer.text
    assert '<option value="days" selected>' in answer.text
    assert "见\n&lt;b&gt;附件&lt;/b&gt;" in answer.text
    for typed, sentence in (({"count": "三"}, "“三”不是整天数"), ({"until_on": "10月"}, "“10月”不是日期")):
        answer = desk.clerk.post(f"/reports/{owed}/extension", reason="手续", **typed)
        assert (answer.status_code, sentence in answer.text) == (422, True)
    assert desk.session.query(ExtensionRequest).count() == 0


def test_a_paper_goes_with_it_and_the_office_reads_it(desk):
    owed = desk.owe()
    sent = LATER | {"file": (io.BytesIO(picture(3)), "受理单.png")}
    assert desk.clerk.post(f"/reports/{owed}/extension", **sent).status_code == 303
    desk.session.rollback()
    file = desk.session.query(Attachment).one().id
    desk.session.rollback()
    assert "受理单.png" in desk.office.get("/extensions").text
    assert desk.office.get(f"/files/{file}").status_code == 200
    assert "附受理单.png1份" in desk.clerk.get(f"/reports/{owed}").text
    _, other = desk.another()
    assert other.get(f"/files/{file}").status_code == 404


def test_words_of_classified_papers_are_asked_about(desk):
    owed = desk.owe()
    answer = desk.clerk.post(f"/reports/{owed}/extension", **LATER | {"reason": "见秘密★文件"})
    assert (answer.status_code, "我确认不涉密" in answer.text) == (422, True)
    answer = desk.clerk.post(f"/reports/{owed}/extension", **LATER | {"reason": "见秘密★文件", "not_secret": "1"})
    assert answer.status_code == 303


def test_a_task_is_asked_for_by_its_lead_on_its_page(desk):
    unit, other = desk.another()
    make_task(desk.session, number="7", lead=desk.unit, co=(unit,), due_on=date(2026, 12, 31))
    assert 'href="/tasks/7/extension">申请延期' in desk.clerk.get("/tasks/7").text
    assert 'href="/tasks/7/extension"' not in other.get("/tasks/7").text
    assert other.get("/tasks/7/extension").status_code == 403
    answer = desk.clerk.post("/tasks/7/extension", until_on="", count="30", stretch="days", reason="资金年底下达")
    assert answer.headers["Location"] == "/tasks/7?said=extension_sent"
    told = "<b>牵头单位申请延期</b>：完成时限从2026年12月31日延到2027年1月30日，理由是资金年底下达。"
    leader = desk.enter(make_user(desk.session, UserRole.leader))
    for reader in (desk.clerk, other, desk.office, leader):
        assert told in reader.get("/tasks/7").text
    assert '<a href="/extensions#x' in desk.office.get("/tasks/7").text
    assert "/extensions#x" not in leader.get("/tasks/7").text
    desk.office.post(f"/extensions/{newest(desk)}", deed="grant")
    desk.session.rollback()
    assert desk.session.query(Task).filter_by(number="7").one().due_on == date(2027, 1, 30)
    page = desk.office.get("/tasks/7").text
    assert "完成时限 2027年1月30日" in page
    assert "2026年12月31日" in page            # the earlier one stays in 时限变更


def test_a_milestone_is_asked_for_by_its_owner_or_the_lead(desk):
    unit, owner = desk.another()
    task = make_task(desk.session, number="7", lead=desk.unit, co=(unit,))
    plan = YearPlan(task_id=task.id, year=2026, number=1, state=PlanState.approved)
    desk.session.add(plan)
    desk.session.flush()
    milestone = Milestone(year_plan_id=plan.id, task_id=task.id, name="印发办法", owner_id=unit.id, position=1,
                          due_on=date(2026, 10, 31), counts_since=moment("2026-01-20"), statement="")
    desk.session.add(milestone)
    desk.session.flush()
    desk.session.add(DueDate(milestone_id=milestone.id, due_at=moment("2026-11-01"), actor_name="督查员",
                             recorded_at=moment("2026-01-20")))
    desk.session.commit()
    address = f"/milestones/{milestone.id}"
    assert f'href="{address}/extension">申请延期' in owner.get(address).text
    assert heading(desk.clerk.get(f"{address}/extension")) == "申请延期：现在2026年10月31日截止"
    answer = owner.post(f"{address}/extension", until_on="2026-11-30", reason="征求意见延后")
    assert answer.headers["Location"] == f"{address}?said=extension_sent"
    told = "<b>州财政局申请延期</b>：节点“印发办法”从2026年10月31日延到2026年11月30日"
    assert told in owner.get(address).text
    assert told in desk.clerk.get("/tasks/7").text
    desk.office.post(f"/extensions/{newest(desk)}", deed="grant")
    desk.session.rollback()
    assert desk.session.get_one(Milestone, milestone.id).due_on == date(2026, 11, 30)
    assert "<b>延期已同意</b>：节点“印发办法”延到2026年11月30日，原定2026年10月31日。" in owner.get(address).text


def test_a_delivered_report_offers_no_extension(desk):
    owed = desk.submit(desk.owe())
    assert "申请延期" not in desk.clerk.get(f"/reports/{owed}").text
    page = desk.clerk.get(f"/reports/{owed}/extension")
    assert "已经报出，不用再延期。" in page.text
    assert desk.clerk.post(f"/reports/{owed}/extension", **LATER).status_code == 422


def test_the_list_costs_the_same_queries_for_one_and_for_thirty(desk, count_queries):
    asked(desk, desk.owe("1"))
    with count_queries() as few:
        desk.office.get("/extensions")
    for number in range(2, 31):
        asked(desk, desk.owe(str(number)))
    with count_queries() as many:
        page = desk.office.get("/extensions")
    assert heading(page) == "等审批的延期申请30件"
    assert len(many) == len(few)


def test_a_report_costs_the_same_queries_with_one_extension_and_with_twenty(desk, count_queries):
    owed, seen = desk.owe(), []
    for round_number in range(20):
        until = (date(2026, 10, 30) + timedelta(days=round_number)).isoformat()
        desk.office.post(f"/extensions/{asked(desk, owed, until_on=until)}", deed="grant")
        if round_number in (0, 19):
            with count_queries() as queries:
                desk.clerk.get(f"/reports/{owed}")
            seen.append(len(queries))
    assert seen[0] == seen[1]
