"""年度计划: the lead writes and files the milestones (节点) of a year, the office approves or returns.

A plan that was filed is never changed: what comes after is a plan of its own with the next number. Approved, it
supersedes the year's plan before; what of it was done is carried over. A milestone keeps its position through all of
the year's plans: by it the office sees what was moved.
"""
from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, selectinload
from sqlalchemy.orm.attributes import flag_modified

from tracker.domain.actors import Actor
from tracker.domain.permissions import Act, may
from tracker.domain.secrecy import secrecy_marks
from tracker.domain.words import PlanState, Role
from tracker.domain.workdays import ONE_DAY, shanghai_moment
from tracker.domain.year_plan import PlannedRow, TypedRow, planned_rows
from tracker.errors import Conflict, Forbidden, NotYours, Refused, SecrecyQuestion
from tracker.models import DueDate, ExtensionRequest, Milestone, Plan, Responsibility, Task, YearPlan
from tracker.services.access import sees_course
from tracker.services.deed import OpenDeed, deed
from tracker.services.milestone_facts import ENDED
from tracker.services.plan_view import current_plan
from tracker.services.task_course import needed
from tracker.services.task_files import leads

NOT_THE_LEAD = "年度计划由牵头单位的填报员报，您可以看，不能改。没有改动任何内容。"
TASK_ENDED = "任务{word}，年度计划不再变动。没有改动任何内容。"
INCOMPLETE = "任务待补录，还没有牵头单位，先不报年度计划。"
WAITS = "{year}年计划已报督查室，等批准；要改请督查室退回。没有改动。"
OVERTAKEN = "这份计划刚有人改过。您的没有写进去，还在本页；请先看最新情况"
NO_ROWS = "还没有写节点，至少写1个再报"
DECIDED = "这份计划已经由{by}办过了，没有改动任何内容。"
NEED_REASON = "请写明为什么退回，牵头单位照着改"
EXTENSION_OPEN = "节点“{name}”正在申请延期，先办完延期再批准计划。没有改动。"
MOVED_SINCE = "节点“{name}”在计划报出后改过完成日期，请退回牵头单位照新日期调整。没有改动。"


def write_plan(session: Session, actor: Actor, number: str, year: int, rows: Sequence[TypedRow], *, plan_id: int,
               version: int, filing: bool, at: datetime, not_secret: bool = False) -> YearPlan:
    """Keep the lead's plan of a year as a draft, or file it (报督查室).

    `plan_id` and `version`: of the year's newest plan as the page showed it, 0 where there was none. After an approved
    or a returned one it begins the next (调整). NotYours, Forbidden, Conflict, Refused with the fields of planned_rows;
    SecrecyQuestion unless `not_secret`.
    """
    with deed(session, _allowed(actor, Act.file_year_plan), at) as d:
        task = task_of_year(session, actor, number, year, lock=True)
        if not leads(session, task.id, actor.unit_id):
            raise Forbidden(NOT_THE_LEAD)
        _check_open(task)
        newest = newest_plan(session, task.id, year)
        if newest is not None and newest.state is PlanState.filed:
            raise Refused(WAITS.format(year=year))
        if (newest.id if newest else 0, newest.version if newest else 0) != (plan_id, version):
            raise Conflict(OVERTAKEN)
        planned = planned_rows(rows, year=year, last=task.due_on, owners=owners_of(session, task.id))
        marks = secrecy_marks("\n".join(row.name for row in planned))
        if marks and not not_secret:
            raise SecrecyQuestion(marks, "节点")
        plan = newest if newest is not None and newest.state is PlanState.draft else _next_plan(d, task, year, newest)
        _put(d, plan, planned)
        if filing:
            if not plan.milestones:
                raise Refused(NO_ROWS, fields={"name-0": NO_ROWS})
            plan.state, plan.filed_at, plan.filed_by = PlanState.filed, at, actor.name
        flag_modified(plan, "state")                # the version number rises
        d.record("year_plan.filed" if filing else "year_plan.saved", task=task.number, year=year, version=plan.number,
                 count=len(plan.milestones))
        return plan


