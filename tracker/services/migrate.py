"""Bring a database to this program's version (数据库升级)."""
from __future__ import annotations

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import inspect
from sqlalchemy.engine import Connection, Engine

from tracker import paths
from tracker.db import WRITING
from tracker.errors import Refused

ADVISORY_LOCK = 20250627     # any fixed number: two nodes upgrading at once wait for each other

NEWER = "数据库的版本比程序新，或者不是本系统的数据库。没有改动；请换用更新的程序，或核对数据库地址。"


def alembic_config(connection: Connection | None = None) -> Config:
    """Alembic's configuration, without a file; with a connection, ready to run on it."""
    config = Config()
    config.set_main_option("script_location", str(paths.MIGRATIONS))
    config.attributes["connection"] = connection
    return config


def revision_of(connection: Connection) -> str | None:
    """The version that the database says it has; None for an empty one."""
    return MigrationContext.configure(connection).get_current_revision()


def head() -> str:
    """The version that this program needs."""
    return ScriptDirectory.from_config(alembic_config()).get_current_head() or ""


def upgrade(engine: Engine) -> bool:
    """Upgrade in one transaction: all or nothing, one process at a time. True if anything was done.

    Raises Refused when the database is newer than the program, or is somebody else's.
    """
    with engine.connect() as reading:
        if revision_of(reading) == head():
            return False
    with engine.connect().execution_options(**{WRITING: True}) as connection:
        if engine.dialect.name == "sqlite":
            connection.connection.driver_connection.execute("PRAGMA foreign_keys=OFF")  # type: ignore[union-attr]
        with connection.begin():
            if engine.dialect.name == "postgresql":
                connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({ADVISORY_LOCK})")
            _check_ours(connection)
            try:
                command.upgrade(alembic_config(connection), "head")
            except CommandError as error:
                raise Refused(NEWER) from error
        if engine.dialect.name == "sqlite":
            connection.connection.driver_connection.execute("PRAGMA foreign_keys=ON")   # type: ignore[union-attr]
    return True


def _check_ours(connection: Connection) -> None:
    if revision_of(connection) is None and set(inspect(connection).get_table_names()) - {"alembic_version"}:
        raise Refused("这个数据库里已有别的表，不是本系统的数据库。没有改动；请换一个空数据库。")
