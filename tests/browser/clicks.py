"""Who sits at a page (使用者): his clicks are counted, his page is watched, pictures are kept where asked for."""
from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

from playwright.sync_api import ConsoleMessage, Locator, Page

WIDER = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
REFUSED = ("status of 409", "status of 422")        # a form that is shown again: meant to be


class Hand:
    """Typing, choosing in a list and choosing a file are no clicks; what a mouse or a finger does is."""

    numbers = count(1)

    def __init__(self, page: Page, name: str) -> None:
        self.page, self.name, self.clicks = page, name, 0
        self.faults: list[str] = []
        page.context.on("console", self._said)
        page.context.on("weberror", lambda error: self.faults.append(f"script: {error.error}"))

    def _said(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not any(words in message.text for words in REFUSED):
            self.faults.append(f"console: {message.text}")

    def go(self, address: str) -> None:
        """Type an address: the home of a role, where his work begins."""
        self.page.goto(address)

    def click(self, what: Locator) -> None:
        self.clicks += 1
        what.first.click()

    def button(self, name: str) -> Locator:
        """The first button whose words these are, whatever is added for those who only hear it."""
        return self.page.get_by_role("button", name=name).first

    @contextmanager
    def job(self, most: int) -> Iterator[None]:
        """A job of UX's table: no more than so many clicks, and the page fits."""
        before = self.clicks
        yield
        assert self.clicks - before <= most, f"{self.name}: {self.clicks - before} clicks, {most} allowed"

    def picture(self, step: str) -> None:
        """Keep what is on the screen in the folder TRACKER_PICTURES; the page has to fit, and to be without faults."""
        assert self.faults == []
        assert self.page.evaluate(WIDER) <= 0, f"{self.page.url} is too wide"
        folder = os.environ.get("TRACKER_PICTURES")
        if folder:
            Path(folder).mkdir(parents=True, exist_ok=True)
            size = self.page.viewport_size
            height = self.page.evaluate("() => document.documentElement.scrollHeight")
            self.page.set_viewport_size({"width": size["width"], "height": max(height, size["height"])})
            self.page.screenshot(path=Path(folder) / f"{next(self.numbers):02}-{self.name}-{step}.png")
            self.page.set_viewport_size(size)
