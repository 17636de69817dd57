"""Battery A4, B3, B7: people whose roles, posts and passwords change while they are there."""
from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from itertools import combinations

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from tests.battery.rounds import held
from tests.factories import actor_of, make_obligation, make_task, make_text, make_unit, make_user, moment
from tests.web.desk import CANARY, Desk, written
from tests.web.visitor import Visitor, visitor_as
from tracker.domain.actors import SYSTEM, Actor
from tracker.domain.words import Rating, State, UserRole
from tracker.errors import Forbidden, Refused
from tracker.models import Deputy, Obligation, Post, Unit, User, UserRoleGrant
from tracker.services import accounts, handover, posts, reporting, reviewing, sessions, signing

pytestmark = pytest.mark.battery

AT = moment("2026-10-08 09:30")
PASSWORD, NEW_PASSWORD = "春天在德令哈种一棵树", "秋天在茫崖看一片蓝湖"


class Posted:
    """A clerk of 州科技局 who heads 州财政局 as well, logged in and acting there."""

    def __init__(self, app: Flask, session: Session, *, of: str = "州科技局", at: str = "州财政局",
                 login: str = "kjj01") -> None:
        self.session = session
        unit, other = make_unit(session, name=of), make_unit(session, name=at)
        user = make_user(session, unit=unit, login=login, name="某填报员")
        self.user_id, self.own_id, self.other_id = user.id, unit.id, other.id
        posts.give_post(session, SYSTEM, user.id, unit_id=other.id, role=UserRole.head, at=AT)
        self.visitor = Visitor(app).enter(session.get_one(User, self.user_id))
        session.rollback()
        assert self.act_for(self.other_id).status_code == 303

    def act_for(self, unit_id: int) -> TestResponse:
        return self.visitor.post("/identity", unit_id=str(unit_id))

    def post_id(self) -> int:
        self.session.rollback()
        return self.session.scalars(select(Post.id)).one()

    def may_sign(self) -> bool:
        return self.visitor.get("/sign").status_code == 200

    def is_out(self) -> bool:
        answer = self.visitor.get("/password")
        return answer.status_code == 303 and answer.headers["Location"].startswith("/login")


@pytest.fixture
def posted(app: Flask, session: Session) -> Posted:
    return Posted(app, session)


def test_a4_the_identity_is_the_logins_own_and_ends_with_it(app: Flask, posted: Posted) -> None:
    assert posted.may_sign()
    page = posted.visitor.get("/password").text
    assert re.findall(r'<option value="\d+" selected>(.*?)</option>', page) == ["州财政局 审签人"]
    elsewhere = Visitor(app)
    with posted.session as session:
        sessions.start(session, actor_of(session, session.get_one(User, posted.user_id)), "e" * 43, address="",
                       agent="", at=AT)
    elsewhere.cookie = "e" * 43
    assert elsewhere.get("/sign").status_code == 404
    assert elsewhere.get("/my").status_code == 200
    posted.visitor.post("/logout")
    assert posted.is_out()
    held("A4 identity", tried=4, figure="shared identities=0")


def test_a4_a_log_in_is_dead_after_its_post_role_password_or_account_ended(app: Flask, session: Session) -> None:
    accepted = []
    ends: tuple[Callable[[Posted], None], ...] = (
        lambda one: posts.end_post(session, SYSTEM, one.user_id, one.post_id(), at=AT),
        lambda one: accounts.set_roles(session, SYSTEM, one.user_id, roles=[UserRole.head], at=AT),
        lambda one: accounts.reset_by_link(session, SYSTEM, one.user_id, at=AT) and None,
        lambda one: accounts.disable(session, SYSTEM, one.user_id, at=AT),
        lambda one: handover.hand_over(session, SYSTEM, one.user_id, successor_id=None, at=AT) and None,
    )
    for number, end in enumerate(ends):
        one = Posted(app, session, of=f"单位{number}甲", at=f"单位{number}乙", login=f"dw{number}x")
        end(one)
        session.rollback()
        accepted += [number] if not one.is_out() else []
    assert accepted == []
    held("A4 ends", tried=len(ends), figure="dead ids accepted=0")


