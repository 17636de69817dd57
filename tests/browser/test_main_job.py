"""The main job in a browser: a clerk at a phone, the office at its desk, hostile text, no scripts, 大字版."""
from __future__ import annotations

import re

import pytest
from openpyxl import load_workbook
from playwright.sync_api import Page, expect

from tests.acceptance.served import NEW_PASSWORD
from tests.browser.conftest import DESK, PHONE

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser"), pytest.mark.timeout(300)]

TASK = "落实科技体制机制改革任务"
HOSTILE = """<script>window.hacked=1</script><img src="nowhere" onerror="window.hacked=1">{{ 7*7 }}"'>"""
FIELDS = ("progress", "problems", "matters", "next_steps")
REASON = f"请写明经费数。{HOSTILE}"

UNLABELLED = """() => [...document.querySelectorAll("input, select, textarea")]
    .filter(one => !["hidden", "submit"].includes(one.type) && one.getAttribute("aria-hidden") !== "true")
    .filter(one => one.labels.length === 0 && !one.getAttribute("aria-label")).map(one => one.outerHTML)"""
WIDER = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"


def look(page: Page) -> None:
    """What holds on every page: one heading, labels on what is filled in, nothing to scroll sideways, nothing run."""
    assert page.locator("h1").count() == 1, page.url
    assert page.evaluate(UNLABELLED) == [], page.url
    assert page.evaluate(WIDER) <= 0, page.url
    assert page.evaluate("() => window.hacked") is None, page.url
    assert page.locator("img[src=nowhere]").count() == 0, page.url


def enter(page: Page, login: str, first: str) -> None:
    page.goto("/login")
    page.get_by_label("账号", exact=True).fill(login)
    page.get_by_label("密码", exact=True).fill(first)
    page.get_by_role("button", name="登录").click()
    expect(page.locator("h1")).to_have_text("改掉初始密码，就可以开始用")
    page.get_by_label("初始密码", exact=True).fill(first)
    page.get_by_label("新密码", exact=True).fill(NEW_PASSWORD)
    page.get_by_label("再输一遍新密码", exact=True).fill(NEW_PASSWORD)
    page.get_by_role("button", name="改好，开始用").click()
    expect(page.get_by_role("button", name="退出", exact=True)).to_be_visible()


def open_lead_report(page: Page, title: str = "") -> None:
    """Open the first 牵头 report of /my, or the one on this task."""
    page.goto("/my")
    row = page.locator("table.todo tbody tr").filter(has=page.locator(".role.lead")).filter(has_text=title).first
    row.locator("a.tt").click()
    expect(page.get_by_role("button", name="提交", exact=True)).to_be_visible()


