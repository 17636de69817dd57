"""What the supervision office decides: accept, return, waive (DESIGN sections 4 and 11)."""
from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.factories import actor_of, make_actor, make_obligation, make_text, make_unit, make_user, moment
from tracker.domain.words import Rating, Role, State, UserRole
from tracker.errors import Conflict, Forbidden, NotYours, Refused
from tracker.models import AuditEvent, Decision, Obligation, Unit, UserRoleGrant
from tracker.services.reporting import submit_report, withdraw_report
from tracker.services.reviewing import accept_all, accept_report, send_back, undo_decision, waive_report

AT = moment("2026-10-12 09:30")


def desk_of(session: Session, role: Role = Role.lead) -> SimpleNamespace:
    unit = make_unit(session)
    row = make_obligation(session, unit=unit, role=role)
    user = make_user(session, unit=unit)
    desk = SimpleNamespace(session=session, id=row.id, row=row, user=user, clerk=actor_of(session, user),
                           office=make_actor(session))
    submit_report(session, desk.clerk, row.id, text=make_text(), version=1, request_key="k1", at=AT)
    return desk


@pytest.fixture
def desk(session: Session) -> SimpleNamespace:
    """州科技局's lead report, handed in with 自评 达序时."""
    return desk_of(session)


@pytest.fixture
def part(session: Session) -> SimpleNamespace:
    """A co-unit's part, handed in."""
    return desk_of(session, Role.co)


def accept(desk, judged=Rating.on_track, reason="", *, actor=None, version=None):
    return accept_report(desk.session, actor or desk.office, desk.id, judged=judged, reason=reason,
                         version=version or desk.row.version, at=AT)


def return_it(desk, reason="请补充金额", *, at=AT, actor=None):
    return send_back(desk.session, actor or desk.office, desk.id, reason=reason, version=desk.row.version, at=at)


def waive(desk, reason="任务已部门办结", *, actor=None):
    return waive_report(desk.session, actor or desk.office, desk.id, reason=reason, version=desk.row.version, at=AT)


def last_step(desk):
    return desk.session.scalars(select(Decision).order_by(Decision.id.desc()).limit(1)).one()


def last_action(desk):
    return desk.session.scalars(select(AuditEvent.action).order_by(AuditEvent.id.desc()).limit(1)).one()


def test_accepting_keeps_the_judgement_beside_the_self_rating(desk):
    accept(desk)
    row, step = desk.session.get_one(Obligation, desk.id), last_step(desk)
    assert (row.state, row.judged) == (State.accepted, Rating.on_track)
    assert (step.judged, step.version_number, step.actor_name) == (Rating.on_track, 1, "督查员")
    assert last_action(desk) == "report.accepted"


def test_another_judgement_than_the_self_rating_needs_a_reason(desk):
    with pytest.raises(Refused) as refused:
        accept(desk, Rating.behind)
    assert refused.value.fields == {"reason": "认定与自评（达序时）不同，请写明理由"}
    accept(desk, Rating.behind, "资金下达不足两成")
    assert (last_step(desk).judged, last_step(desk).reason) == (Rating.behind, "资金下达不足两成")


def test_a_lead_report_is_not_accepted_without_a_judgement(desk):
    with pytest.raises(Refused, match="请给出认定"):
        accept(desk, None)


def test_a_part_gets_no_judgement(part):
    with pytest.raises(Refused, match="只有牵头件才作认定"):
        accept(part)
    assert accept(part, None).state is State.accepted
    assert part.session.get_one(Obligation, part.id).judged is None


@pytest.mark.parametrize(("at", "due"), [
    pytest.param("2026-10-12 09:30", "2026-10-14 18:00", id="two working days after a Monday"),
    pytest.param("2026-10-09 17:59", "2026-10-12 18:00", id="the make-up Saturday counts"),
    pytest.param("2026-09-30 10:00", "2026-10-09 18:00", id="the national holiday does not"),
    pytest.param("2026-10-15 23:30", "2026-10-19 18:00", id="the day is Shanghai's"),
])
def test_a_return_starts_a_second_clock_of_two_working_days(desk, at, due):
    return_it(desk, at=moment(at))
    row, step = desk.session.get_one(Obligation, desk.id), last_step(desk)
    assert (row.state, row.resubmit_due_at, step.resubmit_due_at) == (State.returned, moment(due), moment(due))
    assert (row.delivered_at, row.on_time) == (AT, True)
    assert (step.reason, step.version_number, last_action(desk)) == ("请补充金额", 1, "report.returned")


@pytest.mark.parametrize("reason", ["", " \n　", "\x00"])
def test_a_return_and_a_waiver_need_a_reason(desk, reason):
    with pytest.raises(Refused) as returned:
        return_it(desk, reason)
    assert returned.value.fields == {"reason": "请写明退回理由，对方会照着改"}
    with pytest.raises(Refused) as waived:
        waive(desk, reason)
    assert waived.value.fields == {"reason": "请写明免报理由，会记入台账"}
    assert desk.session.get_one(Obligation, desk.id).state is State.submitted


def test_a_reason_has_its_limit(desk):
    with pytest.raises(Refused, match="理由写了1,001字，最多1,000字"):
        return_it(desk, "长" * 1001)


