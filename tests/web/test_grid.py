"""一单位一表: one plain form of all that a unit owes, saved or handed in as a whole."""
from __future__ import annotations

import html
import re
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from tests.digest import digest_of
from tests.factories import make_period, make_task, make_text, make_user, moment
from tests.web.desk import CANARY, Desk, hostile
from tests.web.visitor import one_line, visitor_as
from tracker.clock import FixedClock
from tracker.domain.words import MeasureKind, Rating, Role, State, UserRole
from tracker.models import DraftCopy, Measure


@pytest.fixture
def desk(app: Flask, session: Session) -> Desk:
    return Desk(app, session)


def heading(page: str) -> str:
    return one_line(page, "<h1>.*?</h1>")


def cells(desk: Desk, *owed: int, **others: Any) -> dict[str, Any]:
    """The grid's form as a browser sends it: each row complete."""
    sent: dict[str, Any] = {"request_key": "key-of-the-page"}
    for one in owed:
        sent |= {f"r{one}-version": desk.obligation(one).version, f"r{one}-progress": f"第{one}件做了12项。",
                 f"r{one}-self_rating": "on_track", f"r{one}-nothing_new": ""}
    return sent | others


def write(desk: Desk, deed: str, *owed: int, **others: Any) -> TestResponse:
    return desk.clerk.post("/my/grid?period=2026Q3", deed=deed, **cells(desk, *owed, **others))


def value(page: str, name: str) -> str:
    """What a box of the page holds."""
    return html.unescape(re.findall(f'<textarea id="{name}"[^>]*>\n(.*?)</textarea>', page, re.DOTALL)[0])


def two(desk: Desk) -> tuple[int, int]:
    make_period(desk.session)
    return desk.owe("1"), desk.owe("2")


def test_the_grid_says_what_is_owed_and_has_a_cell_for_each(desk: Desk) -> None:
    task = make_task(desk.session, lead=desk.unit)
    said = make_text("上期立项12项。", self_rating=Rating.behind)
    owed = desk.owe(task=task, period=desk.after(said, task=task))
    page = desk.clerk.get("/my/grid").text
    assert heading(page) == "州科技局这一表还差1件"
    assert '<p class="pre">上期立项12项。</p>' in page
    assert f'<label class="vh" for="r{owed}-progress">任务1：本期进展情况</label>' in page
    assert value(page, f"r{owed}-progress") == ""
    assert '<option value="behind" selected>欠序时</option>' in page
    assert f'<a href="/reports/{owed}">长表' in page
    assert "整表提交（1件）" in page


def test_the_list_leads_to_the_grid(desk: Desk) -> None:
    desk.owe()
    assert '<a class="btn pri" href="/my/grid">一表填报</a>' in desk.clerk.get("/my").text


def test_saving_the_grid_keeps_every_row(desk: Desk) -> None:
    one, other = two(desk)
    answer = write(desk, "save", one, other, **{f"r{other}-progress": ""})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/my/grid?period=2026Q3&said=saved")
    page = desk.clerk.get("/my/grid").text
    assert value(page, f"r{one}-progress") == f"第{one}件做了12项。"
    assert desk.obligation(one).state is State.draft


def test_the_whole_grid_is_handed_in_at_once(desk: Desk) -> None:
    one, other = two(desk)
    answer = write(desk, "submit", one, other)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/my/grid?period=2026Q3&said=return_submitted")
    assert {desk.obligation(owed).state for owed in (one, other)} == {State.submitted}
    page = desk.clerk.get(answer.headers["Location"]).text
    assert heading(page) == "州科技局这一表都报完了"
    assert "整表已提交，等督查室审核。截止前、审核前可以逐件撤回。" in page
    assert "<textarea" not in page


def test_what_the_grid_does_not_show_goes_with_it_all_the_same(desk: Desk) -> None:
    one, other = two(desk)
    desk.save(one, make_text("写了一半", problems="缺2名技术员", percent=45))
    write(desk, "submit", one, other)
    version, = desk.versions(one)
    assert (version.progress, version.problems, version.percent) == (f"第{one}件做了12项。", "缺2名技术员", 45)


def test_if_one_row_is_not_complete_nothing_is_handed_in_and_all_comes_back(desk: Desk) -> None:
    one, other = two(desk)
    answer = write(desk, "submit", one, other, **{f"r{other}-progress": " ", f"r{other}-self_rating": ""})
    assert answer.status_code == 422
    page = html.unescape(answer.text)
    assert "<h2>有1件还没写全，整表没有提交。写的都在，请补好再交。</h2>" in page
    assert f'<li><a href="#r{other}-progress">任务2：“进展情况”还没写本期做到哪一步</a></li>' in page
    assert f'<p class="err" id="r{other}-progress-error">“进展情况”还没写本期做到哪一步</p>' in page
    assert re.search(f'id="r{other}-progress"[^>]* aria-invalid="true"', page)
    assert value(page, f"r{one}-progress") == f"第{one}件做了12项。"
    assert f'data-draft="{one}" data-typed="1"' in page          # the script saves what is not kept yet, and no more
    assert "只交写全的1件" in page
    assert (desk.versions(one), desk.versions(other)) == ([], [])


