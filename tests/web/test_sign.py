"""待我审签: the head's home, on a page that works without scripts."""
from __future__ import annotations

import io
import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from tests.digest import digest_of
from tests.factories import actor_of, make_obligation, make_period, make_task, make_text, make_user, moment
from tests.web.desk import CANARY, hostile
from tests.web.sign_desk import SignDesk, card, heading
from tests.web.visitor import visitor_as
from tracker.domain.words import Rating, Role, State, UserRole
from tracker.models import User
from tracker.services import reviewing

PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"


@pytest.fixture
def desk(app: Flask, session: Session) -> SignDesk:
    return SignDesk(app, session)


def test_the_heading_says_how_many_and_until_when(desk: SignDesk) -> None:
    desk.submit(desk.owe("1"))
    desk.submit(desk.owe("2", due_at=moment("2026-10-10 18:00"), role=Role.co))
    desk.sign(desk.submit(desk.owe("3")))
    page = desk.head.get("/sign").text
    assert heading(page) == "2件等您审签，最急的后天18:00截止"
    assert "<title>2件等您审签，最急的后天18:00截止 - 任务责任跟踪系统</title>" in page
    assert "州科技局 · 2026年第三季度牵头2件、配合1件，已报1件" in page
    assert re.findall(r'<h2 id="h-\d+">(.*?)</h2>', page) == ["2. 示例任务2", "1. 示例任务1"]
    assert '<a class="btn" href="/sign/all">全部签发（2件）</a>' in page


def test_with_nothing_to_sign_the_page_says_so(desk: SignDesk) -> None:
    page = desk.head.get("/sign").text
    assert heading(page) == "没有等您审签的"
    assert "都签完了" in page
    assert "全部签发" not in page


def test_one_click_signs_and_the_report_goes_to_the_office(desk: SignDesk) -> None:
    row = desk.submit(desk.owe())
    page = card(desk.head.get("/sign").text, row)
    assert re.search(r'<button class="btn pri" type="submit" name="deed" value="sign">签发，报督查室', page)
    answer = desk.act(row)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/sign?said=signed")
    assert "已签发，报督查室。" in desk.head.get("/sign?said=signed").text
    assert (desk.obligation(row).state, desk.obligation(row).on_time) == (State.signed, True)
    assert desk.steps(row)[-1] == ("sign", "李局长", "")


def test_signed_too_late_says_that_it_is_late(desk: SignDesk) -> None:
    row = desk.submit(desk.owe(due_at=moment("2026-10-08 09:10")))
    assert "已逾期不到1个工作日" in heading(desk.head.get("/sign").text)
    assert desk.act(row).headers["Location"] == "/sign?said=signed_late"
    assert desk.obligation(row).on_time is False


def test_two_clicks_give_it_back_with_words_that_the_clerk_reads(desk: SignDesk) -> None:
    row = desk.submit(desk.owe())
    page = card(desk.head.get("/sign").text, row)
    assert '<details class="giveback"><summary class="btn red">退回修改' in page
    answer = desk.act(row, "send_to_clerk", reason="请补金额")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/sign?said=sent_to_clerk")
    assert desk.obligation(row).state is State.draft
    assert desk.steps(row)[-1] == ("send_to_clerk", "李局长", "请补金额")
    assert "请补金额" in desk.clerk.get(f"/reports/{row}").text


def test_giving_back_without_words_comes_back_with_the_field(desk: SignDesk) -> None:
    row = desk.submit(desk.owe())
    answer = desk.act(row, "send_to_clerk", reason="  ")
    assert answer.status_code == 422
    assert f'<li><a href="#reason-{row}">请写明退回修改的意见，填报员会照着改</a></li>' in answer.text
    assert f'id="reason-{row}-error"' in answer.text
    assert desk.obligation(row).state is State.submitted


def test_words_that_are_too_long_are_given_back_where_they_were_typed(desk: SignDesk) -> None:
    row = desk.submit(desk.owe())
    answer = desk.act(row, "send_to_clerk", reason="改" * 1001)
    assert answer.status_code == 422
    assert "意见写了1,001字，最多1,000字，请压缩" in answer.text
    assert '<details class="giveback" open>' in answer.text
    assert "改" * 1001 in answer.text


