"""The pages of a year plan and of a milestone, without scripts: write, file, answer, report done, take back."""
from __future__ import annotations

import io
import re
from types import SimpleNamespace

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.factories import make_task, make_unit, make_user
from tests.services.evidence_desk import pdf
from tests.web.desk import Desk
from tests.web.visitor import one_line
from tracker.domain.words import PlanState, UserRole
from tracker.models import Milestone, YearPlan

PLAN = "/tasks/1/plan/2026"


@pytest.fixture
def desk(app: Flask, session: Session) -> SimpleNamespace:
    """州科技局 leads task 1 with 州财政局; 州文旅局 has no part in it. Today is Thursday 2026-10-08."""
    base = Desk(app, session)
    co, co_clerk = base.another()
    make_task(session, lead=base.unit, co=[co])
    stranger = base.enter(make_user(session, unit=make_unit(session, name="州文旅局")))
    leader = base.enter(make_user(session, UserRole.leader))
    return SimpleNamespace(base=base, session=session, lead=base.unit, co=co, clerk=base.clerk, office=base.office,
                           co_clerk=co_clerk, stranger=stranger, leader=leader)


def heading(page: str) -> str:
    return one_line(page, r"<h1>.*?</h1>")


def form(desk, *rows, deed="file", **others):
    desk.session.rollback()
    newest = desk.session.scalars(select(YearPlan).order_by(YearPlan.number.desc()).limit(1)).one_or_none()
    typed = {"plan_id": newest.id if newest else 0, "version": newest.version if newest else 0, "deed": deed}
    for place, (name, due) in enumerate(rows):
        typed |= {f"name-{place}": name, f"due-{place}": due, f"owner-{place}": desk.lead.id}
    return typed | others


def in_force(desk, *rows) -> list[int]:
    """File and approve a plan; the ids of its milestones."""
    desk.clerk.post(PLAN, **form(desk, *rows))
    desk.office.post(f"{PLAN}/decide", **form(desk, deed="approve"))
    desk.session.rollback()
    return list(desk.session.scalars(select(Milestone.id).where(Milestone.counts_until.is_(None))
                                     .order_by(Milestone.position)))


def report(desk, who, milestone_id, **others):
    typed = {"done_on": "2026-10-08", "statement": "已印发", "file": (io.BytesIO(pdf()), "发文.pdf")} | others
    return who.post(f"/milestones/{milestone_id}/done", **typed)


def test_from_an_empty_form_to_an_approved_plan(desk):
    empty = desk.clerk.get(PLAN).text
    assert heading(empty) == "2026年还没有年度计划，请列出节点报督查室"
    assert re.findall(r'name="(name-\d)"', empty) == ["name-0", "name-1", "name-2"]
    saved = desk.clerk.post(PLAN, **form(desk, ("印发方案", "2026-09-30"), ("", ""), ("验收", "2026-12-20"),
                                         deed="save"))
    assert saved.headers["Location"] == f"{PLAN}?said=plan_saved"
    draft = desk.clerk.get(PLAN).text
    assert heading(draft) == "2026年计划写了2个节点，还没有报督查室"
    assert re.findall(r'name="(name-\d)" value="([^"]*)"', draft) == [
        ("name-0", "印发方案"), ("name-1", "验收"), ("name-2", ""), ("name-3", ""), ("name-4", "")]
    assert heading(desk.office.get(PLAN).text) == "2026年还没有年度计划"
    filed = desk.clerk.post(PLAN, **form(desk, ("印发方案", "2026-09-30"), ("验收", "2026-12-20")))
    assert filed.headers["Location"] == f"{PLAN}?said=plan_filed"
    assert heading(desk.clerk.get(PLAN).text) == "2026年计划2个节点，已报督查室，等批准"
    assert heading(desk.office.get(PLAN).text) == "2026年计划2个节点，等您批准或退回"
    approved = desk.office.post(f"{PLAN}/decide", **form(desk, deed="approve"))
    assert approved.headers["Location"] == f"{PLAN}?said=plan_approved"
    for who in (desk.clerk, desk.co_clerk, desk.office, desk.leader):
        assert heading(who.get(PLAN).text) == "2026年计划2个节点，已完成0个，1个逾期"


