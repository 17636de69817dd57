"""Sign-off (审签): the head delivers; nothing goes out before, and nobody signs what he handed in himself."""
from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.factories import actor_of, make_actor, make_obligation, make_task, make_text, make_unit, make_user, moment
from tracker.domain.words import State, UserRole
from tracker.errors import Conflict, Forbidden, NotYours, Refused
from tracker.models import AuditEvent, Decision, Obligation, Post, ReportVersion, Unit, User
from tracker.services.history import load_history
from tracker.services.plan_view import current_plan
from tracker.services.reporting import submit_report, withdraw_report
from tracker.services.reviewing import accept_report, send_back
from tracker.services.signing import needs_signature, send_to_clerk, sign_all, sign_report

AT = moment("2026-10-08 09:30")
DUE = moment("2026-10-13 18:00")


@pytest.fixture
def desk(session: Session) -> SimpleNamespace:
    """州科技局's lead report on task 1, due 2026-10-13 18:00: its clerk, its head, the office."""
    unit = make_unit(session)
    row = make_obligation(session, unit=unit)
    user = make_user(session, UserRole.head, unit=unit, name="李局长")
    return SimpleNamespace(session=session, id=row.id, row=row, unit=unit, head_user=user, head=actor_of(session, user),
                           clerk=make_actor(session, unit=unit), office=make_actor(session))


def submit(desk, *, at=AT, key="k1", text=None, actor=None):
    return submit_report(desk.session, actor or desk.clerk, desk.id, text=text or make_text(),
                         version=desk.row.version, request_key=key, at=at)


def sign(desk, *, at=AT, actor=None):
    return sign_report(desk.session, actor or desk.head, desk.id, version=desk.row.version, at=at)


def give_back(desk, reason="请补充金额", *, at=AT, actor=None):
    return send_to_clerk(desk.session, actor or desk.head, desk.id, reason=reason, version=desk.row.version, at=at)


def versions(desk):
    rows = desk.session.scalars(select(ReportVersion).order_by(ReportVersion.number))
    return [(row.number, row.sent_at, row.withdrawn_at) for row in rows]


def actions(desk):
    return list(desk.session.scalars(select(AuditEvent.action).order_by(AuditEvent.id)))


def test_what_the_clerk_submits_waits_for_the_head_and_counts_as_nothing_yet(desk):
    row = submit(desk)
    assert (row.state, row.to_sign, row.delivered_at, row.on_time) == (State.submitted, True, None, None)
    assert versions(desk) == [(1, None, None)]


def test_signing_delivers_at_the_moment_of_the_signature(desk):
    submit(desk)
    row = sign(desk, at=DUE)
    assert (row.state, row.to_sign, row.delivered_at, row.on_time) == (State.signed, False, DUE, True)
    assert versions(desk) == [(1, DUE, None)]
    assert actions(desk) == ["report.submitted", "report.signed"]


def test_submitted_in_time_and_signed_too_late_is_late(desk):
    submit(desk)
    assert sign(desk, at=DUE + timedelta(seconds=1)).on_time is False


def test_the_head_gives_it_back_with_words_and_it_is_written_on(desk):
    submit(desk)
    row = give_back(desk)
    assert (row.state, row.to_sign, row.delivered_at) == (State.draft, False, None)
    assert versions(desk) == [(1, None, AT)]
    step = desk.session.scalars(select(Decision).order_by(Decision.id.desc()).limit(1)).one()
    assert (step.deed, step.reason, step.actor_name) == ("send_to_clerk", "请补充金额", "李局长")
    assert submit(desk, key="k2").to_sign


def test_giving_back_needs_words(desk):
    submit(desk)
    with pytest.raises(Refused) as refused:
        give_back(desk, " \n")
    assert refused.value.fields == {"reason": "请写明退回修改的意见，填报员会照着改"}


def test_a_resubmission_runs_on_its_second_clock_until_it_is_signed(desk):
    submit(desk)
    sign(desk)
    send_back(desk.session, desk.office, desk.id, reason="请补充金额", version=desk.row.version, at=AT)
    row = submit(desk, key="k2", text=make_text("已补充"))
    assert (row.state, row.resubmit_due_at, row.delivered_at) == (State.submitted, moment("2026-10-10 18:00"), AT)
    assert give_back(desk).state is State.returned
    submit(desk, key="k3", text=make_text("又补充"))
    row = sign(desk, at=AT + timedelta(hours=1))
    assert (row.state, row.resubmit_due_at, row.delivered_at, row.on_time) == (State.signed, None, AT, True)


