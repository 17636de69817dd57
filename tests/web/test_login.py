"""Logging in and out over HTTP (登录、退出), the first password, what the cookie holds."""
from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from tests.factories import make_plan, make_unit
from tests.web.visitor import Visitor, one_line, visitor_as
from tracker.clock import FixedClock
from tracker.domain.actors import SYSTEM
from tracker.domain.words import UserRole
from tracker.services import accounts

PASSWORD = "春天在德令哈种一棵树"


@pytest.fixture
def first(session: Session, clock: FixedClock) -> str:
    unit = make_unit(session, name="州科技局")
    return accounts.create_account(session, SYSTEM, login="kjj01", name="州科技局填报员", roles=[UserRole.clerk],
                                   unit_id=unit.id, at=clock.now())


def test_the_login_page_names_the_plans_and_warns_of_secrets(app: Flask, session: Session) -> None:
    make_plan(session)
    page = Visitor(app).get("/login").text
    assert "《科技创新驱动海西州经济社会高质量发展行动方案（2025—2027年）》" in page
    assert "本系统是非涉密系统" in page


def test_a_first_password_leads_to_the_password_page_and_nowhere_else(app: Flask, first: str) -> None:
    clerk = Visitor(app)
    assert clerk.log_in("kjj01", first).status_code == 303
    for path in ("/my", "/tasks", "/admin/users"):
        answer = clerk.get(path)
        assert (answer.status_code, answer.headers.get("Location")) in {(303, "/password"), (404, None)}
    assert clerk.get("/my").headers["Location"] == "/password"
    page = clerk.get("/password").text
    assert one_line(page, "<h1>.*?</h1>") == "改掉初始密码，就可以开始用"
    assert '<nav class="nav" aria-label="主导航">\n</nav>' in page
    assert clerk.post("/logout").headers["Location"] == "/login?said=logged_out"


def test_a_changed_first_password_opens_the_rest(app: Flask, first: str) -> None:
    clerk = Visitor(app)
    clerk.log_in("kjj01", first)
    before = clerk.cookie
    answer = clerk.post("/password", current=first, new=PASSWORD, again=PASSWORD)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/?said=password_changed")
    assert clerk.cookie != before
    assert clerk.get("/my").status_code == 200


def test_a_refused_password_change_is_said_at_the_field_and_repeats_no_password(app: Flask, first: str) -> None:
    clerk = Visitor(app)
    clerk.log_in("kjj01", first)
    answer = clerk.post("/password", current=first, new="kjj01kjj01", again="kjj01kjj01")
    assert answer.status_code == 422
    fault = one_line(answer.text, '<p class="err" id="new-error">.*?</p>')
    assert fault == "密码不能主要由账号、姓名或单位名称组成，请换一个"
    assert "kjj01kjj01" not in answer.text


def test_a_wrong_password_is_told_with_what_is_left_and_the_login_is_kept(app: Flask, first: str) -> None:
    clerk = Visitor(app)
    answer = clerk.log_in("kjj01", "wrong")
    assert answer.status_code == 422
    assert one_line(answer.text, '<a href="#login">.*?</a>') == "账号或密码不对，还可以试4次"
    assert 'value="kjj01"' in answer.text
    assert "wrong" not in answer.text


def test_a_login_leads_back_to_where_one_was(app: Flask, first: str) -> None:
    clerk = Visitor(app)
    target = clerk.get("/my?x=1").headers["Location"]
    assert target == "/login?said=log_in&next=%2Fmy%3Fx%3D1"
    page = clerk.get(target).text
    assert "请先登录" in page
    assert '<input type="hidden" name="next" value="/my?x=1">' in page
    assert clerk.log_in("kjj01", first, next="/my?x=1").headers["Location"] == "/my?x=1"


def test_htmx_is_told_to_go_to_the_login_page(app: Flask) -> None:
    answer = Visitor(app).get("/my", headers={"HX-Request": "true"})
    assert (answer.status_code, answer.headers["HX-Redirect"]) == (401, "/login?said=log_in&next=%2Fmy")


def test_the_cookie_is_an_opaque_id_for_this_site_only(app: Flask) -> None:
    answer = Visitor(app).get("/login")
    name, _, value = answer.headers["Set-Cookie"].partition("=")
    secret_id, *attributes = value.split("; ")
    assert name == "tracker"
    assert len(secret_id) == 43
    assert sorted(attributes) == ["HttpOnly", "Path=/", "SameSite=Lax"]


def test_an_anonymous_visitor_keeps_his_id_and_a_forged_one_is_replaced(app: Flask) -> None:
    visitor = Visitor(app)
    visitor.get("/login")
    kept = visitor.cookie
    assert "Set-Cookie" not in visitor.get("/login").headers
    assert visitor.cookie == kept
    visitor.cookie = "../../etc/passwd"
    visitor.get("/login")
    assert len(visitor.cookie) == 43


def test_large_print_is_remembered_by_browser_and_account(app: Flask) -> None:
    leader = visitor_as(app, UserRole.leader)
    assert '<html lang="zh-CN">' in leader.get("/password").text
    answer = leader.post("/large-print", large="1", next="/password")
    assert answer.headers["Location"] == "/password"
    assert '<html lang="zh-CN" class="large">' in leader.get("/password").text
    leader.post("/logout")
    assert '<html lang="zh-CN" class="large">' in leader.get("/login").text


def test_other_logins_are_listed_and_ended(app: Flask, first: str) -> None:
    here, there = Visitor(app), Visitor(app, "10.0.0.8")
    here.log_in("kjj01", first)
    here.post("/password", current=first, new=PASSWORD, again=PASSWORD)
    there.log_in("kjj01", PASSWORD)
    assert one_line(here.get("/password").text, "<h1>.*?</h1>") == "我的密码：2处正在登录"
    assert here.post("/password/end-others").headers["Location"] == "/password?said=others_ended"
    assert there.get("/my").headers["Location"] == "/login?said=log_in&next=%2Fmy"
    assert one_line(here.get("/password").text, "<h1>.*?</h1>") == "我的密码：1处正在登录"


def test_logging_in_twice_leads_home(app: Flask) -> None:
    assert visitor_as(app, UserRole.leader).get("/login").headers["Location"] == "/"
