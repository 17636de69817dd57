"""Extensions in real Chromium, clicks counted (UX section 7): asked for in 3, granted in 2; refused with words."""
from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.clicks import Hand
from tests.browser.conftest import DESK, PHONE
from tests.browser.house import House, built
from tests.browser.test_axe import EVERYWHERE, axe
from tests.factories import make_obligation, make_period, make_plan, make_task, make_unit, make_user
from tracker.domain.words import UserRole

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("extensions")]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with built(tmp_path_factory.mktemp("extensions")) as made:
        with made.session() as session:
            make_plan(session)
            make_period(session)
            unit = make_unit(session)
            for number in ("5", "9"):
                make_obligation(session, task=make_task(session, number=number, lead=unit), unit=unit)
            make_user(session, unit=unit, login="kjj01", name="某填报员")
            make_user(session, login="dcs01", name="某督查员")
            make_user(session, UserRole.leader, login="ld01")
        yield made


@pytest.fixture(autouse=True)
def closed(browser: Browser) -> Iterator[None]:
    yield
    for context in browser.contexts:
        context.close()


def looked_at(page: Page) -> None:
    assert axe(page, EVERYWHERE) == []


def test_asked_for_in_three_clicks_granted_in_two_refused_with_words(house: House, browser: Browser) -> None:
    clerk = Hand(house.enter(browser, "kjj01", DESK), "clerk")
    clerk.go("/my")
    with clerk.job(3):
        clerk.click(clerk.page.locator("main a.btn[href^='/reports/']"))
        clerk.click(clerk.page.get_by_role("link", name="申请延期"))
        clerk.page.get_by_label("延到哪一天").fill("2026-10-30")
        clerk.page.get_by_label("理由").fill("台址用地手续未批复")
        clerk.picture("ask")
        clerk.click(clerk.button("申请延期"))
    expect(clerk.page.get_by_text("牵头单位申请延期")).to_be_visible()
    expect(clerk.page.get_by_role("status").first).to_contain_text("延期申请已交督查室")
    clerk.picture("asked")
    looked_at(clerk.page)
    address = clerk.page.url

    clerk.go("/tasks/9")
    clerk.click(clerk.page.get_by_role("link", name="申请延期"))
    clerk.page.get_by_label("延长多少").fill("30")
    clerk.click(clerk.button("申请延期"))
    expect(clerk.page.locator(".errsum")).to_contain_text("请写明为什么要延期")
    expect(clerk.page.get_by_label("延长多少")).to_have_value("30")
    clerk.picture("came-back")
    looked_at(clerk.page)
    clerk.page.get_by_label("理由").fill("资金年底才下达")
    clerk.page.get_by_label("按什么算").select_option("days")
    clerk.click(clerk.button("申请延期"))
    expect(clerk.page.get_by_text("牵头单位申请延期")).to_be_visible()
    clerk.picture("task")
    looked_at(clerk.page)

    office = Hand(house.enter(browser, "dcs01", DESK), "office")
    office.go("/review")
    office.picture("review")
    with office.job(2):
        office.click(office.page.get_by_role("link", name="延期申请待审批2件"))
        office.picture("waiting")
        looked_at(office.page)
        office.click(office.button("同意，延到10月30日"))
    expect(office.page.locator("h1")).to_have_text("等审批的延期申请1件")
    office.click(office.page.get_by_text("另定日期，或不同意"))
    office.click(office.button("不同意"))
    expect(office.page.locator(".errsum")).to_contain_text("请写明为什么不同意")
    office.picture("no-words")
    looked_at(office.page)
    office.page.get_by_label("答复（不同意时必填").fill("资金已下达")
    office.click(office.button("不同意"))
    expect(office.page.locator("h1")).to_have_text("延期申请都办完了")
    office.picture("done")
    looked_at(office.page)

    phone = Hand(house.enter(browser, "kjj01", PHONE), "phone")
    phone.go(address.split("?")[0])
    expect(phone.page.get_by_text("延期已同意")).to_be_visible()
    phone.picture("granted")
    looked_at(phone.page)
    phone.go("/tasks/9")
    expect(phone.page.get_by_text("延期没有同意")).to_be_visible()
    phone.picture("refused")
