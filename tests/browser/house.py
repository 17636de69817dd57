"""An office in this process, its clock standing still: served at an address, entered without typing a password."""
from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from flask import Flask
from playwright.sync_api import Browser, Page
from sqlalchemy.orm import Session

from tests import databases
from tests.conftest import NOW
from tests.serving import log_in, serving
from tracker.app import create_app, open_session
from tracker.clock import FixedClock
from tracker.config import Settings
from tracker.web.context import db


@dataclass(frozen=True)
class House:
    app: Flask
    address: str
    clock: FixedClock

    def session(self) -> Session:
        return open_session(self.app)

    def enter(self, browser: Browser, login: str, size: dict[str, int]) -> Page:
        """A window of its own in which this account is logged in."""
        page, secret_id = self.window(browser, size), log_in(self.app, login)
        page.context.add_cookies([{"name": "tracker", "value": secret_id, "url": self.address}])
        return page

    def window(self, browser: Browser, size: dict[str, int]) -> Page:
        return browser.new_context(base_url=self.address, viewport=size, locale="zh-CN",  # type: ignore[arg-type]
                                   timezone_id="Asia/Shanghai").new_page()


@contextmanager
def built(folder: Path) -> Iterator[House]:
    """A house with a migrated, empty SQLite database. Whatever is to be in it comes by its `session()`."""
    path, clock = databases.make_sqlite_template(folder), FixedClock(NOW)
    settings = Settings(database_url=f"sqlite:///{path}", data_dir=folder / "data", export_dir=folder / "exports",
                        secret_key="a secret that only the tests know 0123456789")
    app = create_app(settings, clock)
    try:
        with serving(app) as address:
            yield House(app, address, clock)
    finally:
        with app.app_context():
            db.engine.dispose()
