"""The life of an obligation: every cell of state x deed x role x sign-off, the refused ones too."""
from itertools import product

import pytest

from tests.domain.moments import SECOND, at
from tracker.domain.transitions import (
    NoSuchStep,
    NotAllowed,
    NotNow,
    StepFacts,
    delivers,
    move,
    state_word,
)
from tracker.domain.words import Deed, State, UserRole
from tracker.errors import Forbidden, Refused

DUE = at("2026-10-13 18:00")
EARLY = StepFacts(at=DUE - SECOND, due_at=DUE, decided=False, decided_at=DUE - 2 * SECOND, before=State.signed)
WHO = {
    Deed.save: {UserRole.clerk}, Deed.submit: {UserRole.clerk}, Deed.withdraw: {UserRole.clerk},
    Deed.sign: {UserRole.head}, Deed.send_to_clerk: {UserRole.head},
    Deed.accept: {UserRole.supervisor}, Deed.send_back: {UserRole.supervisor}, Deed.waive: {UserRole.supervisor},
    Deed.undo: {UserRole.supervisor}, Deed.enter_for: {UserRole.supervisor},
    Deed.confirm: {UserRole.clerk, UserRole.head},
}
ALWAYS = {
    ("pending", "save"): "draft", ("pending", "submit"): "submitted", ("pending", "waive"): "waived",
    ("draft", "save"): "draft", ("draft", "submit"): "submitted", ("draft", "waive"): "waived",
    ("submitted", "withdraw"): "draft", ("submitted", "waive"): "waived",
    ("signed", "accept"): "accepted", ("signed", "send_back"): "returned", ("signed", "waive"): "waived",
    ("returned", "save"): "returned", ("returned", "submit"): "submitted", ("returned", "waive"): "waived",
    ("pending", "enter_for"): "signed", ("draft", "enter_for"): "signed", ("returned", "enter_for"): "signed",
    ("signed", "confirm"): "signed", ("accepted", "confirm"): "accepted",
    ("accepted", "undo"): "signed", ("returned", "undo"): "signed", ("waived", "undo"): "signed",
}
WITHOUT_SIGN_OFF = ALWAYS | {("submitted", "accept"): "accepted", ("submitted", "send_back"): "returned"}
WITH_SIGN_OFF = ALWAYS | {("submitted", "sign"): "signed", ("submitted", "send_to_clerk"): "draft"}


@pytest.mark.parametrize("sign_off", [False, True])
@pytest.mark.parametrize(("state", "deed"), list(product(State, Deed)))
def test_every_cell_of_the_table(state, deed, sign_off):
    after = (WITH_SIGN_OFF if sign_off else WITHOUT_SIGN_OFF).get((state.value, deed.value))
    for role in UserRole:
        roles = frozenset({role})
        if role not in WHO[deed]:
            with pytest.raises(NotAllowed):
                move(state, deed, roles, sign_off, EARLY)
        elif after is None:
            with pytest.raises(NoSuchStep):
                move(state, deed, roles, sign_off, EARLY)
        else:
            assert move(state, deed, roles, sign_off, EARLY) is State(after)


def test_the_right_role_among_several_is_enough():
    assert move(State.pending, Deed.submit, frozenset({UserRole.head, UserRole.clerk}), False) is State.submitted


@pytest.mark.parametrize("deed", Deed)
def test_without_any_role_nothing_can_be_done(deed):
    with pytest.raises(NotAllowed):
        move(State.pending, deed, frozenset(), False, EARLY)


@pytest.mark.parametrize("sign_off", [False, True])
@pytest.mark.parametrize(("facts", "sentence"), [
    pytest.param(StepFacts(DUE, DUE, False), "应报时限已过", id="on the stroke"),
    pytest.param(StepFacts(DUE + SECOND, DUE, False), "应报时限已过", id="after"),
    pytest.param(StepFacts(DUE - SECOND, DUE, True), "已有签发或审核意见", id="decided"),
])
def test_withdrawing_ends_with_the_due_moment_and_with_the_first_decision(facts, sentence, sign_off):
    with pytest.raises(NotNow) as refused:
        move(State.submitted, Deed.withdraw, frozenset({UserRole.clerk}), sign_off, facts)
    assert str(refused.value) == f"{sentence}，不能直接撤回；要改请联系督查室退回。"


