"""Battery A: who somebody is."""
from __future__ import annotations

import re
import time
from collections.abc import Callable
from itertools import combinations
from statistics import median

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from tests.battery.rounds import held, rounds
from tests.factories import actor_of, make_unit, moment
from tests.web.visitor import Visitor, one_line, visitor_as
from tracker.clock import FixedClock
from tracker.domain.actors import SYSTEM
from tracker.domain.words import UserRole
from tracker.errors import Refused
from tracker.models import User, UserRoleGrant, WebSession
from tracker.services import accounts, passwords

pytestmark = pytest.mark.battery

NOW = moment("2026-10-08 09:30")
PASSWORD, NEW_PASSWORD = "春天在德令哈种一棵树", "秋天在茫崖看一片蓝湖"


@pytest.fixture
def clerk_id(session: Session, clock: FixedClock) -> int:
    """州科技局's clerk kjj01, whose password is PASSWORD."""
    unit = make_unit(session, name="州科技局")
    first = accounts.create_account(session, SYSTEM, login="kjj01", name="州科技局填报员", roles=[UserRole.clerk],
                                    unit_id=unit.id, at=clock.now())
    user_id = session.scalars(select(User.id)).one()
    accounts.change_password(session, actor_of(session, session.get_one(User, user_id)), current=first, new=PASSWORD,
                             again=PASSWORD, at=clock.now())
    return user_id


def seen(answer: TestResponse, login: str) -> tuple[int, str, list[tuple[str, str]]]:
    """All that a visitor can tell apart, but for what he typed and the token of his own session."""
    body = re.sub(r'(name="csrf-token" content|name="csrf_token" value)="[^"]+"', "", answer.text)
    headers = sorted((name, value) for name, value in answer.headers.items() if name != "Content-Length")
    return answer.status_code, body.replace(f'value="{login}"', ""), headers


def test_a2_an_unknown_a_wrong_and_a_disabled_login_cannot_be_told_apart(
        app: Flask, session: Session, clock: FixedClock, clerk_id: int) -> None:
    accounts.create_account(session, SYSTEM, login="disabl", name="领导", roles=[UserRole.leader], at=clock.now())
    accounts.disable(session, SYSTEM, session.scalars(select(User.id).where(User.login == "disabl")).one(),
                     at=clock.now())
    logins = ("kjj01", "nobody", "disabl")
    seconds: dict[str, list[float]] = {login: [] for login in logins}
    tried, told_apart = 0, []
    for visit in range(rounds(3, 30)):
        visitors = {login: Visitor(app, f"10.0.{visit}.{number}") for number, login in enumerate(logins)}
        tokens = {login: visitor.token() for login, visitor in visitors.items()}
        for _ in range(7):
            answers = []
            for login, visitor in visitors.items():
                started = time.perf_counter()
                answer = visitor.client.post("/login", data={"csrf_token": tokens[login], "login": login,
                                                             "password": "wrong"}, environ_overrides=visitor.address)
                seconds[login].append(time.perf_counter() - started)
                answers.append(seen(answer, login))
            tried += 1
            if not answers[0] == answers[1] == answers[2] or answers[0][0] != 422:
                told_apart.append(answers)
    assert told_apart == []
    middle = [f"{median(times) * 1000:.1f}" for times in seconds.values()]
    held("A2", tried=tried, figure=f"medians {'/'.join(middle)} ms")


def test_a2_an_unknown_name_costs_one_verification_as_a_known_one_does(
        app: Flask, clerk_id: int, monkeypatch: pytest.MonkeyPatch) -> None:
    verified: list[str] = []
    hasher = passwords.HASHER

    class Counting:
        def verify(self, kept: str, password: str) -> bool:
            verified.append(password)
            return bool(hasher.verify(kept, password))

        def __getattr__(self, name: str) -> object:
            return getattr(hasher, name)

    monkeypatch.setattr(passwords, "HASHER", Counting())
    for login in ("kjj01", "nobody"):
        verified.clear()
        Visitor(app).log_in(login, "wrong")
        assert verified == ["wrong"], login


def logged_in(app: Flask, password: str = PASSWORD) -> Visitor:
    visitor = Visitor(app)
    assert visitor.log_in("kjj01", password).status_code == 303
    return visitor


def is_out(visitor: Visitor) -> bool:
    answer = visitor.get("/my")
    return answer.status_code == 303 and answer.headers["Location"].startswith("/login")


def test_a4_an_id_planted_before_the_login_is_worth_nothing_after_it(app: Flask, clerk_id: int) -> None:
    victim, attacker = Visitor(app), Visitor(app)
    victim.cookie = attacker.cookie = "planted" + "x" * 36
    victim.log_in("kjj01", PASSWORD)
    assert victim.cookie != attacker.cookie
    assert not is_out(victim)
    assert is_out(attacker)


