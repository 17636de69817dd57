"""The report form (填报): measures, 本期无新进展, sign-off, what was sent back, hints, the question about secrecy."""
from __future__ import annotations

import html
import re
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from tests.factories import actor_of, make_task, make_text, make_user, moment
from tests.web.desk import Desk, form_of, written
from tracker.domain.words import MeasureKind, UserRole
from tracker.models import Measure
from tracker.services import signing


@pytest.fixture
def desk(app: Flask, session: Session) -> Desk:
    return Desk(app, session)


def write(desk: Desk, owed: int, **others: Any) -> TestResponse:
    """Send the form; a field that is None is not sent."""
    sent = written(desk.obligation(owed).version) | others
    return desk.clerk.post(f"/reports/{owed}", **{name: value for name, value in sent.items() if value is not None})


def with_measures(desk: Desk) -> int:
    """What 州科技局 owes as lead of a task that promises a sum and a document."""
    task = make_task(desk.session, lead=desk.unit)
    desk.session.add_all([
        Measure(task_id=task.id, key="fund", kind=MeasureKind.sum, name="专项资金", as_written="专项资金3000万元",
                unit_word="万元", position=1),
        Measure(task_id=task.id, key="rules", kind=MeasureKind.document, name="管理办法", as_written="编制管理办法",
                unit_word="", position=2)])
    desk.session.commit()
    return desk.owe(task=task)


def test_a_lead_fills_in_the_measures_of_its_task(desk: Desk) -> None:
    owed = with_measures(desk)
    page = desk.clerk.get(f"/reports/{owed}").text
    assert '<label for="measure-fund">专项资金</label>' in page
    assert "“专项资金3000万元”" in page
    assert write(desk, owed, **{"measure-fund": "1,200.5", "measure-rules": ["", "1"]}).status_code == 303
    assert desk.versions(owed)[0].measures == {"fund": "1200.5", "rules": "1"}
    page = desk.clerk.get(f"/reports/{owed}").text
    assert "<dt>专项资金</dt><dd>1200.5万元</dd>" in page
    assert "<dt>管理办法</dt><dd>已印发</dd>" in page


def test_a_wrong_figure_comes_back_with_its_sentence_and_the_tick_beside_it(desk: Desk) -> None:
    owed = with_measures(desk)
    answer = write(desk, owed, **{"measure-fund": "约860", "measure-rules": ["", "1"]})
    assert answer.status_code == 422
    page = html.unescape(answer.text)
    assert 'id="measure-fund-error">“举措数据”填的“约860”不对：要填0或大于0的数，最多两位小数</p>' in page
    assert re.search('id="measure-fund"[^>]* value="约860"', page)
    assert re.search('id="measure-rules"[^>]* checked', page)


def test_nothing_new_is_one_click_with_its_reason_without_scripts_too(desk: Desk) -> None:
    owed = desk.owe()
    answer = write(desk, owed, deed=None, progress="", nothing_new="正在报批")
    assert answer.headers["Location"] == f"/reports/{owed}?said=nothing_new"
    page = desk.clerk.get(answer.headers["Location"]).text
    assert "已记本期无新进展，理由会给督查室看。" in page
    assert form_of(page)["progress"] == "本期无新进展：正在报批"
    again = write(desk, owed, deed=None, progress="写了3项", nothing_new="正在报批")
    assert again.status_code == 422
    assert form_of(again.text)["progress"] == "写了3项"


def test_where_the_unit_signs_off_the_button_and_the_message_say_so(desk: Desk) -> None:
    owed = desk.owe()
    make_user(desk.session, UserRole.head, unit=desk.unit, name="李局长")
    assert ">提交审签</button>" in desk.clerk.get(f"/reports/{owed}").text
    answer = write(desk, owed)
    assert answer.headers["Location"] == "/my?said=to_sign"
    assert "已提交，等审签人签发。签发前可以撤回。" in desk.clerk.get("/my?said=to_sign").text
    page = desk.clerk.get(f"/reports/{owed}").text
    assert "已提交，等李局长审签。签发前可以撤回，要改先撤回。" in page
    assert "待审签" in page


def test_the_heads_words_stand_over_the_form_until_it_is_handed_in_again(desk: Desk) -> None:
    owed = desk.owe()
    head = make_user(desk.session, UserRole.head, unit=desk.unit, name="李局长")
    write(desk, owed)
    signing.send_to_clerk(desk.session, actor_of(desk.session, head), owed, reason="请补上金额",
                          version=desk.obligation(owed).version, at=moment("2026-10-08 09:20"))
    page = desk.clerk.get(f"/reports/{owed}").text
    assert "<h2>审签人退回修改</h2><p class=\"pre\">请补上金额</p>" in page
    assert "李局长，今天 09:20。" in page
    write(desk, owed, request_key="another-key")
    assert "审签人退回修改" not in desk.clerk.get(f"/reports/{owed}").text


def test_reasons_picked_stand_one_below_the_other_and_the_returned_text_beside(desk: Desk) -> None:
    owed = desk.send_back(desk.submit(desk.owe(), make_text("正在推进。")), "内容空泛；无量化进展；写清做到哪一步")
    desk.save(owed, make_text("已立项12项。"))
    page = desk.clerk.get(f"/reports/{owed}").text
    assert '<li class="pre">内容空泛</li><li class="pre">无量化进展</li><li class="pre">写清做到哪一步</li>' in page
    assert "督查员，今天 09:00退回。" in page
    assert '<summary class="shown">退回的那一稿</summary><p class="pre">正在推进。</p>' in page


def test_what_is_noticeable_stands_at_its_field_when_the_page_opens(desk: Desk) -> None:
    task = make_task(desk.session, lead=desk.unit)
    owed = desk.owe(task=task, period=desk.after(make_text("持续推进相关工作，取得积极进展12项。"), task=task))
    desk.save(owed, make_text("持续推进相关工作，取得积极进展12项。"))
    page = desk.clerk.get(f"/reports/{owed}").text
    assert re.search(r'data-hints="progress" role="status"><p>这一栏与上期相似100%', page)
    assert '<span class="same">持续推进相关工作，取得积极进展12项。</span>' in page


def test_a_secrecy_mark_asks_and_the_answer_lets_it_through(desk: Desk) -> None:
    owed = desk.owe()
    answer = write(desk, owed, progress="转发机密★1年文件12份。")
    assert answer.status_code == 422
    assert "机密★" in answer.text
    assert re.search(r"data-not-secret><label", answer.text)
    assert write(desk, owed, progress="转发机密★1年文件12份。", not_secret="1").status_code == 303


def test_the_page_that_comes_back_saves_only_what_is_not_kept_yet(desk: Desk) -> None:
    owed = desk.save(desk.owe(), make_text("写了一半", self_rating=None))
    same = write(desk, owed, progress="写了一半", self_rating=None)
    assert (same.status_code, "data-typed" in same.text) == (422, False)
    assert 'data-typed="1"' in write(desk, owed, progress="写完了", self_rating=None).text
