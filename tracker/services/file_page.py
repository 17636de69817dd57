"""What the page of an obligation's files shows around them (佐证材料页、涉密误传页)."""
from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from tracker.domain.actors import Actor
from tracker.domain.periods import parse_period
from tracker.domain.transitions import state_word
from tracker.domain.words import State
from tracker.models import Obligation, Period, Task, Unit
from tracker.services.access import get_obligation, is_own
from tracker.services.attachments import FileRow
from tracker.services.evidence import files_of, may_change

COMPOSITE = "综合报告"


@dataclass(frozen=True)
class FilePage:
    """One obligation and its files as the actor may see them."""

    obligation_id: int
    task_number: str            # "" for a 综合报告
    title: str
    unit: str
    period_label: str
    state: State
    state_word: str
    own: bool
    may_change: bool
    files: tuple[FileRow, ...]


def file_page(session: Session, actor: Actor, obligation_id: int) -> FilePage:
    """The page of one obligation's files; NotYours where the actor may not open it."""
    obligation = get_obligation(session, actor, obligation_id)
    unit, key, number, title = session.execute(
        select(Unit.name, Period.key, Task.number, Task.title).select_from(Obligation)
        .join(Unit, Unit.id == Obligation.unit_id).join(Period, Period.id == Obligation.period_id)
        .outerjoin(Task, Task.id == Obligation.task_id).where(Obligation.id == obligation.id)).one()
    return FilePage(
        obligation_id=obligation.id, task_number=number or "", title=title or COMPOSITE, unit=unit,
        period_label=parse_period(key).label, state=obligation.state,
        state_word=state_word(obligation.state, obligation.to_sign), own=is_own(actor, obligation),
        may_change=may_change(actor, obligation), files=files_of(session, actor, obligation))
