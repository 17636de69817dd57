"""The database's versions: one line without gaps, up and down on both databases, equal to the tables."""
from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from tracker import paths
from tracker.db import WRITING, Base
from tracker.services import migrate

VERSIONS = sorted(path for path in (paths.MIGRATIONS / "versions").glob("[0-9]*.py"))


def test_versions_are_numbered_without_gap_or_fork():
    assert [path.name[:4] for path in VERSIONS] == [f"{number:04d}" for number in range(1, len(VERSIONS) + 1)]
    assert migrate.head() == VERSIONS[-1].name[:4]


def test_a_migration_never_imports_our_code():
    assert [path.name for path in VERSIONS if "tracker" in Path(path).read_text()] == []


def test_the_migrated_database_equals_the_tables(engine):
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def test_down_and_up_again(engine):
    with engine.connect().execution_options(**{WRITING: True}) as connection, connection.begin():
        command.downgrade(migrate.alembic_config(connection), "base")
        assert set(sa.inspect(connection).get_table_names()) <= {"alembic_version"}
    assert migrate.upgrade(engine)
    assert not migrate.upgrade(engine)
