"""The administrator's pages (用户)."""
from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.factories import make_obligation, make_task, make_unit, make_user
from tests.web.visitor import Visitor, one_line, visitor_as
from tracker.domain.words import UserRole
from tracker.models import AuditEvent, Post, User, UserRoleGrant

PASSWORD = "春天在德令哈种一棵树"


@pytest.fixture
def admin(app: Flask) -> Visitor:
    return visitor_as(app, UserRole.admin, login="admin01")


def user_id(session: Session, login: str) -> int:
    session.rollback()
    return session.scalars(select(User.id).where(User.login == login)).one()


def link(page: str) -> str:
    """The path of the one-time link on the page that shows it."""
    address = one_line(page, r'<dd class="first-password one-time" id="link">.*?</dd>')
    assert address.startswith("http://localhost/welcome/")
    return address.removeprefix("http://localhost")


def test_who_cannot_log_in_stands_first(app: Flask, admin: Visitor, session: Session) -> None:
    make_user(session, unit=make_unit(session), login="kjj01", must_change=True)
    make_user(session, UserRole.leader, login="ld01")
    make_user(session, UserRole.leader, login="ld02", active=False)
    for _ in range(5):
        Visitor(app).log_in("ld01", "wrong")
    page = admin.get("/admin/users").text
    assert one_line(page, "<h1>.*?</h1>") == "2个账号要处理：1个锁定，1个密码没设好"
    places = [page.index(f"<td>{login}</td>") for login in ("ld01", "kjj01", "admin01", "ld02")]
    assert places == sorted(places)
    assert "锁定，今天 09:45 解锁" in page
    assert "初始密码没改" in page


def test_the_tabs_count_and_show(admin: Visitor, session: Session) -> None:
    unit = make_unit(session)
    make_user(session, unit=unit, login="kjj01", must_change=True)
    make_user(session, UserRole.head, unit=unit, login="kjj10")
    make_user(session, unit=unit, login="kjj09", active=False)
    page = admin.get("/admin/users").text
    for words in ("全部 4", "要处理 1", "填报员 1", "审签人 1", "停用 1"):
        assert f">{words}</a>" in page
    for show, logins in (("todo", ["kjj01"]), ("head", ["kjj10"]), ("disabled", ["kjj09"]), ("clerk", ["kjj01"])):
        page = admin.get(f"/admin/users?show={show}").text
        assert [login for login in ("admin01", "kjj01", "kjj09", "kjj10") if f"<td>{login}</td>" in page] == logins


def test_a_reset_gives_a_link_once_by_which_the_owner_sets_his_password(
        app: Flask, admin: Visitor, session: Session) -> None:
    make_user(session, UserRole.leader, login="ld01")
    number = user_id(session, "ld01")
    path = link(admin.post(f"/admin/users/{number}/reset").text)
    page = admin.get(f"/admin/users/{number}").text
    assert path not in page
    assert "等本人设密码，链接 明天 09:30 前有效" in page
    owner = Visitor(app)
    assert one_line(owner.get(path).text, "<h1>.*?</h1>") == "领导，请设您的密码"
    refused = owner.post(path, new="short", again="short")
    assert refused.status_code == 422
    assert one_line(refused.text, '<p class="err" id="new-error">.*?</p>') == "密码至少10个字符，现在5个"
    assert owner.post(path, new=PASSWORD, again=PASSWORD).headers["Location"] == "/login?said=password_set"
    assert owner.log_in("ld01", PASSWORD).status_code == 303
    assert owner.get("/tasks").status_code == 200
    assert owner.get(path).status_code == 410


def test_the_base_address_of_the_settings_stands_in_the_link(
        app: Flask, admin: Visitor, session: Session) -> None:
    desk = app.extensions["tracker"]
    app.extensions["tracker"] = replace(
        desk, settings=desk.settings.model_copy(update={"base_url": "https://rw.example"}))
    make_user(session, UserRole.leader, login="ld01")
    page = admin.post(f"/admin/users/{user_id(session, 'ld01')}/reset").text
    assert ">https://rw.example/welcome/" in page


