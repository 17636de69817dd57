"""一单位一表: all that a unit owes in a period on one grid; the same obligations as on their long forms.

As many queries for 20 obligations as for 20,000, and 50 rows a page.
"""
from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import Any

from sqlalchemy import case, func, or_, select
from sqlalchemy.orm import Session, aliased

from tracker.domain.actors import Actor
from tracker.domain.lamp import obligation_lamp
from tracker.domain.lateness import delivery_of, delivery_word
from tracker.domain.periods import parse_period
from tracker.domain.report_text import clean_report
from tracker.domain.rows import Lamp, ReportText
from tracker.domain.show import days_left_words
from tracker.domain.similarity import similarity
from tracker.domain.words import Role, State, UserRole
from tracker.domain.workdays import china_calendar
from tracker.errors import Conflict, Forbidden, NotYours, Refused
from tracker.models import Obligation, Period, Plan, Report, ReportVersion, Task, Unit
from tracker.services.access import visible_obligations
from tracker.services.beside import Beside, beside
from tracker.services.measures import MeasureField, measures_of
from tracker.services.office_rules import office_rules
from tracker.services.report_page import COMPOSITE, facts_of
from tracker.services.reporting import Handed, save_draft
from tracker.services.signing import needs_signature
from tracker.services.unit_work import PAGE, due_now
from tracker.services.versions import handed_in_id, lead_name, return_reason, text_of

OPEN = (State.pending, State.draft, State.returned)
SHOWN_PERIODS = 8


@dataclass(frozen=True)
class GridRow:
    """One obligation. `text` is what the cells hold: the draft, else only last period's 自评; once handed in, that."""

    obligation_id: int
    version: int
    plan_name: str
    task_number: str                    # "" for a 综合报告
    title: str
    role: Role
    lead_unit: str
    period_key: str
    state: State
    to_sign: bool
    due_at: datetime
    days_words: str                     # "" once handed in
    delivered_at: datetime | None
    delivery_word: str
    lamp: Lamp
    return_reason: str
    text: ReportText
    last_text: ReportText | None
    last_label: str
    similarity: float
    edited_at: datetime | None
    edited_by: str
    measures: tuple[MeasureField, ...]
    writable: bool
    beside: Beside


@dataclass(frozen=True)
class PeriodTab:
    """The periods that end on one day (a quarter, and the half year with it). `open`: what is still to be handed in."""

    keys: tuple[str, ...]
    label: str                          # 2026年第二季度、2026年上半年
    ends_on: date
    window_opens_at: datetime
    co_due_at: datetime
    lead_due_at: datetime
    provisional: bool
    total: int
    open: int

    @property
    def key(self) -> str:
        """What names them in an address."""
        return self.keys[0]


@dataclass(frozen=True)
class UnitGrid:
    """The grid of one tab, a page of it."""

    periods: tuple[PeriodTab, ...]      # the latest first
    shown: PeriodTab
    rows: tuple[GridRow, ...]           # this page: what can be written first, then what waits or is done
    page: int
    pages: int
    needs_signature: bool
    heads: tuple[str, ...]
    threshold: float                    # 相似度 from which a text is said to repeat last period's, 0-1

    @property
    def written(self) -> tuple[GridRow, ...]:
        """The rows of this page that can still be written."""
        return tuple(row for row in self.rows if row.writable)

    @property
    def handed_in(self) -> tuple[GridRow, ...]:
        """The rows of this page that wait for others, or are done."""
        return tuple(row for row in self.rows if not row.writable)


