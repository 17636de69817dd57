"""What a clerk types in a real browser is never lost: a crash, no network, two writers, a log-in that ended."""
from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from tests.browser.conftest import DESK, PHONE
from tests.browser.house import House, built
from tests.factories import actor_of, make_obligation, make_period, make_task, make_unit, make_user
from tracker.models import DraftCopy, Obligation, Report, ReportVersion, User
from tracker.services import sessions

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser"), pytest.mark.timeout(180)]

SAVED = "草稿 09:30 已存，可以放心关页面"
OFFLINE = "没有保存上，网络断了。写的内容还在本页，不要关；恢复后自动再存"
AWAY = "离开太久，已自动退出。写的内容都存着，登录后接着写"
TABLE = "<table><tr><td>x</td></tr></table>"
UNSAVED = """() => Object.keys(localStorage).filter(key => key.startsWith("tracker.draft"))
    .filter(key => !JSON.parse(localStorage.getItem(key)).saved)"""
PASTE = """([cell, text, html]) => {
    const data = new DataTransfer();
    data.setData("text/plain", text);
    if (html) data.setData("text/html", html);
    cell.dispatchEvent(new ClipboardEvent("paste", {clipboardData: data, bubbles: true, cancelable: true}));
}"""


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    expect.set_options(timeout=15_000)          # ms: a busy machine
    with built(tmp_path_factory.mktemp("house")) as made, made.session() as session:
        unit = make_unit(session)
        make_period(session)
        for login, name in (("kjj01", "韩科员"), ("kjj02", "刘科员")):
            make_user(session, unit=unit, login=login, name=name)
        for number in range(1, 41):
            make_obligation(session, task=make_task(session, number=str(number), lead=unit), unit=unit)
        session.close()
        yield made


NUMBERS, LOG_INS = count(), count()


def log_in(house: House, page: Page, login: str) -> None:
    """Log this window in anew, under an id of its own."""
    with house.session() as session:
        user = session.query(User).filter_by(login=login).one()
        secret_id = f"{login}-{next(LOG_INS)}-{'i' * 43}"[:43]
        sessions.start(session, actor_of(session, user), secret_id, address="127.0.0.1", agent="",
                       at=house.clock.now())
    page.context.add_cookies([{"name": "tracker", "value": secret_id, "url": house.address}])


@pytest.fixture
def owe(house: House) -> Callable[[], int]:
    """One more obligation of 州科技局, 待填报."""
    with house.session() as session:
        ids = session.scalars(select(Obligation.id).order_by(Obligation.id)).all()
    return lambda: ids[next(NUMBERS)]


@pytest.fixture
def sit(browser: Browser, house: House) -> Iterator[Callable[..., Page]]:
    """A window in which a clerk is logged in; at the end no script may have failed."""
    opened, faults = [], []

    def sitting(login: str = "kjj01", size: dict[str, int] = DESK, *, after: Page | None = None) -> Page:
        """`after`: the browser is started again after this page's crashed: the same log-in, what it kept itself."""
        if after is None:
            page = house.window(browser, size)
            log_in(house, page, login)
        else:
            page = browser.new_context(base_url=house.address, storage_state=after.context.storage_state()).new_page()
        page.context.on("weberror", lambda error: faults.append(str(error.error)))
        opened.append(page.context)
        return page

    yield sitting
    for context in opened:
        context.close()
    assert faults == []


def kept(house: House, owed: int) -> str:
    with house.session() as session:
        report = session.get(Report, owed)
        return report.progress if report else ""


def saved(page: Page) -> None:
    expect(page.locator("[data-mark]").first).to_have_text(SAVED)


