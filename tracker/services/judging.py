"""What the office's judgement (认定) starts with: the lead's 自评, 欠序时 where a milestone is past due (DESIGN 11)."""
from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ScalarSelect, select
from sqlalchemy.orm import Session

from tracker.domain.show import day_cn
from tracker.domain.words import Rating, Role
from tracker.domain.workdays import shanghai_date
from tracker.models import Milestone, Obligation, ReportVersion
from tracker.services.lamps import counting
from tracker.services.versions import last_version_id

MISSED = "节点“{name}”{due}到期，还没有完成"


def judged_behind(session: Session, obligations: Sequence[Obligation], at: datetime,
                  version_id: ScalarSelect[int] | None = None) -> dict[int, str]:
    """Obligation id -> why 认定 starts with 欠序时 though the lead rates itself otherwise; the others have no entry.

    `version_id`: which version is meant, correlated to Obligation; else the one that went out last.
    """
    missed: dict[int, str] = {}
    for id_, name, due_on in session.execute(
            select(Obligation.id, Milestone.name, Milestone.due_on)
            .join(Milestone, Milestone.task_id == Obligation.task_id)
            .join(ReportVersion, ReportVersion.id == (last_version_id() if version_id is None else version_id))
            .where(Obligation.id.in_([one.id for one in obligations]), Obligation.role == Role.lead,
                   ReportVersion.self_rating != Rating.behind, counting(), Milestone.done_on.is_(None),
                   Milestone.due_on < shanghai_date(at))
            .order_by(Milestone.due_on, Milestone.id)):
        missed.setdefault(id_, MISSED.format(name=name, due=day_cn(due_on, at)))
    return missed
