"""What lamps and lists need of the milestones (节点) that count now."""
from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from tracker.domain.actors import Actor
from tracker.domain.lamp import MilestoneFacts
from tracker.domain.words import TaskState
from tracker.domain.workdays import shanghai_date
from tracker.domain.year_plan import MilestoneCount, count_milestones
from tracker.models import Milestone, Task
from tracker.services.access import sees_course
from tracker.services.lamps import counting

ENDED = frozenset({TaskState.closed, TaskState.cancelled, TaskState.suspended})     # their milestones count no more


def milestone_facts(session: Session, task_ids: Sequence[int]) -> dict[int, list[MilestoneFacts]]:
    """The milestones that count now, by task: one query."""
    found: dict[int, list[MilestoneFacts]] = defaultdict(list)
    for one in session.scalars(select(Milestone).where(Milestone.task_id.in_(task_ids), counting())
                               .order_by(Milestone.position, Milestone.id)):
        found[one.task_id].append(MilestoneFacts(one.due_on, one.done_on, one.name))
    return found


def milestone_counts(session: Session, actor: Actor, tasks: Sequence[Task], at: datetime) -> dict[int, MilestoneCount]:
    """节点 3/4 of each task that has milestones and goes on, where the actor reads its course: at most two queries."""
    going = [task.id for task in tasks if task.state not in ENDED]
    seen, today = sees_course(session, actor, going), shanghai_date(at)
    return {task_id: count_milestones(found, today) for task_id, found in milestone_facts(session, going).items()
            if task_id in seen}
