"""The report form (填报): written by the unit's clerk, read by whoever may."""
from __future__ import annotations

import html
import re
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from tests.digest import digest_of
from tests.factories import make_task, make_text, moment
from tests.web.desk import CANARY, Desk, form_of, hostile, written
from tests.web.visitor import one_line, visitor_as
from tracker.domain.words import Rating, Role, State, UserRole

TYPED = {"progress": "写了一半的进展", "self_rating": "behind", "percent": "45", "problems": "缺2名技术员",
         "matters": "请协调用地1宗", "next_steps": "10月底前评审"}


@pytest.fixture
def desk(app: Flask, session: Session) -> Desk:
    return Desk(app, session)


def title(page: str) -> str:
    return one_line(page, "<title>.*?</title>").removesuffix(" - 任务责任跟踪系统")


def write(desk: Desk, owed: int, **others: Any) -> TestResponse:
    return desk.clerk.post(f"/reports/{owed}", **written(desk.obligation(owed).version) | others)


def test_the_form_says_what_is_asked_and_until_when(desk: Desk) -> None:
    owed = desk.owe("1")
    page = desk.clerk.get(f"/reports/{owed}").text
    assert one_line(page, "<h1>.*?</h1>") == "1. 示例任务1"
    assert "牵头件 · <strong>10月13日（周二）18:00</strong>截止，还有4个工作日" in page
    assert '<p class="official">示例任务1。示例正文。</p>' in page
    assert "没有上期报告" in page
    assert "还没有存过" in page
    assert '<p class="muted">还没有动过。</p>' in page


def test_last_periods_text_stands_beside_and_only_its_rating_is_taken_over(desk: Desk) -> None:
    task = make_task(desk.session, lead=desk.unit)
    said = make_text("上期第一段。\n上期第二段。", problems="上期的问题", self_rating=Rating.behind, percent=30)
    owed = desk.owe(task=task, period=desk.after(said, task=task))
    page = desk.clerk.get(f"/reports/{owed}").text
    assert "<span>上期（2026年第二季度）</span>" in page
    assert '<p class="pre">上期第一段。\n上期第二段。</p>' in page
    assert '<p class="pre">上期的问题</p>' in page
    assert "<summary>上期：完成比例</summary><p>30%</p>" in page
    held = form_of(page)
    assert (held["progress"], held["self_rating"], held["percent"]) == ("", "behind", "")


def test_a_draft_is_kept_and_comes_back_whole(desk: Desk) -> None:
    owed = desk.owe()
    answer = write(desk, owed, deed="save", **TYPED)
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/reports/{owed}?said=saved")
    page = desk.clerk.get(answer.headers["Location"]).text
    assert "草稿已存，可以放心关页面。" in page
    assert {name: form_of(page)[name] for name in TYPED} == TYPED
    assert '<span class="hide-s">州科技局填报员 </span>今天 09:30 存过<span class="hide-s">草稿</span>' in page
    assert desk.obligation(owed).state is State.draft


def test_submitting_delivers_and_says_until_when_it_can_be_withdrawn(desk: Desk) -> None:
    owed = desk.owe()
    answer = write(desk, owed, percent="４５％", progress="已立项12项。\r\n下达资金860万元。")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/my?said=submitted")
    assert "已提交，等督查室审核。截止前、审核前可以撤回。" in desk.clerk.get("/my?said=submitted").text
    version, = desk.versions(owed)
    assert (version.progress, version.percent, version.self_rating) == (
        "已立项12项。\n下达资金860万元。", 45, Rating.on_track)
    page = desk.clerk.get(f"/reports/{owed}").text
    assert "已报出，督查室审核中。要改先撤回。" in page
    assert "<textarea" not in page


def test_a_late_report_is_taken_and_called_late(desk: Desk) -> None:
    owed = desk.owe(due_at=moment("2026-09-29 18:00"))
    assert "逾期2个工作日" in desk.clerk.get(f"/reports/{owed}").text
    assert write(desk, owed).headers["Location"] == "/my?said=submitted_late"
    assert desk.obligation(owed).on_time is False
    page = desk.clerk.get(f"/reports/{owed}").text
    assert "迟报2日" in page
    assert "不能直接撤回；要改请联系督查室退回。" in page
    assert "/withdraw" not in page


def test_what_was_sent_back_shows_why_and_a_resubmission_is_no_first_delivery(desk: Desk) -> None:
    owed = desk.send_back(desk.submit(desk.owe()), "请写清下达了多少资金")
    page = desk.clerk.get(f"/reports/{owed}").text
    assert "<h2>督查室退回，请改好再报</h2>" in page
    assert "请写清下达了多少资金" in page
    assert "<strong>10月10日（周六，补班）18:00</strong>前重报，还有2个工作日。" in page
    assert form_of(page)["progress"] == "科技计划项目已立项12项，下达资金860万元。"
    assert write(desk, owed).headers["Location"] == "/my?said=resubmitted"
    assert "已重报，等督查室审核。要再改请联系督查室退回。" in desk.clerk.get("/my?said=resubmitted").text


