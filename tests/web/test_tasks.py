"""任务台账, one task, 补录 and 增加任务."""
from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.factories import (
    actor_of,
    make_obligation,
    make_period,
    make_plan,
    make_section,
    make_task,
    make_text,
    make_unit,
    make_user,
    moment,
)
from tests.web.test_overview import POLICY
from tests.web.visitor import Visitor, one_line, visitor_as
from tracker.domain.words import Role, State, UserRole
from tracker.models import Obligation, Task
from tracker.services.reporting import submit_report


@pytest.fixture
def office(app: Flask) -> Visitor:
    return visitor_as(app, UserRole.supervisor, login="sup")


def a_plan(session: Session) -> None:
    plan = make_plan(session, policy=POLICY, first_period="2026Q3")
    make_section(session, plan=plan, number="(一)", title="建立健全机制,营造生态")
    nmj, czj = make_unit(session, name="州农牧局"), make_unit(session, name="州财政局")
    period = make_period(session, key="2026Q3", plan=plan)
    for number in ("1", "2"):
        task = make_task(session, number=number, lead=nmj, co=[czj], plan=plan)
        make_obligation(session, task=task, unit=nmj, period=period)
        make_obligation(session, task=task, unit=czj, period=period, role=Role.co)
    make_task(session, number="3", title="原文缺失的任务", plan=plan, source_complete=False)


def submitted(session: Session, unit: str, role: Role) -> int:
    """That unit's report on task 1, handed in by its clerk."""
    obligation = session.scalars(select(Obligation).where(Obligation.role == role).order_by(Obligation.id)).first()
    assert obligation is not None
    user = make_user(session, unit=session.get_one(type(make_unit(session, name=f"另一家{unit}")), obligation.unit_id),
                     login=f"of{obligation.id}")
    submit_report(session, actor_of(session, user), obligation.id, text=make_text("示例进展：已立项3项。"),
                  version=obligation.version, request_key="k", at=moment("2026-10-08 09:00"))
    return obligation.id


def test_the_list_counts_and_groups_by_section_with_official_text_full_width(session: Session, office: Visitor) -> None:
    a_plan(session)
    page = office.get("/tasks").text
    assert one_line(page, "<h1>.*?</h1>") == "任务台账：3项，红灯0、黄灯0，本期2项没报"
    assert "<b>（一）建立健全机制，营造生态</b>" in page
    assert '<a href="/tasks?show=incomplete">待补录 1</a>' in page
    assert "方案原文不完整，待督查室补录" in page


def test_filters_stand_in_the_address_and_narrow_the_list(session: Session, office: Visitor) -> None:
    a_plan(session)
    page = office.get("/tasks", query_string={"show": "incomplete"}).text
    assert "原文缺失的任务" in page
    assert "示例任务1" not in page
    page = office.get("/tasks", query_string={"q": "示例任务2", "lamp": "grey"}).text
    assert "示例任务2" in page
    assert "示例任务1" not in page
    assert 'value="示例任务2"' in page
    assert '<option value="grey" selected>' in page


def test_nothing_found_shows_the_filters_and_offers_to_clear_them(session: Session, office: Visitor) -> None:
    a_plan(session)
    page = office.get("/tasks", query_string={"q": "<没有>", "lamp": "red"}).text
    assert one_line(page, "<h1>.*?</h1>") == "没有符合条件的任务"
    assert "条件：红灯　查找“&lt;没有&gt;”" in page
    assert '<a class="btn" href="/tasks">清空条件</a>' in page


@pytest.mark.parametrize("query", ["unit=99999999999999999999", "after=99999999999999999999", "lamp=pink", "q=%00",
                                   "section=-1", "unit=me", "after=x-y"])
def test_an_address_that_no_page_made_is_no_error(session: Session, office: Visitor, query: str) -> None:
    a_plan(session)
    assert office.get(f"/tasks?{query}").status_code == 200


