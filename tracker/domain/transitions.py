"""The life of an obligation (应报事项的办理过程): one table of state and deed, who may, and what comes next.

Without sign-off, submitting delivers; with it, signing does. Source: DESIGN sections 4 and 11.
"""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from tracker.domain.words import Deed, State, UserRole
from tracker.errors import Forbidden, Refused


class NotAllowed(Forbidden):
    """The deed is never done by these roles. `deed` names it, `needs` who does it."""

    def __init__(self, deed: Deed, needs: frozenset[UserRole]) -> None:
        self.deed, self.needs = deed, needs
        who = "、".join(sorted(role.label for role in needs))
        super().__init__(f"“{deed.label}”由{who}办理，没有改动任何内容。")


class NoSuchStep(Refused):
    """The deed does not follow on this state."""

    def __init__(self, state: State, deed: Deed, sign_off: bool) -> None:
        self.state, self.deed = state, deed
        so = f"这一件现在是“{state_word(state, sign_off)}”，不能{deed.label}"
        super().__init__(f"{so}，没有改动任何内容。{WHAT_TO_DO[state]}")


class NotNow(Refused):
    """The step exists, but its guard does not let it pass any more."""


UNDO_MINUTES = 10
MOVED = "责任已移交"       # begins the reason of what was waived because another unit owes it now: no sheet shows it
# How the reasons begin of what followed on something else, of the task or the units: never undone by itself.
BY_THE_COURSE = ("任务已销号", "任务暂缓", "任务取消", "任务重新启动", "任务恢复办理", "部门办结", MOVED,
                 "责任移交回来")


@dataclass(frozen=True)
class StepFacts:
    """What guards look at. `decided`: a signature or a decision of the office already stands.

    `decided_at`, `before`: when the office's last decision was taken, and the state that it was taken in (撤销).
    """

    at: datetime
    due_at: datetime
    decided: bool
    decided_at: datetime | None = None
    before: State | None = None
    resubmitting: bool = False          # 退回重报: sent back, and nothing delivered since


@dataclass(frozen=True)
class Guard:
    """A condition beyond state and role: in words for the docs, and the check, which raises NotNow."""

    words: str
    check: Callable[[StepFacts], None]


def _still_withdrawable(facts: StepFacts) -> None:
    if facts.decided:
        raise NotNow("已有签发或审核意见，不能直接撤回；要改请联系督查室退回。")
    if facts.at >= facts.due_at:
        raise NotNow("应报时限已过，不能直接撤回；要改请联系督查室退回。")


def _still_undoable(facts: StepFacts) -> None:
    in_time = facts.decided_at is not None and facts.at <= facts.decided_at + timedelta(minutes=UNDO_MINUTES)
    if facts.before is None or not in_time:
        raise NotNow(f"已过{UNDO_MINUTES}分钟，不能撤销。没有改动任何内容；要改请与单位联系后另行办理。")


@dataclass(frozen=True)
class Step:
    """One cell of the table. `sign_off` None: with and without sign-off alike. `to` None: back to where it was before.

    `again`: where it leads instead while it is a resubmission (退回重报).
    """

    roles: frozenset[UserRole]
    to: State | None
    sign_off: bool | None = None
    guard: Guard | None = None
    again: State | None = None


WITHDRAWABLE = Guard("应报时限之前，且没有签发或审核意见", _still_withdrawable)
UNDOABLE = Guard(f"督查室的决定作出{UNDO_MINUTES}分钟内，单位还没有接着办", _still_undoable)
CLERK, HEAD, OFFICE = (frozenset({role}) for role in (UserRole.clerk, UserRole.head, UserRole.supervisor))
UNIT = CLERK | HEAD

TABLE: dict[tuple[State, Deed], Step] = {
    (State.pending, Deed.save): Step(CLERK, State.draft),
    (State.pending, Deed.submit): Step(CLERK, State.submitted),
    (State.pending, Deed.enter_for): Step(OFFICE, State.signed),
    (State.pending, Deed.waive): Step(OFFICE, State.waived),
    (State.draft, Deed.save): Step(CLERK, State.draft),
    (State.draft, Deed.submit): Step(CLERK, State.submitted),
    (State.draft, Deed.enter_for): Step(OFFICE, State.signed),
    (State.draft, Deed.waive): Step(OFFICE, State.waived),
    (State.submitted, Deed.withdraw): Step(CLERK, State.draft, guard=WITHDRAWABLE),
    (State.submitted, Deed.sign): Step(HEAD, State.signed, sign_off=True),
    (State.submitted, Deed.send_to_clerk): Step(HEAD, State.draft, sign_off=True, again=State.returned),
    (State.submitted, Deed.accept): Step(OFFICE, State.accepted, sign_off=False),
    (State.submitted, Deed.send_back): Step(OFFICE, State.returned, sign_off=False),
    (State.submitted, Deed.waive): Step(OFFICE, State.waived),
    (State.signed, Deed.accept): Step(OFFICE, State.accepted),
    (State.signed, Deed.send_back): Step(OFFICE, State.returned),
    (State.signed, Deed.waive): Step(OFFICE, State.waived),
    (State.signed, Deed.confirm): Step(UNIT, State.signed),
    (State.accepted, Deed.confirm): Step(UNIT, State.accepted),
    (State.accepted, Deed.undo): Step(OFFICE, None, guard=UNDOABLE),
    (State.returned, Deed.save): Step(CLERK, State.returned),      # the lamp stays 待重报 while it is rewritten
    (State.returned, Deed.submit): Step(CLERK, State.submitted),
    (State.returned, Deed.enter_for): Step(OFFICE, State.signed),
    (State.returned, Deed.waive): Step(OFFICE, State.waived),
    (State.returned, Deed.undo): Step(OFFICE, None, guard=UNDOABLE),
    (State.waived, Deed.undo): Step(OFFICE, None, guard=UNDOABLE),
}

