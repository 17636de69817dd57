"""The real plan into the database: once, again without effect, and edited."""
from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tests.factories import make_actor, make_text, moment
from tracker import jobs
from tracker.domain.actors import SYSTEM
from tracker.domain.words import Role, UserRole
from tracker.errors import Forbidden, Refused
from tracker.models import (
    AuditEvent,
    DueDate,
    Obligation,
    Plan,
    ReportVersion,
    Responsibility,
    StandingUnit,
    Task,
    TaskText,
    Unit,
    UnitAlias,
    UnitName,
)
from tracker.notices.plan_file import read_plan
from tracker.notices.schema import PlanFile
from tracker.paths import SEED
from tracker.services.plan_load import load_plan, plan_diff
from tracker.services.plan_view import plan_json
from tracker.services.reporting import submit_report

LOADED_AT = moment("2026-10-08 09:30")
EDITED_AT = moment("2026-10-09 10:00")
PLAN = read_plan(SEED)


def edited(**changes: Any) -> PlanFile:
    """The plan with other values in its file, checked again as a file is."""
    return PlanFile.model_validate(PLAN.model_dump(mode="json") | changes)


def edited_task(number: str, **changes: Any) -> PlanFile:
    tasks = [task.model_dump(mode="json") for task in PLAN.tasks]
    tasks[int(number) - 1] |= changes
    return edited(tasks=tasks)


def load(session: Session, plan: PlanFile = PLAN, **options: Any) -> tuple[str, ...]:
    return load_plan(session, SYSTEM, plan, **({"at": LOADED_AT, "first_period": None} | options))


def count(session: Session, model: type[Any]) -> int:
    return session.scalar(select(func.count()).select_from(model)) or 0


def rows_of(session: Session) -> dict[str, list[tuple[Any, ...]]]:
    """Everything in the database, to be compared."""
    return {table.name: sorted(map(tuple, session.execute(select(table))), key=repr)
            for table in Plan.metadata.sorted_tables}


def test_the_real_plan_has_19_tasks_30_units_and_87_duties(session):
    assert load(session)[1] == "19项任务、30个责任单位、7项指标"
    assert (count(session, Task), count(session, Unit), count(session, Responsibility)) == (19, 30, 87)
    assert session.scalar(select(func.count()).where(Responsibility.role == Role.lead)) == 18
    assert count(session, StandingUnit) == 7


def test_wording_and_duties_hold_since_the_day_of_issue_and_tasks_are_due_at_the_end_of_the_plan(session):
    load(session)
    issued = moment("2025-06-26 00:00")
    assert set(session.scalars(select(TaskText.recorded_at))) == {issued}
    assert set(session.scalars(select(Responsibility.recorded_at))) == {issued}
    assert set(session.execute(select(DueDate.due_at, DueDate.recorded_at))) == {
        (moment("2028-01-01 00:00"), issued)}


def test_a_shared_suffix_keeps_the_words_it_comes_from(session):
    load(session)
    words = session.scalar(
        select(Responsibility.as_written).join(Task, Task.id == Responsibility.task_id)
        .join(Unit, Unit.id == Responsibility.unit_id).where(Task.number == "15", Unit.name == "德令哈市人民政府"))
    assert words == "德令哈市、茫崖市人民政府"


def test_loading_twice_changes_nothing_and_writes_no_event(session):
    load(session)
    before = rows_of(session)
    assert load(session, at=EDITED_AT) == ()
    assert plan_diff(session, PLAN) == ()
    assert rows_of(session) == before


@pytest.mark.parametrize(("at", "key", "first"), [
    pytest.param("2026-10-08", None, "2026Q4", id="the period in which the system is set up"),
    pytest.param("2026-10-08", "2025Q3", "2025Q3", id="reaching back to the first full one"),
    pytest.param("2025-06-26", None, "2025Q3", id="on the day of issue: the first full one"),
    pytest.param("2028-03-01", None, "2027Q4", id="after the plan's end: its last"),
])
def test_first_period(session, at, key, first):
    load(session, at=moment(at), first_period=key)
    assert session.scalar(select(Plan.first_period)) == first


@pytest.mark.parametrize("key", ["2025Q2", "2028Q1", "2026H2", "2026-10", "nonsense", "2026Q5"])
def test_a_key_that_is_no_period_of_the_plan_is_refused(session, key):
    with pytest.raises(Refused, match="没有改动"):
        load(session, first_period=key)
    assert count(session, Plan) == 0


