"""Open periods (开启报告期): the period, what each unit owes in it, and by when. Exactly once, however often asked.

Set-based: as many statements for one task as for ten thousand. Source: DESIGN sections 4 and 11.
"""
from __future__ import annotations

from datetime import datetime, time
from functools import cache
from typing import Any

from sqlalchemy import Select, and_, case, exists, insert, literal, or_, select
from sqlalchemy.orm import Session

from tracker.db import UTCDateTime
from tracker.domain.periods import DueRule, PeriodDates, PeriodSpan, dates_of, owed_periods, parse_period
from tracker.domain.words import Role, Shift, State, TaskState
from tracker.domain.workdays import china_calendar, shanghai_date
from tracker.models import DueDate, Obligation, Period, Plan, Responsibility, StandingUnit, Task
from tracker.notices.schema import Policy
from tracker.services.deed import OpenDeed

OPENS_NOTHING = (TaskState.closed, TaskState.cancelled, TaskState.suspended)
COLUMNS = ["plan_id", "period_id", "task_id", "unit_id", "role", "state", "opened_at", "due_at", "version"]


def policy_of(plan: Plan) -> Policy:
    """报送规则 that holds for the plan now."""
    return Policy.model_validate(plan.policy)


def due_rule(policy: Policy) -> DueRule:
    """应报时限 of the policy, as the rule takes it."""
    return DueRule(kind=policy.due.kind, n=policy.due.day, time_of_day=time.fromisoformat(policy.due.time),
                   shift=policy.due.shift or Shift.before, co_days_before=policy.co_days_before,
                   draft_from_day=policy.draft_from_day, window_days=policy.collect_days_before)


def spans_owed(plan: Plan, until: datetime) -> list[PeriodSpan]:
    """The periods of every cadence of the plan that have opened by `until`, in order; none after the plan's end."""
    policy = policy_of(plan)
    cadences = dict.fromkeys((policy.lead, policy.co, policy.standing_co))
    spans = [span for cadence in cadences for span in owed_periods(plan.first_period, until, cadence)]
    return sorted((span for span in spans if span.starts_on <= plan.valid_until and opens_at(plan, span) <= until),
                  key=lambda span: (span.starts_on, span.ends_on))


def reported_period(plan: Plan, at: datetime) -> PeriodSpan:
    """The period of the leads that is on the table: the last one over at the moment, the first one before that."""
    cadence = policy_of(plan).lead
    over = [span for span in spans_owed(plan, at) if span.cadence is cadence and span.ends_on < shanghai_date(at)]
    return over[-1] if over else parse_period(plan.first_period)


def opens_at(plan: Plan, span: PeriodSpan) -> datetime:
    """When drafts of the period open: its first day 00:00, unless the policy names a later day."""
    return _dates(span, due_rule(policy_of(plan))).drafts_open_at


@cache      # every tick asks for every period of the plan; the calendar changes with the program only
def _dates(span: PeriodSpan, rule: DueRule) -> PeriodDates:
    return dates_of(span, rule, china_calendar())


def open_period(d: OpenDeed, plan_id: int, span: PeriodSpan) -> int:
    """Open a period for those who were responsible when it began. Returns the obligations that are new.

    It counts as opened at its own moment (`opens_at`), whenever this runs.
    """
    plan = _locked(d.session, plan_id)
    period = _period(d.session, plan, span)
    count = _owe(d, plan, period, period.opened_at)
    if count:
        d.record("period.opened", plan=plan.key, period=period.key, obligations=count)
    return count


def open_current(d: OpenDeed, plan_id: int) -> int:
    """Let who became responsible meanwhile owe at once, in the periods that the deed's day lies in."""
    today, count = shanghai_date(d.at), 0
    plan = _locked(d.session, plan_id)
    for span in spans_owed(plan, d.at):
        if span.starts_on <= today <= span.ends_on:
            count += open_period(d, plan_id, span)
            count += _owe(d, plan, _period(d.session, plan, span), d.at)
    return count


def _locked(session: Session, plan_id: int) -> Plan:
    """The plan, held until the deed ends: two who open the same period wait for each other."""
    return session.scalars(select(Plan).where(Plan.id == plan_id).with_for_update()).one()


