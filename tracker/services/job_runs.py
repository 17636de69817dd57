"""The scheduler's book (作业记录): each scheduled moment of a job takes effect exactly once."""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from tracker.domain.actors import SYSTEM
from tracker.domain.words import Job
from tracker.models import JobRun
from tracker.services.deed import OpenDeed, deed

RETRY_AFTER = timedelta(hours=1)


@dataclass(frozen=True)
class Outcome:
    """What a run did: how many rows it changed, the Chinese sentence for the job page, and what it could not do."""

    changed: int
    told: str
    problem: str = ""


Effect = Callable[[OpenDeed], Outcome]


class AlreadyDone(Exception):
    """Another run took this moment."""


def run_once(session: Session, name: Job, effect: Effect, scheduled_at: datetime, *, ran_at: datetime) -> JobRun | None:
    """The effect and its row in one deed, in the name of the system, at its scheduled moment.

    None where the moment is done already, by this process or another. What the effect raises rises; nothing is done.
    """
    try:
        with deed(session, SYSTEM, scheduled_at) as d:
            run = _claim(session, name, scheduled_at, ran_at)
            outcome = effect(d)
            run.changed, run.told, run.problem = outcome.changed, outcome.told, outcome.problem
    except AlreadyDone:
        return None
    return run


def write_problem(session: Session, name: Job, problem: str, scheduled_at: datetime, *,
                  ran_at: datetime) -> JobRun | None:
    """Write down that a moment could not be done; it is tried again after an hour (`open_moments`)."""
    return run_once(session, name, lambda d: Outcome(0, "", problem), scheduled_at, ran_at=ran_at)


def open_moments(session: Session, name: Job, moments: list[datetime], now: datetime) -> list[datetime]:
    """Those of the scheduled moments that are not done: never run, or run into a problem an hour ago or longer."""
    if not moments:
        return []
    rows = session.execute(
        select(JobRun.scheduled_at, JobRun.problem, JobRun.ran_at)
        .where(JobRun.name == name, JobRun.scheduled_at.between(moments[0], moments[-1])))
    closed = {scheduled_at for scheduled_at, problem, ran_at in rows if not problem or now - ran_at < RETRY_AFTER}
    return [moment for moment in moments if moment not in closed]


def _claim(session: Session, name: Job, scheduled_at: datetime, ran_at: datetime) -> JobRun:
    """Take the moment for this deed; AlreadyDone where it is taken. One that ran into a problem is taken over."""
    mine = (JobRun.name == name, JobRun.scheduled_at == scheduled_at)
    again = session.execute(
        update(JobRun).where(*mine, JobRun.problem != "", JobRun.ran_at <= ran_at - RETRY_AFTER).values(ran_at=ran_at))
    if again.rowcount:  # type: ignore[attr-defined]
        return session.scalars(select(JobRun).where(*mine)).one()
    run = JobRun(name=name, scheduled_at=scheduled_at, ran_at=ran_at, changed=0)
    session.add(run)
    try:
        session.flush()     # the unique constraint decides who was first
    except IntegrityError:
        raise AlreadyDone from None
    return run
