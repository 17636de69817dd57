"""A unit's round in Chromium: parts, consolidation, signature, return, resubmission, acceptance, the leader's look."""
from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, Locator, expect
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.browser.clicks import Hand
from tests.browser.conftest import DESK, PHONE
from tests.browser.filled import CO, OURS, people
from tests.browser.house import House, built
from tests.factories import make_text, moment
from tracker import jobs
from tracker.domain.actors import SYSTEM, Actor
from tracker.domain.words import Rating, Role, UserRole
from tracker.models import Obligation, Period, Task, Unit
from tracker.notices.plan_file import read_plan
from tracker.paths import SEED
from tracker.services import reporting, reviewing
from tracker.services.plan_load import load_plan

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser"), pytest.mark.timeout(300)]

TASK, TITLE = "6", "优化重大科技项目支撑机制"
BEFORE = "二季度受理申报21项，立项9项，下达资金310万元。"
PART = "三季度下达配套资金860万元，惠及项目12个。"
FIRST = "三季度受理申报26项，专家评审通过14项。"
SECOND = "三季度受理申报26项，专家评审通过14项，立项12项，均已签合同。"
GROUND = "资金下达比方案晚一个季度"


@dataclass
class Office:
    house: House
    browser: Browser
    reports: dict[str, int]         # unit → its obligation on the task in 2026Q3

    def sit(self, login: str, name: str, size: dict[str, int]) -> Hand:
        hand = Hand(self.house.enter(self.browser, login, size), name)
        hand.page.set_default_timeout(15_000)
        hand.go("/")
        return hand


@pytest.fixture
def office(tmp_path, browser) -> Iterator[Office]:
    """2026Q3 is open, the quarter before it reported and accepted, everybody has an account."""
    with built(tmp_path) as house:
        with house.session() as session:
            load_plan(session, SYSTEM, read_plan(SEED), first_period="2026Q2", at=moment("2026-04-01 09:00"))
            for day in ("2026-04-01", "2026-07-01"):
                at = moment(f"{day} 09:00")
                jobs.run_due(session, at, now=at, export_dir=None)
            report_before(session)
            people(session)
            reports = {unit: session.scalars(owed("2026Q3").where(Unit.name == unit, Task.number == TASK)).one()
                       for unit in (OURS, CO)}
        yield Office(house, browser, reports)
        for context in browser.contexts:
            context.close()


def owed(period: str):
    return (select(Obligation.id).join(Unit, Unit.id == Obligation.unit_id).join(Task, Task.id == Obligation.task_id)
            .join(Period, Period.id == Obligation.period_id).where(Period.key == period).order_by(Obligation.id))


def report_before(session: Session) -> None:
    """What both units said in 2026Q2 stands accepted."""
    judge = Actor(None, "督查员", frozenset({UserRole.supervisor}))
    for unit in session.scalars(select(Unit).where(Unit.name.in_((OURS, CO)))).all():
        clerk = Actor(None, f"{unit.name}填报员", frozenset({UserRole.clerk}), unit.id, unit.name)
        for row_id in session.scalars(owed("2026Q2").where(Unit.id == unit.id)).all():
            reporting.submit_report(session, clerk, row_id, text=make_text(BEFORE), version=1, request_key="k",
                                    at=moment("2026-07-02 09:00"))
            role = session.get_one(Obligation, row_id).role
            reviewing.accept_report(session, judge, row_id, version=2, at=moment("2026-07-03 09:00"),
                                    judged=Rating.on_track if role is Role.lead else None)


def row_of(hand: Hand, title: str) -> Locator:
    """The row of a list that speaks of this task."""
    return hand.page.locator("main tr").filter(has_text=title).first


