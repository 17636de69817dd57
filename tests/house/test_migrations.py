"""The database's versions: one line without gaps, up and down on both databases, equal to the tables."""
from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from tests.databases import downgrade
from tests.factories import make_actor, make_obligation, make_text, moment
from tracker import paths
from tracker.db import WRITING, Base
from tracker.domain.words import Source
from tracker.models import Decision, Obligation, ReportVersion, Unit
from tracker.services import migrate
from tracker.services.reporting import submit_report

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


def test_what_was_handed_in_before_there_was_sign_off_counts_as_sent_then(engine, session):
    row = make_obligation(session)
    at = moment("2026-10-08 09:30")
    submit_report(session, make_actor(session, unit=session.get_one(Unit, row.unit_id)), row.id, text=make_text(),
                  version=1, request_key="k", at=at)
    session.close()
    downgrade(engine, "0001")
    with engine.connect() as connection:
        before = connection.execute(sa.text("SELECT * FROM report_version")).mappings().one()
    assert "sent_at" not in before
    assert migrate.upgrade(engine)
    version = session.scalars(sa.select(ReportVersion)).one()
    step = session.scalars(sa.select(Decision)).one()
    assert (version.sent_at, version.source, version.measures, step.delivered_at) == (at, Source.unit, {}, at)
    assert session.scalars(sa.select(Obligation.to_sign)).all() == [False]
    assert session.scalars(sa.select(Unit.sign_off)).all() == [True]
