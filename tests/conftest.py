"""What all tests share: the two databases, the clock, an app, a counter of queries."""
from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from sqlalchemy import event
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool

from tests import databases
from tests.skips import pytest_make_collect_report, pytest_runtest_makereport  # noqa: F401 (hooks)
from tracker.app import create_app
from tracker.clock import FixedClock
from tracker.config import Settings
from tracker.services.deed import SEAL, Seal
from tracker.web.context import Desk, db

NOW = datetime(2026, 10, 8, 9, 30, tzinfo=ZoneInfo("Asia/Shanghai"))    # a Thursday, the first working day after 国庆

hypothesis_settings.register_profile(
    "house", deadline=None, print_blob=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
hypothesis_settings.load_profile("house")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """The lines in which the battery's checks end, from whichever process ran them."""
    lines = {line for report in terminalreporter.stats.get("passed", []) for line in report.capstdout.splitlines()
             if line.startswith("BATTERY ")}
    if lines:
        terminalreporter.section("battery")
        for line in sorted(lines):
            terminalreporter.write_line(line)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return databases.make_sqlite_template(tmp_path_factory.mktemp("sqlite"))


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A PostgreSQL database of this test process, migrated. Skips loudly where no server can be had."""
    if not os.environ.get("TRACKER_TEST_POSTGRES_URL") and databases.postgres_binaries() is None:
        pytest.skip("PostgreSQL is not installed: NOTHING was tested on it (apt-get install postgresql)")
    name = f"tracker_test_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
    with databases.postgres_server() as server, databases.postgres_database(server, name) as url:
        yield url


@pytest.fixture(scope="session")
def apps(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Flask]]:
    """One app a database for the whole run: its engine keeps what SQLAlchemy compiled. Each test gives it its desk."""
    made: dict[str, Flask] = {}
    yield made
    for app in made.values():
        with app.app_context():
            db.engine.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory,
             apps: dict[str, Flask]) -> Iterator[str]:
    """The address of an empty, migrated database: each test runs on both kinds."""
    if request.param == "sqlite":
        path = tmp_path_factory.getbasetemp() / "database" / "tracker.sqlite"
        path.parent.mkdir(exist_ok=True)
        for left in path.parent.glob("tracker.sqlite*"):
            left.unlink()
        shutil.copy(request.getfixturevalue("sqlite_template"), path)
        yield f"sqlite:///{path}"
        _let_go(apps.get(f"sqlite:///{path}"))
        return
    url = request.getfixturevalue("postgres_url")
    yield url
    _let_go(apps.get(url))
    engine = sa.create_engine(url, poolclass=NullPool)
    databases.empty(engine)
    engine.dispose()


def _let_go(app: Flask | None) -> None:
    """Close every connection of the app to a database that is about to be emptied."""
    if app is not None:
        with app.app_context():
            db.session.remove()
            db.engine.dispose()


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW)


@pytest.fixture
def settings(database: str, tmp_path: Path) -> Settings:
    return Settings(database_url=database, data_dir=tmp_path / "data", export_dir=tmp_path / "exports",
                    secret_key="a secret that only the tests know 0123456789")


@pytest.fixture
def seal(settings: Settings) -> Seal:
    return Seal.in_folder(settings.data_dir)


@pytest.fixture
def app(apps: dict[str, Flask], settings: Settings, clock: FixedClock, seal: Seal) -> Flask:
    """The application on the test's database, with the test's settings and clock."""
    if settings.url not in apps:
        apps[settings.url] = create_app(settings, clock)
        apps[settings.url].config.update(TESTING=True, PROPAGATE_EXCEPTIONS=False)
        if settings.url.startswith("sqlite"):       # nobody pulls the plug here: nothing need reach the disk
            with apps[settings.url].app_context():
                event.listen(db.engine, "connect", lambda connection, _: connection.execute("PRAGMA synchronous=OFF"))
    app = apps[settings.url]
    app.extensions["tracker"] = Desk(settings, clock, seal)
    return app


@pytest.fixture
def own_app(settings: Settings, clock: FixedClock) -> Iterator[Flask]:
    """An application of this test's own, to be tampered with."""
    app = create_app(settings, clock)
    app.config.update(TESTING=True, PROPAGATE_EXCEPTIONS=False)
    yield app
    _let_go(app)


@pytest.fixture
def engine(app: Flask) -> sa.Engine:
    with app.app_context():
        return db.engine


@pytest.fixture
def session(engine: sa.Engine, seal: Seal) -> Iterator[Session]:
    with Session(engine, info={SEAL: seal}) as session:
        yield session


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def count_queries() -> Callable[[], object]:
    """`with count_queries() as seen: …; assert len(seen) == 3`: the statements of every engine in the block."""

    @contextmanager
    def counting() -> Iterator[list[str]]:
        seen: list[str] = []

        def note(connection: object, cursor: object, statement: str, *rest: object) -> None:
            if not statement.startswith(("BEGIN", "PRAGMA", "SAVEPOINT", "RELEASE")):
                seen.append(statement)

        event.listen(sa.Engine, "before_cursor_execute", note)
        try:
            yield seen
        finally:
            event.remove(sa.Engine, "before_cursor_execute", note)

    return counting
