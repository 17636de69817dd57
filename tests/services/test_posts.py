"""Posts (兼任) and who acts (换身份): the unit chosen, the roles held there now, 审签人 where one is deputy today."""
from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from tests.factories import actor_of, make_unit, make_user, moment
from tracker.domain.actors import SYSTEM, Actor
from tracker.domain.words import UserRole
from tracker.errors import Forbidden, NotYours, Refused
from tracker.models import AuditEvent, Deputy, Post, Unit, User
from tracker.services import accounts, posts, sessions
from tracker.services.sessions import Visit

AT = moment("2026-10-08 09:30")
ID = "i" * 43


class Person:
    """州科技局's clerk, logged in; and 州财政局, where he may get a post."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.unit, self.other = make_unit(session), make_unit(session, name="州财政局")
        self.user = make_user(session, unit=self.unit, login="kjj01", name="某填报员")
        self.user_id, self.own_id, self.other_id = self.user.id, self.unit.id, self.other.id
        sessions.start(session, actor_of(session, self.user), ID, address="", agent="", at=AT)

    def visit(self, at: datetime = AT) -> Visit:
        self.session.rollback()
        found = sessions.find(self.session, ID, at=at, idle=timedelta(hours=10), longest=timedelta(hours=12))
        assert found is not None
        return found

    def give(self, role: UserRole = UserRole.clerk) -> int:
        posts.give_post(self.session, SYSTEM, self.user_id, unit_id=self.other_id, role=role, at=AT)
        return self.session.scalars(select(Post.id).order_by(Post.id.desc())).first() or 0

    def switch(self, unit_id: int) -> Actor:
        visit = self.visit()
        posts.switch_identity(self.session, visit.actor, visit.id, unit_id, at=AT)
        return self.visit().actor


@pytest.fixture
def person(session: Session) -> Person:
    return Person(session)


def who(actor: Actor) -> tuple[str | None, set[str]]:
    return actor.unit_name, {str(role) for role in actor.roles}


def test_a_post_adds_an_identity_and_takes_nothing_until_it_is_chosen(person: Person) -> None:
    assert person.visit().posts == ()
    person.give(UserRole.head)
    visit = person.visit()
    assert who(visit.actor) == ("州科技局", {"clerk"})
    assert [(one.unit, one.roles, one.current) for one in visit.posts] == [
        ("州科技局", (UserRole.clerk,), True), ("州财政局", (UserRole.head,), False)]


def test_one_acts_for_the_unit_chosen_with_the_roles_held_there_and_no_other(person: Person) -> None:
    person.give(UserRole.head)
    assert who(person.switch(person.other_id)) == ("州财政局", {"head"})
    assert [one.current for one in person.visit().posts] == [False, True]
    assert who(person.switch(person.own_id)) == ("州科技局", {"clerk"})


def test_two_roles_in_one_other_unit_are_one_identity(person: Person) -> None:
    person.give(UserRole.clerk)
    person.give(UserRole.head)
    assert len(person.visit().posts) == 2
    assert who(person.switch(person.other_id)) == ("州财政局", {"clerk", "head"})


def test_a_unit_where_one_has_no_post_is_not_there(session: Session, person: Person) -> None:
    person.give()
    stranger = make_unit(session, name="州水利局").id
    for unit_id in (stranger, 999, 0, -1):
        with pytest.raises(NotYours):
            person.switch(unit_id)
    assert who(person.visit().actor) == ("州科技局", {"clerk"})


def test_an_ended_post_is_over_at_the_next_request_and_its_login_with_it(session: Session, person: Person) -> None:
    post_id = person.give()
    person.switch(person.other_id)
    posts.end_post(session, SYSTEM, person.user_id, post_id, at=AT)
    session.rollback()
    assert sessions.find(session, ID, at=AT, idle=timedelta(hours=1), longest=timedelta(hours=12)) is None


def test_an_ended_post_leaves_a_login_alone_that_acts_for_ones_own_unit(session: Session, person: Person) -> None:
    post_id = person.give()
    posts.end_post(session, SYSTEM, person.user_id, post_id, at=AT)
    assert who(person.visit().actor) == ("州科技局", {"clerk"})
    assert person.visit().posts == ()
    with pytest.raises(NotYours):
        person.switch(person.other_id)


def test_a_post_that_ended_unseen_falls_back_to_ones_own_unit(session: Session, person: Person) -> None:
    person.give()
    person.switch(person.other_id)
    session.scalars(select(Post)).one().ended_at = AT
    session.commit()
    assert who(person.visit().actor) == ("州科技局", {"clerk"})


def test_ending_twice_changes_nothing_and_a_post_of_another_is_not_there(session: Session, person: Person) -> None:
    post_id = person.give()
    other = make_user(session, unit=session.get_one(Unit, person.own_id)).id
    for _ in range(2):
        posts.end_post(session, SYSTEM, person.user_id, post_id, at=AT)
    with pytest.raises(NotYours):
        posts.end_post(session, SYSTEM, other, post_id, at=AT)
    assert session.scalars(select(AuditEvent.action).order_by(AuditEvent.id)).all() == ["post.given", "post.ended"]
    person.give()


@pytest.mark.parametrize(("unit", "role", "fields"), [
    ("own", UserRole.head, {"post_unit_id": "这是本人的单位，改角色即可，不用兼任"}),
    ("none", UserRole.clerk, {"post_unit_id": "请选一个单位"}),
    ("other", UserRole.supervisor, {"post_role": "请选填报员或审签人"}),
    ("other", None, {"post_role": "请选填报员或审签人"}),
    ("other", UserRole.clerk, {"post_role": "州财政局的填报员已经兼任了"}),
])
def test_a_post_that_cannot_be_is_refused_in_words(
        session: Session, person: Person, unit: str, role: UserRole | None, fields: dict[str, str]) -> None:
    person.give()
    unit_id = {"own": person.own_id, "other": person.other_id, "none": None}[unit]
    with pytest.raises(Refused) as refused:
        posts.give_post(session, SYSTEM, person.user_id, unit_id=unit_id, role=role, at=AT)
    assert refused.value.fields == fields


@pytest.mark.parametrize("role", [UserRole.supervisor, UserRole.leader, UserRole.admin, UserRole.auditor])
def test_nobody_of_the_office_gets_a_post(session: Session, person: Person, role: UserRole) -> None:
    office = make_user(session, role).id
    with pytest.raises(Refused) as refused:
        posts.give_post(session, SYSTEM, office, unit_id=person.other_id, role=UserRole.clerk, at=AT)
    assert list(refused.value.fields) == ["post_unit_id"]


def test_an_administrator_whom_the_tables_give_a_post_acts_in_none(session: Session, person: Person) -> None:
    """Written past the service: nothing of it is read."""
    admin = make_user(session, UserRole.admin)
    session.add(Post(user_id=admin.id, unit_id=person.other_id, role=UserRole.head, since_at=AT))
    session.commit()
    sessions.start(session, actor_of(session, admin), "a" * 43, address="", agent="", at=AT)
    found = sessions.find(session, "a" * 43, at=AT, idle=timedelta(hours=1), longest=timedelta(hours=12))
    assert found is not None
    assert (who(found.actor), found.posts) == ((None, {"admin"}), ())
    with pytest.raises(Forbidden):
        posts.switch_identity(session, found.actor, found.id, person.other_id, at=AT)


def test_the_database_itself_refuses_a_post_of_the_office_and_one_held_twice(session: Session, person: Person) -> None:
    person.give()
    for role in (UserRole.clerk, UserRole.supervisor, UserRole.admin):
        session.add(Post(user_id=person.user_id, unit_id=person.other_id, role=role, since_at=AT))
        with pytest.raises(IntegrityError):
            session.commit()
        session.rollback()


def test_only_the_administrator_gives_posts(session: Session, person: Person) -> None:
    actor = person.visit().actor
    with pytest.raises(Forbidden):
        posts.give_post(session, actor, person.user_id, unit_id=person.other_id, role=UserRole.head, at=AT)
    with pytest.raises(NotYours):
        posts.posts_of(session, actor, person.user_id)


def deputise(session: Session, person: Person, unit_id: int, *, from_on: date, until_on: date,
             ended_at: datetime | None = None) -> Deputy:
    unit = session.get_one(Unit, unit_id)
    head = make_user(session, UserRole.head, unit=unit, name="李局长")
    row = Deputy(unit_id=unit_id, head_id=head.id, deputy_id=person.user_id, from_on=from_on, until_on=until_on,
                 made_at=AT, ended_at=ended_at)
    session.add(row)
    session.commit()
    return row


def test_a_deputy_signs_within_his_days_by_shanghais_clock_and_it_says_so(session: Session, person: Person) -> None:
    deputise(session, person, person.own_id, from_on=date(2026, 10, 8), until_on=date(2026, 10, 8))
    actor = person.visit().actor
    assert (actor.roles, actor.deputy_for, actor.signature) == (
        {UserRole.clerk, UserRole.head}, "李局长", "某填报员（代李局长）")
    assert person.visit(moment("2026-10-08 19:29")).actor.deputy_for == "李局长"
    session.rollback()
    sessions.start(session, actor, "l" * 43, address="", agent="", at=moment("2026-10-08 23:50"))
    for at, held in (("2026-10-08 23:59", "李局长"), ("2026-10-09 00:00", "")):
        found = sessions.find(session, "l" * 43, at=moment(at), idle=timedelta(hours=1), longest=timedelta(hours=12))
        assert found is not None
        assert found.actor.deputy_for == held
        assert found.actor.has(UserRole.head) is bool(held)


def test_a_deputy_is_one_in_the_unit_that_he_acts_for_and_nowhere_else(session: Session, person: Person) -> None:
    person.give()
    deputise(session, person, person.other_id, from_on=date(2026, 10, 1), until_on=date(2026, 10, 31))
    assert who(person.visit().actor) == ("州科技局", {"clerk"})
    assert who(person.switch(person.other_id)) == ("州财政局", {"clerk", "head"})
    assert person.visit().actor.deputy_for == "李局长"


def test_who_heads_the_unit_himself_stands_in_for_nobody(session: Session, person: Person) -> None:
    accounts.set_roles(session, SYSTEM, person.user_id, roles=[UserRole.head], at=AT)
    deputise(session, person, person.own_id, from_on=date(2026, 10, 8), until_on=date(2026, 10, 8))
    sessions.start(session, actor_of(session, session.get_one(User, person.user_id)), "h" * 43, address="", agent="",
                   at=AT)
    found = sessions.find(session, "h" * 43, at=AT, idle=timedelta(hours=1), longest=timedelta(hours=12))
    assert found is not None
    assert found.actor.deputy_for == ""


@pytest.mark.parametrize("taken_away", ["ended", "head disabled", "head no longer head"])
def test_what_is_taken_from_the_deputy_is_gone_at_the_next_request(
        session: Session, person: Person, taken_away: str) -> None:
    row = deputise(session, person, person.own_id, from_on=date(2026, 10, 8), until_on=date(2026, 10, 8))
    assert person.visit().actor.deputy_for == "李局长"
    head_id = row.head_id
    if taken_away == "ended":
        row.ended_at = AT
        session.commit()
    elif taken_away == "head disabled":
        accounts.disable(session, SYSTEM, head_id, at=AT)
    else:
        accounts.set_roles(session, SYSTEM, head_id, roles=[UserRole.clerk], at=AT)
    assert who(person.visit().actor) == ("州科技局", {"clerk"})


def test_who_acts_costs_two_queries_however_many_posts_one_holds(
        session: Session, person: Person, count_queries: Callable[[], AbstractContextManager[list[str]]]) -> None:
    with count_queries() as one:
        person.visit()
    for number in range(10):
        unit_id = make_unit(session, name=f"单位{number}").id
        posts.give_post(session, SYSTEM, person.user_id, unit_id=unit_id, role=UserRole.clerk, at=AT)
        posts.give_post(session, SYSTEM, person.user_id, unit_id=unit_id, role=UserRole.head, at=AT)
    accounts.set_roles(session, SYSTEM, person.user_id, roles=[UserRole.clerk, UserRole.head], at=AT)
    sessions.start(session, actor_of(session, session.get_one(User, person.user_id)), "m" * 43, address="", agent="",
                   at=AT)
    session.rollback()
    with count_queries() as many:
        found = sessions.find(session, "m" * 43, at=AT, idle=timedelta(hours=1), longest=timedelta(hours=12))
    assert found is not None
    assert len(found.posts) == 11
    assert (len(one), len(many)) == (2, 1)
