"""佐证材料 on the pages: upload, list, preview, download, date, take out; for plain forms and for the script."""
from __future__ import annotations

import re
from io import BytesIO
from pathlib import Path
from urllib.parse import unquote

import pytest
from flask import Flask
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from tests.battery import evil
from tests.factories import make_text
from tests.services.evidence_desk import stored_files
from tests.web.desk import CANARY, Desk
from tests.web.visitor import Visitor, one_line, visitor_as
from tracker.config import Settings
from tracker.domain.words import UserRole
from tracker.models import Attachment

SCRIPT = {"X-Requested-With": "XMLHttpRequest"}


@pytest.fixture
def desk(app: Flask, session: Session) -> Desk:
    return Desk(app, session)


@pytest.fixture
def folder(settings: Settings) -> Path:
    return settings.data_dir / "evidence"


def send(visitor: Visitor, owed: int, *files: tuple[bytes, str], **fields: str) -> TestResponse:
    return visitor.post(f"/reports/{owed}/files", file=[(BytesIO(content), name) for content, name in files], **fields)


def by_script(visitor: Visitor, path: str, **fields: object) -> TestResponse:
    return visitor.client.post(path, data=fields, headers=SCRIPT | {"X-CSRFToken": visitor.token()},
                               environ_overrides=visitor.address)


def test_several_files_go_up_with_one_form_and_are_listed_with_who_and_when(desk: Desk) -> None:
    owed = desk.owe()
    answer = send(desk.clerk, owed, (evil.pdf(), "签到表.pdf"), (evil.docx(), "报告.docx"), dated_on="2026-09-28")
    assert answer.status_code == 303
    assert answer.headers["Location"] == f"/reports/{owed}/files?said=file_added"
    page = desk.clerk.get(answer.headers["Location"]).text
    assert "材料已收下，随报告一起报出。" in page
    assert one_line(page, "<h1>.*?</h1>") == "佐证材料2份：任务1 示例任务1"
    assert "<bdi>签到表.pdf</bdi>" in page
    assert "PDF · 58字节 · 州科技局填报员 今天 09:30传" in page
    assert page.count('value="2026-09-28"') == 2
    assert '<a class="btn text sm" href="/files/1/preview"' in page
    assert 'href="/files/2/preview"' not in page          # a browser cannot show Word by itself


def test_a_file_comes_back_under_its_chinese_name_as_an_attachment_that_can_do_nothing(desk: Desk) -> None:
    send(desk.clerk, desk.owe(), (evil.pdf(CANARY), "签到表（终稿）.pdf"))
    answer = desk.clerk.get("/files/1")
    assert answer.data == evil.pdf(CANARY)
    kind, ascii_name, chinese = answer.headers["Content-Disposition"].split("; ")
    assert (kind, ascii_name) == ("attachment", 'filename="file_1.pdf"')
    assert unquote(chinese.removeprefix("filename*=UTF-8''")) == "签到表（终稿）.pdf"
    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Content-Security-Policy"].endswith("; sandbox")
    assert "Last-Modified" not in answer.headers
    assert "ETag" not in answer.headers


@pytest.mark.parametrize(("content", "name", "inline"), [
    (evil.pdf(), "表.pdf", True), (evil.png(), "图.png", True), (evil.jpeg(), "图.jpg", True),
    (evil.docx(), "文.docx", False), (evil.zipped({"a.html": evil.HTML}), "包.zip", False),
    (evil.tiff(), "图.tif", False), (evil.ofd(), "文.ofd", False),
])
def test_only_pdf_and_raster_pictures_are_shown_in_the_browser(desk: Desk, content: bytes, name: str,
                                                               inline: bool) -> None:
    send(desk.clerk, desk.owe(), (content, name))
    answer = desk.clerk.get("/files/1/preview")
    assert answer.status_code == 200
    assert answer.headers["Content-Disposition"].startswith("inline" if inline else "attachment")
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")


def test_what_is_refused_is_named_and_keeps_none_of_the_others_out(desk: Desk, folder: Path) -> None:
    owed = desk.owe()
    answer = send(desk.clerk, owed, (evil.pdf(), "签到表.pdf"), (evil.EXE, "方案.exe"), (b"", "空.pdf"))
    assert answer.status_code == 422
    assert "有没收下的，清单里有1份" in answer.text
    assert "“方案.exe”不能传。可以传 Word、WPS、Excel、PDF、OFD、图片、ZIP；“空.pdf”是空的（0字节），" in answer.text
    assert "<bdi>签到表.pdf</bdi>" in answer.text
    assert len(stored_files(folder)) == 1


