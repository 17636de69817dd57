"""Battery B8: bulk deeds with one among them that may not be: all or nothing, and by name where one may know it.

The rows are made once a deed: a refused batch changes nothing, so that the same rows serve for every odd one, and
at the end they all pass.
"""
from __future__ import annotations

import os
import random
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from tests.battery.rounds import FULL, held, rounds
from tests.conftest import NOW
from tests.digest import digest_of
from tests.factories import (
    actor_of,
    make_obligation,
    make_period,
    make_plan,
    make_task,
    make_text,
    make_unit,
    make_user,
)
from tests.web.visitor import Visitor
from tracker.domain.words import Rating, Source, State, UserRole
from tracker.models import Obligation, Unit, User
from tracker.services import entering, reporting, reviewing, signing

pytestmark = [pytest.mark.battery, pytest.mark.timeout(3600 if FULL else 300)]

SEED = int(os.environ.get("BATTERY_SEED", "8"))
ROWS = rounds(9, 49)
TRAIL = frozenset({"audit_event", "audit_head", "web_session"})
NOWHERE = 987_654


class Office:
    """州科技局, where nobody signs, 州财政局, whose head does, and 督查室; each with its own things."""

    def __init__(self, app: Flask, session: Session) -> None:
        self.app, self.session, self.numbers = app, session, 0
        make_plan(session)
        self.period = make_period(session)
        self.science, self.finance = make_unit(session), make_unit(session, name="州财政局")
        self.people = {
            "clerk": make_user(session, unit=self.science, login="kjj01"),
            "other": make_user(session, unit=self.finance, login="czj01"),
            "head": make_user(session, UserRole.head, unit=self.finance, login="czj02"),
            "office": make_user(session, login="dcs01"),
            "colleague": make_user(session, login="dcs02"),
        }
        self.at_desk = {name: Visitor(app).enter(user) for name, user in self.people.items()}
        session.rollback()

    def user(self, name: str) -> User:
        return self.people[name]

    def actor(self, name: str) -> Any:
        self.session.rollback()
        return actor_of(self.session, self.user(name))

    def owe(self, unit: Unit) -> int:
        self.numbers += 1
        task = make_task(self.session, number=str(self.numbers), lead=unit)
        return make_obligation(self.session, task=task, unit=unit, period=self.period).id

    def version(self, one: int) -> int:
        self.session.rollback()
        owed = self.session.get(Obligation, one)
        return owed.version if owed is not None else 1

    def pending(self) -> int:
        return self.owe(self.science)

    def foreign(self) -> int:
        return self.owe(self.finance)

    def submitted(self, words: str = "") -> int:
        return self._hand_in("clerk", self.owe(self.science), words)

    def to_sign(self) -> int:
        return self._hand_in("other", self.owe(self.finance))

    def signed(self) -> int:
        one = self.to_sign()
        signing.sign_report(self.session, self.actor("head"), one, version=self.version(one), at=NOW)
        return one

    def accepted(self) -> int:
        one = self.submitted()
        reviewing.accept_report(self.session, self.actor("colleague"), one, judged=Rating.on_track,
                                version=self.version(one), at=NOW)
        return one

    def entered(self) -> int:
        one = self.owe(self.science)
        entering.enter_for(self.session, self.actor("office"), one, text=make_text(), source=Source.telephone,
                           received_at=NOW, version=1, request_key="k", at=NOW)
        return one

    def waived(self) -> int:
        one = self.owe(self.science)
        reviewing.waive_report(self.session, self.actor("office"), one, reason="并入另一件", version=1, at=NOW)
        return one

    def _hand_in(self, who: str, one: int, words: str = "") -> int:
        reporting.submit_report(self.session, self.actor(who), one, text=make_text(words) if words else make_text(),
                                version=1, request_key="k", at=NOW)
        return one

    def states(self, ids: list[int]) -> set[State]:
        self.session.rollback()
        return {self.session.get_one(Obligation, one).state for one in ids}

    def accept(self, ids: list[int], stale: int | None = None) -> TestResponse:
        return self._ticked("office", "/review/accept", ids, stale)

    def sign(self, ids: list[int], stale: int | None = None) -> TestResponse:
        return self._ticked("head", "/sign/all", ids, stale)

    def hand_in(self, ids: list[int], stale: int | None = None, **instead: str) -> TestResponse:
        fields: dict[str, str] = {"deed": "submit", "request_key": "whole-return"}
        for one in ids:
            fields |= {f"r{one}-version": str(self._seen(one, stale)), f"r{one}-progress": "已立项12项。",
                       f"r{one}-self_rating": "on_track"}
        return self.at_desk["clerk"].post("/my/grid?period=2026Q3", **(fields | instead))

    def _ticked(self, who: str, address: str, ids: list[int], stale: int | None) -> TestResponse:
        return self.at_desk[who].post(address, item=[f"{one}:{self._seen(one, stale)}" for one in ids])

    def _seen(self, one: int, stale: int | None) -> int:
        return self.version(one) - (one == stale)


