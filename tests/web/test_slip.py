"""报送单: the sheet to be printed, and the slot for its stamped scan."""
from __future__ import annotations

import io
import re
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from flask import Flask
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from tests.digest import digest_of
from tests.factories import make_obligation, make_period, make_task, make_text, make_user
from tests.web.desk import CANARY, Desk, hostile
from tests.web.visitor import Visitor, one_line, visitor_as
from tracker.domain.words import Purpose, Role, UserRole
from tracker.models import Attachment, Setting

PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"


@pytest.fixture
def desk(app: Flask, session: Session) -> Desk:
    return Desk(app, session)


def heading(page: str) -> str:
    return one_line(page, "<h1>.*?</h1>")


def send(visitor: Visitor, unit_id: int, *, name: str = "盖章件.pdf", content: bytes = PDF) -> TestResponse:
    return visitor.post(f"/slip/scan?period=2026Q3&unit={unit_id}", file=(io.BytesIO(content), name))


def test_the_sheet_lists_the_period_with_places_to_sign_and_stamp(desk: Desk) -> None:
    desk.submit(desk.owe("1"), make_text("已立项12项。", percent=42))
    desk.save(desk.owe("2", role=Role.co), make_text("写了一半"))
    page = desk.clerk.get("/slip?period=2026Q3").text
    assert heading(page) == "州科技局2026年第三季度报送单：2件，1件未提交"
    assert "报送单位：州科技局" in page
    assert "数据截至：2026-10-08 09:30" in page
    assert re.findall(r'<th scope="col"[^>]*>(.*?)</th>', page) == [
        "序号", "任务", "责任", "本期进展情况", "自评", "佐证份数", "报送情况"]
    assert '<span class="pre">已立项12项。</span>' in page
    assert '<b>（草稿，未提交）</b><span class="pre">写了一半</span>' in page
    assert "<b>未提交</b>" in page
    for words in ("填报人", "负责人签字", "单位盖章"):
        assert f'<th scope="row">{words}</th>' in page
    assert "【演示数据，非正式公文】" not in page


def test_a_demo_says_so_on_the_sheet(desk: Desk) -> None:
    desk.owe()
    desk.session.add(Setting(key="demo", value=True))
    desk.session.commit()
    assert "【演示数据，非正式公文】" in desk.clerk.get("/slip?period=2026Q3").text


def test_the_unit_and_its_head_print_their_own_and_the_office_any(desk: Desk) -> None:
    head = desk.enter(make_user(desk.session, UserRole.head, unit=desk.unit, login="kjj-head"))
    desk.owe()
    for visitor, query in ((desk.clerk, ""), (head, ""), (desk.office, f"&unit={desk.unit.id}")):
        assert visitor.get(f"/slip?period=2026Q3{query}").status_code == 200


def test_the_office_reads_no_draft_on_it(desk: Desk) -> None:
    desk.save(desk.owe(), make_text(CANARY))
    page = desk.office.get(f"/slip?period=2026Q3&unit={desk.unit.id}").text
    assert CANARY not in page
    assert "<b>未提交</b>" in page


def test_another_units_sheet_is_not_there(desk: Desk) -> None:
    _, stranger = desk.another()
    desk.owe()
    missing = stranger.get("/no-such-page").status_code
    for query in (f"period=2026Q3&unit={desk.unit.id}", "period=2026Q3", "period=x"):
        assert stranger.get(f"/slip?{query}").status_code == missing == 404
    assert send(stranger, desk.unit.id).status_code == 404
    for path in ("/slip?period=2026Q4", "/slip?period=2026Q3&plan=nowhere"):
        assert desk.clerk.get(path).status_code == 404
    assert desk.office.get("/slip?period=2026Q3&unit=99999999999").status_code == 404


