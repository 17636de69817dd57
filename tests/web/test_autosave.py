"""Autosave (草稿自动存): what is typed is kept field by field, and everything that can go wrong is told as JSON."""
from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from tests.digest import digest_of
from tests.factories import make_task, make_text, make_user, moment
from tests.web.desk import CANARY, Desk, hostile
from tests.web.visitor import Visitor, visitor_as
from tracker.clock import FixedClock
from tracker.domain.words import Rating, State, UserRole
from tracker.models import DraftCopy, Report

JSON = {"Accept": "application/json"}


@pytest.fixture
def desk(app: Flask, session: Session) -> Desk:
    return Desk(app, session)


def autosave(visitor: Visitor, owed: int, *, token: str | None = None, **fields: Any) -> TestResponse:
    token = visitor.token() if token is None else token
    return visitor.client.post(f"/reports/{owed}/draft", data={"csrf_token": token} | fields, headers=JSON,
                               environ_overrides=visitor.address)


def held(desk: Desk, owed: int) -> Report:
    desk.session.rollback()
    return desk.session.get_one(Report, owed)


def copies(desk: Desk) -> set[str]:
    desk.session.rollback()
    return {row.progress for row in desk.session.query(DraftCopy)}


def test_what_is_typed_is_kept_and_the_page_may_be_closed(desk: Desk) -> None:
    owed = desk.owe()
    answer = autosave(desk.clerk, owed, version=1, progress="写了一半", self_rating="behind", percent="45")
    assert answer.status_code == 200
    assert answer.json == {"version": 2, "saved": "草稿 09:30 已存，可以放心关页面", "similarity": 0.0,
                           "hints": answer.json["hints"]}
    report = held(desk, owed)
    assert (report.progress, report.self_rating, report.percent) == ("写了一半", Rating.behind, 45)
    assert desk.obligation(owed).state is State.draft


def test_a_field_that_was_not_sent_stays_as_it_was(desk: Desk) -> None:
    owed = desk.owe()
    desk.measure(owed, "fund")
    desk.save(owed, make_text("先写的", problems="缺2名技术员", percent=30, measures=(("fund", "860"),)))
    assert autosave(desk.clerk, owed, version=2, progress="后写的").json["version"] == 3
    report = held(desk, owed)
    assert (report.progress, report.problems, report.percent, report.measures, report.self_rating) == (
        "后写的", "缺2名技术员", 30, {"fund": "860"}, Rating.on_track)


def test_a_measure_is_kept_and_emptied_by_its_key(desk: Desk) -> None:
    owed = desk.owe()
    desk.measure(owed, "fund", "rules")
    autosave(desk.clerk, owed, version=1, **{"measure-fund": "1,200.50", "measure-rules": "1", "measure-a_b": "7"})
    assert held(desk, owed).measures == {"fund": "1200.50", "rules": "1"}
    autosave(desk.clerk, owed, version=2, **{"measure-rules": ""})
    assert held(desk, owed).measures == {"fund": "1200.50"}


def test_the_answer_tells_how_alike_it_is_to_last_period_and_what_is_noticeable(desk: Desk) -> None:
    task = make_task(desk.session, lead=desk.unit)
    owed = desk.owe(task=task, period=desk.after(make_text("持续推进相关工作，加强协调，取得积极进展。"), task=task))
    answer = autosave(desk.clerk, owed, version=1, progress="持续推进相关工作，加强协调，取得积极进展。").json
    assert answer["similarity"] == 1.0
    assert {"field": "progress", "sentence": "这一栏与上期相似100%。照常可以交，审核人也会看到"} in answer["hints"]


def test_the_second_of_two_writers_gets_both_texts_and_loses_none(desk: Desk) -> None:
    owed = desk.owe()
    colleague = desk.enter(make_user(desk.session, unit=desk.unit, login="kjj02", name="刘科员"))
    autosave(colleague, owed, version=1, progress="刘科员写的12项", self_rating="ahead")
    answer = autosave(desk.clerk, owed, version=1, progress="我写的15项")
    assert answer.status_code == 409
    said = answer.json
    assert said["message"] == "刘科员 今天 09:30 也改了这一件。两份都留着，请并排看，选一份"
    assert (said["by"], said["at"], said["version"], said["writable"]) == ("刘科员", "今天 09:30", 2, True)
    assert (said["current"]["progress"], said["current"]["self_rating"]) == ("刘科员写的12项", "ahead")
    assert said["differences"]["progress"] == [
        [["我", True], ["写的", False], ["15", True], ["项", False]],
        [["刘科员", True], ["写的", False], ["12", True], ["项", False]]]
    copy, = desk.session.query(DraftCopy)
    assert (copy.progress, copy.written_by) == ("我写的15项", "州科技局填报员")
    again = autosave(desk.clerk, owed, version=said["version"], progress="我写的15项")
    assert again.json["version"] == 3
    assert copies(desk) == {"我写的15项", "刘科员写的12项"}


def test_who_types_on_after_a_colleague_submitted_cannot_write_and_keeps_a_copy(desk: Desk) -> None:
    owed = desk.submit(desk.owe(), make_text("同事交的进展1项。"))
    answer = autosave(desk.clerk, owed, version=1, progress="我还在写")
    assert (answer.status_code, answer.json["writable"]) == (409, False)
    assert "已办理这一件（提交）" in answer.json["message"]
    assert copies(desk) == {"我还在写"}


