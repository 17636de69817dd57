"""The pages of closing: asked by the lead, decided measure by measure, released, suspended; what was typed stays."""
from __future__ import annotations

import io
import re
from types import SimpleNamespace

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.factories import make_obligation, make_period, make_plan, make_task, make_unit, make_user
from tests.web.visitor import Visitor
from tracker.domain.words import MeasureKind, Role, State, TaskState, UserRole
from tracker.models import Attachment, CompletionRequest, Measure, Obligation, Responsibility, Task, Unit

PDF = b"%PDF-1.4\n1 0 obj <</Type /Catalog>> endobj\ntrailer <</Root 1 0 R>>\n%%EOF\n"


@pytest.fixture
def desk(app: Flask, session: Session) -> SimpleNamespace:
    """Task 7 with four measures: 州科技局 leads, 州财政局 works with it; both owe 2026Q3. 州文旅局 is a stranger."""
    make_plan(session)
    lead, co, stranger = (make_unit(session, name=name) for name in ("州科技局", "州财政局", "州文旅局"))
    task = make_task(session, number="7", lead=lead, co=(co,))
    session.add_all(Measure(task_id=task.id, key=f"m{place}", kind=MeasureKind.document, name=f"办法{place}",
                            as_written="", unit_word="", position=place) for place in range(4))
    make_period(session)
    for unit in (lead, co):
        make_obligation(session, task=task, unit=unit, role=Role.lead if unit is lead else Role.co)
    def enter(*roles: UserRole, unit: Unit | None = None) -> Visitor:
        visitor = Visitor(app).enter(make_user(session, *roles, unit=unit))
        session.rollback()
        return visitor

    return SimpleNamespace(
        session=session, id=task.id, clerk=enter(unit=lead), co=enter(unit=co), stranger=enter(unit=stranger),
        office=enter(), leader=enter(UserRole.leader),
        measures=[row.id for row in session.scalars(select(Measure).order_by(Measure.id))],
        co_duty=session.scalars(select(Responsibility.id).where(Responsibility.role == Role.co)).one())


def version(page: str) -> str:
    return re.findall(r'name="version" value="(\d+)"', page)[0]


def state(desk) -> TaskState:
    desk.session.rollback()
    return desk.session.get_one(Task, desk.id).state


def ask(desk, **more):
    page = desk.clerk.get("/tasks/7/closing").text
    said = {f"m{one}": "已印发" for one in desk.measures}
    return desk.clerk.post("/tasks/7/closing/ask", version=version(page), statement="四项办法均已印发", **said | more)


def test_the_lead_asks_with_its_files_and_the_office_closes_in_six_clicks(desk):
    answer = ask(desk, file=[(io.BytesIO(PDF), "办法.pdf")])
    assert (answer.status_code, answer.location) == (303, "/tasks/7/closing?said=closing_asked")
    assert "办结申请 1 项" in desk.office.get("/review").text
    page = desk.office.get("/tasks/7/closing").text
    assert "任务7申请办结，请逐条核对" in page
    assert "办法.pdf" in page
    picks = [f'name="m{one}" value="yes"' for one in desk.measures]
    assert all(pick in page for pick in picks)
    clicks = 1 + len(picks) + 1         # to the page, each measure, 销号，评良
    assert clicks == 6
    answer = desk.office.post("/tasks/7/closing/decide", version=version(page), grade="good",
                              **{f"m{one}": "yes" for one in desk.measures})
    assert answer.location == "/tasks/7/closing?said=task_closed"
    assert state(desk) is TaskState.closed
    assert set(desk.session.scalars(select(Obligation.state))) == {State.waived}
    assert "评定良" in desk.leader.get("/tasks/7/closing").text


def test_what_is_missing_comes_back_with_what_was_typed(desk):
    answer = ask(desk, **{f"m{desk.measures[2]}": ""})
    assert answer.status_code == 422
    assert "这一条还没有说明" in answer.text
    assert "四项办法均已印发" in answer.text
    ask(desk)
    page = desk.office.get("/tasks/7/closing").text
    answer = desk.office.post("/tasks/7/closing/decide", version=version(page), grade="good", reason="核对过",
                              **{f"m{desk.measures[0]}": "yes"})
    assert answer.status_code == 422
    assert answer.text.count("这一条还没有核对") == 2 * 3       # in the summary and beside each
    assert f'name="m{desk.measures[0]}" value="yes" checked' in answer.text


