"""The jobs (作业): what runs by itself, and when. What is due is read from the database: a tick may come late or twice.

| job | scheduled |
|---|---|
| `open_periods` 开启报告期 | when a period begins, 00:00 of its first day |
| `flag_overdue` 标记逾期 | a minute after each due moment, and every hour; after downtime only the latest |
| `draft_sheets` 生成督查表草稿 | 06:00 on the calendar day after each due day, `as_of` that moment |
| `sweep_files` 清理上传残留 | 03:30 every day; after downtime only the latest |

All times are Shanghai's. A moment that ran into a problem is tried again after an hour, until it goes.
"""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import structlog
from sqlalchemy.orm import Session

from tracker.domain.words import Job
from tracker.jobs import draft_sheets, flag_overdue, open_periods, sweep_files
from tracker.models import JobRun
from tracker.services.job_runs import Effect, open_moments, run_once, write_problem

log = structlog.get_logger()


@dataclass(frozen=True)
class JobSpec:
    """A job. `moments`: its scheduled moments up to one, oldest first; `effect_at`: what to do at one of them.

    What takes long is prepared in `effect_at`, before the deed; the effect itself is set-based and short.
    `keeps_files`: it works on the files of an installation; there are none where history is only played.
    """

    name: Job
    moments: Callable[[Session, datetime], list[datetime]]
    effect_at: Callable[[Session, datetime, Path], Effect]
    keeps_files: bool = False


JOBS = (
    JobSpec(Job.open_periods, open_periods.moments, lambda session, at, export_dir: open_periods.open_periods),
    JobSpec(Job.flag_overdue, flag_overdue.moments, lambda session, at, export_dir: flag_overdue.flag_overdue),
    JobSpec(Job.draft_sheets, draft_sheets.moments, draft_sheets.draft_sheets, keeps_files=True),
    JobSpec(Job.sweep_files, sweep_files.moments, lambda session, at, export_dir: sweep_files.sweep_files,
            keeps_files=True),
)


def due_moments(job: JobSpec, session: Session, until: datetime, now: datetime) -> list[datetime]:
    """The moments of a job up to `until` that have not taken effect yet, oldest first."""
    return open_moments(session, job.name, job.moments(session, until), now)


def run_due(session: Session, at: datetime, *, now: datetime, export_dir: Path | None,
            jobs: tuple[JobSpec, ...] = JOBS) -> list[JobRun]:
    """Run all that is due up to `at`; the rows written. Missed moments run once each, with their own date.

    A job that raises is written down as its moment's problem and stops no other. Without `export_dir` nothing that
    works on files runs.
    """
    runs = []
    for job in jobs:
        if job.keeps_files and export_dir is None:
            continue
        for moment in due_moments(job, session, at, now):
            try:
                run = run_once(session, job.name, job.effect_at(session, moment, export_dir or Path()), moment,
                               ran_at=now)
            except Exception as error:      # whatever a job raises, the others are on time
                log.exception("job_failed", job=job.name, scheduled_at=moment.isoformat())
                problem = f"没有做成：{type(error).__name__}：{error}"[:2000]
                run = write_problem(session, job.name, problem, moment, ran_at=now)
            if run is not None:
                runs.append(run)
    return runs
