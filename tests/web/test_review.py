"""The office's day (今日待办): the queue, one report beside last period's, the decision, who is silent."""
from __future__ import annotations

import html
import re
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from tests.digest import digest_of
from tests.factories import make_obligation, make_task, make_text, moment
from tests.web.desk import CANARY, Desk, hostile
from tests.web.reviewing import banner, decide, heading, judged, opened, queue
from tests.web.visitor import one_line, visitor_as
from tracker.domain.words import Rating, Role, State, UserRole


@pytest.fixture
def desk(app: Flask, session: Session) -> Desk:
    return Desk(app, session)


def test_the_oldest_waits_at_the_top_and_is_open(desk: Desk) -> None:
    desk.submit(desk.owe("1"), at=moment("2026-10-08 08:00"))
    desk.submit(desk.owe("2"), at=moment("2026-09-29 10:00"))
    desk.owe("3")
    page = desk.office.get("/review").text
    assert heading(page) == "等督查室审核的还有2件，最久的等了2个工作日"
    assert queue(page) == ["2. 示例任务2", "1. 示例任务1"]
    assert opened(page) == "2. 示例任务2"
    assert "州科技局 牵头 · 2026年第三季度 · 等2个工作日" in page


def test_the_one_asked_for_is_open_and_marked(desk: Desk) -> None:
    desk.submit(desk.owe("1"))
    second = desk.submit(desk.owe("2"))
    page = desk.office.get(f"/review?open={second}").text
    assert opened(page) == "2. 示例任务2"
    assert page.count('aria-current="true"') == 1
    assert f'href="/review?open={second}" aria-current="true"' in page


def test_one_that_a_colleague_decided_is_said_to_be_gone(desk: Desk) -> None:
    gone = desk.accept(desk.submit(desk.owe("1")))
    desk.submit(desk.owe("2"))
    page = desk.office.get(f"/review?open={gone}").text
    assert "要看的那一件已不在待审核里，可能同事刚办过。" in page
    assert opened(page) == "2. 示例任务2"


def test_warnings_stand_in_words_at_the_row_and_over_the_report(desk: Desk) -> None:
    task = make_task(desk.session, lead=desk.unit)
    period = desk.after(make_text("继续推进各项工作，取得积极成效。"), task=task)
    owed = desk.owe(task=task, period=period, due_at=moment("2026-09-29 18:00"))
    desk.submit(owed, make_text("继续推进各项工作，取得积极成效。"))
    page = desk.office.get("/review").text
    assert '<small class="warn">迟报2日；与上期相似100%；通篇没有数字</small>' in page
    assert "<h3>系统提示3处，请留意</h3>" in page


def test_last_and_this_period_stand_side_by_side_with_what_is_new_marked(desk: Desk) -> None:
    task = make_task(desk.session, lead=desk.unit)
    period = desk.after(make_text("已立项12项。", problems="缺人。", percent=30), task=task)
    desk.submit(desk.owe(task=task, period=period), make_text("已立项12项。下达860万元。", percent=45))
    page = desk.office.get("/review").text
    assert "上期（2026年第二季度）" in page
    assert "本期（2026年第三季度）" in page
    assert '<span class="same">已立项12项。</span><ins>下达860万元。</ins>' in page
    assert '<span class="hide-w lbl">上期</span>30%' in page
    assert '<span class="hide-w lbl">本期</span>45%' in page
    assert '<span class="hide-w lbl">上期</span>缺人。' in page


def test_the_judgement_starts_with_the_units_own_and_co_reports_have_none(desk: Desk) -> None:
    desk.submit(desk.owe("1"), make_text(self_rating=Rating.behind), at=moment("2026-10-08 08:00"))
    co = desk.submit(desk.owe("2", role=Role.co))
    assert judged(desk.office.get("/review").text) == ["behind"]
    assert 'name="judged"' not in desk.office.get(f"/review?open={co}").text


