"""The real plan from 2026Q3 on, and who hands in what of it."""
from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.factories import make_actor, make_text, moment
from tracker import jobs
from tracker.domain.actors import SYSTEM
from tracker.models import Obligation, Period, Plan, Task, Unit
from tracker.notices.plan_file import read_plan
from tracker.paths import SEED
from tracker.services.plan_load import load_plan
from tracker.services.reporting import submit_report

LOADED_AT = moment("2026-07-01 09:00")


def load_real_plan(session: Session) -> Plan:
    """Loaded and ticked on the first day of 2026Q3: its lead reports are due on 13 October, co-units' on the 10th."""
    load_plan(session, SYSTEM, read_plan(SEED), at=LOADED_AT)
    jobs.run_due(session, LOADED_AT, now=LOADED_AT, export_dir=None)
    return session.scalars(select(Plan)).one()


def owed(session: Session, task_number: str, unit: str) -> Obligation:
    return session.scalars(
        select(Obligation).join(Task, Task.id == Obligation.task_id).join(Unit, Unit.id == Obligation.unit_id)
        .where(Task.number == task_number, Unit.name == unit, Obligation.period_id == select(Period.id).where(
            Period.key == "2026Q3").scalar_subquery())).one()


def hand_in(session: Session, task_number: str, unit: str, at: datetime, **words: Any) -> Obligation:
    one = owed(session, task_number, unit)
    clerk = make_actor(session, unit=session.get_one(Unit, one.unit_id))
    return submit_report(session, clerk, one.id, text=make_text(**words), version=one.version,
                         request_key=f"key-{at.timestamp():.0f}", at=at)