def force(session: Session, login: str, roles: set[UserRole], *, apart: bool) -> None:
    """Write the mix past the service."""
    user = User(login=login, name="某账号", password_hash="!", must_change=False, apart=apart, password_set_at=AT,
                created_at=AT)
    session.add(user)
    session.flush()
    session.add_all(UserRoleGrant(user_id=user.id, apart=apart, role=role) for role in roles)
    session.flush()


def test_b3_each_way_to_a_forbidden_mix_is_refused(session: Session) -> None:
    """All pairs with a role that stands apart: made, invited, changed to; and by force."""
    user_id, tried = make_user(session, UserRole.leader, login="ld01").id, 0
    for mix in combinations(UserRole, 2):
        if not {UserRole.admin, UserRole.auditor} & set(mix):
            continue
        for deed in (lambda mix=mix: accounts.invite(session, SYSTEM, login="mixed", name="某账号", roles=mix, at=AT),
                     lambda mix=mix: accounts.set_roles(session, SYSTEM, user_id, roles=mix, at=AT)):
            with pytest.raises(Refused, match=r"账号没有建|角色没有改"):
                deed()
        for apart in (True, False):
            with pytest.raises(IntegrityError):
                force(session, "mixed", set(mix), apart=apart)
            session.rollback()
        tried += 4
    held("B3 mixes", tried=tried, figure="breaches=0")


def test_b3_no_page_shows_the_administrator_what_a_report_says(app: Flask, session: Session) -> None:
    desk = Desk(app, session)
    first, second = desk.owe("1"), desk.owe("2")
    desk.save(first, make_text(f"{CANARY}1项。", problems=CANARY, next_steps=CANARY))
    desk.submit(second, make_text(f"{CANARY}2项。", problems=CANARY))
    desk.send_back(second, f"{CANARY}请补充")
    number = desk.user.id
    session.rollback()
    admin, tried = visitor_as(app, UserRole.admin, login="admin01"), 0
    for rule in app.url_map.iter_rules():
        if "GET" not in (rule.methods or ()) or rule.endpoint == "static":
            continue
        values = {name: second if "obligation" in name or "id" not in name else number for name in rule.arguments}
        built = rule.build({name: str(value) if name in ("number", "key", "token", "filename") else value
                            for name, value in values.items()})
        if built is None:
            continue
        assert CANARY.encode() not in admin.get(built[1]).data, rule
        tried += 1
    assert "2件草稿要有人接着写" in admin.get(f"/admin/users/{number}/leave").text
    for path in (f"/reports/{first}", f"/reports/{second}", "/my", "/review", "/tasks", "/overview", "/exports",
                 "/audit"):
        assert admin.get(path).status_code == 404, path
    held("B3 admin", tried=tried, figure="canary words=0")


