"""Sends the cases of access_table.py as somebody, and tells what came of it."""
from __future__ import annotations

import re
from collections.abc import Mapping

from werkzeug.test import TestResponse

from tests.battery.access_table import Case
from tests.battery.world import World

OWN_TOKENS = re.compile(r'(name="csrf-token" content|name="csrf_token" value)="[^"]+"| aria-current="page"')
TO_LOGIN = re.compile(r"/login$|/login\?said=log_in")
NO_SUCH_PAGE = {"message": "没有这个页面，或者不在您的查看范围。", "fields": {}}


class Asker:
    """Sends the cases as somebody, with his token."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.tokens = {name: visitor.token() for name, visitor in world.visitors.items()}
        self.missing = {name: seen(visitor.get("/no-such-page")) for name, visitor in world.visitors.items()}

    def ask(self, name: str, case: Case, *, ids: Mapping[str, object] | None = None, junk: bool = False,
            more: Mapping[str, str] | None = None) -> TestResponse:
        visitor, ids = self.world.visitors[name], ids or self.world.ids
        if case.method == "GET":
            return visitor.get(case.path(ids))
        form = {} if junk else case.data(ids)
        return visitor.client.post(case.path(ids), data=form | dict(more or {}) | {"csrf_token": self.tokens[name]},
                                   environ_overrides=visitor.address, buffered=True)

    def outcome(self, name: str, answer: TestResponse) -> str:
        """What came of it: login, hidden, forbidden, answered; else its status."""
        if answer.status_code == 303 and TO_LOGIN.match(answer.headers["Location"]):
            return "login"
        if answer.status_code == 404:
            same = seen(answer) == self.missing[name] or (answer.is_json and answer.json == NO_SUCH_PAGE)
            return "hidden" if same else "another 404"
        if answer.status_code == 403:
            return "forbidden"
        return "answered" if answer.status_code in {200, 303, 409, 413, 422} else str(answer.status_code)


def seen(answer: TestResponse) -> tuple[int, str]:
    """All of an answer's body that a visitor can tell apart, but for his own tokens."""
    return answer.status_code, OWN_TOKENS.sub("", answer.text)