def test_htmx_gets_the_list_alone_and_a_page_gone_back_to_is_whole(session: Session, office: Visitor) -> None:
    a_plan(session)
    alone = office.get("/tasks", headers={"HX-Request": "true"})
    assert alone.text.lstrip().startswith('<div id="tasks">')
    assert "HX-Request" in alone.headers["Vary"]
    whole = office.get("/tasks", headers={"HX-Request": "true", "HX-History-Restore-Request": "true"})
    assert "<!doctype html>" in whole.text


def test_fifty_tasks_a_page_forward_and_back(session: Session, office: Visitor) -> None:
    make_plan(session, policy=POLICY, first_period="2026Q3")
    for number in range(1, 62):
        make_task(session, number=str(number))
    first = office.get("/tasks").text
    assert "第1-50项，共61项" in first
    assert 'href="/tasks?after=50" rel="next"' in first
    second = office.get("/tasks?after=50").text
    assert "第51-61项，共61项" in second
    assert 'href="/tasks" rel="prev"' in second
    assert 'rel="next"' not in second


def test_a_clerk_sees_his_own_tasks_and_no_deed_of_the_office(app: Flask, session: Session) -> None:
    a_plan(session)
    clerk = visitor_as(app, UserRole.clerk, unit="州能源局")
    page = clerk.get("/tasks?unit=me").text
    assert one_line(page, "<h1>.*?</h1>") == "没有符合条件的任务"
    page = clerk.get("/tasks").text
    assert "示例任务1" in page
    assert "增加任务" not in page
    assert "补录</a>" not in clerk.get("/tasks/3").text


@pytest.mark.parametrize("role", [UserRole.admin, UserRole.auditor])
@pytest.mark.parametrize("path", ["/tasks", "/tasks/1", "/plans/2025-27/tasks/1", "/tasks/new", "/tasks/3/complete"])
def test_tasks_are_not_there_for_who_reads_no_reports(app: Flask, session: Session, role: UserRole, path: str) -> None:
    a_plan(session)
    assert visitor_as(app, role).get(path).status_code == 404


def test_the_task_page_shows_lamp_text_units_and_its_neighbours(session: Session, office: Visitor) -> None:
    a_plan(session)
    page = office.get("/tasks/2").text
    assert one_line(page, "<h1>.*?</h1>") == "2. 示例任务2"
    assert "2026年第三季度报告10月13日（周二）18:00截止" in page
    assert '<a href="/tasks/1" rel="prev">上一项 1</a>' in page
    assert '<a href="/tasks/3" rel="next">下一项 3</a>' in page
    assert "牵头1家、配合1家" in page
    assert page.count(">待填报</a>") == 2
    assert "2027年12月31日</b>（现在的完成时限）" in page
    assert office.get("/plans/2025-27/tasks/2").status_code == 200
    assert office.get("/plans/nowhere/tasks/2").status_code == 404
    assert office.get("/tasks/99").status_code == 404
    assert office.get("/tasks/%00").status_code == 404


def test_another_unit_reads_a_report_once_it_is_accepted(app: Flask, session: Session, office: Visitor) -> None:
    a_plan(session)
    number = submitted(session, "州财政局", Role.co)
    stranger = visitor_as(app, UserRole.clerk, unit="州能源局")
    assert "示例进展：已立项3项。" in office.get("/tasks/1").text
    assert f'href="/reports/{number}"' not in stranger.get("/tasks/1").text
    assert "示例进展" not in stranger.get("/tasks/1").text


def test_a_task_is_completed_by_the_form_and_owed_from_this_period(session: Session, office: Visitor) -> None:
    a_plan(session)
    page = office.get("/tasks/3/complete").text
    version = one_line(page, r'name="version" value="\d+">').removeprefix('name="version" value="')[:-2]
    answer = office.post("/tasks/3/complete", title="补齐的标题", body="补齐的标题。正文。", lead="州农牧局",
                         co=["州财政局", "州农牧局"], version=version)
    assert answer.headers["Location"] == "/tasks/3?said=completed"
    page = office.get("/tasks/3?said=completed").text
    assert "任务已补录" in page
    assert one_line(page, "<h1>.*?</h1>") == "3. 补齐的标题"
    assert "牵头1家、配合1家" in page


