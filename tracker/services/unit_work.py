"""What a unit has to do (我的待办): as many queries for 20 obligations as for 20,000, 50 rows of each list."""
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any

from sqlalchemy import ColumnElement, and_, case, exists, false, func, or_, select
from sqlalchemy.orm import Session, aliased

from tracker.domain.actors import Actor
from tracker.domain.lamp import obligation_lamp
from tracker.domain.lateness import delivery_of, delivery_word
from tracker.domain.periods import parse_period
from tracker.domain.rows import Lamp
from tracker.domain.show import days_left_words
from tracker.domain.words import Role, State
from tracker.domain.workdays import china_calendar
from tracker.errors import Forbidden
from tracker.models import Obligation, Period, Plan, Report, Task
from tracker.services.access import visible_obligations
from tracker.services.beside import Beside, beside
from tracker.services.report_page import COMPOSITE, facts_of
from tracker.services.versions import lead_name, return_reason

FINISHED = (State.accepted, State.waived)
WAITING = (State.submitted, State.signed)
LISTS = ("rows", "waiting", "early", "done")
PAGE = 50
LAST_PAGE = 100_000     # whatever the address says
FIRST_PAGES: Mapping[str, int] = MappingProxyType({})


@dataclass(frozen=True)
class OwedRow:
    """One obligation of the unit. `due_at` is the moment that counts now: of a returned one, its second clock."""

    obligation_id: int
    version: int
    plan_name: str
    task_number: str            # "" for a 综合报告
    title: str
    role: Role
    lead_unit: str
    period_key: str
    period_label: str           # 2026年第三季度
    state: State
    to_sign: bool               # 待审签
    due_at: datetime
    provisional: bool           # 暂定
    days_words: str             # 还有2个工作日; "" once handed in
    delivery_word: str          # 按时 / 迟报1日 / 逾期3日 / …
    lamp: Lamp
    delivered_at: datetime | None
    edited_at: datetime | None  # of the draft
    edited_by: str
    written_chars: int          # of 进展情况 in the draft
    return_reason: str          # why it was sent back last, while it is to be handed in again
    withdrawable: bool          # 撤回 is offered; the service has the last word
    beside: Beside              # chased by whom, the parts of others, what waits to be confirmed


@dataclass(frozen=True)
class PeriodDates:
    """A period's moments, for the aside of `/my` and for 下一期."""

    key: str
    label: str
    opened_at: datetime
    window_opens_at: datetime
    lead_due_at: datetime
    co_due_at: datetime
    provisional: bool


@dataclass(frozen=True)
class UnitWork:
    """`/my`: 要我办 (sent back first, then by due moment), 等别人, 已办 of the current periods, 可以先写草稿.

    A period is current from its window (集中填报期) on until the next one's; before it, what it asks is `early`.
    `next_period` has opened for drafts and its window is still to come; None where there is none. Of each list the
    page asked for: `total` counts all, `page` says which.
    """

    rows: tuple[OwedRow, ...] = ()
    waiting: tuple[OwedRow, ...] = ()
    early: tuple[OwedRow, ...] = ()
    done: tuple[OwedRow, ...] = ()
    periods: tuple[PeriodDates, ...] = ()
    next_period: PeriodDates | None = None
    total: Mapping[str, int] = field(default_factory=dict)
    page: Mapping[str, int] = field(default_factory=dict)
    returned: int = 0           # of `rows`: sent back
    heads: tuple[str, ...] = ()  # who signs in the unit


