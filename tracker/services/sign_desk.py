"""The head's desk (待我审签): what waits for his signature, the most urgent first, and what goes out under his name."""
from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ScalarSelect, Select, case, func, select
from sqlalchemy.orm import Session, aliased

from tracker.domain.actors import Actor
from tracker.domain.lateness import is_late
from tracker.domain.periods import parse_period
from tracker.domain.permissions import Act, may
from tracker.domain.rows import ReportText
from tracker.domain.show import days_left_words, show_moment
from tracker.domain.words import Deed, Purpose, Rating, Role, State
from tracker.domain.workdays import china_calendar
from tracker.errors import Forbidden
from tracker.models import Decision, Obligation, Period, Plan, ReportVersion, Task
from tracker.services.access import visible_obligations
from tracker.services.attachments import FileRow
from tracker.services.evidence import files_with
from tracker.services.measures import MeasureField, measures_of
from tracker.services.prechecks import warned
from tracker.services.report_page import COMPOSITE
from tracker.services.versions import handed_in_id, previous_version_id, return_reason, text_of

PAGE = 20               # items a page: each is read before it is signed
RECENT = 5
BEHIND = "自评欠序时，签发后这项任务的进度灯至少是黄灯"


@dataclass(frozen=True)
class Waiting:
    """One report that waits for the signature. `due_at` is what counts now: of a resubmission, its second clock."""

    obligation_id: int
    version: int                        # of the obligation, for the deed
    plan_name: str
    task_number: str                    # "" for a 综合报告
    title: str
    role: Role
    period_key: str
    period_label: str
    due_at: datetime
    provisional: bool
    late: bool
    days_words: str                     # 还有2个工作日 / 逾期3个工作日
    submitted_at: datetime
    submitted_by: str
    by_actor: bool                      # handed in by the actor himself, who may not sign it then
    return_reason: str                  # why the office sent it back, where this is the resubmission
    text: ReportText
    last_text: ReportText | None
    last_label: str
    measures: tuple[tuple[str, str], ...]       # 具体举措: name, value with its unit
    files: tuple[FileRow, ...]          # 佐证材料 that goes out with it
    warnings: tuple[str, ...]


@dataclass(frozen=True)
class Signed:
    """A line of 最近已签. `by` says 代 where a deputy signed."""

    obligation_id: int
    at: datetime
    by: str
    task_number: str
    title: str
    role: Role


@dataclass(frozen=True)
class PeriodCount:
    """How the unit stands in a period: 件 owed, sent, waiting for the head, past due with nothing sent."""

    key: str
    label: str
    lead: int
    co: int
    sent: int
    to_sign: int
    waived: int
    overdue: int

    @property
    def open(self) -> int:
        """Still with the clerk."""
        return self.lead + self.co - self.sent - self.to_sign - self.waived


@dataclass(frozen=True)
class SignDesk:
    """A page of what waits. `total` counts all of it; `own`: what he handed in himself; `urgency`: of the first due."""

    items: tuple[Waiting, ...]
    total: int
    own: int
    urgency: str                        # 后天18:00截止 / 已逾期3个工作日; "" where nothing waits
    first: int                          # number of the first item shown, from 1
    recent: tuple[Signed, ...]
    periods: tuple[PeriodCount, ...]


