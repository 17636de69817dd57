"""Accounts from a workbook over HTTP (从 Excel 导入)."""
from __future__ import annotations

import html
import io
import re
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Any

import pytest
from flask import Flask
from openpyxl import Workbook, load_workbook
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from tests.factories import make_unit, make_user
from tests.web.visitor import Visitor, one_line, visitor_as
from tracker.domain.words import UserRole
from tracker.models import User

HEADINGS = ("账号", "姓名", "单位", "角色")
PASSWORD = "春天在德令哈种一棵树"


@pytest.fixture
def admin(app: Flask) -> Visitor:
    return visitor_as(app, UserRole.admin, login="admin01")


def workbook(*rows: Sequence[Any], title: str = "账号") -> bytes:
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = title
    for row in (HEADINGS, *rows):
        sheet.append(row)
    saved = io.BytesIO()
    book.save(saved)
    return saved.getvalue()


def upload(admin: Visitor, content: bytes, name: str = "账号.xlsx") -> TestResponse:
    return admin.post("/admin/users/import", file=(io.BytesIO(content), name))


def packed(page: str) -> str:
    return html.unescape(re.findall(r'name="people" value="([^"]*)"', page)[0])


def count(session: Session) -> int:
    session.rollback()
    return session.scalar(select(func.count(User.id))) or 0


def read_back(content: bytes) -> list[tuple[Any, ...]]:
    return list(load_workbook(io.BytesIO(content)).worksheets[0].iter_rows(values_only=True))


def test_a_good_workbook_is_previewed_made_and_handed_out(app: Flask, admin: Visitor, session: Session) -> None:
    make_unit(session, name="州科技局")
    preview = upload(admin, workbook(("kjj01", "科技局填报员", "州科技局", "填报员、审签人"),
                                     ("ld01", "某领导", "", "领导")))
    assert preview.status_code == 200
    assert one_line(preview.text, "<h1>.*?</h1>") == "2个人都对，还没有导入"
    assert count(session) == 1
    made = admin.post("/admin/users/import/make", people=packed(preview.text))
    assert one_line(made.text, "<h1>.*?</h1>") == "建了2个账号，链接只显示这一次"
    assert count(session) == 3
    tokens = re.findall(r'name="token" value="([^"]+)"', made.text)
    assert all(f"http://localhost/welcome/{token}" in made.text for token in tokens)
    sheet = admin.post("/admin/users/import/hand-out", token=tokens)
    assert "filename*=UTF-8''%E8%B4%A6%E5%8F%B7%E5%8F%91%E6%94%BE%E8%A1%A8.xlsx" in sheet.headers["Content-Disposition"]
    rows = read_back(sheet.data)
    assert rows[0] == ("单位", "姓名", "账号", "一次性链接", "有效到", "说明")
    assert [row[:3] for row in rows[1:]] == [("州科技局", "科技局填报员", "kjj01"), ("—", "某领导", "ld01")]
    owner = Visitor(app)
    path = str(rows[1][3]).removeprefix("http://localhost")
    owner.post(path, new=PASSWORD, again=PASSWORD)
    assert owner.log_in("kjj01", PASSWORD).status_code == 303
    left = read_back(admin.post("/admin/users/import/hand-out", token=tokens).data)
    assert [row[2] for row in left[1:]] == ["ld01"]


def test_one_bad_row_and_nothing_is_made_and_each_problem_is_named_by_row_and_cell(
        admin: Visitor, session: Session) -> None:
    unit = make_unit(session, name="州科技局")
    make_user(session, unit=unit, login="kjj01", name="老填报员")
    page = upload(admin, workbook(
        ("kjj02", "填报员二", "州科技局", "填报员"),
        ("kjj01", "填报员", "州科技局", "填报员"),
        ("KJJ-3", "", "州科技厅", "科长"),
        ("=1+1", "某人", "", "系统管理员、领导"),
        ("dcs05", "督查员", "州科技局", "督查员"),
        ("dcs05", "督查员", "", "督查员"),
    ))
    assert page.status_code == 422
    assert one_line(page.text, "<h1>.*?</h1>") == "表里有5行没有通过，整份没有导入"
    for words in ("A3 账号：账号kjj01已经有了（老填报员，州科技局），请换一个",
                  "A4 账号：账号用小写字母开头，后面是小写字母和数字，3至40个", "B4 姓名：姓名要填1至60个字",
                  "C4 单位：没有“州科技厅”这个单位，最接近的是“州科技局”", "D4 角色：没有“科长”这个角色",
                  "A5 账号：是公式，请粘贴成数值（文字）", "D5 角色：系统管理员、审计员不能兼任别的角色（三员分立）",
                  "C6 单位：督查员、领导、系统管理员、审计员不属于责任单位，单位请留空",
                  "A6 账号：账号dcs05在表里写了2次", "A7 账号：账号dcs05在表里写了2次"):
        assert words in page.text, words
    assert count(session) == 2
    assert admin.post("/admin/users/import/make", people=packed(page.text)).status_code == 422
    assert count(session) == 2
    rows = read_back(admin.post("/admin/users/import/problems", people=packed(page.text)).data)
    assert rows[3] == ("账号（登录名）", "姓名", "单位", "角色", "问题")
    assert rows[4] == ("kjj02", "填报员二", "州科技局", "填报员", None)
    assert rows[5][4] == "A3 账号：账号kjj01已经有了（老填报员，州科技局），请换一个"