def test_no_file_and_too_many_are_told(desk: Desk) -> None:
    owed = desk.owe()
    assert "还没有选文件。请先点“添加文件”。" in send(desk.clerk, owed, (b"", "")).text
    many = send(desk.clerk, owed, *((evil.pdf(), f"{number}.pdf") for number in range(30)))
    assert many.status_code == 422
    assert "一次最多传20份，没有收下。请分几次传。" in many.text


def test_a_mark_of_classified_papers_asks_and_is_believed(desk: Desk, folder: Path) -> None:
    owed = desk.owe()
    asked = send(desk.clerk, owed, (evil.docx("内部资料"), "文.docx"))
    assert asked.status_code == 422
    assert "“文.docx”里有“内部资料”字样，没有存。" in asked.text
    assert '<input id="not_secret" name="not_secret" type="checkbox" value="1"> 我确认不涉密' in asked.text
    assert stored_files(folder) == []
    assert send(desk.clerk, owed, (evil.docx("内部资料"), "文.docx"), not_secret="1").status_code == 303


def test_the_script_gets_the_list_again_or_the_sentence(desk: Desk) -> None:
    owed = desk.owe()
    answer = by_script(desk.clerk, f"/reports/{owed}/files", file=(BytesIO(evil.pdf()), "签到表.pdf"))
    assert answer.status_code == 200
    assert answer.json["count"] == 1
    assert "<bdi>签到表.pdf</bdi>" in answer.json["list"]
    refused = by_script(desk.clerk, f"/reports/{owed}/files", file=(BytesIO(evil.HTML), "页.html"))
    assert (refused.status_code, refused.json["message"]) == (
        422, "“页.html”不能传。可以传 Word、WPS、Excel、PDF、OFD、图片、ZIP")
    asked = by_script(desk.clerk, f"/reports/{owed}/files", file=(BytesIO(evil.pdf("秘密★")), "x.pdf"))
    assert (asked.status_code, asked.json["marks"]) == (422, ["秘密★"])
    taken_out = by_script(desk.clerk, "/files/1/remove")
    assert (taken_out.json["count"], "还没有材料。" in taken_out.json["list"]) == (0, True)


def test_a_date_is_kept_and_a_wrong_one_named(desk: Desk) -> None:
    owed = desk.owe()
    send(desk.clerk, owed, (evil.pdf(), "签到表.pdf"))
    assert desk.clerk.post("/files/1/date", dated_on="2026-09-30").status_code == 303
    assert 'value="2026-09-30"' in desk.clerk.get(f"/reports/{owed}/files").text
    for typed, sentence in (("2026-10-09", "成文日期不能晚于今天（2026年10月8日）。"),
                            ("昨天", "“昨天”不是日期，要写成 2026-10-20 这样")):
        refused = desk.clerk.post("/files/1/date", dated_on=typed)
        assert refused.status_code == 422
        assert sentence in refused.text
    assert desk.clerk.post("/files/1/date", dated_on="").status_code == 303
    assert 'value="2026-09-30"' not in desk.clerk.get(f"/reports/{owed}/files").text


def test_handed_in_the_office_reads_it_and_nobody_changes_it(desk: Desk) -> None:
    owed = desk.owe()
    send(desk.clerk, owed, (evil.pdf(), "签到表.pdf"))
    assert desk.office.get("/files/1").status_code == 404
    desk.submit(owed)
    page = desk.office.get(f"/reports/{owed}/files").text
    assert "<bdi>签到表.pdf</bdi>" in page
    assert 'type="file"' not in page
    assert "data-remove" not in page
    assert desk.office.get("/files/1").status_code == 200
    for change in (send(desk.clerk, owed, (evil.pdf("2"), "又.pdf")), desk.clerk.post("/files/1/remove")):
        assert change.status_code == 422
        assert "这一件已经报出，佐证材料不能再改。要改先撤回，或请督查室退回。" in change.text