class Round:
    """州科技局's report handed in by the clerk, waiting for its head; and who else may be made of the clerk."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.unit = make_unit(session)
        self.clerk = make_user(session, unit=self.unit, login="kjj01", name="某填报员")
        self.head = make_user(session, UserRole.head, unit=self.unit, login="kjj10", name="李局长")
        self.clerk_id, self.head_id, self.unit_id = self.clerk.id, self.head.id, self.unit.id
        self.id = make_obligation(session, task=make_task(session, lead=self.unit), unit=self.unit).id
        reporting.submit_report(session, actor_of(session, self.clerk), self.id, text=make_text(), version=1,
                                request_key="k", at=AT)
        session.rollback()

    def actor(self, user_id: int, secret_id: str) -> Actor:
        """As a request would find it."""
        self.session.rollback()
        sessions.start(self.session, actor_of(self.session, self.session.get_one(User, user_id)), secret_id,
                       address="", agent="", at=AT)
        visit = sessions.find(self.session, secret_id, at=AT, idle=timedelta(hours=1), longest=timedelta(hours=1))
        assert visit is not None
        return visit.actor

    def sign(self, actor: Actor) -> None:
        version = self.session.get_one(Obligation, self.id).version
        signing.sign_report(self.session, actor, self.id, version=version, at=AT)

    def accept(self, actor: Actor) -> None:
        version = self.session.get_one(Obligation, self.id).version
        reviewing.accept_report(self.session, actor, self.id, judged=Rating.on_track, version=version, at=AT)


def test_b3_nobody_approves_his_own_deed_whatever_he_becomes(session: Session) -> None:
    one = Round(session)
    session.add(Deputy(unit_id=one.unit_id, head_id=one.head_id, deputy_id=one.clerk_id, from_on=date(2026, 10, 8),
                       until_on=date(2026, 10, 8), made_at=AT))
    session.commit()
    deputy = one.actor(one.clerk_id, "d" * 43)
    assert deputy.deputy_for == "李局长"
    with pytest.raises(Forbidden):
        one.sign(deputy)
    accounts.set_roles(session, SYSTEM, one.clerk_id, roles=[UserRole.head], at=AT)
    with pytest.raises(Forbidden):
        one.sign(one.actor(one.clerk_id, "h" * 43))
    accounts.set_roles(session, SYSTEM, one.clerk_id, roles=[UserRole.clerk, UserRole.head], at=AT)
    with pytest.raises(Forbidden):
        one.sign(one.actor(one.clerk_id, "b" * 43))
    one.sign(one.actor(one.head_id, "l" * 43))
    for user_id, secret_id in ((one.clerk_id, "s" * 43), (one.head_id, "t" * 43)):
        session.get_one(User, user_id).unit_id = None                        # moved to the office behind the service
        session.query(UserRoleGrant).filter_by(user_id=user_id).delete()
        session.add(UserRoleGrant(user_id=user_id, apart=False, role=UserRole.supervisor))
        session.commit()
        with pytest.raises(Forbidden):
            one.accept(one.actor(user_id, secret_id))
    one.accept(actor_of(session, make_user(session, UserRole.supervisor)))
    assert session.get_one(Obligation, one.id).state is State.accepted
    held("B3 own", tried=5, figure="self-approvals=0")


def test_b7_what_is_taken_away_while_one_is_there_is_gone_at_the_next_click(app: Flask, session: Session) -> None:
    """Released unit, moved person, ended post, head's deputy: each on the page that was open just before."""
    stale = []
    desk = Desk(app, session)
    owed = desk.owe("1")
    assert desk.clerk.get(f"/reports/{owed}").status_code == 200
    stranger = make_unit(session, name="州水利局").id
    session.get_one(User, desk.user.id).unit_id = stranger
    session.commit()
    for path, status in ((f"/reports/{owed}", 404), ("/my", 200)):
        stale += [path] if desk.clerk.get(path).status_code != status else []
    answer = desk.clerk.post(f"/reports/{owed}", **written(1, deed="save"))
    stale += ["write"] if answer.status_code != 404 else []
    post_user = make_user(session, unit=session.get_one(Unit, stranger), login="slj02").id
    posts.give_post(session, SYSTEM, post_user, unit_id=desk.unit.id, role=UserRole.clerk, at=AT)
    visitor = Visitor(app).enter(session.get_one(User, post_user))
    unit_id = desk.unit.id
    session.rollback()
    assert visitor.get(f"/reports/{owed}").status_code == 404
    visitor.post("/identity", unit_id=str(unit_id))
    assert visitor.get(f"/reports/{owed}").status_code == 200
    session.rollback()
    session.scalars(select(Post)).one().ended_at = AT
    session.commit()
    stale += ["post"] if visitor.get(f"/reports/{owed}").status_code != 404 else []
    head = make_user(session, UserRole.head, unit=session.get_one(Unit, stranger), name="李局长")
    session.add(Deputy(unit_id=stranger, head_id=head.id, deputy_id=post_user, from_on=date(2026, 10, 8),
                       until_on=date(2026, 10, 8), made_at=AT))
    session.commit()
    assert visitor.get("/sign").status_code == 200
    session.rollback()
    accounts.disable(session, SYSTEM, head.id, at=AT)
    stale += ["deputy"] if visitor.get("/sign").status_code != 404 else []
    assert stale == []
    held("B7 people", tried=5, figure="stale grants=0")
