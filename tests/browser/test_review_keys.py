"""The office's keys and clicks (快捷键、点击次数) in Chromium: J K X A R U ?, off while typing, off for good."""
from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import DESK, PHONE
from tests.browser.house import House, built
from tests.conftest import NOW
from tests.factories import (
    actor_of,
    make_obligation,
    make_period,
    make_plan,
    make_task,
    make_text,
    make_unit,
    make_user,
)
from tracker.domain.words import State
from tracker.models import Obligation
from tracker.services import reporting

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("review_keys")]


@pytest.fixture
def house(tmp_path: Path, browser: Browser) -> Iterator[House]:
    """Four reports wait: the first three without a warning, the fourth says 同上."""
    with built(tmp_path) as house:
        with house.session() as session:
            make_plan(session)
            make_period(session)
            unit = make_unit(session)
            clerk = actor_of(session, make_user(session, unit=unit, login="kjj01"))
            make_user(session, login="dcs01")
            for number, text in (("1", None), ("2", None), ("3", None), ("4", "同上")):
                owed = make_obligation(session, task=make_task(session, number=number, lead=unit), unit=unit).id
                reporting.submit_report(session, clerk, owed, text=make_text(text) if text else make_text(), version=1,
                                        request_key="k", at=NOW)
        yield house
        for context in browser.contexts:        # the server waits for its callers to hang up
            context.close()


@pytest.fixture
def desk(house: House, browser: Browser) -> Page:
    page = house.enter(browser, "dcs01", DESK)
    page.goto("/review")
    return page


def opened(page: Page, title: str) -> None:
    expect(page.locator("#dt")).to_have_text(title)


def states(house: House) -> list[State]:
    with house.session() as session:
        return [owed.state for owed in session.query(Obligation).order_by(Obligation.id)]


def test_j_and_k_walk_the_queue_and_stay_at_its_ends(desk: Page) -> None:
    opened(desk, "1. 示例任务1")
    desk.keyboard.press("k")
    opened(desk, "1. 示例任务1")
    for title in ("2. 示例任务2", "3. 示例任务3", "4. 示例任务4"):
        desk.keyboard.press("j")
        opened(desk, title)
    desk.keyboard.press("j")
    opened(desk, "4. 示例任务4")
    desk.keyboard.press("K")
    opened(desk, "3. 示例任务3")


def test_a_accepts_the_next_opens_and_u_takes_it_back(desk: Page, house: House) -> None:
    desk.keyboard.press("a")
    expect(desk.locator(".note.said")).to_contain_text("任务1已通过。10分钟内可以撤销")
    opened(desk, "2. 示例任务2")
    assert states(house)[0] is State.accepted
    desk.keyboard.press("u")
    expect(desk.locator(".note.said")).to_have_text("已撤销，任务1回到待审核")
    opened(desk, "1. 示例任务1")
    assert states(house)[0] is State.submitted


def test_r_asks_for_a_reason_first_and_then_sends_back(desk: Page, house: House) -> None:
    desk.keyboard.press("r")
    assert desk.evaluate("document.activeElement.value") == "内容空泛"
    assert states(house)[0] is State.submitted
    desk.keyboard.press("Space")
    desk.keyboard.press("r")
    expect(desk.locator(".note.said")).to_contain_text("任务1已退回州科技局，对方会收到原因。")
    assert states(house)[0] is State.returned


def test_x_ticks_the_open_one_and_a_row_with_a_warning_has_no_tick(desk: Page) -> None:
    button = desk.get_by_role("button", name="全部通过")
    expect(button).to_be_disabled()
    desk.keyboard.press("x")
    expect(button).to_have_text("全部通过（1）")
    desk.keyboard.press("x")
    expect(button).to_be_disabled()
    desk.get_by_role("link", name="4. 示例任务4").click()
    desk.keyboard.press("x")
    expect(desk.get_by_role("button", name="全部通过")).to_be_disabled()


def test_while_one_types_letters_are_letters(desk: Page, house: House) -> None:
    words = desk.locator("#reason")
    words.click()
    desk.keyboard.type("a jxkru?")
    expect(words).to_have_value("a jxkru?")
    opened(desk, "1. 示例任务1")
    assert states(house) == [State.submitted] * 4


@pytest.mark.parametrize("keys", ["Control+a", "Alt+j", "Meta+x"])
def test_the_browsers_own_keys_are_left_alone(desk: Page, house: House, keys: str) -> None:
    desk.keyboard.press(keys)
    opened(desk, "1. 示例任务1")
    assert states(house) == [State.submitted] * 4


