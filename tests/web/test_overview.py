"""总览 and the front page of each role."""
from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date
from decimal import Decimal

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.factories import make_obligation, make_period, make_plan, make_task, make_unit
from tests.web.visitor import one_line, visitor_as
from tracker.domain.words import Comparison, UserRole
from tracker.models import Indicator, Plan

POLICY = {
    "lead": "quarter", "co": "quarter", "standing_co": "half", "co_days_before": 2, "draft_from_day": 1,
    "collect_days_before": 10, "due": {"kind": "working_day_after", "day": 5, "time": "18:00"},
}


def three_periods(session: Session, tasks: int = 2) -> None:
    """Silent leads: of task 1 in 2026Q1 and 2026Q2 (red), of the others, asked since 2026Q2 only, then (yellow)."""
    plan = make_plan(session, policy=POLICY, first_period="2026Q1")
    unit = make_unit(session, name="州农牧局")
    periods = [make_period(session, key=key, plan=plan) for key in ("2026Q1", "2026Q2", "2026Q3")]
    for number in range(1, tasks + 1):
        task = make_task(session, number=str(number), lead=unit, plan=plan)
        for period in periods[number > 1:]:
            make_obligation(session, task=task, unit=unit, period=period)


def test_the_heading_counts_red_and_yellow_and_each_row_says_why(app: Flask, session: Session) -> None:
    three_periods(session)
    page = visitor_as(app, UserRole.leader).get("/").text
    assert one_line(page, "<h1>.*?</h1>") == "红灯1项，与上期末持平；黄灯1项，持平"
    assert '<a class="r" href="/tasks?lamp=red">红灯1项</a>' in page
    assert '<a class="tt" href="/tasks/1">1. 示例任务1</a><span class="sub">州农牧局</span>' in page
    assert "连续两期未报：2026年第一季度报告" in page


def test_the_first_period_has_no_trend(app: Flask, session: Session) -> None:
    plan = make_plan(session, policy=POLICY, first_period="2026Q3")
    unit = make_unit(session, name="州农牧局")
    make_obligation(session, task=make_task(session, lead=unit, plan=plan), unit=unit,
                    period=make_period(session, key="2026Q3", plan=plan))
    page = visitor_as(app, UserRole.supervisor).get("/overview").text
    assert "第一个报告期，还没有上期可以比较。" in page
    assert "上期末" not in page
    assert one_line(page, "<h1>.*?</h1>") == "1项任务还没有到期的报告，没有红灯、黄灯"


def test_a_lamp_of_the_matrix_has_its_word_and_the_figures_their_rate(app: Flask, session: Session) -> None:
    three_periods(session)
    page = visitor_as(app, UserRole.leader).get("/").text
    assert '<span class="vh">红灯 滞后</span>' in page
    assert '<th scope="row">牵头件</th><td class="num">2</td><td class="num">0</td>' in page
    assert '<th scope="row"><span class="lamp lamp-yellow">' in page
    assert "近3期红灯、黄灯、绿灯及办结项数" in page


def test_indicators_are_shown_without_the_zeros_of_the_database(app: Flask, session: Session) -> None:
    three_periods(session)
    plan_id = session.scalars(select(Plan.id)).one()
    session.add(Indicator(plan_id=plan_id, key="rd", name="示例指标", as_written="示例指标达到0.7%", unit_word="%",
                          position=1, comparison=Comparison.at_least, target=Decimal("0.7000"),
                          due_on=date(2027, 12, 31)))
    session.commit()
    assert "<b>0.7%</b>" in visitor_as(app, UserRole.leader).get("/").text


def test_the_office_makes_a_ledger_from_here_and_a_leader_is_shown_no_deed(app: Flask, session: Session) -> None:
    three_periods(session)
    assert "出督办台账" in visitor_as(app, UserRole.supervisor, login="sup").get("/overview").text
    page = visitor_as(app, UserRole.leader, login="led").get("/overview").text
    assert "出督办台账" not in page
    assert '<a class="btn" href="/exports">督查表</a>' in page


@pytest.mark.parametrize(("role", "home"), [
    (UserRole.clerk, "/my"), (UserRole.supervisor, "/review"), (UserRole.head, "/sign"),
    (UserRole.admin, "/admin/users"), (UserRole.auditor, "/audit")])
def test_each_role_starts_with_its_own_work(app: Flask, role: UserRole, home: str) -> None:
    answer = visitor_as(app, role).get("/")
    assert (answer.status_code, answer.headers["Location"]) == (303, home)


@pytest.mark.parametrize("role", [UserRole.clerk, UserRole.head, UserRole.admin, UserRole.auditor])
def test_the_overview_is_not_there_for_others(app: Flask, role: UserRole) -> None:
    assert visitor_as(app, role).get("/overview").status_code == 404


def test_without_a_plan_the_page_says_what_to_run(app: Flask) -> None:
    page = visitor_as(app, UserRole.leader).get("/").text
    assert one_line(page, "<h1>.*?</h1>") == "还没有装入方案，暂时没有任务可看"


def test_the_overview_costs_the_same_queries_for_two_tasks_and_thirty(
        app: Flask, session: Session, count_queries: Callable[[], AbstractContextManager[list[str]]]) -> None:
    leader = visitor_as(app, UserRole.leader)
    three_periods(session, tasks=2)
    leader.get("/")
    with count_queries() as few:
        leader.get("/")
    unit = make_unit(session, name="州财政局")
    for number in range(3, 31):
        task = make_task(session, number=str(number), lead=unit)
        make_obligation(session, task=task, unit=unit)
    with count_queries() as many:
        page = leader.get("/").text
    assert "示例任务30" in page
    assert len(many) == len(few)


def test_of_many_tasks_fifty_are_shown_and_the_rest_is_in_the_list(app: Flask, session: Session) -> None:
    three_periods(session, tasks=52)
    page = visitor_as(app, UserRole.leader).get("/").text
    assert "红灯、黄灯 52 项" in page
    assert page.count("另有2项，见") == 2
    assert page.count('href="/tasks/50"') == 2
    assert 'href="/tasks/51"' not in page