def test_the_first_period_stays_as_decided(session):
    load(session, first_period="2025Q3")
    with pytest.raises(Refused, match="起报期在建库时定为2025Q3"):
        load(session, first_period="2026Q4")
    assert load(session, first_period="2025Q3") == ()


@pytest.mark.parametrize("role", [UserRole.clerk, UserRole.leader, UserRole.admin])
def test_only_the_office_loads_a_plan(session, role):
    load(session)
    actor = make_actor(session, role, unit=session.scalars(select(Unit)).first() if role is UserRole.clerk else None)
    with pytest.raises(Forbidden):
        load_plan(session, actor, edited(title="另一个标题"), at=EDITED_AT)
    assert session.scalar(select(Plan.title)) == PLAN.title


def test_an_edited_wording_is_told_and_kept_beside_the_old_one(session):
    load(session)
    new = edited_task("2", body=PLAN.tasks[1].body + "另加一句。")
    assert plan_diff(session, new) == (
        f"任务2的正文由“…{PLAN.tasks[1].body[-6:]}”改为“…{PLAN.tasks[1].body[-6:]}另加一句。”",)
    load(session, new, at=EDITED_AT)
    texts = session.execute(
        select(TaskText.recorded_at, TaskText.body).join(Task, Task.id == TaskText.task_id)
        .where(Task.number == "2").order_by(TaskText.recorded_at)).all()
    assert texts == [(moment("2025-06-26"), PLAN.tasks[1].body), (EDITED_AT, PLAN.tasks[1].body + "另加一句。")]
    assert plan_diff(session, new) == ()


def test_units_of_a_task_end_and_begin_and_none_is_deleted(session):
    load(session)
    new = edited_task("2", as_written="州财政局、州科技局", lead="州财政局", co=["州科技局"])
    assert load(session, new, at=EDITED_AT) == (
        "任务2的责任单位原文由“州科技局、州发展改革委”改为“州财政局、州科技局”",
        "任务2的牵头单位由“州科技局”改为“州财政局”",
        "任务2的配合单位增加州科技局，减少州发展改革委",
    )
    rows = session.execute(
        select(Unit.name, Responsibility.role, Responsibility.ended_at).join(Unit, Unit.id == Responsibility.unit_id)
        .join(Task, Task.id == Responsibility.task_id).where(Task.number == "2").order_by(Responsibility.id))
    assert rows.all() == [
        ("州科技局", Role.lead, EDITED_AT), ("州发展改革委", Role.co, EDITED_AT),
        ("州财政局", Role.lead, None), ("州科技局", Role.co, None)]


def test_a_unit_added_to_a_task_owes_from_the_current_period_on(session):
    load(session, first_period="2026Q3")
    jobs.run_due(session, LOADED_AT, now=LOADED_AT, export_dir=None, jobs=jobs.JOBS[:1])
    load(session, edited_task("2", as_written="州科技局、州发展改革委、州财政局", co=["州发展改革委", "州财政局"]),
         at=EDITED_AT)
    owed = session.execute(
        select(Obligation.opened_at, Obligation.due_at).join(Task, Task.id == Obligation.task_id)
        .join(Unit, Unit.id == Obligation.unit_id).where(Task.number == "2", Unit.name == "州财政局")).all()
    assert owed == [(EDITED_AT, moment("2027-01-06 18:00"))]


def test_a_unit_renamed_by_alias_is_the_same_unit(session):
    load(session)
    before = session.scalar(select(Unit.id).where(Unit.name == "州数据局"))
    new = renamed_data_bureau()
    assert load(session, new, at=EDITED_AT)[0] == "单位更名：州数据局改为州数据管理局，已报内容不动"
    assert session.scalar(select(Unit.id).where(Unit.name == "州数据管理局")) == before
    assert count(session, Unit) == 30
    assert session.execute(
        select(UnitName.name, UnitName.since_on).where(UnitName.unit_id == before).order_by(UnitName.since_on)
    ).all() == [("州数据局", PLAN.issued_on), ("州数据管理局", EDITED_AT.date())]
    assert session.scalar(select(UnitAlias.unit_id).where(UnitAlias.alias == "州数据局")) == before
    assert session.scalar(select(func.count()).where(Responsibility.ended_at.is_not(None))) == 0


