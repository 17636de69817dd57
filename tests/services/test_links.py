"""One-time links (一次性链接): once, for a day, the newest only; the administrator never knows the password."""
from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.factories import actor_of, make_unit, make_user, moment
from tracker.domain.actors import SYSTEM, Actor
from tracker.domain.words import UserRole
from tracker.errors import Forbidden, Refused
from tracker.models import AuditEvent, OneTimeLink, User, WebSession
from tracker.services import accounts, links, logins, sessions
from tracker.services.links import DeadLink

AT = moment("2026-10-08 09:30")
PASSWORD = "春天在德令哈种一棵树"


@pytest.fixture
def user_id(session: Session) -> int:
    return make_user(session, unit=make_unit(session), login="kjj01").id


def reset(session: Session, user_id: int, at: datetime = AT) -> str:
    return accounts.reset_by_link(session, SYSTEM, user_id, at=at)


def use(session: Session, token: str, at: datetime = AT, new: str = PASSWORD) -> None:
    links.set_password(session, token, new=new, again=new, at=at)


def log_in(session: Session, password: str, at: datetime = AT) -> Actor:
    return logins.authenticate(session, login="kjj01", password=password, address="10.0.0.7", at=at)


def test_a_reset_ends_the_old_password_every_login_and_lock_at_once(session: Session, user_id: int) -> None:
    use(session, reset(session, user_id))
    actor = log_in(session, PASSWORD)
    sessions.start(session, actor, "i" * 43, address="", agent="", at=AT)
    for _ in range(5):
        with pytest.raises(Refused):
            log_in(session, "wrong")
    later = AT + timedelta(minutes=1)
    token = reset(session, user_id, later)
    assert session.scalars(select(WebSession.ended_at)).one() == later
    with pytest.raises(Refused, match="还可以试4次"):
        log_in(session, PASSWORD, later)
    use(session, token, later, "秋天在茫崖看一片蓝湖")
    assert log_in(session, "秋天在茫崖看一片蓝湖", later).user_id == user_id


def test_only_a_hash_of_it_is_kept(session: Session, user_id: int) -> None:
    token = reset(session, user_id)
    link = session.scalars(select(OneTimeLink)).one()
    assert len(token) == 43
    assert token not in (link.token_hash, link.made_by)
    assert all(token not in str(event.facts) for event in session.scalars(select(AuditEvent)))
    assert (link.expires_at - link.made_at, link.made_by) == (timedelta(hours=24), "系统")


def test_it_opens_until_a_day_has_passed_to_the_second(session: Session, user_id: int) -> None:
    token = reset(session, user_id)
    assert links.invited(session, token, at=AT + timedelta(hours=24, seconds=-1)).login == "kjj01"
    with pytest.raises(DeadLink):
        links.invited(session, token, at=AT + timedelta(hours=24))


def test_whatever_makes_it_worth_nothing_the_answer_is_the_same(session: Session, user_id: int) -> None:
    used = reset(session, user_id)
    use(session, used)
    superseded = reset(session, user_id)
    reset(session, user_id)
    accounts.reset_password(session, SYSTEM, user_id, at=AT)
    by_command = reset(session, user_id)
    accounts.reset_password(session, SYSTEM, user_id, at=AT)
    switched_off = reset(session, user_id)
    accounts.disable(session, SYSTEM, user_id, at=AT)
    accounts.enable(session, SYSTEM, user_id, at=AT)
    said = set()
    for token in (used, superseded, by_command, switched_off, "x" * 43, "", "\ud800", "甲" * 1000):
        for deed in (lambda token=token: links.invited(session, token, at=AT), lambda token=token: use(session, token)):
            with pytest.raises(DeadLink) as dead:
                deed()
            said.add((str(dead.value), dead.value.status, tuple(dead.value.fields)))
    assert len(said) == 1


def test_a_password_that_he_changes_himself_ends_the_link(session: Session, user_id: int) -> None:
    first = accounts.reset_password(session, SYSTEM, user_id, at=AT)
    actor = log_in(session, first)
    user = session.get_one(User, user_id)
    with_link = OneTimeLink(user_id=user.id, token_hash=links.token_hash("t" * 43), made_at=AT, made_by="系统",
                            expires_at=AT + timedelta(hours=24))
    session.add(with_link)
    session.commit()
    accounts.change_password(session, actor, current=first, new=PASSWORD, again=PASSWORD, at=AT)
    with pytest.raises(DeadLink):
        links.invited(session, "t" * 43, at=AT)


@pytest.mark.parametrize(("new", "again", "fields"), [
    ("short", "short", {"new": "密码至少10个字符，现在5个"}),
    ("州科技局填报员kjj01", "州科技局填报员kjj01", {"new": "密码不能主要由账号、姓名或单位名称组成，请换一个"}),
    (PASSWORD, PASSWORD + "。", {"again": "两次输入的新密码不一样"}),
])
def test_a_password_that_will_not_do_leaves_the_link_as_it_was(
        session: Session, user_id: int, new: str, again: str, fields: dict[str, str]) -> None:
    token = reset(session, user_id)
    with pytest.raises(Refused) as refused:
        links.set_password(session, token, new=new, again=again, at=AT)
    assert refused.value.fields == fields
    use(session, token)


def test_no_password_opens_an_account_that_waits_for_its_owner(session: Session, user_id: int) -> None:
    reset(session, user_id)
    for password in ("", "!", session.scalars(select(User.password_hash)).one()):
        with pytest.raises(Refused):
            log_in(session, password)


def test_only_the_administrator_makes_them_and_not_for_himself(session: Session, user_id: int) -> None:
    clerk = actor_of(session, session.get_one(User, user_id))
    admin = actor_of(session, make_user(session, UserRole.admin))
    with pytest.raises(Forbidden):
        accounts.reset_by_link(session, clerk, user_id, at=AT)
    with pytest.raises(Forbidden):
        accounts.invite(session, clerk, login="kjj02", name="某人", roles=[UserRole.leader], at=AT)
    assert admin.user_id is not None
    with pytest.raises(Refused, match="自己的账号不能由自己"):
        accounts.reset_by_link(session, admin, admin.user_id, at=AT)
    assert session.scalars(select(OneTimeLink)).all() == []


def test_what_happened_stands_in_the_audit_trail_with_who_did_it(session: Session, user_id: int) -> None:
    admin = actor_of(session, make_user(session, UserRole.admin, name="管理员"))
    use(session, accounts.reset_by_link(session, admin, user_id, at=AT))
    events = session.scalars(select(AuditEvent).order_by(AuditEvent.id)).all()
    assert [(event.action, event.actor_name) for event in events] == [
        ("user.password_reset", "管理员"), ("user.link_made", "管理员"), ("user.password_set", "州科技局填报员")]
