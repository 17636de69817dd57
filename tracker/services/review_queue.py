"""What waits for the office (待审核): fifty a page, oldest first, each with what is noticeable in it.

As many queries at 20 as at 20,000. It waits once it went out: signed, or submitted where no head signs.
"""
from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from tracker.domain.actors import Actor
from tracker.domain.periods import parse_period
from tracker.domain.permissions import Act, may
from tracker.domain.show import subject_cn
from tracker.domain.transitions import BY_THE_COURSE, UNDO_MINUTES, state_word
from tracker.domain.words import Deed, Rating, Role, Source, State
from tracker.domain.workdays import china_calendar, shanghai_date, working_days_between
from tracker.errors import Forbidden
from tracker.models import Decision, Obligation, Period, Plan, ReportVersion, Task, Unit, VersionAttachment
from tracker.services.access import LARGEST_ID, visible_obligations
from tracker.services.prechecks import last_return_id, warned
from tracker.services.report_page import COMPOSITE
from tracker.services.steps import OF_THE_OFFICE

PAGE = 50


@dataclass(frozen=True)
class Filters:
    """What the queue is narrowed by. What nobody waits under is no filter. `page` from 1."""

    period_key: str = ""
    unit_id: int | None = None
    role: Role | None = None
    page: int = 1


@dataclass(frozen=True)
class ReviewRow:
    """One report that waits. Those without `warnings` (sentences) may be accepted in a batch."""

    obligation_id: int
    version: int                # of the obligation, for the deed
    plan_name: str
    task_number: str            # "" for a 综合报告
    title: str
    unit: str
    role: Role
    period_key: str
    period_label: str
    self_rating: Rating | None
    percent: int | None
    files: int                  # 佐证材料
    sent_at: datetime           # since when it waits
    submitted_by: str
    source: Source              # 代填, where it is not the unit's own
    resubmitted: bool           # 重报, after a return
    waiting_days: int           # working days
    warnings: tuple[str, ...]


@dataclass(frozen=True)
class Choice:
    """A value to narrow by, and how many wait under it."""

    value: str
    label: str
    count: int


