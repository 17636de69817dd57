"""代填: the office enters what a unit answered by telephone or on paper; it says so everywhere; the unit confirms."""
from __future__ import annotations

import io
import re
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from tests.digest import digest_of
from tests.factories import make_user, moment
from tests.web.desk import Desk, hostile
from tests.web.visitor import Visitor, one_line
from tracker.domain.words import MeasureKind, Purpose, Source, State, UserRole
from tracker.models import Attachment, Decision, Measure, Obligation

PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"


@pytest.fixture
def desk(app: Flask, session: Session) -> Desk:
    return Desk(app, session)


def enter(desk: Desk, row: int, *, by: Visitor | None = None, **others: Any) -> TestResponse:
    """The form as a browser sends it, ready to be entered: by telephone yesterday at 16:20."""
    fields = {"version": desk.obligation(row).version, "request_key": "key-of-the-page", "source": "telephone",
              "received_at": "2026-10-07T16:20", "told_by": "王主任，0977-0000000", "progress": "已立项12项。",
              "self_rating": "on_track", "problems": "", "matters": "", "next_steps": ""}
    return (by or desk.office).post(f"/reports/{row}/enter", **(fields | others))


def confirm(desk: Desk, row: int, by: Visitor) -> TestResponse:
    return by.post(f"/reports/{row}/confirm", version=desk.obligation(row).version)


def scan(name: str = "答复函.pdf", content: bytes = PDF) -> tuple[io.BytesIO, str]:
    return io.BytesIO(content), name


def test_a_telephone_answer_counts_from_when_it_came(desk: Desk) -> None:
    row = desk.owe(due_at=moment("2026-10-07 18:00"))
    page = desk.office.get(f"/reports/{row}/enter").text
    assert one_line(page, "<h1>.*?</h1>") == "代州科技局填：1. 示例任务1"
    answer = enter(desk, row)
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/reports/{row}?said=entered")
    owed = desk.obligation(row)
    assert (owed.state, owed.delivered_at, owed.on_time) == (State.signed, moment("2026-10-07 16:20"), True)
    version, = desk.versions(row)
    assert (version.source, version.submitted_by, version.progress) == (Source.telephone, "督查员", "已立项12项。")
    step = desk.session.query(Decision).filter_by(obligation_id=row, deed="enter_for").one()
    assert step.reason == "10月7日（周三）16:20电话答复，答复人：王主任，0977-0000000"


def test_a_paper_answer_comes_with_its_scan(desk: Desk) -> None:
    row = desk.owe()
    refused = enter(desk, row, source="paper")
    assert refused.status_code == 422
    assert '<a href="#file">书面答复要附上扫描件或照片</a>' in refused.text
    assert enter(desk, row, source="paper", file=scan()).status_code == 303
    desk.session.rollback()
    kept = desk.session.query(Attachment).one()
    assert (kept.purpose, kept.name, kept.obligation_id) == (Purpose.answer, "答复函.pdf", row)
    assert desk.versions(row)[0].source is Source.paper


def test_the_scan_stays_where_the_rest_is_refused(desk: Desk) -> None:
    row = desk.owe()
    refused = enter(desk, row, source="paper", file=scan(), progress="", told_by="")
    assert refused.status_code == 422
    assert re.findall(r'<li><a href="#(\w+)">', refused.text) == ["told_by", "progress"]
    assert re.search(r'<a href="/files/\d+">答复函.pdf</a>', refused.text)
    assert enter(desk, row, source="paper").status_code == 303


def test_all_that_is_missing_is_told_at_once_and_what_was_typed_is_there(desk: Desk) -> None:
    row = desk.owe()
    refused = enter(desk, row, source="", received_at="昨天", told_by="", progress="", self_rating="",
                    next_steps="四季度验收")
    assert re.findall(r'<li><a href="#(\w+)">', refused.text) == [
        "source", "received_at", "told_by", "progress", "self_rating"]
    assert "四季度验收" in refused.text
    assert desk.obligation(row).state is State.pending


@pytest.mark.parametrize(("received_at", "sentence"), [
    ("2026-10-08T09:31", "答复时间不能晚于现在"),
    ("2026-06-30T23:59", "答复时间不能早于这一期开始填报的时间"),
])
def test_it_came_within_the_period_and_not_in_the_future(desk: Desk, received_at: str, sentence: str) -> None:
    row = desk.owe()
    refused = enter(desk, row, received_at=received_at)
    assert refused.status_code == 422
    assert f'<a href="#received_at">{sentence}</a>' in refused.text
    assert f'value="{received_at}"' in refused.text
    assert desk.obligation(row).state is State.pending


