"""The bar (主导航): each role's own, with what waits for him; the panel of what changed since the last visit."""
from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import update
from sqlalchemy.orm import Session

from tests.conftest import NOW
from tests.factories import make_user
from tests.web.desk import Desk
from tests.web.visitor import Visitor, one_line, visitor_as
from tracker.domain.words import UserRole
from tracker.models import WebSession


@pytest.fixture
def desk(app: Flask, session: Session) -> Desk:
    return Desk(app, session)


def nav(visitor: Visitor, address: str) -> str:
    found, = re.findall(r'<nav class="nav".*?</nav>', visitor.get(address).text, re.DOTALL)
    return str(found)


def bar(visitor: Visitor) -> list[str]:
    """The labels of the bar, with how much waits there."""
    return [re.sub(r"<[^>]+>", "", item) for item in re.findall(r"<a .*?</a>", nav(visitor, "/password"), re.DOTALL)]


def here(visitor: Visitor, address: str) -> str:
    return one_line(nav(visitor, address), '<a [^>]* aria-current="page">.*?</a>')


def test_each_desk_shows_what_waits_there(desk: Desk) -> None:
    desk.owe("1")
    desk.submit(desk.owe("2"))
    assert bar(desk.clerk) == ["我的待办1件等着办", "一表填报", "本单位任务", "已办"]
    assert bar(desk.office) == ["今日待办1件等着办", "总览", "任务台账", "督查表", "已办", "设置", "作业"]


def test_of_two_roles_the_desks_come_first_and_what_is_shared_stands_once(desk: Desk) -> None:
    both = desk.enter(make_user(desk.session, UserRole.clerk, UserRole.head, unit=desk.unit))
    desk.submit(desk.owe("1"))
    desk.owe("2")
    assert bar(both) == ["我的待办1件等着办", "待我审签1件等着办", "一表填报", "本单位任务", "已办", "任务台账"]


def test_the_others_have_no_figures(app: Flask) -> None:
    assert bar(visitor_as(app, UserRole.leader)) == ["总览", "任务台账", "督查表"]
    assert bar(visitor_as(app, UserRole.auditor)) == ["审计日志"]


def test_nobody_has_a_bar_before_he_set_his_password(app: Flask) -> None:
    assert bar(visitor_as(app, UserRole.supervisor, must_change=True)) == []


def test_the_page_one_is_on_is_marked_and_the_nearest_above_it_else(desk: Desk) -> None:
    desk.owe("1")
    assert here(desk.clerk, "/my?said=saved") == "我的待办1件等着办"
    assert here(desk.clerk, "/my/grid?page=1") == "一表填报"
    assert here(desk.clerk, "/tasks?unit=me") == "本单位任务"
    assert here(desk.office, "/tasks/1") == "任务台账"
    assert 'aria-current="page"' not in nav(desk.clerk, "/password")


def test_the_bar_costs_one_query_whatever_waits(
        desk: Desk, count_queries: Callable[[], AbstractContextManager[list[str]]]) -> None:
    def counting() -> int:
        with count_queries() as seen:
            desk.clerk.get("/password")
        return len([statement for statement in seen if "count(obligation.id)" in statement])

    assert counting() == 1
    for number in range(1, 20):
        desk.owe(str(number))
    assert counting() == 1


def test_a_home_tells_what_changed_since_the_last_visit(desk: Desk, session: Session) -> None:
    owed = desk.submit(desk.owe("5"))
    session.execute(update(WebSession).values(seen_at=NOW - timedelta(days=2), id_hash="before"
                                              ).where(WebSession.user_id == desk.user.id))
    session.commit()
    desk.send_back(owed)
    again = desk.enter(desk.user)
    panel, = re.findall(r'<section class="panel" id="changes">.*?</section>', again.get("/my").text, re.DOTALL)
    assert re.sub(r"<[^>]+>|\s+", "", panel) == (
        "上次登录以来前天09:30后，1处变动退回任务5（2026年第三季度）督查室今天09:00")
    assert f'href="/reports/{owed}"' in panel


def test_the_first_visit_has_no_such_panel_and_a_quiet_one_says_so(desk: Desk, session: Session) -> None:
    assert 'id="changes"' not in desk.clerk.get("/my").text
    session.execute(update(WebSession).values(id_hash="before").where(WebSession.user_id == desk.user.id))
    session.commit()
    assert "没有新的变动。" in desk.enter(desk.user).get("/my").text
