"""The whole plan played through (推演) in a database of its own: every day ticks, units report, the office decides.

A killed run is taken up again: a step is done when its Decision stands, a week is done when the marker says so.
"""
from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import Engine, event, func, select
from sqlalchemy.orm import Session, joinedload, selectinload

from tracker import jobs
from tracker.domain.actors import SYSTEM, Actor
from tracker.domain.words import Deed, Job, UserRole
from tracker.domain.workdays import SHANGHAI, china_calendar
from tracker.errors import Refused
from tracker.models import AuditEvent, Decision, Obligation, Plan, Setting
from tracker.notices.schema import PlanFile
from tracker.scheduler.behaviour import Step, life_of
from tracker.services import audit, plan_load, reporting, reviewing, status
from tracker.services.deed import deed

TICK, SUNDAY = time(6, 30), 6
OFFICE = Actor(None, "【演示】督查员", frozenset({UserRole.supervisor}))
MARKER = "simulation"
WITHOUT_SHEETS = tuple(job for job in jobs.JOBS if job.name is not Job.draft_sheets)


@dataclass(frozen=True)
class Course:
    """What is played: the seed and the days."""

    seed: int
    first: date
    last: date


def play(session: Session, course: Course, plan_file: PlanFile, *,
         told: Callable[[date], None] = lambda day: None) -> None:
    """Play the course, or go on with it where it was left.

    Raises Refused when the database holds anything but the same course.
    """
    _hurry(session)
    day = _begin(session, course, plan_file)
    lives: dict[int, list[Step]] = {}
    while day <= course.last:
        _tick(session, datetime.combine(day, TICK, SHANGHAI))
        _look_for_new(session, course.seed, lives)
        for obligation_id, step in _steps_of(lives, datetime.combine(day + timedelta(1), time(), SHANGHAI)):
            _do(session, obligation_id, step)
        if day.weekday() == SUNDAY or day == course.last:
            _mark(session, course, day)         # once a week: what was done since is seen by its Decision or JobRun
        told(day)
        day += timedelta(1)


def _hurry(session: Session) -> None:
    """Let SQLite not wait for the disk: a killed run loses nothing by it, a power cut only a simulation."""
    session.rollback()
    engine = session.get_bind()
    if isinstance(engine, Engine) and engine.dialect.name == "sqlite":
        engine.dispose()
        event.listen(engine, "connect", lambda connection, _: connection.execute("PRAGMA synchronous=OFF").close())


def _tick(session: Session, at: datetime) -> None:
    """What the scheduler does, but for the sheets: a second each, and nobody reads them here."""
    jobs.run_due(session, at, now=at, export_dir=None, jobs=WITHOUT_SHEETS)


def _begin(session: Session, course: Course, plan_file: PlanFile) -> date:
    start = datetime.combine(course.first, time(8), SHANGHAI)
    marker = session.get(Setting, MARKER)
    if marker is None:
        if session.scalar(select(func.count()).select_from(Plan)):
            raise Refused("这个库里已有正式数据，推演没有开始，也没有改动。请用 TRACKER_DATA_DIR 指定一个空文件夹。")
        with deed(session, SYSTEM, start) as d:
            d.session.add(Setting(key="demo", value=True))
            d.session.add(Setting(key=MARKER, value={"seed": course.seed, "done": None}))
            d.record("simulation.started", seed=course.seed)
        marker = session.get_one(Setting, MARKER)
    if marker.value["seed"] != course.seed:
        raise Refused(f"这个库推演用的种子是{marker.value['seed']}，接着推演要用同一个。没有改动。")
    plan_load.load_plan(session, SYSTEM, plan_file, first_period=None, at=start)
    done = session.get_one(Setting, MARKER).value["done"]
    return date.fromisoformat(done) + timedelta(1) if done else course.first


def _mark(session: Session, course: Course, day: date) -> None:
    with deed(session, SYSTEM, datetime.combine(day, time(23, 59), SHANGHAI)) as d:
        d.session.get_one(Setting, MARKER).value = {"seed": course.seed, "done": day.isoformat()}


