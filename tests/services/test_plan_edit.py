"""The office completes task 19 and adds further tasks; their units owe at once."""
from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from sqlalchemy import func, select

from tests.factories import make_actor, moment
from tracker import jobs
from tracker.domain.actors import SYSTEM
from tracker.domain.words import Basis, Role, UserRole
from tracker.errors import Conflict, Forbidden, NotYours, Refused
from tracker.models import AuditEvent, DueDate, Obligation, Period, Task, TaskText, Unit
from tracker.notices.plan_file import read_plan
from tracker.paths import SEED
from tracker.services.plan_edit import add_task, complete_task
from tracker.services.plan_load import load_plan
from tracker.services.plan_view import current_plan, plan_json

AT = moment("2026-10-08 09:30")
PLAN = read_plan(SEED)
WORDS: dict[str, Any] = {
    "title": "提升创新孵化载体服务能力", "body": "支持以“孵化器+产业园”的发展模式，建设众创空间。",
    "lead": "州科技局", "co": ["州工信局", "格尔木市人民政府"]}


@pytest.fixture
def office(session):
    load_plan(session, SYSTEM, PLAN, first_period="2026Q3", at=AT)
    return make_actor(session, UserRole.supervisor)


def complete(session, actor, **changes):
    number, version = changes.pop("number", "19"), changes.pop("version", 1)
    return complete_task(session, actor, number, version=version, at=AT, **(WORDS | changes))


def open_all(session):
    jobs.run_due(session, AT, now=AT, export_dir=None, jobs=jobs.JOBS[:1])


def owed(session, number):
    rows = session.execute(
        select(Period.key, Unit.name, Obligation.role, Obligation.opened_at, Obligation.due_at)
        .join(Period, Period.id == Obligation.period_id).join(Unit, Unit.id == Obligation.unit_id)
        .join(Task, Task.id == Obligation.task_id).where(Task.number == number).order_by(Obligation.id))
    return [tuple(row) for row in rows]


def test_task_19_completed_has_its_units_and_keeps_what_stood_there(session, office):
    complete(session, office)
    shown = plan_json(session)["tasks"][18]
    assert (shown["lead"], shown["co"]) == (["州科技局"], ["州工业和信息化局", "格尔木市人民政府"])
    assert shown["as_written"] == "州科技局、州工信局、格尔木市人民政府"
    assert (shown["source_complete"], shown["basis"]) == (True, "named")
    assert len(shown["standing_co"]) == 6
    texts = session.scalars(select(TaskText.body).join(Task, Task.id == TaskText.task_id)
                            .where(Task.number == "19").order_by(TaskText.recorded_at)).all()
    assert texts == ["支持以“孵化器+产业园”的发展模式", "支持以“孵化器+产业园”的发展模式，建设众创空间。"]


@pytest.mark.parametrize("opened_before", [True, False], ids=["period open", "scheduler late"])
def test_its_units_owe_in_the_current_period_only(session, office, opened_before):
    if opened_before:
        open_all(session)
    complete(session, office)
    open_all(session)
    assert owed(session, "19") == [
        ("2026Q4", "州科技局", Role.lead, AT, moment("2027-01-08 18:00")),
        ("2026Q4", "州工业和信息化局", Role.co, AT, moment("2027-01-06 18:00")),
        ("2026Q4", "格尔木市人民政府", Role.co, AT, moment("2027-01-06 18:00"))]
    assert session.scalar(select(func.count(Obligation.id))) == 87 + 7 + 87 + 3
    assert session.scalar(select(func.count(DueDate.obligation_id))) == 184


def test_completing_is_in_the_audit_trail(session, office):
    complete(session, office)
    event = session.scalars(select(AuditEvent).where(AuditEvent.action == "task.completed")).one()
    assert event.facts == {"task": "19", "lead": "州科技局", "co": ["州工业和信息化局", "格尔木市人民政府"]}
    assert event.actor_name == office.name


