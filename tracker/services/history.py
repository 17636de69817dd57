"""What was so at a past moment (沿革): the append-only rows of a plan, loaded once, seen as of any moment.

A fixed number of queries whatever the size of the plan. Nothing here reads a current column that a later deed changes.
"""
from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, TypeVar

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tracker.domain.lamp import LeadReport, MilestoneFacts
from tracker.domain.lateness import ObligationFacts
from tracker.domain.rows import ReportText
from tracker.domain.transitions import MOVED
from tracker.domain.words import Deed, Rating, Role, Source, State, TaskState
from tracker.domain.workdays import ONE_DAY, shanghai_date
from tracker.models import (
    Decision,
    DueDate,
    Milestone,
    Obligation,
    Period,
    Plan,
    ReportVersion,
    Responsibility,
    Section,
    StandingUnit,
    Task,
    TaskText,
    Unit,
    UnitName,
    VersionAttachment,
)
from tracker.services.versions import text_of

Row = TypeVar("Row")


@dataclass(frozen=True)
class PastObligation:
    """An obligation as it stood. `due_at` is the one that held at delivery, once delivered."""

    id: int
    task_id: int | None
    unit_id: int
    period: Period
    role: Role
    state: State
    due_at: datetime
    delivered_at: datetime | None
    resubmit_due_at: datetime | None
    handed_in_at: datetime | None       # when the last version went out
    text: ReportText | None
    judged: Rating | None
    return_reason: str                  # while it is returned
    evidence_count: int                 # files that went out with the last version
    entered: bool                       # 代填: that version was typed in by the office

    @property
    def facts(self) -> ObligationFacts:
        """What the rules of lateness need."""
        return ObligationFacts(self.state, self.due_at, self.delivered_at, self.resubmit_due_at)

    @property
    def lead_report(self) -> LeadReport:
        """What 进度灯 needs of a lead's obligation."""
        return LeadReport(self.period.key, self.due_at, self.delivered_at,
                          self.text.self_rating if self.text else None, self.judged, self.state is State.waived)


