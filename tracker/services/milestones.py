"""节点: done with a day, words and evidence (佐证); taken back by the office; how those of a task stand.

A milestone that was done is never made undone: the office's 撤销 supersedes it by one like it that is open, so that
every past moment stays what it was. Both have the position of the same milestone in the year's plan.
"""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from tracker.domain.actors import Actor
from tracker.domain.lamp import MilestoneFacts
from tracker.domain.permissions import Act, may
from tracker.domain.report_text import REASON_LIMIT_CHARS, clean
from tracker.domain.secrecy import secrecy_marks
from tracker.domain.show import date_cn
from tracker.domain.words import Purpose
from tracker.domain.workdays import ONE_DAY, china_calendar, shanghai_date
from tracker.domain.year_plan import MilestoneCount, count_milestones, milestone_words
from tracker.errors import Forbidden, NotYours, Refused, SecrecyQuestion
from tracker.models import DueDate, Milestone, Plan, Task, YearPlan
from tracker.services.access import LARGEST_ID, sees_course
from tracker.services.attachments import FileRow
from tracker.services.deed import OpenDeed, deed
from tracker.services.file_store import Received
from tracker.services.lamps import counting
from tracker.services.milestone_facts import ENDED
from tracker.services.task_course import needed
from tracker.services.task_files import Place, attach_within, files_in, leads
from tracker.services.year_plans import end_of

NOT_YOURS_TO_REPORT = "节点由牵头单位或它的责任单位报完成，您可以看，不能报。没有改动任何内容。"
TASK_ENDED = "任务{word}，节点不再变动。没有改动任何内容。"
NOT_COUNTING = "这个节点已经不在执行的计划里，没有改动。请看最新的年度计划。"
DONE_BEFORE = "这个节点{by}已在{on}报完成，没有再记一次。"
NOT_DONE = "这个节点还没有报完成，不用撤销。"
NEED_DAY = "请写明哪一天完成的"
WRONG_DAY = "完成日期要在{first}到今天（{today}）之间"
NEED_WORDS = "请写一句完成的情况：做成了什么，文号或数量"
LONG_WORDS = f"完成情况最多{REASON_LIMIT_CHARS}字，请压缩"
NEED_FILE = "节点完成要附至少1份佐证材料"
NEED_REASON = "请写明为什么撤销完成，责任单位会看到"
UNDONE = "撤销完成："


@dataclass(frozen=True)
class MilestoneRow:
    """One milestone that counts, as a page shows it. `words`: 逾期3个工作日 …; `earlier`: due days it had before."""

    id: int
    position: int
    year: int
    name: str
    owner: str
    due_on: date
    earlier: tuple[date, ...]
    done_on: date | None
    done_by: str
    statement: str
    words: str
    late: bool
    files: tuple[FileRow, ...]
    may_report: bool


@dataclass(frozen=True)
class TaskMilestones:
    """The milestones of a task, of all its years, by due day. `year`: this one, whose plan the page links to."""

    count: MilestoneCount
    rows: tuple[MilestoneRow, ...]
    year: int
    task_number: str


def report_done(session: Session, actor: Actor, milestone_id: int, *, done_on: date | None, statement: str,
                files: Sequence[Received], at: datetime, not_secret: bool = False) -> Milestone:
    """报完成: on which day, in words, with evidence; by the clerk of its owner or of the lead.

    NotYours, Forbidden, Refused with its fields; SecrecyQuestion unless `not_secret`.
    """
    statement = clean(statement)
    marks = secrecy_marks(statement)
    with deed(session, _allowed(actor, Act.report_milestone), at) as d:
        one, task = _to_report(session, actor, milestone_id, lock=True)
        _check_done(done_on, statement, files, first=session.get_one(Plan, task.plan_id).issued_on,
                    today=shanghai_date(at))
        if marks and not not_secret:
            raise SecrecyQuestion(marks)
        one.done_on, one.done_at, one.done_by, one.statement = done_on, at, actor.name[:60], statement
        attach_within(d, Place(Purpose.milestone, one.id), files, not_secret=not_secret)
        d.record("milestone.done", task=task.number, milestone=one.id, done_on=done_on.isoformat() if done_on else None)
        return one