def test_before_the_due_moment_a_report_can_be_withdrawn_and_written_on(desk: Desk) -> None:
    owed = desk.submit(desk.owe(), make_text("报早了。"))
    assert f'action="/reports/{owed}/withdraw"' in desk.clerk.get(f"/reports/{owed}").text
    answer = desk.clerk.post(f"/reports/{owed}/withdraw", version=desk.obligation(owed).version)
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/reports/{owed}?said=withdrawn")
    assert desk.obligation(owed).delivered_at is None
    assert form_of(desk.clerk.get(f"/reports/{owed}").text)["progress"] == "报早了。"


def test_withdrawing_too_late_is_refused_with_what_to_do(desk: Desk) -> None:
    owed = desk.submit(desk.owe(due_at=moment("2026-10-08 09:20")))
    answer = desk.clerk.post(f"/reports/{owed}/withdraw", version=desk.obligation(owed).version)
    assert answer.status_code == 422
    assert title(answer.text) == "出错：1. 示例任务1"
    assert "<li>应报时限已过，不能直接撤回；要改请联系督查室退回。</li>" in answer.text
    assert desk.obligation(owed).state is State.submitted


def test_withdrawing_twice_leaves_the_draft_in_the_form(desk: Desk) -> None:
    owed = desk.submit(desk.owe(), make_text("报早了。", percent=7))
    stale = desk.obligation(owed).version
    desk.clerk.post(f"/reports/{owed}/withdraw", version=stale)
    answer = desk.clerk.post(f"/reports/{owed}/withdraw", version=stale)
    assert answer.status_code == 409
    held = form_of(answer.text)
    assert (held["progress"], held["self_rating"], held["percent"]) == ("报早了。", "on_track", "7")
    assert held["request_key"]


@pytest.mark.parametrize(("deed", "wrong", "field", "sentence"), [
    ("submit", {"percent": "一半"}, "percent", "“一半”不是0到100的整数；可以不填"),
    ("save", {"percent": "45.5"}, "percent", "“45.5”不是0到100的整数；可以不填"),
    ("save", {"percent": "-1"}, "percent", "“-1”不是0到100的整数；可以不填"),
    ("submit", {"percent": "101"}, "percent", "“完成比例”要填0到100的整数，没有就空着"),
    ("submit", {"progress": " 　"}, "progress", "“进展情况”还没写本期做到哪一步"),
    ("submit", {"self_rating": None}, "self_rating", "“自评”还没选：超序时、达序时、欠序时、未启动或已完成"),
    ("submit", {"self_rating": "splendid"}, "self_rating", "“自评”还没选：超序时、达序时、欠序时、未启动或已完成"),
    ("save", {"problems": "字" * 3001}, "problems", "“存在问题”写了3,001字，最多3,000字，请压缩"),
])
def test_what_cannot_be_taken_comes_back_with_all_that_was_typed(desk: Desk, deed: str, wrong: dict[str, Any],
                                                                 field: str, sentence: str) -> None:
    owed = desk.owe()
    before = desk.obligation(owed).version
    sent = {name: value for name, value in (TYPED | wrong).items() if value is not None}
    answer = desk.clerk.post(f"/reports/{owed}", version=before, request_key="key-of-the-page", deed=deed, **sent)
    assert answer.status_code == 422
    page = html.unescape(answer.text)
    assert title(page) == "出错：1. 示例任务1"
    assert f'<li><a href="#{field}">{sentence}</a></li>' in page
    assert f'<p class="err" id="{field}-error">{sentence}</p>' in page
    assert re.search(f'id="{field}"[^>]* aria-describedby="[^"]*{field}-error"', page)
    held = form_of(answer.text)
    for name in set(TYPED) - {"self_rating"} | set(sent) - {field}:
        assert held[name] == sent[name], name
    assert held["request_key"] == "key-of-the-page"
    assert (desk.obligation(owed).version, desk.versions(owed)) == (before, [])