def sign_desk(session: Session, actor: Actor, at: datetime, *, page: int = 1) -> SignDesk:
    """The desk at `at`, which is now. Forbidden for who heads no unit today."""
    _check_head(actor)
    total, own, due_at = session.execute(_waiting(actor).with_only_columns(
        func.count(Obligation.id), func.count(case((_submitted_by_id() == actor.user_id, 1))), func.min(_due()))).one()
    page = min(max(page, 1), max(-(-total // PAGE), 1))
    items = _items(session, actor, at, _rows(actor).limit(PAGE).offset((page - 1) * PAGE))
    return SignDesk(
        items=items, total=total, own=own, urgency=_urgency(due_at, at), first=(page - 1) * PAGE + 1,
        recent=_recent(session, actor), periods=_periods(session, actor, at))


def all_waiting(session: Session, actor: Actor, at: datetime) -> tuple[Waiting, ...]:
    """Everything that waits, what he handed in himself aside: what 全部签发 would send out."""
    _check_head(actor)
    return tuple(item for item in _items(session, actor, at, _rows(actor)) if not item.by_actor)


def _urgency(due_at: datetime | None, at: datetime) -> str:
    if due_at is None:
        return ""
    if is_late(due_at, at):
        return f"已{days_left_words(due_at, at, china_calendar())}"
    return f"{show_moment(due_at, at, china_calendar())}截止".replace(" ", "")


def _check_head(actor: Actor) -> None:
    if not may(actor, Act.sign) or actor.unit_id is None:
        raise Forbidden


def _waiting(actor: Actor) -> Select[Any]:
    return visible_obligations(actor).where(
        Obligation.unit_id == actor.unit_id, Obligation.state == State.submitted, Obligation.to_sign)


def _rows(actor: Actor) -> Select[Any]:
    now, before = aliased(ReportVersion, name="now"), aliased(ReportVersion, name="before")
    earlier, period_before = aliased(Obligation), aliased(Period)
    return (
        _waiting(actor)
        .join(Period, Period.id == Obligation.period_id).join(Plan, Plan.id == Obligation.plan_id)
        .join(now, now.id == handed_in_id()).outerjoin(Task, Task.id == Obligation.task_id)
        .outerjoin(before, before.id == previous_version_id())
        .outerjoin(earlier, earlier.id == before.obligation_id)
        .outerjoin(period_before, period_before.id == earlier.period_id)
        .add_columns(Period, Plan.short_name, Task.number, Task.title, now, before,
                     period_before.key.label("key_before"), return_reason().label("reason"),
                     _submitted_by_id().label("by_id"))
        .order_by(_due(), Task.position, Obligation.id))


def _due() -> Any:
    return func.coalesce(Obligation.resubmit_due_at, Obligation.due_at)


def _items(session: Session, actor: Actor, at: datetime, query: Select[Any]) -> tuple[Waiting, ...]:
    records = session.execute(query).all()
    files = files_with(session, actor, [record.now.id for record in records])
    measures = measures_of(session, [record.Obligation.task_id for record in records])
    warnings = warned(session, [record.Obligation for record in records], at, to_sign=True)
    return tuple(_item(record, actor, at, files.get(record.now.id, ()), measures, warnings) for record in records)


def _item(record: Any, actor: Actor, at: datetime, files: tuple[FileRow, ...],
          measures: dict[int, tuple[MeasureField, ...]], warnings: dict[int, tuple[str, ...]]) -> Waiting:
    obligation, period, now, before = record.Obligation, record.Period, record.now, record.before
    due_at = obligation.resubmit_due_at or obligation.due_at
    text = text_of(now)
    return Waiting(
        obligation_id=obligation.id, version=obligation.version, plan_name=record.short_name,
        task_number=record.number or "", title=record.title or COMPOSITE, role=obligation.role, period_key=period.key,
        period_label=parse_period(period.key).label, due_at=due_at, provisional=period.provisional,
        late=is_late(due_at, at), days_words=days_left_words(due_at, at, china_calendar()),
        submitted_at=now.submitted_at, submitted_by=now.submitted_by,
        by_actor=actor.user_id is not None and record.by_id == actor.user_id,
        return_reason=(record.reason or "") if obligation.resubmit_due_at else "", text=text,
        last_text=text_of(before) if before is not None else None,
        last_label=parse_period(record.key_before).label if record.key_before else "",
        measures=tuple((field.name, field.words(text)) for field in measures.get(obligation.task_id or 0, ())
                       if field.value(text)),
        files=tuple(file for file in files if file.purpose is Purpose.evidence),
        warnings=_warnings(obligation, text, warnings.get(obligation.id, ())))


def _warnings(obligation: Obligation, text: ReportText, found: tuple[str, ...]) -> tuple[str, ...]:
    if obligation.role is Role.lead and text.self_rating is Rating.behind:
        return (*found, BEHIND)
    return found


def _submitted_by_id() -> ScalarSelect[int | None]:
    step = aliased(Decision)
    return (select(step.actor_id).where(step.obligation_id == Obligation.id, step.deed == Deed.submit)
            .order_by(step.id.desc()).limit(1).correlate(Obligation).scalar_subquery())


def _recent(session: Session, actor: Actor) -> tuple[Signed, ...]:
    rows = session.execute(
        select(Decision.obligation_id, Decision.at, Decision.actor_name, Task.number, Task.title, Obligation.role)
        .join(Obligation, Obligation.id == Decision.obligation_id).outerjoin(Task, Task.id == Obligation.task_id)
        .where(Obligation.unit_id == actor.unit_id, Decision.deed == Deed.sign)
        .order_by(Decision.at.desc(), Decision.id.desc()).limit(RECENT))
    return tuple(Signed(obligation_id, moment, by, number or "", title or COMPOSITE, role)
                 for obligation_id, moment, by, number, title, role in rows if obligation_id is not None)


def _periods(session: Session, actor: Actor, at: datetime) -> tuple[PeriodCount, ...]:
    """The periods whose window (集中填报期) opened last, one of each cadence and plan, and those that wait for him."""
    later = aliased(Period)
    newest = ~select(later.id).where(
        later.plan_id == Period.plan_id, later.cadence == Period.cadence, later.starts_on > Period.starts_on,
        later.window_opens_at <= at).exists()
    sent, past = Obligation.delivered_at.is_not(None).label("sent"), (Obligation.due_at < at).label("past")
    facts = (Period.key, Obligation.role, Obligation.state, Obligation.to_sign, sent, past)
    owed = (select(*facts).join(Period, Period.id == Obligation.period_id)
            .where(Obligation.unit_id == actor.unit_id, Period.window_opens_at <= at, newest).subquery())
    rows: Any = session.execute(select(*owed.c, func.count()).group_by(*owed.c).order_by(owed.c.key))
    counts: dict[str, dict[str, int]] = {}
    for key, role, state, to_sign, delivered, late, number in rows:
        count = counts.setdefault(key, dict.fromkeys(("lead", "co", "sent", "to_sign", "waived", "overdue"), 0))
        count["lead" if role is Role.lead else "co"] += number
        if state is State.waived:
            count["waived"] += number
        elif to_sign:
            count["to_sign"] += number
        elif delivered and state is not State.returned:
            count["sent"] += number
        if state is not State.waived and late and not delivered:
            count["overdue"] += number
    return tuple(PeriodCount(key, parse_period(key).label, **count) for key, count in counts.items())