@dataclass(frozen=True)
class ReviewQueue:
    """A page of the queue. `found` are under the filters, `total` without; `first` is the number of the first row."""

    filters: Filters
    rows: tuple[ReviewRow, ...]
    total: int
    found: int
    longest_days: int           # working days that the oldest of those found has waited
    first: int
    periods: tuple[Choice, ...]
    units: tuple[Choice, ...]
    roles: tuple[Choice, ...]

    @property
    def pages(self) -> int:
        return max(1, -(-self.found // PAGE))

    @property
    def clean(self) -> tuple[ReviewRow, ...]:
        """The rows of this page without warnings: what 全部通过 takes."""
        return tuple(row for row in self.rows if not row.warnings)


@dataclass(frozen=True)
class Recent:
    """A decision of the actor's own that may still be taken back (撤销), or what he has just taken back."""

    obligation_id: int
    version: int
    deed: Deed
    at: datetime
    subject: str                # 任务9; 任务9州财政局配合件; 州财政局综合报告
    unit: str
    state_word: str             # where it stands now


class _Group(NamedTuple):
    """How many of a unit wait in a period and role."""

    period_key: str
    unit_id: int
    unit: str
    unit_position: int
    role: Role
    waiting: int


def waits_for_office() -> ColumnElement[bool]:
    """It went out and no decision stands."""
    return or_(Obligation.state == State.signed,
               and_(Obligation.state == State.submitted, Obligation.to_sign.is_(False)))


def review_queue(session: Session, actor: Actor, at: datetime, filters: Filters = Filters(), *,
                 show: int | None = None) -> ReviewQueue:
    """A page of what waits for the office at a moment; with `show`, the page that has this obligation.

    Forbidden for who does not review.
    """
    if not may(actor, Act.review):
        raise Forbidden
    waiting = (visible_obligations(actor).join(Period, Period.id == Obligation.period_id)
               .join(Unit, Unit.id == Obligation.unit_id).where(waits_for_office()))
    groups = [_Group(*row) for row in session.execute(
        waiting.with_only_columns(Period.key, Unit.id, Unit.name, Unit.position, Obligation.role, func.count())
        .group_by(Period.key, Unit.id, Unit.name, Unit.position, Obligation.role))]
    filters = _known(filters, groups)
    found = sum(group.waiting for group in groups if filters.period_key in ("", group.period_key)
                and filters.unit_id in (None, group.unit_id) and filters.role in (None, group.role))
    narrowed = waiting.where(*_narrowed(filters))
    page = min(filters.page, max(1, -(-found // PAGE)))
    shown = _shown(session, narrowed, page)
    if show is not None and show not in {id_ for id_, _ in shown}:
        place = _place(session, narrowed, show)
        if place is not None:
            page = 1 + place // PAGE
            shown = _shown(session, narrowed, page)
    records = _records(session, narrowed, [id_ for id_, _ in shown])
    warnings = warned(session, [record.Obligation for record in records], at)
    return ReviewQueue(
        filters=replace(filters, page=page), found=found, total=sum(group.waiting for group in groups),
        rows=tuple(_row(record, warnings.get(record.Obligation.id, ()), at) for record in records),
        longest_days=_waited(shown[0][1], at) if shown else 0, first=1 + (page - 1) * PAGE,
        periods=_choices(groups, lambda one: (parse_period(one.period_key).starts_on, one.period_key,
                                              parse_period(one.period_key).label)),
        units=_choices(groups, lambda one: (one.unit_position, str(one.unit_id), one.unit)),
        roles=_choices(groups, lambda one: (list(Role).index(one.role), one.role.value, one.role.label)))


def recent_decisions(session: Session, actor: Actor, at: datetime) -> tuple[Recent, ...]:
    """What the actor decided or took back in the last 10 minutes and nothing followed on, newest first."""
    later = aliased(Decision)
    last = (select(func.max(later.id)).where(later.obligation_id == Decision.obligation_id, later.deed != Deed.confirm)
            .correlate(Decision).scalar_subquery())
    records = session.execute(
        visible_obligations(actor).join(Decision, Decision.obligation_id == Obligation.id)
        .join(Unit, Unit.id == Obligation.unit_id).outerjoin(Task, Task.id == Obligation.task_id)
        .where(Decision.actor_id == actor.user_id, Decision.deed.in_(OF_THE_OFFICE | {Deed.undo}),
               *(~Decision.reason.startswith(words) for words in BY_THE_COURSE),
               Decision.at >= at - timedelta(minutes=UNDO_MINUTES), Decision.id == last)
        .add_columns(Decision.deed, Decision.at, Unit.name, Task.number)
        .order_by(Decision.id.desc()).limit(2 * PAGE)).all()
    return tuple(Recent(owed.id, owed.version, Deed(deed), taken_at, subject_cn(number or "", unit, owed.role), unit,
                        state_word(owed.state, owed.to_sign))
                 for owed, deed, taken_at, unit, number in records)


def _known(filters: Filters, groups: Sequence[_Group]) -> Filters:
    """Only what somebody waits under: whatever else stood in the address reaches no database."""
    return Filters(
        period_key=filters.period_key if filters.period_key in {one.period_key for one in groups} else "",
        unit_id=filters.unit_id if filters.unit_id in {one.unit_id for one in groups} else None,
        role=filters.role if filters.role in {one.role for one in groups} else None,
        page=max(1, filters.page))


def _narrowed(filters: Filters) -> list[ColumnElement[bool]]:
    wanted: list[ColumnElement[bool]] = []
    if filters.period_key:
        wanted.append(Period.key == filters.period_key)
    if filters.unit_id is not None:
        wanted.append(Obligation.unit_id == filters.unit_id)
    if filters.role is not None:
        wanted.append(Obligation.role == filters.role)
    return wanted


def _ordered(narrowed: Select[Any]) -> tuple[Select[Any], Any]:
    """With the version that went out; what came first stands first."""
    now, later = aliased(ReportVersion), aliased(ReportVersion)
    newer = exists().where(later.obligation_id == now.obligation_id, later.number > now.number,
                           later.sent_at.is_not(None), later.withdrawn_at.is_(None))
    return narrowed.join(now, and_(now.obligation_id == Obligation.id, now.sent_at.is_not(None),
                                   now.withdrawn_at.is_(None), ~newer)), now


def _shown(session: Session, narrowed: Select[Any], page: int) -> Sequence[Any]:
    """The ids of a page, each with the moment since when the oldest of all waits."""
    queue, now = _ordered(narrowed)
    return session.execute(
        queue.with_only_columns(Obligation.id, func.min(now.sent_at).over())
        .order_by(now.sent_at, Obligation.id).limit(PAGE).offset((page - 1) * PAGE)).all()


def _place(session: Session, narrowed: Select[Any], obligation_id: int) -> int | None:
    """How many stand before it in the queue; None where it does not wait."""
    if not 0 < obligation_id <= LARGEST_ID:
        return None
    queue, now = _ordered(narrowed)
    places = queue.with_only_columns(
        Obligation.id, func.row_number().over(order_by=(now.sent_at, Obligation.id)).label("place")).subquery()
    place = session.scalar(select(places.c.place).where(places.c.id == obligation_id))
    return None if place is None else place - 1


def _records(session: Session, narrowed: Select[Any], ids: Sequence[int]) -> Sequence[Any]:
    queue, now = _ordered(narrowed)
    files = select(func.count()).where(VersionAttachment.version_id == now.id).correlate(now).scalar_subquery()
    return session.execute(
        queue.join(Plan, Plan.id == Obligation.plan_id).outerjoin(Task, Task.id == Obligation.task_id)
        .where(Obligation.id.in_(ids))
        .add_columns(Period.key.label("period_key"), Plan.short_name, Unit.name.label("unit"), Task.number, Task.title,
                     now.self_rating, now.percent, now.sent_at, now.submitted_by, now.source, files.label("files"),
                     last_return_id().label("returned"))
        .order_by(now.sent_at, Obligation.id)).all()


def _row(record: Any, warnings: tuple[str, ...], at: datetime) -> ReviewRow:
    owed = record.Obligation
    return ReviewRow(
        obligation_id=owed.id, version=owed.version, plan_name=record.short_name, task_number=record.number or "",
        title=record.title or COMPOSITE, unit=record.unit, role=owed.role, period_key=record.period_key,
        period_label=parse_period(record.period_key).label, self_rating=record.self_rating, percent=record.percent,
        files=record.files, sent_at=record.sent_at, submitted_by=record.submitted_by, source=record.source,
        resubmitted=record.returned is not None, waiting_days=_waited(record.sent_at, at), warnings=warnings)


def _waited(since: datetime, at: datetime) -> int:
    return working_days_between(shanghai_date(since), shanghai_date(at), china_calendar())


def _choices(groups: Sequence[_Group], choice: Callable[[_Group], tuple[Any, str, str]]) -> tuple[Choice, ...]:
    """`choice` gives order, value and label of a group; the counts of a value are added up."""
    counts: dict[tuple[Any, str, str], int] = {}
    for group in groups:
        counts[choice(group)] = counts.get(choice(group), 0) + group.waiting
    return tuple(Choice(value, label, count) for (_, value, label), count in sorted(counts.items()))
