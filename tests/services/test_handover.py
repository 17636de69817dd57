"""Handing over (工作交接) when somebody leaves; units without a clerk or a head (无填报人、无审签人); sign-off."""
from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.factories import actor_of, make_obligation, make_task, make_text, make_unit, make_user, moment
from tracker.domain.actors import SYSTEM
from tracker.domain.words import State, UserRole
from tracker.errors import Forbidden, NotYours, Refused
from tracker.models import AuditEvent, Deputy, Obligation, Post, Report, Unit, User, WebSession
from tracker.services import accounts, handover, links, posts, reporting, sessions, sign_off, signing

AT = moment("2026-10-08 09:30")


class Office:
    """州科技局 with two clerks and a head; what the first clerk has in hand."""

    def __init__(self, session: Session) -> None:
        self.session = session
        unit, other = make_unit(session), make_unit(session, name="州财政局")
        leaver = make_user(session, unit=unit, login="kjj01", name="离岗的填报员")
        self.leaver_id = leaver.id
        self.successor_id = make_user(session, unit=unit, login="kjj02", name="接手的填报员").id
        self.head_id = make_user(session, UserRole.head, unit=unit, login="kjj10", name="李局长").id
        self.unit_id, self.other_id = unit.id, other.id
        self.obligations = [make_obligation(session, task=make_task(session, number=str(number), lead=unit),
                                            unit=unit).id for number in (1, 2, 3)]

    def draft(self, obligation_id: int, by: int) -> None:
        self.session.rollback()
        actor = actor_of(self.session, self.session.get_one(User, by))
        version = self.session.get_one(Obligation, obligation_id).version
        reporting.save_draft(self.session, actor, obligation_id, text=make_text(), version=version, at=AT)

    def hand_over(self, successor_id: int | None) -> int:
        return handover.hand_over(self.session, SYSTEM, self.leaver_id, successor_id=successor_id, at=AT)

    def event(self) -> AuditEvent:
        return self.session.scalars(select(AuditEvent).where(AuditEvent.action == "user.handed_over")).one()


@pytest.fixture
def office(session: Session) -> Office:
    return Office(session)


def test_drafts_stay_with_the_unit_and_the_successor_goes_on_with_them(session: Session, office: Office) -> None:
    first, second, third = office.obligations
    for obligation_id, by in ((first, office.leaver_id), (second, office.leaver_id), (third, office.successor_id)):
        office.draft(obligation_id, by)
    assert handover.to_hand_over(session, SYSTEM, office.leaver_id).drafts == 2
    assert office.hand_over(office.successor_id) == 2
    assert office.event().facts == {"user_id": office.leaver_id, "login": "kjj01", "unit_id": office.unit_id,
                                    "drafts": 2, "posts": 0, "successor": "kjj02"}
    assert session.get_one(Report, first).edited_by == "离岗的填报员"
    successor = actor_of(session, session.get_one(User, office.successor_id))
    version = session.get_one(Obligation, first).version
    reporting.submit_report(session, successor, first, text=make_text(), version=version, request_key="k", at=AT)
    assert session.get_one(Obligation, first).state is State.submitted


def test_the_leaver_is_out_his_posts_and_deputies_end(session: Session, office: Office) -> None:
    leaver = actor_of(session, session.get_one(User, office.leaver_id))
    sessions.start(session, leaver, "i" * 43, address="", agent="", at=AT)
    posts.give_post(session, SYSTEM, office.leaver_id, unit_id=office.other_id, role=UserRole.clerk, at=AT)
    token = accounts.reset_by_link(session, SYSTEM, office.leaver_id, at=AT)
    session.add(Deputy(unit_id=office.unit_id, head_id=office.head_id, deputy_id=office.leaver_id,
                       from_on=date(2026, 10, 8), until_on=date(2026, 10, 9), made_at=AT))
    session.commit()
    found = handover.to_hand_over(session, SYSTEM, office.leaver_id)
    assert (found.posts, found.deputies) == (1, 1)
    assert [name for _, name in found.successors] == ["接手的填报员"]
    office.hand_over(None)
    assert session.get_one(User, office.leaver_id).active is False
    assert session.scalars(select(WebSession.ended_at)).one() == AT
    assert session.scalars(select(Post.ended_at)).one() == AT
    assert session.scalars(select(Deputy.ended_at)).one() == AT
    with pytest.raises(links.DeadLink):
        links.invited(session, token, at=AT)
    assert [event.action for event in session.scalars(select(AuditEvent).order_by(AuditEvent.id))][-4:] == [
        "post.ended", "deputy.ended", "user.disabled", "user.handed_over"]


def test_a_head_who_leaves_takes_his_deputies_with_him(session: Session, office: Office) -> None:
    session.add(Deputy(unit_id=office.unit_id, head_id=office.head_id, deputy_id=office.leaver_id,
                       from_on=date(2026, 10, 8), until_on=date(2026, 10, 9), made_at=AT))
    session.commit()
    handover.hand_over(session, SYSTEM, office.head_id, successor_id=None, at=AT)
    assert session.scalars(select(Deputy.ended_at)).one() == AT


