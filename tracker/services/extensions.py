"""Extensions (延期): asked for by who owes it, granted (as asked, or until another day) or refused by the office.

Granting writes the next DueDate, sets the due moment that holds and takes the stamp 逾期 away, all in one deed; every
earlier due date stays on record. What was delivered keeps its own: nothing is extended after that.
"""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import TypeVar

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from tracker.domain.actors import Actor
from tracker.domain.extensions import Wish, due_day, due_words, why_not_until, wished_due
from tracker.domain.permissions import Act, may
from tracker.domain.secrecy import secrecy_marks
from tracker.domain.show import date_cn
from tracker.domain.words import Extended, Purpose, State, TaskState
from tracker.domain.workdays import ONE_DAY, china_calendar, shanghai_date, shanghai_moment
from tracker.errors import Forbidden, NotYours, Refused, SecrecyQuestion
from tracker.models import DueDate, ExtensionRequest, Milestone, Obligation, Plan, Task
from tracker.services.access import LARGEST_ID, get_obligation, sees_course
from tracker.services.deed import OpenDeed, deed
from tracker.services.file_store import Received
from tracker.services.periods import due_rule, policy_of
from tracker.services.task_course import needed
from tracker.services.task_files import Place, attach_within, leads

Row = TypeVar("Row", Obligation, Milestone, Task)

GOING = (TaskState.not_started, TaskState.in_progress, TaskState.completion_requested)
NEED_REASON = "请写明为什么要延期，督查室照此审批"
NEED_ANSWER = "请写明为什么不同意，对方看得到"
ASKERS = {
    Extended.report: "报告由应报单位的填报员申请延期，您可以看，不能提。没有改动任何内容。",
    Extended.milestone: "节点由牵头单位或它的责任单位申请延期，您可以看，不能提。没有改动任何内容。",
    Extended.task: "任务由牵头单位申请延期，您可以看，不能提。没有改动任何内容。",
}
ASKED_BEFORE = "{on}已经提过延期申请，等督查室办理。没有再提一份。"
DECIDED_BEFORE = "这份延期申请{by}已经办过，没有再办一次。请刷新后看结果。"
OWN_REQUEST = "这份延期申请是您自己提的，不能由您办理。没有改动；请由另一位同事办理。"
DELIVERED = "这一件{on}已经报出，不用再延期。没有改动。"
WAIVED = "这一件已经免报，不用再延期。没有改动。"
DONE = "这个节点已报完成，不用再延期。没有改动。"
NOT_COUNTING = "这个节点不在执行的年度计划里，没有改动。请看最新的年度计划。"
TASK_ENDED = "任务{word}，时限不再变动。没有改动。"
BEYOND_TASK = "节点不能晚于任务的完成时限{last}，请先申请任务延期"
GRANTED = "同意延期：{reason}"


@dataclass
class Held:
    """What a due date is about, held in a deed: its row, the due moment that holds, `closes` by the rule of reports.

    `why_not`: why it may not be extended now, "" where it may.
    """

    what: Extended
    row: Obligation | Milestone | Task
    task_number: str
    due_at: datetime
    closes: time | None
    why_not: str
    latest: datetime | None = None          # of a milestone: when its task is due

    @property
    def due_on(self) -> date:
        """The day of the due moment."""
        return due_day(self.due_at, self.closes)


def ask_extension(session: Session, actor: Actor, what: Extended, row_id: int, *, wish: Wish, reason: str, at: datetime,
                  files: Sequence[Received] = (), not_secret: bool = False) -> int:
    """Ask for a later due date of a report, a milestone or a task (申请延期). Returns the request's id.

    NotYours, Forbidden; Refused with `fields` (`until_on`, `reason`, `file`); SecrecyQuestion unless `not_secret`.
    """
    if not may(actor, Act.ask_extension):
        raise Forbidden
    with deed(session, actor, at) as d:
        held = seen(session, actor, what, row_id, lock=True)
        if not asks_for(session, actor, held):
            raise Forbidden(ASKERS[what])
        if held.why_not:
            raise Refused(held.why_not)
        earlier = session.scalars(select(ExtensionRequest).where(
            getattr(ExtensionRequest, COLUMNS[what]) == held.row.id,
            ExtensionRequest.decided_at.is_(None))).one_or_none()
        if earlier is not None:
            raise Refused(ASKED_BEFORE.format(on=date_cn(shanghai_date(earlier.asked_at))))
        wished_at, reason = _asked_for(held, wish, reason, at)
        marks = secrecy_marks(reason)
        if marks and not not_secret:
            raise SecrecyQuestion(marks)
        request = ExtensionRequest(
            **{COLUMNS[what]: held.row.id}, unit_id=actor.unit_id, reason=reason, wished_at=wished_at, asked_at=at,
            asked_by_id=actor.user_id, asked_by=actor.name[:60])
        session.add(request)
        session.flush()         # its id
        attach_within(d, Place(Purpose.extension, request.id), files, not_secret=not_secret)
        d.record("extension.asked", extension=request.id, **_facts(held),
                 due_before=due_words(held.due_at, held.closes), due_after=due_words(wished_at, held.closes))
        return request.id