WHO: dict[Deed, frozenset[UserRole]] = {
    deed: frozenset().union(*(step.roles for (_, done), step in TABLE.items() if done is deed)) for deed in Deed}

WHAT_TO_DO: dict[State, str] = {
    State.pending: "请等单位报出。",
    State.draft: "请等单位报出。",
    State.submitted: "要改先撤回；应报时限过后请联系督查室退回。",
    State.signed: "要改请联系督查室退回。",
    State.accepted: "要改请联系督查室。",
    State.returned: "请等单位改好重报。",
    State.waived: "本期不用报。",
}


def move(state: State, deed: Deed, roles: frozenset[UserRole], sign_off: bool, facts: StepFacts | None = None) -> State:
    """The state after the deed. Raises NotAllowed, NoSuchStep or NotNow, each with its sentence.

    `facts` must be given for a step that has a guard (撤回, 撤销). `sign_off`: whether what is submitted now waits for
    the head's signature.
    """
    if roles.isdisjoint(WHO[deed]):
        raise NotAllowed(deed, WHO[deed])
    step = TABLE.get((state, deed))
    if step is None or step.sign_off not in (None, sign_off):
        raise NoSuchStep(state, deed, sign_off)
    if step.guard is not None:
        if facts is None:
            raise ValueError(f"{deed} has a guard and needs its facts")
        step.guard.check(facts)
    if step.again is not None and facts is not None and facts.resubmitting:
        return step.again
    if step.to is not None:
        return step.to
    if facts is None or facts.before is None:
        raise ValueError(f"{deed} leads back: its facts must say where to")
    return facts.before


def delivers(deed: Deed, sign_off: bool) -> bool:
    """True for the deed that makes a report count as delivered (报出): submitting, or signing where sign-off is on.

    代填 delivers either way: the unit has already answered.
    """
    return deed is Deed.enter_for or deed is (Deed.sign if sign_off else Deed.submit)


def state_word(state: State, sign_off: bool) -> str:
    """待填报, 草稿, 待审签, 待审核, 已通过, 已退回, 免报. Without sign-off `submitted` already waits for the office."""
    return "待审签" if state is State.submitted and sign_off else state.label


def transition_table() -> str:
    """docs/transitions.md: every step of TABLE, without sign-off and with it."""
    return "\n".join([TABLE_HEAD, "## 不审签（单位没有审签人账号，或关掉审签）", "", *_table_lines(False),
                      "", "## 审签", "", *_table_lines(True), ""])


def _table_lines(sign_off: bool) -> list[str]:
    lines = ["| 状态 | 动作 | 谁办 | 变为 | 条件 | 是否报出 |", "|---|---|---|---|---|---|"]
    for (state, deed), step in TABLE.items():
        if step.sign_off in (None, sign_off):
            who = "、".join(sorted(role.label for role in step.roles))
            lines.append(f"| {state_word(state, sign_off)} `{state}` | {deed.label} `{deed}` | {who} | "
                         f"{_to_words(step, sign_off)} | {step.guard.words if step.guard else '—'} | "
                         f"{'报出' if delivers(deed, sign_off) else '—'} |")
    return lines


def _to_words(step: Step, sign_off: bool) -> str:
    if step.to is None:
        return "办理前的状态"
    again = f"；重报的回到{step.again.label} `{step.again}`" if step.again is not None else ""
    return f"{state_word(step.to, sign_off)} `{step.to}`{again}"


TABLE_HEAD = """\
# 应报事项的办理过程

每一件应报事项按下表一步一步办；表里没有的一步，一律不办，也不改动任何内容。
“报出”的时刻与应报时限相比，决定按时还是迟报，此后不再变；退回重报另计时限，不改变首次报出是否按时。
退回的，改写和存草稿期间仍是“已退回”，重报后才变。

本表由 `tracker.domain.transitions.transition_table()` 生成，测试核对两者一致。
"""