def test_last_period_stands_beside_with_new_and_same_told_apart(desk: SignDesk) -> None:
    task = make_task(desk.session, number="1", lead=desk.unit)
    period = make_period(desk.session)
    before = make_obligation(desk.session, task=task, unit=desk.unit,
                             period=make_period(desk.session, key="2026Q2")).id
    desk.sign(desk.submit(before, make_text("立项10项。专班已成立。", percent=38), at=moment("2026-07-02 09:00")))
    reviewing.accept_report(desk.session, actor_of(desk.session, desk.supervisor), before, judged=Rating.on_track,
                            version=desk.obligation(before).version, at=moment("2026-10-08 09:00"))
    row = desk.submit(make_obligation(desk.session, task=task, unit=desk.unit, period=period).id,
                      make_text("立项12项。专班已成立。", percent=42, problems="资金未到位。"))
    page = card(desk.head.get("/sign").text, row)
    assert "<summary>与上期对照" in page
    assert "上期（2026年第二季度）" in page
    assert '<ins>立项12项。</ins><span class="same">专班已成立。</span>' in page
    assert "<ins>资金未到位。</ins>" in page
    assert '<dd><b>42%</b>　<span class="muted">上期38%</span></dd>' in page


def test_where_there_is_no_last_period_nothing_is_marked(desk: SignDesk) -> None:
    row = desk.submit(desk.owe())
    page = card(desk.head.get("/sign").text, row)
    assert "没有上期报告，没有可比的。" in page
    assert "<ins>" not in page


def test_the_evidence_is_one_click_away(desk: SignDesk) -> None:
    row = desk.owe()
    for name, content in (("推荐函.pdf", PDF), ("清单.pdf", PDF + b"% 2")):
        desk.clerk.post(f"/reports/{row}/files", file=[(io.BytesIO(content), name)])
    desk.submit(row)
    page = card(desk.head.get("/sign").text, row)
    assert "2份：" in page
    path = re.findall(r'<a href="(/files/\d+/preview)" target="_blank" rel="noopener"><bdi>推荐函.pdf</bdi>', page)
    assert desk.head.get(path[0]).data == PDF


def test_all_of_a_period_goes_out_as_one_after_the_consequence_was_named(desk: SignDesk) -> None:
    first, second = desk.submit(desk.owe("1")), desk.submit(desk.owe("2"))
    page = desk.head.get("/sign/all").text
    assert heading(page) == "签发后2件一并报督查室，不能自己撤回"
    assert "<h2>2026年第三季度 2 件</h2>" in page
    items = re.findall(r'name="item" value="(\d+:\d+)"', page)
    assert [int(item.split(":")[0]) for item in items] == [first, second]
    answer = desk.head.post("/sign/all", item=items)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/sign?said=signed")
    assert [desk.obligation(row).state for row in (first, second)] == [State.signed, State.signed]


def test_all_or_none_where_one_has_changed_meanwhile(desk: SignDesk) -> None:
    first, second = desk.submit(desk.owe("1")), desk.submit(desk.owe("2"))
    items = re.findall(r'name="item" value="(\d+:\d+)"', desk.head.get("/sign/all").text)
    desk.act(second, "send_to_clerk", reason="请补金额")
    answer = desk.head.post("/sign/all", item=items)
    assert answer.status_code == 409
    assert "一件也没有签发，内容没有变" in answer.text
    assert desk.obligation(first).state is State.submitted


@pytest.mark.parametrize("item", [[], ["x"], ["1"], ["1:x"], ["1:2", ""]])
def test_a_list_that_no_page_sends_signs_nothing(desk: SignDesk, item: list[str]) -> None:
    desk.submit(desk.owe())
    before = digest_of(desk.session)
    answer = desk.head.post("/sign/all", item=item)
    assert answer.status_code == 422
    assert digest_of(desk.session) == before


