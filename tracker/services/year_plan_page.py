"""What the page of a year plan shows (年度计划页), to the lead, to the office, to the other units of the task."""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from tracker.domain.actors import Actor
from tracker.domain.lamp import MilestoneFacts
from tracker.domain.permissions import Act, may
from tracker.domain.show import date_cn
from tracker.domain.words import PlanState, UserRole
from tracker.domain.workdays import china_calendar, shanghai_date
from tracker.domain.year_plan import MilestoneCount, count_milestones, milestone_words
from tracker.models import Milestone, Plan, Task, Unit, YearPlan
from tracker.services.access import is_office
from tracker.services.attachments import FileRow
from tracker.services.milestone_facts import ENDED
from tracker.services.milestones import due_days, evidence_of
from tracker.services.task_files import lead_of
from tracker.services.year_plans import newest_plan, owners_of, plan_in_force, task_of_year, years_of

NEW, DROPPED = "新增", "不再列入"


@dataclass(frozen=True)
class PlanRow:
    """A milestone in the table. `change`: against the plan in force, "" where it is the same."""

    id: int
    position: int
    name: str
    due_on: date
    earlier: tuple[date, ...]
    owner_id: int
    owner: str
    done_on: date | None
    done_by: str
    statement: str
    words: str
    late: bool
    change: str
    files: tuple[FileRow, ...]
    may_report: bool


@dataclass(frozen=True)
class YearPlanPage:
    """One year of a task. `state` None: nothing that the actor may see; `writing`: the form is shown.

    `holding`: the rows are in force, or none are; else they wait, and `in_force` says what holds meanwhile.
    """

    task: Task
    lead: str
    year: int
    years: tuple[int, ...]
    plan_id: int
    version: int
    number: int
    state: PlanState | None
    rows: tuple[PlanRow, ...]
    dropped: tuple[PlanRow, ...]
    in_force: tuple[PlanRow, ...]
    count: MilestoneCount
    owners: tuple[tuple[int, str], ...]
    filed_at: datetime | None
    filed_by: str
    decided_at: datetime | None
    decided_by: str
    reason: str
    earlier: tuple[tuple[int, PlanState, datetime | None, str], ...]    # number, state, decided, by: older ones
    may_write: bool
    may_decide: bool
    may_undo: bool

    @property
    def open_rows(self) -> tuple[PlanRow, ...]:
        """What the form lets the lead change: all that is not done."""
        return tuple(row for row in self.rows if row.done_on is None)


def year_plan_page(session: Session, actor: Actor, number: str, year: int, at: datetime) -> YearPlanPage:
    """The page at a moment, which is now: as many queries whatever the plan. NotYours."""
    task = task_of_year(session, actor, number, year)
    lead_id, going = lead_of(session, task.id), task.state not in ENDED and task.source_complete
    leading = actor.unit_id is not None and actor.unit_id == lead_id and actor.has(UserRole.clerk, UserRole.head)
    in_force = plan_in_force(session, task.id, year)
    newest = newest_plan(session, task.id, year)
    held = [one for one in in_force.milestones if one.counts_until is None] if in_force else []
    shown = newest if newest is not None and _may_see(actor, newest, leading) else in_force
    milestones = held if shown is None or shown is in_force else list(shown.milestones)
    rows = _Rows(session, actor, task, [*milestones, *held], held, at, leading=leading, going=going)
    waiting = shown is not None and shown is not in_force
    here = {one.position for one in milestones}
    return YearPlanPage(
        task=task, lead=rows.names.get(lead_id or 0, ""), year=year,
        years=tuple(years_of(session.get_one(Plan, task.plan_id), task)),
        plan_id=newest.id if newest else 0, version=newest.version if newest else 0,
        number=shown.number if shown else 0, state=shown.state if shown else None,
        rows=rows.of(milestones, compare=waiting and in_force is not None),
        dropped=rows.of([one for one in held if waiting and one.position not in here], dropped=True),
        in_force=rows.of(held) if waiting else (),
        count=count_milestones((MilestoneFacts(one.due_on, one.done_on) for one in held or milestones),
                               shanghai_date(at)),
        owners=tuple((unit_id, rows.names[unit_id]) for unit_id in owners_of(session, task.id)),
        filed_at=shown.filed_at if shown else None, filed_by=(shown.filed_by or "") if shown else "",
        decided_at=shown.decided_at if shown else None, decided_by=(shown.decided_by or "") if shown else "",
        reason=shown.reason if shown else "", earlier=_earlier(session, actor, task, year, shown, leading),
        may_write=going and leading and may(actor, Act.file_year_plan)
        and (newest is None or newest.state is not PlanState.filed),
        may_decide=going and waiting and shown is not None and shown.state is PlanState.filed
        and may(actor, Act.approve_year_plan), may_undo=going and may(actor, Act.approve_year_plan))


