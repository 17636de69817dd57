"""What stands beside a report under review: what was sent back, who signed, who is silent; and the queue's pages."""
from __future__ import annotations

import re
from datetime import date

import pytest
from flask import Flask
from sqlalchemy import update
from sqlalchemy.orm import Session

from tests.factories import actor_of, make_obligation, make_task, make_text, make_unit, make_user, moment
from tests.services.test_list_queries import make_large_plan
from tests.web.desk import AT, Desk
from tests.web.reviewing import decide, entered, heading, judged, opened, queue
from tracker.domain.words import PlanState, Rating, Role, Source, State, UserRole
from tracker.models import Milestone, ReportVersion, YearPlan
from tracker.services import entering, signing


@pytest.fixture
def desk(app: Flask, session: Session) -> Desk:
    return Desk(app, session)


def test_after_a_decision_the_one_behind_it_opens_not_the_oldest(desk: Desk) -> None:
    first, second, third = entered(desk, "1", "2", "3")
    page = desk.office.get(f"/review?open={second}").text
    assert f'name="next" value="{third}"' in page
    answer = decide(desk, second, "accept", judged="on_track", next=third)
    assert answer.headers["Location"] == f"/review?open={third}&told={second}"
    page = desk.office.get(answer.headers["Location"]).text
    assert opened(page) == "3. 示例任务3"
    assert f'name="next" value="{first}"' in page           # behind the last stands the one before


def test_filters_stay_through_a_decision(desk: Desk) -> None:
    finance, _ = desk.another()
    entered(desk, "1")
    owed = desk.submit(desk.owe("2", unit=finance))
    desk.submit(desk.owe("3", unit=finance))
    page = desk.office.get(f"/review?unit={finance.id}").text
    assert heading(page) == "等督查室审核的还有3件"
    assert queue(page) == ["2. 示例任务2", "3. 示例任务3"]
    assert "筛出2件" in page
    answer = decide(desk, owed, "accept", judged="on_track", unit=finance.id)
    assert answer.headers["Location"] == f"/review?unit={finance.id}&told={owed}"


@pytest.mark.parametrize("address", [
    "/review?period=%00", "/review?unit=x", "/review?unit=99999999999999999999999", "/review?role=king",
    "/review?page=-1", "/review?page=99999999999999999999999", "/review?open=0", "/review?open=-1", "/review?tick=all",
])
def test_an_odd_address_shows_the_queue(desk: Desk, address: str) -> None:
    entered(desk, "1")
    assert queue(desk.office.get(address).text) == ["1. 示例任务1"]


def test_a_resubmission_stands_beside_what_was_sent_back_and_why(desk: Desk) -> None:
    task = make_task(desk.session, lead=desk.unit)
    period = desk.after(make_text("上期已立项9项。"), task=task)
    owed = desk.owe(task=task, period=period)
    desk.submit(owed, make_text("立项12项。继续申报。"))
    desk.send_back(owed, "无量化进展；请补资金")
    desk.submit(owed, make_text("立项12项。下达资金860万元。"))
    page = desk.office.get("/review").text
    assert "上期、退回的与重报的并排" in page
    assert '<p class="pre">无量化进展；请补资金</p>' in page
    assert '<span class="hide-w lbl">退回的</span><span class="same">立项12项。</span>继续申报。</td>' in page
    assert '重报</span><span class="same">立项12项。</span><ins>下达资金860万元。</ins></td>' in page
    assert '<span class="hide-w lbl">上期</span>上期已立项9项。</td>' in page
    assert "与退回的那份相同" in page


def test_a_field_that_was_empty_last_time_is_all_new(desk: Desk) -> None:
    task = make_task(desk.session, lead=desk.unit)
    period = desk.after(make_text("已立项9项。"), task=task)
    desk.submit(desk.owe(task=task, period=period), make_text("已立项9项。", problems="缺2人。"))
    page = desk.office.get("/review").text
    assert '<span class="hide-w lbl">本期</span><ins>缺2人。</ins></td>' in page