@dataclass(frozen=True)
class History:
    """The rows of one plan up to the moment of loading; ask it for any moment before."""

    plan: Plan
    tasks: Sequence[tuple[Task, Section]]
    texts: dict[int, list[TaskText]]
    duties: dict[int, list[Responsibility]]
    standing: Sequence[StandingUnit]
    units: dict[int, Unit]
    names: dict[int, list[UnitName]]
    periods: Sequence[Period]
    obligations: Sequence[Obligation]
    task_dues: dict[int, list[DueDate]]
    task_steps: dict[int, list[Decision]]
    dues: dict[int, list[DueDate]]
    steps: dict[int, list[Decision]]
    versions: dict[int, list[ReportVersion]]
    files: dict[int, int]
    milestones: dict[int, list[Milestone]]
    milestone_dues: dict[int, list[DueDate]]
    _periods: dict[int, Period] = field(default_factory=dict)

    def tasks_at(self, at: datetime) -> list[tuple[Task, Section, TaskText]]:
        """The tasks known at the moment in plan order, with their wording of then."""
        return [(task, section, text) for task, section in self.tasks
                if (text := _last(self.texts.get(task.id, ()), at)) is not None]

    def duties_at(self, task_id: int, at: datetime) -> list[Responsibility]:
        """Who was responsible on the day, as far as it was written down by then; in the order written."""
        return [duty for duty in self.duties.get(task_id, ()) if _in_force(duty, at)]

    def standing_at(self, at: datetime) -> list[StandingUnit]:
        """The standing co-units of the plan (常态配合) on the day."""
        return [one for one in self.standing if _in_force(one, at)]

    def name_at(self, unit_id: int, at: datetime, on: date | None = None) -> str:
        """The unit's name of that day, or of an earlier day `on`, as far as it was known at the moment."""
        day = min(on, shanghai_date(at)) if on is not None else shanghai_date(at)
        names = [name for name in self.names.get(unit_id, ()) if name.recorded_at <= at and name.since_on <= day]
        return names[-1].name if names else self.units[unit_id].name

    def task_state_at(self, task: Task, at: datetime) -> TaskState:
        """办理状态 by the last step taken."""
        steps = self.task_steps.get(task.id, [])
        taken = [step for step in steps if step.at <= at]
        if taken:
            return TaskState(taken[-1].to_state)
        return TaskState(steps[0].from_state) if steps else task.state

    def due_dates_at(self, task: Task, at: datetime) -> list[date]:
        """完成时限: every one the task had by then, the one that held last. A due moment is the end of its day."""
        return [shanghai_date(due.due_at) - ONE_DAY for due in self.task_dues.get(task.id, ()) if due.recorded_at <= at]

    def milestones_at(self, task_id: int, at: datetime) -> tuple[MilestoneFacts, ...]:
        """节点 that counted at the moment, each with the due day that held, and done as written by then."""
        return tuple(
            MilestoneFacts(shanghai_date(due.due_at) - ONE_DAY if due else one.due_on,
                           one.done_on if one.done_at and one.done_at <= at else None, one.name)
            for one in self.milestones.get(task_id, ()) if _counts(one, at)
            for due in (_last(self.milestone_dues.get(one.id, ()), at),))

    def obligations_at(self, at: datetime) -> list[PastObligation]:
        """Everything that was owed by then, as it stood; not what another unit owed instead by then (责任移交)."""
        return [self._obligation_at(row, at) for row in self.obligations
                if row.opened_at <= at and not self._moved(row, at)]

    def _moved(self, row: Obligation, at: datetime) -> bool:
        steps = [step for step in self.steps.get(row.id, ()) if step.at <= at]
        return bool(steps) and steps[-1].deed == Deed.waive and steps[-1].reason.startswith(MOVED)

    def _role_at(self, row: Obligation, at: datetime) -> Role:
        """Today's, but where the unit came by that role later: the one it held then (配合件改牵头件)."""
        own = [duty for duty in self.duties.get(row.task_id or 0, ())
               if duty.unit_id == row.unit_id and duty.recorded_at <= at]
        if not own or any(duty.role is row.role for duty in own):
            return row.role
        return own[-1].role

    def _obligation_at(self, row: Obligation, at: datetime) -> PastObligation:
        steps = [step for step in self.steps.get(row.id, ()) if step.at <= at]
        delivered: datetime | None = None
        judged: Rating | None = None
        returned: Decision | None = None
        for step in steps:
            if step.delivered_at is not None:
                delivered, returned = delivered or step.delivered_at, None
            elif step.deed == Deed.withdraw:
                delivered = None
            elif step.deed == Deed.accept:
                judged = step.judged
            elif step.deed == Deed.send_back:
                returned = step
            elif step.deed == Deed.undo:
                judged = None if step.from_state == State.accepted else judged
                returned = None if step.from_state == State.returned else returned
        state = State(steps[-1].to_state) if steps else State.pending
        due = _last(self.dues.get(row.id, ()), delivered or at)
        versions = [version for version in self.versions.get(row.id, ())
                    if version.sent_at and version.sent_at <= at
                    and not (version.withdrawn_at and version.withdrawn_at <= at)]
        version = versions[-1] if versions and delivered else None
        return PastObligation(
            row.id, row.task_id, row.unit_id, self._periods[row.period_id], self._role_at(row, at), state,
            due.due_at if due else row.due_at, delivered, returned.resubmit_due_at if returned else None,
            version.sent_at if version else None, text_of(version) if version else None, judged,
            returned.reason if returned and state is State.returned else "",
            self.files.get(version.id, 0) if version else 0,
            version is not None and version.source is not Source.unit)