def test_without_a_period_one_chooses(desk: Desk) -> None:
    assert heading(desk.clerk.get("/slip").text) == "还没有可以打印的报送单"
    desk.owe()
    assert heading(desk.clerk.get("/slip").text) == "要哪一期的报送单"
    page = desk.office.get("/slip?period=2026Q3").text
    assert f'<option value="{desk.unit.id}">州科技局</option>' in page
    assert 'name="unit"' not in desk.clerk.get("/slip").text


def test_the_stamped_scan_is_kept_beside_it_and_the_office_finds_it(desk: Desk) -> None:
    desk.submit(desk.owe())
    answer = send(desk.clerk, desk.unit.id)
    assert answer.status_code == 303
    page = desk.clerk.get(answer.headers["Location"]).text
    assert "盖章件已收下，督查室看得到。" in page
    assert "<h2>盖章件扫描 1 份</h2>" in page
    assert re.search(r'<a href="/files/\d+">盖章件.pdf</a>', page)
    assert "盖章件.pdf" in desk.office.get(f"/slip?period=2026Q3&unit={desk.unit.id}").text
    desk.session.rollback()
    row = desk.session.query(Attachment).one()
    assert (row.purpose, row.obligation_id, row.unit_id) == (Purpose.slip, None, desk.unit.id)


def test_a_wrong_scan_is_taken_out_by_the_clerk_and_not_by_another_unit(desk: Desk) -> None:
    _, stranger = desk.another()
    desk.owe()
    send(desk.clerk, desk.unit.id)
    page = desk.clerk.get("/slip?period=2026Q3").text
    path = one_line(page, r'action="(/files/\d+/remove)"')
    assert stranger.post(path).status_code == 404
    assert desk.clerk.post(path).status_code == 303
    assert "盖章件.pdf" not in desk.clerk.get("/slip?period=2026Q3").text


@pytest.mark.parametrize(("name", "content", "sentence"), [
    ("", b"", "请先选盖好章的扫描件或照片"),
    ("方案.exe", b"MZ" + b"\0" * 100, "“方案.exe”不能传"),
])
def test_what_cannot_be_kept_is_told_beside_the_field(desk: Desk, name: str, content: bytes, sentence: str) -> None:
    desk.owe()
    answer = send(desk.clerk, desk.unit.id, name=name, content=content)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert "盖章件没有收下" in answer.text
    assert desk.session.query(Attachment).count() == 0


def test_where_the_office_wants_no_scan_there_is_no_slot(desk: Desk) -> None:
    desk.owe()
    desk.session.add(Setting(key="office_rules", value={"slip_scan": False}))
    desk.session.commit()
    assert 'type="file"' not in desk.clerk.get("/slip?period=2026Q3").text
    assert send(desk.clerk, desk.unit.id).status_code == 422


def test_hostile_text_is_shown_as_text(desk: Desk) -> None:
    desk.submit(desk.owe(), make_text(hostile()))
    page = desk.clerk.get("/slip?period=2026Q3").text
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_sixty_rows_cost_as_many_queries_as_two_and_looking_changes_nothing(
        desk: Desk, count_queries: Callable[[], AbstractContextManager[list[str]]]) -> None:
    period = make_period(desk.session)

    def queries() -> int:
        with count_queries() as seen:
            assert desk.clerk.get("/slip?period=2026Q3").status_code == 200
        return len(seen)

    desk.owe("1", period=period)
    desk.submit(desk.owe("2", period=period))
    few = queries()
    for number in range(3, 61):
        make_obligation(desk.session, task=make_task(desk.session, number=str(number), lead=desk.unit), unit=desk.unit,
                        period=period)
    before = digest_of(desk.session)
    assert queries() == few
    assert digest_of(desk.session) == before


@pytest.mark.parametrize("role", [UserRole.leader, UserRole.admin, UserRole.auditor])
def test_others_have_no_such_page(app: Flask, session: Session, role: UserRole) -> None:
    visitor = visitor_as(app, role)
    assert visitor.get("/slip").status_code == 404
    assert send(visitor, 1).status_code == 404