def test_a_refused_completion_keeps_what_was_typed(session: Session, office: Visitor) -> None:
    a_plan(session)
    answer = office.post("/tasks/3/complete", title="补齐<的>标题", body="", lead="", co=["州财政局"], version="1")
    assert answer.status_code == 422
    assert 'value="补齐&lt;的&gt;标题"' in answer.text
    assert 'value="州财政局" checked' in answer.text
    assert '<p class="err" id="body-error">“正文”还没写</p>' in answer.text
    assert session.scalars(select(Task.source_complete).where(Task.number == "3")).one() is False


def test_a_task_without_a_lead_is_refused_at_the_field(session: Session, office: Visitor) -> None:
    a_plan(session)
    answer = office.post("/tasks/3/complete", title="标题", body="正文。", version="1")
    assert answer.status_code == 422
    assert '<p class="err" id="lead-error">还没选牵头单位</p>' in answer.text
    assert answer.text.count("出错：") == 1


def test_the_second_of_two_who_complete_is_told_and_keeps_his_words(session: Session, office: Visitor) -> None:
    a_plan(session)
    answer = office.post("/tasks/3/complete", title="另一个标题", body="正文。", lead="州农牧局", version="7")
    assert answer.status_code == 409
    assert 'value="另一个标题"' in answer.text
    assert "这项任务刚才有人改过，没有覆盖。" in answer.text


def test_a_task_is_added_by_the_form(session: Session, office: Visitor) -> None:
    a_plan(session)
    answer = office.post("/tasks/new", section="(一)", title="新任务", body="新任务。正文。", lead="州财政局",
                         co=["州农牧局"], due_on="2027-06-30")
    assert answer.headers["Location"] == "/tasks/4?said=task_added"
    assert "完成时限 2027年6月30日" in office.get("/tasks/4").text


def test_a_refused_task_keeps_what_was_typed(session: Session, office: Visitor) -> None:
    a_plan(session)
    answer = office.post("/tasks/new", section="(一)", title="新任务", body="正文。", lead="州财政局", due_on="下月")
    assert answer.status_code == 422
    assert "“下月”不是日期，要写成 2027-12-31 这样" in answer.text
    assert 'value="新任务"' in answer.text
    assert '<option value="(一)" selected>' in answer.text
    assert session.query(Task).count() == 3


def test_the_list_costs_the_same_queries_for_two_tasks_and_thirty(
        session: Session, office: Visitor, count_queries: Callable[[], AbstractContextManager[list[str]]]) -> None:
    a_plan(session)
    office.get("/tasks")
    with count_queries() as few:
        office.get("/tasks")
    unit = make_unit(session, name="州能源局")
    for number in range(4, 34):
        make_obligation(session, task=make_task(session, number=str(number), lead=unit), unit=unit,
                        state=State.pending)
    with count_queries() as many:
        page = office.get("/tasks").text
    assert "示例任务33" in page
    assert len(many) == len(few)


def test_a_task_costs_the_same_queries_with_two_units_and_with_thirty(
        session: Session, office: Visitor, count_queries: Callable[[], AbstractContextManager[list[str]]]) -> None:
    a_plan(session)
    with count_queries() as few:
        office.get("/tasks/1")
    many_units = [make_unit(session, name=f"示例单位{number}") for number in range(28)]
    task = make_task(session, number="4", lead=many_units[0], co=many_units[1:])
    for unit in many_units:
        make_obligation(session, task=task, unit=unit, role=Role.lead if unit is many_units[0] else Role.co)
    with count_queries() as many:
        page = office.get("/tasks/4").text
    assert "牵头1家、配合27家" in page
    assert len(many) == len(few)