def test_another_units_files_look_as_if_they_were_not_there(desk: Desk) -> None:
    (_, stranger), owed = desk.another(), desk.owe()
    send(desk.clerk, owed, (evil.pdf(CANARY), f"{CANARY}.pdf"))
    answers = [(stranger.get(mine), stranger.get(none)) for mine, none in (
        (f"/reports/{owed}/files", "/reports/99/files"), ("/files/1", "/files/99"),
        ("/files/1/preview", "/files/99/preview"), ("/files/1/purge", "/files/99/purge"))]
    answers += [(send(stranger, owed, (evil.pdf(), "x.pdf")), send(stranger, 99, (evil.pdf(), "x.pdf"))),
                (stranger.post("/files/1/remove"), stranger.post("/files/99/remove")),
                (stranger.post("/files/1/date"), stranger.post("/files/99/date")),
                (stranger.post("/files/1/purge", reason="x"), stranger.post("/files/99/purge", reason="x"))]
    for mine, none in answers:
        assert (mine.status_code, none.status_code) == (404, 404)
        assert _without_numbers(mine.text) == _without_numbers(none.text)
        assert CANARY not in mine.text


def _without_numbers(page: str) -> str:
    return re.sub(r'content="[^"]*"|value="[0-9a-zA-Z_.-]{20,}"', "", page)


@pytest.mark.parametrize("role", [UserRole.admin, UserRole.auditor])
def test_who_keeps_the_system_reads_no_file(app: Flask, desk: Desk, role: UserRole) -> None:
    visitor = visitor_as(app, role)
    owed = desk.submit(desk.owe())
    for path in (f"/reports/{owed}/files", "/files/1", "/purges"):
        assert visitor.get(path).status_code == 404


def test_a_name_is_shown_escaped_and_cannot_turn_the_page_round(desk: Desk) -> None:
    owed = desk.owe()
    send(desk.clerk, owed, (evil.pdf(), "<img src=x onerror=alert(1)>\u202efdp.pdf"))
    page = desk.clerk.get(f"/reports/{owed}/files").text
    assert "<img" not in page
    assert "\u202e" not in page
    assert "<bdi>＜img src=x onerror=alert(1)＞fdp.pdf</bdi>" in page


def test_the_page_of_files_costs_the_same_however_many_hang_there(desk: Desk, count_queries) -> None:  # type: ignore[no-untyped-def]
    owed, costs = desk.owe(), []
    for number in range(3):
        send(desk.clerk, owed, (evil.pdf(str(number)), f"{number}.pdf"))
        with count_queries() as seen:
            desk.clerk.get(f"/reports/{owed}/files")
        costs.append(len(seen))
    assert len(set(costs)) == 1


def test_asked_and_decided_on_the_pages_by_two_persons(app: Flask, session: Session, desk: Desk, folder: Path) -> None:
    owed, second = desk.owe(), visitor_as(app, UserRole.supervisor, login="dc02")
    send(desk.clerk, owed, (evil.pdf(CANARY), "签到表.pdf"))
    desk.submit(owed)
    assert "“签到表.pdf”涉密？申请后谁也看不到它" in desk.office.get("/files/1/purge").text
    assert desk.office.post("/files/1/purge", reason="").status_code == 422
    assert desk.office.post("/files/1/purge", reason="密级没去掉").status_code == 303
    for visitor in (desk.clerk, desk.office):
        assert "这份材料正按涉密误传处理，不能看，也不能下载。" in visitor.get("/files/1").text
        assert CANARY.encode() not in visitor.get("/files/1/preview").data
    assert "涉密误传1项等核实，现在谁也看不到" in desk.office.get("/purges").text
    own = desk.office.get("/purges/1").text
    assert 'value="purge"' not in own
    assert desk.office.post("/purges/1", deed="purge").status_code == 422
    page = second.get("/purges/1").text
    assert one_line(page, "<h1>.*?</h1>") == "“签到表.pdf”：清除后找不回来"
    assert "备份里的要另外处理" in page
    assert second.post("/purges/1", deed="purge").headers["Location"] == "/purges?said=purge_done"
    assert stored_files(folder) == []
    assert "〔已按涉密误传清除〕" in desk.clerk.get(f"/reports/{owed}/files").text
    session.rollback()
    assert session.get_one(Attachment, 1).name == "〔已按涉密误传清除〕"


def test_a_report_asked_to_be_purged_is_hidden_on_its_page_and_let_stand_comes_back(app: Flask, desk: Desk) -> None:
    owed = desk.owe()
    desk.submit(owed, make_text(CANARY))
    assert CANARY in desk.office.get(f"/reports/{owed}").text
    assert desk.clerk.post(f"/reports/{owed}/purge", reason="写错了").status_code == 303
    for visitor in (desk.clerk, desk.office):
        page = visitor.get(f"/reports/{owed}").text
        assert CANARY not in page
        assert "〔正在按涉密误传处理〕" in page
    assert desk.office.post("/purges/1", deed="let_stand").status_code == 303
    assert CANARY in desk.office.get(f"/reports/{owed}").text
