"""One scheduler for a SQLite database (调度锁): a lock on a file in the data folder, gone with its process.

On PostgreSQL the unique row of each scheduled moment is enough: several may tick, each effect happens once.
"""
from __future__ import annotations

import fcntl
import os
from pathlib import Path


class SchedulerLock:
    """Held by the one process that schedules."""

    def __init__(self, data_dir: Path) -> None:
        self._path = data_dir / "scheduler.lock"
        self._descriptor: int | None = None

    def acquire(self) -> bool:
        """True if this process schedules now; never waits."""
        if self._descriptor is not None:
            return True
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return False
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, str(os.getpid()).encode(), 0)
        self._descriptor = descriptor
        return True

    def holder(self) -> str:
        """The process id of who wrote itself into the file last; "" where nobody did."""
        return self._path.read_text().strip() if self._path.exists() else ""

    def release(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