def test_a_file_that_is_no_paper_keeps_the_request_back(desk):
    answer = ask(desk, file=[(io.BytesIO(b"MZ\x00"), "办法.exe")])
    assert answer.status_code == 422
    assert "不能传" in answer.text
    assert desk.session.scalars(select(CompletionRequest)).all() == desk.session.scalars(select(Attachment)).all() == []


def test_the_office_refuses_with_a_reason_and_the_task_goes_on(desk):
    ask(desk)
    page = desk.office.get("/tasks/7/closing").text
    answer = desk.office.post("/tasks/7/closing/decide", version=version(page), deed="refuse", reason="")
    assert (answer.status_code, state(desk)) == (422, TaskState.completion_requested)
    desk.office.post("/tasks/7/closing/decide", version=version(page), deed="refuse", reason="第三项还没有印发")
    assert state(desk) is TaskState.in_progress
    assert "第三项还没有印发" in desk.clerk.get("/tasks/7/closing").text


def test_a_page_that_is_no_longer_current_decides_nothing(desk):
    page = desk.clerk.get("/tasks/7/closing").text
    ask(desk)
    assert desk.office.post("/tasks/7/closing/decide", version=version(page), grade="good").status_code == 409
    assert state(desk) is TaskState.completion_requested


def test_suspending_says_first_what_it_does_to_what_is_owed(desk):
    page = desk.office.get("/tasks/7/state/suspend").text
    assert "暂缓任务7，没有报的2件免报" in page
    assert desk.office.post("/tasks/7/state/suspend", version=version(page), reason="").status_code == 422
    answer = desk.office.post("/tasks/7/state/suspend", version=version(page), reason="等上级规划")
    assert answer.location == "/tasks/7?said=task_suspended"
    page = desk.office.get("/tasks/7/state/resume").text
    assert "恢复办理任务7，2件恢复为待填报" in page
    desk.office.post("/tasks/7/state/resume", version=version(page), reason="规划已下")
    assert state(desk) is TaskState.in_progress


def test_a_step_that_does_not_follow_is_said(desk):
    assert desk.office.get("/tasks/7/state/resume").status_code == 422
    assert desk.office.get("/tasks/7/state/close").status_code == 404
    assert desk.office.get("/tasks/99/closing").status_code == 404


def test_a_co_unit_is_released_at_its_own_request(desk):
    page = desk.co.get("/tasks/7/closing").text
    assert "申请部门办结" in page
    answer = desk.co.post(f"/tasks/7/release/{desk.co_duty}", deed="ask", words="资金已全部下达")
    assert answer.location == "/tasks/7/closing?said=release_asked"
    desk.session.rollback()
    request = desk.session.scalars(select(CompletionRequest.id)).one()
    assert "同意部门办结" in desk.office.get("/tasks/7/closing").text
    answer = desk.office.post(f"/tasks/7/releases/{request}", deed="grant")
    assert answer.location == "/tasks/7/closing?said=released"
    desk.session.rollback()
    assert desk.session.get_one(Responsibility, desk.co_duty).ended_at is not None


def test_whose_business_it_is_not_finds_no_button_and_no_way(desk):
    for person in (desk.stranger, desk.leader):
        page = person.get("/tasks/7/closing").text
        assert "<button" not in page.split("<main")[1]
    assert desk.leader.post("/tasks/7/closing/ask", version="1").status_code == 404
    assert desk.co.post("/tasks/7/closing/ask", version="1", statement="x").status_code == 403
    assert desk.stranger.post(f"/tasks/7/release/{desk.co_duty}", deed="ask", words="x").status_code == 403
    assert desk.clerk.post("/tasks/7/state/suspend", version="1", reason="x").status_code == 404
    assert state(desk) is TaskState.in_progress