def renamed_data_bureau() -> PlanFile:
    data = PLAN.model_dump(mode="json")
    for unit in data["units"]:
        if unit["name"] == "州数据局":
            unit |= {"name": "州数据管理局", "aliases": ["州数据局"]}
    for task in data["tasks"]:
        task["lead"] = "州数据管理局" if task["lead"] == "州数据局" else task["lead"]
        task["co"] = ["州数据管理局" if name == "州数据局" else name for name in task["co"]]
    return PlanFile.model_validate(data)


def test_a_task_that_the_new_file_leaves_out_stays_with_its_reports(session):
    load(session, first_period="2026Q3")
    jobs.run_due(session, LOADED_AT, now=LOADED_AT, export_dir=None, jobs=jobs.JOBS[:1])
    owed = session.scalars(select(Obligation).join(Task, Task.id == Obligation.task_id)
                           .where(Task.number == "2", Obligation.role == Role.lead)).first()
    clerk = make_actor(session, UserRole.clerk, unit=session.get(Unit, owed.unit_id))
    submit_report(session, clerk, owed.id, text=make_text("任务2的进展"), version=owed.version,
                  request_key="one", at=LOADED_AT)
    shorter = edited(tasks=[task.model_dump(mode="json") for task in PLAN.tasks if task.number != "2"])
    assert load(session, shorter, at=EDITED_AT) == (
        "新文件里没有任务2“优化科技创新资源高效配置”：系统里保留，已报内容不动",)
    assert load(session, shorter, at=EDITED_AT) == ()
    assert [task["number"] for task in plan_json(session)["tasks"]][-2:] == ["19", "2"]
    assert session.scalars(select(ReportVersion.progress)).all() == ["任务2的进展"]


def test_indicators_measures_sections_and_policy_are_told(session):
    load(session)
    data = PLAN.model_dump(mode="json")
    data["indicators"][1]["target"] = "180"
    data["sections"][2]["title"] += "等"
    data["policy"]["due"]["day"] = 7
    data["tasks"][16]["measures"][0]["amount"] = "60"
    data["tasks"][17]["measures"] = []
    lines = load(session, PlanFile.model_validate(data), at=EDITED_AT)
    assert [line.split("由")[0].split("：")[0] for line in lines] == [
        "章节(三)", "指标“科技创新平台”", "任务17的举措“先进技术应用和场景化应用项目补助（一次性，最高）”",
        "任务18在新文件里没有举措“新获批研发平台配套补助（最高）”", "报送规则改了"]
    shown = plan_json(session)
    assert shown["indicators"][1]["target"] == "180"
    assert shown["tasks"][16]["measures"][0]["amount"] == "60"
    assert [measure["key"] for measure in shown["tasks"][17]["measures"]] == ["platform-subsidy"]


def test_a_later_end_of_the_plan_moves_its_tasks_and_keeps_the_earlier_date(session):
    load(session)
    load(session, edited(valid_until="2028-06-30"), at=EDITED_AT)
    assert session.execute(
        select(DueDate.due_at).join(Task, Task.id == DueDate.task_id).where(Task.number == "1").order_by(DueDate.id)
    ).scalars().all() == [moment("2028-01-01"), moment("2028-07-01")]


def test_what_was_loaded_is_in_the_audit_trail(session):
    load(session)
    load(session, edited(title="新标题"), at=EDITED_AT)
    facts = session.execute(select(AuditEvent.action, AuditEvent.facts).order_by(AuditEvent.id)).all()
    assert [action for action, _ in facts] == ["plan.loaded", "plan.loaded"]
    assert len(facts[1][1]["changes"]) == 1


def test_a_new_unit_with_anothers_account_prefix_is_refused_whole(session):
    load(session)
    data = PLAN.model_dump(mode="json")
    data["units"][0] |= {"name": "州科技创新局", "aliases": []}
    for task in data["tasks"]:
        task["as_written"] = task["as_written"] and task["as_written"].replace("州科技局", "州科技创新局")
        task["lead"] = "州科技创新局" if task["lead"] == "州科技局" else task["lead"]
        task["co"] = ["州科技创新局" if name == "州科技局" else name for name in task["co"]]
    before = rows_of(session)
    with pytest.raises(Refused, match="账号前缀“kjj”已经归州科技局"):
        load(session, PlanFile.model_validate(data), at=EDITED_AT)
    assert rows_of(session) == before