@pytest.mark.parametrize(("wrong", "field", "sentence"), [
    ({"percent": "一半"}, "percent", "“一半”不是0到100的整数；可以不填"),
    ({"problems": "字" * 3001}, "problems", "“存在问题”写了3,001字，最多3,000字，请压缩"),
    ({"measure-fund": "约860"}, "measure-fund", "“举措数据”填的“约860”不对：要填0或大于0的数，最多两位小数"),
])
def test_what_cannot_be_kept_is_named_with_its_field(desk: Desk, wrong: dict[str, str], field: str,
                                                     sentence: str) -> None:
    owed = desk.owe()
    answer = autosave(desk.clerk, owed, version=1, progress="写了", **wrong)
    assert (answer.status_code, answer.json["fields"]) == (422, {field: sentence})
    assert desk.obligation(owed).version == 1


def test_marks_of_classified_papers_stop_with_a_question(desk: Desk) -> None:
    owed = desk.owe()
    answer = autosave(desk.clerk, owed, version=1, progress="转发机密★1年文件")
    assert (answer.status_code, answer.json["marks"]) == (422, ["机密★"])
    assert autosave(desk.clerk, owed, version=1, progress="转发机密★1年文件", not_secret="1").status_code == 200


def test_without_a_version_nothing_is_written(desk: Desk) -> None:
    owed = desk.owe()
    assert autosave(desk.clerk, owed, progress="写了").status_code == 422
    assert desk.obligation(owed).version == 1


def test_who_was_logged_out_is_told_so_and_led_nowhere(desk: Desk, clock: FixedClock) -> None:
    owed = desk.owe()
    token = desk.clerk.token()
    clock.move(minutes=31)
    answer = autosave(desk.clerk, owed, token=token, version=1, progress="写了")
    assert (answer.status_code, answer.headers.get("Location")) == (401, None)
    assert desk.obligation(owed).version == 1


def test_an_old_token_is_refused_without_json_so_that_the_page_takes_a_new_one(desk: Desk) -> None:
    owed = desk.owe()
    answer = autosave(desk.clerk, owed, token="old", version=1, progress="写了")
    assert (answer.status_code, answer.is_json) == (403, False)


def test_another_units_draft_is_not_there(desk: Desk) -> None:
    _, their_clerk = desk.another()
    owed = desk.save(desk.owe(), make_text(CANARY))
    before = digest_of(desk.session)
    for number in (owed, 987654):
        answer = autosave(their_clerk, number, version=2, progress="不是我的")
        assert answer.status_code == 404
        assert CANARY not in answer.text
    assert digest_of(desk.session) == before


@pytest.mark.parametrize("role", [UserRole.supervisor, UserRole.leader, UserRole.head, UserRole.admin])
def test_who_does_not_report_saves_nothing(desk: Desk, role: UserRole) -> None:
    owed = desk.save(desk.owe())
    head = role is UserRole.head
    visitor = desk.enter(make_user(desk.session, role, unit=desk.unit)) if head else visitor_as(desk.app, role)
    assert autosave(visitor, owed, version=2, progress="代写").status_code == 404
    assert held(desk, owed).progress == "科技计划项目已立项12项，下达资金860万元。"


def test_before_the_period_opens_there_is_nothing_to_keep(desk: Desk) -> None:
    owed = desk.owe(opened_at=moment("2026-10-09"))
    answer = autosave(desk.clerk, owed, version=1, progress="太早")
    assert (answer.status_code, answer.json["message"]) == (422, "这一件10月9日（周五）00:00起可以填写，还没有开始。")


def test_a_hostile_text_is_kept_whole(desk: Desk) -> None:
    owed = desk.owe()
    assert autosave(desk.clerk, owed, version=1, progress=hostile()).status_code == 200
    assert held(desk, owed).progress == hostile()


def test_a_kept_copy_goes_back_into_the_form_and_what_stood_there_is_kept_in_its_turn(desk: Desk) -> None:
    owed = desk.save(desk.owe(), make_text("第一稿"))
    autosave(desk.clerk, owed, version=1, progress="另一个窗口写的")
    copy, = desk.session.query(DraftCopy)
    page = desk.clerk.get(f"/reports/{owed}").text
    assert "<b>另存的底稿 1 份</b>" in page
    assert f'action="/reports/{owed}/copies/{copy.id}"' in page
    answer = desk.clerk.post(f"/reports/{owed}/copies/{copy.id}", version=2)
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/reports/{owed}?said=restored")
    assert held(desk, owed).progress == "另一个窗口写的"
    assert copies(desk) == {"另一个窗口写的", "第一稿"}


def test_a_copy_is_of_its_own_report_and_unit_only(desk: Desk) -> None:
    owed, other = desk.save(desk.owe("1")), desk.save(desk.owe("2"))
    autosave(desk.clerk, owed, version=1, progress=CANARY)
    copy, = desk.session.query(DraftCopy)
    _, their_clerk = desk.another()
    assert desk.clerk.post(f"/reports/{other}/copies/{copy.id}", version=2).status_code == 404
    assert their_clerk.post(f"/reports/{owed}/copies/{copy.id}", version=2).status_code == 404
    assert CANARY not in desk.office.get(f"/reports/{owed}").text


def test_a_copy_is_not_put_over_what_a_colleague_wrote_meanwhile(desk: Desk) -> None:
    owed = desk.save(desk.owe(), make_text("第一稿"))
    autosave(desk.clerk, owed, version=1, progress="底稿")
    copy, = desk.session.query(DraftCopy)
    autosave(desk.clerk, owed, version=2, progress="第二稿")
    assert desk.clerk.post(f"/reports/{owed}/copies/{copy.id}", version=2).status_code == 409
    assert held(desk, owed).progress == "第二稿"