def test_a4_a_dead_id_leads_to_the_login_page(app: Flask, session: Session, clock: FixedClock, clerk_id: int) -> None:
    def logout(visitor: Visitor) -> None:
        visitor.post("/logout")

    def change_password(visitor: Visitor) -> None:
        assert visitor.post("/password", current=PASSWORD, new=NEW_PASSWORD, again=NEW_PASSWORD).status_code == 303
        visitor.post("/password", current=NEW_PASSWORD, new=PASSWORD, again=PASSWORD)

    def disable(visitor: Visitor) -> None:
        accounts.disable(session, SYSTEM, clerk_id, at=clock.now())
        accounts.enable(session, SYSTEM, clerk_id, at=clock.now())

    def change_roles(visitor: Visitor) -> None:
        accounts.set_roles(session, SYSTEM, clerk_id, roles=[UserRole.clerk, UserRole.head], at=clock.now())

    def wait(visitor: Visitor) -> None:
        clock.move(minutes=30, seconds=1)

    ends: tuple[Callable[[Visitor], None], ...] = (logout, change_password, disable, change_roles, wait)
    accepted = []
    for end in ends:
        visitor = logged_in(app)
        old = visitor.cookie
        end(visitor)
        replay = Visitor(app)
        replay.cookie = old
        if not is_out(replay):
            accepted.append(end.__name__)
    assert accepted == []
    held("A4", tried=len(ends), figure="dead ids accepted=0")


@pytest.mark.parametrize(("seconds", "out"), [(1799, False), (1801, True)])
def test_a4_thirty_idle_minutes_end_it_to_the_second(
        app: Flask, clock: FixedClock, clerk_id: int, seconds: int, out: bool) -> None:
    visitor = logged_in(app)
    clock.move(minutes=10)
    visitor.get("/my")
    clock.move(seconds=seconds)
    assert is_out(visitor) is out


@pytest.mark.parametrize(("seconds", "out"), [(-1, False), (1, True)])
def test_a4_twelve_busy_hours_end_it_to_the_second(
        app: Flask, clock: FixedClock, clerk_id: int, seconds: int, out: bool) -> None:
    visitor = logged_in(app)
    for _ in range(36):
        clock.move(minutes=20, seconds=-1)
        assert not is_out(visitor)
    clock.move(seconds=36 + seconds)
    assert is_out(visitor) is out


def test_a4_the_list_is_true_and_the_cookie_holds_an_id_only(app: Flask, session: Session, clerk_id: int) -> None:
    here, there = logged_in(app), logged_in(app)
    assert one_line(here.get("/password").text, "<h1>.*?</h1>") == "我的密码：2处正在登录"
    here.post("/password/end-others")
    assert (is_out(here), is_out(there)) == (False, True)
    assert re.fullmatch("[A-Za-z0-9_-]{43}", here.cookie)
    assert here.cookie not in set(session.scalars(select(WebSession.id_hash)))


def force(session: Session, login: str, roles: set[UserRole], *, apart: bool) -> None:
    """Write the mix past the service."""
    user = User(login=login, name="某账号", password_hash="!", must_change=False, apart=apart, password_set_at=NOW,
                created_at=NOW)
    session.add(user)
    session.flush()
    session.add_all(UserRoleGrant(user_id=user.id, apart=apart, role=role) for role in roles)
    session.flush()


def test_b3_an_administrator_and_an_auditor_hold_no_second_role(session: Session) -> None:
    """Each set of two and three roles with one that stands apart: the service in words, the database by force."""
    mixes = [set(roles) for size in (2, 3) for roles in combinations(UserRole, size)
             if {UserRole.admin, UserRole.auditor} & set(roles)]
    for number, roles in enumerate(mixes):
        with pytest.raises(Refused) as refused:
            accounts.create_account(session, SYSTEM, login=f"mixed{number}", name="某账号", roles=roles, at=NOW)
        assert refused.value.fields["roles"] == "系统管理员、审计员不能兼任别的角色（三员分立）"
        for apart in (True, False):
            with pytest.raises(IntegrityError):
                force(session, f"forced{number}", roles, apart=apart)
            session.rollback()
    assert len(mixes) == 9 + 16
    held("B3", tried=3 * len(mixes), figure="breaches=0")


def test_b3_an_administrator_does_not_reset_unlock_disable_or_promote_himself(app: Flask, session: Session) -> None:
    admin = visitor_as(app, UserRole.admin, login="admin01")
    number = session.scalars(select(User.id).where(User.login == "admin01")).one()
    for deed in ("reset", "unlock", "disable", "enable", "roles"):
        answer = admin.post(f"/admin/users/{number}/{deed}", roles=["supervisor"])
        assert answer.status_code == 422
        assert "自己的账号不能由自己" in answer.text
