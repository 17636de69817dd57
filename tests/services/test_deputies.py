"""Deputies (外出时委托): another of the unit signs, within his days only, and no two at once."""
from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from types import SimpleNamespace

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.digest import digest_of
from tests.factories import IN_FORCE, actor_of, make_actor, make_unit, make_user, moment
from tracker.domain.words import UserRole
from tracker.errors import Forbidden, NotYours, Refused
from tracker.models import AuditEvent, Deputy, Post, UserRoleGrant
from tracker.services.deputies import candidates, deputies_of, deputy_in_force, end_deputy, name_deputy

AT = moment("2026-10-08 09:30")
FROM, UNTIL = date(2026, 10, 12), date(2026, 10, 14)


@pytest.fixture
def desk(session: Session) -> SimpleNamespace:
    """州科技局: its head, a clerk, a second clerk; and a stranger of 州财政局."""
    unit, other = make_unit(session), make_unit(session, name="州财政局")
    head = make_user(session, UserRole.head, unit=unit, name="李局长")
    return SimpleNamespace(
        session=session, unit=unit, head_user=head, head=actor_of(session, head),
        vice=make_user(session, unit=unit, name="马副局长"), clerk=make_user(session, unit=unit, name="韩科员"),
        other=other, stranger=make_user(session, unit=other, name="赵科员"))


def name(desk, *, person=None, from_on=FROM, until_on=UNTIL, actor=None, at=AT):
    name_deputy(desk.session, actor or desk.head, deputy_id=(person or desk.vice).id, from_on=from_on,
                until_on=until_on, at=at)
    return desk.session.scalars(select(Deputy.id).order_by(Deputy.id.desc()).limit(1)).one()


def in_force(desk, day, person=None):
    return deputy_in_force(desk.session, (person or desk.vice).id, desk.unit.id, day)


@pytest.mark.parametrize(("day", "head"), [
    pytest.param(date(2026, 10, 11), None, id="the day before"),
    pytest.param(date(2026, 10, 12), "李局长", id="the first day"),
    pytest.param(date(2026, 10, 14), "李局长", id="the last day"),
    pytest.param(date(2026, 10, 15), None, id="the day after: it ended by itself"),
])
def test_a_deputy_signs_within_his_days_only_both_included(desk, day, head):
    name(desk)
    assert in_force(desk, day) == head
    assert in_force(desk, day, desk.clerk) is None
    assert deputy_in_force(desk.session, desk.vice.id, desk.other.id, day) is None


def test_taken_back_it_ends_at_once(desk):
    row = name(desk)
    end_deputy(desk.session, desk.head, row, at=AT)
    assert in_force(desk, FROM) is None
    assert deputies_of(desk.session, desk.head, AT) == ()
    end_deputy(desk.session, desk.head, row, at=AT + timedelta(hours=1))
    assert desk.session.get_one(Deputy, row).ended_at == AT


def test_it_holds_only_as_long_as_the_head_is_one(desk):
    name(desk)
    desk.session.query(UserRoleGrant).filter_by(user_id=desk.head_user.id).delete()
    desk.session.commit()
    assert in_force(desk, FROM) is None
    desk.session.add(Post(user_id=desk.head_user.id, unit_id=desk.unit.id, role=UserRole.head, since_at=IN_FORCE))
    desk.session.commit()
    assert in_force(desk, FROM) == "李局长"
    desk.head_user.active = False
    desk.session.commit()
    assert in_force(desk, FROM) is None


@pytest.mark.parametrize(("from_on", "until_on"), [
    pytest.param(date(2026, 10, 14), date(2026, 10, 16), id="from its last day on"),
    pytest.param(date(2026, 10, 9), date(2026, 10, 12), id="until its first day"),
    pytest.param(date(2026, 10, 13), date(2026, 10, 13), id="within"),
    pytest.param(date(2026, 10, 8), date(2026, 10, 31), id="around it"),
])
def test_days_that_overlap_are_refused(desk, from_on, until_on):
    name(desk)
    before = digest_of(desk.session)
    with pytest.raises(Refused, match=r"10月12日（周一）至10月14日（周三）已委托马副局长代签，日子重叠") as refused:
        name(desk, person=desk.clerk, from_on=from_on, until_on=until_on)
    assert set(refused.value.fields) == {"from_on"}
    assert digest_of(desk.session) == before


