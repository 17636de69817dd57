"""A desk for the pages of reports (填报、审核): 州科技局's clerk, the office, and what 州科技局 owes in 2026Q3."""
from __future__ import annotations

import html
import re
from typing import Any

from flask import Flask
from sqlalchemy.orm import Session

from tests.factories import (
    actor_of,
    make_obligation,
    make_period,
    make_plan,
    make_task,
    make_text,
    make_unit,
    make_user,
    moment,
)
from tests.web.visitor import Visitor
from tracker.domain.rows import ReportText
from tracker.domain.words import MeasureKind
from tracker.models import Measure, Obligation, Period, ReportVersion, Task, Unit, User
from tracker.services import reporting, reviewing

AT = moment("2026-10-08 09:00")
CANARY = "金丝雀一九七三"


class Desk:
    def __init__(self, app: Flask, session: Session) -> None:
        self.app, self.session = app, session
        make_plan(session)
        self.unit = make_unit(session)
        self.user, self.supervisor = make_user(session, unit=self.unit, login="kjj01"), make_user(session, login="dc01")
        self.clerk, self.office = self.enter(self.user), self.enter(self.supervisor)

    def enter(self, user: User) -> Visitor:
        visitor = Visitor(self.app).enter(user)
        self.session.rollback()         # to see the visit: nobody writes upon what was read before it
        return visitor

    def another(self, name: str = "州财政局") -> tuple[Unit, Visitor]:
        """Another unit and its clerk."""
        unit = make_unit(self.session, name=name)
        return unit, self.enter(make_user(self.session, unit=unit))

    def owe(self, number: str = "1", *, unit: Unit | None = None, **others: Any) -> int:
        unit = unit or self.unit
        task = others.pop("task", None) or make_task(self.session, number=number, lead=unit)
        return make_obligation(self.session, task=task, unit=unit, **others).id

    def measure(self, owed: int, *keys: str) -> None:
        """Give the task of what is owed measures (具体举措) with these keys."""
        task_id = self.session.get_one(Obligation, owed).task_id
        self.session.add_all(Measure(task_id=task_id, key=key, kind=MeasureKind.sum, name=key, as_written="",
                                     unit_word="万元", position=place) for place, key in enumerate(keys, start=1))
        self.session.commit()

    def after(self, text: ReportText, *, task: Task) -> Period:
        """2026Q3, where 州科技局 handed in this text on the task in 2026Q2."""
        period = make_period(self.session)
        before = make_obligation(self.session, task=task, unit=self.unit,
                                 period=make_period(self.session, key="2026Q2"))
        self.accept(self.submit(before.id, text, at=moment("2026-07-02 09:00")))
        return period

    def obligation(self, obligation_id: int) -> Obligation:
        self.session.rollback()         # what the pages wrote meanwhile
        return self.session.get_one(Obligation, obligation_id)

    def versions(self, obligation_id: int) -> list[ReportVersion]:
        self.session.rollback()
        return list(self.session.query(ReportVersion).filter_by(obligation_id=obligation_id)
                    .order_by(ReportVersion.number))

    def save(self, obligation_id: int, text: ReportText | None = None, *, at: Any = AT) -> int:
        reporting.save_draft(self.session, actor_of(self.session, self.user), obligation_id, text=text or make_text(),
                             version=self.obligation(obligation_id).version, at=at)
        return obligation_id

    def submit(self, obligation_id: int, text: ReportText | None = None, *, at: Any = AT) -> int:
        version, unit_id = self.obligation(obligation_id).version, self.obligation(obligation_id).unit_id
        user = self.user if unit_id == self.unit.id else make_user(
            self.session, unit=self.session.get_one(Unit, unit_id))
        reporting.submit_report(self.session, actor_of(self.session, user), obligation_id, text=text or make_text(),
                                version=version, request_key=f"k{version}", at=at)
        return obligation_id

    def send_back(self, obligation_id: int, reason: str = "请补充金额") -> int:
        reviewing.send_back(self.session, actor_of(self.session, self.supervisor), obligation_id, reason=reason,
                            version=self.obligation(obligation_id).version, at=AT)
        return obligation_id

    def accept(self, obligation_id: int) -> int:
        """Accept a lead's report, judged as it rated itself."""
        reviewing.accept_report(self.session, actor_of(self.session, self.supervisor), obligation_id,
                                judged=self.versions(obligation_id)[-1].self_rating,
                                version=self.obligation(obligation_id).version, at=AT)
        return obligation_id


def written(version: int, **others: Any) -> dict[str, Any]:
    """The report form as a browser sends it, ready to be handed in."""
    return {"version": version, "request_key": "key-of-the-page", "progress": "已立项12项。", "self_rating": "on_track",
            "percent": "", "problems": "", "matters": "", "next_steps": "", "deed": "submit"} | others


def form_of(page: str) -> dict[str, str]:
    """What the form on the page holds, as a browser would send it."""
    held = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page))
    held |= dict(re.findall(r'<textarea id="\w+" name="(\w+)"[^>]*>\n(.*?)</textarea>', page, re.DOTALL))
    held |= dict(re.findall(r'name="(self_rating)" value="(\w+)" checked', page))
    held |= dict(re.findall(r'name="(percent)"[^>]* value="([^"]*)"', page))
    return {name: html.unescape(value) for name, value in held.items()}


def hostile(length: int = 5000) -> str:
    """A text of exactly this many characters that would break out, run, or turn the page around."""
    words = "</textarea><script>alert(1)</script>\"'&amp;{{7*7}}\u202e右到左\u202c第一行\n第二行"
    return (words * (length // len(words) + 1))[:length - 1] + "完"
