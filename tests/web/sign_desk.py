"""The head's desk for tests (审签): 州科技局 whose head signs, and what stands on his page."""
from __future__ import annotations

import re
from datetime import date, datetime
from typing import Any

from flask import Flask
from sqlalchemy.orm import Session

from tests.factories import actor_of, make_user
from tests.web.desk import AT, Desk
from tests.web.visitor import Visitor, one_line
from tracker.domain.words import UserRole
from tracker.models import Decision, Deputy, User
from tracker.services import signing


class SignDesk(Desk):
    """州科技局 whose head signs."""

    def __init__(self, app: Flask, session: Session) -> None:
        super().__init__(app, session)
        self.head_user = make_user(session, UserRole.head, unit=self.unit, login="kjj-head", name="李局长")
        self.head = self.enter(self.head_user)

    def sign(self, row: int, at: datetime = AT) -> int:
        signing.sign_report(self.session, actor_of(self.session, self.head_user), row,
                            version=self.obligation(row).version, at=at)
        return row

    def act(self, row: int, deed: str = "sign", *, by: Visitor | None = None, **fields: Any) -> Any:
        return (by or self.head).post(f"/sign/{row}", deed=deed, version=self.obligation(row).version, **fields)

    def steps(self, row: int) -> list[tuple[str, str, str]]:
        self.session.rollback()
        rows = self.session.query(Decision).filter_by(obligation_id=row).order_by(Decision.id)
        return [(step.deed, step.actor_name, step.reason) for step in rows]


def heading(page: str) -> str:
    return one_line(page, "<h1>.*?</h1>")


def card(page: str, row: int) -> str:
    found = re.findall(rf'<article class="panel sg flow" id="item-{row}".*?</article>', page, re.DOTALL)
    assert len(found) == 1
    return str(found[0])


def away(desk: SignDesk) -> User:
    """马副局长, who signs for 李局长 on 9 October."""
    vice = make_user(desk.session, unit=desk.unit, login="kjj02", name="马副局长")
    day = date(2026, 10, 9)
    desk.session.add(Deputy(unit_id=desk.unit.id, head_id=desk.head_user.id, deputy_id=vice.id, made_at=AT, from_on=day,
                            until_on=day))
    desk.session.commit()
    return vice
