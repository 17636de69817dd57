"""作业: did the night run."""
from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.factories import make_obligation, make_period, make_plan, make_task, make_unit, moment
from tests.web.test_overview import POLICY
from tests.web.visitor import Visitor, one_line, visitor_as
from tracker.domain.words import Job, UserRole
from tracker.models import JobRun, Obligation


@pytest.fixture
def office(app: Flask) -> Visitor:
    return visitor_as(app, UserRole.supervisor, login="sup")


def a_plan(session: Session) -> None:
    """2026Q2 is past due, nobody reported."""
    plan = make_plan(session, policy=POLICY, first_period="2026Q2")
    unit = make_unit(session, name="州农牧局")
    make_obligation(session, task=make_task(session, lead=unit, plan=plan), unit=unit,
                    period=make_period(session, key="2026Q2", plan=plan))


def test_what_is_due_is_counted_and_runs_by_the_button(session: Session, office: Visitor) -> None:
    a_plan(session)
    page = office.get("/jobs").text
    assert one_line(page, "<h1>.*?</h1>") == "有7次作业到点还没运行；下一个：今天 10:00 标记逾期"
    assert office.post("/jobs/run").headers["Location"] == "/jobs?said=job_ran"
    page = office.get("/jobs").text
    assert one_line(page, "<h1>.*?</h1>") == "作业都正常；下一个：今天 10:00 标记逾期"
    assert "新逾期1件" in page
    session.rollback()
    stamped = select(Obligation.overdue_since).where(Obligation.overdue_since.is_not(None))
    assert session.scalars(stamped).one() == moment("2026-07-13 18:00")


def test_a_second_run_changes_nothing(session: Session, office: Visitor) -> None:
    a_plan(session)
    office.post("/jobs/run")
    session.rollback()
    before = len(session.scalars(select(JobRun.id)).all())
    office.post("/jobs/run")
    session.rollback()
    assert len(session.scalars(select(JobRun.id)).all()) == before


def test_a_problem_stands_in_the_heading_with_its_reason(session: Session, office: Visitor) -> None:
    at = moment("2026-10-08 09:00")
    session.add(JobRun(name=Job.flag_overdue, scheduled_at=at, ran_at=at, changed=0, problem="没有做成：示例"))
    session.commit()
    page = office.get("/jobs").text
    assert one_line(page, "<h1>.*?</h1>") == "1种作业没有做成：标记逾期"
    assert "（今天 09:00）：没有做成：示例　一小时后自动再试。" in page


def test_a_run_made_up_for_is_marked_with_both_moments(session: Session, office: Visitor) -> None:
    at = moment("2026-10-02 06:00")
    session.add(JobRun(name=Job.draft_sheets, scheduled_at=at, ran_at=at + timedelta(days=6), changed=2, told="示例"))
    session.commit()
    page = office.get("/jobs").text
    assert "<b>补做过1次</b>" in page
    assert "2026-10-02 06:00</td>" in page
    assert '2026-10-08 06:00 <span class="st ask">补做</span>' in page


def test_every_run_is_there_fifty_a_page(session: Session, office: Visitor) -> None:
    at = moment("2026-10-01 00:00")
    session.add_all(JobRun(name=Job.flag_overdue, scheduled_at=at + timedelta(hours=hour),
                           ran_at=at + timedelta(hours=hour), changed=0, told=f"第{hour}次") for hour in range(51))
    session.commit()
    page = office.get("/jobs").text
    assert "第0次" not in page
    assert "第1-50次，共51次" in page
    assert 'href="/jobs?page=2#runs" rel="next"' in page
    page = office.get("/jobs?page=2").text
    assert "第0次" in page
    assert "第51-51次，共51次" in page
    assert office.get("/jobs?page=99999999999").status_code == 200


def test_the_administrator_reads_and_does_not_run(app: Flask, session: Session) -> None:
    a_plan(session)
    admin = visitor_as(app, UserRole.admin)
    page = admin.get("/jobs").text
    assert "开启报告期" in page
    assert "现在运行" not in page
    assert admin.post("/jobs/run").status_code == 404


@pytest.mark.parametrize("role", [UserRole.clerk, UserRole.head, UserRole.leader, UserRole.auditor])
def test_jobs_are_not_there_for_others(app: Flask, role: UserRole) -> None:
    assert visitor_as(app, role).get("/jobs").status_code == 404


def test_the_page_costs_the_same_queries_for_two_runs_and_thirty(
        session: Session, office: Visitor, count_queries: Callable[[], AbstractContextManager[list[str]]]) -> None:
    def add(first: int, last: int) -> None:
        session.add_all(JobRun(name=Job.flag_overdue, scheduled_at=moment("2026-10-01") + timedelta(hours=hour),
                               ran_at=moment("2026-10-01") + timedelta(hours=hour), changed=0, told=f"第{hour}次")
                        for hour in range(first, last))
        session.commit()

    add(0, 2)
    with count_queries() as few:
        office.get("/jobs")
    add(2, 30)
    with count_queries() as many:
        page = office.get("/jobs").text
    assert "第29次" in page
    assert len(many) == len(few)
