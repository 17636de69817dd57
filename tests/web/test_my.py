"""What my unit owes (我的待办)."""
from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from tests.digest import digest_of
from tests.factories import (
    actor_of,
    make_obligation,
    make_period,
    make_task,
    make_text,
    make_unit,
    make_user,
    moment,
)
from tests.web.desk import AT, CANARY, Desk, hostile
from tests.web.visitor import Visitor, one_line, visitor_as
from tracker.domain.words import Role, Source, UserRole
from tracker.models import Chase
from tracker.services import entering


@pytest.fixture
def desk(app: Flask, session: Session) -> Desk:
    return Desk(app, session)


def heading(page: str) -> str:
    return one_line(page, "<h1>.*?</h1>")


def under(page: str, name: str) -> list[str]:
    """The titles of one list of the page, found by its caption."""
    table = re.findall(f'<caption class="vh">{name}.*?</table>', page, re.DOTALL)
    return re.findall(r'class="tt"[^>]*>(?:<span.*?</span>)?(.*?)</a>', table[0]) if table else []


def test_the_heading_counts_what_is_owed_and_what_came_back(desk: Desk) -> None:
    desk.owe("1")
    desk.owe("2", due_at=moment("2026-10-10 18:00"), role=Role.co)
    desk.send_back(desk.submit(desk.owe("3")), "请写清下达了多少资金")
    page = desk.clerk.get("/my").text
    assert heading(page) == "州科技局还差3件：先改退回的1件"
    assert "<title>州科技局还差3件：先改退回的1件 - 任务责任跟踪系统</title>" in page
    assert under(page, "要我办的事项") == ["示例任务3", "示例任务2", "示例任务1"]
    assert "退回原因：请写清下达了多少资金" in page
    assert "10月10日（周六，补班）18:00" in page
    assert "还有2个工作日" in page


def test_mine_others_and_done_stand_apart(desk: Desk) -> None:
    desk.save(desk.owe("1"))
    desk.submit(desk.owe("2"))
    desk.accept(desk.submit(desk.owe("3")))
    page = desk.clerk.get("/my").text
    assert heading(page) == "州科技局还差1件"
    assert "<h2>要我办的 1 件</h2>" in page
    assert "<h2>等别人的 1 件</h2>" in page
    assert "<b>已办 1 件</b>" in page
    assert under(page, "要我办的事项") == ["示例任务1"]
    assert under(page, "已报出、等别人办的") == ["示例任务2"]
    assert under(page, "已办的") == ["示例任务3"]
    assert "州科技局填报员 今天 09:00 存了23字" in page.replace("\n", "")
    assert '继续写<span class="vh">：任务1</span>' in page


def test_before_its_window_a_period_is_offered_for_drafts_and_not_owed(desk: Desk) -> None:
    desk.accept(desk.submit(desk.owe("1")))
    period = make_period(desk.session, key="2026Q4")
    desk.owe("2", period=period)
    page = desk.clerk.get("/my").text
    assert heading(page) == "州科技局本期要报的都报完了"
    assert "<b>可以先写草稿 1 件</b>　2026年第四季度" in page
    assert under(page, "可以先写草稿的") == ["示例任务2"]
    assert "2026年第四季度现在可以写草稿，集中填报12月21日（周一）开始。" in page


def test_with_nothing_to_do_the_page_says_when_that_changes(desk: Desk) -> None:
    page = desk.clerk.get("/my").text
    assert heading(page) == "州科技局本期要报的都报完了"
    assert "<h2>都报完了</h2><p>下一期开启后会列在这里。</p>" in page
    assert "等别人的" not in page
    assert "已办 " not in page


def test_each_row_leads_to_its_form_and_the_headings_name_their_columns(desk: Desk) -> None:
    owed = desk.owe("1")
    page = desk.clerk.get("/my").text
    assert page.count(f'href="/reports/{owed}"') == 2
    assert re.search(f'<a class="btn sm" href="/reports/{owed}">填报<span class="vh">：任务1</span></a>', page)
    table = re.findall("<table.*?</table>", page, re.DOTALL)[0]
    assert table.count('<th scope="col"') == 6
    assert table.count('<th scope="row"') == 1


def test_what_another_unit_owes_or_wrote_is_not_here(desk: Desk) -> None:
    finance, _ = desk.another()
    other = desk.owe("1", unit=finance)
    desk.submit(other, make_text(f"{CANARY}1项。"))
    desk.owe("2")
    page = desk.clerk.get("/my").text
    assert heading(page) == "州科技局还差1件"
    assert CANARY not in page
    assert f"/reports/{other}" not in page


@pytest.mark.parametrize("role", [UserRole.supervisor, UserRole.leader, UserRole.admin, UserRole.auditor])
def test_who_belongs_to_no_unit_has_no_such_page(app: Flask, session: Session, role: UserRole) -> None:
    assert visitor_as(app, role).get("/my").status_code == 404


def test_looking_changes_nothing(desk: Desk) -> None:
    desk.send_back(desk.submit(desk.owe("1")))
    before = digest_of(desk.session)
    assert desk.clerk.get("/my").status_code == 200
    assert digest_of(desk.session) == before