def grant_extension(session: Session, actor: Actor, request_id: int, *, until_on: date | None = None, answer: str = "",
                    at: datetime) -> datetime:
    """Grant it (同意延期) as asked, or until another day. Returns the new due moment.

    NotYours, Forbidden (his own); Refused, also where meanwhile it was delivered, done or has ended.
    """
    with deed(session, _decider(actor), at) as d:
        request, held = _waiting(d, request_id)
        if held.why_not:
            raise Refused(held.why_not)
        granted_at = request.wished_at if until_on is None else _wished(held, Wish(until_on=until_on), at)
        if wrong := _why_not_until(held, granted_at, at):
            raise Refused(wrong, fields={"until_on": wrong})
        _extend(d, held, granted_at, GRANTED.format(reason=request.reason))
        request.decided_at, request.decided_by, request.granted_at = at, actor.name[:60], granted_at
        request.answer = needed(answer, "answer") if answer.strip() else ""
        d.record("extension.granted", extension=request.id, **_facts(held),
                 due_before=due_words(held.due_at, held.closes), due_after=due_words(granted_at, held.closes))
        return granted_at


def refuse_extension(session: Session, actor: Actor, request_id: int, *, answer: str, at: datetime) -> None:
    """Refuse it (不同意延期) with a reason: the due date that holds goes on holding."""
    answer = needed(answer, "answer", NEED_ANSWER)
    with deed(session, _decider(actor), at) as d:
        request, held = _waiting(d, request_id)
        request.decided_at, request.decided_by, request.answer = at, actor.name[:60], answer
        d.record("extension.refused", extension=request.id, **_facts(held))


COLUMNS = {Extended.report: "obligation_id", Extended.milestone: "milestone_id", Extended.task: "task_id"}


def seen(session: Session, actor: Actor, what: Extended, row_id: int, *, lock: bool = False) -> Held:
    """What the actor would ask for, as far as he may see it; `lock` holds it until the deed ends. NotYours."""
    if what is Extended.report:
        return _of_report(session, get_obligation(session, actor, row_id, lock=lock))
    held = _held(session, what, row_id, lock=lock)
    task_id = held.row.task_id if isinstance(held.row, Milestone) else held.row.id
    if not sees_course(session, actor, [task_id]):
        raise NotYours
    return held


def asks_for(session: Session, actor: Actor, held: Held) -> bool:
    """Whether it is the actor's to ask: the unit's that owes it, of milestone and task the lead's too."""
    row = held.row
    if not may(actor, Act.ask_extension) or actor.unit_id is None:
        return False
    if isinstance(row, Task):
        return leads(session, row.id, actor.unit_id)
    if isinstance(row, Milestone):
        return actor.unit_id == row.owner_id or leads(session, row.task_id, actor.unit_id)
    return actor.unit_id == row.unit_id


def _decider(actor: Actor) -> Actor:
    if not may(actor, Act.decide_extension):
        raise Forbidden
    return actor


def _waiting(d: OpenDeed, request_id: int) -> tuple[ExtensionRequest, Held]:
    """A request that is not decided, and what it asks for; both held. Nobody decides on his own."""
    request = d.session.scalars(select(ExtensionRequest).where(
        ExtensionRequest.id == min(request_id, LARGEST_ID)).with_for_update()).one_or_none()
    if request is None:
        raise NotYours
    if request.decided_at is not None:
        raise Refused(DECIDED_BEFORE.format(by=request.decided_by))
    if d.actor.user_id is not None and request.asked_by_id == d.actor.user_id:
        raise Forbidden(OWN_REQUEST)
    what, row_id = subject_of(request)
    return request, _held(d.session, what, row_id, lock=True)


