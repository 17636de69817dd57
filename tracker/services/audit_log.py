"""The audit trail (审计日志) for the auditor: newest first, fifty a page, and whether the chain is whole."""
from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from tracker.domain.actors import Actor
from tracker.domain.audit_words import action_word, fact_words
from tracker.domain.permissions import Act, may
from tracker.domain.workdays import shanghai_moment
from tracker.errors import NotYours
from tracker.models import AuditEvent, AuditHead
from tracker.services.access import LARGEST_ID
from tracker.services.audit import Verdict, verify
from tracker.services.deed import deed

PAGE = 50
READ_AT_ONCE = 2_000            # so many events are verified whenever the page opens; more on request only
VERIFIED = "audit.verified"


@dataclass(frozen=True)
class EventRow:
    number: int
    at: datetime
    who: str
    word: str                   # 签发报告
    action: str                 # report.signed
    facts: str                  # 应报事项 12 · 第几稿 2


@dataclass(frozen=True)
class Checked:
    """The last verification: when, of how many events, and what was found amiss ("" where nothing was)."""

    at: datetime
    count: int
    problem: str


@dataclass(frozen=True)
class AuditLog:
    """A page of the trail. `total`: of all events; `matching`: of those that match; `checked`: None: never yet."""

    rows: tuple[EventRow, ...]
    total: int
    matching: int
    checked: Checked | None
    next_before: int | None                     # of the next page; None on the last


def audit_log(session: Session, actor: Actor, *, action: str = "", person: str = "", day: date | None = None,
              before: int | None = None, at: datetime) -> AuditLog:
    """The events that match, those before number `before` only. NotYours for whoever is no auditor."""
    _check(actor)
    total = session.scalars(select(AuditHead.last_id)).one_or_none() or 0
    chosen = _matching(action, person, day)
    narrowed = bool(action or person or day)
    matching = session.scalars(chosen.with_only_columns(func.count())).one() if narrowed else total
    if before is not None:
        chosen = chosen.where(AuditEvent.id < min(before, LARGEST_ID))
    events = session.scalars(chosen.order_by(AuditEvent.id.desc()).limit(PAGE + 1)).all()
    return AuditLog(
        rows=tuple(EventRow(event.id, event.at, event.actor_name, action_word(event.action), event.action,
                            fact_words(event.facts)) for event in events[:PAGE]),
        total=total, matching=matching,
        checked=_read(session, at) if total <= READ_AT_ONCE else _last_check(session),
        next_before=events[PAGE - 1].id if len(events) > PAGE else None)


def verify_trail(session: Session, actor: Actor, *, at: datetime) -> Verdict:
    """Read the whole chain (核验), and write down that it was read and what came of it."""
    _check(actor)
    verdict = verify(session)
    with deed(session, actor, at) as d:
        d.record(VERIFIED, count=verdict.count, whole=verdict.whole, problem=verdict.problem)
    return verdict


def _check(actor: Actor) -> None:
    if not may(actor, Act.read_audit):
        raise NotYours


def _matching(action: str, person: str, day: date | None) -> Select[AuditEvent]:
    chosen = select(AuditEvent).select_from(AuditEvent)
    if action:
        chosen = chosen.where(AuditEvent.action == action)
    if person:
        pattern = person.replace("/", "//").replace("%", "/%").replace("_", "/_")
        chosen = chosen.where(AuditEvent.actor_name.like(f"%{pattern}%", escape="/"))
    if day is not None:
        since = shanghai_moment(day, time(0))
        chosen = chosen.where(AuditEvent.at >= since, AuditEvent.at < since + timedelta(days=1))
    return chosen


def _read(session: Session, at: datetime) -> Checked:
    verdict = verify(session)
    return Checked(at, verdict.count, verdict.problem)


def _last_check(session: Session) -> Checked | None:
    event = session.scalars(select(AuditEvent).where(AuditEvent.action == VERIFIED)
                            .order_by(AuditEvent.id.desc()).limit(1)).one_or_none()
    return None if event is None else Checked(event.at, event.facts["count"], event.facts["problem"])