def _look_for_new(session: Session, seed: int, lives: dict[int, list[Step]]) -> None:
    """Work out the life of every obligation not yet known, less the steps whose Decision already stands.

    What a person has dealt with (in a demo) is left to people.
    """
    of_it = Decision.obligation_id == Obligation.id
    done = select(func.count()).where(of_it).scalar_subquery()
    by_hand = select(func.count(Decision.actor_id)).where(of_it).scalar_subquery()
    rows = session.execute(
        select(Obligation, done, by_hand).where(Obligation.id > max(lives, default=0)).order_by(Obligation.id)
        .options(joinedload(Obligation.task), joinedload(Obligation.unit), joinedload(Obligation.period))).all()
    calendar = china_calendar()
    for owed, count, people in rows:
        steps = life_of(seed, task=owed.task.number if owed.task else "", unit=owed.unit.name, period=owed.period.key,
                        role=owed.role, opened_at=owed.opened_at, due_at=owed.due_at,
                        cal=calendar)
        lives[owed.id] = [] if people else list(steps[count:])


def _steps_of(lives: dict[int, list[Step]], until: datetime) -> list[tuple[int, Step]]:
    """Take out the steps before `until`, in order of time, then of the obligation."""
    due = [(number, step) for number, steps in lives.items() for step in steps if step.at < until]
    for number, steps in lives.items():
        lives[number] = [step for step in steps if step.at >= until]
    return sorted(due, key=lambda pair: (pair[1].at, pair[0]))


def _do(session: Session, obligation_id: int, step: Step) -> None:
    owed = session.scalars(
        select(Obligation).where(Obligation.id == obligation_id).options(joinedload(Obligation.unit))).one()
    version, unit = owed.version, owed.unit
    clerk = Actor(None, f"【演示】{unit.name}填报员", frozenset({UserRole.clerk}), unit.id, unit.name)
    if step.deed is Deed.save and step.text:
        reporting.save_draft(session, clerk, obligation_id, text=step.text, version=version, at=step.at)
    elif step.deed is Deed.submit and step.text:
        reporting.submit_report(session, clerk, obligation_id, text=step.text, version=version,
                                request_key=f"sim-{step.at:%Y%m%d%H%M%S}", at=step.at)
    elif step.deed is Deed.send_back:
        reviewing.send_back(session, OFFICE, obligation_id, reason=step.reason, version=version, at=step.at)
    elif step.deed is Deed.accept:
        reviewing.accept_report(session, OFFICE, obligation_id, judged=step.judged, reason="",
                                version=version, at=step.at)


def figures(session: Session, course: Course) -> dict[str, Any]:
    """What came of it: per period what was due, on time, late, overdue; the lamps; a digest of all the lives."""
    end = datetime.combine(course.last, time(23, 59, 59), SHANGHAI)
    found = status.status(session, end)
    lives = _lives(session)
    verdict = audit.verify(session)
    return {
        "seed": course.seed, "from": course.first.isoformat(), "to": course.last.isoformat(),
        "periods": found["periods"],
        "lamps": dict(sorted(Counter(task["lamp"] for task in found["tasks"]).items())),
        "obligations": len(lives),
        "flagged": sum(1 for life in lives if life[6]),
        "flagged_twice": _flagged(session) - sum(1 for life in lives if life[6]),
        "doubled": len(lives) - len({tuple(life[:3]) for life in lives}),
        "audit_events": verdict.count, "audit_whole": verdict.whole,
        "digest": hashlib.sha256(json.dumps(lives, ensure_ascii=False).encode()).hexdigest(),
    }


def _flagged(session: Session) -> int:
    """How many flags were set in all, by the audit trail: more than obligations flagged means one was flagged twice."""
    events = session.scalars(select(AuditEvent.facts).where(AuditEvent.action == "obligations.flagged_overdue"))
    return sum(int(facts["count"]) for facts in events)


def _lives(session: Session) -> list[list[Any]]:
    owed = session.scalars(
        select(Obligation).options(
            joinedload(Obligation.task), joinedload(Obligation.unit), joinedload(Obligation.period),
            selectinload(Obligation.versions), selectinload(Obligation.decisions))).all()
    lives: list[list[Any]] = []
    for one in owed:
        lives.append([
            one.period.key, one.task.number if one.task else "", one.unit.name, one.state.value, one.due_at.isoformat(),
            one.delivered_at.isoformat() if one.delivered_at else None,
            one.overdue_since.isoformat() if one.overdue_since else None,
            [[version.number, version.submitted_at.isoformat(), version.progress] for version in one.versions],
            [[step.deed, step.to_state, step.at.isoformat(), step.actor_name, step.reason] for step in one.decisions],
        ])
    return sorted(lives, key=lambda life: life[:3])