def _period(session: Session, plan: Plan, span: PeriodSpan) -> Period:
    period = session.scalars(select(Period).where(Period.plan_id == plan.id, Period.key == span.key)).one_or_none()
    if period is None:
        dates = _dates(span, due_rule(policy_of(plan)))
        period = Period(plan_id=plan.id, key=span.key, cadence=span.cadence, starts_on=span.starts_on,
                        ends_on=span.ends_on, opened_at=dates.drafts_open_at, window_opens_at=dates.window_opens_at,
                        lead_due_at=dates.lead_due_at, co_due_at=dates.co_due_at, provisional=dates.provisional,
                        working=dates.working)
        session.add(period)
        session.flush()     # its id
    return period


def _owe(d: OpenDeed, plan: Plan, period: Period, moment: datetime) -> int:
    """Obligations for all who are responsible at `moment` and have none in the period yet, each with its due date."""
    policy, count = policy_of(plan), 0
    cadences = {Role.lead: policy.lead, Role.co: policy.co}
    if roles := [role for role, cadence in cadences.items() if cadence is period.cadence]:
        count += _insert(d.session, _duties(plan, period, roles, moment))
    if policy.standing_co is period.cadence:
        count += _insert(d.session, _composites(plan, period, moment))
    if count:
        d.session.execute(insert(DueDate).from_select(
            ["obligation_id", "due_at", "recorded_at", "reason", "actor_name"],
            select(Obligation.id, Obligation.due_at, Obligation.opened_at, literal(""), literal(d.actor.name))
            .where(Obligation.period_id == period.id, ~exists().where(DueDate.obligation_id == Obligation.id))
            .order_by(Obligation.id), include_defaults=False))
    return count


def _insert(session: Session, rows: Select[Any]) -> int:
    statement = insert(Obligation).from_select(COLUMNS, rows, include_defaults=False)
    done = session.execute(statement, execution_options={"preserve_rowcount": True})
    return done.rowcount  # type: ignore[attr-defined,no-any-return]


def _duties(plan: Plan, period: Period, roles: list[Role], moment: datetime) -> Select[Any]:
    owed = exists().where(Obligation.period_id == period.id, Obligation.task_id == Responsibility.task_id,
                          Obligation.unit_id == Responsibility.unit_id)
    return (
        select(*_values(plan, period, Responsibility, Task.id, Responsibility.role,
                        case((Responsibility.role == Role.lead, _moment(period.lead_due_at)),
                             else_=_moment(period.co_due_at))))
        .join(Task, Task.id == Responsibility.task_id)
        .where(Task.plan_id == plan.id, Task.state.not_in(OPENS_NOTHING), Responsibility.role.in_(roles),
               _in_force(Responsibility, period, moment), ~owed)
        .order_by(Task.position, Task.id, Responsibility.position, Responsibility.id))


def _composites(plan: Plan, period: Period, moment: datetime) -> Select[Any]:
    """综合报告: no task, due with the leads."""
    owed = exists().where(Obligation.period_id == period.id, Obligation.task_id.is_(None),
                          Obligation.unit_id == StandingUnit.unit_id)
    role = literal(Role.standing_co, Obligation.role.type)
    return (
        select(*_values(plan, period, StandingUnit, literal(None, Task.id.type), role, _moment(period.lead_due_at)))
        .where(StandingUnit.plan_id == plan.id, _in_force(StandingUnit, period, moment), ~owed)
        .order_by(StandingUnit.position, StandingUnit.id))


def _values(plan: Plan, period: Period, source: Any, task_id: Any, role: Any, due_at: Any) -> tuple[Any, ...]:
    opened_at = case((source.recorded_at > period.opened_at, source.recorded_at), else_=_moment(period.opened_at))
    return (literal(plan.id), literal(period.id), task_id, source.unit_id, role,
            literal(State.pending, Obligation.state.type), opened_at, due_at, literal(1))


def _in_force(source: Any, period: Period, moment: datetime) -> Any:
    """Written down by the moment and not ended then, and for days that the period covers (`until_on` no longer)."""
    return and_(source.recorded_at <= moment, or_(source.ended_at.is_(None), source.ended_at > moment),
                source.since_on <= period.ends_on,
                or_(source.until_on.is_(None), source.until_on > period.starts_on))


def _moment(value: datetime) -> Any:
    return literal(value, UTCDateTime())
