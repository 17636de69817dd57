"""Several at once (全部通过), and what is taken back within ten minutes (撤销): all or nothing, by name."""
from __future__ import annotations

import re

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from tests.digest import digest_of
from tests.factories import make_user
from tests.web.desk import Desk
from tests.web.reviewing import accept_all, banner, decide, entered, opened, queue, ticks
from tracker.domain.words import Rating, State


@pytest.fixture
def desk(app: Flask, session: Session) -> Desk:
    return Desk(app, session)


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
    assert "任务3有提示（进展情况没有具体内容），不能批量通过。都没有改动；请单独打开看。" in answer.text
    assert ticks(answer.text) == [("任务1，州科技局", True), ("任务2，州科技局", True)]
    assert digest_of(desk.session) == before


def test_a_colleagues_decision_in_between_stops_the_whole_batch(desk: Desk) -> None:
    owed = entered(desk, "1", "2")
    items = [f"{one}:{desk.obligation(one).version}" for one in owed]
    desk.accept(owed[1])
    answer = desk.office.post("/review/accept", item=items)
    assert answer.status_code == 409
    assert f"任务2不能一起通过：{desk.supervisor.name} 今天 09:00 已办理这一件（通过）" in answer.text
    assert "其余的也都没有改动。" in answer.text
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
