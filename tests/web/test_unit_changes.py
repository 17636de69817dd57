"""机构调整: what would move is shown before it does; what was chosen comes back; past stays past."""
from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.factories import make_obligation, make_period, make_plan, make_task, make_unit, make_user
from tests.web.visitor import Visitor
from tracker.domain.words import UserRole
from tracker.models import Responsibility, Unit


@pytest.fixture
def units(session: Session) -> dict[str, int]:
    """Task 1: 州数据局 leads, 州科技局 works with it; 州数据局 owes 2026Q3."""
    make_plan(session)
    data, science = make_unit(session, name="州数据局"), make_unit(session)
    task = make_task(session, lead=data, co=(science,))
    make_period(session)
    make_obligation(session, task=task, unit=data)
    return {"data": data.id, "science": science.id, "duty": session.scalars(
        select(Responsibility.id).where(Responsibility.unit_id == data.id)).one()}


@pytest.fixture
def office(app: Flask, session: Session, units: dict[str, int]) -> Visitor:
    visitor = Visitor(app).enter(make_user(session))
    session.rollback()
    return visitor


def test_a_merger_is_shown_before_it_is_done(office, session, units):
    chosen = {"kind": "merge", "unit_id": units["data"], "into_id": units["science"], "from_on": "2026-10-01"}
    page = office.post("/changes", deed="preview", **chosen)
    assert page.status_code == 200
    assert "1项责任会移交，还没有改动" in page.text
    assert "任务1：州科技局由配合改牵头" in page.text
    session.rollback()
    assert session.get_one(Unit, units["data"]).ended_on is None
    answer = office.post("/changes", deed="do", **chosen)
    assert answer.location == "/changes?said=unit_merged"
    session.rollback()
    assert session.get_one(Unit, units["data"]).successor_id == units["science"]
    assert "州数据局并入州科技局" in office.get("/changes").text


@pytest.mark.parametrize(("fields", "sentence"), [
    ({"kind": "merge", "into_id": "2", "from_on": "2026-10-01"}, "请选要并入的单位"),
    ({"kind": "merge", "unit_id": "1", "into_id": "2", "from_on": "那天"}, "请写从哪一天起，如 2026-04-01"),
    ({"kind": "merge", "unit_id": "1", "into_id": "2", "from_on": "2026-12-01"}, "生效日期不能晚于今天"),
    ({"kind": "rename", "unit_id": "1", "from_on": "2026-10-01", "name": ""}, "请写新名称"),
    ({"kind": "what"}, "没有看懂要调整什么"),
])
def test_what_is_missing_is_said_and_what_was_chosen_comes_back(office, fields, sentence):
    page = office.post("/changes", deed="do", **fields)
    assert page.status_code == 422
    assert sentence in page.text


def test_a_new_name_and_another_lead(office, session, units):
    office.post("/changes", kind="rename", unit_id=units["data"], name="州数据和政务服务局", from_on="2026-10-01")
    office.post("/changes", kind="move", duty_id=units["duty"], into_id=units["science"], from_on="2026-10-01",
                deed="do")
    session.rollback()
    assert session.get_one(Unit, units["data"]).name == "州数据和政务服务局"
    assert session.get_one(Responsibility, units["duty"]).ended_at is not None
    assert "州数据局更名为州数据和政务服务局" in office.get("/changes").text


@pytest.mark.parametrize("role", [UserRole.leader, UserRole.admin])
def test_it_is_the_offices_alone(app, session, units, role):
    visitor = Visitor(app).enter(make_user(session, role))
    assert (visitor.get("/changes").status_code, visitor.post("/changes").status_code) == (404, 404)