def check_may_report(session: Session, actor: Actor, milestone_id: int) -> None:
    """Refuse what `report_done` would refuse whatever is said: asked before files are read."""
    _to_report(session, _allowed(actor, Act.report_milestone), milestone_id)


def undo_done(session: Session, actor: Actor, milestone_id: int, *, reason: str, at: datetime) -> Milestone:
    """撤销完成 by the office, with a reason: a milestone like it is open from now on. NotYours, Forbidden, Refused."""
    reason = needed(reason, sentence=NEED_REASON)
    with deed(session, _allowed(actor, Act.approve_year_plan), at) as d:
        one, task = get_milestone(session, actor, milestone_id, lock=True)
        _check_counts(one, task)
        if one.done_on is None:
            raise Refused(NOT_DONE)
        again = Milestone(year_plan_id=one.year_plan_id, task_id=one.task_id, name=one.name, owner_id=one.owner_id,
                          position=one.position, due_on=one.due_on, counts_since=at, statement="")
        one.counts_until = at
        session.add(again)
        session.flush()
        _copy_dues(d, one, again, UNDONE + reason)
        d.record("milestone.undone", task=task.number, milestone=one.id)
        return again


def milestones_of_task(session: Session, actor: Actor, task: Task, at: datetime) -> TaskMilestones | None:
    """What the task's page shows of its milestones; None for whom its course is none of his business."""
    if not sees_course(session, actor, [task.id]):
        return None
    today, calendar = shanghai_date(at), china_calendar()
    found = session.execute(
        select(Milestone, YearPlan.year).join(YearPlan, YearPlan.id == Milestone.year_plan_id)
        .where(Milestone.task_id == task.id, counting()).options(joinedload(Milestone.owner))
        .order_by(Milestone.due_on, Milestone.position, Milestone.id)).all()
    milestones = [one for one, _ in found]
    files, dues = evidence_of(session, actor, task.id, milestones), due_days(session, [one.id for one in milestones])
    open_task = task.state not in ENDED
    reports = open_task and may(actor, Act.report_milestone)
    leading = reports and leads(session, task.id, actor.unit_id)
    return TaskMilestones(
        count=count_milestones((MilestoneFacts(one.due_on, one.done_on) for one in milestones), today),
        year=today.year, task_number=task.number,
        rows=tuple(MilestoneRow(
            id=one.id, position=one.position, year=year, name=one.name, owner=one.owner.name, due_on=one.due_on,
            earlier=tuple(day for day in dues[one.id] if day != one.due_on), done_on=one.done_on,
            done_by=one.done_by or "", statement=one.statement, files=files.get(one.id, ()),
            words=milestone_words(one.due_on, one.done_on, today, calendar) if open_task or one.done_on else "不再计时",
            late=open_task and one.done_on is None and one.due_on < today,
            may_report=reports and one.done_on is None and (leading or one.owner_id == actor.unit_id))
            for one, year in found))


@dataclass(frozen=True)
class MilestonePage:
    """One milestone that counts. `undone`: when the office took 完成 back, who, why."""

    task: Task
    row: MilestoneRow
    undone: tuple[tuple[datetime, str, str], ...]
    may_undo: bool


def milestone_page(session: Session, actor: Actor, milestone_id: int, at: datetime) -> MilestonePage | tuple[Task, int]:
    """The page of a milestone; task and year of its plan where another has taken its place. NotYours."""
    one, task = get_milestone(session, actor, milestone_id)
    found = milestones_of_task(session, actor, task, at)
    row = next((row for row in found.rows if row.id == one.id), None) if found else None
    if row is None:
        return task, session.scalars(select(YearPlan.year).where(YearPlan.id == one.year_plan_id)).one()
    undone = session.scalars(select(DueDate).where(DueDate.milestone_id == one.id, DueDate.reason.startswith(UNDONE))
                             .order_by(DueDate.id.desc()))
    return MilestonePage(
        task, row, tuple((due.recorded_at, due.actor_name, due.reason.removeprefix(UNDONE)) for due in undone),
        may_undo=row.done_on is not None and task.state not in ENDED and may(actor, Act.approve_year_plan))


