"""The ticker: runs what is due in its own thread, comes round again after a clock set back, one to a database."""
from __future__ import annotations

from threading import Event

import pytest
from apscheduler.schedulers.base import BaseScheduler
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tracker.domain.actors import SYSTEM
from tracker.models import JobRun
from tracker.notices.plan_file import read_plan
from tracker.paths import SEED
from tracker.scheduler.lock import SchedulerLock
from tracker.scheduler.ticker import Ticker
from tracker.services.deed import SEAL
from tracker.services.plan_load import load_plan


@pytest.fixture
def make_ticker(engine, seal, clock, tmp_path):
    made = []

    def making(lock=None, open_session=None):
        ticker = Ticker(open_session or (lambda: Session(engine, info={SEAL: seal})), clock, tmp_path / "exports", lock)
        made.append(ticker)
        return ticker

    yield making
    for ticker in made:
        ticker.stop()


@pytest.fixture
def loaded(session, clock):
    load_plan(session, SYSTEM, read_plan(SEED), first_period="2026Q4", at=clock.now())
    return session


def runs(session):
    session.rollback()
    return session.scalar(select(func.count(JobRun.id)))


def test_a_tick_runs_what_is_due_at_the_moment_of_its_clock(make_ticker, loaded):
    ticker = make_ticker()
    ticker.tick()
    assert runs(loaded) == 3        # 2026H2, 2026Q4, flagging at 09:00
    ticker.tick()
    assert runs(loaded) == 3


def test_it_ticks_at_once_when_started_and_when_woken(make_ticker, engine, seal):
    ticks = []
    came = Event()

    def open_session():
        ticks.append(1)
        came.set()
        return Session(engine, info={SEAL: seal})

    ticker = make_ticker(open_session=open_session)
    ticker.start()
    assert came.wait(10)
    came.clear()
    while not came.wait(0.1):       # a tick that still runs is not run twice at once
        ticker.wake()
    assert len(ticks) == 2          # not after half a minute, by the clock that APScheduler looks at


def test_a_late_run_is_never_dropped(make_ticker):
    ticker = make_ticker()
    ticker.start()
    scheduler: BaseScheduler = ticker._scheduler
    job = scheduler.get_job("tick")
    assert (job.misfire_grace_time, job.coalesce, job.max_instances) == (None, True, 1)
    assert str(scheduler.timezone) == "Asia/Shanghai"


def test_a_tick_that_fails_leaves_the_next_one_to_come(make_ticker, capsys):
    def no_database():
        raise OSError("no database")

    make_ticker(open_session=no_database).tick()
    assert "tick_failed" in "".join(capsys.readouterr())      # where the log goes is the command line's business


def test_only_the_holder_of_the_lock_ticks_and_the_next_takes_over(make_ticker, loaded, settings):
    first, second = SchedulerLock(settings.data_dir), SchedulerLock(settings.data_dir)
    assert first.acquire()
    assert first.acquire()
    ticker = make_ticker(second)
    ticker.tick()
    assert runs(loaded) == 0
    assert second.holder().isdecimal()
    first.release()
    ticker.tick()
    assert runs(loaded) == 3


def test_nobody_holds_a_lock_that_was_never_taken(tmp_path):
    assert SchedulerLock(tmp_path).holder() == ""
