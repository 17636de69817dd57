"""The lead's desk (牵头汇总台): what each co-unit gave, who is silent, what was quoted and what they say to it.

The lead reads a part once it is delivered (services/access.py). Of one that is not, it learns only whose it is, until
when it is due and when it was chased: whether a draft has been begun is the unit's own affair.
"""
from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from tracker.domain.actors import Actor
from tracker.domain.differences import differences
from tracker.domain.lamp import obligation_lamp
from tracker.domain.lateness import delivery_of, delivery_word
from tracker.domain.passages import GONE, Passage, passage_now
from tracker.domain.periods import parse_period
from tracker.domain.permissions import Act, may
from tracker.domain.rows import Lamp, ReportText
from tracker.domain.show import days_left_words, moment_cn
from tracker.domain.words import Role, State, UnitKind
from tracker.domain.workdays import china_calendar, shanghai_date, working_days_between
from tracker.errors import NotYours
from tracker.models import (
    Chase,
    Objection,
    Obligation,
    Period,
    Quotation,
    Report,
    ReportVersion,
    Responsibility,
    Task,
    Unit,
    VersionAttachment,
)
from tracker.services.access import get_obligation, is_own, visible_obligations
from tracker.services.held_drafts import OPEN
from tracker.services.report_page import facts_of
from tracker.services.versions import handed_in_id, last_version_id, text_of

ASKED = {                                   # (中央垂管, past due) -> how a chase begins
    (False, False): "请于{due}前报送任务{number}的配合情况（{period}）。",
    (False, True): "任务{number}的配合情况（{period}）{due}到期，还没有收到，请尽快报送。",
    (True, False): "提请贵单位支持，于{due}前提供任务{number}的配合情况（{period}）。",
    (True, True): "任务{number}的配合情况（{period}）{due}到期，提请贵单位支持，尽快提供。",
}
Pieces = list[tuple[str, bool]]


@dataclass(frozen=True)
class GivenPart:
    """A co-unit's part as it delivered it last. `number` of the version, `files` that went with it."""

    obligation_id: int
    unit: str
    state: State
    delivery_word: str
    number: int
    sent_at: datetime
    text: ReportText
    files: int


@dataclass(frozen=True)
class SilentPart:
    """A co-unit that has not delivered, or (`waived`) need not. `may_chase`: not yet chased this working day."""

    obligation_id: int
    unit: str
    vertical: bool                      # 中央垂管: asked, not told
    waived: bool
    due_at: datetime
    days_words: str
    lamp: Lamp
    chased_at: datetime | None          # by the lead, last
    may_chase: bool
    asking: str                         # what a chase now would say


@dataclass(frozen=True)
class ObjectionLine:
    """异议 and what the lead answered; `answer` is empty while it is open."""

    id: int
    words: str
    at: datetime
    by: str
    answer: str
    answered_at: datetime | None
    answered_by: str

    @property
    def open(self) -> bool:
        return self.answered_at is None


@dataclass(frozen=True)
class QuoteLine:
    """A passage of a co-unit's version and what became of it in the lead's text (`now`)."""

    id: int
    part_id: int                        # the co-unit's obligation
    unit: str                           # of the lead's desk the co-unit, of the co-unit's page the lead
    number: int                         # which version of the co-unit's it is from
    newest: int                         # its newest that went out; 0 where it took its part back
    quoted_at: datetime
    quoted_by: str
    text: str
    now: Passage
    objections: tuple[ObjectionLine, ...]

    @property
    def open_objection(self) -> ObjectionLine | None:
        return next((one for one in self.objections if one.open), None)

    @property
    def compared(self) -> tuple[Pieces, Pieces]:
        """The original and what stands now, by words, each with what the other lacks."""
        return differences(self.text, self.now.text)


@dataclass(frozen=True)
class LeadDesk:
    """The co-units' parts of one lead obligation at a moment. `may_quote`: the lead's report is open for writing."""

    obligation_id: int
    version: int
    task_number: str
    title: str
    period_label: str
    due_at: datetime
    state: State
    may_quote: bool
    given: tuple[GivenPart, ...]
    silent: tuple[SilentPart, ...]
    waived: tuple[SilentPart, ...]
    quotes: tuple[QuoteLine, ...]

    @property
    def total(self) -> int:
        return len(self.given) + len(self.silent) + len(self.waived)

    @property
    def to_chase(self) -> tuple[SilentPart, ...]:
        return tuple(part for part in self.silent if part.may_chase)

    @property
    def objected(self) -> tuple[QuoteLine, ...]:
        """Quotations with an objection that waits for the lead's answer."""
        return tuple(quote for quote in self.quotes if quote.open_objection)


