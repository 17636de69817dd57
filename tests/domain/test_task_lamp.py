"""进度灯: how a task goes. A table for each clause, then their order."""
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.domain.moments import at
from tracker.domain.lamp import LeadReport, MilestoneFacts, TaskFacts, task_lamp
from tracker.domain.words import Colour, Ground, Rating, TaskState
from tracker.domain.workdays import china_calendar

CHINA = china_calendar()
NOW = at("2026-10-08 09:30")
Q1 = LeadReport("2026Q1", at("2026-04-08 18:00"))
Q2 = LeadReport("2026Q2", at("2026-07-07 18:00"))
Q3 = LeadReport("2026Q3", at("2026-10-13 18:00"))


def said(owed, self_rating=Rating.on_track, judged=None, **others):
    """The report handed in an hour before it was due."""
    return replace(owed, delivered_at=owed.due_at.replace(hour=9), self_rating=self_rating, judged=judged, **others)


def task(*reports, state=TaskState.in_progress, source_complete=True, due_on=date(2027, 12, 31), milestones=()):
    return TaskFacts(state, source_complete, due_on, reports, tuple(milestones))


def shown(facts, moment=NOW):
    lamp = task_lamp(facts, moment, CHINA)
    return lamp.colour, lamp.word, lamp.reason


def node(due_on, done_on=None, name="出台管理办法"):
    return MilestoneFacts(date.fromisoformat(due_on), date.fromisoformat(done_on) if done_on else None, name)


TWO_MISSING = (Q1, Q2, Q3)
BEHIND_TWICE = (said(Q1, Rating.behind), said(Q2, Rating.behind), Q3)


@pytest.mark.parametrize(("state", "complete", "expected"), [
    (TaskState.closed, True, (Colour.blue, "已办结", "已销号")),
    (TaskState.closed, False, (Colour.blue, "已办结", "已销号")),
    (TaskState.suspended, True, (Colour.grey, "暂缓", "任务暂缓办理")),
    (TaskState.suspended, False, (Colour.grey, "暂缓", "任务暂缓办理")),
    (TaskState.cancelled, True, (Colour.grey, "取消", "任务已取消")),
    (TaskState.in_progress, False, (Colour.grey, "待补录", "方案原文不完整，待督查室补录")),
    (TaskState.not_started, False, (Colour.grey, "待补录", "方案原文不完整，待督查室补录")),
])
@pytest.mark.parametrize("others", [
    {}, {"due_on": date(2026, 1, 1)}, {"milestones": (node("2026-09-01"),)},
], ids=["plain", "past due", "milestone missed"])
def test_what_is_settled_stays_so_whatever_is_late(state, complete, expected, others):
    assert shown(task(*TWO_MISSING, state=state, source_complete=complete, **others)) == expected


@pytest.mark.parametrize("state", [TaskState.not_started, TaskState.in_progress, TaskState.completion_requested])
def test_an_open_task_is_judged_by_its_facts(state):
    assert shown(task(*TWO_MISSING, state=state))[0] is Colour.red
    assert shown(task(said(Q2), Q3, state=state))[0] is Colour.green


def test_a_task_without_units_or_reports_breaks_nothing():
    assert shown(task()) == (Colour.grey, "未到期", "还没有应报的进展报告")
    assert shown(task(source_complete=False)) == (Colour.grey, "待补录", "方案原文不完整，待督查室补录")


