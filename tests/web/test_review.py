"""The office's day (今日待办): the queue, one report beside last period's, the decision, who is silent."""
from __future__ import annotations

import html
import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import update
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from tests.digest import digest_of
from tests.factories import actor_of, make_obligation, make_task, make_text, make_unit, make_user, moment
from tests.services.test_list_queries import make_large_plan
from tests.web.desk import AT, CANARY, Desk, hostile
from tests.web.visitor import one_line, visitor_as
from tracker.domain.words import Rating, Role, Source, State, UserRole
from tracker.models import ReportVersion
from tracker.services import entering, signing


@pytest.fixture
def desk(app: Flask, session: Session) -> Desk:
    return Desk(app, session)


def heading(page: str) -> str:
    return one_line(page, "<h1>.*?</h1>")


def banner(page: str) -> str:
    return one_line(page, '<div class="note green said" role="status">.*?</div>')


def queue(page: str) -> list[str]:
    return re.findall(r"<b>(\d+\. .*?)</b><small", page)


def opened(page: str) -> str:
    return one_line(page, '<h2 id="dt".*?</h2>')


def judged(page: str) -> list[str]:
    return re.findall(r'name="judged" value="(\w+)" checked', page)


def decide(desk: Desk, owed: int, deed: str, **fields: Any) -> TestResponse:
    return desk.office.post(f"/review/{owed}", **{"version": desk.obligation(owed).version, "deed": deed} | fields)


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


def entered(desk: Desk, *numbers: str, text: str = "") -> list[int]:
    return [desk.submit(desk.owe(number), make_text(text) if text else None) for number in numbers]


def accept_all(desk: Desk, ids: list[int], **fields: Any) -> TestResponse:
    items = [f"{owed}:{desk.obligation(owed).version}" for owed in ids]
    return desk.office.post("/review/accept", item=items, **fields)


def ticks(page: str) -> list[tuple[str, bool]]:
    return [(label, bool(checked)) for label, checked in re.findall(
        r'name="item" value="[\d:]+" aria-label="选中(.*?)"( checked)?>', page)]


def test_rows_without_warnings_have_a_tick_and_one_link_ticks_them_all(desk: Desk) -> None:
    entered(desk, "1", "2")
    entered(desk, "3", text="同上")
    assert ticks(desk.office.get("/review").text) == [("任务1，州科技局", False), ("任务2，州科技局", False)]
    page = desk.office.get("/review?tick=clean").text
    assert ticks(page) == [("任务1，州科技局", True), ("任务2，州科技局", True)]
    assert "全选没有提示的2件" in page
    assert "全部通过（<span data-ticked>2</span>）" in page


def test_where_every_row_has_a_warning_there_is_no_batch(desk: Desk) -> None:
    entered(desk, "1", text="同上")
    page = desk.office.get("/review").text
    assert "这一页每件都有提示，请逐件看" in page
    assert "全部通过" not in page


def test_several_are_accepted_at_once_each_judged_as_it_rated_itself(desk: Desk) -> None:
    owed = entered(desk, "1", "2")
    kept, = entered(desk, "3")
    answer = accept_all(desk, owed)
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/review?told={owed[0]},{owed[1]}")
    page = desk.office.get(answer.headers["Location"]).text
    assert banner(page) == "已通过2件。10分钟内可以逐件撤销"
    assert [desk.obligation(one).state for one in (*owed, kept)] == [State.accepted, State.accepted, State.submitted]
    assert {desk.obligation(one).judged for one in owed} == {Rating.on_track}
    recent = page[page.index('id="recent"'):page.index('id="silent"')]
    assert re.findall(r'<th scope="row" class="full">(.*?)</th>', recent) == ["任务2", "任务1"]


@pytest.mark.parametrize(("items", "sentence"), [
    ([], "没有勾选要通过的。没有改动。"),
    (["1"], "没有看懂要办什么，没有改动。"), (["1:x"], "没有看懂要办什么，没有改动。"),
    (["1:2", "２:2"], "没有看懂要办什么，没有改动。"),
    ([f"{one}:1" for one in range(1, 52)], "没有看懂要办什么，没有改动。"),
])
def test_a_batch_that_names_nothing_accepts_nothing(desk: Desk, items: list[str], sentence: str) -> None:
    owed, = entered(desk, "1")
    answer = desk.office.post("/review/accept", item=items)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert desk.obligation(owed).state is State.submitted