def owed_by_unit(session: Session, actor: Actor, at: datetime, pages: Mapping[str, int] = FIRST_PAGES) -> UnitWork:
    """What the actor's unit owes at a moment; `pages`: list -> its page, 1 where not said.

    Forbidden for who belongs to no unit.
    """
    if actor.unit_id is None:
        raise Forbidden
    periods = session.scalars(
        select(Period).where(Period.opened_at <= at, not_past(at), exists().where(
            Obligation.period_id == Period.id, Obligation.unit_id == actor.unit_id)).order_by(Period.lead_due_at)).all()
    dates = [PeriodDates(period.key, parse_period(period.key).label, period.opened_at, period.window_opens_at,
                         period.lead_due_at, period.co_due_at, period.provisional) for period in periods]
    wanted = {name: min(max(1, pages.get(name, 1)), LAST_PAGE) for name in LISTS}
    ranked = _ranked(actor, periods, at)
    counts = {part: (count, returned) for part, count, returned in session.execute(
        select(ranked.c.part, func.count(), func.sum(ranked.c.returned)).group_by(ranked.c.part))}
    shown = or_(*(and_(ranked.c.part == name, ranked.c.place > (page - 1) * PAGE, ranked.c.place <= page * PAGE)
                  for name, page in wanted.items()))
    records = session.execute(
        select(Obligation).join(ranked, ranked.c.id == Obligation.id)
        .join(Period, Period.id == Obligation.period_id).join(Plan, Plan.id == Obligation.plan_id)
        .outerjoin(Task, Task.id == Obligation.task_id).outerjoin(Report, Report.obligation_id == Obligation.id)
        .where(shown)
        .add_columns(Period, Plan.short_name, Task.number, Task.title, lead_name().label("lead"), Report.edited_at,
                     Report.edited_by, func.length(Report.progress).label("chars"), return_reason().label("reason"),
                     ranked.c.part)
        .order_by(ranked.c.place)).all()
    extra = beside(session, actor, [record.Obligation for record in records])
    parts: dict[str, list[OwedRow]] = {name: [] for name in LISTS}
    for record in records:
        parts[record.part].append(_owed_row(record, extra.of(record.Obligation.id), at))
    return UnitWork(
        **{name: tuple(rows) for name, rows in parts.items()},
        periods=tuple(period for period in dates if period.window_opens_at <= at),
        next_period=next((period for period in dates if period.window_opens_at > at), None),
        total={name: counts.get(name, (0, 0))[0] for name in LISTS}, page=wanted,
        returned=counts.get("rows", (0, 0))[1], heads=extra.heads)


def due_now() -> ColumnElement[datetime]:
    """The moment that counts now: of what is to be handed in again, its second clock."""
    return func.coalesce(Obligation.resubmit_due_at, Obligation.due_at)


def _ranked(actor: Actor, periods: Any, at: datetime) -> Any:
    """Each obligation of the unit with its list and its place in it; without looking anything else up."""
    current = [period.id for period in periods]
    early = [period.id for period in periods if period.window_opens_at > at]
    returned = Obligation.state == State.returned
    part = case(
        (Obligation.state.in_(FINISHED), "done"), (Obligation.state.in_(WAITING), "waiting"), (returned, "rows"),
        (Obligation.period_id.in_(early) if early else false(), "early"), else_="rows").label("part")
    order = (case((returned, 0), else_=1), due_now(), Task.position, Obligation.id)
    return (
        visible_obligations(actor).outerjoin(Task, Task.id == Obligation.task_id)
        .where(Obligation.unit_id == actor.unit_id, Obligation.opened_at <= at,
               or_(Obligation.state.not_in(FINISHED), Obligation.period_id.in_(current)))
        .with_only_columns(
            Obligation.id, part, func.row_number().over(partition_by=part, order_by=order).label("place"),
            case((returned, 1), else_=0).label("returned"))
        .subquery())


def _owed_row(record: Any, extra: Beside, at: datetime) -> OwedRow:
    obligation, calendar, facts = record.Obligation, china_calendar(), facts_of(record.Obligation)
    again = facts.resubmitting
    due_at = obligation.resubmit_due_at if again and obligation.resubmit_due_at else obligation.due_at
    mine = obligation.state not in (*FINISHED, *WAITING)
    return OwedRow(
        obligation_id=obligation.id, version=obligation.version, plan_name=record.short_name,
        task_number=record.number or "", title=record.title or COMPOSITE, role=obligation.role,
        lead_unit=record.lead or "", period_key=record.Period.key,
        period_label=parse_period(record.Period.key).label, state=obligation.state, to_sign=obligation.to_sign,
        due_at=due_at, provisional=record.Period.provisional,
        days_words=days_left_words(due_at, at, calendar) if mine else "",
        delivery_word=delivery_word(*delivery_of(facts, at, calendar)), lamp=obligation_lamp(facts, at, calendar),
        delivered_at=obligation.delivered_at, edited_at=record.edited_at, edited_by=record.edited_by or "",
        written_chars=record.chars or 0, return_reason=record.reason or "" if again else "",
        withdrawable=obligation.state is State.submitted and at < obligation.due_at and not record.reason,
        beside=extra)


def not_past(at: datetime) -> ColumnElement[bool]:
    """Current, or still to come: no later period of the plan and cadence has its window (集中填报期) open."""
    later = aliased(Period)
    return ~exists().where(later.plan_id == Period.plan_id, later.cadence == Period.cadence,
                           later.starts_on > Period.starts_on, later.window_opens_at <= at)
