"""外出时委托: the head names a deputy, who signs on his days only and says for whom."""
from __future__ import annotations

import re

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from tests.factories import make_user, moment
from tests.web.sign_desk import SignDesk, away, heading
from tracker.clock import FixedClock
from tracker.domain.words import State
from tracker.models import Deputy


@pytest.fixture
def desk(app: Flask, session: Session) -> SignDesk:
    return SignDesk(app, session)


def test_the_head_names_a_deputy(desk: SignDesk) -> None:
    vice = make_user(desk.session, unit=desk.unit, login="kjj02", name="马副局长")
    answer = desk.head.post("/sign/deputy", deputy_id=vice.id, from_on="2026-10-09", until_on="2026-10-10")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/sign/deputy?said=deputy_named")
    assert heading(desk.head.get("/sign/deputy").text) == "已定下1次委托，今天没有人代签"
    assert "马副局长代李局长，10月9日（周五）至10月10日（周六，补班）" in desk.head.get("/sign").text


def test_on_his_days_a_deputy_signs_and_it_says_for_whom(desk: SignDesk, clock: FixedClock) -> None:
    vice, row = away(desk), desk.submit(desk.owe())
    clock.set(moment("2026-10-09 08:30"))
    visitor = desk.enter(vice)
    assert "您正在代李局长审签，签发和退回都会写明“马副局长（代李局长）”。" in visitor.get("/sign").text
    assert desk.act(row, by=visitor).headers["Location"] == "/sign?said=signed"
    assert desk.steps(row)[-1] == ("sign", "马副局长（代李局长）", "")
    assert "马副局长（代李局长）" in visitor.get("/sign").text


@pytest.mark.parametrize("at", ["2026-10-08 23:59", "2026-10-10 00:00"])
def test_before_and_after_his_days_a_deputy_signs_nothing(desk: SignDesk, clock: FixedClock, at: str) -> None:
    vice, row = away(desk), desk.submit(desk.owe())
    clock.set(moment(at))
    visitor = desk.enter(vice)
    assert visitor.get("/sign").status_code == 404
    assert desk.act(row, by=visitor).status_code == 404
    assert desk.obligation(row).state is State.submitted


def test_a_deputy_passes_nothing_on(desk: SignDesk, clock: FixedClock) -> None:
    vice = away(desk)
    clock.set(moment("2026-10-09 08:30"))
    visitor = desk.enter(vice)
    page = visitor.get("/sign/deputy").text
    assert "您正在代李局长签，不能再委托别人。" in page
    assert 'name="deputy_id"' not in page
    answer = visitor.post("/sign/deputy", deputy_id=desk.user.id, from_on="2026-11-01", until_on="2026-11-02")
    assert answer.status_code == 403


def test_a_deputy_is_taken_back(desk: SignDesk) -> None:
    vice = make_user(desk.session, unit=desk.unit, login="kjj02", name="马副局长")
    desk.head.post("/sign/deputy", deputy_id=vice.id, from_on="2026-10-08", until_on="2026-10-09")
    page = desk.head.get("/sign/deputy").text
    assert heading(page) == "今天由马副局长代签"
    row = re.findall(r'action="/sign/deputy/(\d+)/end"', page)[0]
    answer = desk.head.post(f"/sign/deputy/{row}/end")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/sign/deputy?said=deputy_ended")
    assert heading(desk.head.get("/sign/deputy").text) == "现在没有人代签"
    assert desk.head.post("/sign/deputy/999/end").status_code == 404


def test_a_wrong_deputy_form_comes_back_as_it_was_typed(desk: SignDesk) -> None:
    answer = desk.head.post("/sign/deputy", deputy_id="", from_on="2026-10-09", until_on="明天")
    assert answer.status_code == 422
    assert '<a href="#deputy_id">' in answer.text
    assert '<a href="#until_on">请写明哪一天，如2026-10-12</a>' in answer.text
    assert 'value="2026-10-09"' in answer.text
    assert desk.session.query(Deputy).count() == 0


def test_only_colleagues_are_offered(desk: SignDesk) -> None:
    desk.another()
    page = desk.head.get("/sign/deputy").text
    assert re.findall(r'<option value="\d+">(.*?)</option>', page) == [desk.user.name]