def test_only_another_working_clerk_of_the_unit_takes_over(session: Session, office: Office) -> None:
    stranger = make_user(session, unit=session.get_one(Unit, office.other_id)).id
    disabled = make_user(session, unit=session.get_one(Unit, office.unit_id), active=False).id
    for successor_id in (office.leaver_id, office.head_id, stranger, disabled, 0, -1, 2**40):
        with pytest.raises(Refused) as refused:
            office.hand_over(successor_id)
        assert list(refused.value.fields) == ["successor_id"]
    assert session.get_one(User, office.leaver_id).active is True
    posts.give_post(session, SYSTEM, stranger, unit_id=office.unit_id, role=UserRole.clerk, at=AT)
    office.hand_over(stranger)


def test_only_the_administrator_hands_over_and_only_people_of_units(session: Session, office: Office) -> None:
    head = actor_of(session, session.get_one(User, office.head_id))
    with pytest.raises(Forbidden):
        handover.hand_over(session, head, office.leaver_id, successor_id=None, at=AT)
    with pytest.raises(NotYours):
        handover.to_hand_over(session, head, office.leaver_id)
    leader = make_user(session, UserRole.leader).id
    with pytest.raises(Refused, match="只有责任单位的账号要交接"):
        handover.hand_over(session, SYSTEM, leader, successor_id=None, at=AT)
    with pytest.raises(NotYours):
        handover.hand_over(session, SYSTEM, 999, successor_id=None, at=AT)


def test_a_unit_with_duties_and_no_working_clerk_is_named(session: Session, office: Office) -> None:
    assert handover.units_without_clerk(session) == ()
    office.hand_over(None)
    assert handover.units_without_clerk(session) == ()
    handover.hand_over(session, SYSTEM, office.successor_id, successor_id=None, at=AT)
    assert handover.units_without_clerk(session) == ("州科技局",)
    other = make_user(session, unit=session.get_one(Unit, office.other_id)).id
    posts.give_post(session, SYSTEM, other, unit_id=office.unit_id, role=UserRole.clerk, at=AT)
    assert handover.units_without_clerk(session) == ()
    accounts.disable(session, SYSTEM, other, at=AT)
    assert handover.units_without_clerk(session) == ("州科技局",)


def test_a_unit_that_owes_nothing_and_has_no_duty_needs_no_clerk(session: Session) -> None:
    idle, owing = make_unit(session, name="州水利局"), make_unit(session, name="州林草局")
    make_obligation(session, unit=owing, composite=True)
    assert handover.units_without_clerk(session) == ("州林草局",)
    assert idle.name not in handover.units_without_clerk(session)


def test_what_waits_for_a_head_who_is_no_more_names_the_unit(session: Session, office: Office) -> None:
    clerk = actor_of(session, session.get_one(User, office.leaver_id))
    first = office.obligations[0]
    reporting.submit_report(session, clerk, first, text=make_text(), version=1, request_key="k", at=AT)
    assert session.get_one(Obligation, first).to_sign
    assert handover.units_without_head_waiting(session) == ()
    accounts.disable(session, SYSTEM, office.head_id, at=AT)
    assert handover.units_without_head_waiting(session) == ("州科技局",)
    other = make_user(session, UserRole.head, unit=session.get_one(Unit, office.other_id)).id
    posts.give_post(session, SYSTEM, other, unit_id=office.unit_id, role=UserRole.head, at=AT)
    assert handover.units_without_head_waiting(session) == ()


def test_sign_off_switched_off_lets_the_next_submission_go_straight_out(session: Session, office: Office) -> None:
    clerk = actor_of(session, session.get_one(User, office.leaver_id))
    first, second, _ = office.obligations
    reporting.submit_report(session, clerk, first, text=make_text(), version=1, request_key="k", at=AT)
    sign_off.set_sign_off(session, SYSTEM, office.unit_id, on=False, at=AT)
    sign_off.set_sign_off(session, SYSTEM, office.unit_id, on=False, at=AT)
    reporting.submit_report(session, clerk, second, text=make_text(), version=1, request_key="k", at=AT)
    assert [session.get_one(Obligation, one).to_sign for one in (first, second)] == [True, False]
    head = actor_of(session, session.get_one(User, office.head_id))
    version = session.get_one(Obligation, first).version
    signing.sign_report(session, head, first, version=version, at=AT)
    events = session.scalars(select(AuditEvent).where(AuditEvent.action == "unit.sign_off_set")).all()
    assert [event.facts for event in events] == [{"unit_id": office.unit_id, "sign_off": False}]


def test_the_units_are_listed_with_who_works_for_them_in_one_query(
        session: Session, office: Office, count_queries: Callable[[], AbstractContextManager[list[str]]]) -> None:
    posts.give_post(session, SYSTEM, office.head_id, unit_id=office.other_id, role=UserRole.head, at=AT)
    with count_queries() as queries:
        rows = sign_off.units(session, SYSTEM)
    assert len(queries) == 1
    assert [(row.name, row.sign_off, row.clerks, row.heads, row.waiting) for row in rows] == [
        ("州科技局", True, 2, 1, 0), ("州财政局", True, 0, 1, 0)]


def test_only_the_administrator_switches_sign_off(session: Session, office: Office) -> None:
    head = actor_of(session, session.get_one(User, office.head_id))
    with pytest.raises(Forbidden):
        sign_off.set_sign_off(session, head, office.unit_id, on=False, at=AT)
    with pytest.raises(NotYours):
        sign_off.units(session, head)
    for unit_id in (999, 0, 2**40):
        with pytest.raises(NotYours):
            sign_off.set_sign_off(session, SYSTEM, unit_id, on=False, at=AT)