def test_after_accepting_the_next_one_is_open(desk: Desk) -> None:
    first = desk.submit(desk.owe("1"), at=moment("2026-10-08 08:00"))
    desk.submit(desk.owe("2"))
    answer = decide(desk, first, "accept", judged="on_track")
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/review?told={first}")
    page = desk.office.get(answer.headers["Location"]).text
    assert banner(page) == "任务1已通过。10分钟内可以撤销撤销：任务1"
    assert opened(page) == "2. 示例任务2"
    assert (desk.obligation(first).state, desk.obligation(first).judged) == (State.accepted, Rating.on_track)


def test_another_judgement_needs_a_reason_and_the_choice_stays(desk: Desk) -> None:
    desk.submit(desk.owe("9"), at=moment("2026-10-08 08:00"))
    owed = desk.submit(desk.owe("1"))
    answer = decide(desk, owed, "accept", judged="behind")
    assert answer.status_code == 422
    assert one_line(answer.text, "<title>.*?</title>").startswith("出错：等督查室审核的还有2件")
    assert '<li><a href="#reason">认定与自评（达序时）不同，请写明理由</a></li>' in answer.text
    assert '<p class="err" id="reason-error">认定与自评（达序时）不同，请写明理由</p>' in answer.text
    assert 'aria-describedby="reason-error" aria-invalid="true"' in answer.text
    assert opened(answer.text) == "1. 示例任务1"
    assert judged(answer.text) == ["behind"]
    assert decide(desk, owed, "accept", judged="behind", words="进度慢于序时").status_code == 303
    assert desk.obligation(owed).judged is Rating.behind


def test_a_return_needs_a_reason(desk: Desk) -> None:
    owed = desk.submit(desk.owe())
    answer = decide(desk, owed, "send_back", words=" 　")
    assert answer.status_code == 422
    assert '<li><a href="#reason">请写明退回理由，对方会照着改</a></li>' in answer.text
    assert desk.obligation(owed).state is State.submitted


def test_a_refused_return_keeps_what_was_ticked_and_written(desk: Desk) -> None:
    owed = desk.submit(desk.owe())
    words = "请补充资金" * 200
    answer = decide(desk, owed, "send_back", picked=["内容空泛", "佐证不足"], words=words, judged="ahead")
    assert answer.status_code == 422
    assert "理由写了1,010字，最多1,000字，请压缩" in answer.text
    assert re.findall(r'name="picked" value="(\w+)" checked', answer.text) == ["内容空泛", "佐证不足"]
    assert f'value="{words}"' in answer.text
    assert judged(answer.text) == ["ahead"]


def test_a_return_tells_the_unit_the_ticked_reasons_and_the_words(desk: Desk) -> None:
    owed = desk.submit(desk.owe())
    answer = decide(desk, owed, "send_back", picked=["内容空泛", "无量化进展"], words="请写清下达多少资金")
    assert answer.headers["Location"] == f"/review?told={owed}"
    assert banner(desk.office.get(answer.headers["Location"]).text) == (
        "任务1已退回州科技局，对方会收到原因。10分钟内可以撤销撤销：任务1")
    assert desk.obligation(owed).state is State.returned
    assert "内容空泛、无量化进展；请写清下达多少资金" in desk.clerk.get(f"/reports/{owed}").text


def test_waiving_needs_a_reason_and_takes_it_off_the_units_list(desk: Desk) -> None:
    owed = desk.submit(desk.owe())
    answer = decide(desk, owed, "waive")
    assert answer.status_code == 422
    assert '<a href="#reason">请写明免报理由，会记入台账</a>' in answer.text
    answer = decide(desk, owed, "waive", words="任务已由部门办结")
    assert banner(desk.office.get(answer.headers["Location"]).text) == (
        "任务1已免报，原因记在办理经过里。10分钟内可以撤销撤销：任务1")
    assert desk.obligation(owed).state is State.waived
    assert heading(desk.clerk.get("/my").text) == "州科技局本期要报的都报完了"