@pytest.mark.parametrize(("facts", "moment", "expected"), [
    pytest.param(task(Q3), "2026-10-08 09:30",
                 (Colour.grey, "未到期", "2026年第三季度报告10月13日（周二）18:00截止，还有4个工作日"),
                 id="not yet due"),
    pytest.param(task(Q3), "2026-10-13 18:00",
                 (Colour.grey, "未到期", "2026年第三季度报告10月13日（周二）18:00截止，今天截止"), id="on the stroke"),
    pytest.param(task(Q3), "2026-10-13 18:00:01",
                 (Colour.yellow, "预警", "进展不明：2026年第三季度报告逾期不到1个工作日，至今未报"),
                 id="a second after"),
    pytest.param(task(said(Q3)), "2026-10-13 09:00",
                 (Colour.green, "正常", "2026年第三季度自评达序时"), id="delivered before it was due"),
    pytest.param(task(replace(Q2, waived=True), Q3), "2026-10-08 09:30",
                 (Colour.grey, "未到期", "2026年第三季度报告10月13日（周二）18:00截止，还有4个工作日"),
                 id="only 免报 before"),
    pytest.param(task(replace(Q2, waived=True)), "2026-10-08 09:30",
                 (Colour.grey, "未到期", "还没有应报的进展报告"), id="nothing but 免报"),
    pytest.param(task(Q3, milestones=[node("2026-10-12")]), "2026-10-08 09:30",
                 (Colour.grey, "未到期", "2026年第三季度报告10月13日（周二）18:00截止，还有4个工作日"),
                 id="a milestone soon, but nothing due yet"),
    pytest.param(task(Q3, milestones=[node("2026-12-31", "2026-09-01")]), "2026-10-08 09:30",
                 (Colour.green, "正常", "节点已按期完成"), id="a milestone done"),
])
def test_grey_until_something_is_due_or_delivered(facts, moment, expected):
    assert shown(facts, at(moment)) == expected


@pytest.mark.parametrize(("moment", "expected"), [
    pytest.param("2026-10-13 23:59:59", (Colour.green, "正常", "2026年第二季度自评达序时"),
                 id="to the end of the due day"),
    pytest.param("2026-10-14 00:00", (Colour.red, "滞后", "完成时限2026年10月13日，逾期1个工作日，尚未办结"),
                 id="red at 00:00 of the next"),
    pytest.param("2026-10-17 12:00", (Colour.red, "滞后", "完成时限2026年10月13日，逾期3个工作日，尚未办结"),
                 id="Saturday"),
])
def test_a_task_past_its_due_date_is_red(moment, expected):
    assert shown(task(said(Q2), due_on=date(2026, 10, 13)), at(moment)) == expected


def test_past_due_dates_are_red_since_the_next_midnight_in_shanghai():
    assert task_lamp(task(due_on=date(2026, 9, 30)), NOW, CHINA).since == at("2026-10-01 00:00")
    assert task_lamp(task(milestones=[node("2026-09-30")]), NOW, CHINA).since == at("2026-10-01 00:00")


def test_a_due_date_passed_on_a_day_off_is_late_by_no_whole_working_day():
    assert shown(task(said(Q2), due_on=date(2026, 9, 30)), at("2026-10-05 09:00"))[2] == (
        "完成时限2026年9月30日，逾期不到1个工作日，尚未办结")


@pytest.mark.parametrize(("milestones", "moment", "expected"), [
    pytest.param([node("2026-09-30")], "2026-09-30 23:59:59",
                 (Colour.yellow, "预警", "节点“出台管理办法”2026年9月30日到期，今天截止，尚未完成"), id="on its day"),
    pytest.param([node("2026-09-30")], "2026-10-01 00:00",
                 (Colour.red, "滞后", "节点“出台管理办法”2026年9月30日到期，逾期不到1个工作日，尚未完成"), id="missed"),
    pytest.param([node("2026-09-30", "2026-09-30")], "2026-10-08 09:30",
                 (Colour.green, "正常", "2026年第二季度自评达序时"), id="done"),
    pytest.param([node("2026-09-30", "2026-10-08")], "2026-10-08 09:30",
                 (Colour.green, "正常", "2026年第二季度自评达序时"), id="done late"),
    pytest.param([node("2026-09-30", name="二"), node("2026-08-31", name="一"), node("2026-07-31", "2026-07-30")],
                 "2026-10-08 09:30",
                 (Colour.red, "滞后", "节点“一”2026年8月31日到期，逾期23个工作日，尚未完成，另有1个节点逾期"),
                 id="two missed"),
    pytest.param([node("2026-09-30", name="")], "2026-10-08 09:30",
                 (Colour.red, "滞后", "节点2026年9月30日到期，逾期1个工作日，尚未完成"), id="without a name"),
])
def test_a_milestone_past_due_and_not_done_is_red(milestones, moment, expected):
    assert shown(task(said(Q2), milestones=milestones), at(moment)) == expected


