"""报送单: what a unit reports in a period on one sheet, to be printed, signed by its head and stamped; and its scan."""
from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ScalarSelect, case, func, select
from sqlalchemy.orm import Session, aliased

from tracker.domain.actors import Actor
from tracker.domain.lateness import delivery_of, delivery_word
from tracker.domain.periods import parse_period
from tracker.domain.permissions import Act, may
from tracker.domain.rows import ReportText
from tracker.domain.words import Deed, Purpose, Role, Source, State
from tracker.domain.workdays import china_calendar
from tracker.errors import Forbidden, NotYours
from tracker.models import (
    Attachment,
    Decision,
    Obligation,
    Period,
    Plan,
    Report,
    ReportVersion,
    Task,
    Unit,
    VersionAttachment,
)
from tracker.services.access import LARGEST_ID, visible_obligations
from tracker.services.measures import MeasureField, measures_of
from tracker.services.office_rules import office_rules
from tracker.services.report_page import COMPOSITE, facts_of
from tracker.services.versions import handed_in_id, last_version_id, text_of

SHOWN_PERIODS = 12


@dataclass(frozen=True)
class SlipRow:
    """One obligation. Not `handed_in` (未提交): `text` is the draft, for the unit alone; None where there is none."""

    obligation_id: int
    task_number: str                    # "" for a 综合报告
    title: str
    role: Role
    state: State
    to_sign: bool
    delivery_word: str                  # 按时 / 迟报1日 / 未到期 …
    delivered_at: datetime | None
    handed_in: bool
    text: ReportText | None
    measures: tuple[tuple[str, str], ...]       # name, value with its unit
    files: int                          # 佐证材料 that went with it
    submitted_by: str
    source: Source
    signed_by: str                      # 审签人, 代 where a deputy signed; "" where nobody signed


@dataclass(frozen=True)
class Slip:
    """The sheet of a unit and a period of one plan. `plans`: key and short name where the unit owes to several."""

    unit_id: int
    unit: str
    period_id: int
    period_key: str
    period_label: str
    plan_key: str
    plan_title: str
    plans: tuple[tuple[str, str], ...]
    rows: tuple[SlipRow, ...]
    scan_slot: bool                     # *setting*: whether there is a place for the scan

    @property
    def writers(self) -> tuple[str, ...]:
        """填报人: who handed in, each once."""
        return tuple(dict.fromkeys(row.submitted_by for row in self.rows if row.submitted_by))

    @property
    def signers(self) -> tuple[str, ...]:
        """Who signed in the system, each once."""
        return tuple(dict.fromkeys(row.signed_by for row in self.rows if row.signed_by))

    @property
    def open(self) -> int:
        """未提交: how many were not handed in yet."""
        return sum(not row.handed_in and row.state is not State.waived for row in self.rows)


def slip(session: Session, actor: Actor, period_key: str, at: datetime, *, unit_id: int | None = None,
         plan_key: str | None = None) -> Slip:
    """The sheet at `at`, which is now: of the actor's own unit, or for the office of the one named.

    NotYours where the unit owes nothing in such a period, and for whoever asks for another unit's.
    """
    if not may(actor, Act.read_slip):
        raise Forbidden
    unit_id = _unit(actor, unit_id)
    owes = visible_obligations(actor).with_only_columns(Obligation.period_id).where(Obligation.unit_id == unit_id)
    plans = session.execute(
        select(Period, Plan).join(Plan, Plan.id == Period.plan_id)
        .where(Period.key == period_key, Period.opened_at <= at, Period.id.in_(owes))
        .order_by(Plan.issued_on.desc(), Plan.id.desc())).all()
    period, plan = next(((one, of) for one, of in plans if plan_key in (None, of.key)), (None, None))
    if period is None or plan is None:
        raise NotYours
    return Slip(
        unit_id=unit_id, unit=session.scalars(select(Unit.name).where(Unit.id == unit_id)).one(), period_id=period.id,
        period_key=period.key, period_label=parse_period(period.key).label, plan_key=plan.key, plan_title=plan.title,
        plans=tuple((of.key, of.short_name) for _, of in plans) if len(plans) > 1 else (),
        rows=_rows(session, actor, period.id, unit_id, at), scan_slot=office_rules(session).slip_scan)


