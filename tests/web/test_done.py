"""已办: my own steps, and nobody else's."""
from __future__ import annotations

import html
import re
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from tests.factories import actor_of, make_task, make_text, make_user
from tests.web.desk import AT, Desk
from tests.web.visitor import one_line, visitor_as
from tracker.domain.words import UserRole
from tracker.models import Chase, Unit, User
from tracker.services import signing


@pytest.fixture
def desk(app: Flask, session: Session) -> Desk:
    return Desk(app, session)


def test_nothing_done_yet_says_what_will_stand_here(desk: Desk) -> None:
    page = desk.clerk.get("/done").text
    assert one_line(page, "<h1>.*?</h1>") == "还没有办过什么"
    assert "提交、审签、审核、催办以后，每一次都记在这里。" in page


def test_each_sees_his_own_steps_with_what_he_wrote_and_where_it_stands_now(desk: Desk) -> None:
    owed = desk.send_back(desk.submit(desk.save(desk.owe("5"))), "请补充金额")
    mine, office = desk.clerk.get("/done").text, desk.office.get("/done").text
    assert one_line(mine, "<h1>.*?</h1>") == "我办过1次，最近一次今天 09:00"
    assert "<td class=\"nb\">提交</td>" in mine
    assert f'<a class="tt" href="/reports/{owed}">5. 示例任务5</a>' in mine
    assert "请补充金额" not in mine
    assert "<td class=\"nb\">退回</td>" in office
    assert "2026年第三季度 · 请补充金额" in office
    assert '<span class="st back">已退回</span>' in office
    assert "存草稿" not in one_line(mine, "<table.*?</table>")


def test_a_deputy_sees_in_whose_name_he_signed_and_a_chase_is_a_step_too(desk: Desk) -> None:
    head = make_user(desk.session, UserRole.head, unit=desk.unit, name="李局长")
    owed = desk.submit(desk.owe())
    signing.sign_report(desk.session, actor_of(desk.session, head), owed, version=desk.obligation(owed).version, at=AT)
    desk.session.add(Chase(obligation_id=owed, by_unit_id=desk.unit.id, actor_id=head.id, actor_name="李局长",
                           words="请尽快", at=AT))
    desk.session.commit()
    page = desk.enter(head).get("/done").text
    assert "<td class=\"nb\">签发</td>" in page
    assert "<td class=\"nb\">催办</td>" in page
    assert "请尽快" in page


def test_it_is_narrowed_to_a_period_and_an_unknown_one_shows_all(desk: Desk) -> None:
    task = make_task(desk.session, lead=desk.unit)
    period = desk.after(make_text(), task=task)
    desk.submit(desk.owe(task=task, period=period))
    assert "2026年第二季度我办过1次" in one_line(desk.clerk.get("/done?period=2026Q2").text, "<h1>.*?</h1>")
    assert "我办过2次" in one_line(desk.clerk.get("/done?period=2099Q1").text, "<h1>.*?</h1>")


def test_who_moved_to_another_unit_no_longer_sees_the_former_units(desk: Desk) -> None:
    desk.submit(desk.owe())
    other: Unit = desk.another()[0]
    desk.session.get_one(User, desk.user.id).unit_id = other.id
    desk.session.commit()
    assert "还没有办过什么" in desk.clerk.get("/done").text


def test_fifty_stand_on_a_page_and_both_ways_lead_on(desk: Desk) -> None:
    for number in range(1, 53):
        desk.submit(desk.owe(str(number)))
    page = desk.clerk.get("/done").text
    assert "第1-50次，共52次" in page
    after = one_line_href(page, "next")
    page = desk.clerk.get(after).text
    assert "第51-52次，共52次" in page
    assert "2. 示例任务2<" in page
    assert "第1-50次，共52次" in desk.clerk.get(one_line_href(page, "prev")).text


@pytest.mark.parametrize("after", ["x", "d999", "d99999999999", "c1", "d1-%00", "d0"])
def test_a_cursor_that_is_none_of_mine_shows_the_beginning(desk: Desk, after: str) -> None:
    desk.submit(desk.owe())
    assert "示例任务1" in desk.clerk.get(f"/done?after={after}").text


@pytest.mark.parametrize("role", [UserRole.leader, UserRole.admin, UserRole.auditor])
def test_who_has_no_desk_has_no_such_page(app: Flask, role: UserRole) -> None:
    assert visitor_as(app, role).get("/done").status_code == 404


def test_it_costs_the_same_queries_for_two_steps_and_forty(
        desk: Desk, count_queries: Callable[[], AbstractContextManager[list[str]]]) -> None:
    desk.submit(desk.owe("1"))
    desk.clerk.get("/done")
    with count_queries() as few:
        desk.clerk.get("/done")
    for number in range(2, 42):
        desk.submit(desk.owe(str(number)))
    with count_queries() as many:
        desk.clerk.get("/done")
    assert len(many) == len(few)


def one_line_href(page: str, rel: str) -> str:
    found, = re.findall(rf'href="([^"]+)" rel="{rel}"', page)
    return html.unescape(found)
