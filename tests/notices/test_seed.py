"""The seeded plan (seed_tasks.yaml) against answers typed by hand and against the notice itself."""
from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from tracker.domain.words import Basis, Cadence, DueKind
from tracker.notices.schema import PlanFile


def test_every_title_section_unit_role_and_order_is_as_read_by_hand(plan, answers):
    seeded = [
        {"number": task.number, "section": task.section, "title": task.title, "basis": task.basis,
         "lead": task.lead, "co": list(task.co)}
        for task in plan.tasks
    ]
    assert seeded == answers["tasks"]


def test_the_notice_can_be_put_together_again_from_the_plan_to_the_letter(plan, notice):
    lines = [
        plan.notice_title + "【有效期至2027年12月31日】", plan.notice_title, plan.doc_number, plan.addressees,
        plan.covering_words, plan.issuer, "2025年6月26日", plan.title, plan.lead_in, plan.parts[0], plan.goals,
        plan.parts[1],
    ]
    for section in plan.sections:
        lines.append(section.heading)
        for task in plan.tasks:
            if task.section == section.number:
                lines.append(f"{task.number}.{task.title}。{task.body}")
                lines += [f"责任单位:{task.as_written}"] if task.as_written else []
    assert lines == [line for line in notice.split("\n") if line]


def test_metadata(plan):
    assert (plan.key, plan.short_name, plan.header_name) == ("kjcx-2025", "科创方案", "科技创新行动方案")
    assert (plan.issued_on, plan.valid_until) == (date(2025, 6, 26), date(2027, 12, 31))
    assert {section.part for section in plan.sections} == {"二、重点任务及措施"}


def test_eighty_seven_pairs_of_task_and_unit(plan):
    leads = [task.lead for task in plan.tasks if task.lead]
    co = [name for task in plan.tasks for name in task.co]
    assert (len(plan.tasks), len(plan.units), len(leads), len(co), len(leads + co)) == (19, 30, 18, 69, 87)
    assert {*leads, *co} == {unit.name for unit in plan.units}


def test_every_unit_is_of_the_kind_read_by_hand(plan, answers):
    by_kind: dict[str, set[str]] = {}
    for unit in plan.units:
        by_kind.setdefault(unit.kind, set()).add(unit.name)
    assert by_kind == {kind: set(names) for kind, names in answers["units"].items()}


def test_the_clerk_of_the_science_bureau_is_kjj(plan):
    stems = {unit.name: unit.login_stem for unit in plan.units}
    assert (stems["州科技局"], stems["州工业和信息化局"]) == ("kjj", "gxj")
    assert len(set(stems.values())) == 30


@pytest.mark.parametrize(("alias", "name"), [
    ("州发改委", "州发展改革委"), ("州工信局", "州工业和信息化局"),
    ("州卫健委", "州卫生健康委"), ("州住建局", "州住房城乡建设局"),
])
def test_aliases_name_the_same_unit(plan, alias, name):
    assert plan.registry.wordings[alias] == (name,)


def test_task_19_is_cut_off_and_has_no_units(plan):
    task = plan.tasks[18]
    assert (task.source_complete, task.units, task.as_written) == (False, (), None)
    assert task.body == "支持以“孵化器+产业园”的发展模式"
    assert all(task.source_complete for task in plan.tasks[:18])


@pytest.mark.parametrize(("number", "left_out"), [
    pytest.param("1", "all", id="task 1 lists the seven itself"),
    pytest.param("2", [], id="no standing unit is listed in task 2"),
    pytest.param("9", ["格尔木市人民政府"], id="the lead of task 9 keeps that role"),
    pytest.param("11", ["德令哈市人民政府"], id="the lead of task 11 too"),
    pytest.param("15", ["德令哈市人民政府", "茫崖市人民政府"], id="two co-units of task 15"),
    pytest.param("19", [], id="nobody is listed in task 19"),
])
def test_standing_units_of_a_task_are_those_it_does_not_list_itself(plan, answers, number, left_out):
    task = next(task for task in plan.tasks if task.number == number)
    seven = answers["standing"]
    assert list(plan.standing_of(task)) == [name for name in seven if left_out != "all" and name not in left_out]


def test_without_a_standing_clause_no_task_has_standing_units(plan):
    free = plan.model_copy(update={"standing": None})
    assert free.standing_of(free.tasks[1]) == ()


def test_twelve_measures_each_with_its_words(plan, answers):
    seeded = [(task.number, measure) for task in plan.tasks for measure in task.measures]
    expected = answers["measures"]
    assert len(seeded) == 12
    for (number, measure), (task, kind, said, unit_word) in zip(seeded, expected, strict=True):
        assert (number, measure.kind, measure.unit_word) == (task, kind, unit_word)
        assert measure.amount == (Decimal(said) if kind == "sum" else None)
        assert (f"{said}{unit_word}" if kind == "sum" else said) in measure.as_written


def test_seven_indicators_of_the_goals(plan, answers):
    seeded = [
        [each.name, each.comparison, None if each.target is None else str(each.target), each.unit_word]
        for each in plan.indicators
    ]
    assert seeded == answers["indicators"]
    assert {each.due_on for each in plan.indicators} == {date(2027, 12, 31)}


def test_reporting_policy(plan):
    policy = plan.policy
    assert (policy.lead, policy.co, policy.standing_co) == (Cadence.quarter, Cadence.quarter, Cadence.half)
    assert (policy.due.kind, policy.due.day, policy.due.time) == (DueKind.working_day_after, 5, "18:00")
    assert (policy.co_days_before, policy.draft_from_day, policy.collect_days_before) == (2, 1, 10)


def test_each_duty_is_its_own_in_task_1_only(plan):
    assert [task.number for task in plan.tasks if task.basis is Basis.duties_apart] == ["1"]


def test_a_plan_written_out_as_json_reads_back_the_same(plan):
    assert PlanFile.model_validate(plan.model_dump(mode="json")) == plan