def test_thirty_rows_cost_as_many_queries_as_two(
        desk: Desk, count_queries: Callable[[], AbstractContextManager[list[str]]]) -> None:
    period = make_period(desk.session)

    def queries() -> int:
        with count_queries() as seen:
            assert desk.clerk.get("/my").status_code == 200
        return len(seen)

    desk.owe("1", period=period)
    desk.submit(desk.owe("2", period=period))
    few = queries()
    for number in range(3, 31):
        make_obligation(desk.session, task=make_task(desk.session, number=str(number), lead=desk.unit), unit=desk.unit,
                        period=period)
    assert heading(desk.clerk.get("/my").text) == "州科技局还差29件"
    assert queries() == few


def test_a_hostile_reason_is_shown_as_text(desk: Desk) -> None:
    desk.send_back(desk.submit(desk.owe("1")), hostile(1000))
    page = desk.clerk.get("/my").text
    assert "<script>alert" not in page
    assert "退回原因：&lt;/textarea&gt;&lt;script&gt;alert(1)&lt;/script&gt;" in page


def test_a_deed_is_told_once_by_its_fixed_sentence(desk: Desk) -> None:
    page = desk.clerk.get("/my?said=submitted_late").text
    assert '<div class="note amber" role="status"><p>已报出，比截止时间晚，台账会写明迟报。</p></div>' in page
    assert 'role="status"' not in desk.clerk.get("/my?said=<script>").text


def test_a_stranger_is_led_to_the_log_in(app: Flask, session: Session) -> None:
    answer = Visitor(app).get("/my")
    assert answer.status_code == 303
    assert answer.headers["Location"].startswith("/login")


def test_withdrawing_is_one_click_from_the_list_while_it_can_be_done(desk: Desk) -> None:
    owed, late = desk.submit(desk.owe("1")), desk.submit(desk.owe("2", due_at=moment("2026-10-08 09:10")))
    page = desk.clerk.get("/my").text
    assert f'action="/reports/{owed}/withdraw"' in page
    assert f'action="/reports/{late}/withdraw"' not in page
    assert '撤回<span class="vh">：任务1</span></button>' in page
    answer = desk.clerk.post(f"/reports/{owed}/withdraw", version=desk.obligation(owed).version)
    assert answer.headers["Location"] == f"/reports/{owed}?said=withdrawn"


def test_what_waits_for_the_head_says_for_whom(desk: Desk) -> None:
    make_user(desk.session, UserRole.head, unit=desk.unit, name="李局长")
    desk.submit(desk.owe("1"))
    page = desk.clerk.get("/my").text
    assert " · 等李局长审签" in page
    assert '<span class="st wait">待审签</span>' in page


def test_a_chase_of_the_lead_stands_at_its_row_until_it_is_handed_in(desk: Desk) -> None:
    finance, _ = desk.another()
    owed = desk.owe(task=make_task(desk.session, lead=finance, co=[desk.unit]), role=Role.co)
    desk.session.add(Chase(obligation_id=owed, by_unit_id=finance.id, actor_name="州财政局填报员",
                           at=moment("2026-10-08 08:40"), words="请今天报来"))
    desk.session.commit()
    assert '<span class="sub warn">牵头单位州财政局10月8日（周四）催了</span>' in desk.clerk.get("/my").text
    desk.submit(owed)
    assert "催了" not in desk.clerk.get("/my").text


def test_a_lead_sees_how_many_co_units_are_in(desk: Desk) -> None:
    finance, _ = desk.another()
    tax = make_unit(desk.session, name="州税务局")
    task = make_task(desk.session, lead=desk.unit, co=[finance, tax])
    desk.owe(task=task)
    given, _ = (desk.owe(task=task, unit=unit, role=Role.co) for unit in (finance, tax))
    desk.submit(given)
    assert " · 配合单位已报1/2" in desk.clerk.get("/my").text


def test_what_was_entered_for_the_unit_is_confirmed_with_one_click(desk: Desk) -> None:
    owed = desk.owe("1")
    entering.enter_for(desk.session, actor_of(desk.session, desk.supervisor), owed, text=make_text(),
                       source=Source.telephone, received_at=AT, version=1, request_key="k1", at=AT)
    page = desk.clerk.get("/my").text
    assert " · 督查室代填（电话答复），请确认" in page
    assert f'action="/reports/{owed}/confirm"' in page
    assert desk.clerk.post(f"/reports/{owed}/confirm", version=desk.obligation(owed).version).status_code == 303
    assert f"/reports/{owed}/confirm" not in desk.clerk.get("/my").text


def test_a_long_list_comes_in_pages_of_50_with_all_of_it_counted(desk: Desk) -> None:
    period = make_period(desk.session)
    for number in range(1, 53):
        make_obligation(desk.session, task=make_task(desk.session, number=str(number), lead=desk.unit), unit=desk.unit,
                        period=period)
    page = desk.clerk.get("/my").text
    assert heading(page) == "州科技局还差52件"
    assert len(under(page, "要我办的事项")) == 50
    assert "第1-50件，共52件" in page
    assert 'href="/my?rows=2#rows" rel="next"' in page
    second = desk.clerk.get("/my?rows=2").text
    assert (heading(second), under(second, "要我办的事项")) == ("州科技局还差52件", ["示例任务51", "示例任务52"])
    assert "这一页没有了" in desk.clerk.get("/my?rows=9").text


def test_a_period_that_asks_nothing_of_the_unit_is_not_announced(desk: Desk) -> None:
    make_period(desk.session, key="2026Q2")
    desk.owe("1", period=make_period(desk.session))
    make_period(desk.session, key="2026Q4")
    page = desk.clerk.get("/my").text
    assert "<h2>2026年第三季度</h2>" in page
    assert "<h2>2026年第四季度</h2>" not in page
