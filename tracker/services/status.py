"""How things stand (`tracker status`): the lamp of each task, the figures of each period, as of a moment."""
from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from tracker.domain.lateness import ObligationFacts, figures
from tracker.services.history import load_history
from tracker.services.ledger import task_lamps_at
from tracker.services.plan_view import current_plan


def status(session: Session, at: datetime) -> dict[str, Any]:
    """In the shape of DESIGN section 10; `due` is 应报, counts are of obligations."""
    history = load_history(session, current_plan(session), at)
    owed = history.obligations_at(at)
    lamps = task_lamps_at(history, at, owed)
    facts: dict[str, list[ObligationFacts]] = defaultdict(list)
    for one in owed:
        facts[one.period.key].append(one.facts)
    counted = {key: figures(of_period, at) for key, of_period in facts.items()}
    return {
        "tasks": [{"number": task.number, "lamp": lamps[task.id].colour.value, "word": lamps[task.id].word,
                   "reason": lamps[task.id].reason} for task, _, _ in history.tasks_at(at)],
        "periods": [{"key": period.key, "due": found.due, "delivered": found.delivered, "on_time": found.on_time,
                     "late": found.late, "overdue": found.overdue}
                    for period in history.periods if (found := counted.get(period.key)) is not None],
    }
