"""佐证材料 in Chromium: several at once, dropped, photographed; refused, asked, cut off; and without scripts."""
from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.battery import evil
from tests.browser.conftest import DESK, PHONE
from tests.browser.house import House, built
from tests.factories import make_obligation, make_period, make_plan, make_task, make_unit, make_user

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("evidence")]

Enter = Callable[..., Page]
DROPPED = """() => {
    const data = new DataTransfer();
    data.items.add(new File(["%PDF-1.4\\n1\\n%%EOF\\n"], "拖来的.pdf"));
    return data;
}"""


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """州科技局 owes the report with the id 1."""
    with built(tmp_path) as house:
        with house.session() as session:
            make_plan(session)
            make_period(session)
            unit = make_unit(session)
            make_user(session, unit=unit, login="kjj01")
            make_obligation(session, task=make_task(session, lead=unit), unit=unit)
        yield house


@pytest.fixture
def files(tmp_path: Path) -> dict[str, str]:
    """Files to choose, by name."""
    made = {"签到表.pdf": evil.pdf(), "合作协议首页.png": evil.png(), "方案.exe": evil.EXE,
            "通讯.docx": evil.docx("内部资料"), "很大.pdf": evil.pdf() + bytes(51 * 1024 * 1024)}
    for name, content in made.items():
        (tmp_path / name).write_bytes(content)
    return {name: str(tmp_path / name) for name in made}


@pytest.fixture
def enter(house: House, browser: Browser) -> Iterator[Callable[..., Page]]:
    """A window in which the clerk is logged in; at the end no script may have failed."""
    opened, faults = [], []

    def entering(size: dict[str, int] = DESK) -> Page:
        page = house.enter(browser, "kjj01", size)
        page.on("pageerror", lambda error: faults.append(str(error)))
        opened.append(page.context)
        return page

    yield entering
    for context in opened:
        context.close()
    assert faults == []


def choose(page: Page, *paths: str, button: str = "添加文件") -> None:
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name=button, exact=True).click()
    chooser.value.set_files(list(paths))


def test_files_go_up_beside_a_half_written_report_and_each_says_what_became_of_it(
        enter: Enter, files: dict[str, str]) -> None:
    page = enter()
    page.goto("/reports/1")
    page.get_by_label("进展情况").fill("写了一半")
    choose(page, *files.values())
    expect(page.locator("[data-progress] .err").nth(2)).to_have_text(
        "“很大.pdf”有52MB，每份不超过50MB，请压缩或分开传")
    expect(page.locator("[data-list] bdi")).to_have_text(["签到表.pdf", "合作协议首页.png"])
    expect(page.locator("[data-progress] .err").nth(0)).to_have_text(
        "“方案.exe”不能传。可以传 Word、WPS、Excel、PDF、OFD、图片、ZIP")
    page.get_by_role("button", name="我确认不涉密，照传：通讯.docx").click()
    expect(page.locator("[data-list] bdi")).to_have_text(["签到表.pdf", "合作协议首页.png", "通讯.docx"])
    assert page.get_by_label("进展情况").input_value() == "写了一半"
    assert page.locator("#files [data-count]").inner_text() == "3"


def test_dated_and_taken_out_without_leaving_the_page(enter: Enter, files: dict[str, str]) -> None:
    page = enter()
    page.goto("/reports/1")
    page.get_by_label("进展情况").fill("写了一半")
    choose(page, files["签到表.pdf"])
    page.get_by_label("成文日期：签到表.pdf").fill("2026-09-28")
    expect(page.locator("[data-told]")).to_have_text("成文日期已记下")
    assert page.get_by_label("成文日期：签到表.pdf").input_value() == "2026-09-28"
    page.locator("[data-remove] button").first.click()
    expect(page.get_by_text("还没有材料。")).to_be_visible()
    assert page.get_by_label("进展情况").input_value() == "写了一半"


def test_dropped_on_the_panel_it_goes_up_and_dropped_beside_it_the_page_stays(enter: Enter) -> None:
    page = enter()
    page.goto("/reports/1")
    dropped = page.evaluate_handle(DROPPED)
    page.dispatch_event("h1", "drop", {"dataTransfer": dropped})
    page.dispatch_event("#files", "dragover", {"dataTransfer": dropped})
    assert "over" in (page.locator("#files").get_attribute("class") or "")
    page.dispatch_event("#files", "drop", {"dataTransfer": dropped})
    expect(page.locator("[data-list] bdi")).to_have_text(["拖来的.pdf"])


def test_with_the_network_gone_the_file_waits_to_be_sent_again(enter: Enter, files: dict[str, str]) -> None:
    page = enter()
    page.goto("/reports/1")
    page.context.set_offline(True)
    choose(page, files["签到表.pdf"])
    expect(page.locator("[data-progress] .err")).to_have_text(
        "没有传上，网络断了。文件还在您的电脑上，网络好了点“重传”")
    page.context.set_offline(False)
    page.get_by_role("button", name="重传：签到表.pdf").click()
    expect(page.locator("[data-list] bdi")).to_have_text(["签到表.pdf"])


def test_on_a_phone_the_camera_is_a_button_and_nothing_scrolls_sideways(enter: Enter, files: dict[str, str]) -> None:
    page = enter(PHONE)
    page.goto("/reports/1")
    choose(page, files["合作协议首页.png"], button="拍照")
    expect(page.locator("[data-list] bdi")).to_have_text(["合作协议首页.png"])
    choose(page, files["方案.exe"])
    expect(page.locator("[data-progress] .err")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == 390


def test_without_scripts_a_plain_form_does_it_all(house: House, browser: Browser, enter: Enter,
                                                 files: dict[str, str]) -> None:
    entered = enter().context.cookies()
    context = browser.new_context(base_url=house.address, java_script_enabled=False, locale="zh-CN")
    context.add_cookies(entered)  # type: ignore[arg-type]
    page = context.new_page()
    page.goto("/reports/1/files")
    page.set_input_files("#file", [files["签到表.pdf"], files["通讯.docx"]])
    page.get_by_role("button", name="上传").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("佐证材料1份：任务1 示例任务1")
    page.get_by_label("我确认不涉密").check()
    page.set_input_files("#file", files["通讯.docx"])
    page.get_by_role("button", name="上传").click()
    expect(page.locator("bdi")).to_have_text(["签到表.pdf", "通讯.docx"])
    page.locator("[data-remove] button").first.click()
    expect(page.locator("bdi")).to_have_text(["通讯.docx"])
    context.close()
