"""年度计划: written and filed by the lead, answered by the office, superseded without losing what is done."""
from __future__ import annotations

from datetime import date
from types import SimpleNamespace

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.factories import make_actor, make_task, make_unit, moment
from tracker.domain.words import PlanState, TaskState, UserRole
from tracker.domain.year_plan import TypedRow
from tracker.errors import Conflict, Forbidden, NotYours, Refused
from tracker.models import DueDate, ExtensionRequest, Milestone, Task, YearPlan
from tracker.services.year_plan_page import year_plan_page
from tracker.services.year_plans import approve_plan, return_plan, write_plan

AT = moment("2026-10-08 09:00")


@pytest.fixture
def desk(session: Session) -> SimpleNamespace:
    """州科技局 leads task 1 with 州财政局; 州教育局 has no part in it."""
    lead, co, other = (make_unit(session, name=name) for name in ("州科技局", "州财政局", "州教育局"))
    task = make_task(session, lead=lead, co=[co], due_on=date(2026, 12, 25))
    return SimpleNamespace(
        session=session, task=task, lead=lead, co=co, clerk=make_actor(session, unit=lead),
        co_clerk=make_actor(session, unit=co), stranger=make_actor(session, unit=other), office=make_actor(session),
        leader=make_actor(session, UserRole.leader))


def rows(desk: SimpleNamespace, *typed: tuple[str, str]) -> list[TypedRow]:
    return [TypedRow(name, due, str(desk.lead.id), position) for position, (name, due) in enumerate(typed, start=1)]


NODES = (("印发方案", "2026-09-30"), ("建成平台", "2026-10-20"), ("验收", "2026-12-20"))


def write(desk, *typed, who=None, filing=True, at=AT, year=2026, own=None):
    page = year_plan_page(desk.session, desk.clerk, "1", year, at)
    return write_plan(desk.session, who or desk.clerk, "1", year, own or rows(desk, *typed), plan_id=page.plan_id,
                      version=page.version, filing=filing, at=at)


def approve(desk, plan, at=AT):
    return approve_plan(desk.session, desk.office, "1", 2026, plan_id=plan.id, version=plan.version, at=at)


def milestones(session: Session, plan: YearPlan) -> list[Milestone]:
    found = select(Milestone).where(Milestone.year_plan_id == plan.id).order_by(Milestone.position)
    return list(session.scalars(found))


def test_filed_and_approved_its_milestones_count_from_then_on_each_with_its_due_day(session, desk):
    plan = write(desk, *NODES)
    assert (plan.state, plan.number, plan.filed_by) == (PlanState.filed, 1, "州科技局填报员")
    assert [one.counts_since for one in milestones(session, plan)] == [None, None, None]
    approve(desk, plan, at=moment("2026-10-09 10:00"))
    assert [(one.name, one.due_on, one.counts_since) for one in milestones(session, plan)] == [
        ("印发方案", date(2026, 9, 30), moment("2026-10-09 10:00")),
        ("建成平台", date(2026, 10, 20), moment("2026-10-09 10:00")),
        ("验收", date(2026, 12, 20), moment("2026-10-09 10:00"))]
    assert [(due.due_at, due.recorded_at, due.reason) for due in session.scalars(
        select(DueDate).where(DueDate.milestone_id.is_not(None)).order_by(DueDate.id))] == [
        (moment("2026-10-01"), moment("2026-10-09 10:00"), "年度计划批准"),
        (moment("2026-10-21"), moment("2026-10-09 10:00"), "年度计划批准"),
        (moment("2026-12-21"), moment("2026-10-09 10:00"), "年度计划批准")]