def approve_plan(session: Session, actor: Actor, number: str, year: int, *, plan_id: int, version: int,
                 at: datetime) -> YearPlan:
    """批准: from now on its milestones count, those of the plan before no longer. NotYours, Conflict, Refused."""
    with deed(session, _allowed(actor, Act.approve_year_plan), at) as d:
        task, plan = _to_decide(d, number, year, plan_id, version)
        before = plan_in_force(session, task.id, year)
        earlier = {one.position: one for one in before.milestones} if before else {}
        if before is not None:
            before.ended_at = at
            _supersede(d, plan, earlier)
        session.flush()                             # ids of what was carried over
        dues = _dues(session, [one.id for one in earlier.values()])
        for one in plan.milestones:
            one.counts_since = at
            same = earlier.get(one.position)
            _keep_dues(d, one, dues.get(same.id, []) if same else [])
        plan.state, plan.decided_at, plan.decided_by = PlanState.approved, at, actor.name
        d.record("year_plan.approved", task=task.number, year=year, version=plan.number, count=len(plan.milestones))
        return plan


def return_plan(session: Session, actor: Actor, number: str, year: int, *, reason: str, plan_id: int, version: int,
                at: datetime) -> YearPlan:
    """退回 a filed plan with a reason: the lead writes the next. NotYours, Conflict, Refused."""
    reason = needed(reason, sentence=NEED_REASON)
    with deed(session, _allowed(actor, Act.approve_year_plan), at) as d:
        task, plan = _to_decide(d, number, year, plan_id, version)
        plan.state, plan.decided_at, plan.decided_by, plan.reason = PlanState.returned, at, actor.name, reason
        d.record("year_plan.returned", task=task.number, year=year, version=plan.number)
        return plan


def task_of_year(session: Session, actor: Actor, number: str, year: int, *, lock: bool = False) -> Task:
    """A task of the current plan whose course the actor reads, in a year it runs; NotYours for all others."""
    if "\x00" in number:
        raise NotYours
    plan = current_plan(session)
    query = select(Task).where(Task.plan_id == plan.id, Task.number == number)
    task = session.scalars(query.with_for_update() if lock else query).one_or_none()
    if task is None or year not in years_of(plan, task) or not sees_course(session, actor, [task.id]):
        raise NotYours
    return task


def years_of(plan: Plan, task: Task) -> range:
    """The years that a task has a plan for: from the notice's to that of its due day."""
    return range(plan.issued_on.year, max(plan.valid_until.year, task.due_on.year) + 1)


def newest_plan(session: Session, task_id: int, year: int) -> YearPlan | None:
    """The year's plan with the highest number, with its milestones."""
    return session.scalars(_plans(task_id, year).order_by(YearPlan.number.desc()).limit(1)).one_or_none()


def plan_in_force(session: Session, task_id: int, year: int) -> YearPlan | None:
    """The year's approved plan that no other superseded; of its milestones those that count."""
    return session.scalars(
        select(YearPlan).where(YearPlan.task_id == task_id, YearPlan.year == year,
                               YearPlan.state == PlanState.approved, YearPlan.ended_at.is_(None))
        .options(selectinload(YearPlan.milestones.and_(Milestone.counts_until.is_(None))))
        .execution_options(populate_existing=True)).one_or_none()


def owners_of(session: Session, task_id: int) -> list[int]:
    """Who may own a milestone: the lead and the co-units of now, the lead first."""
    return list(session.scalars(
        select(Responsibility.unit_id).where(Responsibility.task_id == task_id, Responsibility.ended_at.is_(None))
        .order_by(Responsibility.role != Role.lead, Responsibility.position)))


def keep_due(d: OpenDeed, milestone: Milestone, reason: str) -> None:
    """Write down the due day that a milestone has from now on: due at the end of its day."""
    d.session.add(DueDate(milestone_id=milestone.id, due_at=end_of(milestone.due_on), recorded_at=d.at, reason=reason,
                          actor_name=d.actor.name))


def end_of(day: date) -> datetime:
    """The due moment of something due on a day: 00:00 of the next day, Shanghai."""
    return shanghai_moment(day + ONE_DAY)


def _plans(task_id: int, year: int) -> Select[YearPlan]:
    return (select(YearPlan).where(YearPlan.task_id == task_id, YearPlan.year == year)
            .options(selectinload(YearPlan.milestones)))


def _allowed(actor: Actor, act: Act) -> Actor:
    if not may(actor, act):
        raise Forbidden
    return actor


def _check_open(task: Task) -> None:
    if not task.source_complete:
        raise Refused(INCOMPLETE)
    if task.state in ENDED:
        raise Refused(TASK_ENDED.format(word=task.state.label))


def _next_plan(d: OpenDeed, task: Task, year: int, newest: YearPlan | None) -> YearPlan:
    """The plan with the next number, with what of the one in force is done."""
    plan = YearPlan(task_id=task.id, year=year, number=newest.number + 1 if newest else 1, state=PlanState.draft,
                    milestones=[])
    d.session.add(plan)
    d.session.flush()
    before = plan_in_force(d.session, task.id, year)
    for one in before.milestones if before else ():
        if one.done_on is not None:
            _carry(plan, one)
    return plan


