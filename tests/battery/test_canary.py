"""Battery B5: a word that stands in one place only is found by those alone who may read that place."""
from __future__ import annotations

import html
import io
import re
import zipfile
from collections import deque
from urllib.parse import unquote

import pytest
from werkzeug.test import TestResponse

from tests.battery.access_table import CASES, EVERYBODY, READERS, SUPERVISOR, units
from tests.battery.rounds import FULL, held
from tests.battery.world import World, canary

pytestmark = [pytest.mark.battery, pytest.mark.timeout(3600 if FULL else 300)]

# Who may read what was written where. Everybody else finds the word on no page, in no file, in no header.
MAY_READ: dict[str, frozenset[str]] = {
    "own_draft": units("own"), "file_draft": units("own"), "copy": units("own"),      # before anything went out
    "own_sign": units("own"), "own_given_back": units("own"), "to_clerk": units("own"),
    "own_sent": units("own", "lead") | READERS, "file_sent": units("own", "lead") | READERS,
    "own_accepted": units("own", "lead", "co") | READERS, "file_accepted": units("own", "lead", "co") | READERS,
    "own_back": units("own", "lead") | READERS, "file_back": units("own", "lead") | READERS,
    "reason": units("own") | READERS,                                                  # 退回理由
    "own_entered": units("own", "lead") | READERS, "note": units("own") | READERS,     # 代填
    "lead_draft": units("lead"), "lead_accepted": units("lead"),
    "quotation": units("own", "lead"), "objection": units("own", "lead"), "chase": units("own", "lead") | READERS,
    "extension": units("lead") | READERS,
    "purge": SUPERVISOR | {"clerk/own"},
}
LINK = re.compile(r'(?:href|src|action)="(/[^"#]*)')
CANARY = re.compile("金丝雀[a-z]+鸟")
NEVER = ("/logout", "/static/", "/login")
MOST_PAGES = 400                            # a visitor


def words_in(answer: TestResponse) -> set[str]:
    """The canaries of an answer: in its headers, its text, or what a workbook or a ZIP holds."""
    text = unquote(str(answer.headers)) + answer.get_data(as_text=False).decode("utf-8", "replace")
    if answer.data[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(answer.data)) as parts:
            text += "".join(parts.read(name).decode("utf-8", "replace") + name for name in parts.namelist())
    return set(CANARY.findall(html.unescape(text)))


def crawl(world: World, name: str) -> tuple[dict[str, str], int]:
    """Every canary that the visitor comes upon and where first, beginning with every address there is; pages seen."""
    visitor = world.visitors[name]
    waiting = deque(dict.fromkeys(["/", *(case.path(world.ids) for case in CASES if FULL or case.method == "GET")]))
    met, found = set(waiting), dict[str, str]()
    pages = 0
    while waiting and pages < MOST_PAGES:
        address = waiting.popleft()
        if address.startswith(NEVER):
            continue
        answer, pages = visitor.get(address), pages + 1
        assert answer.status_code < 500, address
        for word in words_in(answer):
            found.setdefault(word, address)
        if answer.mimetype == "text/html":
            links = {html.unescape(link) for link in LINK.findall(answer.text)} | {answer.headers.get("Location", "/")}
            waiting.extend(sorted(links - met))
            met |= links
    return found, pages


def test_b5_a_word_is_found_only_where_the_matrix_says(world: World) -> None:
    places = {canary(place): place for place in MAY_READ}
    people = sorted(EVERYBODY) if FULL else ["clerk/own", "clerk/lead", "clerk/co", "clerk/foreign", "supervisor",
                                             "leader", "admin", "auditor"]
    leaks, seen, pages = [], set[str](), 0
    for name in people:
        found, count = crawl(world, name)
        pages, seen = pages + count, seen | {places[word] for word in found}
        leaks += [(name, places[word], address) for word, address in found.items()
                  if name not in MAY_READ[places[word]]]
    assert leaks == []
    assert set(MAY_READ) == seen       # each is shown to somebody: nothing is looked for in vain
    held("B5", tried=pages, figure="leaks=0")