def test_a_draft_is_changed_in_place_and_only_the_lead_sees_it(session, desk):
    first = write(desk, *NODES, filing=False)
    again = write(desk, ("印发办法", "2026-09-30"), ("验收", "2026-12-20"), filing=False)
    assert (again.id, again.number, again.state) == (first.id, 1, PlanState.draft)
    assert [(one.position, one.name) for one in milestones(session, again)] == [(1, "印发办法"), (2, "验收")]
    assert [len(year_plan_page(session, who, "1", 2026, AT).rows)
            for who in (desk.clerk, desk.office, desk.leader, desk.co_clerk)] == [2, 0, 0, 0]


def test_who_has_no_part_in_the_task_finds_nothing(session, desk):
    for number, year in (("1", 2026), ("9", 2026), ("1", 2024), ("1", 2029), ("1\x00", 2026)):
        with pytest.raises(NotYours):
            year_plan_page(session, desk.stranger, number, year, AT)
    with pytest.raises(NotYours):
        write(desk, *NODES, who=desk.stranger)


def test_a_co_unit_and_the_office_do_not_write_it(desk):
    for who in (desk.co_clerk, desk.office):
        with pytest.raises(Forbidden):
            write(desk, *NODES, who=who)


@pytest.mark.parametrize(("typed", "fields"), [
    pytest.param([("", "2026-09-30", "lead")], {"name-0": "第1行还没写节点"}, id="no name"),
    pytest.param([("甲", "", "lead")], {"due-0": "第1行还没写完成日期"}, id="no day"),
    pytest.param([("甲", "九月底", "lead")], {"due-0": "第1行的“九月底”不是日期，要写成 2026-06-30 这样"},
                 id="not a day"),
    pytest.param([("甲", "2027-01-01", "lead")], {"due-0": "第1行的完成日期要在2026年内"}, id="another year"),
    pytest.param([("甲", "2026-12-26", "lead")], {"due-0": "第1行的完成日期晚于任务的完成时限2026年12月25日"},
                 id="after the task is due"),
    pytest.param([("甲", "2026-09-30", "other")], {"owner-0": "第1行要选责任单位：牵头单位或配合单位"},
                 id="no unit of the task"),
    pytest.param([("甲" * 201, "2026-09-30", "lead")], {"name-0": "第1行的节点写了201个字，最多200个字"}, id="long"),
    pytest.param([("", "", "lead"), ("", "", "lead")], {"name-0": "还没有写节点，至少写1个再报"}, id="empty rows"),
])
def test_rows_that_cannot_stand_are_refused_at_their_control(session, desk, typed, fields):
    owners = {"lead": str(desk.lead.id), "other": str(desk.stranger.unit_id)}
    with pytest.raises(Refused) as refusal:
        write(desk, own=[TypedRow(name, due, owners[owner]) for name, due, owner in typed])
    assert refusal.value.fields == fields
    assert session.query(YearPlan).count() == 0


def test_filed_it_waits_for_the_office_and_nobody_changes_it(desk):
    write(desk, *NODES)
    with pytest.raises(Refused, match="2026年计划已报督查室，等批准"):
        write(desk, *NODES[:1])


def test_two_who_write_at_once_do_not_overwrite_each_other(desk):
    write(desk, *NODES, filing=False)
    with pytest.raises(Conflict):
        write_plan(desk.session, desk.clerk, "1", 2026, rows(desk, *NODES[:1]), plan_id=0, version=0, filing=False,
                   at=AT)


def test_returned_with_a_reason_the_lead_files_the_next_and_the_first_stays(session, desk):
    plan = write(desk, *NODES)
    with pytest.raises(Refused) as refusal:
        return_plan(session, desk.office, "1", 2026, reason=" ", plan_id=plan.id, version=plan.version, at=AT)
    assert refusal.value.fields == {"reason": "请写明为什么退回，牵头单位照着改"}
    return_plan(session, desk.office, "1", 2026, reason="验收太晚", plan_id=plan.id, version=plan.version, at=AT)
    page = year_plan_page(session, desk.clerk, "1", 2026, AT)
    assert (page.state, page.reason, len(page.open_rows)) == (PlanState.returned, "验收太晚", 3)
    second = write(desk, *NODES[:2], ("验收", "2026-11-30"))
    assert (second.number, second.state) == (2, PlanState.filed)
    assert [one.due_on for one in milestones(session, plan)] == [
        date(2026, 9, 30), date(2026, 10, 20), date(2026, 12, 20)]
    with pytest.raises(Conflict):
        approve(desk, session.get_one(YearPlan, plan.id))