def test_an_id_that_is_nowhere_or_anothers_is_not_there(desk: SignDesk) -> None:
    finance, _ = desk.another()
    theirs = desk.enter(make_user(desk.session, UserRole.head, unit=finance, login="czj-head"))
    row = desk.submit(desk.owe(), make_text(f"{CANARY}1项。"))
    assert CANARY not in theirs.get("/sign").text
    for number in (row, 999):
        answer = theirs.post(f"/sign/{number}", deed="sign", version=desk.obligation(row).version)
        assert answer.status_code == 404
    assert theirs.post("/sign/all", item=f"{row}:{desk.obligation(row).version}").status_code == 404
    assert desk.obligation(row).state is State.submitted


def test_a_clerk_cannot_sign(desk: SignDesk) -> None:
    row = desk.submit(desk.owe())
    assert desk.clerk.get("/sign").status_code == 404
    assert desk.act(row, by=desk.clerk).status_code == 404
    assert desk.act(row, by=desk.office).status_code == 404
    assert desk.obligation(row).state is State.submitted


def test_nobody_signs_what_he_handed_in_himself(desk: SignDesk) -> None:
    both = make_user(desk.session, UserRole.head, UserRole.clerk, unit=desk.unit, login="kjj-both", name="马副局长")
    visitor = desk.enter(both)
    desk.user = both
    row = desk.submit(desk.owe())
    page = card(visitor.get("/sign").text, row)
    assert "这一件是您自己提交的，要由本单位另一位审签人签发。" in page
    assert "签发，报督查室" not in page
    assert desk.act(row, by=visitor).status_code == 403
    assert desk.obligation(row).state is State.submitted


def test_a_colleague_was_first(desk: SignDesk) -> None:
    row = desk.submit(desk.owe())
    seen = desk.obligation(row).version
    desk.sign(row)
    answer = desk.head.post(f"/sign/{row}", deed="send_to_clerk", version=seen, reason="请补金额")
    assert answer.status_code == 409
    assert "李局长" in answer.text
    assert "您写的没有办进去，留在这里，可以复制" in answer.text
    assert "请补金额" in answer.text


@pytest.mark.parametrize("fields", [{"deed": "burn", "version": 2}, {"deed": "sign"}, {"deed": "sign", "version": "x"}])
def test_a_form_that_no_page_sends_changes_nothing(desk: SignDesk, fields: dict[str, Any]) -> None:
    row = desk.submit(desk.owe())
    assert desk.head.post(f"/sign/{row}", **fields).status_code == 422
    assert desk.obligation(row).state is State.submitted


def test_hostile_text_is_shown_as_text(desk: SignDesk) -> None:
    desk.submit(desk.owe(), make_text(hostile()))
    for path in ("/sign", "/sign/all"):
        page = desk.head.get(path).text
        assert "<script>alert" not in page
        assert "&lt;/textarea&gt;&lt;script&gt;alert(1)&lt;/script&gt;" in page


def test_thirty_cost_as_many_queries_as_two_and_looking_changes_nothing(
        desk: SignDesk, count_queries: Callable[[], AbstractContextManager[list[str]]]) -> None:
    period = make_period(desk.session)

    def queries() -> int:
        with count_queries() as seen:
            assert desk.head.get("/sign").status_code == 200
        return len(seen)

    for number in ("1", "2"):
        desk.submit(desk.owe(number, period=period))
    few = queries()
    for number in range(3, 26):
        desk.submit(desk.owe(str(number), period=period))
    before = digest_of(desk.session)
    assert queries() == few
    assert digest_of(desk.session) == before
    page = desk.head.get("/sign").text
    assert heading(page).startswith("25件等您审签")
    assert page.count("<article") == 20
    assert "第1-20件，共25件" in page
    assert desk.head.get("/sign?page=2").text.count("<article") == 5


@pytest.mark.parametrize("role", [role for role in UserRole if role is not UserRole.head])
def test_who_heads_no_unit_has_no_such_pages(app: Flask, session: Session, role: UserRole) -> None:
    visitor = visitor_as(app, role)
    for path in ("/sign", "/sign/all", "/sign/deputy"):
        assert visitor.get(path).status_code == 404
    assert session.query(User).count() == 1