@pytest.mark.parametrize(("due_on", "colour", "left"), [
    ("2026-10-08", Colour.yellow, "今天截止"), ("2026-10-09", Colour.yellow, "还有1个工作日"),
    ("2026-10-21", Colour.yellow, "还有10个工作日"), ("2026-10-22", Colour.green, None),
])
def test_a_milestone_due_within_ten_working_days_is_yellow(due_on, colour, left):
    found = shown(task(said(Q2), milestones=[node("2027-03-31"), node(due_on)]))
    assert found[0] is colour
    if left:
        day = date.fromisoformat(due_on).day
        assert found[1:] == ("预警", f"节点“出台管理办法”2026年10月{day}日到期，{left}，尚未完成")


def test_a_milestone_due_on_a_day_off_before_the_next_working_day():
    found = shown(task(said(Q2), milestones=[node("2026-10-11")]), at("2026-10-10 09:00"))
    assert found == (Colour.yellow, "预警", "节点“出台管理办法”2026年10月11日到期，还有1天，没有工作日，尚未完成")


@pytest.mark.parametrize(("reports", "expected"), [
    pytest.param((said(Q1, Rating.behind), said(Q2, Rating.behind)),
                 (Colour.red, "滞后", "连续两期欠序时：2026年第一季度自评欠序时、2026年第二季度自评欠序时"),
                 id="both 自评"),
    pytest.param((said(Q1, Rating.on_track, Rating.behind), said(Q2, Rating.behind)),
                 (Colour.red, "滞后", "连续两期欠序时：2026年第一季度认定欠序时、2026年第二季度自评欠序时"),
                 id="认定 then 自评"),
    pytest.param((said(Q1, Rating.behind), said(Q2, Rating.behind, Rating.on_track)),
                 (Colour.green, "正常", "2026年第二季度认定达序时"), id="认定 stands above 自评"),
    pytest.param((said(Q1, Rating.behind), said(Q2)),
                 (Colour.green, "正常", "2026年第二季度自评达序时"), id="recovered"),
    pytest.param((said(Q1), said(Q2, Rating.behind)),
                 (Colour.yellow, "预警", "2026年第二季度自评欠序时"), id="once is yellow"),
    pytest.param((said(Q2, Rating.behind),),
                 (Colour.yellow, "预警", "2026年第二季度自评欠序时"), id="the first period"),
    pytest.param((said(Q1, Rating.behind), replace(Q2, waived=True), said(Q3, Rating.behind)),
                 (Colour.red, "滞后", "连续两期欠序时：2026年第一季度自评欠序时、2026年第三季度自评欠序时"),
                 id="免报 between is skipped"),
    pytest.param((said(Q1, Rating.behind), said(Q2, Rating.behind, waived=True)),
                 (Colour.yellow, "预警", "2026年第一季度自评欠序时"), id="what is 免报 says nothing"),
    pytest.param((said(Q3, Rating.behind), said(Q2, Rating.behind), said(Q1)),
                 (Colour.red, "滞后", "连续两期欠序时：2026年第二季度自评欠序时、2026年第三季度自评欠序时"),
                 id="in any order"),
    pytest.param((said(Q1, Rating.behind), Q2),
                 (Colour.yellow, "预警", "进展不明：2026年第二季度报告逾期62个工作日，至今未报"),
                 id="behind, then silent"),
    pytest.param((said(Q1, Rating.not_started), said(Q2, Rating.not_started)),
                 (Colour.green, "正常", "2026年第二季度自评未启动"), id="only 欠序时 is behind"),
    pytest.param((said(Q2, None),),
                 (Colour.green, "正常", "2026年第二季度已报，没有自评"), id="no rating"),
])
def test_behind_once_is_yellow_and_twice_running_is_red(reports, expected):
    assert shown(task(*reports)) == expected


