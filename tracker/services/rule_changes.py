"""Who changed the office's rules (设置) and how: the last changes, from the audit trail."""
from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from tracker.domain.actors import Actor
from tracker.domain.permissions import Act, may
from tracker.errors import Forbidden
from tracker.models import AuditEvent

SHOWN = 5


@dataclass(frozen=True)
class RuleChange:
    """One change. `changed`: name of the rule -> what it was, what it became."""

    at: datetime
    by: str
    changed: dict[str, tuple[Any, Any]]


def rule_changes(session: Session, actor: Actor) -> tuple[RuleChange, ...]:
    """The last five, newest first. Forbidden for who does not keep the rules."""
    if not may(actor, Act.keep_rules):
        raise Forbidden
    events = session.scalars(select(AuditEvent).where(AuditEvent.action == "rules.changed")
                             .order_by(AuditEvent.id.desc()).limit(SHOWN))
    return tuple(RuleChange(event.at, event.actor_name, {name: (old, new) for name, (old, new) in
                                                         event.facts["changed"].items()}) for event in events)
