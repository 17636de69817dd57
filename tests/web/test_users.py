"""The administrator's pages (用户)."""
from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.factories import make_unit, make_user
from tests.web.visitor import Visitor, one_line, visitor_as
from tracker.domain.words import UserRole
from tracker.models import User, UserRoleGrant


@pytest.fixture
def admin(app: Flask) -> Visitor:
    return visitor_as(app, UserRole.admin, login="admin01")


def user_id(session: Session, login: str) -> int:
    session.rollback()
    return session.scalars(select(User.id).where(User.login == login)).one()


def first_password(page: str) -> str:
    return one_line(page, r'<dt>初始密码</dt><dd class="first-password">.*?</dd>').removeprefix("初始密码")


def test_who_cannot_log_in_stands_first(app: Flask, admin: Visitor, session: Session) -> None:
    make_user(session, unit=make_unit(session), login="kjj01", must_change=True)
    make_user(session, UserRole.leader, login="ld01")
    for _ in range(5):
        Visitor(app).log_in("ld01", "wrong")
    page = admin.get("/admin/users").text
    assert one_line(page, "<h1>.*?</h1>") == "2个账号要处理：1个锁定，1个初始密码没改"
    assert [page.index(f"<td>{login}</td>") for login in ("ld01", "kjj01", "admin01")] == sorted(
        page.index(f"<td>{login}</td>") for login in ("ld01", "kjj01", "admin01"))
    assert "锁定，今天 09:45 解锁" in page


def test_a_reset_shows_the_new_password_once_and_it_must_be_changed(
        app: Flask, admin: Visitor, session: Session) -> None:
    make_user(session, UserRole.leader, login="ld01")
    number = user_id(session, "ld01")
    password = first_password(admin.post(f"/admin/users/{number}/reset").text)
    assert password not in admin.get(f"/admin/users/{number}").text
    leader = Visitor(app)
    assert leader.log_in("ld01", password).status_code == 303
    assert one_line(leader.get("/password").text, "<h1>.*?</h1>") == "改掉初始密码，就可以开始用"


def test_a_new_account_is_made_by_the_form(app: Flask, admin: Visitor, session: Session) -> None:
    unit = make_unit(session, name="州科技局")
    answer = admin.post("/admin/users/new", login="KJJ02", name="州科技局填报员", unit_id=str(unit.id), roles=["clerk"])
    assert answer.status_code == 200
    assert Visitor(app).log_in("kjj02", first_password(answer.text)).status_code == 303


def test_a_refused_account_keeps_what_was_typed(admin: Visitor, session: Session) -> None:
    answer = admin.post("/admin/users/new", login="kjj02", name="<b>某人</b>", roles=["clerk", "leader"])
    assert answer.status_code == 422
    assert 'value="kjj02"' in answer.text
    assert 'value="&lt;b&gt;某人&lt;/b&gt;"' in answer.text
    assert '<p class="err" id="unit_id-error">填报员、审签人要选单位</p>' in answer.text
    assert session.scalars(select(User.login)).all() == ["admin01"]


@pytest.mark.parametrize("text", ["ab\x00c", "x" * 61])
def test_a_name_that_no_keyboard_types_is_refused(admin: Visitor, text: str) -> None:
    assert admin.post("/admin/users/new", login="ld02", name=text, roles=["leader"]).status_code == 422


def test_numbers_that_no_database_holds_are_nobody(admin: Visitor) -> None:
    assert admin.get("/admin/users/99999999999999999999").status_code == 404
    assert admin.get("/admin/users?page=99999999999999999999").status_code == 200
    assert admin.get("/admin/users?page=-1").status_code == 200
    answer = admin.post("/admin/users/new", login="kjj02", name="某人", roles=["clerk"], unit_id="99999999999999999999")
    assert '<p class="err" id="unit_id-error">没有这个单位，请重新选</p>' in answer.text


def test_an_account_is_switched_off_and_on(app: Flask, admin: Visitor, session: Session) -> None:
    leader = visitor_as(app, UserRole.leader, login="ld01")
    number = user_id(session, "ld01")
    assert leader.get("/password").status_code == 200
    assert admin.post(f"/admin/users/{number}/disable").headers["Location"] == "/admin/users?said=user_disabled"
    assert leader.get("/password").status_code == 303
    assert "<span class=\"st wait\">停用</span>" in admin.get("/admin/users?access=disabled").text
    assert admin.post(f"/admin/users/{number}/enable").headers["Location"] == "/admin/users?said=user_enabled"


def test_roles_are_changed_by_the_form(admin: Visitor, session: Session) -> None:
    make_user(session, UserRole.leader, login="ld01")
    number = user_id(session, "ld01")
    assert admin.post(f"/admin/users/{number}/roles", roles=["admin", "leader"]).status_code == 422
    assert admin.post(f"/admin/users/{number}/roles", roles=["supervisor"]).status_code == 303
    session.rollback()
    assert session.scalars(select(UserRoleGrant.role).where(UserRoleGrant.user_id == number)).all() == ["supervisor"]


def test_accounts_are_found_by_name_login_and_unit_and_a_percent_sign_is_a_percent_sign(
        admin: Visitor, session: Session) -> None:
    make_user(session, unit=make_unit(session, name="州科技局"), login="kjj01", name="100%的人")
    for text, found in (("kjj", True), ("科技", True), ("100%", True), ("%", True), ("_", False), ("/", False),
                        ("' OR 1=1 --", False)):
        page = admin.get("/admin/users", query_string={"q": text}).text
        assert ("<td>kjj01</td>" in page) is found, text
        assert ("没有符合条件的账号" in page) is not found


def test_the_bar_marks_where_one_is(admin: Visitor) -> None:
    for path in ("/admin/users", "/admin/users?access=locked", "/admin/users/new"):
        assert one_line(admin.get(path).text, r'<a href="[^"]+" aria-current="page">用户</a>') == "用户"
    assert 'aria-current="page">用户' not in admin.get("/password").text


def test_units_without_a_clerk_are_named(admin: Visitor, session: Session) -> None:
    make_unit(session, name="州科技局")
    assert "1个单位还没有能用的填报员账号：州科技局。" in admin.get("/admin/users").text


def test_the_list_costs_the_same_queries_for_one_account_and_for_many(
        admin: Visitor, session: Session, count_queries: Callable[[], AbstractContextManager[list[str]]]) -> None:
    with count_queries() as few:
        admin.get("/admin/users")
    for number in range(60):
        make_user(session, UserRole.leader, login=f"ld{number:02}")
    with count_queries() as many:
        page = admin.get("/admin/users").text
    assert len(many) == len(few)
    assert "第1-50个，共61个" in page
    assert "第51-61个，共61个" in admin.get("/admin/users?page=2").text