@pytest.mark.parametrize(("reports", "moment", "expected"), [
    pytest.param((said(Q1), Q2, Q3), "2026-10-08 09:30",
                 (Colour.yellow, "预警", "进展不明：2026年第二季度报告逾期62个工作日，至今未报"),
                 id="once: silence is not green"),
    pytest.param((Q1, Q2, Q3), "2026-10-08 09:30",
                 (Colour.red, "滞后",
                  "连续两期未报：2026年第一季度报告逾期123个工作日，2026年第二季度报告逾期62个工作日"), id="twice"),
    pytest.param((Q2, Q3), "2026-10-13 18:00",
                 (Colour.yellow, "预警", "进展不明：2026年第二季度报告逾期66个工作日，至今未报"),
                 id="the second on its stroke"),
    pytest.param((Q2, Q3), "2026-10-13 18:00:01",
                 (Colour.red, "滞后",
                  "连续两期未报：2026年第二季度报告逾期66个工作日，2026年第三季度报告逾期不到1个工作日"),
                 id="and a second after"),
    pytest.param((Q1, said(Q2)), "2026-10-08 09:30",
                 (Colour.green, "正常", "2026年第二季度自评达序时"), id="spoke again"),
    pytest.param((Q1, Q2, said(Q3)), "2026-10-13 09:00",
                 (Colour.green, "正常", "2026年第三季度自评达序时"), id="spoke before the next was due"),
    pytest.param((Q1, replace(Q2, waived=True), Q3), "2026-10-14 09:00",
                 (Colour.red, "滞后",
                  "连续两期未报：2026年第一季度报告逾期128个工作日，2026年第三季度报告逾期1个工作日"),
                 id="免报 between is skipped"),
    pytest.param((replace(Q2, delivered_at=at("2026-09-01"), self_rating=Rating.on_track),), "2026-10-08 09:30",
                 (Colour.green, "正常", "2026年第二季度自评达序时"), id="late is no longer missing"),
])
def test_silent_once_is_yellow_and_twice_running_is_red(reports, moment, expected):
    assert shown(task(*reports), at(moment)) == expected


@pytest.mark.parametrize(("reports", "expected"), [
    pytest.param((said(Q2), Q2), (Colour.yellow, "预警", "进展不明：2026年第二季度报告逾期62个工作日，至今未报"),
                 id="missing if one is missing"),
    pytest.param((said(Q2), said(Q2, Rating.behind)), (Colour.yellow, "预警", "2026年第二季度自评欠序时"),
                 id="the worst rating counts"),
    pytest.param((said(Q2, Rating.behind), said(Q2)), (Colour.yellow, "预警", "2026年第二季度自评欠序时"),
                 id="in any order"),
    pytest.param((said(Q2), replace(Q2, waived=True)), (Colour.green, "正常", "2026年第二季度自评达序时"),
                 id="a lead that is 免报 is left out"),
    pytest.param((Q1, said(Q1), Q2, said(Q2)),
                 (Colour.red, "滞后",
                  "连续两期未报：2026年第一季度报告逾期123个工作日，2026年第二季度报告逾期62个工作日"),
                 id="one of two missing twice"),
    pytest.param((said(Q1, Rating.behind), said(Q1), said(Q2), said(Q2, Rating.behind)),
                 (Colour.red, "滞后", "连续两期欠序时：2026年第一季度自评欠序时、2026年第二季度自评欠序时"),
                 id="one of two behind twice"),
    pytest.param((said(Q1, Rating.behind), said(Q1), said(Q2, Rating.behind), Q2),
                 (Colour.red, "滞后", "连续两期欠序时：2026年第一季度自评欠序时、2026年第二季度自评欠序时"),
                 id="behind and missing in one period: both count"),
])
def test_of_two_leads_the_worst_counts(reports, expected):
    assert shown(task(*reports)) == expected