def test_the_same_file_loaded_again_leaves_the_completed_task(session, office):
    complete(session, office)
    assert load_plan(session, SYSTEM, PLAN, at=AT) == ()
    assert plan_json(session)["tasks"][18]["lead"] == ["州科技局"]


@pytest.mark.parametrize("role", [UserRole.clerk, UserRole.leader, UserRole.admin])
def test_nobody_but_the_office_completes_or_adds(session, office, role):
    unit = session.scalars(select(Unit)).first() if role is UserRole.clerk else None
    actor = make_actor(session, role, unit=unit)
    with pytest.raises(Forbidden):
        complete(session, actor)
    with pytest.raises(Forbidden):
        add_task(session, actor, section="(三)", at=AT, **WORDS)


def test_the_second_of_two_writers_is_told(session, office):
    complete(session, office)
    with pytest.raises(Conflict):
        complete(session, office, version=1, title="另一个标题")


def test_a_whole_task_is_not_completed_and_an_unknown_one_not_found(session, office):
    with pytest.raises(Refused, match="任务3已经是完整的"):
        complete(session, office, number="3")
    with pytest.raises(NotYours):
        complete(session, office, number="99")


@pytest.mark.parametrize(("changes", "field", "words"), [
    pytest.param({"title": " \n"}, "title", "“标题”还没写", id="no title"),
    pytest.param({"body": ""}, "body", "“正文”还没写", id="no body"),
    pytest.param({"title": "长" * 201}, "title", "“标题”写了201字，最多200字，请压缩", id="title too long"),
    pytest.param({"lead": ""}, "lead", "还没选牵头单位", id="no lead"),
    pytest.param({"lead": "州科学局"}, "lead", "没有“州科学局”这个单位，最接近的是“州科技局”", id="unknown lead"),
    pytest.param({"co": ["州科技局"]}, "co", "“州科技局”写了两次，每个单位只能牵头或配合", id="lead again as co"),
    pytest.param({"co": ["州发改委", "州发展改革委"]}, "co", "“州发展改革委”写了两次，每个单位只能牵头或配合",
                 id="alias twice"),
])
def test_what_is_missing_is_told_by_field_and_nothing_is_half_done(session, office, changes, field, words):
    with pytest.raises(Refused) as refused:
        complete(session, office, **changes)
    assert refused.value.fields == {field: words}
    session.rollback()
    task = session.scalars(select(Task).where(Task.number == "19")).one()
    assert (task.source_complete, task.version, owed(session, "19")) == (False, 1, [])


def test_numbers_go_on_after_the_last_task(session, office):
    open_all(session)
    first = add_task(session, office, section="(三)", at=AT, **WORDS).number
    second = add_task(session, office, section="(一)", due_on=date(2027, 6, 30), at=AT, **WORDS)
    assert (first, second.number, second.position) == ("20", "21", 21)
    assert session.scalars(select(DueDate.due_at).where(DueDate.task_id == second.id)).all() == [moment("2027-07-01")]
    assert second.basis is Basis.named
    assert [row[1:3] for row in owed(session, "20")] == [
        ("州科技局", Role.lead), ("州工业和信息化局", Role.co), ("格尔木市人民政府", Role.co)]


@pytest.mark.parametrize(("changes", "field"), [
    ({"section": "(九)"}, "section"), ({"due_on": date(2025, 1, 1)}, "due_on")])
def test_an_added_task_needs_a_section_and_a_sound_date(session, office, changes, field):
    with pytest.raises(Refused) as refused:
        add_task(session, office, **({"section": "(三)", "at": AT} | WORDS | changes))
    assert set(refused.value.fields) == {field}


def test_without_a_plan_there_is_nothing_to_show(session):
    with pytest.raises(Refused, match="还没有装入方案"):
        current_plan(session)
    with pytest.raises(Refused, match="没有代号为“other”的方案"):
        current_plan(session, "other")
