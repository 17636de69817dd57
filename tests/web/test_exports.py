"""督查表: making, listing, downloading."""
from __future__ import annotations

from io import BytesIO
from urllib.parse import unquote

import pytest
from flask import Flask
from openpyxl import load_workbook
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.factories import make_obligation, make_period, make_plan, make_task, make_unit
from tests.web.test_overview import POLICY
from tests.web.visitor import Visitor, one_line, visitor_as
from tracker.config import Settings
from tracker.domain.words import UserRole
from tracker.models import AuditEvent, ExportFile


@pytest.fixture
def office(app: Flask) -> Visitor:
    return visitor_as(app, UserRole.supervisor, login="sup")


@pytest.fixture(autouse=True)
def plan(session: Session) -> None:
    plan = make_plan(session, policy=POLICY, first_period="2026Q3")
    unit = make_unit(session, name="州农牧局")
    make_obligation(session, task=make_task(session, lead=unit, plan=plan), unit=unit,
                    period=make_period(session, key="2026Q3", plan=plan))


def made(office: Visitor, **fields: str) -> int:
    """The number of a sheet just made."""
    answer = office.post("/exports", kind="ledger", **fields)
    assert answer.status_code == 303, answer.text
    target, _, number = answer.headers["Location"].rpartition("=")
    assert target == "/exports?said=export_ready&new"
    return int(number)


def test_a_ledger_is_made_listed_and_downloaded_with_the_task_in_it(office: Visitor) -> None:
    number = made(office, period="2026Q3")
    page = office.get(f"/exports?said=export_ready&new={number}").text
    assert "督查表好了，可以下载。" in page
    assert f'<a class="btn pri" href="/exports/{number}">直接下载督办台账</a>' in page
    assert "今天 09:30 督查员出" in page
    assert '<span class="st wait">草稿</span> <span class="st todo">现行</span>' in page
    book = load_workbook(BytesIO(office.get(f"/exports/{number}").data))
    assert any("示例任务1" in str(cell.value) for row in book.worksheets[0].iter_rows() for cell in row)


def test_the_file_has_its_chinese_name_and_an_ascii_one_for_the_rest(office: Visitor) -> None:
    answer = office.get(f"/exports/{made(office)}")
    first, ascii_name, chinese = answer.headers["Content-Disposition"].split("; ")
    assert (first, ascii_name) == ("attachment", 'filename="ledger_2026Q3_20261008.xlsx"')
    assert chinese.startswith("filename*=UTF-8''")
    assert chinese.isascii()
    name = unquote(chinese.removeprefix("filename*=UTF-8''"))
    assert "督办台账" in name
    assert name.endswith(".xlsx")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_second_one_supersedes_the_first_and_both_stay(office: Visitor) -> None:
    first, second = made(office), made(office)
    page = office.get("/exports").text
    assert page.count('<span class="st done">已有新版</span>') == 1
    assert office.get(f"/exports/{first}").status_code == office.get(f"/exports/{second}").status_code == 200


def test_a_sheet_as_of_a_past_day_is_of_its_end(session: Session, office: Visitor) -> None:
    made(office, as_of="2026-10-07")
    assert session.scalars(select(ExportFile.as_of)).one().isoformat() == "2026-10-07T15:59:59.999999+00:00"


@pytest.mark.parametrize(("fields", "sentence"), [
    ({"as_of": "2026-10-09"}, "数据时点不能晚于现在。没有出表；请改成现在或以前的时点。"),
    ({"as_of": "昨天"}, "“昨天”不是日期，要写成 2026-10-20 这样"),
    ({"as_of": "9999-12-31"}, "“9999-12-31”不是日期，要写成 2026-10-20 这样"),
    ({"period": "2031Q1"}, "请在列出的报告期里选一个"),
])
def test_a_refused_sheet_says_why_keeps_the_choice_and_makes_no_file(
        session: Session, office: Visitor, settings: Settings, fields: dict[str, str], sentence: str) -> None:
    answer = office.post("/exports", kind="ledger", **fields)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert f'value="{fields.get("as_of", "")}"' in answer.text
    assert session.scalars(select(ExportFile)).all() == []
    assert list(settings.exports.rglob("*.xlsx")) == []


def test_an_unknown_sheet_is_refused(office: Visitor) -> None:
    assert office.post("/exports", kind="../../etc").status_code == 422


def test_a_leader_downloads_and_makes_none(app: Flask, session: Session, office: Visitor) -> None:
    leader = visitor_as(app, UserRole.leader, login="led")
    assert one_line(leader.get("/exports").text, "<h1>.*?</h1>") == "还没有出过督查表"
    number = made(office)
    page = leader.get("/exports").text
    assert one_line(page, "<h1>.*?</h1>") == "现行的督查表有1份，点文件名下载"
    assert "导出 Excel" not in page
    assert f'<a class="btn pri" href="/exports/{number}">下载督办台账</a>' in leader.get("/").text
    assert leader.get(f"/exports/{number}").status_code == 200
    assert leader.post("/exports", kind="ledger").status_code == 404
    session.rollback()
    assert "export.downloaded" in session.scalars(select(AuditEvent.action)).all()


@pytest.mark.parametrize("role", [UserRole.clerk, UserRole.head, UserRole.admin, UserRole.auditor])
def test_sheets_are_not_there_for_others(app: Flask, office: Visitor, role: UserRole) -> None:
    number = made(office)
    other = visitor_as(app, role, unit="州能源局") if role in (UserRole.clerk, UserRole.head) else visitor_as(app, role)
    assert other.get("/exports").status_code == 404
    assert other.get(f"/exports/{number}").status_code == 404
    assert other.post("/exports", kind="ledger").status_code == 404


def test_a_file_that_was_moved_away_is_said_to_be_gone(office: Visitor, settings: Settings) -> None:
    number = made(office)
    for path in settings.exports.rglob("*.xlsx"):
        path.unlink()
    answer = office.get(f"/exports/{number}")
    assert answer.status_code == 422
    assert "这份文件不在了" in answer.text
    assert office.get("/exports/999").status_code == 404