def test_what_is_typed_is_saved_by_itself_and_stays_after_a_crash(house, owe, sit):
    owed, page = owe(), sit()
    page.goto(f"/reports/{owed}")
    page.locator("#progress").type("已立项12项")
    saved(page)
    assert kept(house, owed) == "已立项12项"
    page.locator("#progress").type("，下达资金860万元。")
    page.context.set_offline(True)                          # nothing more reaches the server
    again = sit(after=page)
    again.goto(f"/reports/{owed}")
    expect(again.locator("#progress")).to_have_value("已立项12项，下达资金860万元。")
    saved(again)
    assert kept(house, owed) == "已立项12项，下达资金860万元。"
    assert again.evaluate(UNSAVED) == []


def test_closing_the_page_at_once_loses_nothing(house, owe, sit):
    owed, page = owe(), sit()
    page.goto(f"/reports/{owed}")
    page.locator("#next_steps").type("10月底前评审")
    page.goto("/my")
    page.goto(f"/reports/{owed}")
    expect(page.locator("#next_steps")).to_have_value("10月底前评审")


def test_without_a_network_the_page_says_so_and_saves_when_it_is_back(house, owe, sit):
    owed, page = owe(), sit()
    page.goto(f"/reports/{owed}")
    page.context.set_offline(True)
    page.locator("#progress").type("断网时写的3项")
    expect(page.locator("[data-mark]").first).to_have_text(OFFLINE)
    assert kept(house, owed) == ""
    page.context.set_offline(False)
    expect(page.locator("[data-mark]").first).to_have_text(SAVED, timeout=15_000)
    assert kept(house, owed) == "断网时写的3项"


def test_the_second_of_two_writers_sees_both_and_chooses_his_own(house, owe, sit):
    owed, han, liu = owe(), sit("kjj01"), sit("kjj02")
    for page in (han, liu):
        page.goto(f"/reports/{owed}")
    han.locator("#progress").type("韩科员写的12项")
    saved(han)
    liu.locator("#progress").type("刘科员写的15项")
    both = liu.locator(".both")
    expect(both.locator("h2")).to_have_text("韩科员 今天 09:30 也改了这一件。两份都留着，请并排看，选一份")
    expect(both.locator("td")).to_have_text(["刘科员写的15项", "韩科员写的12项"], use_inner_text=True)
    assert both.locator("mark").all_inner_texts() == ["刘", "15", "韩", "12"]
    both.get_by_role("button", name="用我的").click()
    saved(liu)
    assert kept(house, owed) == "刘科员写的15项"
    with house.session() as session:
        assert {copy.progress for copy in session.query(DraftCopy).filter_by(obligation_id=owed)} == {
            "刘科员写的15项", "韩科员写的12项"}


def test_or_the_other_ones_and_takes_his_own_back_later(house, owe, sit):
    owed, han, liu = owe(), sit("kjj01"), sit("kjj02")
    for page in (han, liu):
        page.goto(f"/reports/{owed}")
    han.locator("#progress").type("韩科员写的12项")
    saved(han)
    liu.locator("#progress").type("刘科员写的15项")
    liu.get_by_role("button", name="用对方的").click()
    expect(liu.locator("#progress")).to_have_value("韩科员写的12项")
    liu.reload()
    liu.locator("#copies summary").click()
    liu.get_by_role("button", name="恢复到表里").first.click()
    expect(liu.locator("#progress")).to_have_value("刘科员写的15项")
    assert kept(house, owed) == "刘科员写的15项"


def test_after_the_log_in_ended_writing_goes_on_in_the_same_page(house, owe, sit):
    owed, page = owe(), sit()
    page.goto(f"/reports/{owed}")
    house.clock.move(minutes=31)
    try:
        page.locator("#progress").type("离开后写的8项")
        expect(page.locator("#main .note.amber").first).to_contain_text(AWAY)
        assert page.get_by_role("link", name="在新窗口登录").get_attribute("href") == "/login?next=%2Fmy"
        assert kept(house, owed) == ""
        log_in(house, page, "kjj01")
        page.evaluate("() => window.dispatchEvent(new Event('focus'))")
        expect(page.locator("[data-mark]").first).to_contain_text("已存，可以放心关页面")
        assert kept(house, owed) == "离开后写的8项"
    finally:
        house.clock.move(minutes=-31)