def test_two_writers_see_who_was_first_and_both_texts(desk: Desk) -> None:
    owed = desk.owe()
    stale = desk.obligation(owed).version
    desk.save(owed, make_text("同事先存的进展。", problems="同事写的问题", percent=20))
    answer = desk.clerk.post(f"/reports/{owed}", **written(stale) | TYPED | {"deed": "save"})
    assert answer.status_code == 409
    assert "州科技局填报员 今天 09:00 也改了这一件。两份都留着，请并排看，选一份" in answer.text
    assert '<th scope="col">已存的（州科技局填报员，2026-10-08 09:00）</th>' in answer.text
    assert "</span><mark>写了一半</mark>的进展</td>" in answer.text
    assert "</span><mark>同事先存</mark>的进展<mark>。</mark></td>" in answer.text
    assert '<th scope="row">完成比例</th><td>45%</td><td>20%</td>' in answer.text
    assert '<th scope="row">自评</th><td>欠序时</td><td>达序时</td>' in answer.text
    held = form_of(answer.text)
    assert {name: held[name] for name in TYPED} == TYPED
    again = desk.clerk.post(f"/reports/{owed}", **TYPED | {
        "version": held["version"], "request_key": held["request_key"], "deed": "save"})
    assert again.status_code == 303


def test_who_writes_on_after_a_colleague_submitted_finds_his_words_to_copy(desk: Desk) -> None:
    owed = desk.owe()
    stale = desk.obligation(owed).version
    desk.submit(owed, make_text("同事交的进展1项。"))
    answer = desk.clerk.post(f"/reports/{owed}", **written(stale) | TYPED)
    assert answer.status_code == 409
    assert "州科技局填报员 今天 09:00 已办理这一件（提交）" in answer.text
    assert "同事交的进展1项。" in answer.text
    for name in ("progress", "problems", "matters", "next_steps"):
        assert f'<textarea id="typed-{name}" rows="4" readonly>\n{TYPED[name]}</textarea>' in answer.text
    assert len(desk.versions(owed)) == 1


def test_the_same_submission_twice_is_one_version(desk: Desk) -> None:
    owed = desk.owe()
    sent = written(desk.obligation(owed).version)
    answers = [desk.clerk.post(f"/reports/{owed}", **sent) for _ in range(2)]
    assert [answer.headers["Location"] for answer in answers] == ["/my?said=submitted"] * 2
    assert len(desk.versions(owed)) == 1


def test_the_same_key_with_other_words_is_no_second_submission(desk: Desk) -> None:
    owed = desk.owe()
    sent = written(desk.obligation(owed).version)
    desk.clerk.post(f"/reports/{owed}", **sent)
    answer = desk.clerk.post(f"/reports/{owed}", **sent | {"progress": "改过的进展"})
    assert answer.status_code == 409
    assert "这次提交先前已经收到，内容与现在的不同。" in answer.text
    assert "改过的进展</textarea>" in answer.text
    assert [version.progress for version in desk.versions(owed)] == ["已立项12项。"]


@pytest.mark.parametrize("field", [{"version": ""}, {"version": "１x"}, {"request_key": ""}])
def test_a_form_without_its_marks_writes_nothing_and_loses_nothing(desk: Desk, field: dict[str, str]) -> None:
    owed = desk.owe()
    answer = write(desk, owed, **field)
    assert answer.status_code == 422
    assert form_of(answer.text)["progress"] == "已立项12项。"
    assert desk.versions(owed) == []


@pytest.mark.parametrize("stage", ["pending", "submitted", "returned"])
def test_another_units_report_is_not_there(desk: Desk, stage: str) -> None:
    owed = desk.owe("1", unit=desk.another()[0])
    if stage != "pending":
        desk.submit(owed, make_text(f"{CANARY}1项。"))
    if stage == "returned":
        desk.send_back(owed, CANARY)
    theirs, missing = desk.clerk.get(f"/reports/{owed}"), desk.clerk.get("/reports/987654")
    assert (theirs.status_code, missing.status_code) == (404, 404)
    assert without_token(theirs) == without_token(missing)
    before = digest_of(desk.session)
    refused = [desk.clerk.post(f"/reports/{number}", **written(1)) for number in (owed, 987654)]
    assert [answer.status_code for answer in refused] == [404, 404]
    assert without_token(refused[0]) == without_token(refused[1])
    assert desk.clerk.post(f"/reports/{owed}/withdraw", version=1).status_code == 404
    assert digest_of(desk.session) == before


def without_token(answer: TestResponse) -> str:
    return re.sub(r'csrf-token" content="[^"]*"|name="csrf_token" value="[^"]*"|name="next" value="[^"]*"', "",
                  answer.text)