def test_the_first_clause_that_holds_wins():
    everything = task(*TWO_MISSING, due_on=date(2026, 9, 1), milestones=[node("2026-09-02"), node("2026-10-12")])
    assert shown(everything)[2].startswith("完成时限")
    everything = replace(everything, due_on=date(2027, 12, 31))
    assert shown(everything)[2].startswith("节点“出台管理办法”2026年9月2日到期，逾期")
    everything = replace(everything, milestones=(node("2026-10-12"),), lead_reports=BEHIND_TWICE)
    assert shown(everything)[2].startswith("连续两期欠序时")
    everything = replace(everything, lead_reports=TWO_MISSING)
    assert shown(everything)[2].startswith("连续两期未报")
    everything = replace(everything, lead_reports=(said(Q1), said(Q2, Rating.behind)))
    assert shown(everything)[2].startswith("节点“出台管理办法”2026年10月12日到期，还有")
    everything = replace(everything, milestones=(), lead_reports=(said(Q2, Rating.behind), Q2))
    assert shown(everything) == (Colour.yellow, "预警", "2026年第二季度自评欠序时")


@pytest.mark.parametrize(("reports", "ground", "since"), [
    pytest.param((said(Q2),), Ground.self_reported, "2026-07-07 17:00", id="green by 自评"),
    pytest.param((said(Q2, ground=Ground.evidenced),), Ground.evidenced, "2026-07-07 17:00", id="green with evidence"),
    pytest.param((said(Q2, Rating.behind, ground=Ground.inspected),), Ground.inspected, "2026-07-07 17:00",
                 id="yellow"),
    pytest.param(BEHIND_TWICE, Ground.self_reported, "2026-07-07 17:00", id="red by rating, since the second"),
    pytest.param((Q2,), Ground.none, "2026-07-07 18:00", id="silence stands on nothing"),
    pytest.param(TWO_MISSING, Ground.none, "2026-07-07 18:00", id="silent twice, since the second"),
])
def test_a_lamp_says_what_it_stands_on_and_since_when(reports, ground, since):
    lamp = task_lamp(task(*reports), NOW, CHINA)
    assert (lamp.ground, lamp.since) == (ground, at(since))


ratings = st.none() | st.sampled_from(Rating)
moments = st.datetimes(datetime(2025, 7, 1), datetime(2028, 3, 1), timezones=st.just(UTC))      # noqa: DTZ001
a_report = st.builds(
    LeadReport, st.sampled_from(["2025Q3", "2025Q4", "2026Q1", "2026Q2", "2026H1", "2026-06"]), moments,
    st.none() | moments, ratings, ratings, st.booleans())
a_milestone = st.builds(MilestoneFacts, st.dates(date(2025, 7, 1), date(2028, 3, 1)),
                        st.none() | st.dates(date(2025, 7, 1), date(2028, 3, 1)))
a_task = st.builds(
    TaskFacts, st.sampled_from(TaskState), st.booleans(), st.dates(date(2025, 7, 1), date(2028, 3, 1)),
    st.lists(a_report, max_size=5).map(tuple), st.lists(a_milestone, max_size=3).map(tuple))


@given(a_task, moments)
@settings(deadline=None)
def test_every_task_has_a_lamp_with_a_word_and_a_reason(facts, moment):
    lamp = task_lamp(facts, moment, CHINA)
    assert lamp.word in {"已办结", "暂缓", "取消", "待补录", "未到期", "滞后", "预警", "正常"}
    assert lamp.reason


@given(a_task, moments, st.randoms())
@settings(deadline=None)
def test_the_order_in_which_facts_are_read_changes_no_lamp(facts, moment, dice):
    shuffled = list(facts.lead_reports)
    dice.shuffle(shuffled)
    turned = replace(facts, lead_reports=tuple(shuffled), milestones=facts.milestones[::-1])
    assert task_lamp(turned, moment, CHINA).colour is task_lamp(facts, moment, CHINA).colour


@given(a_task, moments)
@settings(deadline=None)
def test_a_waived_report_never_moves_a_lamp(facts, moment):
    without = replace(facts, lead_reports=tuple(one for one in facts.lead_reports if not one.waived))
    assert task_lamp(facts, moment, CHINA) == task_lamp(without, moment, CHINA)