def test_two_minutes_before_the_page_warns_and_goes_on(house, owe, sit):
    owed, page = owe(), sit()
    page.clock.install()
    page.goto(f"/reports/{owed}")
    page.clock.fast_forward("26:30")
    expect(page.locator(".idle")).to_have_count(0)
    page.clock.fast_forward("01:00")
    expect(page.locator(".idle")).to_contain_text("2分钟后自动退出。写的内容都会存着。")
    page.get_by_role("button", name="继续使用").click()
    expect(page.locator(".idle")).to_have_count(0)


def test_handing_in_right_after_the_last_key_sends_all_of_it_once(house, owe, sit):
    owed, page = owe(), sit()
    page.goto(f"/reports/{owed}")
    page.get_by_label("达序时").check()
    page.locator("#progress").type("最后写的9项。")
    page.get_by_role("button", name="提交", exact=True).click()
    page.wait_for_url("**/my?said=submitted")
    with house.session() as session:
        assert [version.progress for version in session.query(ReportVersion).filter_by(obligation_id=owed)] == [
            "最后写的9项。"]
    assert page.evaluate(UNSAVED) == []


def test_a_wrong_figure_does_not_keep_the_rest_from_being_saved(house, owe, sit):
    owed, page = owe(), sit()
    page.goto(f"/reports/{owed}")
    page.locator("#percent").fill("一半")
    page.locator("#progress").fill("写了7项")
    expect(page.locator(".err")).to_have_text("“一半”不是0到100的整数；可以不填")
    expect(page.locator("[data-mark]").first).to_have_text("别的都存了，标红的这一处还没存")
    assert kept(house, owed) == "写了7项"
    page.locator("#percent").fill("50")
    saved(page)
    expect(page.locator(".err")).to_have_count(0)


def test_a_block_from_excel_fills_the_grid_and_can_be_taken_back(house, owe, sit):
    rows, page = [owe(), owe(), owe()], sit()
    page.goto("/my/grid")
    first, second, third = (page.locator(f"#r{owed}-progress") for owed in rows)
    block = '配合落实资金12万元。\t超序时\r\n"第二件\n两行，含""引号"""\t欠序时\r\n第三件3项\t不认识\r\n'
    page.evaluate(PASTE, [first.element_handle(), block, TABLE])
    expect(first).to_have_value("配合落实资金12万元。")
    expect(second).to_have_value("第二件\n两行，含\"引号\"")
    expect(page.locator(f"#r{rows[1]}-self_rating")).to_have_value("behind")
    expect(page.locator("[data-pasted]")).to_contain_text("已粘贴5格，1格没认出来，没有改")
    for owed in rows:
        expect(page.locator(f"[data-draft='{owed}'] [data-mark]")).to_have_text("09:30 已存")
    assert kept(house, rows[2]) == "第三件3项"
    page.get_by_role("button", name="撤销粘贴").click()
    expect(third).to_have_value("")
    for owed in rows:
        expect(page.locator(f"[data-draft='{owed}'] [data-mark]")).to_have_text("09:30 已存")
    page.reload()
    expect(first).to_have_value("")


def test_text_from_word_stays_in_its_cell(house, owe, sit):
    owed, page = owe(), sit()
    page.goto("/my/grid")
    cell = page.locator(f"#r{owed}-progress")
    taken = page.evaluate("([cell, text]) => { const data = new DataTransfer(); data.setData('text/plain', text);"
                          "data.setData('text/html', '<p>一段</p>'); return !cell.dispatchEvent(new ClipboardEvent("
                          "'paste', {clipboardData: data, bubbles: true, cancelable: true})); }",
                          [cell.element_handle(), "一段\n两段\t三段"])
    assert not taken                                        # left to the browser, which puts it at the cursor