def test_the_list_of_keys_opens_with_a_question_mark_and_switches_them_off(desk: Page, house: House) -> None:
    legend = desk.locator("[data-keys]")
    desk.keyboard.press("?")
    expect(legend).to_have_attribute("open", "")
    desk.get_by_label("用单个字母作快捷键").uncheck()
    expect(desk.locator("[data-key]").first).to_be_hidden()
    desk.locator("#dt").focus()
    desk.keyboard.press("a")
    desk.reload()
    desk.keyboard.press("a")
    desk.keyboard.press("j")
    opened(desk, "1. 示例任务1")
    assert states(house) == [State.submitted] * 4
    desk.locator("[data-keys] summary").click()
    desk.get_by_label("用单个字母作快捷键").check()
    desk.locator("#dt").focus()
    desk.keyboard.press("j")
    opened(desk, "2. 示例任务2")


def test_all_without_a_warning_take_two_clicks_and_nothing_is_loaded_for_the_ticks(desk: Page, house: House) -> None:
    asked: list[str] = []
    desk.on("request", lambda request: asked.append(request.url))
    desk.get_by_role("link", name=re.compile("全选没有提示的3件")).click()
    assert asked == []
    desk.get_by_role("button", name="全部通过（3）").click()
    expect(desk.locator(".note.said")).to_have_text("已通过3件。10分钟内可以逐件撤销")
    assert states(house) == [State.accepted, State.accepted, State.accepted, State.submitted]
    opened(desk, "4. 示例任务4")


def test_one_click_accepts_and_two_send_back(desk: Page, house: House) -> None:
    desk.get_by_role("button", name="通过", exact=False).and_(desk.locator("[value=accept]")).click()
    opened(desk, "2. 示例任务2")
    desk.get_by_label("佐证不足").check()
    desk.locator("[value=send_back]").click()
    opened(desk, "3. 示例任务3")
    assert states(house)[:2] == [State.accepted, State.returned]


def test_without_scripts_the_same_clicks_do_it_and_no_key_is_shown(house: House, browser: Browser) -> None:
    scripted = house.enter(browser, "dcs01", DESK)
    page = browser.new_context(base_url=house.address, viewport=DESK, java_script_enabled=False).new_page()
    page.context.add_cookies(scripted.context.cookies())        # type: ignore[arg-type]
    page.goto("/review")
    assert page.locator("[data-keys]").is_hidden()
    assert page.locator("[data-key]").first.is_hidden()
    page.get_by_role("link", name=re.compile("全选没有提示的3件")).click()
    page.get_by_role("button", name="全部通过（3）").click()
    assert page.locator(".note.said").inner_text().startswith("已通过3件。")
    page.locator("#recent").get_by_role("button", name=re.compile("撤销")).first.click()
    assert page.locator(".note.said").inner_text() == "已撤销，任务3回到待审核"
    assert states(house) == [State.accepted, State.accepted, State.submitted, State.submitted]


def test_on_a_phone_two_deeds_are_at_hand_and_a_return_leads_to_its_reasons(house: House, browser: Browser) -> None:
    page = house.enter(browser, "dcs01", PHONE)
    page.goto("/review")
    expect(page.locator("#dt")).to_be_hidden()
    page.get_by_role("link", name="1. 示例任务1").click()
    opened(page, "1. 示例任务1")
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    back = page.locator("[value=send_back]")
    expect(back).to_be_in_viewport()
    expect(page.locator("[value=accept]")).to_be_in_viewport()
    back.click()
    expect(page.get_by_label("内容空泛")).to_be_in_viewport()
    assert states(house)[0] is State.submitted
    page.get_by_label("内容空泛").check()
    back.click()
    expect(page.locator(".note.said")).to_contain_text("任务1已退回州科技局")


def test_on_a_phone_nothing_else_stands_under_the_two_deeds(house: House, browser: Browser) -> None:
    page = house.enter(browser, "dcs01", PHONE)
    page.goto("/review")
    expect(page.locator("#silent")).to_be_visible()
    page.get_by_role("link", name="1. 示例任务1").click()
    opened(page, "1. 示例任务1")
    expect(page.locator("#silent")).to_be_hidden()
    page.get_by_role("link", name="回队列").click()
    expect(page.locator("#silent")).to_be_visible()
