"""Everything one report's page shows (填报页、审核页), and which deeds it may offer to whom."""
from __future__ import annotations

from dataclasses import dataclass
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
from tracker.domain.words import Deed, Rating, Role, Source, State
from tracker.domain.workdays import china_calendar
from tracker.models import Decision, Obligation, Period, Plan, Report, ReportVersion, Section, Task, Unit
from tracker.services.access import get_obligation, is_office, is_own, may_read_text, visible_obligations
from tracker.services.steps import open_deeds, step_facts
from tracker.services.versions import last_version_id, lead_name, previous_version_id, text_of

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
class VersionRow:
    """A submission (报送稿), frozen."""

    number: int
    submitted_at: datetime
    submitted_by: str
    withdrawn_at: datetime | None
    text: ReportText
    sent_at: datetime | None            # when it went out to the office; None: it waits for the head, or never did
    source: Source                      # 代填, where it is not the unit's own
    confirmed_at: datetime | None
    confirmed_by: str


@dataclass(frozen=True)
class StepRow:
    """A step of the timeline (办理过程)."""

    at: datetime
    actor: str
    deed: Deed
    from_state: State
    to_state: State
    reason: str
    judged: Rating | None
    version_number: int | None
    resubmit_due_at: datetime | None


@dataclass(frozen=True)
class PartRow:
    """A co-unit's part as delivered, for the lead to quote (汇总)."""

    obligation_id: int
    unit: str
    state: State
    delivered_at: datetime
    text: ReportText


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
    return_reason: str                  # while it is returned
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
    versions, steps = _versions(session, actor, obligation), _steps(session, obligation)
    current = next((version.text for version in versions if version.withdrawn_at is None), None)
    last_text = text_of(record.before) if inside and record.before is not None else None
    written = text_of(draft) if draft is not None else current
    returned = facts.resubmitting
    due_at = obligation.resubmit_due_at if returned and obligation.resubmit_due_at else obligation.due_at
    deeds = open_deeds(actor, obligation, step_facts(obligation, steps[::-1], at))
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
        return_reason=next((step.reason for step in steps if step.deed is Deed.send_back), "")
        if returned and inside else "",
        similarity=similarity(last_text.progress, written.progress) if last_text and written else 0.0,
        versions=versions, steps=steps if inside else (),
        parts=_parts(session, actor, obligation),
        may=May(**{deed.value: deed in deeds for deed in BUTTONS}))


def facts_of(obligation: Obligation) -> ObligationFacts:
    """What the rules need of an obligation as it stands."""
    return ObligationFacts(state=obligation.state, due_at=obligation.due_at, delivered_at=obligation.delivered_at,
                           resubmit_due_at=obligation.resubmit_due_at)


def _versions(session: Session, actor: Actor, obligation: Obligation) -> tuple[VersionRow, ...]:
    if not may_read_text(actor, obligation):
        return ()
    query = (select(ReportVersion).where(ReportVersion.obligation_id == obligation.id)
             .order_by(ReportVersion.number.desc()))
    if not is_own(actor, obligation):
        query = query.where(ReportVersion.withdrawn_at.is_(None), ReportVersion.sent_at.is_not(None))
    return tuple(VersionRow(version.number, version.submitted_at, version.submitted_by, version.withdrawn_at,
                            text_of(version), version.sent_at, version.source, version.confirmed_at,
                            version.confirmed_by or "") for version in session.scalars(query))


def _steps(session: Session, obligation: Obligation) -> tuple[StepRow, ...]:
    decisions = session.scalars(
        select(Decision).where(Decision.obligation_id == obligation.id).order_by(Decision.id.desc()))
    return tuple(StepRow(step.at, step.actor_name, Deed[step.deed], State[step.from_state], State[step.to_state],
                         step.reason, step.judged,
                         step.version_number, step.resubmit_due_at) for step in decisions)


def _parts(session: Session, actor: Actor, obligation: Obligation) -> tuple[PartRow, ...]:
    """What the co-units delivered on the same task in the same period, in the plan's order."""
    if obligation.role is not Role.lead or obligation.task_id is None:
        return ()
    rows = session.execute(
        visible_obligations(actor)
        .join(ReportVersion, ReportVersion.id == last_version_id()).join(Unit, Unit.id == Obligation.unit_id)
        .where(Obligation.task_id == obligation.task_id, Obligation.period_id == obligation.period_id,
               Obligation.id != obligation.id, Obligation.delivered_at.is_not(None))
        .add_columns(ReportVersion, Unit.name).order_by(Unit.position))
    return tuple(PartRow(part.id, unit, part.state, part.delivered_at, text_of(version))
                 for part, version, unit in rows if part.delivered_at is not None)
