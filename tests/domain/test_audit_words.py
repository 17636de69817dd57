"""Every action that the code records has its word, and every fact is shown or kept back (审计用语)."""
from __future__ import annotations

import ast

from tests.house.tree import TRACKER
from tracker.domain.audit_words import ACTIONS, FACTS, KEPT_BACK, action_word, fact_words


def recorded() -> dict[str, set[str]]:
    """action -> names of its facts, of every `….record("…", …)` in the code."""
    found: dict[str, set[str]] = {}
    for path in TRACKER.rglob("*.py"):
        tree = ast.parse(path.read_text())
        named = {target.id: node.value for node in tree.body if isinstance(node, ast.Assign)
                 for target in node.targets if isinstance(target, ast.Name)}
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "record":
                for action in actions_of(node.args[0], named):
                    found.setdefault(action, set()).update(word.arg for word in node.keywords if word.arg)
    return found


def actions_of(node: ast.expr, named: dict[str, ast.expr]) -> list[str]:
    """What the first argument may be: a word, one of two, a name, or `f"task.{STEPS[step]}"` over a table beside it."""
    match node:
        case ast.Constant(value=word):
            return [str(word)]
        case ast.IfExp(body=one, orelse=other):
            return actions_of(one, named) + actions_of(other, named)
        case ast.Name(id=name):
            return actions_of(named[name], named)
        case ast.JoinedStr(values=[ast.Constant(value=head), ast.FormattedValue(value=ast.Subscript(
                value=ast.Name(id=name)))]):
            table = named[name]
            assert isinstance(table, ast.Dict)
            return [f"{head}{action}" for value in table.values for action in actions_of(value, named)]
    raise AssertionError(f"an action that cannot be read off the code: {ast.unparse(node)}")


def test_every_action_of_the_code_has_its_word_and_no_word_is_without_action() -> None:
    assert set(recorded()) == set(ACTIONS)


def test_every_fact_is_shown_or_kept_back() -> None:
    facts = set().union(*recorded().values())
    assert facts - set(FACTS) - KEPT_BACK == set()
    assert (set(FACTS) | KEPT_BACK) - facts == set()


def test_facts_are_shown_in_the_words_of_the_office() -> None:
    assert fact_words({"version": 2, "obligation": 12, "judged": "on_track", "on_time": True}) == (
        "应报事项 12 · 稿次 2 · 认定 达序时 · 按时 是")
    assert fact_words({"user_id": 7, "login": "kjj01", "before": ["clerk"], "roles": ["clerk", "head"]}) == (
        "账号 kjj01 · 账号编号 7 · 角色 填报员、审签人 · 原来 填报员")
    assert fact_words({"name": "李局长", "sha256": "ab"}) == ""


def test_an_action_of_another_version_is_shown_as_it_is() -> None:
    assert (action_word("user.created"), action_word("thing.undone")) == ("建账号", "thing.undone")