def test_returned_the_reason_stands_above_the_form(desk):
    desk.clerk.post(PLAN, **form(desk, ("验收", "2026-12-20")))
    without = desk.office.post(f"{PLAN}/decide", **form(desk, deed="send_back", reason=" "))
    assert (without.status_code, "请写明为什么退回" in without.text) == (422, True)
    desk.office.post(f"{PLAN}/decide", **form(desk, deed="send_back", reason="验收太晚，请提前到11月"))
    page = desk.clerk.get(PLAN).text
    assert heading(page) == "2026年计划已退回，照原因改好再报"
    assert ("验收太晚，请提前到11月" in page, 'value="验收"' in page) == (True, True)
    desk.clerk.post(PLAN, **form(desk, ("验收", "2026-11-30")))
    assert heading(desk.office.get(PLAN).text) == "2026年计划1个节点，等您批准或退回"


def test_what_is_wrong_is_said_at_its_row_and_what_was_typed_stays(desk):
    answer = desk.clerk.post(PLAN, **form(desk, ("印发方案", "九月底"), ("", "2026-12-20")))
    assert answer.status_code == 422
    assert "第1行的“九月底”不是日期，要写成 2026-06-30 这样" in answer.text
    assert ('href="#due-0"' in answer.text, 'href="#name-1"' in answer.text) == (True, True)
    assert ('value="印发方案"' in answer.text, 'value="2026-12-20"' in answer.text) == (True, True)


def test_the_second_of_two_writers_sees_both(desk):
    late = form(desk, ("验收", "2026-12-20"), deed="save")
    desk.clerk.post(PLAN, **form(desk, ("印发方案", "2026-09-30"), deed="save"))
    answer = desk.clerk.post(PLAN, **late)
    assert answer.status_code == 409
    assert ("现在存着的" in answer.text, "印发方案" in answer.text, 'value="验收"' in answer.text) == (True, True, True)


def test_a_revision_shows_the_office_what_changes(desk):
    in_force(desk, ("印发方案", "2026-09-30"), ("验收", "2026-12-20"))
    assert 'value="印发方案"' in desk.clerk.get(f"{PLAN}?revise=1").text
    desk.clerk.post(PLAN, **form(desk, ("印发方案", "2026-10-30"), ("试运行", "2026-11-30"), **{"position-0": 1}))
    page = desk.office.get(PLAN).text
    assert ("完成日期原是2026年9月30日" in page, "新增" in page, "不再列入的 1 个" in page,
            "现在执行的节点 2 个" in page) == (True, True, True, True)
    assert heading(desk.co_clerk.get(PLAN).text) == "2026年计划2个节点，已完成0个，1个逾期"