Send = Callable[..., TestResponse]


def try_all(office: Office, send: Send, good: list[int], odd: dict[str, tuple[int, str]]) -> int:
    """Send the good rows with each odd one at a place of chance: refused, nothing changed, named as said."""
    chance, partial = random.Random(SEED), []
    for what, (one, named) in odd.items():
        rows = [*good, one] if one not in good else list(good)
        chance.shuffle(rows)
        before = digest_of(office.session, leave_out=TRAIL)
        answer = send(rows, stale=one if what == "stale" else None)
        if answer.status_code not in {403, 404, 409, 422} or named not in answer.text:
            partial.append((what, answer.status_code))
        if digest_of(office.session, leave_out=TRAIL) != before:
            partial.append((what, "changed"))
    assert partial == [], f"BATTERY_SEED={SEED}"
    return len(odd)


def test_b8_a_batch_of_the_office_is_accepted_whole_or_not_at_all(app: Flask, session: Session) -> None:
    office = Office(app, session)
    good = [office.submitted() for _ in range(ROWS)]
    odd = {
        "nowhere": (NOWHERE, "没有这个页面，或者不在您的查看范围"),
        "pending": (office.pending(), "不能一起通过：这一件现在是“待填报”，不能通过"),
        "to sign": (office.to_sign(), "不能一起通过：这一件现在是“待审签”，不能通过"),
        "accepted": (office.accepted(), "不能一起通过：这一件现在是“已通过”，不能通过"),
        "waived": (office.waived(), "不能一起通过：这一件现在是“免报”，不能通过"),
        "warned": (office.submitted("同上"), "有提示（进展情况没有具体内容），不能批量通过"),
        "entered": (office.entered(), "有提示（代填，单位还没有确认），不能批量通过"),
        "stale": (good[ROWS // 2], f"任务{ROWS // 2 + 1}不能一起通过："),
    }
    tried = try_all(office, office.accept, good, odd)
    assert office.accept(good).status_code == 303
    assert office.states(good) == {State.accepted}
    held("B8 review", tried=tried, figure=f"partial=0, rows={ROWS + 1}")


def test_b8_a_heads_batch_is_signed_whole_or_not_at_all(app: Flask, session: Session) -> None:
    office = Office(app, session)
    good = [office.to_sign() for _ in range(ROWS)]
    odd = {
        "nowhere": (NOWHERE, "没有这个页面，或者不在您的查看范围"),
        "of another unit": (office.submitted(), "没有这个页面，或者不在您的查看范围"),
        "not handed in": (office.foreign(), "不能签发"),
        "signed": (office.signed(), "不能签发"),
        "stale": (good[0], "请先看最新情况"),
    }
    tried = try_all(office, office.sign, good, odd)
    assert office.sign(good).status_code == 303
    assert office.states(good) == {State.signed}
    held("B8 sign", tried=tried, figure=f"partial=0, rows={ROWS + 1}")


def test_b8_a_units_return_is_handed_in_whole_or_not_at_all(app: Flask, session: Session) -> None:
    office = Office(app, session)
    good = [office.pending() for _ in range(ROWS)]
    odd = {
        "nowhere": (NOWHERE, "没有这个页面，或者不在您的查看范围"),
        "of another unit": (office.foreign(), "没有这个页面，或者不在您的查看范围"),
        "accepted": (office.accepted(), "不能提交"),
        "waived": (office.waived(), "不能提交"),
    }
    tried = try_all(office, office.hand_in, good, odd)
    before = digest_of(office.session, leave_out=TRAIL)
    answer = office.hand_in(good, **{f"r{good[-1]}-progress": ""})
    assert answer.status_code == 422
    assert "“进展情况”还没写本期做到哪一步" in answer.text
    assert digest_of(office.session, leave_out=TRAIL) == before
    assert office.hand_in(good).status_code == 303
    assert office.states(good) == {State.submitted}
    held("B8 return", tried=tried + 1, figure=f"partial=0, rows={ROWS + 1}")