def test_a_new_account_is_made_by_the_form(app: Flask, admin: Visitor, session: Session) -> None:
    unit = make_unit(session, name="州科技局")
    answer = admin.post("/admin/users/new", login="KJJ02", name="州科技局填报员", unit_id=str(unit.id), roles=["clerk"])
    assert answer.status_code == 200
    owner = Visitor(app)
    owner.post(link(answer.text), new=PASSWORD, again=PASSWORD)
    assert owner.log_in("kjj02", PASSWORD).status_code == 303


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
    huge = "99999999999999999999"
    assert admin.get(f"/admin/users/{huge}").status_code == 404
    assert admin.get(f"/admin/users?page={huge}").status_code == 200
    assert admin.get("/admin/users?page=-1").status_code == 200
    answer = admin.post("/admin/users/new", login="kjj02", name="某人", roles=["clerk"], unit_id=huge)
    assert '<p class="err" id="unit_id-error">没有这个单位，请重新选</p>' in answer.text


def test_an_account_is_switched_off_and_on(app: Flask, admin: Visitor, session: Session) -> None:
    leader = visitor_as(app, UserRole.leader, login="ld01")
    number = user_id(session, "ld01")
    assert leader.get("/password").status_code == 200
    assert admin.post(f"/admin/users/{number}/disable").headers["Location"] == "/admin/users?said=user_disabled"
    assert leader.get("/password").status_code == 303
    assert "<span class=\"st wait\">停用</span>" in admin.get("/admin/users?show=disabled").text
    refused = admin.post(f"/admin/users/{number}/reset")
    assert refused.status_code == 422
    assert "账号已停用，密码没有重置；要用先启用账号" in refused.text
    assert admin.post(f"/admin/users/{number}/enable").headers["Location"] == "/admin/users?said=user_enabled"


def test_roles_are_changed_by_the_form(admin: Visitor, session: Session) -> None:
    make_user(session, UserRole.leader, login="ld01")
    number = user_id(session, "ld01")
    assert admin.post(f"/admin/users/{number}/roles", roles=["admin", "leader"]).status_code == 422
    assert admin.post(f"/admin/users/{number}/roles", roles=["supervisor"]).status_code == 303
    session.rollback()
    assert session.scalars(select(UserRoleGrant.role).where(UserRoleGrant.user_id == number)).all() == ["supervisor"]


def test_a_post_is_given_and_ended_by_the_forms(admin: Visitor, session: Session) -> None:
    unit, other = make_unit(session), make_unit(session, name="州财政局")
    make_user(session, unit=unit, login="kjj01")
    number = user_id(session, "kjj01")
    refused = admin.post(f"/admin/users/{number}/posts", post_unit_id="", post_role="clerk")
    assert '<p class="err" id="post_unit_id-error">请选一个单位</p>' in refused.text
    given = admin.post(f"/admin/users/{number}/posts", post_unit_id=str(other.id), post_role="head")
    assert given.headers["Location"] == f"/admin/users/{number}?said=post_given"
    page = admin.get(f"/admin/users/{number}").text
    assert one_line(page, "<h2>兼任.*?</h2>") == "兼任1处"
    assert '<span class="sub">兼州财政局审签人</span>' in admin.get("/admin/users").text
    session.rollback()
    post = session.scalars(select(Post)).one()
    ended = admin.post(f"/admin/users/{number}/posts/{post.id}/end")
    assert ended.headers["Location"] == f"/admin/users/{number}?said=post_ended"
    assert "没有兼任" in admin.get(f"/admin/users/{number}").text


def test_somebody_who_leaves_hands_over_by_the_form(app: Flask, admin: Visitor, session: Session) -> None:
    unit = make_unit(session)
    make_user(session, unit=unit, login="kjj02", name="接手的填报员")
    leaver = Visitor(app).enter(make_user(session, unit=unit, login="kjj01"))
    number, successor = user_id(session, "kjj01"), user_id(session, "kjj02")
    page = admin.get(f"/admin/users/{number}/leave").text
    assert one_line(page, "<h1>.*?</h1>") == "州科技局填报员离岗：没有草稿要交接"
    refused = admin.post(f"/admin/users/{number}/leave", successor_id="")
    assert refused.status_code == 422
    done = admin.post(f"/admin/users/{number}/leave", successor_id=str(successor))
    assert done.headers["Location"] == "/admin/users?said=handed_over"
    assert leaver.get("/my").status_code == 303
    session.rollback()
    event = session.scalars(select(AuditEvent).where(AuditEvent.action == "user.handed_over")).one()
    assert (event.facts["login"], event.facts["successor"], event.facts["drafts"]) == ("kjj01", "kjj02", 0)


