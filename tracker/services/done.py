"""What I did (已办): my own steps on reports and my 催办, newest first, fifty a page. Three queries."""
from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Subquery, func, literal, null, select, tuple_, union_all
from sqlalchemy.orm import Session

from tracker.domain.actors import Actor
from tracker.domain.periods import parse_period
from tracker.domain.permissions import Act, may
from tracker.domain.words import Deed, Rating, State
from tracker.errors import NotYours
from tracker.models import Chase, Decision, Obligation, Period, Task, Unit
from tracker.services.access import LARGEST_ID, visible_obligations
from tracker.services.report_page import COMPOSITE

PAGE = 50
CHASED = "chased"
CURSOR = re.compile(r"([dc])(\d{1,10})")        # d12: behind Decision 12; c3: behind Chase 3


@dataclass(frozen=True)
class DoneRow:
    """One step that I took. `reason`: what I wrote to it; `state`: where the report stands now."""

    cursor: str
    at: datetime
    word: str                   # 通过, 签发, 催办, …
    signed_as: str              # the name on record, where it is not my own alone: 韩科员（代李局长）
    obligation_id: int
    task_number: str            # "" for a 综合报告
    title: str
    unit: str
    period_label: str
    judged: Rating | None
    reason: str
    state: State
    to_sign: bool


@dataclass(frozen=True)
class Done:
    """A page of what I did. `periods`: (key, label) to filter by; `total`: of all pages."""

    rows: tuple[DoneRow, ...]
    total: int
    periods: tuple[tuple[str, str], ...]
    next_cursor: str | None     # of the next page; None on the last


def done(session: Session, actor: Actor, *, period: str = "", behind: str = "") -> Done:
    """My steps on what I may still see, of one period or of all, behind a cursor. NotYours for who has no desk."""
    if not may(actor, Act.read_done) or actor.user_id is None:
        raise NotYours
    mine = _steps(actor)
    seen = (select(mine, Obligation.state, Obligation.to_sign, Task.number, Task.title, Unit.name.label("unit"),
                   Period.key)
            .join(Obligation, Obligation.id == mine.c.obligation_id).join(Unit, Unit.id == Obligation.unit_id)
            .join(Period, Period.id == Obligation.period_id).outerjoin(Task, Task.id == Obligation.task_id)
            .where(Obligation.id.in_(visible_obligations(actor).with_only_columns(Obligation.id))))
    counted = session.execute(seen.with_only_columns(Period.key, func.count()).group_by(Period.key))
    counts: dict[str, int] = {key: count for key, count in counted}     # noqa: C416
    chosen = seen.where(Period.key == period) if period in counts else seen
    place = tuple_(mine.c.at, mine.c.kind, mine.c.id)
    last = _place_of(session, mine, behind)
    if last is not None:
        chosen = chosen.where(place < last)
    found = session.execute(
        chosen.order_by(mine.c.at.desc(), mine.c.kind.desc(), mine.c.id.desc()).limit(PAGE + 1)).all()
    rows = tuple(_row(record, actor) for record in found[:PAGE])
    return Done(rows, counts[period] if period in counts else sum(counts.values()),
                tuple((key, parse_period(key).label) for key in sorted(counts, reverse=True)),
                rows[-1].cursor if len(found) > PAGE else None)


def _steps(actor: Actor) -> Subquery:
    decided = select(
        literal("d").label("kind"), Decision.id.label("id"), Decision.at.label("at"), Decision.deed.label("deed"),
        Decision.obligation_id.label("obligation_id"), Decision.actor_name.label("by"),
        Decision.judged.label("judged"), Decision.reason.label("reason"),
    ).where(Decision.actor_id == actor.user_id, Decision.obligation_id.is_not(None), Decision.deed != Deed.save)
    chased = select(
        literal("c"), Chase.id, Chase.at, literal(CHASED), Chase.obligation_id, Chase.actor_name, null(), Chase.words,
    ).where(Chase.actor_id == actor.user_id)
    return union_all(decided, chased).subquery("mine")


def _place_of(session: Session, mine: Subquery, cursor: str) -> Any:
    """Where a cursor stands among my steps; None where it names none of mine: the list begins at its beginning."""
    parts = CURSOR.fullmatch(cursor)
    if parts is None or int(parts[2]) > LARGEST_ID:
        return None
    at = session.scalars(select(mine.c.at).where(mine.c.kind == parts[1], mine.c.id == int(parts[2]))).one_or_none()
    return None if at is None else tuple_(literal(at, mine.c.at.type), literal(parts[1]), literal(int(parts[2])))


def _row(record: Any, actor: Actor) -> DoneRow:
    return DoneRow(
        cursor=f"{record.kind}{record.id}", at=record.at,
        word="催办" if record.deed == CHASED else Deed(record.deed).label,
        signed_as=record.by if record.by != actor.name else "", obligation_id=record.obligation_id,
        task_number=record.number or "", title=record.title or COMPOSITE, unit=record.unit,
        period_label=parse_period(record.key).label, judged=Rating(record.judged) if record.judged else None,
        reason=record.reason, state=record.state, to_sign=record.to_sign)
