"""One step in the life of a task (任务办理一步), and what it does to the reports still owed on it.

The table stands in domain/task_transitions.py; here it meets the rows.
"""
from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import Session

from tracker.domain.actors import Actor
from tracker.domain.report_text import REASON_LIMIT_CHARS, clean
from tracker.domain.task_transitions import Effect, Step, task_step
from tracker.domain.words import Deed, State, TaskDeed
from tracker.errors import Conflict, NotYours, Refused
from tracker.models import Decision, Obligation, Plan, Task
from tracker.services.access import LARGEST_ID
from tracker.services.deed import OpenDeed
from tracker.services.periods import open_current
from tracker.services.versions import last_version

OVERTAKEN = "这项任务刚才有人办过或改过，没有覆盖。请看过最新情况再办。"
NEED_REASON = "请写明理由，会记入办理经过"
TOO_LONG = "写了{written:,}字，最多{limit:,}字，请压缩"
BECAUSE = {TaskDeed.close: "任务已销号", TaskDeed.suspend: "任务暂缓", TaskDeed.cancel: "任务取消",
           TaskDeed.reopen: "任务重新启动", TaskDeed.resume: "任务恢复办理"}


@dataclass(frozen=True)
class Consequence:
    """What a step would do to the reports owed, for the page that asks: how many are waived, or owed again."""

    waived: int = 0
    owed_again: int = 0


def locked_task(session: Session, task_id: int, version: int) -> Task:
    """Within a deed: the task, held until its end. NotYours, Conflict."""
    task = session.scalars(select(Task).where(Task.id == min(task_id, LARGEST_ID)).with_for_update()).one_or_none()
    if task is None:
        raise NotYours
    if task.version != version:
        raise Conflict(OVERTAKEN)
    return task


def take_task_step(d: OpenDeed, task: Task, deed: TaskDeed, reason: str) -> int:
    """Within a deed: move the task on, with its Decision and its effect. Returns how many reports it waived or revived.

    Raises Forbidden, Refused with their sentences.
    """
    step = task_step(task.state, deed, d.actor.roles)
    d.session.add(Decision(task_id=task.id, deed=deed, from_state=task.state, to_state=step.to, at=d.at,
                           actor_id=d.actor.user_id, actor_name=d.actor.name, reason=reason))
    task.state = step.to
    d.session.flush()           # the next reads the task's state
    return _effect(d, task, deed, step)


def consequence(session: Session, task: Task, deed: TaskDeed, actor: Actor, at: datetime) -> Consequence:
    """What `take_task_step` would do to the reports owed now. Raises as it does."""
    effect = task_step(task.state, deed, actor.roles).effect
    if effect is Effect.waive:
        return Consequence(waived=len(session.scalars(_open(Obligation.task_id == task.id)).all()))
    if effect is Effect.owe_again:
        return Consequence(owed_again=len(_revivable(session, task, at)))
    return Consequence()


def waive_open(d: OpenDeed, which: ColumnElement[bool], reason: str) -> int:
    """Within a deed: waive (免报) what is owed and nothing was delivered on. Returns how many."""
    owed = d.session.scalars(_open(which).with_for_update(of=Obligation)).all()
    for obligation in owed:
        take_back_unsigned(d, obligation)
        _step(d, obligation, Deed.waive, State.waived, reason)
    return len(owed)


def take_back_unsigned(d: OpenDeed, obligation: Obligation) -> None:
    """Within a deed: what waits for the head's signature never goes out; its text stays as the draft."""
    if obligation.to_sign:
        last_version(d.session, obligation.id).withdrawn_at = d.at
        obligation.to_sign = False


def needed(words: str, name: str = "reason", sentence: str = NEED_REASON) -> str:
    """Words that a step must carry, cleaned. Refused at the field where there are none, or too many."""
    words = clean(words)
    wrong = "" if words else sentence
    if len(words) > REASON_LIMIT_CHARS:
        wrong = TOO_LONG.format(written=len(words), limit=REASON_LIMIT_CHARS)
    if wrong:
        raise Refused(wrong, fields={name: wrong})
    return words


def _effect(d: OpenDeed, task: Task, deed: TaskDeed, step: Step) -> int:
    if step.effect is Effect.waive:
        return waive_open(d, Obligation.task_id == task.id, BECAUSE[deed])
    if step.effect is Effect.owe_again:
        revived = _revivable(d.session, task, d.at)
        for obligation, before in revived:
            _step(d, obligation, Deed.undo, before, BECAUSE[deed])
        d.session.flush()       # the next counts who owes already
        return len(revived) + open_current(d, d.session.get_one(Plan, task.plan_id).id)
    return 0


def _open(which: ColumnElement[bool]) -> Select[Obligation]:
    return (select(Obligation).where(which, Obligation.delivered_at.is_(None), Obligation.state != State.waived)
            .order_by(Obligation.id))


def _revivable(session: Session, task: Task, at: datetime) -> list[tuple[Obligation, State]]:
    """What a step on the task waived, whose due moment is still to come: it is owed again, where it stood."""
    reasons = {BECAUSE[deed] for deed in (TaskDeed.close, TaskDeed.suspend, TaskDeed.cancel)}
    waived = session.scalars(select(Obligation).where(
        Obligation.task_id == task.id, Obligation.state == State.waived, Obligation.delivered_at.is_(None),
        Obligation.due_at > at).order_by(Obligation.id)).all()
    steps = session.scalars(select(Decision).where(Decision.obligation_id.in_([one.id for one in waived]))
                            .order_by(Decision.id)).all()
    last = {step.obligation_id: step for step in steps}
    return [(one, _before(step)) for one in waived if (step := last.get(one.id)) and step.reason in reasons]


def _before(step: Decision) -> State:
    """Where a report goes back to: what waited for the head is a draft again."""
    state = State(step.from_state)
    return State.draft if state is State.submitted else state


def _step(d: OpenDeed, obligation: Obligation, deed: Deed, to: State, reason: str) -> None:
    d.session.add(Decision(obligation_id=obligation.id, deed=deed, from_state=obligation.state, to_state=to, at=d.at,
                           actor_id=d.actor.user_id, actor_name=d.actor.name, reason=reason))
    obligation.state = to