def test_one_with_a_warning_stops_the_whole_batch_by_name_and_the_ticks_stay(desk: Desk) -> None:
    clean = entered(desk, "1", "2")
    warned = entered(desk, "3", text="同上")
    before = digest_of(desk.session)
    answer = accept_all(desk, [*clean, *warned])
    assert answer.status_code == 422
    assert "州科技局" in one_line(answer.text, '<div class="errsum.*?</div></div>')
    assert "有提示（进展情况没有具体内容），不能批量通过。都没有改动；请单独打开看。" in answer.text
    assert ticks(answer.text) == [("任务1，州科技局", True), ("任务2，州科技局", True)]
    assert digest_of(desk.session) == before


def test_a_colleagues_decision_in_between_stops_the_whole_batch(desk: Desk) -> None:
    owed = entered(desk, "1", "2")
    items = [f"{one}:{desk.obligation(one).version}" for one in owed]
    desk.accept(owed[1])
    answer = desk.office.post("/review/accept", item=items)
    assert answer.status_code == 409
    assert "今天 09:00 已办理这一件（通过）" in answer.text
    assert desk.obligation(owed[0]).state is State.submitted


def test_a_decision_is_taken_back_within_ten_minutes_and_is_open_again(desk: Desk) -> None:
    first, second = entered(desk, "1", "2")
    decide(desk, first, "accept", judged="on_track")
    version = desk.obligation(first).version
    answer = desk.office.post(f"/review/{first}/undo", version=version)
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/review?open={first}&told={first}")
    page = desk.office.get(answer.headers["Location"]).text
    assert banner(page) == "已撤销，任务1回到待审核"
    assert opened(page) == "1. 示例任务1"
    assert queue(page) == ["1. 示例任务1", "2. 示例任务2"]
    assert (desk.obligation(first).state, desk.obligation(first).judged) == (State.submitted, None)
    assert desk.obligation(second).state is State.submitted


def test_after_ten_minutes_nothing_is_taken_back(desk: Desk) -> None:
    owed, = entered(desk, "1")
    desk.accept(owed)                                                           # at 09:00, and it is 09:30
    page = desk.office.get(f"/review?told={owed}").text
    assert "撤销" not in page.replace("撤销刚办的", "")
    answer = desk.office.post(f"/review/{owed}/undo", version=desk.obligation(owed).version)
    assert answer.status_code == 422
    assert "已过10分钟，不能撤销。没有改动任何内容" in answer.text
    assert desk.obligation(owed).state is State.accepted


@pytest.mark.parametrize("told", ["987654", "1,2,x", "１", ",", "9" * 600, "<script>"])
def test_the_banner_tells_of_ones_own_fresh_decisions_only(desk: Desk, told: str) -> None:
    entered(desk, "1")
    page = desk.office.get(f"/review?told={told}").text
    assert 'class="note green' not in page
    assert "<script>" not in page


def test_a_colleagues_decision_is_not_told_as_ones_own(desk: Desk) -> None:
    colleague = desk.enter(make_user(desk.session, login="dc02"))
    owed, = entered(desk, "1")
    decide(desk, owed, "accept", judged="on_track")
    assert 'class="note green' not in colleague.get(f"/review?told={owed}").text


def test_after_a_decision_the_one_behind_it_opens_not_the_oldest(desk: Desk) -> None:
    first, second, third = entered(desk, "1", "2", "3")
    page = desk.office.get(f"/review?open={second}").text
    assert f'name="next" value="{third}"' in page
    answer = decide(desk, second, "accept", judged="on_track", next=third)
    assert answer.headers["Location"] == f"/review?open={third}&told={second}"
    page = desk.office.get(answer.headers["Location"]).text
    assert opened(page) == "3. 示例任务3"
    assert f'name="next" value="{first}"' in page           # behind the last stands the one before


def test_filters_stay_through_a_decision(desk: Desk) -> None:
    finance, _ = desk.another()
    entered(desk, "1")
    owed = desk.submit(desk.owe("2", unit=finance))
    desk.submit(desk.owe("3", unit=finance))
    page = desk.office.get(f"/review?unit={finance.id}").text
    assert heading(page) == "等督查室审核的还有3件"
    assert queue(page) == ["2. 示例任务2", "3. 示例任务3"]
    assert "筛出2件" in page
    answer = decide(desk, owed, "accept", judged="on_track", unit=finance.id)
    assert answer.headers["Location"] == f"/review?unit={finance.id}&told={owed}"


@pytest.mark.parametrize("address", [
    "/review?period=%00", "/review?unit=x", "/review?unit=99999999999999999999999", "/review?role=king",
    "/review?page=-1", "/review?page=99999999999999999999999", "/review?open=0", "/review?open=-1", "/review?tick=all",
])
def test_an_odd_address_shows_the_queue(desk: Desk, address: str) -> None:
    entered(desk, "1")
    assert queue(desk.office.get(address).text) == ["1. 示例任务1"]


