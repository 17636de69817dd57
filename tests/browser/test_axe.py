"""axe-core finds nothing: every page of every role, nothing said and full, 标准版 and 大字版, units' at a phone too.

A page is entered here by its endpoint; one that is not fails a test. What is no page stands in `NO_PAGES`.
"""
from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page
from werkzeug.routing import Rule

from tests.browser import filled
from tests.browser.conftest import DESK, PHONE
from tests.browser.filled import FOR, Known
from tests.browser.house import House, built
from tests.conftest import NOW
from tracker.domain.permissions import MATRIX, Act
from tracker.domain.words import State, UserRole
from tracker.web.guard import PUBLIC, ROUTES

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("axe"), pytest.mark.timeout(600)]

AXE = (Path(__file__).parent / "vendor" / "axe.min.js").read_text(encoding="utf-8")
RUN = """() => axe.run(document, {preload: false, resultTypes: ["violations"], runOnly: ["wcag2a", "wcag2aa", "wcag21a",
    "wcag21aa", "wcag22aa", "best-practice"]}).then(found => found.violations.flatMap(
    rule => rule.nodes.map(node => `${rule.id}: ${node.html.slice(0, 160)}`)))"""
LARGE = "large => document.documentElement.classList.toggle('large', large)"
WIDER = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
AT_PHONES = (UserRole.clerk, UserRole.head)

Addresses = Callable[[Known], list[str]]


def at(*addresses: str) -> Addresses:
    return lambda _: list(addresses)


def each(pattern: str, *states: State) -> Addresses:
    """The address with 州科技局's obligation in each of these states, where there is one."""
    return lambda known: [pattern.format(known.obligations[state]) for state in states or State
                          if state in known.obligations]


PAGES: dict[str, Addresses] = {
    "account.login": at("/login"),
    "account.password": at("/password"),
    "home.index": at("/"),
    "overview.index": at("/overview"),
    "tasks.index": at("/tasks", "/tasks?unit=me", "/tasks?q=没有这样的任务"),
    "tasks.show": at("/tasks/1", "/tasks/19"),
    "tasks.show_of_plan": at("/plans/kjcx-2025/tasks/2"),
    "tasks.complete": at("/tasks/19/complete"),
    "tasks.new": at("/tasks/new"),
    "exports.index": at("/exports"),
    "jobs.index": at("/jobs"),
    "my.index": at("/my"),
    "reports.show": each("/reports/{}"),
    "review.index": lambda known: ["/review", *([f"/review?open={known.waiting}"] if known.waiting else [])],
    "sign.index": at("/sign"),
    "sign.every": at("/sign/all"),
    "sign.deputy": at("/sign/deputy"),
    "done.index": at("/done"),
    "audit.index": at("/audit"),
    "users.index": at("/admin/users"),
    "users.new": at("/admin/users/new"),
    "users.show": lambda known: [f"/admin/users/{known.user}"],
}
NO_PAGES = {"static", "health.healthz", "health.readyz", "exports.download"}


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[House, Known]]:
    with built(tmp_path_factory.mktemp("fresh")) as house:
        with house.session() as session:
            found = filled.begin(session)
        yield house, found


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[House, Known]]:
    with built(tmp_path_factory.mktemp("full")) as house:
        with house.session() as session:
            found = filled.fill(session, NOW)
        yield house, found


def axe(page: Page, *, phone: bool) -> list[str]:
    """What is wrong with the page that is open, in both sizes of letters and, for `phone`, both widths."""
    page.evaluate(AXE)
    found = []
    for size in (DESK, PHONE) if phone else (DESK,):
        page.set_viewport_size(size)    # type: ignore[arg-type]
        for large in (False, True):
            page.evaluate(LARGE, large)
            wrong = page.evaluate(RUN)
            if page.locator("h1").count() != 1:
                wrong.append("not one heading")
            if page.evaluate(WIDER) > 0:
                wrong.append(f"{page.evaluate(WIDER)} px too wide")
            found += [f"{size['width']} px{' 大字版' if large else ''} {one}" for one in wrong]
    page.evaluate(LARGE, False)
    page.set_viewport_size(DESK)        # type: ignore[arg-type]
    return found


def look_at_all(browser: Browser, house: House, known: Known, role: UserRole) -> dict[str, list[str]]:
    """Address -> what is wrong there, of every page that the role may open."""
    page, found = house.enter(browser, FOR[role], DESK), {}
    for endpoint, addresses in PAGES.items():
        act = ROUTES[endpoint]
        if act is PUBLIC or role not in MATRIX[Act(act)]:
            continue
        for address in addresses(known):
            answer = page.goto(address)
            assert answer is not None
            wrong = axe(page, phone=role in AT_PHONES)
            if answer.status != 200:
                wrong.append(f"status {answer.status}")
            if wrong:
                found[address] = wrong
    page.context.close()
    return found


def is_page(rule: Rule) -> bool:
    return "GET" in (rule.methods or ()) and rule.endpoint not in NO_PAGES


def test_every_page_is_entered_here(full):
    house, _ = full
    assert {rule.endpoint for rule in house.app.url_map.iter_rules() if is_page(rule)} == set(PAGES)


@pytest.mark.parametrize("role", list(UserRole))
def test_nothing_is_wrong_where_nothing_was_said_yet(browser, fresh, role):
    house, known = fresh
    assert look_at_all(browser, house, known, role) == {}


@pytest.mark.parametrize("role", list(UserRole))
def test_nothing_is_wrong_in_a_full_office(browser, full, role):
    house, known = full
    assert look_at_all(browser, house, known, role) == {}


def test_nothing_is_wrong_for_whoever_is_not_logged_in(browser, full):
    house, _ = full
    page = house.window(browser, DESK)
    found = {}
    for address in ("/login", "/no-such-page"):
        page.goto(address)
        if wrong := axe(page, phone=True):
            found[address] = wrong
    page.context.close()
    assert found == {}