def test_the_keyboard_walks_the_grid(house, owe, sit):
    rows, page = [owe(), owe()], sit()
    page.goto("/my/grid")
    here = "() => document.activeElement.id"
    order = page.locator("#grid [data-draft]").evaluate_all("all => all.map(one => one.dataset.draft)")
    above, below = sorted(map(str, rows), key=order.index)
    page.locator(f"#r{above}-progress").focus()
    page.keyboard.press("ArrowDown")
    assert page.evaluate(here) == f"r{below}-progress"
    page.keyboard.press("Alt+ArrowRight")
    assert page.evaluate(here) == f"r{below}-self_rating"
    page.keyboard.press("Shift+Enter")
    assert page.evaluate(here) == f"r{above}-self_rating"
    page.keyboard.press("Alt+ArrowLeft")
    page.keyboard.press("Control+Enter")
    assert page.evaluate(here) == f"r{below}-progress"
    page.keyboard.type("一行")
    page.keyboard.press("Enter")                            # a new line in the box, no deed
    page.keyboard.type("两行")
    expect(page.locator(f"#r{below}-progress")).to_have_value("一行\n两行")
    assert page.url.endswith("/my/grid")


def test_nothing_new_is_one_click_and_can_be_taken_back(house, owe, sit):
    owed, page = owe(), sit()
    page.goto(f"/reports/{owed}")
    page.locator("#progress").fill("写了一半")
    page.get_by_role("button", name="正在报批").click()
    expect(page.locator("#progress")).to_have_value("本期无新进展：正在报批")
    saved(page)
    with page.expect_response(f"**/reports/{owed}/draft"):
        page.get_by_role("button", name="撤销").click()
    expect(page.locator("#progress")).to_have_value("写了一半")
    assert kept(house, owed) == "写了一半"


@pytest.mark.parametrize("path", ["/my", "/my/grid", "/reports/{}"])
def test_a_phone_does_not_scroll_sideways(house, owe, sit, path):
    owed, page = owe(), sit(size=PHONE)
    page.goto(path.format(owed))
    assert page.evaluate("() => document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0


def test_a_copy_goes_back_over_what_was_typed_a_moment_ago(house, owe, sit):
    owed, han, liu = owe(), sit("kjj01"), sit("kjj02")
    for page in (han, liu):
        page.goto(f"/reports/{owed}")
    han.locator("#progress").type("韩科员写的12项")
    saved(han)
    liu.locator("#progress").type("刘科员写的15项")
    liu.get_by_role("button", name="用对方的").click()
    liu.reload()
    liu.locator("#copies summary").click()
    liu.locator("#progress").fill("刚打的一句")
    liu.get_by_role("button", name="恢复到表里").first.click()
    liu.wait_for_url("**?said=restored")
    expect(liu.locator("#progress")).to_have_value("刘科员写的15项")
    with house.session() as session:
        assert "刚打的一句" in {copy.progress for copy in session.query(DraftCopy).filter_by(obligation_id=owed)}


def test_what_was_never_saved_of_a_report_that_went_out_becomes_a_copy(house, owe, sit):
    owed, han, liu = owe(), sit("kjj01"), sit("kjj02")
    for page in (han, liu):
        page.goto(f"/reports/{owed}")
    han.context.set_offline(True)
    han.locator("#progress").fill("韩科员断网时写的")
    expect(han.locator("[data-mark]").first).to_have_text(OFFLINE)
    liu.get_by_label("达序时").check()
    liu.locator("#progress").fill("刘科员交的3项。")
    liu.get_by_role("button", name="提交", exact=True).click()
    liu.wait_for_url("**/my?said=submitted")
    again = sit(after=han)
    again.goto(f"/reports/{owed}")
    expect(again.locator("[data-rescue]")).to_contain_text("您先前没存上的内容，已另存为底稿")
    with house.session() as session:
        assert [copy.progress for copy in session.query(DraftCopy).filter_by(obligation_id=owed)] == [
            "韩科员断网时写的"]
