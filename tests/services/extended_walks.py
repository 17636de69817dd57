"""Random extensions (延期) in a random history: of a report, a milestone or a task; granted, refused, left waiting."""
from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from random import Random
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Session

from tracker.domain.extensions import Wish
from tracker.domain.words import Extended, Stretch
from tracker.errors import Refused
from tracker.models import Milestone, Obligation, Plan, Task
from tracker.services.extensions import ask_extension, grant_extension, refuse_extension
from tracker.services.task_files import lead_of

if TYPE_CHECKING:
    from tests.services.histories import World


def extension_step(session: Session, world: World, random: Random, plan: Plan, at: datetime) -> None:
    """Somebody asks for more time, where he may; the office mostly answers at once."""
    what, row_id, unit_id = random.choice(_subjects(session, plan, at) or [(None, 0, None)])
    if what is None or unit_id is None:
        return
    wish = Wish(count=random.choice([1, 24, 30, 365]), stretch=random.choice(list(Stretch)))
    with suppress(Refused):             # delivered, done, ended, asked before, not late enough
        request = ask_extension(session, world.clerks[unit_id], what, row_id, wish=wish, reason="手续未批复", at=at)
        if random.random() < 0.7:
            grant_extension(session, world.office, request, at=at)
        elif random.random() < 0.7:
            refuse_extension(session, world.office, request, answer="手续已批复", at=at)


def _subjects(session: Session, plan: Plan, at: datetime) -> list[tuple[Extended | None, int, int | None]]:
    owed = session.execute(select(Obligation.id, Obligation.unit_id).where(
        Obligation.plan_id == plan.id, Obligation.opened_at <= at).order_by(Obligation.id))
    milestones = session.execute(select(Milestone.id, Milestone.owner_id).join(Task, Task.id == Milestone.task_id)
                                 .where(Task.plan_id == plan.id).order_by(Milestone.id))
    tasks = session.scalars(select(Task.id).where(Task.plan_id == plan.id).order_by(Task.id)).all()
    return [*((Extended.report, *row) for row in owed), *((Extended.milestone, *row) for row in milestones),
            *((Extended.task, task_id, lead_of(session, task_id)) for task_id in tasks)]
