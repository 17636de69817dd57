"""axe-core finds nothing: every page of every role, nothing said and full, 标准版 and 大字版, units' at a phone too.

A page is entered here by its endpoint; one that is not fails a test. What is no page stands in `NO_PAGES`.
"""
from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page
from werkzeug.routing import Rule

from tests.battery.rounds import FULL
from tests.browser import filled
from tests.browser.conftest import DESK, PHONE
from tests.browser.filled import FOR, Known
from tests.browser.house import House, built
from tests.conftest import NOW
from tests.factories import make_unit
from tracker.domain.permissions import MATRIX, Act
from tracker.domain.words import State, UserRole
from tracker.web.guard import PUBLIC, ROUTES

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("axe"), pytest.mark.timeout(600)]

AXE = (Path(__file__).parent / "vendor" / "axe.min.js").read_text(encoding="utf-8")
RUN = """rules => axe.run(document, {preload: false, resultTypes: ["violations"], runOnly: rules}).then(found =>
    found.violations.flatMap(rule => rule.nodes.map(node => `${rule.id}: ${node.html.slice(0, 160)}`)))"""
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
OF_SIZE = ["color-contrast", "target-size", "scrollable-region-focusable", "link-in-text-block", "css-orientation-lock"]
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


def where(pattern: str, *names: str) -> Addresses:
    """The address with each of these of what is known, where it is there."""
    return lambda known: [pattern.format(getattr(known, name)) for name in names if getattr(known, name)]


def both(*parts: Addresses) -> Addresses:
    return lambda known: [address for part in parts for address in part(known)]


PAGES: dict[str, Addresses] = {
    "account.login": at("/login"),
    "account.password": at("/password"),
    "account.welcome": where("/welcome/{}", "token"),
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
    "my.grid": at("/my/grid", "/my/grid?period=2026Q3"),
    "reports.show": both(each("/reports/{}"), where("/reports/{}", "part", "lead", "entered")),
    "lead.index": where("/reports/{}/parts", "lead"),
    "files.index": where("/reports/{}/files", "part", "lead"),
    "entering.form": each("/reports/{}/enter", State.pending),
    "review.index": both(at("/review"), where("/review?open={}", "waiting", "lead")),
    "purges.index": at("/purges"),
    "purges.one": lambda known: [f"/purges/{number}" for number in known.purges],
    "purges.of_file": where("/files/{}/purge", "file"),
    "purges.of_report": where("/reports/{}/purge", "lead"),
    "sign.index": at("/sign"),
    "sign.every": at("/sign/all"),
    "sign.deputy": at("/sign/deputy"),
    "slip.index": at("/slip", "/slip?period=2026Q3"),
    "extensions.index": at("/extensions"),
    "extensions.report_form": each("/reports/{}/extension", State.pending),
    "extensions.milestone_form": where("/milestones/{}/extension", "milestone"),
    "extensions.task_form": at("/tasks/6/extension"),
    "unit_changes.index": at("/changes"),
    "closing.index": at("/tasks/6/closing"),
    "closing.ask_state": at("/tasks/6/state/suspend"),
    "year_plans.index": at("/year-plans"),
    "year_plans.show": at("/tasks/6/plan/2026"),
    "year_plans.milestone": where("/milestones/{}", "milestone"),
    "rules.index": at("/rules"),
    "done.index": at("/done"),
    "audit.index": at("/audit"),
    "users.index": at("/admin/users", "/admin/users?q=没有这个人"),
    "users.new": at("/admin/users/new"),
    "users.waiting": at("/admin/users/hand-out"),
    "users.show": where("/admin/users/{}", "user"),
    "users.leave": where("/admin/users/{}/leave", "user"),
    "people_import.start": at("/admin/users/import"),
    "units.sign_off": at("/admin/units"),
}
NO_PAGES = {"static", "health.healthz", "health.readyz", "exports.download", "files.download", "files.preview",
            "people_import.template"}
HIDDEN = 404        # another unit's page, for whoever may open pages of its kind
NO_PLAN = 422       # there is no plan yet: the page says what to do


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[House, Known]]:
    with built(tmp_path_factory.mktemp("bare")) as house:
        with house.session() as session:
            for name in (filled.OURS, filled.CO):
                make_unit(session, name=name)
            filled.people(session)
            found = filled.known(session)
        yield house, found


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


Look = tuple[dict[str, int], bool, list[str]]                 # how wide, in 大字版 or not, which rules
AT_A_DESK: list[Look] = [(DESK, False, RULES), (DESK, True, RULES)]
# Once in each width all rules; again with the other letters what a size can break (in the battery's full rounds all).
EVERYWHERE: list[Look] = [(DESK, False, RULES), (DESK, True, RULES if FULL else OF_SIZE), (PHONE, True, RULES),
                          (PHONE, False, RULES if FULL else OF_SIZE)]


