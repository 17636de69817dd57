"""The life of a task: every cell of state x deed x role, the refused ones too."""
from itertools import product

import pytest

from tracker.domain.task_transitions import Effect, task_step
from tracker.domain.words import TaskDeed, TaskState, UserRole
from tracker.errors import Forbidden, Refused

WHO = {TaskDeed.ask_closing: UserRole.clerk} | {
    deed: UserRole.supervisor for deed in TaskDeed if deed is not TaskDeed.ask_closing}
CELLS = {
    ("not_started", "ask_closing"): ("completion_requested", Effect.none),
    ("in_progress", "ask_closing"): ("completion_requested", Effect.none),
    ("completion_requested", "refuse_closing"): ("in_progress", Effect.none),
    ("completion_requested", "close"): ("closed", Effect.waive),
    ("closed", "reopen"): ("in_progress", Effect.owe_again),
    ("cancelled", "reopen"): ("in_progress", Effect.owe_again),
    ("not_started", "suspend"): ("suspended", Effect.waive),
    ("in_progress", "suspend"): ("suspended", Effect.waive),
    ("suspended", "resume"): ("in_progress", Effect.owe_again),
    ("not_started", "cancel"): ("cancelled", Effect.waive),
    ("in_progress", "cancel"): ("cancelled", Effect.waive),
    ("suspended", "cancel"): ("cancelled", Effect.waive),
}


@pytest.mark.parametrize(("state", "deed"), list(product(TaskState, TaskDeed)))
def test_every_cell_of_the_table(state, deed):
    cell = CELLS.get((state.value, deed.value))
    for role in UserRole:
        if role is not WHO[deed]:
            with pytest.raises(Forbidden, match=f"“{deed.label}”由{WHO[deed].label}办理"):
                task_step(state, deed, frozenset({role}))
        elif cell is None:
            with pytest.raises(Refused, match=f"这项任务现在是“{state.label}”，不能{deed.label}，没有改动任何内容"):
                task_step(state, deed, frozenset({role}))
        else:
            step = task_step(state, deed, frozenset({role}))
            assert (step.to.value, step.effect) == cell


def test_the_right_role_among_several_is_enough():
    roles = frozenset({UserRole.clerk, UserRole.head})
    assert task_step(TaskState.in_progress, TaskDeed.ask_closing, roles).to is TaskState.completion_requested