def load_history(session: Session, plan: Plan, at: datetime) -> History:
    """Load what was written of a plan up to a moment: 16 queries."""
    of_plan = Task.plan_id == plan.id
    owed = Obligation.plan_id == plan.id
    tasks = session.execute(select(Task, Section).join(Section, Section.id == Task.section_id).where(of_plan)
                            .order_by(Task.position)).all()
    periods = session.scalars(select(Period).where(Period.plan_id == plan.id, Period.opened_at <= at)
                              .order_by(Period.ends_on, Period.starts_on)).all()
    return History(
        plan=plan, tasks=tasks, periods=periods, _periods={period.id: period for period in periods},
        texts=_by("task_id", session.scalars(
            select(TaskText).join(Task, Task.id == TaskText.task_id).where(of_plan, TaskText.recorded_at <= at)
            .order_by(TaskText.recorded_at, TaskText.id))),
        duties=_by("task_id", session.scalars(
            select(Responsibility).join(Task, Task.id == Responsibility.task_id)
            .where(of_plan, Responsibility.recorded_at <= at).order_by(Responsibility.position, Responsibility.id))),
        standing=session.scalars(
            select(StandingUnit).where(StandingUnit.plan_id == plan.id, StandingUnit.recorded_at <= at)
            .order_by(StandingUnit.position)).all(),
        units={unit.id: unit for unit in session.scalars(select(Unit))},
        names=_by("unit_id", session.scalars(select(UnitName).order_by(UnitName.since_on, UnitName.id))),
        obligations=session.scalars(select(Obligation).where(owed, Obligation.opened_at <= at)
                                    .order_by(Obligation.id)).all(),
        task_dues=_by("task_id", session.scalars(
            select(DueDate).join(Task, Task.id == DueDate.task_id).where(of_plan, DueDate.recorded_at <= at)
            .order_by(DueDate.recorded_at, DueDate.id))),
        task_steps=_by("task_id", session.scalars(
            select(Decision).join(Task, Task.id == Decision.task_id).where(of_plan).order_by(Decision.id))),
        dues=_by("obligation_id", session.scalars(
            select(DueDate).join(Obligation, Obligation.id == DueDate.obligation_id)
            .where(owed, DueDate.recorded_at <= at).order_by(DueDate.recorded_at, DueDate.id))),
        steps=_by("obligation_id", session.scalars(
            select(Decision).join(Obligation, Obligation.id == Decision.obligation_id)
            .where(owed, Decision.at <= at).order_by(Decision.id))),
        versions=_by("obligation_id", session.scalars(
            select(ReportVersion).join(Obligation, Obligation.id == ReportVersion.obligation_id)
            .where(owed, ReportVersion.submitted_at <= at).order_by(ReportVersion.number))),
        files={row[0]: row[1] for row in session.execute(
            select(VersionAttachment.version_id, func.count())
            .join(ReportVersion, ReportVersion.id == VersionAttachment.version_id)
            .join(Obligation, Obligation.id == ReportVersion.obligation_id).where(owed)
            .group_by(VersionAttachment.version_id))},
        milestones=_by("task_id", session.scalars(
            select(Milestone).join(Task, Task.id == Milestone.task_id).where(of_plan, Milestone.counts_since <= at)
            .order_by(Milestone.position, Milestone.id))),
        milestone_dues=_by("milestone_id", session.scalars(
            select(DueDate).join(Milestone, Milestone.id == DueDate.milestone_id)
            .join(Task, Task.id == Milestone.task_id).where(of_plan, DueDate.recorded_at <= at)
            .order_by(DueDate.recorded_at, DueDate.id))),
    )


def _by(key: str, rows: Iterable[Row]) -> dict[int, list[Row]]:
    grouped: dict[int, list[Row]] = defaultdict(list)
    for row in rows:
        grouped[getattr(row, key)].append(row)
    return dict(grouped)


def _last(rows: Sequence[Any], at: datetime) -> Any:
    """The last row that was recorded by the moment, None where there was none."""
    return next((row for row in reversed(rows) if row.recorded_at <= at), None)


def _counts(one: Milestone, at: datetime) -> bool:
    return one.counts_since is not None and one.counts_since <= at and (
        one.counts_until is None or one.counts_until > at)


def _in_force(row: Responsibility | StandingUnit, at: datetime) -> bool:
    if row.recorded_at > at or row.since_on > shanghai_date(at):
        return False
    ended = row.ended_at is not None and row.ended_at <= at
    return not (ended and row.until_on is not None and row.until_on <= shanghai_date(at))