def test_a_milestone_is_reported_done_with_evidence_and_taken_back_by_the_office(desk):
    first, _ = in_force(desk, ("印发方案", "2026-09-30"), ("验收", "2026-12-20"))
    assert heading(desk.clerk.get(f"/milestones/{first}").text) == "报完成：印发方案，逾期1个工作日"
    bare = report(desk, desk.clerk, first, file=(io.BytesIO(b""), ""))
    assert (bare.status_code, "节点完成要附至少1份佐证材料" in bare.text, "已印发" in bare.text) == (422, True, True)
    broken = report(desk, desk.clerk, first, file=(io.BytesIO(b"MZ\x90\x00"), "方案.exe"))
    assert (broken.status_code, "方案.exe" in broken.text) == (422, True)
    asked = report(desk, desk.clerk, first, statement="机密★方案已印发")
    assert (asked.status_code, 'name="not_secret"' in asked.text) == (422, True)
    done = report(desk, desk.clerk, first)
    assert done.headers["Location"] == f"/milestones/{first}?said=milestone_done"
    page = desk.leader.get(f"/milestones/{first}").text
    assert heading(page) == "节点已完成：印发方案，晚1个工作日完成"
    file = re.findall(r'href="(/files/\d+)" download', page)[0]
    assert [who.get(file).status_code for who in (desk.co_clerk, desk.office, desk.leader, desk.stranger)] == [
        200, 200, 200, 404]
    assert heading(desk.office.get(PLAN).text) == "2026年计划2个节点，已完成1个，没有逾期"
    undone = desk.office.post(f"/milestones/{first}/undo", reason="文件还没有印发")
    again = undone.headers["Location"].partition("?")[0]
    page = desk.clerk.get(again).text
    assert (heading(page), "文件还没有印发" in page) == ("报完成：印发方案，逾期1个工作日", True)
    assert desk.clerk.get(f"/milestones/{first}").headers["Location"] == PLAN


def test_who_has_no_part_in_it_finds_nothing_and_nobody_else_writes(desk):
    first, _ = in_force(desk, ("印发方案", "2026-09-30"), ("验收", "2026-12-20"))
    assert [desk.stranger.get(path).status_code for path in (PLAN, f"/milestones/{first}")] == [404, 404]
    assert [who.post(PLAN, **form(desk, ("甲", "2026-12-20"))).status_code for who in (desk.co_clerk, desk.office)] == [
        403, 404]
    assert report(desk, desk.co_clerk, first).status_code == 403
    assert desk.clerk.post(f"/milestones/{first}/undo", reason="误报").status_code == 404


def test_the_office_sees_which_plans_wait_and_which_are_missing(desk):
    make_task(desk.session, number="2", lead=desk.lead)
    desk.clerk.post(PLAN, **form(desk, ("验收", "2026-12-20")))
    page = desk.office.get("/year-plans").text
    assert heading(page) == "2026年计划：1份等批准，1项任务还没有报，已批准0项"
    assert re.findall(r'href="(/tasks/\d/plan/2026)"', page) == ["/tasks/1/plan/2026", "/tasks/2/plan/2026"]
    desk.office.post(f"{PLAN}/decide", **form(desk, deed="approve"))
    assert heading(desk.office.get("/year-plans").text) == "2026年计划：没有等批准的，1项任务还没有报，已批准1项"


def test_the_list_of_tasks_shows_milestones_done_of_due_to_whom_they_concern(desk):
    in_force(desk, ("印发方案", "2026-09-30"), ("验收", "2026-12-20"))
    assert '节点 </span>0/1</a><span class="sub bad">1个逾期</span>' in desk.office.get("/tasks").text
    assert "0/1</a>" in desk.co_clerk.get("/tasks").text
    assert "0/1</a>" not in desk.stranger.get("/tasks").text


def test_the_page_costs_the_same_queries_with_two_milestones_and_with_thirty(desk, count_queries):
    in_force(desk, ("印发方案", "2026-09-30"), ("验收", "2026-12-20"))
    with count_queries() as few:
        assert desk.office.get(PLAN).status_code == 200
    in_force(desk, *[(f"节点{place}", "2026-12-20") for place in range(30)])
    with count_queries() as many:
        assert desk.office.get(PLAN).status_code == 200
    assert len(many) == len(few)


def test_a_draft_of_the_next_plan_changes_nothing_until_it_is_approved(desk):
    in_force(desk, ("印发方案", "2026-09-30"))
    desk.clerk.post(PLAN, **form(desk, ("印发方案", "2026-12-01"), deed="save", **{"position-0": 1}))
    desk.session.rollback()
    assert [plan.state for plan in desk.session.scalars(select(YearPlan).order_by(YearPlan.number))] == [
        PlanState.approved, PlanState.draft]
    assert "红灯" in desk.office.get("/tasks/1").text
