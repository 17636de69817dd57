"""The administrator's jobs in real Chromium, clicks counted (UX section 7): reset 2, add a user 2; and 换身份."""
from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import DESK, PHONE
from tests.browser.house import House, built
from tests.factories import make_unit, make_user, moment
from tracker.domain.actors import SYSTEM
from tracker.domain.words import UserRole
from tracker.services import posts

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("people")]

PASSWORD = "春天在德令哈种一棵树"
COUNT = "addEventListener('click', event => event.isTrusted && event.detail && (window.name = +window.name + 1 + ''))"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with built(tmp_path_factory.mktemp("people")) as made:
        with made.session() as session:
            unit, other = make_unit(session), make_unit(session, name="州财政局")
            make_user(session, unit=other, login="czj01")
            for number in (1, 2, 3):            # one a test: an account is entered once
                make_user(session, UserRole.admin, login=f"admin0{number}")
            for number in (1, 2):
                user = make_user(session, unit=unit, login=f"kjj0{number}", name=f"某填报员{number}")
                posts.give_post(session, SYSTEM, user.id, unit_id=other.id, role=UserRole.head,
                                at=moment("2026-10-08 09:00"))
        yield made


@pytest.fixture(autouse=True)
def closed(browser: Browser) -> Iterator[None]:
    """No window outlives its test: the server would wait for it."""
    yield
    for context in browser.contexts:
        context.close()


def counting(page: Page) -> Page:
    """A page at the person's home that counts the clicks of the mouse, over all pages that follow (`window.name`)."""
    page.add_init_script(COUNT)
    page.goto("/")
    page.evaluate("window.name = '0'")
    return page


def clicks(page: Page) -> int:
    return int(page.evaluate("window.name"))


def link_on(page: Page) -> str:
    expect(page.locator("h1")).to_contain_text("的链接只显示这一次")
    return page.locator("#link").inner_text().strip()


def test_a_reset_takes_two_clicks_and_the_owner_gets_in_by_the_link(
        house: House, browser: Browser) -> None:
    admin = counting(house.enter(browser, "admin01", DESK))
    admin.locator("tr", has_text="czj01").get_by_role("link", name="管理").click()
    admin.get_by_role("button", name="重置密码").click()
    link = link_on(admin)
    assert clicks(admin) == 2
    owner = house.window(browser, PHONE)
    owner.goto(link)
    expect(owner.locator("h1")).to_have_text("州财政局填报员，请设您的密码")
    owner.get_by_label("新密码", exact=True).fill(PASSWORD)
    owner.get_by_label("再输一遍新密码").fill(PASSWORD)
    owner.get_by_role("button", name="设好密码，去登录").click()
    expect(owner.get_by_role("status")).to_have_text("密码设好了，请登录。")
    owner.get_by_label("账号").fill("czj01")
    owner.get_by_label("密码", exact=True).fill(PASSWORD)
    owner.get_by_role("button", name="登录").click()
    owner.wait_for_url("**/my")
    assert owner.goto(link).status == 410  # type: ignore[union-attr]


def test_adding_a_user_takes_two_clicks(house: House, browser: Browser) -> None:
    """The choice of unit and role stands already: a clerk is what is made most often; fields are filled by keys."""
    admin = counting(house.enter(browser, "admin02", DESK))
    admin.get_by_role("link", name="新建用户").click()
    admin.get_by_label("账号").fill("kjj03")
    admin.get_by_label("姓名").fill("新来的填报员")
    admin.get_by_label("单位").select_option(label="州科技局")
    admin.get_by_role("button", name="建账号").click()
    link_on(admin)
    assert clicks(admin) == 2


def test_the_search_box_is_reached_by_a_key(house: House, browser: Browser) -> None:
    admin = house.enter(browser, "admin03", DESK)
    admin.goto("/admin/users")
    admin.keyboard.press("/")
    admin.keyboard.type("某填报员1")
    admin.keyboard.press("Enter")
    expect(admin.locator("tbody tr:not(.sec)")).to_have_count(1)


@pytest.mark.parametrize(("login", "size"), [("kjj01", DESK), ("kjj02", PHONE)], ids=["desk", "phone"])
def test_one_acts_for_another_unit_after_choosing_it_even_without_scripts(
        house: House, browser: Browser, login: str, size: dict[str, int]) -> None:
    entered = house.enter(browser, login, size)
    cookies = entered.context.cookies()
    plain = browser.new_context(base_url=house.address, viewport=size, java_script_enabled=False)  # type: ignore[arg-type]
    plain.add_cookies(cookies)  # type: ignore[arg-type]
    page = plain.new_page()
    page.goto("/")
    page.get_by_label("以哪个单位的身份").select_option(label="州财政局 审签人")
    page.get_by_role("button", name="换身份").click()
    expect(page.get_by_role("status")).to_have_text("已换身份，单位和姓名在右上角。")
    assert page.url.startswith(f"{house.address}/sign")
    page.get_by_label("以哪个单位的身份").select_option(label="州科技局 填报员")
    page.get_by_role("button", name="换身份").click()
    assert page.url.startswith(f"{house.address}/my")
