"""审计日志: what the auditor sees, and what he does not."""
from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from tests.conftest import NOW
from tests.web.desk import CANARY, Desk
from tests.web.visitor import Visitor, one_line, visitor_as
from tracker.domain.actors import SYSTEM
from tracker.domain.words import UserRole
from tracker.models import AuditEvent
from tracker.services import audit_log
from tracker.services.deed import deed


@pytest.fixture
def auditor(app: Flask) -> Visitor:
    return visitor_as(app, UserRole.auditor, login="sj01", name="审计员甲")


def write(session: Session, count: int, action: str = "report.submitted") -> None:
    with deed(session, SYSTEM, NOW) as d:
        for number in range(count):
            d.record(action, obligation=number + 1)


def test_an_empty_trail_is_whole(auditor: Visitor) -> None:
    page = auditor.get("/audit").text
    assert one_line(page, "<h1>.*?</h1>") == "审计链完整，共0条"
    assert "还没有记录" in page


def test_each_event_is_told_in_words_and_no_report_is_shown(app: Flask, session: Session, auditor: Visitor) -> None:
    desk = Desk(app, session)
    desk.send_back(desk.submit(desk.owe()), CANARY)
    page = auditor.get("/audit").text
    assert one_line(page, "<h1>.*?</h1>") == "审计链完整，共2条"
    assert '<th scope="row">退回报告</th><td class="full muted">应报事项 1 · 稿次 1</td>' in page
    assert page.index("退回报告</th>") < page.index("提交报告</th>")
    assert CANARY not in page
    assert "860万元" not in page


def test_what_was_tampered_with_is_named_in_the_heading(session: Session, auditor: Visitor) -> None:
    write(session, 3)
    session.execute(update(AuditEvent).where(AuditEvent.id == 2).values(actor_name="别人"))
    session.commit()
    heading = one_line(auditor.get("/audit").text, "<h1>.*?</h1>")
    assert heading == "审计链对不上：第2条审计记录（report.submitted）与当时写下的不一致。"


def test_verifying_is_written_down_itself(session: Session, auditor: Visitor) -> None:
    write(session, 3)
    answer = auditor.post("/audit/verify")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/audit")
    event = session.scalars(select(AuditEvent).order_by(AuditEvent.id.desc())).first()
    assert event is not None
    assert (event.action, event.actor_name, event.facts) == (
        "audit.verified", "审计员甲", {"count": 3, "whole": True, "problem": ""})


def test_a_long_trail_is_not_read_through_at_every_look(
        session: Session, auditor: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit_log, "READ_AT_ONCE", 2)
    write(session, 3)
    assert one_line(auditor.get("/audit").text, "<h1>.*?</h1>") == "审计日志共3条，还没有核验过"
    auditor.post("/audit/verify")
    assert one_line(auditor.get("/audit").text, "<h1>.*?</h1>") == "审计日志共4条，今天 09:30核验过3条，完整"
    session.execute(update(AuditEvent).where(AuditEvent.id == 1).values(actor_name="别人"))
    session.commit()
    auditor.post("/audit/verify")
    assert one_line(auditor.get("/audit").text, "<h1>.*?</h1>").startswith("审计链对不上：第1条")


def numbers(page: str) -> list[int]:
    return [int(number) for number in re.findall(r'第</span>(\d+)<span', page)]


def test_it_is_narrowed_by_deed_person_and_day(session: Session, auditor: Visitor) -> None:
    write(session, 2)
    with deed(session, SYSTEM, NOW - timedelta(days=1)) as d:
        d.record("task.added", task="20")
    auditor.post("/audit/verify")
    assert numbers(auditor.get("/audit").text) == [4, 3, 2, 1]
    assert numbers(auditor.get("/audit?action=task.added").text) == [3]
    assert numbers(auditor.get("/audit?person=审计员").text) == [4]
    assert numbers(auditor.get("/audit?day=2026-10-07").text) == [3]
    assert numbers(auditor.get("/audit?day=yesterday&action=&person=").text) == [4, 3, 2, 1]
    page = auditor.get("/audit?person=%25").text
    assert numbers(page) == []
    assert "没有查到" in page


def test_fifty_stand_on_a_page_and_older_ones_follow(session: Session, auditor: Visitor) -> None:
    write(session, 60)
    page = auditor.get("/audit").text
    assert numbers(page) == list(range(60, 10, -1))
    older, = re.findall(r'href="([^"]+)" rel="next"', page)
    page = auditor.get(older.replace("&amp;", "&")).text
    assert numbers(page) == list(range(10, 0, -1))
    assert "回到最新" in page


@pytest.mark.parametrize("before", ["x", "-1", "0", "99999999999999999999"])
def test_a_number_that_is_nowhere_is_no_error(session: Session, auditor: Visitor, before: str) -> None:
    write(session, 1)
    assert auditor.get(f"/audit?before={before}").status_code == 200


@pytest.mark.parametrize("role", [role for role in UserRole if role is not UserRole.auditor])
def test_nobody_else_has_such_a_page(app: Flask, role: UserRole) -> None:
    visitor = visitor_as(app, role)
    assert visitor.get("/audit").status_code == 404
    assert visitor.post("/audit/verify").status_code == 404


def test_it_costs_the_same_queries_for_two_events_and_forty(
        session: Session, auditor: Visitor,
        count_queries: Callable[[], AbstractContextManager[list[str]]]) -> None:
    write(session, 2)
    auditor.get("/audit")
    with count_queries() as few:
        auditor.get("/audit")
    write(session, 40)
    with count_queries() as many:
        auditor.get("/audit")
    assert len(many) == len(few)
