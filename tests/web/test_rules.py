"""What the office sets itself (设置): what each rule does, what a change does, who changed it."""
from __future__ import annotations

import re

import pytest
from flask import Flask
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from tests.digest import digest_of
from tests.factories import make_task, make_text
from tests.web.desk import Desk
from tests.web.visitor import one_line, visitor_as
from tracker.domain.words import UserRole
from tracker.models import AuditEvent
from tracker.services.office_rules import OfficeRules, office_rules


@pytest.fixture
def desk(app: Flask, session: Session) -> Desk:
    return Desk(app, session)


def change(desk: Desk, similarity: str = "85", evidence_mb: str = "50", slip_scan: str = "1") -> TestResponse:
    return desk.office.post("/rules", similarity=similarity, evidence_mb=evidence_mb, slip_scan=slip_scan)


def rules(desk: Desk) -> OfficeRules:
    desk.session.rollback()
    desk.session.expire_all()
    return office_rules(desk.session)


def heading(page: str) -> str:
    return one_line(page, "<h1>.*?</h1>")


def test_the_heading_says_what_holds_and_each_rule_what_it_does(desk: Desk) -> None:
    page = desk.office.get("/rules").text
    assert heading(page) == "与上期相似85%起提示，佐证每份最多50MB，报送单要留扫描件位置"
    assert "只提示，不拦提交。填50到100，原定85%。" in page
    assert "填1到200，原定50MB" in page
    assert re.findall(r'id="(similarity|evidence_mb)" name="\1" .*?value="(\d+)"', page) == [
        ("similarity", "85"), ("evidence_mb", "50")]
    assert re.findall(r'name="slip_scan" value="(.)" checked', page) == ["1"]
    assert "还没有改过，都是原定的。" in page


def test_a_change_holds_from_now_on_and_says_who_made_it(desk: Desk) -> None:
    answer = change(desk, "90", "80", "0")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/rules?said=rules_changed")
    assert rules(desk) == OfficeRules(similarity=0.9, evidence_mb=80, slip_scan=False)
    page = desk.office.get(answer.headers["Location"]).text
    assert "设置已存，现在起生效。" in page
    assert heading(page) == "与上期相似90%起提示，佐证每份最多80MB，报送单不要留扫描件位置"
    assert "2026-10-08 09:30</time>督查员把" in page
    told = one_line(page, '<ol class="tl">.*?</ol>')
    assert set(re.split("[把，]", told)[1:]) == {
        "相似度提示线由85%改为90%", "佐证材料每份最大由50MB改为80MB", "报送单扫描件由要改为不要"}


def test_what_was_set_changes_the_warnings_of_the_queue(desk: Desk) -> None:
    task = make_task(desk.session, lead=desk.unit)
    period = desk.after(make_text("一" * 17 + "3个" + "二" * 6), task=task)
    desk.submit(desk.owe(task=task, period=period), make_text("一" * 17 + "3个" + "四" * 3 + "二" * 3))
    assert '<small class="warn">与上期相似88%</small>' in desk.office.get("/review").text
    change(desk, "90")
    page = desk.office.get("/review").text
    assert "与上期相似" not in page
    assert "全选没有提示的1件" in page


def test_saving_without_a_change_writes_nothing(desk: Desk) -> None:
    before = digest_of(desk.session)
    assert change(desk).status_code == 303
    assert digest_of(desk.session) == before


@pytest.mark.parametrize(("similarity", "evidence_mb", "field", "sentence"), [
    ("49", "50", "similarity", "相似度要在50%到100%之间"), ("101", "50", "similarity", "相似度要在50%到100%之间"),
    ("", "50", "similarity", "相似度要填50到100的整数"), ("八十五", "50", "similarity", "相似度要填50到100的整数"),
    ("0.85", "50", "similarity", "相似度要填50到100的整数"), ("-85", "50", "similarity", "相似度要填50到100的整数"),
    ("85", "0", "evidence_mb", "每份大小要在1到200MB之间"), ("85", "201", "evidence_mb", "每份大小要在1到200MB之间"),
    ("85", "1e9", "evidence_mb", "每份大小要填1到200的整数"),
    ("85", "9" * 50, "evidence_mb", "每份大小要填1到200的整数"),
    ("85", "\x00", "evidence_mb", "每份大小要填1到200的整数"),
])
def test_what_cannot_be_is_refused_at_its_field_and_stays_typed(
        desk: Desk, similarity: str, evidence_mb: str, field: str, sentence: str) -> None:
    before = digest_of(desk.session)
    answer = change(desk, similarity, evidence_mb, "0")
    assert answer.status_code == 422
    assert one_line(answer.text, "<title>.*?</title>").startswith("出错：")
    assert f'<a href="#{field}">{sentence}</a>' in answer.text
    assert f'<p class="err" id="{field}-error">{sentence}</p>' in answer.text
    assert f'aria-describedby="{field}-hint {field}-error" aria-invalid="true"' in answer.text
    assert re.findall(r'name="slip_scan" value="(.)" checked', answer.text) == ["0"]
    assert rules(desk) == OfficeRules()
    assert digest_of(desk.session) == before


@pytest.mark.parametrize(("typed", "share"), [("85%", 0.85), (" ９０ ", 0.9), ("100", 1.0), ("50", 0.5), ("57", 0.57)])
def test_numbers_are_read_as_people_type_them(desk: Desk, typed: str, share: float) -> None:
    assert change(desk, typed, "８０MB").status_code == 303
    assert rules(desk) == OfficeRules(similarity=share, evidence_mb=80)


@pytest.mark.parametrize("role", [UserRole.clerk, UserRole.leader, UserRole.admin, UserRole.auditor])
def test_only_the_office_has_this_page(desk: Desk, role: UserRole) -> None:
    stranger = visitor_as(desk.app, role, unit="州统计局")
    assert stranger.get("/rules").status_code == 404
    assert stranger.post("/rules", similarity="90", evidence_mb="50", slip_scan="1").status_code == 404
    assert rules(desk) == OfficeRules()
    assert desk.session.query(AuditEvent).filter_by(action="rules.changed").count() == 0