def axe(page: Page, looks: list[Look]) -> list[str]:
    """What is wrong with the page that is open, a line each."""
    page.evaluate(AXE)
    found = [] if page.locator("h1").count() == 1 else ["not one heading"]
    for size, large, rules in looks:
        page.set_viewport_size(size)    # type: ignore[arg-type]
        page.evaluate(LARGE, large)
        wrong, too_wide = page.evaluate(RUN, rules), page.evaluate(WIDER)
        found += [f"{size['width']} px{' 大字版' if large else ''} {one}"
                  for one in (*wrong, *([f"{too_wide} px too wide"] if too_wide > 0 else []))]
    page.evaluate(LARGE, False)
    page.set_viewport_size(DESK)        # type: ignore[arg-type]
    return found


def look_at_all(browser: Browser, house: House, known: Known, role: UserRole) -> str:
    """What is wrong on the pages that the role may open, a line each."""
    page, found = house.enter(browser, FOR[role], DESK), []
    for endpoint, addresses in PAGES.items():
        act = ROUTES[endpoint]
        if act is PUBLIC or role not in MATRIX[Act(act)]:
            continue
        for address in addresses(known):
            answer = page.goto(address)
            assert answer is not None
            if answer.status == HIDDEN:
                continue
            found += [f"{address} {one}" for one in axe(page, EVERYWHERE if role in AT_PHONES else AT_A_DESK)]
            if answer.status != 200 and (known.obligations or answer.status != NO_PLAN):
                found.append(f"{address} status {answer.status}")
    page.context.close()
    return "\n".join(found)


def filled_in(page: Page, button: str, **typed: str) -> None:
    """Fill in the controls of these names, hidden ones too, and press the button; wait for what comes back."""
    for name, words in typed.items():
        page.locator(f"main [name$='{name}']").first.evaluate("(one, words) => { one.value = words; }", words)
    with page.expect_navigation():
        page.evaluate("button => { document.querySelector('main form[novalidate], main form').noValidate = true;"
                      " document.querySelector(button).click(); }", button)


def is_page(rule: Rule) -> bool:
    return "GET" in (rule.methods or ()) and rule.endpoint not in NO_PAGES


def test_every_page_is_entered_here(full):
    house, _ = full
    assert {rule.endpoint for rule in house.app.url_map.iter_rules() if is_page(rule)} == set(PAGES)


@pytest.mark.parametrize("role", list(UserRole))
def test_nothing_is_wrong_before_there_is_a_plan(browser, bare, role):
    house, known = bare
    assert look_at_all(browser, house, known, role) == ""


@pytest.mark.parametrize("role", list(UserRole))
def test_nothing_is_wrong_where_nothing_was_said_yet(browser, fresh, role):
    house, known = fresh
    assert look_at_all(browser, house, known, role) == ""


@pytest.mark.parametrize("role", list(UserRole))
def test_nothing_is_wrong_in_a_full_office(browser, full, role):
    house, known = full
    assert look_at_all(browser, house, known, role) == ""


def test_nothing_is_wrong_for_whoever_is_not_logged_in(browser, full):
    house, known = full
    page = house.window(browser, DESK)
    found = []
    for address in ("/login", "/no-such-page", f"/welcome/{known.token}", "/welcome/nothing"):
        page.goto(address)
        found += [f"{address} {one}" for one in axe(page, EVERYWHERE)]
    page.context.close()
    assert found == []


SUBMIT, SAVE = "main button[value=submit]", "main .stickybar button[value=save]"
RETURNED: list[tuple[str, UserRole, str, str, dict[str, str]]] = [       # what, who, where, which button, what is typed
    ("nothing written", UserRole.clerk, "/reports/{draft}", SUBMIT, {"progress": ""}),
    ("marks of classified papers", UserRole.clerk, "/reports/{draft}", SUBMIT, {"progress": "秘密★ 10年"}),
    ("another was first", UserRole.clerk, "/reports/{draft}", SAVE, {"version": "1", "progress": "我写的"}),
    ("half a table", UserRole.clerk, "/my/grid?period=2026Q3", SUBMIT, {"progress": ""}),
    ("no words for the clerk", UserRole.head, "/sign", "main button[value=send_to_clerk]", {}),
    ("no reason", UserRole.supervisor, "/review", "main button[value=send_back]", {}),
    ("no ground for another judgement", UserRole.supervisor, "/review?open={lead}", "main button[value=waive]", {}),
    ("no answer to enter", UserRole.supervisor, "/reports/{pending}/enter", "main form button.pri", {"progress": ""}),
    ("no account", UserRole.admin, "/admin/users/new", "main form button.pri", {"login": "1"}),
    ("no file", UserRole.admin, "/admin/users/import", "main form button.pri", {}),
]


@pytest.mark.parametrize(("role", "address", "button", "typed"), [case[1:] for case in RETURNED],
                         ids=[case[0] for case in RETURNED])
def test_nothing_is_wrong_with_a_form_that_comes_back(browser, full, role, address, button, typed):
    house, known = full
    page = house.enter(browser, FOR[role], DESK)
    page.goto(address.format(**{state.value: one for state, one in known.obligations.items()}, lead=known.lead))
    filled_in(page, button, **typed)
    assert page.locator(".errsum, .errors, [role=alert]").count(), "it was refused"
    assert axe(page, EVERYWHERE) == []
    page.context.close()