@pytest.mark.parametrize("before", [State.pending, State.draft, State.submitted, State.signed, State.returned])
def test_undoing_leads_back_to_where_it_was(before):
    facts = StepFacts(DUE, DUE, True, decided_at=DUE - 600 * SECOND, before=before)
    assert move(State.waived, Deed.undo, frozenset({UserRole.supervisor}), False, facts) is before


@pytest.mark.parametrize("facts", [
    pytest.param(StepFacts(DUE, DUE, True, decided_at=DUE - 601 * SECOND, before=State.signed), id="10 minutes over"),
    pytest.param(StepFacts(DUE, DUE, True), id="the last step is not the office's"),
])
@pytest.mark.parametrize("state", [State.accepted, State.returned, State.waived])
def test_what_is_over_is_not_undone(state, facts):
    with pytest.raises(NotNow, match="已过10分钟，不能撤销"):
        move(state, Deed.undo, frozenset({UserRole.supervisor}), False, facts)


def test_a_resubmission_that_the_head_gives_back_is_a_returned_one_again():
    again = StepFacts(DUE, DUE, True, resubmitting=True)
    head = frozenset({UserRole.head})
    assert move(State.submitted, Deed.send_to_clerk, head, True, again) is State.returned
    assert move(State.submitted, Deed.send_to_clerk, head, True, EARLY) is State.draft


def test_a_guard_is_never_passed_by_leaving_out_its_facts():
    with pytest.raises(ValueError, match="needs its facts"):
        move(State.submitted, Deed.withdraw, frozenset({UserRole.clerk}), False)


@pytest.mark.parametrize(("deed", "delivering", "delivering_with_sign_off"), [
    (Deed.save, False, False), (Deed.submit, True, False), (Deed.withdraw, False, False), (Deed.sign, False, True),
    (Deed.send_to_clerk, False, False), (Deed.accept, False, False), (Deed.send_back, False, False),
    (Deed.waive, False, False), (Deed.undo, False, False), (Deed.confirm, False, False),
    (Deed.enter_for, True, True),
])
def test_what_delivers(deed, delivering, delivering_with_sign_off):
    assert delivers(deed, sign_off=False) is delivering
    assert delivers(deed, sign_off=True) is delivering_with_sign_off


@pytest.mark.parametrize(("state", "word", "word_with_sign_off"), [
    (State.pending, "待填报", "待填报"), (State.draft, "草稿", "草稿"), (State.submitted, "待审核", "待审签"),
    (State.signed, "待审核", "待审核"), (State.accepted, "已通过", "已通过"), (State.returned, "已退回", "已退回"),
    (State.waived, "免报", "免报"),
])
def test_the_word_of_a_state(state, word, word_with_sign_off):
    assert state_word(state, sign_off=False) == word
    assert state_word(state, sign_off=True) == word_with_sign_off


def test_a_refusal_says_what_is_so_what_is_kept_and_what_to_do():
    with pytest.raises(NoSuchStep) as refused:
        move(State.submitted, Deed.save, frozenset({UserRole.clerk}), False)
    assert str(refused.value) == (
        "这一件现在是“待审核”，不能存草稿，没有改动任何内容。要改先撤回；应报时限过后请联系督查室退回。")
    assert (refused.value.state, refused.value.deed, refused.value.status) == (State.submitted, Deed.save, 422)
    assert isinstance(refused.value, Refused)


def test_a_role_refused_is_told_whose_step_it_is():
    with pytest.raises(NotAllowed) as refused:
        move(State.submitted, Deed.accept, frozenset({UserRole.clerk}), False)
    assert str(refused.value) == "“通过”由督查员办理，没有改动任何内容。"
    assert (refused.value.deed, refused.value.needs) == (Deed.accept, frozenset({UserRole.supervisor}))
    assert isinstance(refused.value, Forbidden)


@pytest.mark.parametrize(("state", "advice"), [
    (State.pending, "请等单位报出。"), (State.draft, "请等单位报出。"), (State.signed, "要改请联系督查室退回。"),
    (State.accepted, "要改请联系督查室。"), (State.returned, "请等单位改好重报。"), (State.waived, "本期不用报。"),
])
def test_each_state_has_its_advice(state, advice):
    deed, role = (Deed.withdraw, UserRole.clerk) if state is not State.returned else (Deed.accept, UserRole.supervisor)
    with pytest.raises(NoSuchStep) as refused:
        move(state, deed, frozenset({role}), False, EARLY)
    assert str(refused.value).endswith(advice)
