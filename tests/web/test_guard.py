"""Who reaches which page (路由权限): every route, every role."""
from __future__ import annotations

import pytest
from flask import Flask
from werkzeug.routing import IntegerConverter, Rule

from tests.web.visitor import Visitor, visitor_as
from tracker.domain.permissions import MATRIX, Act
from tracker.domain.words import UserRole
from tracker.web.guard import PUBLIC, ROUTES
from tracker.web.page import NAVIGATION


def address(rule: Rule) -> str:
    """An address of the rule, with ids that are nowhere."""
    values = {name: 999 if isinstance(converter, IntegerConverter) else "x"
              for name, converter in rule._converters.items()}
    built = rule.build(values)
    assert built is not None
    return built[1]


def test_every_address_is_listed_and_nothing_else(app: Flask) -> None:
    assert {rule.endpoint for rule in app.url_map.iter_rules()} == set(ROUTES)


def test_every_act_has_its_roles_and_the_administrator_reads_no_report() -> None:
    assert set(MATRIX) == set(Act)
    assert {act for act in Act if UserRole.admin in MATRIX[act]} == {
        Act.keep_own_account, Act.start, Act.read_jobs, Act.keep_accounts}
    assert {act for act in Act if UserRole.auditor in MATRIX[act]} == {
        Act.keep_own_account, Act.start, Act.read_audit}


def test_nobody_reaches_a_page_without_logging_in(app: Flask) -> None:
    visitor = Visitor(app)
    for rule in app.url_map.iter_rules():
        if ROUTES[rule.endpoint] is PUBLIC:
            continue
        answer = visitor.get(address(rule)) if "GET" in (rule.methods or ()) else visitor.post(address(rule))
        assert (answer.status_code, answer.headers["Location"].partition("?")[0]) == (303, "/login"), rule


@pytest.mark.parametrize("role", list(UserRole))
def test_each_role_reaches_what_the_table_gives_it_and_the_rest_is_not_there(app: Flask, role: UserRole) -> None:
    """Where the role may, the page answers (a 404 then speaks of the id 999 only, in the same words)."""
    visitor = visitor_as(app, role)
    missing = visitor.get("/no-such-page")
    token = visitor.token()
    for rule in app.url_map.iter_rules():
        act = ROUTES[rule.endpoint]
        if act is PUBLIC or rule.endpoint == "account.log_out" or role in MATRIX[Act(act)]:
            continue
        method = visitor.client.get if "GET" in (rule.methods or ()) else visitor.client.post
        answer = method(address(rule), headers={"X-CSRFToken": token})
        assert answer.status_code == 404, rule
        assert without_tokens(answer.text) == without_tokens(missing.text)


@pytest.mark.parametrize("role", list(UserRole))
def test_each_role_gets_its_plain_pages(app: Flask, role: UserRole) -> None:
    visitor = visitor_as(app, role)
    for rule in app.url_map.iter_rules():
        act = ROUTES[rule.endpoint]
        if act is PUBLIC or role not in MATRIX[Act(act)] or rule.arguments or "GET" not in (rule.methods or ()):
            continue
        assert visitor.get(address(rule)).status_code in {200, 302, 303}, rule


@pytest.mark.parametrize("role", list(UserRole))
def test_every_link_of_the_bar_leads_somewhere(app: Flask, role: UserRole) -> None:
    visitor = visitor_as(app, role)
    for label, target in NAVIGATION[role]:
        assert visitor.get(target).status_code == 200, label


def test_a_disabled_account_is_anonymous_at_the_next_click(app: Flask) -> None:
    supervisor = visitor_as(app, UserRole.supervisor, active=False)
    assert supervisor.get("/review").headers["Location"].startswith("/login")


def without_tokens(page: str) -> str:
    """The page without what every answer has its own of: tokens, and where in the bar the address lies."""
    import re

    return re.sub(r'(name="csrf-token" content|name="csrf_token" value)="[^"]+"| aria-current="page"', "", page)