def unit_grid(session: Session, actor: Actor, at: datetime, *, period: str = "", page: int = 1) -> UnitGrid | None:
    """The grid of the actor's unit; `period`: a key, else the current one. None where the unit never owed anything.

    NotYours where the unit owes nothing in that period; Forbidden for who belongs to no unit.
    """
    if actor.unit_id is None:
        raise Forbidden
    tabs = _tabs(session, actor, at)
    if not tabs:
        if period:
            raise NotYours
        return None
    shown = next((tab for tab in tabs if period in tab.keys), None) if period else _current(tabs, at)
    if shown is None:
        raise NotYours
    pages = max(1, -(-shown.total // PAGE))
    page = min(max(1, page), pages)
    rows, heads = _rows(session, actor, shown.ends_on, page, at)
    to_sign = needs_signature(session, actor.unit_id, actor.user_id)
    return UnitGrid(tuple(tabs), shown, rows, page, pages, to_sign, heads, office_rules(session).similarity)


def save_rows(session: Session, actor: Actor, rows: Sequence[Handed], *, at: datetime,
              not_secret: bool = False) -> tuple[int, dict[str, str]]:
    """Keep each row as a draft of its own (存草稿), what is unchanged aside. How many, and what could not be kept.

    The fields are named as in `submit_return`: `r<obligation id>-<field>`.
    """
    held = held_rows(session, actor, [row.obligation_id for row in rows])
    wrong: dict[str, str] = {}
    count = 0
    for row in rows:
        if clean_report(row.text) == held.get(row.obligation_id):
            continue
        try:
            save_draft(session, actor, row.obligation_id, text=row.text, version=row.version, at=at,
                       not_secret=not_secret)
            count += 1
        except (Conflict, Refused) as refusal:
            wrong |= {f"r{row.obligation_id}-{name}": sentence
                      for name, sentence in (refusal.fields or {"progress": refusal.message}).items()}
    return count, wrong


def held_rows(session: Session, actor: Actor, obligation_ids: Iterable[int]) -> dict[int, ReportText]:
    """What the drafts of the actor's unit hold now: obligation id -> text; what is not the unit's is not in it."""
    records = session.execute(
        visible_obligations(actor).join(Period, Period.id == Obligation.period_id)
        .outerjoin(Report, Report.obligation_id == Obligation.id)
        .where(Obligation.id.in_(list(obligation_ids)), Obligation.unit_id == actor.unit_id)
        .add_columns(Report, Period.ends_on)).all()
    last = _last_texts(session, actor, [record.Obligation for record in records],
                       min((record.ends_on for record in records), default=date.min))
    return {record.Obligation.id: _begun(record.Report, last.get(_subject(record.Obligation))) for record in records}


def _begun(draft: Report | None, last: tuple[ReportText, str] | None) -> ReportText:
    """What the cells start with: the draft, else only last period's 自评 (DESIGN section 11)."""
    if draft is not None:
        return text_of(draft)
    return ReportText(self_rating=last[0].self_rating if last else None)


def _tabs(session: Session, actor: Actor, at: datetime) -> list[PeriodTab]:
    """The latest periods with something owed, of all plans together."""
    still = case((Obligation.state.in_(OPEN), 1), else_=0)
    records = session.execute(
        visible_obligations(actor).join(Period, Period.id == Obligation.period_id)
        .where(Obligation.unit_id == actor.unit_id, Obligation.opened_at <= at)
        .with_only_columns(
            Period.key, Period.ends_on, func.min(Period.window_opens_at).label("window"),
            func.min(Period.co_due_at).label("co"), func.max(Period.lead_due_at).label("lead"),
            func.max(case((Period.provisional, 1), else_=0)).label("provisional"), func.count().label("total"),
            func.sum(still).label("open"))
        .group_by(Period.key, Period.ends_on).order_by(Period.ends_on.desc(), Period.key.desc())
        .limit(SHOWN_PERIODS)).all()
    return [_tab(ends_on, list(group)) for ends_on, group in groupby(records, lambda record: record.ends_on)]


def _tab(ends_on: date, records: Sequence[Any]) -> PeriodTab:
    keys = tuple(record.key for record in records)
    return PeriodTab(
        keys=keys, label="、".join(parse_period(key).label for key in keys), ends_on=ends_on,
        window_opens_at=min(record.window for record in records),
        co_due_at=min(record.co for record in records), lead_due_at=max(record.lead for record in records),
        provisional=any(record.provisional for record in records), total=sum(record.total for record in records),
        open=sum(record.open for record in records))


def _current(tabs: Sequence[PeriodTab], at: datetime) -> PeriodTab:
    """What to open with: the period whose window (集中填报期) opened last, else what is due first, else the latest."""
    now = next((tab for tab in tabs if tab.window_opens_at <= at and tab.open), None)
    return now or min((tab for tab in tabs if tab.open), key=lambda tab: tab.lead_due_at, default=tabs[0])


def _rows(session: Session, actor: Actor, ends_on: date, page: int,
          at: datetime) -> tuple[tuple[GridRow, ...], tuple[str, ...]]:
    place = (case((Obligation.state.in_(OPEN), 0), (Obligation.state.in_((State.submitted, State.signed)), 1), else_=2),
             case((Obligation.state == State.returned, 0), else_=1), due_now(), Task.position, Obligation.id)
    chosen = (visible_obligations(actor).join(Period, Period.id == Obligation.period_id)
              .outerjoin(Task, Task.id == Obligation.task_id)
              .where(Obligation.unit_id == actor.unit_id, Period.ends_on == ends_on, Obligation.opened_at <= at)
              .with_only_columns(Obligation.id, func.row_number().over(order_by=place).label("place"))
              .order_by(*place).limit(PAGE).offset((page - 1) * PAGE).subquery())
    handed_in = aliased(ReportVersion, name="handed_in")
    records = session.execute(
        select(Obligation).join(chosen, chosen.c.id == Obligation.id)
        .join(Period, Period.id == Obligation.period_id).join(Plan, Plan.id == Obligation.plan_id)
        .outerjoin(Task, Task.id == Obligation.task_id).outerjoin(Report, Report.obligation_id == Obligation.id)
        .outerjoin(handed_in, handed_in.id == handed_in_id())
        .add_columns(Period, Plan.short_name, Task.number, Task.title, lead_name().label("lead"), Report,
                     return_reason().label("reason"), handed_in)
        .order_by(chosen.c.place)).all()
    last = _last_texts(session, actor, [record.Obligation for record in records], ends_on)
    measures = measures_of(session, [record.Obligation.task_id for record in records
                                     if record.Obligation.role is Role.lead])
    extra = beside(session, actor, [record.Obligation for record in records])
    return tuple(_row(record, last.get(_subject(record.Obligation)), measures.get(record.Obligation.task_id, ()),
                      extra.of(record.Obligation.id), actor, at) for record in records), extra.heads


def _row(record: Any, last: tuple[ReportText, str] | None, measures: tuple[MeasureField, ...], extra: Beside,
         actor: Actor, at: datetime) -> GridRow:
    obligation, draft, calendar = record.Obligation, record.Report, china_calendar()
    facts = facts_of(obligation)
    again, shown = facts.resubmitting, obligation.state not in OPEN and record.handed_in is not None
    text = text_of(record.handed_in) if shown else _begun(draft, last)
    due_at = obligation.resubmit_due_at if again and obligation.resubmit_due_at else obligation.due_at
    return GridRow(
        obligation_id=obligation.id, version=obligation.version, plan_name=record.short_name,
        task_number=record.number or "", title=record.title or COMPOSITE, role=obligation.role,
        lead_unit=record.lead or "", period_key=record.Period.key, state=obligation.state, to_sign=obligation.to_sign,
        due_at=due_at, days_words=days_left_words(due_at, at, calendar) if obligation.state in OPEN else "",
        delivered_at=obligation.delivered_at, delivery_word=delivery_word(*delivery_of(facts, at, calendar)),
        lamp=obligation_lamp(facts, at, calendar), return_reason=record.reason or "" if again else "", text=text,
        last_text=last[0] if last else None, last_label=last[1] if last else "",
        similarity=similarity(last[0].progress, text.progress) if last else 0.0,
        edited_at=draft.edited_at if draft is not None else None,
        edited_by=draft.edited_by if draft is not None else "",
        measures=measures if obligation.role is Role.lead else (),
        writable=obligation.state in OPEN and actor.has(UserRole.clerk), beside=extra)


def _subject(obligation: Obligation) -> tuple[int, int | None]:
    return obligation.plan_id, obligation.task_id


def _last_texts(session: Session, actor: Actor, owed: Sequence[Obligation],
                before: date) -> dict[tuple[int, int | None], tuple[ReportText, str]]:
    """What the unit said last on these subjects in periods that ended before a day: subject -> text, period's name.

    One query for a page: looked up row by row, it would cost with the unit's history.
    """
    tasks = [obligation.task_id for obligation in owed if obligation.task_id is not None]
    went_into_it = select(Unit.id).where(Unit.successor_id == actor.unit_id)
    newest = func.row_number().over(partition_by=(Obligation.plan_id, Obligation.task_id),
                                    order_by=(Period.starts_on.desc(), ReportVersion.number.desc())).label("place")
    ranked = (select(ReportVersion.id, Obligation.plan_id, Obligation.task_id, Period.key, newest)
              .join(Obligation, Obligation.id == ReportVersion.obligation_id)
              .join(Period, Period.id == Obligation.period_id)
              .where(or_(Obligation.unit_id == actor.unit_id, Obligation.unit_id.in_(went_into_it)),
                     Period.ends_on < before,
                     or_(Obligation.task_id.in_(tasks), Obligation.task_id.is_(None)),
                     ReportVersion.sent_at.is_not(None), ReportVersion.withdrawn_at.is_(None))
              .subquery())
    return {(row.plan_id, row.task_id): (text_of(row.ReportVersion), parse_period(row.key).label)
            for row in session.execute(
                select(ReportVersion, ranked.c.plan_id, ranked.c.task_id, ranked.c.key)
                .join(ranked, ranked.c.id == ReportVersion.id).where(ranked.c.place == 1))}
