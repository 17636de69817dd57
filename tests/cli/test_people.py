"""Accounts from the command line (账号): a head's account, and what the list says of posts."""
from __future__ import annotations

import json

import pytest
from sqlalchemy import select

from tests.factories import moment
from tracker.domain.actors import SYSTEM
from tracker.domain.words import UserRole
from tracker.models import Unit, User
from tracker.services import accounts, links, posts, signing


def test_a_head_is_made_and_the_unit_signs_off_from_then_on(run, installed, session):
    run("init")
    unit_id = session.scalars(select(Unit.id).where(Unit.name == "州科技局")).one()
    assert not signing.needs_signature(session, unit_id, None)
    session.rollback()
    assert run("user", "add", "kjj10", "--name", "州科技局审签人", "--role", "head", "--unit", "州科技局")[0] == 0
    assert signing.needs_signature(session, unit_id, None)


def test_the_list_names_posts(run, installed, session):
    run("init")
    run("user", "add", "kjj01", "--name", "某填报员", "--role", "clerk", "--role", "head", "--unit", "州科技局")
    user_id = session.scalars(select(User.id)).one()
    other = session.scalars(select(Unit.id).where(Unit.name == "州财政局")).one()
    posts.give_post(session, SYSTEM, user_id, unit_id=other, role=UserRole.head, at=moment("2026-10-08 09:30"))
    assert run("user", "list")[1] == "kjj01\t某填报员\t州科技局\t填报员、审签人、兼州财政局审签人\t在用\n"
    assert json.loads(run("user", "list", "--json")[1])[0]["posts"] == [{"unit": "州财政局", "role": "head"}]


def test_a_first_password_by_command_ends_the_link_that_was_out(run, installed, session, clock):
    run("init")
    token = accounts.invite(session, SYSTEM, login="ld01", name="某领导", roles=[UserRole.leader], at=clock.now())
    assert links.invited(session, token, at=clock.now()).login == "ld01"
    session.rollback()
    assert run("user", "passwd", "ld01")[0] == 0
    with pytest.raises(links.DeadLink):
        links.invited(session, token, at=clock.now())