def subject_of(request: ExtensionRequest) -> tuple[Extended, int]:
    """What a request is about, and the id of its row."""
    return next((what, row_id) for what, column in COLUMNS.items()
                if (row_id := getattr(request, column)) is not None)


def _held(session: Session, what: Extended, row_id: int, *, lock: bool) -> Held:
    if what is Extended.report:
        return _of_report(session, _row(session, Obligation, row_id, lock))
    if what is Extended.task:
        task = _row(session, Task, row_id, lock)
        return Held(what, task, task.number, _end_of(task.due_on), None, _ended(task))
    milestone = _row(session, Milestone, row_id, lock)
    task = session.get_one(Task, milestone.task_id)
    counts = milestone.counts_since is not None and milestone.counts_until is None
    why_not = _ended(task) or ("" if counts else NOT_COUNTING) or (DONE if milestone.done_on is not None else "")
    return Held(what, milestone, task.number, _end_of(milestone.due_on), None, why_not, _end_of(task.due_on))


def _row(session: Session, model: type[Row], row_id: int, lock: bool) -> Row:
    query = select(model).where(model.id == min(row_id, LARGEST_ID))
    row = session.scalars(query.with_for_update() if lock else query).one_or_none()
    if row is None:
        raise NotYours
    return row


def _ended(task: Task) -> str:
    return "" if task.state in GOING else TASK_ENDED.format(word=task.state.label)


def _end_of(day: date) -> datetime:
    return shanghai_moment(day + ONE_DAY)


def _of_report(session: Session, row: Obligation) -> Held:
    why_not = ""
    if row.delivered_at is not None:
        why_not = DELIVERED.format(on=date_cn(shanghai_date(row.delivered_at)))
    elif row.state is State.waived:
        why_not = WAIVED
    task = session.get_one(Task, row.task_id) if row.task_id is not None else None
    closes = due_rule(policy_of(session.get_one(Plan, row.plan_id))).time_of_day
    return Held(Extended.report, row, task.number if task else "", row.due_at, closes, why_not)


def _asked_for(held: Held, wish: Wish, reason: str, at: datetime) -> tuple[datetime, str]:
    """The due moment and the reason; Refused with all that is missing at once."""
    wrong: dict[str, str] = {}
    wished_at = held.due_at
    try:
        wished_at = _wished(held, wish, at)
    except Refused as refusal:
        wrong |= refusal.fields
    try:
        reason = needed(reason, sentence=NEED_REASON)
    except Refused as refusal:
        wrong |= refusal.fields
    if wrong:
        raise Refused("还没有申请延期：请补好再交，写的都在。", fields=wrong)
    return wished_at, reason


def _wished(held: Held, wish: Wish, at: datetime) -> datetime:
    try:
        wished_at = wished_due(held.due_at, wish, held.closes, china_calendar())
        wrong = _why_not_until(held, wished_at, at)
    except ValueError as error:
        wrong = str(error)
    if wrong:
        raise Refused(wrong, fields={"until_on": wrong})
    return wished_at


def _why_not_until(held: Held, new_at: datetime, at: datetime) -> str:
    """Also: no milestone ends after its task does (as in a year's plan)."""
    wrong = why_not_until(new_at, held.due_at, held.closes, at)
    if not wrong and held.latest is not None and new_at > held.latest:
        wrong = BEYOND_TASK.format(last=due_words(held.latest, None))
    return wrong


def _extend(d: OpenDeed, held: Held, due_at: datetime, reason: str) -> None:
    """The next due date, on record and in force. A report's version stays: who is writing it meets no conflict."""
    row = held.row
    if isinstance(row, Obligation):
        d.session.execute(update(Obligation).where(Obligation.id == row.id)
                          .values(due_at=due_at, overdue_since=None).execution_options(synchronize_session=False))
        d.session.expire(row)
    else:
        row.due_on = shanghai_date(due_at) - ONE_DAY
    d.session.add(DueDate(**{COLUMNS[held.what]: row.id}, due_at=due_at, recorded_at=d.at, reason=reason,
                          actor_name=d.actor.name[:60]))


def _facts(held: Held) -> dict[str, object]:
    """What the audit trail says it is about."""
    facts: dict[str, object] = {"task": held.task_number or None}
    if held.what is not Extended.task:
        facts[COLUMNS[held.what].removesuffix("_id")] = held.row.id
    return facts