def _put(d: OpenDeed, plan: YearPlan, rows: Sequence[PlannedRow]) -> None:
    """Make the draft's open milestones those of the form. What is done stays."""
    known = set(d.session.scalars(select(Milestone.position).join(YearPlan).where(
        YearPlan.task_id == plan.task_id, YearPlan.year == plan.year)))
    held = {one.position: one for one in plan.milestones if one.done_on is None}
    done = {one.position for one in plan.milestones} - held.keys()
    last = max(known, default=0)
    kept: set[int] = set()
    for row in rows:
        position = row.position if row.position in known - done - kept else None
        if position is None:
            last += 1
            position = last
        kept.add(position)
        one = held.get(position)
        if one is None:
            one = Milestone(task_id=plan.task_id, position=position, statement="")
            plan.milestones.append(one)
        one.name, one.due_on, one.owner_id = row.name, row.due_on, row.owner_id
    for position, one in held.items():
        if position not in kept:
            plan.milestones.remove(one)
            d.session.delete(one)                   # of a draft: nobody else has seen it


def _carry(plan: YearPlan, one: Milestone) -> Milestone:
    """A milestone that is done, over into another plan of the year."""
    copy = Milestone(task_id=one.task_id, position=one.position, name=one.name, owner_id=one.owner_id,
                     due_on=one.due_on, done_on=one.done_on, done_at=one.done_at, done_by=one.done_by,
                     statement=one.statement)
    plan.milestones.append(copy)
    return copy


def _to_decide(d: OpenDeed, number: str, year: int, plan_id: int, version: int) -> tuple[Task, YearPlan]:
    task = task_of_year(d.session, d.actor, number, year, lock=True)
    plan = newest_plan(d.session, task.id, year)
    if plan is None or plan.id != plan_id:
        raise Conflict(OVERTAKEN)
    if plan.state is not PlanState.filed:
        raise Refused(DECIDED.format(by=plan.decided_by or "牵头单位"))
    if plan.version != version:
        raise Conflict(OVERTAKEN)
    _check_open(task)
    return task, plan


def _supersede(d: OpenDeed, plan: YearPlan, earlier: dict[int, Milestone]) -> None:
    """What the plan before counted stops counting; what of it is done is done in the new one too."""
    dues = _dues(d.session, [one.id for one in earlier.values()])
    asked = set(d.session.scalars(select(ExtensionRequest.milestone_id).where(
        ExtensionRequest.milestone_id.in_([one.id for one in earlier.values()]),
        ExtensionRequest.decided_at.is_(None))))
    here = {one.position: one for one in plan.milestones}
    for one in earlier.values():
        if one.id in asked:
            raise Refused(EXTENSION_OPEN.format(name=one.name))
        if any(plan.filed_at is not None and due.recorded_at > plan.filed_at and due.due_at != first.due_at
               for first, due in zip(dues[one.id], dues[one.id][1:], strict=False)):
            raise Refused(MOVED_SINCE.format(name=one.name))
        one.counts_until = d.at
        if one.done_on is None:
            continue
        same = here.get(one.position)
        if same is None:
            _carry(plan, one)
        else:
            same.name, same.owner_id, same.due_on = one.name, one.owner_id, one.due_on
            same.done_on, same.done_at, same.done_by, same.statement = (
                one.done_on, one.done_at, one.done_by, one.statement)


def _dues(session: Session, ids: Sequence[int]) -> dict[int, list[DueDate]]:
    found: dict[int, list[DueDate]] = {one: [] for one in ids}
    for due in session.scalars(select(DueDate).where(DueDate.milestone_id.in_(ids))
                               .order_by(DueDate.recorded_at, DueDate.id)):
        found[due.milestone_id or 0].append(due)
    return found


def _keep_dues(d: OpenDeed, one: Milestone, earlier: Sequence[DueDate]) -> None:
    """Its earlier due days come with it; one that the plan sets or moves is added."""
    for due in earlier:
        d.session.add(DueDate(milestone_id=one.id, due_at=due.due_at, recorded_at=due.recorded_at, reason=due.reason,
                              actor_name=due.actor_name))
    if not earlier or earlier[-1].due_at != end_of(one.due_on):
        keep_due(d, one, "年度计划调整" if earlier else "年度计划批准")
