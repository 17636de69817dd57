"""Everything one report's page shows (填报页、审核页), and which deeds it may offer to whom."""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from tracker.domain.actors import Actor
from tracker.domain.lamp import obligation_lamp
from tracker.domain.lateness import ObligationFacts, delivery_of, delivery_word
from tracker.domain.periods import parse_period
from tracker.domain.rows import Lamp, ReportText
from tracker.domain.show import days_left_words
from tracker.domain.similarity import similarity
from tracker.domain.words import Deed, Rating, Role, State
from tracker.domain.workdays import china_calendar
from tracker.models import Obligation, Period, Plan, Report, ReportVersion, Section, Task, Unit
from tracker.services.access import get_obligation, is_office, is_own
from tracker.services.beside import Beside, beside
from tracker.services.measures import MeasureField, measures_of
from tracker.services.report_history import (
    CopyRow,
    PartRow,
    StepRow,
    VersionRow,
    copies_of,
    parts_of,
    steps_of,
    versions_of,
)
from tracker.services.signing import needs_signature
from tracker.services.steps import open_deeds, step_facts
from tracker.services.versions import lead_name, previous_version_id, text_of

COMPOSITE = "综合报告"
HANDED_IN = (State.submitted, State.signed, State.accepted, State.waived)
BUTTONS = tuple(Deed)


@dataclass(frozen=True)
class May:
    """Which buttons the page has for this actor now."""

    save: bool
    submit: bool
    withdraw: bool
    sign: bool
    send_to_clerk: bool
    accept: bool
    send_back: bool
    waive: bool
    undo: bool
    enter_for: bool
    confirm: bool


@dataclass(frozen=True)
class ReportPage:
    """One obligation as the actor may see it. `draft` and withdrawn versions exist for its unit only."""

    obligation_id: int
    version: int                        # what the next deed must carry
    plan_key: str
    plan_name: str
    task_number: str                    # "" for a 综合报告
    title: str
    body: str
    section: str
    unit: str
    role: Role
    lead_unit: str
    period_key: str
    period_label: str
    ends_on: date                       # of the period
    state: State
    to_sign: bool                       # 待审签
    due_at: datetime
    resubmit_due_at: datetime | None
    provisional: bool
    days_words: str
    delivered_at: datetime | None
    delivery_word: str
    lamp: Lamp
    judged: Rating | None
    own: bool                           # the actor's own unit owes it
    draft: ReportText | None
    edited_at: datetime | None
    edited_by: str
    last_text: ReportText | None        # 上期, of the same unit on the same task
    last_label: str                     # which period that was
    return_reason: str                  # while it is to be handed in again
    returned: StepRow | None            # that return: who, when
    returned_text: ReportText | None    # the version that was sent back
    by_head: StepRow | None             # 退回修改 by the unit's head, while nothing was handed in since
    measures: tuple[MeasureField, ...]  # of a lead's report
    copies: tuple[CopyRow, ...]         # 另存的底稿
    needs_signature: bool               # what the actor hands in waits for the head
    beside: Beside                      # chased by whom; of a lead, how many co-units are in
    heads: tuple[str, ...]
    similarity: float                   # 进展情况 against last period's, 0-1
    versions: tuple[VersionRow, ...]    # newest first
    steps: tuple[StepRow, ...]          # newest first; the unit's and the office's only
    parts: tuple[PartRow, ...]
    may: May

    @property
    def current(self) -> VersionRow | None:
        """The version that counts: the last one not withdrawn."""
        return next((version for version in self.versions if version.withdrawn_at is None), None)

    @property
    def form(self) -> ReportText:
        """What the form starts with: the draft, else only last period's 自评 (DESIGN section 11)."""
        if self.draft is not None:
            return self.draft
        return ReportText(self_rating=self.last_text.self_rating if self.last_text else None)


