"""The database's ground (数据库底座): how SQLite is set up, how moments are kept, when an upgrade is refused."""
from __future__ import annotations

import threading
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool

from tracker.db import FairLock, prepare_engine
from tracker.errors import Refused
from tracker.models import Setting, WebSession
from tracker.services import migrate


def make_engine(path, **options):
    engine = sa.create_engine(f"sqlite:///{path}", **options)
    prepare_engine(engine)
    return engine


def test_every_connection_to_sqlite_is_set_up_for_many_writers(tmp_path):
    engine = make_engine(tmp_path / "x.sqlite", poolclass=NullPool)
    for _ in range(2):
        with engine.connect() as connection:
            found = {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
                     for name in ("foreign_keys", "journal_mode", "synchronous", "busy_timeout")}
        assert found == {"foreign_keys": 1, "journal_mode": "wal", "synchronous": 2, "busy_timeout": 30000}


def test_a_naive_moment_is_refused(session):
    session.add(WebSession(id_hash="x", user_id=1, created_at=datetime(2026, 10, 8), seen_at=datetime(2026, 10, 8),  # noqa: DTZ001
                           address="", agent=""))
    with pytest.raises(sa.exc.StatementError, match="naive"):
        session.flush()
    session.rollback()


def test_the_database_itself_refuses_an_orphan(session):
    session.add(WebSession(id_hash="x", user_id=999, created_at=datetime(2026, 10, 8, tzinfo=UTC),
                           seen_at=datetime(2026, 10, 8, tzinfo=UTC), address="", agent=""))
    with pytest.raises(sa.exc.IntegrityError):
        session.flush()
    session.rollback()


def test_an_error_of_the_database_does_not_tell_what_was_written(session):
    session.add(WebSession(id_hash="x", user_id=999, created_at=datetime(2026, 10, 8, tzinfo=UTC),
                           seen_at=datetime(2026, 10, 8, tzinfo=UTC), address="", agent="金丝雀"))
    with pytest.raises(sa.exc.IntegrityError) as told:
        session.flush()
    session.rollback()
    assert "金丝雀" not in str(told.value)


def test_an_upgrade_is_done_once(tmp_path):
    engine = make_engine(tmp_path / "x.sqlite")
    assert migrate.upgrade(engine) is True
    assert migrate.upgrade(engine) is False
    engine.dispose()


def test_somebody_elses_database_is_left_alone(tmp_path):
    engine = make_engine(tmp_path / "x.sqlite")
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE payroll (id INTEGER)")
    with pytest.raises(Refused, match="不是本系统的数据库"):
        migrate.upgrade(engine)
    assert sa.inspect(engine).get_table_names() == ["payroll"]
    engine.dispose()


def test_a_newer_database_is_refused_and_kept(tmp_path):
    engine = make_engine(tmp_path / "x.sqlite")
    migrate.upgrade(engine)
    with Session(engine) as session:
        session.add(Setting(key="office", value="督查室"))
        session.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
        session.commit()
    with pytest.raises(Refused, match="比程序新"):
        migrate.upgrade(engine)
    with Session(engine) as session:
        assert session.get(Setting, "office").value == "督查室"
    engine.dispose()


def test_who_waits_longest_writes_next():
    lock, order, waiting = FairLock(), [], []

    def take(number):
        with lock:
            order.append(number)

    with lock:
        for number in range(8):
            thread = threading.Thread(target=take, args=(number,))
            thread.start()
            waiting.append(thread)
            while len(lock._waiting) < number + 1:
                thread.join(0.001)
    for thread in waiting:
        thread.join()
    assert order == list(range(8))