def test_those_that_are_complete_can_go_first(desk: Desk) -> None:
    one, other = two(desk)
    answer = write(desk, "submit_ready", one, other, **{f"r{other}-progress": ""})
    assert answer.headers["Location"] == "/my/grid?period=2026Q3&said=return_submitted"
    assert [desk.obligation(owed).state for owed in (one, other)] == [State.submitted, State.pending]


def test_pressing_twice_hands_in_once(desk: Desk) -> None:
    one, other = two(desk)
    sent = cells(desk, one, other, deed="submit")
    answers = [desk.clerk.post("/my/grid?period=2026Q3", **sent) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [303, 303]
    assert [len(desk.versions(owed)) for owed in (one, other)] == [1, 1]


def test_nothing_new_is_one_choice_with_its_reason(desk: Desk) -> None:
    one, _ = two(desk)
    write(desk, "save", one, **{f"r{one}-progress": "", f"r{one}-nothing_new": "正在报批"})
    assert value(desk.clerk.get("/my/grid").text, f"r{one}-progress") == "本期无新进展：正在报批"


def test_nothing_new_does_not_replace_what_is_written(desk: Desk) -> None:
    one, _ = two(desk)
    answer = write(desk, "save", one, **{f"r{one}-nothing_new": "正在报批"})
    assert answer.status_code == 422
    assert "没有换成“本期无新进展”" in answer.text
    assert value(answer.text, f"r{one}-progress") == f"第{one}件做了12项。"


def test_a_colleague_was_first_with_one_row_and_both_texts_are_there(desk: Desk) -> None:
    one, other = two(desk)
    sent = cells(desk, one, other, deed="submit")
    desk.save(one, make_text("同事写的3项。"))
    answer = desk.clerk.post("/my/grid?period=2026Q3", **sent)
    assert answer.status_code == 409
    assert f'data-draft="{one}" data-typed="conflict"' in answer.text
    assert "存的：</b>同事写的3项。" in answer.text
    assert value(answer.text, f"r{one}-progress") == f"第{one}件做了12项。"
    assert (desk.versions(one), desk.versions(other)) == ([], [])
    assert f"第{one}件做了12项。" in {copy.progress for copy in desk.session.query(DraftCopy)}


def test_who_writes_on_after_a_colleague_submitted_finds_his_words(desk: Desk) -> None:
    one, other = two(desk)
    sent = cells(desk, one, other, deed="save")
    desk.submit(one, make_text("同事交的3项。"))
    answer = desk.clerk.post("/my/grid?period=2026Q3", **sent)
    assert answer.status_code == 422
    assert f"<b>您写的没有存进去：</b>第{one}件做了12项。" in answer.text
    assert desk.obligation(other).state is State.draft


def test_marks_of_classified_papers_stop_with_a_question(desk: Desk) -> None:
    one, other = two(desk)
    marked = {f"r{one}-progress": "转发机密★1年文件12份"}
    answer = write(desk, "submit", one, other, **marked)
    assert answer.status_code == 422
    assert re.search(r"data-not-secret>", answer.text)
    assert write(desk, "submit", one, other, not_secret="1", **marked).status_code == 303


def test_a_leads_measures_are_cells_too(desk: Desk) -> None:
    task = make_task(desk.session, lead=desk.unit)
    desk.session.add_all([
        Measure(task_id=task.id, key="fund", kind=MeasureKind.sum, name="专项资金", as_written="专项资金3000万元",
                unit_word="万元", position=1),
        Measure(task_id=task.id, key="rules", kind=MeasureKind.document, name="管理办法", as_written="编制管理办法",
                unit_word="", position=2)])
    desk.session.commit()
    owed = desk.owe(task=task)
    page = desk.clerk.get("/my/grid").text
    assert f'<label for="r{owed}-measure-fund">专项资金</label>' in page
    sent = cells(desk, owed, deed="save", **{f"r{owed}-measure-fund": "约860", f"r{owed}-measure-rules": ["", "1"]})
    answer = desk.clerk.post("/my/grid?period=2026Q3", **sent)
    assert answer.status_code == 422
    assert f'id="r{owed}-measure-fund-error">“举措数据”填的“约860”不对' in answer.text
    assert re.search(f'id="r{owed}-measure-rules"[^>]* checked', answer.text)
    sent[f"r{owed}-measure-fund"] = "860"
    assert desk.clerk.post("/my/grid?period=2026Q3", **sent).status_code == 303
    write(desk, "submit", owed, **{f"r{owed}-measure-fund": "900", f"r{owed}-measure-rules": ""})
    assert desk.versions(owed)[0].measures == {"fund": "900"}


def test_where_the_unit_signs_off_the_return_goes_to_the_head(desk: Desk) -> None:
    one, other = two(desk)
    make_user(desk.session, UserRole.head, unit=desk.unit, name="李局长")
    assert "整表提交审签（2件）" in desk.clerk.get("/my/grid").text
    answer = write(desk, "submit", one, other)
    assert answer.headers["Location"].endswith("said=return_to_sign")
    page = desk.clerk.get("/my/grid").text
    assert page.count("等李局长审签") == 2
    assert desk.obligation(one).delivered_at is None


def test_another_units_rows_are_neither_shown_nor_written(desk: Desk) -> None:
    finance, their_clerk = desk.another()
    one, _ = two(desk)
    theirs = desk.owe("3", unit=finance)
    desk.submit(theirs, make_text(f"{CANARY}1项。"))
    assert CANARY not in desk.clerk.get("/my/grid").text
    before = digest_of(desk.session)
    assert desk.clerk.post("/my/grid", deed="save", **cells(desk, one, theirs)).status_code == 404
    assert digest_of(desk.session) == before
    assert their_clerk.get("/my/grid?period=2026Q2").status_code == 404


def test_a_unit_that_owes_nothing_is_told_when_that_changes(desk: Desk) -> None:
    page = desk.clerk.get("/my/grid").text
    assert heading(page) == "州科技局还没有要报的"
    assert "报告期开启后会列在这里。" in page


def test_each_period_has_its_tab_with_what_is_missing(desk: Desk) -> None:
    desk.owe("1", period=make_period(desk.session, key="2026Q2"))
    desk.owe("2", period=make_period(desk.session))
    page = desk.clerk.get("/my/grid").text
    assert '<a href="/my/grid?period=2026Q3" aria-current="page">2026年第三季度（差1）</a>' in page
    assert '<a href="/my/grid?period=2026Q2">2026年第二季度（差1）</a>' in page
    assert "示例任务1" in desk.clerk.get("/my/grid?period=2026Q2").text


@pytest.mark.parametrize("role", [UserRole.supervisor, UserRole.leader, UserRole.admin, UserRole.auditor])
def test_who_belongs_to_no_unit_has_no_grid(desk: Desk, role: UserRole) -> None:
    visitor = visitor_as(desk.app, role)
    assert visitor.get("/my/grid").status_code == 404
    assert visitor.post("/my/grid", deed="save").status_code == 404


def test_looking_changes_nothing(desk: Desk) -> None:
    two(desk)
    before = digest_of(desk.session)
    assert desk.clerk.get("/my/grid").status_code == 200
    assert digest_of(desk.session) == before


def test_a_hostile_text_is_text_in_its_cell(desk: Desk) -> None:
    one, _ = two(desk)
    write(desk, "save", one, **{f"r{one}-progress": hostile()})
    page = desk.clerk.get("/my/grid").text
    assert value(page, f"r{one}-progress") == hostile()
    assert "<script>alert" not in page


def test_a_returned_row_comes_first_with_its_reason_and_a_chased_one_says_by_whom(desk: Desk) -> None:
    one, other = two(desk)
    desk.send_back(desk.submit(other), "内容空泛；请补金额")
    page = desk.clerk.get("/my/grid").text
    assert heading(page) == "州科技局这一表还差2件：先改退回的1件"
    assert page.index(f'data-draft="{other}"') < page.index(f'data-draft="{one}"')
    assert "退回：内容空泛；请补金额" in page


def test_an_overdue_row_says_how_late_and_can_still_be_handed_in(desk: Desk) -> None:
    owed = desk.owe(due_at=moment("2026-09-29 18:00"), role=Role.co)
    assert '<span class="bad">逾期2个工作日</span>' in desk.clerk.get("/my/grid").text
    assert write(desk, "submit", owed).status_code == 303
    assert desk.obligation(owed).on_time is False


def test_whose_time_ran_out_gets_back_what_he_wrote(desk: Desk, clock: FixedClock) -> None:
    one, other = two(desk)
    sent = cells(desk, one, other, deed="save", csrf_token=desk.clerk.token())
    clock.move(minutes=31)
    answer = desk.clerk.client.post("/my/grid", data=sent, environ_overrides=desk.clerk.address)
    assert answer.status_code == 403
    assert f"第{one}件做了12项。" in answer.text
    assert f"第{other}件做了12项。" in answer.text