def test_an_unknown_deed_decides_nothing(desk: Desk) -> None:
    owed = desk.submit(desk.owe())
    answer = decide(desk, owed, "praise", words="写好的话")
    assert answer.status_code == 422
    assert "没有看懂要办什么，没有改动。" in answer.text
    assert 'value="写好的话"' in answer.text
    assert desk.obligation(owed).state is State.submitted


@pytest.mark.parametrize("others", [0, 1])
def test_who_decides_after_a_colleague_is_told_who_and_keeps_his_words(desk: Desk, others: int) -> None:
    owed = desk.submit(desk.owe("1"))
    for number in range(others):
        desk.submit(desk.owe(f"{number + 2}"))
    stale = desk.obligation(owed).version
    desk.accept(owed)
    answer = desk.office.post(f"/review/{owed}", version=stale, deed="send_back", picked=["口径不符"],
                              words="请核对金额")
    assert answer.status_code == 409
    assert f"{desk.supervisor.name} 今天 09:00 已办理这一件（通过）" in answer.text
    assert '<p class="pre">口径不符；请核对金额</p>' in answer.text
    assert 'id="dt"' not in answer.text
    assert desk.obligation(owed).state is State.accepted


def test_a_newer_version_of_the_report_is_decided_only_once_it_was_seen(desk: Desk) -> None:
    owed = desk.submit(desk.owe())
    stale = desk.obligation(owed).version
    desk.submit(desk.send_back(owed), make_text("补充后：下达资金860万元。"))
    answer = desk.office.post(f"/review/{owed}", version=stale, deed="accept", judged="on_track", words="同意")
    assert answer.status_code == 409
    assert '<ins>补充后：</ins><span class="same">下达资金860万元。</span>' in answer.text
    assert 'value="同意"' in answer.text
    assert '<span class="k">重报</span>' in answer.text
    assert desk.obligation(owed).state is State.submitted


def test_the_overdue_list_has_who_is_silent_and_not_who_delivered(desk: Desk) -> None:
    finance, _ = desk.another()
    past = moment("2026-09-29 18:00")
    desk.owe("1", due_at=past)
    desk.save(desk.owe("2", due_at=moment("2026-10-08 09:20")), make_text(CANARY))
    desk.submit(desk.owe("3", unit=finance, due_at=past))
    desk.accept(desk.submit(desk.owe("4", unit=finance, due_at=past)))
    desk.owe("5", unit=finance)
    page = desk.office.get("/review").text
    assert heading(page) == "等督查室审核的还有1件；逾期没报的2件"
    assert '<a href="#silent">1个单位逾期2件</a>' in page
    silent = page[page.index('id="silent"'):]
    assert re.findall(r'<a href="/tasks/\d+">(.*?)</a>', silent) == ["1. 示例任务1", "2. 示例任务2"]
    assert re.findall(r'<td class="num bad">(.*?)<', silent) == ["2", "不到1"]
    assert "9月29日（周二）18:00" in silent
    assert CANARY not in page


def test_a_task_whose_text_is_incomplete_leads_to_its_form(desk: Desk) -> None:
    make_task(desk.session, number="19", title="加强科技金融", source_complete=False)
    page = desk.office.get("/review").text
    assert '<a href="#incomplete">待补录1项</a>' in page
    assert '<a class="tt" href="/tasks/19">19. 加强科技金融</a>' in page
    assert '<a class="btn sm" href="/tasks/19/complete">补录' in page
    assert desk.office.get("/tasks/19/complete").status_code == 200


def test_with_nothing_waiting_the_page_says_so(desk: Desk) -> None:
    page = desk.office.get("/review").text
    assert heading(page) == "等审核的都办完了"
    assert "没有逾期未报的" in page
    assert "<h2>都办完了</h2><p>有单位报上来会排在这里。</p>" in page


