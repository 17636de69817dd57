"""H: each effect of the scheduler exactly once: twice, late, by four at once, killed anywhere, after any downtime."""
from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import event, func, select
from sqlalchemy.orm import Session

from tests.factories import moment
from tracker.db import prepare_engine
from tracker.domain.actors import SYSTEM
from tracker.domain.words import Job, Role
from tracker.jobs import JOBS, flag_overdue, run_due
from tracker.models import DueDate, ExportFile, JobRun, Obligation, Period, Task, Unit
from tracker.notices.plan_file import read_plan
from tracker.paths import SEED
from tracker.services import audit
from tracker.services.deed import SEAL, Seal, deed
from tracker.services.plan_load import load_plan

pytestmark = pytest.mark.battery
FULL = os.environ.get("BATTERY_ROUNDS") == "full"
PLAN = read_plan(SEED)
START, END = moment("2025-07-01 09:00"), moment("2026-04-20 09:15")
OPEN_AND_FLAG = JOBS[:2]
DUE_DAYS = (    # period, co-units, lead: as docs/due-dates.md shows them
    ("2025Q3", "2025-10-11", "2025-10-14"), ("2025Q4", "2026-01-06", "2026-01-08"),
    ("2026Q1", "2026-04-03", "2026-04-08"), ("2026Q2", "2026-07-03", "2026-07-07"),
    ("2026Q3", "2026-10-10", "2026-10-13"), ("2026Q4", "2027-01-06", "2027-01-08"),
    ("2027Q1", "2027-04-06", "2027-04-08"), ("2027Q2", "2027-07-05", "2027-07-07"),
    ("2027Q3", "2027-10-08", "2027-10-12"), ("2027Q4", "2028-01-06", "2028-01-10"))


class Killed(BaseException):
    """The process dies here."""


def load(session: Session) -> None:
    load_plan(session, SYSTEM, PLAN, first_period="2025Q3", at=START)


def tick(session: Session, at: datetime = END) -> list[JobRun]:
    return run_due(session, at, now=at, export_dir=None, jobs=OPEN_AND_FLAG)


def effects(session: Session) -> dict[str, list[Any]]:
    """All that the two jobs do, whatever ids it got and however often flagging was needed."""
    session.rollback()
    stamps = (Obligation.role, Obligation.opened_at, Obligation.due_at, Obligation.overdue_since, Obligation.version)
    owed = (select(Period.key, Task.number, Unit.name, *stamps, DueDate.due_at, DueDate.recorded_at)
            .join_from(Obligation, Period, Period.id == Obligation.period_id)
            .join(Unit, Unit.id == Obligation.unit_id).outerjoin(Task, Task.id == Obligation.task_id)
            .join(DueDate, DueDate.obligation_id == Obligation.id))
    opened = select(JobRun.scheduled_at, JobRun.changed, JobRun.told, JobRun.problem).where(
        JobRun.name == Job.open_periods)
    periods = select(Period.key, Period.opened_at, Period.lead_due_at, Period.co_due_at)
    return {name: sorted(map(repr, map(tuple, session.execute(query))))
            for name, query in (("owed", owed), ("opened", opened), ("periods", periods))}


class Opened:
    """A session on a copy of the database, closed with its engine."""

    def __init__(self, path):
        self.engine = sa.create_engine(f"sqlite:///{path}")
        prepare_engine(self.engine)
        self.session = Session(self.engine, info={SEAL: Seal(b"key")})

    def __enter__(self):
        return self.session

    def __exit__(self, *_):
        self.session.close()
        self.engine.dispose()


@pytest.fixture(scope="module")
def loaded(sqlite_template, tmp_path_factory):
    """A SQLite file with the plan in it, and the effects of a tick at every change there is."""
    folder = tmp_path_factory.mktemp("loaded")
    path = folder / "tracker.sqlite"
    shutil.copy(sqlite_template, path)
    with Opened(path) as session:
        load(session)
    shutil.copy(path, folder / "clean.sqlite")
    with Opened(folder / "clean.sqlite") as session:
        for days in range((END - START).days + 2):
            tick(session, min(START + timedelta(days=days), END))
        found = effects(session)
    assert [len(found[name]) for name in ("owed", "opened", "periods")] == [362, 4, 6]
    return path, found


@pytest.fixture
def clean(session, loaded):
    """The plan loaded, nothing run yet; and what a scheduler that was never interrupted leaves."""
    load(session)
    return loaded[1]


def test_h1_twice_and_late(session, clean):
    tick(session)
    tick(session)
    assert effects(session) == clean
    assert session.scalar(select(func.count(JobRun.id))) == 5


def test_h1_four_at_once(settings, session, clean):
    def one(_):
        engine = sa.create_engine(settings.url)     # an engine each: the queue of writers in a process does not help
        prepare_engine(engine)
        with Session(engine, info={SEAL: Seal.in_folder(settings.data_dir)}) as own:
            runs = [(run.name, run.scheduled_at) for run in tick(own)]
        engine.dispose()
        return runs

    with ThreadPoolExecutor(4) as pool:
        runs = [run for found in pool.map(one, range(4)) for run in found]
    assert sorted(runs) == sorted(set(runs))
    assert len(runs) == 5
    assert effects(session) == clean
    assert audit.verify(session).problem == ""