def test_the_round_of_a_unit(office):
    co, clerk = office.sit("czj01", "配合单位填报员", DESK), office.sit("kjj01", "牵头单位填报员", PHONE)
    head, desk = office.sit("kjj02", "审签人", PHONE), office.sit("dcs01", "督查员", DESK)
    leader, lead = office.sit("ld01", "领导", DESK), office.reports[OURS]

    co.click(co.page.get_by_role("link", name="一表填报"))
    co.picture("一表")
    rows = co.page.locator("form#grid tbody")
    for number in range(rows.count()):
        row = rows.nth(number)
        if TITLE in row.inner_text():
            row.locator("[data-field=progress]").fill(PART)
        else:
            row.locator("select[name$=nothing_new]").select_option(index=1)
        row.locator("select[data-field=self_rating]").select_option("on_track")
    co.picture("一表写好")
    co.click(co.button("整表提交"))
    expect(co.page.locator("h1")).to_contain_text("都报完了")
    co.picture("一表已交")

    with clerk.job(2):                  # report one
        clerk.go("/")
        clerk.picture("待办")
        clerk.click(row_of(clerk, TITLE).get_by_role("link", name="填报"))
        expect(clerk.page.get_by_text(BEFORE)).to_be_visible()          # last period's text: no click
        with clerk.job(2):              # quote a co-unit's text
            clerk.click(clerk.page.locator("summary").filter(has_text="引用配合单位填报"))
            clerk.picture("引用")
            clerk.click(clerk.page.get_by_role("button", name="引用").first)
        quoting, clerk.clicks = clerk.clicks, clerk.clicks - 2
        expect(clerk.page.locator("#progress")).to_have_value(f"{CO}：{PART}")
        clerk.page.locator("#progress").press("Control+End")
        clerk.page.locator("#progress").press_sequentially(f"\n{FIRST}")
        clerk.picture("写好")
        clerk.click(clerk.button("提交审签"))
    assert quoting == 3                 # 填报, and the two of quoting
    expect(clerk.page.locator("main")).to_contain_text("等审签")
    clerk.picture("已提交")

    with head.job(1):                   # sign one
        head.go("/")
        expect(head.page.locator("main")).to_contain_text(FIRST)
        head.picture("待我审签")
        head.click(head.button("签发，报督查室"))
    expect(head.page.locator("h1")).to_contain_text("没有等您审签的")
    head.picture("已签")

    with desk.job(2):                   # return it with a ready reason
        desk.go(f"/review?open={lead}")
        desk.picture("审核")
        desk.click(desk.page.get_by_label("无量化进展"))
        desk.click(desk.page.locator("form[data-decide] button[value=send_back]"))
    desk.picture("已退回")

    with clerk.job(2):                  # correct one sent back
        clerk.go("/")
        clerk.picture("退回")
        clerk.click(clerk.page.get_by_role("link", name="去修改").first)
        expect(clerk.page.locator("main")).to_contain_text("无量化进展")
        clerk.picture("去修改")
        clerk.page.locator("#progress").fill(f"{CO}：{PART}\n{SECOND}")
        clerk.click(clerk.button("提交审签"))
    expect(clerk.page.locator("main")).to_contain_text("等审签")

    with head.job(2):
        head.go("/")
        with head.job(1):               # compare with last period
            head.click(head.page.locator("summary").filter(has_text="与上期对照").first)
            expect(head.page.get_by_text(BEFORE).first).to_be_visible()
        head.picture("重报与上期对照")
        head.click(head.button("签发，报督查室"))
    expect(head.page.locator("h1")).to_contain_text("没有等您审签的")

    desk.go(f"/review?open={lead}")
    expect(desk.page.locator("main")).to_contain_text("立项12项，均已签合同")
    desk.page.get_by_label("欠序时").check()
    desk.page.locator("#reason").fill(GROUND)
    desk.picture("改认定")
    desk.click(desk.page.locator("form[data-decide] button[value=accept]"))
    expect(desk.page.locator("main")).to_contain_text("已通过")
    desk.picture("已通过")

    leader.go("/")
    expect(leader.page.locator("main")).to_contain_text(TITLE)
    leader.picture("总览")
    leader.go(f"/tasks/{TASK}")
    expect(leader.page.locator("main")).to_contain_text("认定欠序时")
    assert all(words in leader.page.inner_text("main") for words in (SECOND, PART))
    leader.picture("任务")
    leader.click(leader.page.get_by_role("link", name="看全文"))
    expect(leader.page.locator("main")).to_contain_text(GROUND)
    leader.picture("认定的理由")
    assert [hand.faults for hand in (co, clerk, head, desk, leader)] == [[]] * 5