@pytest.mark.parametrize("role", [UserRole.clerk, UserRole.leader, UserRole.admin, UserRole.auditor])
def test_only_the_office_has_this_page(desk: Desk, role: UserRole) -> None:
    owed = desk.submit(desk.owe(), make_text(f"{CANARY}1项。"))
    stranger = visitor_as(desk.app, role, unit="州统计局")
    for answer in (stranger.get("/review"), stranger.get(f"/review?open={owed}"),
                   stranger.post(f"/review/{owed}", version=2, deed="accept", judged="on_track")):
        assert answer.status_code == 404
        assert CANARY not in answer.text
    assert desk.obligation(owed).state is State.submitted


def test_a_decision_on_what_is_not_there_is_not_there(desk: Desk) -> None:
    assert desk.office.post("/review/987654", version=1, deed="accept").status_code == 404
    assert desk.office.get("/review?open=99999999999999999999").status_code == 200


def test_looking_changes_nothing(desk: Desk) -> None:
    owed = desk.submit(desk.owe())
    before = digest_of(desk.session)
    assert desk.office.get(f"/review?open={owed}").status_code == 200
    assert digest_of(desk.session) == before


def test_thirty_rows_cost_as_many_queries_as_two(
        desk: Desk, count_queries: Callable[[], AbstractContextManager[list[str]]]) -> None:
    past = moment("2026-09-29 18:00")

    def queries() -> int:
        with count_queries() as seen:
            assert desk.office.get("/review").status_code == 200
        return len(seen)

    for number in ("1", "2"):
        desk.submit(desk.owe(number))
        desk.owe(f"{number}00", due_at=past)
    few = queries()
    for number in range(3, 31):
        desk.submit(desk.owe(str(number)))
        make_obligation(desk.session, task=make_task(desk.session, number=f"{number}00", lead=desk.unit),
                        unit=desk.unit, due_at=past)
    assert heading(desk.office.get("/review").text) == "等督查室审核的还有30件；逾期没报的30件"
    assert queries() == few


def test_a_hostile_text_is_shown_whole_and_does_nothing(desk: Desk) -> None:
    text = hostile()
    owed = desk.submit(desk.owe(), make_text(text, problems=hostile(3000)))
    page = desk.office.get("/review").text
    assert "<script>alert" not in page
    now = re.findall(r'<td class="full pre"><span class="hide-w lbl">本期</span>(.*?)</td>', page, re.DOTALL)
    assert html.unescape(now[0]) == text
    assert html.unescape(now[1]) == hostile(3000)
    answer = decide(desk, owed, "accept", judged="behind", words="\"><script>alert(2)</script>", picked=["<script>"])
    assert answer.status_code == 303
    assert "<script>alert" not in desk.clerk.get(f"/reports/{owed}").text


def test_the_decision_has_labels_a_token_and_no_button_for_enter(desk: Desk) -> None:
    desk.submit(desk.owe())
    page = desk.office.get("/review").text
    form = re.findall(r'<form class="stickybar dec".*?</form>', page, re.DOTALL)[0]
    assert 'name="csrf_token" value="' in form
    assert "<legend>认定<span" in form
    assert "<legend>退回原因" in form
    assert '<label class="vh" for="reason">给单位的话，或改认定、免报的理由</label>' in form
    assert re.findall(r'<button type="submit" disabled hidden>|name="deed" value="\w+"', form) == [
        '<button type="submit" disabled hidden>', 'name="deed" value="waive"', 'name="deed" value="send_back"',
        'name="deed" value="accept"']


def test_the_office_waives_a_silent_report_from_its_page(desk):
    owed = desk.owe(number="3")
    page = desk.office.get(f"/reports/{owed}")
    assert 'name="deed" value="waive"' in page.text
    assert "<textarea" not in page.text
    answer = decide(desk, owed, "waive", words="任务已由部门办结")
    assert answer.headers["Location"] == f"/review?told={owed}"
    assert desk.obligation(owed).state is State.waived
    assert 'value="waive"' not in desk.office.get(f"/reports/{owed}").text
