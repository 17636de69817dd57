"""Battery A5: one-time links, and the old password that is asked for with a new one."""
from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session
from structlog.testing import capture_logs

from tests.battery.rounds import held
from tests.digest import digest_of
from tests.factories import make_user, moment
from tests.web.visitor import Visitor, one_line, visitor_as
from tracker.clock import FixedClock
from tracker.domain.actors import SYSTEM
from tracker.domain.words import UserRole
from tracker.models import User
from tracker.services import accounts, links, passwords

pytestmark = pytest.mark.battery

AT = moment("2026-10-08 09:30")
PASSWORD, NEW_PASSWORD = "春天在德令哈种一棵树", "秋天在茫崖看一片蓝湖"


def test_a5_thirty_links_that_open_nothing_answer_alike_and_change_nothing(
        app: Flask, session: Session, clock: FixedClock) -> None:
    user_id = make_user(session, UserRole.leader, login="ld01").id

    def made() -> str:
        return accounts.reset_by_link(session, SYSTEM, user_id, at=clock.now())

    dead = [f"{number:x}" * 43 for number in range(10)]                          # guessed
    dead += [made() for _ in range(5)]                                           # superseded
    expired = made()
    clock.move(hours=24)
    dead += [expired, expired[:-1], expired.swapcase(), expired + "=", ""]
    for password in (PASSWORD, NEW_PASSWORD) * 2:
        dead.append(made())
        links.set_password(session, dead[-1], new=password, again=password, at=clock.now())        # used
    dead.append(made())
    accounts.disable(session, SYSTEM, user_id, at=clock.now())                   # switched off
    accounts.enable(session, SYSTEM, user_id, at=clock.now())
    dead += [made(), "../login", "%2e%2e", "x" * 4000, "甲" * 43]
    accounts.reset_password(session, SYSTEM, user_id, at=clock.now())            # by the command line
    before, answers = digest_of(session), set()
    for number, token in enumerate(dead):
        visitor = Visitor(app, f"10.1.0.{number}")
        for answer in (visitor.get(f"/welcome/{token}"),
                       visitor.post(f"/welcome/{token}", new=PASSWORD, again=PASSWORD)):
            if token not in ("", "../login"):                                    # those are other addresses
                words = re.sub(r'(name="csrf-token" content|name="csrf_token" value)="[^"]+"', "", answer.text)
                answers.add((answer.status_code, words))
    assert [status for status, _ in answers] == [410]
    assert digest_of(session) == before
    held("A5", tried=len(dead), figure="reuses=0")


def test_a5_a_dead_link_costs_the_same_whatever_it_was(
        app: Flask, session: Session, count_queries: Callable[[], AbstractContextManager[list[str]]]) -> None:
    user_id = make_user(session, UserRole.leader, login="ld01").id
    used, superseded = (accounts.reset_by_link(session, SYSTEM, user_id, at=AT) for _ in range(2))
    links.set_password(session, superseded, new=PASSWORD, again=PASSWORD, at=AT)
    seen = set()
    for token in (used, superseded, "x" * 43):
        visitor = Visitor(app)
        csrf = visitor.token()
        with count_queries() as queries:
            visitor.client.post(f"/welcome/{token}", data={"csrf_token": csrf, "new": PASSWORD, "again": PASSWORD})
        seen.add(tuple(queries))
    assert len(seen) == 1


def test_a5_the_administrator_sees_the_link_once_and_never_a_password(app: Flask, session: Session) -> None:
    user_id = make_user(session, UserRole.leader, login="ld01").id
    session.rollback()
    admin = visitor_as(app, UserRole.admin, login="admin01")
    page = admin.post(f"/admin/users/{user_id}/reset", password="chosen by him", new="chosen by him").text
    token = one_line(page, r'<dd class="first-password one-time" id="link">.*?</dd>').rpartition("/")[2]
    assert "chosen by him" not in page
    for path in ("/admin/users", f"/admin/users/{user_id}", "/admin/users?show=first_password", "/jobs"):
        assert token not in admin.get(path).text
    owner = Visitor(app)
    assert owner.log_in("ld01", "chosen by him").status_code == 422
    owner.post(f"/welcome/{token}", new=PASSWORD, again=PASSWORD)
    session.rollback()
    assert session.scalars(select(User.must_change).where(User.id == user_id)).one() is False
    assert owner.log_in("ld01", PASSWORD).status_code == 303


def test_a5_of_two_who_use_it_at_once_one_is_refused(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second came through the first look and finds it used when its turn comes."""
    user_id = make_user(session, UserRole.leader, login="ld01").id
    token = accounts.reset_by_link(session, SYSTEM, user_id, at=AT)
    hashed = passwords.hashed

    def another_first(password: str) -> str:
        monkeypatch.setattr(passwords, "hashed", hashed)
        links.set_password(session, token, new=NEW_PASSWORD, again=NEW_PASSWORD, at=AT)
        return hashed(password)

    monkeypatch.setattr(passwords, "hashed", another_first)
    with pytest.raises(links.DeadLink):
        links.set_password(session, token, new=PASSWORD, again=PASSWORD, at=AT)
    assert passwords.matches(session.get_one(User, user_id).password_hash, NEW_PASSWORD)


def test_a_wrong_old_password_counts_and_locks_like_a_log_in_that_failed(app: Flask, session: Session) -> None:
    token = accounts.invite(session, SYSTEM, login="ld01", name="某领导", roles=[UserRole.leader], at=AT)
    links.set_password(session, token, new=PASSWORD, again=PASSWORD, at=AT)
    thief = Visitor(app)
    assert thief.log_in("ld01", PASSWORD).status_code == 303
    said = [one_line(thief.post("/password", current="wrong", new=NEW_PASSWORD, again=NEW_PASSWORD).text,
                     '<p class="err" id="current-error">.*?</p>') for _ in range(5)]
    assert said == [*(f"原密码不对，还可以试{left}次" for left in (4, 3, 2, 1)),
                    "输错5次，09:45后再试；急用请找系统管理员"]
    refused = thief.post("/password", current=PASSWORD, new=NEW_PASSWORD, again=NEW_PASSWORD)
    assert "输错5次，09:45后再试" in refused.text
    assert "输错5次，09:45后再试" in Visitor(app).log_in("ld01", PASSWORD).text


def test_a5_a_bug_on_the_way_does_not_put_the_link_into_the_log(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(links, "invited", fails)
    with capture_logs() as lines:
        assert Visitor(app).get(f"/welcome/{'t' * 43}").status_code == 500
    assert [line["path"] for line in lines] == ["/welcome/<token>"]
    assert "t" * 43 not in str(lines)