@dataclass(frozen=True)
class Choices:
    """What a sheet can be had of: periods, newest first (key, label); for the office the units that owe (id, name)."""

    periods: tuple[tuple[str, str], ...]
    units: tuple[tuple[int, str], ...]


def slip_choices(session: Session, actor: Actor, at: datetime) -> Choices:
    """For whoever did not name a period yet."""
    if not may(actor, Act.read_slip):
        raise Forbidden
    owed = visible_obligations(actor)
    if actor.unit_id is not None:
        owed = owed.where(Obligation.unit_id == actor.unit_id)
    periods = session.execute(
        select(Period.key).where(Period.opened_at <= at, Period.id.in_(owed.with_only_columns(Obligation.period_id)))
        .group_by(Period.key).order_by(func.max(Period.starts_on).desc(), Period.key).limit(SHOWN_PERIODS)).scalars()
    units = session.execute(select(Unit.id, Unit.name).where(Unit.id.in_(owed.with_only_columns(Obligation.unit_id)))
                            .order_by(Unit.position)).all() if actor.unit_id is None else ()
    return Choices(tuple((key, parse_period(key).label) for key in periods), tuple(units))


def _unit(actor: Actor, unit_id: int | None) -> int:
    """Whose sheet: one's own unit; the office names one."""
    mine = actor.unit_id if unit_id is None else unit_id
    if mine is None or not 0 < mine <= LARGEST_ID or (actor.unit_id is not None and mine != actor.unit_id):
        raise NotYours
    return mine


def _rows(session: Session, actor: Actor, period_id: int, unit_id: int, at: datetime) -> tuple[SlipRow, ...]:
    now = aliased(ReportVersion, name="now")
    own = actor.unit_id == unit_id
    records = session.execute(
        visible_obligations(actor)
        .outerjoin(Task, Task.id == Obligation.task_id)
        .outerjoin(now, now.id == (handed_in_id() if own else last_version_id()))
        .outerjoin(Report, Report.obligation_id == Obligation.id)
        .where(Obligation.period_id == period_id, Obligation.unit_id == unit_id)
        .add_columns(Task.number, Task.title, now, Report, _files(now).label("files"),
                     _signed_by(now).label("signed_by"))
        .order_by(case((Obligation.role == Role.lead, 0), else_=1), Task.position, Obligation.id)).all()
    measures = measures_of(session, [record.Obligation.task_id for record in records])
    return tuple(_row(record, measures.get(record.Obligation.task_id or 0, ()), at, own=own) for record in records)


def _row(record: Any, measures: tuple[MeasureField, ...], at: datetime, *, own: bool) -> SlipRow:
    obligation, now = record.Obligation, record.now
    written = now if now is not None else record.Report if own else None
    text = text_of(written) if written is not None else None
    return SlipRow(
        obligation_id=obligation.id, task_number=record.number or "", title=record.title or COMPOSITE,
        role=obligation.role, state=obligation.state, to_sign=obligation.to_sign,
        delivery_word=delivery_word(*delivery_of(facts_of(obligation), at, china_calendar())),
        delivered_at=obligation.delivered_at, handed_in=now is not None, text=text,
        measures=tuple((field.name, field.words(text)) for field in measures if field.value(text)),
        files=record.files if now is not None else 0, submitted_by=now.submitted_by if now is not None else "",
        source=now.source if now is not None else Source.unit, signed_by=record.signed_by or "")


def _files(now: type[ReportVersion]) -> ScalarSelect[int]:
    return (select(func.count()).select_from(VersionAttachment)
            .join(Attachment, Attachment.id == VersionAttachment.attachment_id)
            .where(VersionAttachment.version_id == now.id, Attachment.purpose == Purpose.evidence)
            .correlate(now).scalar_subquery())


def _signed_by(now: type[ReportVersion]) -> ScalarSelect[str]:
    return (select(Decision.actor_name)
            .where(Decision.obligation_id == Obligation.id, Decision.deed == Deed.sign,
                   Decision.version_number == now.number)
            .order_by(Decision.id.desc()).limit(1).correlate(Obligation, now).scalar_subquery())
