"""The life of a task (任务的办理过程): one table of state and deed, who may, and what comes next.

What a step does to the reports still owed stands beside it. Source: DESIGN section 5.
"""
from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from tracker.domain.words import TaskDeed, TaskState, UserRole
from tracker.errors import Forbidden, Refused


class Effect(StrEnum):
    """What becomes of the reports (应报事项) of the task that nothing was delivered on."""

    none = ""
    waive = "未报的一律免报，此后不再开新的"
    owe_again = "时限未到的恢复为待填报，此后照常开新的"


@dataclass(frozen=True)
class Step:
    """One cell of the table."""

    role: UserRole
    to: TaskState
    effect: Effect = Effect.none


_CLERK, _OFFICE = UserRole.clerk, UserRole.supervisor
_ASKED, _GOING, _CLOSED = TaskState.completion_requested, TaskState.in_progress, TaskState.closed
_SUSPENDED, _CANCELLED, _NEW = TaskState.suspended, TaskState.cancelled, TaskState.not_started

TABLE: dict[tuple[TaskState, TaskDeed], Step] = {
    (_NEW, TaskDeed.ask_closing): Step(_CLERK, _ASKED),
    (_GOING, TaskDeed.ask_closing): Step(_CLERK, _ASKED),
    (_ASKED, TaskDeed.refuse_closing): Step(_OFFICE, _GOING),
    (_ASKED, TaskDeed.close): Step(_OFFICE, _CLOSED, Effect.waive),
    (_CLOSED, TaskDeed.reopen): Step(_OFFICE, _GOING, Effect.owe_again),
    (_CANCELLED, TaskDeed.reopen): Step(_OFFICE, _GOING, Effect.owe_again),
    (_NEW, TaskDeed.suspend): Step(_OFFICE, _SUSPENDED, Effect.waive),
    (_GOING, TaskDeed.suspend): Step(_OFFICE, _SUSPENDED, Effect.waive),
    (_SUSPENDED, TaskDeed.resume): Step(_OFFICE, _GOING, Effect.owe_again),
    (_NEW, TaskDeed.cancel): Step(_OFFICE, _CANCELLED, Effect.waive),
    (_GOING, TaskDeed.cancel): Step(_OFFICE, _CANCELLED, Effect.waive),
    (_SUSPENDED, TaskDeed.cancel): Step(_OFFICE, _CANCELLED, Effect.waive),
}

WHO: dict[TaskDeed, UserRole] = {deed: step.role for (_, deed), step in TABLE.items()}
ADVICE: dict[TaskState, str] = {
    _NEW: "", _GOING: "", _ASKED: "请先销号或不予办结。", _CLOSED: "要接着办，请先重新启动。",
    _SUSPENDED: "要接着办，请先恢复办理。", _CANCELLED: "要接着办，请先重新启动。",
}


def task_step(state: TaskState, deed: TaskDeed, roles: frozenset[UserRole]) -> Step:
    """The cell, or the sentence why there is none. Raises Forbidden (another role's), Refused (not in this state)."""
    if WHO[deed] not in roles:
        raise Forbidden(f"“{deed.label}”由{WHO[deed].label}办理，没有改动任何内容。")
    step = TABLE.get((state, deed))
    if step is None:
        raise Refused(f"这项任务现在是“{state.label}”，不能{deed.label}，没有改动任何内容。{ADVICE[state]}")
    return step


def task_transition_table() -> str:
    """docs/task-transitions.md: every step of TABLE."""
    lines = [TABLE_HEAD, "| 状态 | 动作 | 谁办 | 变为 | 应报事项 |", "|---|---|---|---|---|"]
    lines += [f"| {state.label} `{state}` | {deed.label} `{deed}` | {step.role.label} | {step.to.label} `{step.to}` | "
              f"{step.effect.value or '—'} |" for (state, deed), step in TABLE.items()]
    return "\n".join([*lines, ""])


TABLE_HEAD = """\
# 任务的办理过程

任务按下表一步一步办，每一步都写明理由；表里没有的一步，一律不办，也不改动任何内容。
申请办结由牵头单位提出，附逐条举措的说明和佐证，督查室逐条核对后销号（优、良、合格、不合格）或不予办结。
配合单位做完自己的部分可以部门办结，任务不受影响。已报出的报告、已有的时限和办理经过都不动。

本表由 `tracker.domain.task_transitions.task_transition_table()` 生成，测试核对两者一致。
"""