def test_a_clerk_at_a_phone_and_the_office_at_its_desk(window, installation, tmp_path):
    first = installation.first_passwords()
    clerk, office = window(PHONE), window(DESK)
    enter(clerk, "kjj01", first["kjj01"])
    clerk.goto("/my")
    look(clerk)
    clerk.screenshot(path=tmp_path / "my.png", full_page=True)
    open_lead_report(clerk, TASK)
    look(clerk)
    report = clerk.url
    for name in FIELDS:
        clerk.locator(f"#{name}").fill(f"{name}：落实“包干制”试点项目12个。{HOSTILE}")
    clerk.get_by_label("达序时").check()
    clerk.get_by_label("完成比例（选填）").fill("35")
    clerk.screenshot(path=tmp_path / "form.png", full_page=True)
    clerk.get_by_role("button", name="提交", exact=True).click()
    expect(clerk).to_have_url(re.compile("said="))
    clerk.goto(report)
    expect(clerk.get_by_text("已报出，督查室审核中")).to_be_visible()
    assert all(f"{name}：落实“包干制”试点项目12个。{HOSTILE}" in clerk.inner_text("main") for name in FIELDS)
    look(clerk)

    enter(office, "dcs01", first["dcs01"])
    office.goto("/review")
    assert all(f"{name}：落实“包干制”试点项目12个。{HOSTILE}" in office.inner_text("main") for name in FIELDS)
    look(office)
    office.screenshot(path=tmp_path / "review.png", full_page=True)
    office.get_by_label("内容空泛").check()
    office.locator("#reason").fill(REASON)
    office.locator("button[value=send_back]").click()
    expect(office.locator("h1")).to_contain_text("等审核的都办完了")

    clerk.goto(report)
    assert f"内容空泛；{REASON}" in clerk.inner_text("main")
    look(clerk)
    expect(clerk.locator("#progress")).to_have_value(re.compile("^progress：落实“包干制”试点项目12个。"))
    clerk.locator("#progress").fill(f"落实“包干制”试点项目12个，经费860万元。{HOSTILE}")
    clerk.get_by_role("button", name="提交", exact=True).click()
    expect(clerk).to_have_url(re.compile("said="))

    office.goto("/review")
    office.locator("button[value=accept]").click()
    expect(office.locator("h1")).to_contain_text("等审核的都办完了")
    for page in (clerk, office):
        page.goto("/tasks/1")
        expect(page.locator("main .lamp").first).to_have_text("绿灯 正常")
        assert "认定达序时" in page.inner_text("main .meta")
        assert f"经费860万元。{HOSTILE}" in page.inner_text("main")
        look(page)
    clerk.screenshot(path=tmp_path / "task.png", full_page=True)

    office.goto("/exports")
    look(office)
    periods = office.locator("#period option").evaluate_all("all => all.map(one => one.value)")
    office.locator("#period").select_option(max(key for key in periods if "Q" in key))
    office.get_by_role("button", name=re.compile("导出 Excel.*督办台账")).click()
    with office.expect_download() as coming:
        office.get_by_role("link", name="直接下载").click()
    assert "督办台账" in coming.value.suggested_filename
    coming.value.save_as(tmp_path / "ledger.xlsx")
    book = load_workbook(tmp_path / "ledger.xlsx")
    assert any("经费860万元。<script>" in str(cell) for sheet in book for row in sheet.values for cell in row)


def test_the_leader_sees_the_overview_and_every_list_fits_a_phone(window, installation, tmp_path):
    first = installation.first_passwords()
    leader = window(PHONE)
    enter(leader, "ld01", first["ld01"])
    for number, path in enumerate(("/", "/tasks", "/tasks/19", "/exports", "/password")):
        leader.goto(path)
        look(leader)
        leader.screenshot(path=tmp_path / f"leader-{number}.png", full_page=True)
        leader.set_viewport_size(DESK)
        look(leader)
        leader.set_viewport_size(PHONE)


def test_without_scripts_a_clerk_submits_just_as_well(window, installation):
    clerk = window(PHONE, scripts=False)
    enter(clerk, "gxj01", installation.first_passwords()["gxj01"])
    open_lead_report(clerk)
    report = clerk.url
    clerk.locator("#progress").fill("不用脚本也能报。")
    clerk.get_by_role("button", name="提交", exact=True).click()
    expect(clerk.locator("#errors")).to_be_visible()                        # 自评 is missing; nothing typed is lost
    expect(clerk.locator("#progress")).to_have_value("不用脚本也能报。")
    clerk.get_by_label("达序时").check()
    clerk.get_by_role("button", name="提交", exact=True).click()
    clerk.goto(report)
    expect(clerk.get_by_text("已报出，督查室审核中")).to_be_visible()
    clerk.get_by_role("button", name="撤回", exact=True).click()
    expect(clerk.get_by_role("button", name="提交", exact=True)).to_be_visible()


def test_large_print_makes_letters_larger_and_still_fits(window):
    page = window(PHONE)
    page.goto("/login")
    look(page)
    size = "() => parseFloat(getComputedStyle(document.querySelector('#login')).fontSize)"
    before = page.evaluate(size)
    page.get_by_role("button", name="大字版").click()
    expect(page.locator("html.large")).to_have_count(1)
    assert page.evaluate(size) > before
    look(page)
    page.reload()
    page.get_by_role("button", name="大字版").click()
    expect(page.locator("html.large")).to_have_count(0)
    assert page.evaluate(size) == before