def test_sign_off_is_switched_for_one_unit(admin: Visitor, session: Session) -> None:
    unit = make_unit(session)
    make_unit(session, name="州财政局")
    make_user(session, UserRole.head, unit=unit)
    page = admin.get("/admin/units").text
    assert one_line(page, "<h1>.*?</h1>") == "2个单位，1个要审签"
    answer = admin.post(f"/admin/units/{unit.id}/sign-off", on="0")
    assert answer.headers["Location"] == f"/admin/units?said=sign_off_off#u{unit.id}"
    assert one_line(admin.get("/admin/units").text, "<h1>.*?</h1>") == "2个单位，0个要审签"
    assert admin.post("/admin/units/999/sign-off", on="1").status_code == 404


def test_accounts_are_found_by_name_login_and_unit_and_a_percent_sign_is_a_percent_sign(
        admin: Visitor, session: Session) -> None:
    make_user(session, unit=make_unit(session, name="州科技局"), login="kjj01", name="100%的人")
    for text, found in (("kjj", True), ("科技", True), ("100%", True), ("%", True), ("_", False), ("/", False),
                        ("' OR 1=1 --", False)):
        page = admin.get("/admin/users", query_string={"q": text}).text
        assert ("<td>kjj01</td>" in page) is found, text
        assert ("没有符合条件的账号" in page) is not found


def test_the_bar_marks_where_one_is(admin: Visitor) -> None:
    for path in ("/admin/users", "/admin/users?show=locked", "/admin/users/new"):
        assert one_line(admin.get(path).text, r'<a href="[^"]+" aria-current="page">用户</a>') == "用户"
    assert 'aria-current="page">用户' not in admin.get("/password").text


def test_units_that_owe_something_and_have_no_clerk_are_named(admin: Visitor, session: Session) -> None:
    unit = make_unit(session, name="州科技局")
    make_unit(session, name="州财政局")
    make_obligation(session, task=make_task(session, lead=unit), unit=unit)
    assert one_line(admin.get("/admin/users").text, '<div class="note amber">.*?</div>').startswith(
        "1个单位没有填报人：州科技局。")


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


def test_everybody_who_has_set_no_password_gets_a_new_link_at_once(
        app: Flask, admin: Visitor, session: Session) -> None:
    unit = make_unit(session)
    for number in (1, 2):
        make_user(session, unit=unit, login=f"kjj0{number}", must_change=True)
    make_user(session, UserRole.leader, login="ld01")
    make_user(session, UserRole.leader, login="ld02", must_change=True, active=False)
    assert '<a class="btn" href="/admin/users/hand-out">账号发放表</a>' in admin.get("/admin/users").text
    page = admin.get("/admin/users/hand-out").text
    assert one_line(page, "<h1>.*?</h1>") == "2个账号的密码没设好"
    before = link(admin.post(f"/admin/users/{user_id(session, 'kjj01')}/reset").text)
    made = admin.post("/admin/users/hand-out").text
    assert one_line(made, "<h1>.*?</h1>") == "给2个账号各出了一个链接，链接只显示这一次"
    paths = re.findall(r"http://localhost(/welcome/[\w-]{43})</td>", made)
    owner = Visitor(app)
    assert [owner.get(path).status_code for path in (before, *paths)] == [410, 200, 200]
    for path in paths:
        owner.post(path, new=PASSWORD, again=PASSWORD)
    assert one_line(admin.get("/admin/users/hand-out").text, "<h1>.*?</h1>") == "密码都设好了，没有要发的链接"
    assert admin.post("/admin/users/hand-out").status_code == 422