def test_h1_four_processes_at_once(settings, session, clean, tmp_path):
    session.close()
    environment = os.environ | {
        "TRACKER_DATABASE_URL": settings.url, "TRACKER_DATA_DIR": str(settings.data_dir),
        "TRACKER_EXPORT_DIR": str(tmp_path / "exports"), "PYTHONPATH": os.getcwd()}
    command = [sys.executable, "-c", (
        "import sys; from tracker import jobs; jobs.JOBS = jobs.JOBS[:2];"
        "jobs.run_due.__kwdefaults__['jobs'] = jobs.JOBS; from tracker.cli import main;"
        f"main(['tick', '--at', '{END.isoformat()}'])")]
    processes = [subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
                 for _ in range(4)]
    outputs = [process.communicate(timeout=60) for process in processes]
    assert [process.returncode for process in processes] == [0] * 4, outputs
    assert sum(out.count("开启报告期") for out, _ in outputs) == 4
    assert effects(session) == clean
    assert audit.verify(session).problem == ""


def test_h1_killed_at_each_statement_and_run_again(engine, session, clean):
    points = 0
    for stop_at in count(1):
        statements = count(1)

        def die(*_: object, stop_at=stop_at, statements=statements) -> None:
            if next(statements) == stop_at:
                raise Killed

        event.listen(engine, "before_cursor_execute", die)
        try:
            tick(session)
            break
        except Killed:
            points += 1
        finally:
            event.remove(engine, "before_cursor_execute", die)
            session.rollback()
    assert points > 20
    assert effects(session) == clean
    assert session.scalar(select(func.count(JobRun.id))) == 5


def sheets(session: Session) -> list[str]:
    """What drafting leaves: the sheets with their contents, which one is the latest, the runs."""
    session.rollback()
    drafts = select(ExportFile.kind, ExportFile.as_of, ExportFile.rows_sha256, ExportFile.made_by,
                    ExportFile.superseded_at)
    runs = select(JobRun.scheduled_at, JobRun.changed, JobRun.told, JobRun.problem).where(
        JobRun.name == Job.draft_sheets)
    return sorted(repr(tuple(row)) for query in (drafts, runs) for row in session.execute(query))


def test_h1_sheets_killed_at_a_statement_by_two_at_once_and_twice(settings, engine, session, tmp_path):
    at = moment("2025-10-12 06:00")
    load(session)
    tick(session, at)

    def draft(session: Session) -> list[JobRun]:
        return run_due(session, at, now=at, export_dir=tmp_path / "exports", jobs=JOBS[2:])

    for stop_at in range(1, 200, 1 if FULL else 9):
        statements = count(1)

        def die(*_: object, stop_at=stop_at, statements=statements) -> None:
            if next(statements) == stop_at:
                raise Killed

        event.listen(engine, "before_cursor_execute", die)
        try:
            draft(session)
            break
        except Killed:
            assert sheets(session) == []
        finally:
            event.remove(engine, "before_cursor_execute", die)
            session.rollback()
    found = sheets(session)
    assert [len(found), sum("督办台账" in row for row in found)] == [3, 1]

    def one(_):
        own_engine = sa.create_engine(settings.url)
        prepare_engine(own_engine)
        with Session(own_engine, info={SEAL: Seal.in_folder(settings.data_dir)}) as own:
            runs = len(draft(own))
        own_engine.dispose()
        return runs

    session.execute(sa.delete(JobRun).where(JobRun.name == Job.draft_sheets))
    session.execute(sa.delete(ExportFile))
    session.commit()
    with ThreadPoolExecutor(2) as pool:
        assert sum(pool.map(one, range(2))) == 1
    assert draft(session) == []
    assert sheets(session) == found


@settings(max_examples=300 if FULL else 12)
@given(ticks=st.lists(st.timedeltas(timedelta(0), END - START), max_size=12))
def test_h3_any_downtime_and_any_jump_of_the_clock(loaded, tmp_path_factory, ticks):
    """The ticks come in no order: a clock set back is a tick before the one before."""
    path, expected = loaded
    copy = tmp_path_factory.mktemp("case") / "tracker.sqlite"
    shutil.copy(path, copy)
    with Opened(copy) as session:
        for offset in [*ticks, END - START]:
            tick(session, START + offset)
        assert effects(session) == expected
    copy.unlink()


@pytest.fixture(params=["UTC", "Asia/Shanghai", "America/New_York"])
def zone_of_the_machine(request, monkeypatch):
    monkeypatch.setenv("TZ", request.param)
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.usefixtures("zone_of_the_machine")
def test_h5_a_second_around_each_due_moment(session):
    load(session)
    tick(session, moment("2027-10-01 00:00"))       # opens all ten quarters
    session.execute(sa.update(Obligation).values(overdue_since=None))
    session.commit()
    seen = []
    for key, co_day, lead_day in DUE_DAYS:
        for day, expected in ((co_day, 69), (lead_day, 18)):
            due = moment(f"{day} 18:00")
            for seconds, more in ((-1, 0), (0, 0), (1, expected)):
                with deed(session, SYSTEM, due + timedelta(seconds=seconds)) as d:
                    flag_overdue.flag_overdue(d)
                stamped = session.scalar(
                    select(func.count(Obligation.id)).join(Period, Period.id == Obligation.period_id)
                    .where(Period.key == key, Obligation.overdue_since == due, Obligation.role != Role.standing_co))
                seen.append((key, day, seconds, stamped == more))
    assert [case for case in seen if not case[-1]] == []
    assert len(seen) == 60
