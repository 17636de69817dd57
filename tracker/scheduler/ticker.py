"""The ticker (调度器): APScheduler calls `tick` every half minute; what is due is read from the database.

APScheduler keeps nothing and decides nothing. Its traps are met here: a run is never dropped for being late, and a
clock set back does not stop it (a watchdog on the monotonic clock brings the next run forward).
"""
from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from threading import Event, Thread

import structlog
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from sqlalchemy.orm import Session

from tracker.clock import Clock, SystemClock
from tracker.domain.workdays import SHANGHAI
from tracker.jobs import run_due
from tracker.scheduler.lock import SchedulerLock

EVERY_SECONDS = 30
SILENT_SECONDS = 3 * EVERY_SECONDS

log = structlog.get_logger()


class Ticker:
    """Runs what is due, every half minute in a thread of its own. `lock` None: several may tick (PostgreSQL)."""

    def __init__(self, open_session: Callable[[], Session], clock: Clock, export_dir: Path,
                 lock: SchedulerLock | None) -> None:
        self._open_session = open_session
        self._clock = clock
        self._export_dir = export_dir
        self._lock = lock
        self._ticked_at = time.monotonic()
        self._stopping = Event()
        self._scheduler = BackgroundScheduler(
            timezone=SHANGHAI, executors={"default": ThreadPoolExecutor(1)},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None})
        self._watchdog = Thread(target=self._watch, name="watchdog", daemon=True)

    def tick(self) -> None:
        """Run what is due now, unless another process schedules. Nothing rises: the next tick comes anyway."""
        self._ticked_at = time.monotonic()
        if self._lock is not None and not self._lock.acquire():
            return
        try:
            now = self._clock.now()
            with self._open_session() as session:
                for run in run_due(session, now, now=now, export_dir=self._export_dir):
                    log.info("job_run", job=run.name, scheduled_at=run.scheduled_at.isoformat(), changed=run.changed,
                             problem=run.problem)
        except Exception:
            log.exception("tick_failed")

    def start(self) -> None:
        """Tick from now on."""
        self._scheduler.add_job(self.tick, "interval", seconds=EVERY_SECONDS, id="tick",
                                next_run_time=SystemClock().now())
        self._scheduler.start()
        self._watchdog.start()

    def stop(self) -> None:
        """Let a running tick end, then no more."""
        self._stopping.set()
        if self._scheduler.running:
            self._scheduler.shutdown(wait=True)
            self._watchdog.join()
        if self._lock is not None:
            self._lock.release()

    def wake(self) -> None:
        """Tick at once. After a clock set back, APScheduler would wait until its old next moment comes round again."""
        self._scheduler.modify_job("tick", next_run_time=SystemClock().now())

    def _watch(self) -> None:
        while not self._stopping.wait(EVERY_SECONDS):
            if time.monotonic() - self._ticked_at > SILENT_SECONDS:
                log.warning("tick_overdue", silent_seconds=round(time.monotonic() - self._ticked_at))
                self.wake()
