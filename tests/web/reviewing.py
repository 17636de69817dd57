"""What the review page (审核页) says and takes, for its tests."""
from __future__ import annotations

import re
from typing import Any

from werkzeug.test import TestResponse

from tests.factories import make_text
from tests.web.desk import Desk
from tests.web.visitor import one_line


def heading(page: str) -> str:
    return one_line(page, "<h1>.*?</h1>")


def banner(page: str) -> str:
    return one_line(page, '<div class="note green said" role="status">.*?</div>')


def queue(page: str) -> list[str]:
    return re.findall(r"<b>(\d+\. .*?)</b><small", page)


def opened(page: str) -> str:
    return one_line(page, '<h2 id="dt".*?</h2>')


def judged(page: str) -> list[str]:
    return re.findall(r'name="judged" value="(\w+)" checked', page)


def decide(desk: Desk, owed: int, deed: str, **fields: Any) -> TestResponse:
    return desk.office.post(f"/review/{owed}", **{"version": desk.obligation(owed).version, "deed": deed} | fields)


def entered(desk: Desk, *numbers: str, text: str = "") -> list[int]:
    return [desk.submit(desk.owe(number), make_text(text) if text else None) for number in numbers]


def accept_all(desk: Desk, ids: list[int], **fields: Any) -> TestResponse:
    items = [f"{owed}:{desk.obligation(owed).version}" for owed in ids]
    return desk.office.post("/review/accept", item=items, **fields)


def ticks(page: str) -> list[tuple[str, bool]]:
    return [(label, bool(checked)) for label, checked in re.findall(
        r'name="item" value="[\d:]+" aria-label="选中(.*?)"( checked)?>', page)]
