"""Accounts (账号): who may make them, which roles go together, what a password change ends."""
from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from tests.factories import actor_of, make_actor, make_unit, make_user, moment
from tracker.domain.actors import SYSTEM, Actor
from tracker.domain.words import UserRole
from tracker.errors import Forbidden, NotYours, Refused
from tracker.models import AuditEvent, User, UserRoleGrant, WebSession
from tracker.services import accounts, logins, sessions

AT = moment("2026-10-08 09:30")
PASSWORD = "春天在德令哈种一棵树"


def make(session: Session, *roles: UserRole, actor: Actor = SYSTEM, login: str = "kjj01", name: str = "州科技局填报员",
         unit_id: int | None = None) -> str:
    return accounts.create_account(session, actor, login=login, name=name, roles=roles, unit_id=unit_id, at=AT)


def log_in(session: Session, password: str, login: str = "kjj01") -> Actor:
    return logins.authenticate(session, login=login, password=password, address="10.0.0.7", at=AT)


def test_a_new_account_has_a_readable_first_password_to_be_changed(session: Session) -> None:
    password = make(session, UserRole.clerk, unit_id=make_unit(session).id)
    assert len(password) == 14
    assert set(password) <= set("abcdefghjkmnpqrstuvwxyz23456789-")
    assert log_in(session, password).name == "州科技局填报员"
    assert session.scalars(select(User.must_change)).one() is True


@pytest.mark.parametrize(("roles", "of_unit", "field", "sentence"), [
    ((), True, "roles", "至少选一个角色"),
    ((UserRole.admin, UserRole.supervisor), False, "roles", "系统管理员、审计员不能兼任别的角色（三员分立）"),
    ((UserRole.admin, UserRole.auditor), False, "roles", "系统管理员、审计员不能兼任别的角色（三员分立）"),
    ((UserRole.auditor, UserRole.clerk), True, "roles", "系统管理员、审计员不能兼任别的角色（三员分立）"),
    ((UserRole.clerk,), False, "unit_id", "填报员、审签人要选单位"),
    ((UserRole.supervisor,), True, "unit_id", "督查员、领导、系统管理员、审计员不属于责任单位，单位请留空"),
    ((UserRole.clerk, UserRole.leader), True, "unit_id", "督查员、领导、系统管理员、审计员不属于责任单位，单位请留空"),
])
def test_roles_that_do_not_go_together_are_refused_in_words(
        session: Session, roles: tuple[UserRole, ...], of_unit: bool, field: str, sentence: str) -> None:
    unit = make_unit(session)
    with pytest.raises(Refused) as refused:
        make(session, *roles, unit_id=unit.id if of_unit else None)
    assert refused.value.fields == {field: sentence}
    assert session.scalars(select(User)).all() == []


@pytest.mark.parametrize(("login", "sentence"), [
    ("kjj01", "账号kjj01已经有了，请换一个"),
    ("科技局", "账号用小写字母开头，后面是小写字母和数字，3至40个"),
    ("k", "账号用小写字母开头，后面是小写字母和数字，3至40个"),
    ("a" * 41, "账号用小写字母开头，后面是小写字母和数字，3至40个"),
    ("=cmd()", "账号用小写字母开头，后面是小写字母和数字，3至40个"),
])
def test_a_login_is_plain_and_unique(session: Session, login: str, sentence: str) -> None:
    make(session, UserRole.leader, login="kjj01")
    with pytest.raises(Refused) as refused:
        make(session, UserRole.leader, login=login)
    assert refused.value.fields == {"login": sentence}


def test_a_unit_that_is_not_there_is_refused(session: Session) -> None:
    with pytest.raises(Refused) as refused:
        make(session, UserRole.clerk, unit_id=99)
    assert refused.value.fields == {"unit_id": "没有这个单位，请重新选"}


@pytest.mark.parametrize("role", [role for role in UserRole if role is not UserRole.admin])
def test_only_the_administrator_keeps_accounts(session: Session, role: UserRole) -> None:
    unit = make_unit(session) if role in (UserRole.clerk, UserRole.head) else None
    actor = actor_of(session, make_user(session, role, unit=unit))
    other = make_user(session, UserRole.leader, login="ld02")
    with pytest.raises(Forbidden):
        make(session, UserRole.leader, actor=actor)
    for deed in (accounts.reset_password, accounts.unlock, accounts.disable, accounts.enable):
        with pytest.raises(Forbidden):
            deed(session, actor, other.id, at=AT)
    with pytest.raises(Forbidden):
        accounts.set_roles(session, actor, other.id, roles=[UserRole.admin], at=AT)
    assert session.scalars(select(AuditEvent)).all() == []