@dataclass(frozen=True)
class ChaseLine:
    """催办 as the chased unit sees it. `by`: the lead unit's name, 督查室 where the office did."""

    by: str
    at: datetime
    words: str


def get_lead_obligation(session: Session, actor: Actor, obligation_id: int, *, lock: bool = False) -> Obligation:
    """The lead's own obligation, for its clerk. NotYours for whoever else, and where nothing is to be consolidated."""
    obligation = get_obligation(session, actor, obligation_id, lock=lock)
    if not (is_own(actor, obligation) and may(actor, Act.consolidate)):
        raise NotYours
    if obligation.role is not Role.lead or obligation.task_id is None:
        raise NotYours
    return obligation


def lead_desk(session: Session, actor: Actor, obligation_id: int, at: datetime) -> LeadDesk:
    """The desk of one lead obligation; as many queries for seventy co-units as for one."""
    obligation = get_lead_obligation(session, actor, obligation_id)
    version = aliased(ReportVersion)
    period, task, draft, handed_in = session.execute(
        select(Period, Task, Report, version).select_from(Obligation).join(Period, Period.id == Obligation.period_id)
        .join(Task, Task.id == Obligation.task_id).outerjoin(Report, Report.obligation_id == Obligation.id)
        .outerjoin(version, version.id == handed_in_id()).where(Obligation.id == obligation.id)).one()
    open_ = obligation.state in OPEN
    written = draft if open_ or handed_in is None else handed_in
    without = parts_without(session, actor, obligation, at)
    return LeadDesk(
        obligation_id=obligation.id, version=obligation.version, task_number=task.number, title=task.title,
        period_label=parse_period(period.key).label, due_at=obligation.due_at, state=obligation.state,
        may_quote=open_ and at >= obligation.opened_at, given=_given(session, actor, obligation, at),
        silent=tuple(part for part in without if not part.waived),
        waived=tuple(part for part in without if part.waived),
        quotes=_quotes_in(session, obligation, written.progress if written is not None else ""))


def quoted_of(session: Session, actor: Actor, obligation_id: int, at: datetime) -> tuple[QuoteLine, ...]:
    """Where the lead quoted this part, as its last version that went out has it: what stands in a draft stays there.

    For the unit that owes the part; others see none. A quotation with an objection stays, whatever became of it.
    """
    obligation = get_obligation(session, actor, obligation_id)
    return quotes_of_part(session, obligation) if is_own(actor, obligation) else ()


def chases_of(session: Session, actor: Actor, obligation_id: int) -> tuple[ChaseLine, ...]:
    """Who chased the unit for this obligation, newest first; its own only."""
    obligation = get_obligation(session, actor, obligation_id)
    if not is_own(actor, obligation):
        return ()
    rows = session.execute(select(Unit.name, Chase.at, Chase.words).select_from(Chase)
                           .outerjoin(Unit, Unit.id == Chase.by_unit_id)
                           .where(Chase.obligation_id == obligation.id).order_by(Chase.id.desc()))
    return tuple(ChaseLine(by or "督查室", at, words) for by, at, words in rows)


def quotes_of_part(session: Session, obligation: Obligation) -> tuple[QuoteLine, ...]:
    """`quoted_of`, of a part that came through the door as its unit's own."""
    part, used = aliased(ReportVersion), aliased(ReportVersion)
    me = select(Unit.name).where(Unit.id == obligation.unit_id).scalar_subquery()
    rows = session.execute(
        select(Quotation, part, used, Unit.name, me)
        .join(part, part.id == Quotation.part_version_id).join(Obligation, Obligation.id == Quotation.obligation_id)
        .join(Unit, Unit.id == Obligation.unit_id).outerjoin(used, used.id == last_version_id())
        .where(part.obligation_id == obligation.id).order_by(Quotation.id)).all()
    objections = _objections(session, [quote.id for quote, *_ in rows])
    found = []
    for quote, version_quoted, version, lead, own in rows:
        stands = version is not None and quote.quoted_at <= version.submitted_at and (
            quote.dropped_at is None or quote.dropped_at > version.submitted_at)
        now = passage_now(quote.text, own, version.progress, version_quoted.progress) if stands else GONE
        if not now.gone or objections[quote.id]:
            number = version_quoted.number
            found.append(_line(quote, obligation.id, lead, number, number, now, objections[quote.id]))
    return tuple(found)


def parts_beside(obligation: Obligation) -> list[ColumnElement[bool]]:
    """Conditions on Obligation: the co-units' parts of the same task in the same period."""
    return [Obligation.task_id == obligation.task_id, Obligation.period_id == obligation.period_id,
            Obligation.id != obligation.id]