def test_the_office_sees_what_a_revision_moves_adds_and_drops(session, desk):
    approve(desk, write(desk, *NODES))
    write(desk, own=[TypedRow("印发方案", "2026-10-15", str(desk.co.id), 1), TypedRow("建成平台", "2026-10-20",
                     str(desk.lead.id), 2), TypedRow("试运行", "2026-11-30", str(desk.lead.id))])
    page = year_plan_page(session, desk.office, "1", 2026, AT)
    assert [(row.name, row.change) for row in page.rows] == [
        ("印发方案", "完成日期原是2026年9月30日；责任单位原是州科技局"), ("建成平台", ""), ("试运行", "新增")]
    assert [row.name for row in page.dropped] == ["验收"]
    assert [row.name for row in page.in_force] == ["印发方案", "建成平台", "验收"]
    assert (page.may_decide, page.count.total) == (True, 3)
    assert year_plan_page(session, desk.co_clerk, "1", 2026, AT).state is PlanState.approved


def test_a_revision_supersedes_and_keeps_every_earlier_due_day(session, desk):
    first = approve(desk, write(desk, *NODES))
    later = moment("2026-10-12 10:00")
    second = approve(desk, write(desk, ("印发方案", "2026-10-15"), ("建成平台", "2026-10-20"), at=later), at=later)
    assert (session.get_one(YearPlan, first.id).ended_at, second.number) == (later, 2)
    assert [one.counts_until for one in milestones(session, first)] == [later, later, later]
    moved = milestones(session, second)[0]
    assert [(due.due_at, due.recorded_at, due.reason) for due in session.scalars(
        select(DueDate).where(DueDate.milestone_id == moved.id).order_by(DueDate.id))] == [
        (moment("2026-10-01"), AT, "年度计划批准"), (moment("2026-10-16"), later, "年度计划调整")]


def test_while_an_extension_of_a_milestone_is_asked_the_revision_waits(session, desk):
    first = approve(desk, write(desk, *NODES))
    one = milestones(session, first)[0]
    session.add(ExtensionRequest(milestone_id=one.id, unit_id=desk.lead.id, reason="用地未批", asked_at=AT,
                                 wished_at=moment("2026-11-01"), asked_by="州科技局填报员"))
    session.commit()
    plan = write(desk, *NODES)
    with pytest.raises(Refused, match="节点“印发方案”正在申请延期"):
        approve(desk, plan)


def test_a_day_moved_after_the_revision_was_filed_is_not_lost(session, desk):
    first = approve(desk, write(desk, *NODES))
    plan = write(desk, *NODES)
    one = milestones(session, first)[0]
    session.add(DueDate(milestone_id=one.id, due_at=moment("2026-11-01"), recorded_at=moment("2026-10-08 15:00"),
                        reason="延期", actor_name="督查员"))
    session.commit()
    with pytest.raises(Refused, match="节点“印发方案”在计划报出后改过完成日期"):
        approve(desk, plan)


@pytest.mark.parametrize("state", [TaskState.closed, TaskState.cancelled, TaskState.suspended])
def test_a_task_that_ended_takes_no_plan(session, desk, state):
    plan = write(desk, *NODES)
    session.get_one(Task, desk.task.id).state = state
    session.commit()
    with pytest.raises(Refused, match="年度计划不再变动"):
        approve(desk, session.get_one(YearPlan, plan.id))
    with pytest.raises(Refused, match="年度计划不再变动"):
        write(desk, *NODES)