def test_measures_are_entered_too(desk: Desk) -> None:
    row = desk.owe()
    desk.session.add(Measure(task_id=desk.obligation(row).task_id, key="fund", kind=MeasureKind.sum, name="下达资金",
                             as_written="资金", unit_word="万元", position=1))
    desk.session.commit()
    assert "下达资金（万元）" in desk.office.get(f"/reports/{row}/enter").text
    enter(desk, row, **{"measure-fund": "860"})
    assert desk.versions(row)[0].measures == {"fund": "860"}


def test_marks_of_classified_papers_stop_it_with_a_question(desk: Desk) -> None:
    row = desk.owe()
    refused = enter(desk, row, progress="机密★1年 已立项12项。")
    assert refused.status_code == 422
    assert '<input type="checkbox" name="not_secret" value="1"> 我确认不涉密' in refused.text
    assert enter(desk, row, progress="机密★1年 已立项12项。", not_secret="1").status_code == 303


def test_a_retried_form_enters_once(desk: Desk) -> None:
    row = desk.owe()
    seen = desk.obligation(row).version
    assert [enter(desk, row, version=seen).status_code for _ in range(3)] == [303, 303, 303]
    assert len(desk.versions(row)) == 1


def test_the_report_says_who_entered_it_and_the_unit_confirms(desk: Desk) -> None:
    row = desk.owe()
    enter(desk, row)
    for visitor in (desk.office, desk.clerk):
        page = visitor.get(f"/reports/{row}").text
        assert "督查室代填（电话答复）" in page
        assert "10月7日（周三）16:20电话答复，答复人：王主任，0977-0000000。督查员 今天 09:30 录入" in page
    assert f'action="/reports/{row}/confirm"' in desk.clerk.get(f"/reports/{row}").text
    assert f'action="/reports/{row}/confirm"' not in desk.office.get(f"/reports/{row}").text
    answer = confirm(desk, row, desk.clerk)
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/reports/{row}?said=entry_confirmed")
    page = desk.clerk.get(f"/reports/{row}").text
    assert "，州科技局填报员 今天 09:30 确认。" in page
    assert f'action="/reports/{row}/confirm"' not in page
    assert desk.versions(row)[0].confirmed_by == "州科技局填报员"


def test_the_tasks_page_says_so_too(desk: Desk) -> None:
    row = desk.owe()
    enter(desk, row)
    assert "督查室代填（电话答复）。自评达序时" in desk.office.get("/tasks/1").text


def test_it_is_confirmed_once_and_by_its_unit_alone(desk: Desk) -> None:
    row = desk.owe()
    _, stranger = desk.another()
    head = desk.enter(make_user(desk.session, UserRole.head, unit=desk.unit, login="kjj-head"))
    enter(desk, row)
    assert confirm(desk, row, stranger).status_code == 404
    assert confirm(desk, row, desk.office).status_code == 404
    assert confirm(desk, row, head).status_code == 303
    again = confirm(desk, row, desk.clerk)
    assert again.status_code == 422
    assert "这一件已经确认过" in again.text


def test_what_is_in_already_is_not_entered_again(desk: Desk) -> None:
    row = desk.submit(desk.owe())
    answer = desk.office.get(f"/reports/{row}/enter")
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/reports/{row}")
    before = digest_of(desk.session)
    assert enter(desk, row).status_code == 422
    assert digest_of(desk.session) == before


def test_only_the_office_enters(desk: Desk) -> None:
    row = desk.owe()
    _, stranger = desk.another()
    for visitor in (desk.clerk, stranger):
        assert visitor.get(f"/reports/{row}/enter").status_code == 404
        assert enter(desk, row, by=visitor).status_code == 404
    assert desk.office.get("/reports/999/enter").status_code == 404
    assert desk.session.get_one(Obligation, row).state is State.pending


def test_hostile_text_is_shown_as_text(desk: Desk) -> None:
    row = desk.owe()
    refused = enter(desk, row, told_by="", progress=hostile(), problems=hostile(3000))
    assert "<script>alert" not in refused.text
    enter(desk, row, progress=hostile(), told_by="<script>alert(1)</script>")
    page = desk.clerk.get(f"/reports/{row}").text
    assert "<script>alert" not in page
    assert "答复人：&lt;script&gt;alert(1)&lt;/script&gt;" in page