def parts_without(session: Session, actor: Actor, obligation: Obligation, at: datetime) -> tuple[SilentPart, ...]:
    """The co-units' parts with nothing delivered, 免报 among them; for the unit that leads the task today."""
    leads = exists().where(Responsibility.task_id == Obligation.task_id, Responsibility.unit_id == actor.unit_id,
                           Responsibility.role == Role.lead, Responsibility.ended_at.is_(None))
    chased = (select(func.max(Chase.at)).where(Chase.obligation_id == Obligation.id, Chase.by_unit_id == actor.unit_id)
              .correlate(Obligation).scalar_subquery())
    rows = session.execute(
        select(Obligation, Unit, Task.number, Period.key, chased.label("chased_at"))
        .join(Unit, Unit.id == Obligation.unit_id).join(Task, Task.id == Obligation.task_id)
        .join(Period, Period.id == Obligation.period_id)
        .where(*parts_beside(obligation), leads,
               or_(Obligation.delivered_at.is_(None), Obligation.state == State.waived))
        .order_by(Unit.position))
    calendar = china_calendar()
    return tuple(
        SilentPart(part.id, unit.name, unit.kind is UnitKind.vertical, part.state is State.waived, part.due_at,
                   days_left_words(part.due_at, at, calendar), obligation_lamp(facts_of(part), at, calendar),
                   chased_at, _may_chase_again(chased_at, at), _asking(part, unit, number, period_key, at))
        for part, unit, number, period_key, chased_at in rows)


def _may_chase_again(last: datetime | None, at: datetime) -> bool:
    """At most once a working day: a new one has begun since the last time."""
    return last is None or working_days_between(shanghai_date(last), shanghai_date(at), china_calendar()) > 0


def _asking(part: Obligation, unit: Unit, number: str, period_key: str, at: datetime) -> str:
    """中央垂管 units are not the prefecture's: they are asked (提请), not told."""
    words = ASKED[unit.kind is UnitKind.vertical, at > part.due_at]
    return words.format(due=moment_cn(part.due_at, at, china_calendar()), number=number,
                        period=parse_period(period_key).label)


def _given(session: Session, actor: Actor, obligation: Obligation, at: datetime) -> tuple[GivenPart, ...]:
    files = (select(func.count()).select_from(VersionAttachment)
             .where(VersionAttachment.version_id == ReportVersion.id).correlate(ReportVersion).scalar_subquery())
    rows = session.execute(
        visible_obligations(actor).join(ReportVersion, ReportVersion.id == last_version_id())
        .join(Unit, Unit.id == Obligation.unit_id)
        .where(*parts_beside(obligation), Obligation.delivered_at.is_not(None), Obligation.state != State.waived)
        .add_columns(ReportVersion, Unit.name, files).order_by(Unit.position))
    return tuple(
        GivenPart(part.id, unit, part.state, delivery_word(*delivery_of(facts_of(part), at, china_calendar())),
                  version.number, version.sent_at or at, text_of(version), count)
        for part, version, unit, count in rows)


def _quotes_in(session: Session, obligation: Obligation, written: str) -> tuple[QuoteLine, ...]:
    """The lead's quotations and what became of each in the text that it has before it."""
    part, newest = aliased(ReportVersion), aliased(ReportVersion)
    rows = session.execute(
        select(Quotation, part, Obligation.id, Unit.name, newest.number)
        .join(part, part.id == Quotation.part_version_id).join(Obligation, Obligation.id == part.obligation_id)
        .join(Unit, Unit.id == Obligation.unit_id).outerjoin(newest, newest.id == last_version_id())
        .where(Quotation.obligation_id == obligation.id, Quotation.dropped_at.is_(None))
        .order_by(Unit.position, Quotation.id)).all()
    objections = _objections(session, [quote.id for quote, *_ in rows])
    return tuple(_line(quote, part_id, unit, version.number, newest_number or 0,
                       passage_now(quote.text, unit, written, version.progress), objections[quote.id])
                 for quote, version, part_id, unit, newest_number in rows)


def _objections(session: Session, quotation_ids: Sequence[int]) -> dict[int, tuple[ObjectionLine, ...]]:
    found: dict[int, tuple[ObjectionLine, ...]] = defaultdict(tuple)
    for row in session.scalars(select(Objection).where(Objection.quotation_id.in_(quotation_ids))
                               .order_by(Objection.id)):
        found[row.quotation_id] += (ObjectionLine(row.id, row.words, row.at, row.by, row.answer or "", row.answered_at,
                                                  row.answered_by or ""),)
    return found


def _line(quote: Quotation, part_id: int, unit: str, number: int, newest: int, now: Passage,
          objections: tuple[ObjectionLine, ...]) -> QuoteLine:
    return QuoteLine(quote.id, part_id, unit, number, newest, quote.quoted_at, quote.quoted_by, quote.text, now,
                     objections)