def test_the_lead_quotes_what_a_co_unit_delivered_and_cannot_write_it(desk: Desk) -> None:
    finance, their_clerk = desk.another()
    task = make_task(desk.session, lead=desk.unit, co=[finance])
    mine, theirs = desk.owe(task=task), desk.owe(task=task, unit=finance, role=Role.co)
    page = desk.clerk.get(f"/reports/{mine}").text
    assert "引用配合单位填报（已报0/1）" in page
    assert "没报的1家，到汇总台催办" in page
    assert desk.clerk.get(f"/reports/{theirs}").status_code == 404
    desk.submit(theirs, make_text("配合落实资金300万元。"))
    page = desk.clerk.get(f"/reports/{mine}").text
    assert "<summary>引用配合单位填报（已报1/1）</summary>" in page
    assert f'<p class="pre" id="passage-{theirs}">配合落实资金300万元。</p>' in page
    read = desk.clerk.get(f"/reports/{theirs}")
    assert read.status_code == 200
    assert "配合落实资金300万元。" in read.text
    assert "<textarea" not in read.text
    assert "/withdraw" not in read.text
    assert desk.clerk.post(f"/reports/{theirs}", **written(2)).status_code == 403
    desk.submit(mine, make_text(f"{CANARY}1项。"))
    assert their_clerk.get(f"/reports/{mine}").status_code == 404


def test_the_leader_reads_what_was_delivered_and_has_no_deeds(desk: Desk) -> None:
    leader = visitor_as(desk.app, UserRole.leader)
    owed = desk.save(desk.owe(), make_text(f"{CANARY}1项。"))
    page = leader.get(f"/reports/{owed}").text
    assert CANARY not in page
    assert "<h3>本期还没有报</h3>" in page
    desk.submit(owed, make_text("已报出的进展3项。", percent=45))
    page = leader.get(f"/reports/{owed}").text
    assert '<dd class="pre">已报出的进展3项。</dd>' in page
    main = page[page.index("<main"):]
    assert "<form" not in main
    assert "<button" not in main
    assert leader.post(f"/reports/{owed}", **written(3)).status_code == 404


@pytest.mark.parametrize("role", [UserRole.admin, UserRole.auditor])
def test_reports_are_not_there_for_who_reads_none(desk: Desk, role: UserRole) -> None:
    owed = desk.submit(desk.owe())
    assert visitor_as(desk.app, role).get(f"/reports/{owed}").status_code == 404


@pytest.mark.parametrize("path", ["/reports/0", "/reports/99999999999999999999", "/reports/x", "/reports/-1"])
def test_an_address_that_no_page_made_is_not_there(desk: Desk, path: str) -> None:
    assert desk.clerk.get(path).status_code == 404


def test_looking_changes_nothing(desk: Desk) -> None:
    open_form, handed_in = desk.save(desk.owe("1")), desk.submit(desk.owe("2"))
    before = digest_of(desk.session)
    assert [desk.clerk.get(f"/reports/{owed}").status_code for owed in (open_form, handed_in)] == [200, 200]
    assert digest_of(desk.session) == before


def test_a_hostile_text_is_kept_whole_and_does_nothing(desk: Desk) -> None:
    owed = desk.owe()
    text = hostile()
    assert write(desk, owed, deed="save", progress=text).status_code == 303
    page = desk.clerk.get(f"/reports/{owed}").text
    assert form_of(page)["progress"] == text
    assert "<script>alert" not in page
    assert write(desk, owed, progress=text, problems=hostile(3000)).status_code == 303
    page = desk.clerk.get(f"/reports/{owed}").text
    assert f'<dd class="pre">{html.escape(text)}</dd>'.replace("&quot;", "&#34;").replace("&#x27;", "&#39;") in page
    assert desk.versions(owed)[0].problems == hostile(3000)


def test_one_character_too_many_is_counted_and_comes_back(desk: Desk) -> None:
    owed = desk.owe()
    answer = write(desk, owed, progress=hostile(5001))
    assert answer.status_code == 422
    assert "写了5,001字，最多5,000字，请压缩" in answer.text
    assert form_of(answer.text)["progress"] == hostile(5001)


def test_every_control_has_its_label_and_every_form_its_token(desk: Desk) -> None:
    page = desk.clerk.get(f"/reports/{desk.owe()}").text
    for name in ("progress", "percent", "problems", "matters", "next_steps"):
        assert f'<label for="{name}">' in page
        assert f'id="{name}" name="{name}"' in page
    assert "<legend>自评" in page
    assert re.findall(r'<label><input type="radio"[^>]* name="self_rating" value="(\w+)"', page) == [
        rating.value for rating in Rating]
    forms = re.findall(r'<form[^>]*method="post".*?</form>', page, re.DOTALL)
    assert len(forms) == 4
    assert all('name="csrf_token" value="' in form for form in forms)
    assert re.findall(r'name="deed" value="(\w+)"', page)[0] == "save"      # what Enter presses: never 提交


def test_a_form_without_its_token_writes_nothing(desk: Desk) -> None:
    owed = desk.owe()
    answer = desk.clerk.client.post(f"/reports/{owed}", data=written(1), environ_overrides=desk.clerk.address)
    assert answer.status_code == 403
    assert desk.versions(owed) == []
