"""What the supervision office decides: accept, return, waive (DESIGN sections 4 and 11)."""
from __future__ import annotations

from types import SimpleNamespace

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.factories import actor_of, make_actor, make_obligation, make_text, make_unit, make_user, moment
from tracker.domain.words import Rating, Role, State, UserRole
from tracker.errors import Conflict, Forbidden, NotYours, Refused
from tracker.models import AuditEvent, Decision, Obligation, UserRoleGrant
from tracker.services.reporting import submit_report
from tracker.services.reviewing import accept_report, send_back, waive_report

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
    with pytest.raises(Forbidden, match="这份报告是您自己提交的，不能由您审核"):
        act(desk, actor=both)