def test_a_resubmission_stands_beside_what_was_sent_back_and_why(desk: Desk) -> None:
    task = make_task(desk.session, lead=desk.unit)
    period = desk.after(make_text("上期已立项9项。"), task=task)
    owed = desk.owe(task=task, period=period)
    desk.submit(owed, make_text("立项12项。继续申报。"))
    desk.send_back(owed, "无量化进展；请补资金")
    desk.submit(owed, make_text("立项12项。下达资金860万元。"))
    page = desk.office.get("/review").text
    assert "上期、退回的与重报的并排" in page
    assert '<p class="pre">无量化进展；请补资金</p>' in page
    assert '<span class="hide-w lbl">退回的</span><span class="same">立项12项。</span>继续申报。</td>' in page
    assert '重报</span><span class="same">立项12项。</span><ins>下达资金860万元。</ins></td>' in page
    assert '<span class="hide-w lbl">上期</span>上期已立项9项。</td>' in page
    assert "与退回的那份相同" in page


def test_a_field_that_was_empty_last_time_is_all_new(desk: Desk) -> None:
    task = make_task(desk.session, lead=desk.unit)
    period = desk.after(make_text("已立项9项。"), task=task)
    desk.submit(desk.owe(task=task, period=period), make_text("已立项9项。", problems="缺2人。"))
    page = desk.office.get("/review").text
    assert '<span class="hide-w lbl">本期</span><ins>缺2人。</ins></td>' in page


def test_the_facts_say_who_wrote_who_signed_and_who_of_the_co_units_is_silent(desk: Desk) -> None:
    finance, _ = desk.another()
    energy = make_unit(desk.session, name="州能源局")
    head = make_user(desk.session, UserRole.head, unit=desk.unit)
    task = make_task(desk.session, lead=desk.unit, co=[finance, energy])
    owed = desk.owe(task=task)
    part = make_obligation(desk.session, task=task, unit=finance, role=Role.co).id
    make_obligation(desk.session, task=task, unit=energy, role=Role.co)
    desk.submit(part)
    desk.submit(owed)
    assert f'href="/review?open={owed}"' not in desk.office.get("/review").text        # the head has not signed
    signing.sign_report(desk.session, actor_of(desk.session, head), owed, version=desk.obligation(owed).version, at=AT)
    page = desk.office.get(f"/review?open={owed}").text
    assert "州科技局 牵头 · 州科技局填报员填，州科技局审签人 今天 09:00 签发 · 按时" in page
    assert "1/2已报，州能源局没报" in page


def test_an_entry_for_a_unit_says_so_and_the_one_who_entered_it_cannot_accept_it(desk: Desk) -> None:
    owed = desk.owe()
    entering.enter_for(desk.session, actor_of(desk.session, desk.supervisor), owed, text=make_text(),
                       source=Source.telephone, received_at=AT, version=1, request_key="k", at=AT)
    page = desk.office.get("/review").text
    assert "代填（电话答复）" in page
    assert "<h3>督查室代填（电话答复）</h3>" in page
    assert '<small class="warn">代填，单位还没有确认</small>' in page
    assert decide(desk, owed, "accept", judged="on_track").status_code == 403
    assert desk.obligation(owed).state is State.signed


def test_units_without_people_and_purges_are_on_the_offices_day(desk: Desk) -> None:
    orphan = make_unit(desk.session, name="州能源局")
    desk.owe("7", unit=orphan)
    page = desk.office.get("/review").text
    assert '<a href="#people">1个单位无填报人</a>' in page
    assert "<dt>无填报人 1 个</dt><dd>州能源局</dd>" in page


def test_the_queue_turns_its_pages_and_keeps_what_narrows(desk: Desk) -> None:
    finance, _ = desk.another()
    make_large_plan(desk.session, (finance.id, desk.unit.id), 60, key="large")
    desk.session.execute(update(ReportVersion).values(sent_at=ReportVersion.submitted_at))
    desk.session.commit()
    page = desk.office.get(f"/review?unit={finance.id}").text
    assert len(queue(page)) == 50
    assert "第1-50件，共60件" in page
    assert f'href="/review?unit={finance.id}&amp;page=2" rel="next"' in page
    page = desk.office.get(f"/review?unit={finance.id}&page=2").text
    assert len(queue(page)) == 10
    assert f'href="/review?unit={finance.id}" rel="prev"' in page
