"""Logging in (登录): one answer for all that is wrong, a lock after five (DESIGN section 8)."""
from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.factories import make_unit, moment
from tracker.domain.actors import SYSTEM, Actor
from tracker.domain.words import UserRole
from tracker.errors import Refused
from tracker.models import AuditEvent, User
from tracker.services import accounts, passwords
from tracker.services.logins import authenticate

AT = moment("2026-10-08 09:30")
LOCKED = "输错5次，09:45后再试；急用请找系统管理员"
HERE, ELSEWHERE = "10.0.0.7", "10.0.0.8"


@pytest.fixture
def password(session: Session) -> str:
    """The first password of 州科技局's clerk, kjj01."""
    unit = make_unit(session, name="州科技局")
    return accounts.create_account(session, SYSTEM, login="kjj01", name="州科技局填报员", roles=[UserRole.clerk],
                                   unit_id=unit.id, at=AT)


def enter(session: Session, password: str, *, login: str = "kjj01", address: str = HERE, at: datetime = AT) -> Actor:
    return authenticate(session, login=login, password=password, address=address, at=at)


def answer(session: Session, password: str, **where: object) -> str:
    with pytest.raises(Refused) as refused:
        enter(session, password, **where)  # type: ignore[arg-type]
    return str(refused.value)


def test_the_right_password_says_who_it_is(session: Session, password: str) -> None:
    actor = enter(session, password)
    assert (actor.name, actor.roles, actor.unit_name) == ("州科技局填报员", {UserRole.clerk}, "州科技局")


def test_the_login_may_be_typed_in_capitals_and_with_blanks(session: Session, password: str) -> None:
    assert enter(session, password, login=" KJJ01 ").name == "州科技局填报员"


def test_five_wrong_ones_lock_for_a_quarter_of_an_hour_even_for_the_right_one(session: Session, password: str) -> None:
    assert [answer(session, "wrong") for _ in range(6)] == [
        "账号或密码不对，还可以试4次", "账号或密码不对，还可以试3次", "账号或密码不对，还可以试2次",
        "账号或密码不对，还可以试1次", LOCKED, LOCKED]
    assert answer(session, password) == LOCKED
    assert answer(session, password, at=AT + timedelta(minutes=15, seconds=-1)) == LOCKED
    assert enter(session, password, at=AT + timedelta(minutes=15)).name == "州科技局填报员"


def test_an_unknown_and_a_disabled_account_answer_as_a_wrong_password_does(session: Session, password: str) -> None:
    accounts.create_account(session, SYSTEM, login="dcs01", name="督查员", roles=[UserRole.supervisor], at=AT)
    user = session.scalars(select(User).where(User.login == "kjj01")).one()
    accounts.disable(session, SYSTEM, user.id, at=AT)
    known, unknown = ([answer(session, "wrong", login=login) for _ in range(6)] for login in ("dcs01", "nobody"))
    disabled = [answer(session, password) for _ in range(6)]
    assert known == unknown == disabled


def test_the_lock_is_of_one_address_so_that_nobody_can_be_locked_out(session: Session, password: str) -> None:
    for _ in range(5):
        answer(session, "wrong", address=ELSEWHERE)
    assert enter(session, password, address=HERE).name == "州科技局填报员"


def test_each_further_five_wait_twice_as_long(session: Session, password: str) -> None:
    at, said = AT, ""
    for _ in range(2):
        for _ in range(5):
            said = answer(session, "wrong", at=at)
        at += timedelta(minutes=15)
    assert said == "输错10次，10:15后再试；急用请找系统管理员"


def test_the_count_starts_again_after_a_good_login_and_after_a_day(session: Session, password: str) -> None:
    answer(session, "wrong")
    enter(session, password)
    assert answer(session, "wrong") == "账号或密码不对，还可以试4次"
    assert answer(session, "wrong", at=AT + timedelta(hours=24, seconds=1)) == "账号或密码不对，还可以试4次"


def test_a_hash_of_other_figures_is_made_anew_at_the_next_login(session: Session, password: str) -> None:
    user = session.scalars(select(User)).one()
    weak = passwords.PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1)
    user.password_hash = weak.hash(password)
    session.commit()
    enter(session, password)
    session.expire_all()
    assert not passwords.outdated(session.scalars(select(User.password_hash)).one())
    assert enter(session, password).name == "州科技局填报员"


def test_what_happened_stands_in_the_audit_trail(session: Session, password: str) -> None:
    for _ in range(5):
        answer(session, "wrong")
    enter(session, password, address=ELSEWHERE)
    assert list(session.scalars(select(AuditEvent.action).order_by(AuditEvent.id))) == [
        "user.created", *["user.login_refused"] * 5, "user.locked", "user.logged_in"]