def test_the_database_itself_refuses_an_administrator_with_a_second_role(session: Session) -> None:
    user = make_user(session, UserRole.admin)
    session.add(UserRoleGrant(user_id=user.id, apart=True, role=UserRole.auditor))
    with pytest.raises(IntegrityError):
        session.commit()
    session.rollback()
    session.add(UserRoleGrant(user_id=user.id, apart=False, role=UserRole.supervisor))
    with pytest.raises(IntegrityError):
        session.commit()


def test_an_administrator_does_not_act_on_his_own_account(session: Session) -> None:
    admin = make_actor(session, UserRole.admin)
    assert admin.user_id is not None
    for deed in (accounts.reset_password, accounts.unlock, accounts.disable, accounts.enable):
        with pytest.raises(Refused, match="自己的账号不能由自己"):
            deed(session, admin, admin.user_id, at=AT)
    with pytest.raises(Refused, match="自己的账号不能由自己"):
        accounts.set_roles(session, admin, admin.user_id, roles=[UserRole.supervisor], at=AT)


def test_an_account_that_is_not_there_is_not_found(session: Session) -> None:
    with pytest.raises(NotYours):
        accounts.reset_password(session, SYSTEM, 99, at=AT)


def test_a_changed_password_ends_every_login_and_the_first_one_is_worth_nothing(session: Session) -> None:
    first = make(session, UserRole.leader)
    actor = log_in(session, first)
    sessions.start(session, actor, "i" * 43, address="", agent="", at=AT)
    accounts.change_password(session, actor, current=first, new=PASSWORD, again=PASSWORD, at=AT)
    assert session.scalars(select(WebSession.ended_at)).one() == AT
    with pytest.raises(Refused):
        log_in(session, first)
    assert log_in(session, PASSWORD).user_id == actor.user_id
    assert session.scalars(select(User.must_change)).one() is False


@pytest.mark.parametrize(("current", "new", "again", "fields"), [
    ("wrong", PASSWORD, PASSWORD, {"current": "原密码不对，还可以试4次"}),
    (None, "short", "short", {"new": "密码至少10个字符，现在5个"}),
    (None, None, None, {"new": "新密码和原密码一样，请换一个"}),
    (None, PASSWORD, PASSWORD + "。", {"again": "两次输入的新密码不一样"}),
])
def test_a_password_that_cannot_be_changed_is_left_as_it_was(
        session: Session, current: str | None, new: str | None, again: str | None, fields: dict[str, str]) -> None:
    first = make(session, UserRole.leader)
    actor = log_in(session, first)
    with pytest.raises(Refused) as refused:
        accounts.change_password(session, actor, current=current or first, new=new or first, again=again or first,
                                 at=AT)
    assert refused.value.fields == fields
    assert log_in(session, first).user_id == actor.user_id


def test_long_passwords_are_not_cut(session: Session) -> None:
    first = make(session, UserRole.leader)
    actor = log_in(session, first)
    long = "柴达木" * 40
    accounts.change_password(session, actor, current=first, new=long + "甲乙丙丁", again=long + "甲乙丙丁", at=AT)
    with pytest.raises(Refused):
        log_in(session, long + "甲乙丙戊")
    assert log_in(session, long + "甲乙丙丁").user_id == actor.user_id


def test_a_reset_gives_a_new_first_password_and_lifts_the_lock(session: Session) -> None:
    first = make(session, UserRole.leader)
    user_id = session.scalars(select(User.id)).one()
    for _ in range(5):
        with pytest.raises(Refused):
            log_in(session, "wrong")
    password = accounts.reset_password(session, SYSTEM, user_id, at=AT)
    with pytest.raises(Refused):
        log_in(session, first)
    assert log_in(session, password).user_id == user_id
    assert session.scalars(select(User.must_change)).one() is True


def test_an_unlocked_account_gets_in_at_once(session: Session) -> None:
    first = make(session, UserRole.leader)
    user_id = session.scalars(select(User.id)).one()
    for _ in range(5):
        with pytest.raises(Refused):
            log_in(session, "wrong")
    accounts.unlock(session, SYSTEM, user_id, at=AT)
    assert log_in(session, first).user_id == user_id


def test_roles_are_changed_whole_and_noted_with_what_was_before(session: Session) -> None:
    make(session, UserRole.leader)
    user_id = session.scalars(select(User.id)).one()
    accounts.set_roles(session, SYSTEM, user_id, roles=[UserRole.admin], at=AT)
    assert list(session.scalars(select(UserRoleGrant.role))) == [UserRole.admin]
    with pytest.raises(Refused):
        accounts.set_roles(session, SYSTEM, user_id, roles=[UserRole.admin, UserRole.leader], at=AT)
    event = session.scalars(select(AuditEvent).where(AuditEvent.action == "user.roles_set")).one()
    assert (event.facts["before"], event.facts["roles"]) == (["leader"], ["admin"])
