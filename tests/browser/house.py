"""An office in this process, its clock standing still: served at an address, entered without typing a password."""
from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import waitress
from flask import Flask
from playwright.sync_api import Browser, Page
from sqlalchemy.orm import Session

from tests import databases
from tests.conftest import NOW
from tests.factories import actor_of
from tracker.app import create_app, open_session
from tracker.clock import FixedClock
from tracker.config import Settings
from tracker.models import User
from tracker.services import sessions
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
        secret_id = f"{login:i<43}"
        with self.session() as session:
            user = session.query(User).filter_by(login=login).one()
            sessions.start(session, actor_of(session, user), secret_id, address="127.0.0.1", agent="",
                           at=self.clock.now())
        page = self.window(browser, size)
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
    server = waitress.create_server(app, host="127.0.0.1", port=0, threads=4)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        yield House(app, f"http://127.0.0.1:{server.effective_port}", clock)
    finally:
        server.close()
        thread.join()
        with app.app_context():
            db.engine.dispose()