def test_a_report_not_yet_handed_in_can_be_waived_and_not_accepted(session):
    row = make_obligation(session)
    desk = SimpleNamespace(session=session, id=row.id, row=row, office=make_actor(session))
    with pytest.raises(Refused, match="这一件现在是“待填报”，不能通过"):
        accept(desk)
    assert waive(desk).state is State.waived
    assert (last_step(desk).reason, last_action(desk)) == ("任务已部门办结", "report.waived")


def test_of_two_reviewers_the_second_is_told(desk):
    seen = desk.row.version
    return_it(desk)
    with pytest.raises(Conflict, match="督查员 今天 09:30 已办理这一件（退回）") as told:
        accept(desk, version=seen)
    assert (told.value.by, told.value.at) == ("督查员", AT)


@pytest.mark.parametrize("act", [accept, return_it, waive])
def test_only_the_office_decides(desk, act):
    for actor in (desk.clerk, make_actor(desk.session, UserRole.leader)):
        with pytest.raises(Forbidden, match="由督查员办理，没有改动任何内容"):
            act(desk, actor=actor)
    with pytest.raises(NotYours):
        act(desk, actor=make_actor(desk.session, UserRole.admin))
    assert desk.session.get_one(Obligation, desk.id).state is State.submitted


@pytest.mark.parametrize("act", [accept, return_it])
def test_nobody_decides_on_what_he_handed_in_himself(desk, act):
    desk.session.add(UserRoleGrant(user_id=desk.user.id, apart=False, role=UserRole.supervisor))
    desk.session.commit()
    both = actor_of(desk.session, desk.user)
    with pytest.raises(Forbidden, match="这份报告是您自己提交、审签或代填的，不能由您审核"):
        act(desk, actor=both)


def undo(desk, *, at=AT, actor=None):
    return undo_decision(desk.session, actor or desk.office, desk.id, version=desk.row.version, at=at)


@pytest.mark.parametrize("decide", [accept, return_it, waive])
def test_the_office_takes_its_decision_back_within_ten_minutes(desk, decide):
    decide(desk)
    row = undo(desk, at=AT + timedelta(minutes=10))
    assert (row.state, row.judged, row.resubmit_due_at, row.delivered_at) == (State.submitted, None, None, AT)
    assert (last_step(desk).deed, last_action(desk)) == ("undo", "report.decision_undone")
    return_it(desk)


@pytest.mark.parametrize("decide", [accept, return_it, waive])
def test_after_ten_minutes_a_decision_stands(desk, decide):
    decide(desk)
    with pytest.raises(Refused, match="已过10分钟，不能撤销"):
        undo(desk, at=AT + timedelta(minutes=10, seconds=1))


def test_a_return_that_the_unit_has_answered_is_not_undone(desk):
    return_it(desk)
    submit_report(desk.session, desk.clerk, desk.id, text=make_text("已补充"), version=desk.row.version,
                  request_key="k2", at=AT)
    with pytest.raises(Refused, match="不能撤销"):
        undo(desk)


def test_a_waiver_of_a_returned_one_undone_lets_its_second_clock_run_on(desk):
    return_it(desk)
    due = desk.row.resubmit_due_at
    waive(desk)
    assert (undo(desk).state, desk.row.resubmit_due_at) == (State.returned, due)


def test_a_report_may_be_withdrawn_again_once_the_decision_on_it_was_undone(desk):
    return_it(desk)
    undo(desk)
    assert withdraw_report(desk.session, desk.clerk, desk.id, version=desk.row.version, at=AT).state is State.draft


def test_only_the_office_undoes(desk):
    accept(desk)
    with pytest.raises(Forbidden, match="“撤销”由督查员办理"):
        undo(desk, actor=desk.clerk)


def handed_in(desk, number: str, text=None):
    """Another unit's report: (id, version)."""
    row = make_obligation(desk.session, unit=make_unit(desk.session, name=f"示例单位{number}"), role=Role.lead)
    clerk = make_actor(desk.session, unit=desk.session.get_one(Unit, row.unit_id))
    submit_report(desk.session, clerk, row.id, text=text or make_text(), version=1, request_key="k", at=AT)
    return row.id, row.version


def states(desk):
    return {row.id: row.state for row in desk.session.scalars(select(Obligation))}


def test_several_without_a_warning_are_accepted_at_once_the_lead_by_its_own_rating(desk):
    items = [(desk.id, desk.row.version), handed_in(desk, "2"), handed_in(desk, "3")]
    assert accept_all(desk.session, desk.office, items, at=AT) == 3
    assert set(states(desk).values()) == {State.accepted}
    assert desk.session.get_one(Obligation, desk.id).judged is Rating.on_track


def test_one_with_a_warning_stops_them_all_and_is_named(desk):
    items = [(desk.id, desk.row.version), handed_in(desk, "2", make_text("正在推进。"))]
    with pytest.raises(Refused, match=r"任务1有提示（.+），不能批量通过。都没有改动；请单独打开看"):
        accept_all(desk.session, desk.office, items, at=AT)
    assert set(states(desk).values()) == {State.submitted}


def test_one_that_changed_meanwhile_stops_them_all(desk):
    one = handed_in(desk, "2")
    with pytest.raises(Conflict):
        accept_all(desk.session, desk.office, [(desk.id, desk.row.version), (one[0], 1)], at=AT)
    assert set(states(desk).values()) == {State.submitted}


def test_nothing_ticked_is_said(desk):
    with pytest.raises(Refused, match="没有勾选要通过的"):
        accept_all(desk.session, desk.office, [], at=AT)