class _Rows:
    """Turns milestones into rows: names, due days and evidence are read once for all of them."""

    def __init__(self, session: Session, actor: Actor, task: Task, milestones: Sequence[Milestone],
                 held: Sequence[Milestone], at: datetime, *, leading: bool, going: bool) -> None:
        self.today, self.actor, self.leading, self.going = shanghai_date(at), actor, leading, going
        self.held = {one.position: one for one in held}
        self.names: dict[int, str] = dict(session.execute(select(Unit.id, Unit.name)).all())
        self.dues = due_days(session, [one.id for one in milestones])
        self.files = evidence_of(session, actor, task.id, milestones)

    def of(self, milestones: Sequence[Milestone], *, compare: bool = False,
           dropped: bool = False) -> tuple[PlanRow, ...]:
        """By due day. `compare`: with what is said of changes against the plan in force."""
        ordered = sorted(milestones, key=lambda one: (one.due_on, one.position))
        return tuple(self._row(one, DROPPED if dropped else self._change(one) if compare else "") for one in ordered)

    def _row(self, one: Milestone, change: str) -> PlanRow:
        same = self.held.get(one.position)
        if same is not None and same.done_on is not None:       # done since the draft was begun: it is carried over
            one = same
        counts = one.counts_since is not None and one.counts_until is None and self.going
        open_ = one.done_on is None
        return PlanRow(
            id=one.id, position=one.position, name=one.name, due_on=one.due_on,
            earlier=tuple(day for day in self.dues[one.id] if day != one.due_on), owner_id=one.owner_id,
            owner=self.names[one.owner_id], done_on=one.done_on, done_by=one.done_by or "", statement=one.statement,
            words=milestone_words(one.due_on, one.done_on, self.today, china_calendar()) if counts or not open_ else "",
            late=counts and open_ and one.due_on < self.today, change=change, files=self.files.get(one.id, ()),
            may_report=counts and open_ and may(self.actor, Act.report_milestone)
            and (self.leading or self.actor.unit_id == one.owner_id))

    def _change(self, one: Milestone) -> str:
        before = self.held.get(one.position)
        if before is None:
            return NEW
        words = []
        if before.due_on != one.due_on:
            words.append(f"完成日期原是{date_cn(before.due_on)}")
        if before.owner_id != one.owner_id:
            words.append(f"责任单位原是{self.names[before.owner_id]}")
        if before.name != one.name:
            words.append(f"原写“{before.name}”")
        return "；".join(words)


def _may_see(actor: Actor, plan: YearPlan, leading: bool) -> bool:
    """A draft is the lead's alone; what was filed or returned the office's and the leaders' too."""
    if plan.state is PlanState.approved or leading:
        return True
    return is_office(actor) and plan.state is not PlanState.draft


def _earlier(session: Session, actor: Actor, task: Task, year: int, shown: YearPlan | None,
             leading: bool) -> tuple[tuple[int, PlanState, datetime | None, str], ...]:
    plans = session.scalars(select(YearPlan).where(YearPlan.task_id == task.id, YearPlan.year == year)
                            .order_by(YearPlan.number.desc()))
    return tuple((plan.number, plan.state, plan.decided_at, plan.decided_by or "") for plan in plans
                 if plan is not shown and plan.decided_at is not None and _may_see(actor, plan, leading))