def test_what_waits_for_the_head_is_not_the_offices_to_decide(desk):
    submit(desk)
    with pytest.raises(Refused, match="这一件现在是“待审签”，不能通过"):
        accept_report(desk.session, desk.office, desk.id, judged=None, version=desk.row.version, at=AT)


def test_the_clerk_withdraws_before_the_signature_and_not_after(desk):
    submit(desk)
    withdraw_report(desk.session, desk.clerk, desk.id, version=desk.row.version, at=AT)
    assert (desk.row.state, desk.row.to_sign) == (State.draft, False)
    submit(desk, key="k2")
    sign(desk)
    with pytest.raises(Refused, match="不能撤回"):
        withdraw_report(desk.session, desk.clerk, desk.id, version=desk.row.version, at=AT)


def test_another_units_head_finds_nothing_and_a_clerk_may_not_sign(desk):
    submit(desk)
    stranger = make_actor(desk.session, UserRole.head, unit=make_unit(desk.session, name="州文旅局"))
    with pytest.raises(NotYours):
        sign(desk, actor=stranger)
    with pytest.raises(Forbidden, match="“签发”由审签人办理"):
        sign(desk, actor=desk.clerk)


def test_nobody_signs_what_he_handed_in_himself(desk):
    both = replace(desk.clerk, roles=desk.clerk.roles | {UserRole.head}, deputy_for="李局长")
    submit(desk, actor=both)
    with pytest.raises(Forbidden, match="这份报告是您自己提交的，不能由您审签"):
        sign(desk, actor=both)
    assert sign(desk).state is State.signed


def test_a_deputy_signs_and_the_record_says_for_whom(desk):
    submit(desk)
    deputy = replace(make_actor(desk.session, unit=desk.unit), roles=frozenset({UserRole.head}), deputy_for="李局长")
    sign(desk, actor=deputy)
    step = desk.session.scalars(select(Decision).order_by(Decision.id.desc()).limit(1)).one()
    assert step.actor_name == "州科技局填报员（代李局长）"


def test_a_version_that_is_no_longer_current_is_not_signed(desk):
    submit(desk)
    seen = desk.row.version
    give_back(desk)
    submit(desk, key="k2", text=make_text("已补充"))
    with pytest.raises(Conflict):
        sign_report(desk.session, desk.head, desk.id, version=seen, at=AT)


def test_all_are_signed_or_none(desk):
    submit(desk)
    other = make_obligation(desk.session, unit=desk.unit, task=make_task(desk.session, number="2", lead=desk.unit))
    submit_report(desk.session, desk.clerk, other.id, text=make_text(), version=1, request_key="k", at=AT)
    items = [(desk.id, desk.row.version), (other.id, other.version)]
    with pytest.raises(Conflict):
        sign_all(desk.session, desk.head, [items[0], (other.id, 1)], at=AT)
    assert {row.state for row in desk.session.scalars(select(Obligation))} == {State.submitted}
    assert sign_all(desk.session, desk.head, items, at=AT) == 2
    assert {row.state for row in desk.session.scalars(select(Obligation))} == {State.signed}


def test_sign_off_is_on_once_the_unit_has_another_head_who_is_active(desk):
    def needed(user_id=0):
        return needs_signature(desk.session, desk.unit.id, user_id)

    assert needed()
    assert needed(desk.clerk.user_id)
    assert not needed(desk.head.user_id), "the only head's own hand is signature enough"
    desk.session.get_one(User, desk.head.user_id).active = False
    assert not needed()
    elsewhere = make_user(desk.session, UserRole.head, unit=make_unit(desk.session, name="州教育局"))
    post = Post(user_id=elsewhere.id, unit_id=desk.unit.id, role=UserRole.head, since_at=AT)
    desk.session.add(post)
    assert needed()
    post.ended_at = AT
    assert not needed()
    desk.session.get_one(User, desk.head.user_id).active = True
    desk.session.get_one(Unit, desk.unit.id).sign_off = False
    assert not needed()


def test_the_past_knows_what_had_been_signed_by_then(desk):
    submit(desk)
    sign(desk, at=AT + timedelta(hours=2))
    history = load_history(desk.session, current_plan(desk.session), DUE)
    before, after = (history.obligations_at(AT + timedelta(hours=hour))[0] for hour in (1, 2))
    assert (before.state, before.delivered_at, before.text) == (State.submitted, None, None)
    assert (after.state, after.delivered_at, after.text) == (State.signed, AT + timedelta(hours=2), make_text())
