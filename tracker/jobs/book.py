"""The page of the jobs (作业): what each did last and when it comes next; the latest runs."""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tracker.domain.actors import Actor
from tracker.domain.permissions import Act, may
from tracker.domain.words import Job
from tracker.errors import Forbidden
from tracker.jobs import JOBS, JobSpec, due_moments
from tracker.models import JobRun

SHOWN_RUNS = 50
LATE_AFTER = timedelta(hours=1)         # a run later than this after its moment is one made up for (补做)
WHEN = {
    Job.open_periods: "每个报告期第一天 00:00",
    Job.flag_overdue: "每个截止时刻过1分钟，以及每小时整点",
    Job.draft_sheets: "每个截止日的次日 06:00",
    Job.sweep_files: "每天 03:30",
}
LOOK_AHEAD = (timedelta(hours=1), timedelta(days=200))      # the hourly job says its latest moment only


@dataclass(frozen=True)
class JobLine:
    """One job. `waiting`: its moments that are due and have not taken effect; `next_at`: None where none is known."""

    name: Job
    when: str
    last: JobRun | None
    waiting: int
    next_at: datetime | None


@dataclass(frozen=True)
class JobBook:
    """Everything on the page."""

    jobs: tuple[JobLine, ...]
    runs: Sequence[JobRun]              # of the page, newest first, 50 a page
    total: int                          # runs in all

    @property
    def problems(self) -> list[JobLine]:
        """The jobs whose last run could not do all."""
        return [line for line in self.jobs if line.last is not None and line.last.problem]

    @property
    def made_up(self) -> list[JobRun]:
        """The shown runs that made up for a missed moment."""
        return [run for run in self.runs if made_up_for(run)]

    @property
    def waiting(self) -> int:
        return sum(line.waiting for line in self.jobs)

    @property
    def next(self) -> JobLine | None:
        """The job that comes next."""
        coming = {line.next_at: line for line in reversed(self.jobs) if line.next_at is not None}
        return coming[min(coming)] if coming else None


def job_book(session: Session, actor: Actor, now: datetime, page: int = 1) -> JobBook:
    """The jobs as they stand, and a page of their runs. Forbidden for who may not read them."""
    if not may(actor, Act.read_jobs):
        raise Forbidden
    newest = select(JobRun.name, func.max(JobRun.scheduled_at).label("at")).group_by(JobRun.name).subquery()
    last = {run.name: run for run in session.scalars(
        select(JobRun).join(newest, (newest.c.name == JobRun.name) & (newest.c.at == JobRun.scheduled_at)))}
    return JobBook(
        jobs=tuple(JobLine(job.name, WHEN[job.name], last.get(job.name), len(due_moments(job, session, now, now)),
                           _next(job, session, now)) for job in JOBS),
        runs=session.scalars(select(JobRun).order_by(JobRun.ran_at.desc(), JobRun.scheduled_at.desc())
                             .limit(SHOWN_RUNS).offset((page - 1) * SHOWN_RUNS)).all(),
        total=session.scalar(select(func.count()).select_from(JobRun)) or 0)


def made_up_for(run: JobRun) -> bool:
    """补做: it ran well after its moment, because nothing was running then."""
    return run.ran_at - run.scheduled_at > LATE_AFTER


def _next(job: JobSpec, session: Session, now: datetime) -> datetime | None:
    for ahead in LOOK_AHEAD:
        coming = [moment for moment in job.moments(session, now + ahead) if moment > now]
        if coming:
            return coming[0]
    return None