def test_the_problem_workbook_put_right_is_taken(admin: Visitor, session: Session) -> None:
    make_unit(session, name="州科技局")
    page = upload(admin, workbook(("kjj02", "填报员二", "州科技厅", "填报员")))
    content = admin.post("/admin/users/import/problems", people=packed(page.text)).data
    book = load_workbook(io.BytesIO(content))
    book.worksheets[0]["C5"] = "州科技局"
    saved = io.BytesIO()
    book.save(saved)
    assert upload(admin, saved.getvalue()).status_code == 200


def test_the_template_filled_in_is_taken(admin: Visitor, session: Session) -> None:
    make_unit(session, name="州科技局")
    answer = admin.get("/admin/users/import/template")
    assert answer.status_code == 200
    book = load_workbook(io.BytesIO(answer.data))
    sheet = book.worksheets[0]
    assert [str(one.sqref) for one in sheet.data_validations.dataValidation] == ["C5:C304", "D5:D304"]
    assert [cell.value for cell in book["单位"]["A"]] == ["州科技局"]
    for column, text in zip("ABCD", ("ｋｊｊ０１", "填报员", " 州科技局 ", "填报员"), strict=True):
        sheet[f"{column}5"] = text
    saved = io.BytesIO()
    book.save(saved)
    page = upload(admin, saved.getvalue())
    assert one_line(page.text, "<h1>.*?</h1>") == "1个人都对，还没有导入"
    assert "<td>kjj01</td>" in page.text


@pytest.mark.parametrize(("content", "name", "sentence"), [
    (b"", "空.xlsx", "“空.xlsx”是空的（0字节）"),
    ("账号,姓名\n".encode(), "账号.csv", "“账号.csv”不是 Excel 表（.xlsx）"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "旧.xls", "“旧.xls”是旧格式的表（.xls、.et），或者设了密码"),
    (b"PK\x03\x04" + b"\0" * 600, "断.xlsx", "“断.xlsx”不完整"),
])
def test_what_is_no_workbook_is_said_in_words(admin: Visitor, content: bytes, name: str, sentence: str) -> None:
    answer = upload(admin, content, name)
    assert answer.status_code == 422
    assert sentence in answer.text


def test_nothing_chosen_and_nothing_of_ours_in_it(admin: Visitor) -> None:
    assert "还没有选表" in admin.post("/admin/users/import").text
    book = Workbook()
    book.worksheets[0].append(["别的", "表"])
    saved = io.BytesIO()
    book.save(saved)
    assert "表里没有找到“账号、姓名、单位、角色”这一行表头" in upload(admin, saved.getvalue()).text
    assert "表头下面没有人" in upload(admin, workbook()).text
    assert "表里有301个人，一次最多导入300个" in upload(
        admin, workbook(*((f"ld{number:03}", "某人", "", "领导") for number in range(301)))).text


@pytest.mark.parametrize("people", ["", "[]", "{}", "[1]", '[{"row":0}]', '[{"row":1,"unit_id":7}]', "[" * 100_000])
def test_rows_that_no_preview_wrote_are_refused(admin: Visitor, session: Session, people: str) -> None:
    for step in ("make", "problems"):
        assert admin.post(f"/admin/users/import/{step}", people=people).status_code == 422
    assert count(session) == 1


def test_the_check_costs_the_same_queries_for_one_row_and_for_many(
        admin: Visitor, session: Session, count_queries: Callable[[], AbstractContextManager[list[str]]]) -> None:
    token = admin.token()
    seen = []
    for size in (1, 200):
        content = workbook(*((f"ld{number:03}", "某人", "", "领导") for number in range(size)))
        with count_queries() as queries:
            fields = {"csrf_token": token, "file": (io.BytesIO(content), "a.xlsx")}
            admin.client.post("/admin/users/import", data=fields, environ_overrides=admin.address)
        seen.append(len(queries))
    assert seen[0] == seen[1]


def test_what_looks_like_a_formula_comes_back_as_text(admin: Visitor, session: Session) -> None:
    words = ("=1+1", "+86", "@SUM(A1)", "＝cmd|' /C calc'!A0")
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.append(HEADINGS)
    for row, text in enumerate(words, start=2):
        cell = sheet.cell(row, 2)
        cell.value, cell.data_type = text, "s"
    saved = io.BytesIO()
    book.save(saved)
    page = upload(admin, saved.getvalue())
    assert page.status_code == 422
    content = admin.post("/admin/users/import/problems", people=packed(page.text)).data
    cells = [load_workbook(io.BytesIO(content)).worksheets[0].cell(row, 2) for row in range(5, 9)]
    assert [(cell.value, cell.data_type, cell.quotePrefix) for cell in cells] == [(text, "s", True) for text in words]