def test_the_facts_say_who_wrote_who_signed_and_who_of_the_co_units_is_silent(desk: Desk) -> None:
    finance, _ = desk.another()
    energy = make_unit(desk.session, name="州能源局")
    head = make_user(desk.session, UserRole.head, unit=desk.unit)
    task = make_task(desk.session, lead=desk.unit, co=[finance, energy])
    owed = desk.owe(task=task)
    part = make_obligation(desk.session, task=task, unit=finance, role=Role.co).id
    make_obligation(desk.session, task=task, unit=energy, role=Role.co)
    desk.submit(part)
    desk.submit(owed)
    assert f'href="/review?open={owed}"' not in desk.office.get("/review").text        # the head has not signed
    signing.sign_report(desk.session, actor_of(desk.session, head), owed, version=desk.obligation(owed).version, at=AT)
    page = desk.office.get(f"/review?open={owed}").text
    assert "州科技局 牵头 · 州科技局填报员填，州科技局审签人 今天 09:00 签发 · 按时" in page
    assert "1/2已报，州能源局没报" in page


def test_an_entry_for_a_unit_says_so_and_the_one_who_entered_it_cannot_accept_it(desk: Desk) -> None:
    owed = desk.owe()
    entering.enter_for(desk.session, actor_of(desk.session, desk.supervisor), owed, text=make_text(),
                       source=Source.telephone, received_at=AT, version=1, request_key="k", at=AT)
    page = desk.office.get("/review").text
    assert "代填（电话答复）" in page
    assert "<h3>督查室代填（电话答复）</h3>" in page
    assert '<small class="warn">代填，单位还没有确认</small>' in page
    assert decide(desk, owed, "accept", judged="on_track").status_code == 403
    assert desk.obligation(owed).state is State.signed


def test_units_without_people_and_purges_are_on_the_offices_day(desk: Desk) -> None:
    orphan = make_unit(desk.session, name="州能源局")
    desk.owe("7", unit=orphan)
    page = desk.office.get("/review").text
    assert '<a href="#people">1个单位无填报人</a>' in page
    assert "<dt>无填报人 1 个</dt><dd>州能源局</dd>" in page


def test_the_queue_turns_its_pages_and_keeps_what_narrows(desk: Desk) -> None:
    finance, _ = desk.another()
    make_large_plan(desk.session, (finance.id, desk.unit.id), 60, key="large")
    desk.session.execute(update(ReportVersion).values(sent_at=ReportVersion.submitted_at))
    desk.session.commit()
    page = desk.office.get(f"/review?unit={finance.id}").text
    assert len(queue(page)) == 50
    assert "第1-50件，共60件" in page
    assert f'href="/review?unit={finance.id}&amp;page=2" rel="next"' in page
    page = desk.office.get(f"/review?unit={finance.id}&page=2").text
    assert len(queue(page)) == 10
    assert f'href="/review?unit={finance.id}" rel="prev"' in page


def test_where_a_milestone_is_past_due_the_judgement_starts_with_behind_and_one_click_accepts_it(desk: Desk) -> None:
    task = make_task(desk.session, lead=desk.unit)
    plan = YearPlan(task_id=task.id, year=2026, number=1, state=PlanState.approved)
    desk.session.add(plan)
    desk.session.flush()
    desk.session.add(Milestone(
        year_plan_id=plan.id, task_id=task.id, name="项目开工", owner_id=desk.unit.id, position=1,
        due_on=date(2026, 9, 30), counts_since=moment("2026-01-20")))
    desk.session.commit()
    owed = desk.submit(desk.owe(task=task))
    page = desk.office.get("/review").text
    assert judged(page) == ["behind"]
    assert "节点“项目开工”9月30日（周三）到期，还没有完成，预选欠序时" in page
    ground = re.findall(r'name="ground" value="(.*?)"', page)[0]
    assert decide(desk, owed, "accept", judged="behind", ground=ground).status_code == 303
    assert desk.obligation(owed).judged is Rating.behind
    assert "节点“项目开工”9月30日（周三）到期，还没有完成" in desk.clerk.get(f"/reports/{owed}").text