def get_milestone(session: Session, actor: Actor, milestone_id: int, *, lock: bool = False) -> tuple[Milestone, Task]:
    """A milestone that counts or once counted, with its task, of a task whose course the actor reads; else NotYours."""
    query = select(Milestone).where(Milestone.id == min(milestone_id, LARGEST_ID),
                                    Milestone.counts_since.is_not(None)).options(joinedload(Milestone.owner))
    one = session.scalars(query.with_for_update(of=Milestone) if lock else query).one_or_none()
    if one is None or not sees_course(session, actor, [one.task_id]):
        raise NotYours
    return one, session.get_one(Task, one.task_id)


def evidence_of(session: Session, actor: Actor, task_id: int,
                milestones: Sequence[Milestone]) -> dict[int, tuple[FileRow, ...]]:
    """Id -> the files it was done with, also where it was carried over into a later plan of the year: two queries."""
    key_of = {one_id: key for one_id, *key in session.execute(
        select(Milestone.id, YearPlan.year, Milestone.position, Milestone.done_at)
        .join(YearPlan, YearPlan.id == Milestone.year_plan_id)
        .where(Milestone.task_id == task_id, Milestone.done_at.is_not(None)))}
    files = files_in(session, actor, Purpose.milestone, list(key_of))
    same = {one.id: [other for other, key in key_of.items() if key == key_of[one.id]]
            for one in milestones if one.id in key_of}
    return {one_id: tuple(file for other in others for file in files.get(other, ())) for one_id, others in same.items()}


def due_days(session: Session, ids: Sequence[int]) -> dict[int, list[date]]:
    """Id -> every due day that the milestone ever had, in order, the same one once."""
    found: dict[int, list[date]] = {one: [] for one in ids}
    for one_id, due_at in session.execute(
            select(DueDate.milestone_id, DueDate.due_at).where(DueDate.milestone_id.in_(ids))
            .order_by(DueDate.recorded_at, DueDate.id)):
        days, day = found[one_id or 0], shanghai_date(due_at) - ONE_DAY
        if day not in days:
            days.append(day)
    return found


def _allowed(actor: Actor, act: Act) -> Actor:
    if not may(actor, act):
        raise Forbidden
    return actor


def _to_report(session: Session, actor: Actor, milestone_id: int, *, lock: bool = False) -> tuple[Milestone, Task]:
    one, task = get_milestone(session, actor, milestone_id, lock=lock)
    if actor.unit_id != one.owner_id and not leads(session, task.id, actor.unit_id):
        raise Forbidden(NOT_YOURS_TO_REPORT)
    _check_counts(one, task)
    if one.done_on is not None:
        raise Refused(DONE_BEFORE.format(by=one.done_by, on=date_cn(one.done_on)))
    return one, task


def _check_counts(one: Milestone, task: Task) -> None:
    if task.state in ENDED:
        raise Refused(TASK_ENDED.format(word=task.state.label))
    if one.counts_until is not None:
        raise Refused(NOT_COUNTING)


def _check_done(done_on: date | None, statement: str, files: Sequence[Received], *, first: date, today: date) -> None:
    fields = {}
    if done_on is None:
        fields["done_on"] = NEED_DAY
    elif not first <= done_on <= today:
        fields["done_on"] = WRONG_DAY.format(first=date_cn(first), today=date_cn(today))
    if not statement:
        fields["statement"] = NEED_WORDS
    elif len(statement) > REASON_LIMIT_CHARS:
        fields["statement"] = LONG_WORDS
    if not files:
        fields["file"] = NEED_FILE
    if fields:
        raise Refused(f"{'；'.join(fields.values())}。没有记，填的内容还在；选过的文件要再选一次。", fields=fields)


def _copy_dues(d: OpenDeed, one: Milestone, again: Milestone, reason: str) -> None:
    """Its due days come with it; the one that holds once more, with the reason."""
    dues = d.session.scalars(select(DueDate).where(DueDate.milestone_id == one.id)
                             .order_by(DueDate.recorded_at, DueDate.id)).all()
    for due in dues:
        d.session.add(DueDate(milestone_id=again.id, due_at=due.due_at, recorded_at=due.recorded_at, reason=due.reason,
                              actor_name=due.actor_name))
    d.session.add(DueDate(milestone_id=again.id, due_at=end_of(one.due_on), recorded_at=d.at, reason=reason,
                          actor_name=d.actor.name))
