"""The databases of the tests: a migrated SQLite template that is copied, and a PostgreSQL server of our own.

PostgreSQL: TRACKER_TEST_POSTGRES_URL, else Debian's binaries, started as another user where the tests run as root
(the server refuses uid 0). Nothing is kept on disk safely here: it is thrown away.
"""
from __future__ import annotations

import os
import pwd
import select
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from sqlalchemy.engine import Engine
from sqlalchemy.pool import NullPool

from tracker.db import WRITING, Base, prepare_engine
from tracker.services import migrate

KEEP = {"alembic_version"}


def make_sqlite_template(folder: Path) -> Path:
    """A migrated, empty SQLite file."""
    path = folder / "template.sqlite"
    engine = sa.create_engine(f"sqlite:///{path}", poolclass=NullPool)
    prepare_engine(engine)
    migrate.upgrade(engine)
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    engine.dispose()
    return path


def downgrade(engine: Engine, revision: str) -> None:
    """Take a filled database back to an earlier version, to be upgraded again."""
    with engine.connect().execution_options(**{WRITING: True}) as connection:
        sqlite = engine.dialect.name == "sqlite"
        if sqlite:                                  # tables are rebuilt, as in an upgrade
            connection.connection.driver_connection.execute("PRAGMA foreign_keys=OFF")
        with connection.begin():
            command.downgrade(migrate.alembic_config(connection), revision)
        if sqlite:
            connection.connection.driver_connection.execute("PRAGMA foreign_keys=ON")


def postgres_binaries() -> Path | None:
    """The newest installed PostgreSQL's bin folder, None where there is none."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    return found[-1].parent if found else None


@contextmanager
def postgres_server() -> Iterator[str]:
    """A throw-away server; yields the address of its `postgres` database. Stopped at the end, or when we die."""
    given = os.environ.get("TRACKER_TEST_POSTGRES_URL")
    if given:
        yield "postgresql+psycopg://" + given.partition("://")[2]
        return
    binaries = postgres_binaries()
    assert binaries is not None, "PostgreSQL is not installed"
    folder = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))     # its path is short enough for a socket's
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "stdin": subprocess.DEVNULL, "cwd": "/tmp",
             **_not_root(folder)}
    try:
        subprocess.run([binaries / "initdb", "-D", folder / "data", "-U", "postgres", "-A", "trust", "-E", "UTF8",
                        "--locale=C.UTF-8", "--no-sync"], check=True, **quiet)
        server = subprocess.Popen(
            [binaries / "postgres", "-D", folder / "data", "-h", "", "-k", folder, "-c", "fsync=off",
             "-c", "synchronous_commit=off", "-c", "full_page_writes=off", "-c", "max_connections=200"],
            start_new_session=True, **quiet)
        watcher = subprocess.Popen(["/bin/sh", "-c", _WATCH, "sh", str(os.getpid()), str(server.pid), folder],
                                   start_new_session=True, **quiet)
        try:
            url = f"postgresql+psycopg://postgres@/postgres?host={folder}"
            _wait_for(url, server)
            yield url
        finally:
            server.send_signal(signal.SIGQUIT)      # at once, but it gives its shared memory back
            server.wait()
            watcher.kill()
            watcher.wait()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


# Stops the server once the tests are gone: a killed worker runs no finalizer.
_WATCH = 'while [ -d "/proc/$1" ]; do sleep 1; done; kill -QUIT "$2"; rm -rf "$3"'


def _not_root(folder: Path) -> dict[str, object]:
    """How to run as somebody else, where we are root; the folder is given to him."""
    if os.geteuid() != 0:
        return {}
    names = {entry.pw_name for entry in pwd.getpwall()}
    user = pwd.getpwnam("postgres" if "postgres" in names else "nobody")
    os.chown(folder, user.pw_uid, user.pw_gid)
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def _wait_for(url: str, server: subprocess.Popen[bytes]) -> None:
    engine = sa.create_engine(url, poolclass=NullPool)
    for _ in range(3000):
        try:
            with engine.connect():
                return
        except sa.exc.OperationalError:
            if server.poll() is not None:
                raise RuntimeError("PostgreSQL did not start") from None
            select.select([], [], [], 0.01)     # a breath between two tries
    raise RuntimeError("PostgreSQL did not answer")


@contextmanager
def postgres_database(server: str, name: str) -> Iterator[str]:
    """A migrated, empty database of a server; yields its address. What a run before left of it goes first."""
    drop = f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'
    _in_server(server, drop)
    _in_server(server, f'CREATE DATABASE "{name}"')
    url = sa.make_url(server).set(database=name).render_as_string(hide_password=False)
    engine = sa.create_engine(url, poolclass=NullPool)
    migrate.upgrade(engine)
    engine.dispose()
    yield url
    _in_server(server, drop)


def _in_server(url: str, statement: str) -> None:
    engine = sa.create_engine(url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(statement)
    engine.dispose()


def empty(engine: Engine) -> None:
    """Empty every table of a PostgreSQL database, numbers too, and set the audit chain's start again."""
    names = ", ".join(table.name for table in Base.metadata.sorted_tables if table.name not in KEEP)
    with engine.begin() as connection:
        connection.exec_driver_sql(f"TRUNCATE {names} RESTART IDENTITY CASCADE")
        connection.exec_driver_sql(f"INSERT INTO audit_head (id, last_id, last_hash) VALUES (1, 0, '{'0' * 64}')")