def report_page(session: Session, actor: Actor, obligation_id: int, at: datetime) -> ReportPage:
    """The page of one obligation at a moment; NotYours where the actor may not open it."""
    obligation = get_obligation(session, actor, obligation_id)
    before, earlier, period_before = aliased(ReportVersion, name="before"), aliased(Obligation), aliased(Period)
    record = session.execute(
        select(Period, Plan.key, Plan.short_name, Unit.name.label("unit"), Task.number, Task.title, Task.body,
               Section.title.label("section"), lead_name().label("lead"), before,
               period_before.key.label("key_before"))
        .select_from(Obligation).join(Period, Period.id == Obligation.period_id)
        .join(Plan, Plan.id == Obligation.plan_id).join(Unit, Unit.id == Obligation.unit_id)
        .outerjoin(Task, Task.id == Obligation.task_id).outerjoin(Section, Section.id == Task.section_id)
        .outerjoin(before, before.id == previous_version_id())
        .outerjoin(earlier, earlier.id == before.obligation_id)
        .outerjoin(period_before, period_before.id == earlier.period_id)
        .where(Obligation.id == obligation.id)).one()
    own, calendar, facts = is_own(actor, obligation), china_calendar(), facts_of(obligation)
    draft = session.get(Report, obligation.id) if own else None
    inside = own or is_office(actor)        # others read what was handed in, not how it came about
    versions, steps = versions_of(session, actor, obligation), steps_of(session, obligation)
    current = next((version.text for version in versions if version.withdrawn_at is None), None)
    last_text = text_of(record.before) if inside and record.before is not None else None
    written = text_of(draft) if draft is not None else current
    returned = facts.resubmitting
    due_at = obligation.resubmit_due_at if returned and obligation.resubmit_due_at else obligation.due_at
    deeds = open_deeds(actor, obligation, step_facts(obligation, steps[::-1], at))
    sent_back = next((step for step in steps if step.deed is Deed.send_back), None) if returned and inside else None
    extra = beside(session, actor, [obligation])
    if extra.of(obligation.id).entered is None:
        deeds -= {Deed.confirm}
    return ReportPage(
        obligation_id=obligation.id, version=obligation.version, plan_key=record.key, plan_name=record.short_name,
        task_number=record.number or "", title=record.title or COMPOSITE, body=record.body or "",
        section=record.section or "", unit=record.unit, role=obligation.role, lead_unit=record.lead or "",
        period_key=record.Period.key, period_label=parse_period(record.Period.key).label,
        ends_on=record.Period.ends_on, state=obligation.state, to_sign=obligation.to_sign, due_at=obligation.due_at,
        resubmit_due_at=obligation.resubmit_due_at, provisional=record.Period.provisional,
        days_words="" if obligation.state in HANDED_IN else days_left_words(due_at, at, calendar),
        delivered_at=obligation.delivered_at, delivery_word=delivery_word(*delivery_of(facts, at, calendar)),
        lamp=obligation_lamp(facts, at, calendar), judged=obligation.judged, own=own,
        draft=text_of(draft) if draft is not None else None,
        edited_at=draft.edited_at if draft is not None else None,
        edited_by=draft.edited_by if draft is not None else "",
        last_text=last_text, last_label=parse_period(record.key_before).label if last_text else "",
        return_reason=sent_back.reason if sent_back else "", returned=sent_back,
        returned_text=next((version.text for version in versions
                            if sent_back and version.number == sent_back.version_number), None),
        by_head=_by_head(steps) if own else None,
        measures=measures_of(session, [obligation.task_id]).get(obligation.task_id or 0, ())
        if obligation.role is Role.lead else (),
        copies=copies_of(session, actor, obligation),
        needs_signature=own and needs_signature(session, obligation.unit_id, actor.user_id),
        beside=extra.of(obligation.id), heads=extra.heads,
        similarity=similarity(last_text.progress, written.progress) if last_text and written else 0.0,
        versions=versions, steps=steps if own else _without_the_head(steps) if inside else (),
        parts=parts_of(session, actor, obligation),
        may=May(**{deed.value: deed in deeds for deed in BUTTONS}))


def _without_the_head(steps: Sequence[StepRow]) -> tuple[StepRow, ...]:
    """The course as the office reads it: what the head wrote to his clerk stays in the unit."""
    return tuple(replace(step, reason="") if step.deed is Deed.send_to_clerk else step for step in steps)


def _by_head(steps: Sequence[StepRow]) -> StepRow | None:
    """The head's 退回修改, as long as it is the last thing that happened but for drafts."""
    last = next((step for step in steps if step.deed is not Deed.save), None)
    return last if last is not None and last.deed is Deed.send_to_clerk else None


def facts_of(obligation: Obligation) -> ObligationFacts:
    """What the rules need of an obligation as it stands."""
    return ObligationFacts(state=obligation.state, due_at=obligation.due_at, delivered_at=obligation.delivered_at,
                           resubmit_due_at=obligation.resubmit_due_at)