def test_one_after_the_other_or_after_it_was_taken_back_is_fine(desk):
    end_deputy(desk.session, desk.head, name(desk), at=AT)
    name(desk, person=desk.clerk)
    name(desk, from_on=UNTIL + timedelta(days=1), until_on=UNTIL + timedelta(days=1))
    assert [(row.deputy, row.head, row.from_on, row.in_force) for row in deputies_of(desk.session, desk.head, AT)] == [
        ("韩科员", "李局长", FROM, False), ("马副局长", "李局长", date(2026, 10, 15), False)]
    assert [row.in_force for row in deputies_of(desk.session, desk.head, moment("2026-10-14 23:59"))] == [True, False]


@pytest.mark.parametrize(("fields", "wrong"), [
    ({"from_on": None}, {"from_on": "请写明哪一天，如2026-10-12"}),
    ({"from_on": UNTIL, "until_on": FROM}, {"until_on": "止日在起日之前"}),
    ({"from_on": date(2026, 10, 1), "until_on": date(2026, 10, 7)}, {"until_on": "止日已过；委托只管今天起的签发"}),
])
def test_days_that_cannot_be_are_refused_with_their_field(desk, fields, wrong):
    with pytest.raises(Refused) as refused:
        name(desk, **fields)
    assert refused.value.fields == wrong


def test_only_an_active_colleague_of_the_unit_who_is_no_administrator_may_stand_in(desk):
    make_user(desk.session, unit=desk.unit, name="停用的人", active=False)
    admin = make_user(desk.session, UserRole.admin, unit=desk.unit, name="管理员")
    posted = make_user(desk.session, unit=desk.other, name="兼任的人")
    desk.session.add(Post(user_id=posted.id, unit_id=desk.unit.id, role=UserRole.clerk, since_at=IN_FORCE))
    desk.session.commit()
    assert {person for _, person in candidates(desk.session, desk.head)} == {"马副局长", "韩科员", "兼任的人"}
    for nobody in (desk.stranger, admin, desk.head_user, SimpleNamespace(id=2**40), SimpleNamespace(id=None)):
        with pytest.raises(Refused) as refused:
            name(desk, person=nobody)
        assert set(refused.value.fields) == {"deputy_id"}


def test_only_a_head_names_a_deputy_and_a_deputy_passes_nothing_on(desk):
    row = name(desk)
    for actor in (actor_of(desk.session, desk.clerk), make_actor(desk.session)):
        with pytest.raises(Forbidden):
            name(desk, actor=actor, from_on=date(2026, 11, 1), until_on=date(2026, 11, 2))
    deputy = replace(actor_of(desk.session, desk.vice), roles=frozenset({UserRole.head}), deputy_for="李局长")
    with pytest.raises(Forbidden, match="您正在代李局长签，不能再委托别人"):
        name(desk, person=desk.clerk, actor=deputy, from_on=date(2026, 11, 1), until_on=date(2026, 11, 2))
    with pytest.raises(Forbidden):
        end_deputy(desk.session, deputy, row, at=AT)


def test_another_units_head_ends_nothing_and_does_not_learn_of_it(desk):
    row = name(desk)
    theirs = make_actor(desk.session, UserRole.head, unit=desk.other)
    for number in (row, 0, 999, 2**40):
        with pytest.raises(NotYours):
            end_deputy(desk.session, theirs, number, at=AT)
    assert deputies_of(desk.session, theirs, AT) == ()
    assert in_force(desk, FROM) == "李局长"


def test_naming_and_taking_back_are_on_record(desk):
    end_deputy(desk.session, desk.head, name(desk), at=AT)
    assert [(event.action, event.actor_name) for event in desk.session.scalars(
        select(AuditEvent).where(AuditEvent.action.like("deputy%")).order_by(AuditEvent.id))] == [
            ("deputy.named", "李局长"), ("deputy.ended", "李局长")]