def test_the_clicks_of_withdrawing_giving_back_and_accepting(office):
    clerk, head = office.sit("kjj01", "牵头单位填报员", PHONE), office.sit("kjj02", "审签人", PHONE)

    with clerk.job(2):
        clerk.click(row_of(clerk, TITLE).get_by_role("link", name="填报"))
        clerk.page.locator("#progress").fill(FIRST)
        clerk.click(clerk.button("提交审签"))
    clerk.go("/")
    with clerk.job(1):
        clerk.click(row_of(clerk, TITLE).get_by_role("button", name="撤回"))
    expect(clerk.page.locator("main")).to_contain_text("撤回")
    clerk.picture("撤回之后")
    with clerk.job(2):
        clerk.go("/")
        clerk.click(row_of(clerk, TITLE).get_by_role("link", name="继续写"))
        expect(clerk.page.locator("#progress")).to_have_value(FIRST)
        clerk.click(clerk.button("提交审签"))

    head.go("/")
    with head.job(2):
        head.click(head.page.locator("summary").filter(has_text="退回修改").first)
        head.page.locator("main textarea").first.fill("请写明立项几项")
        head.picture("退回修改")
        head.click(head.button("退回填报员"))
    clerk.go("/")
    with clerk.job(2):
        clerk.click(row_of(clerk, TITLE).get_by_role("link"))
        expect(clerk.page.locator("main")).to_contain_text("请写明立项几项")
        clerk.picture("审签人退回")
        clerk.page.locator("#progress").fill(SECOND)
        clerk.click(clerk.button("提交审签"))
    head.go("/")
    with head.job(1):
        head.click(head.button("签发，报督查室"))
    expect(head.page.locator("h1")).to_contain_text("没有等您审签的")

    desk = office.sit("dcs01", "督查员", DESK)
    with desk.job(1):
        desk.click(desk.page.locator("form[data-decide] button[value=accept]"))
    expect(desk.page.locator("h1")).to_contain_text("等审核的都办完了")
    assert [hand.faults for hand in (clerk, head, desk)] == [[]] * 3


def test_the_clicks_of_accepting_all_and_of_the_administrator(office):
    with office.house.session() as session:
        unit = session.scalars(select(Unit).where(Unit.name == CO)).one()
        clerk = Actor(None, f"{CO}填报员", frozenset({UserRole.clerk}), unit.id, unit.name)
        ids = session.scalars(owed("2026Q3").where(Unit.id == unit.id)).all()[:3]
        for number, row_id in enumerate(ids, start=1):
            text = make_text(f"下达第{number}批资金{number}80万元，验收{number}次。")
            reporting.submit_report(session, clerk, row_id, text=text, version=1, request_key="k",
                                    at=office.house.clock.now())
    desk = office.sit("dcs01", "督查员", DESK)
    desk.picture("全部通过之前")
    with desk.job(3):
        desk.click(desk.page.get_by_text("全选没有提示的3件"))
        desk.click(desk.button("全部通过"))
    expect(desk.page.locator("h1")).to_contain_text("等审核的都办完了")
    desk.picture("全部通过之后")

    admin = office.sit("admin01", "系统管理员", DESK)
    with admin.job(2):
        admin.click(admin.page.get_by_role("link", name="州科技局审签人").or_(
            admin.page.locator("tr").filter(has_text="kjj02").get_by_role("link")).first)
        admin.click(admin.button("重置密码"))
    expect(admin.page.locator("main")).to_contain_text("/welcome/")
    admin.picture("一次性链接")
    admin.go("/")
    with admin.job(2):
        admin.click(admin.page.get_by_role("link", name="新建用户"))
        admin.page.get_by_label("账号").fill("czj02")
        admin.page.get_by_label("姓名").fill("州财政局填报员二")
        admin.page.get_by_label("单位").select_option(CO)
        admin.click(admin.button("建账号"))
    expect(admin.page.locator("main")).to_contain_text("/welcome/")
    assert [hand.faults for hand in (desk, admin)] == [[]] * 2
