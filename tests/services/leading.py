"""A task with its lead and co-units (牵头与配合): the scene of the tests of quoting, chasing and objecting."""
from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.factories import make_actor, make_obligation, make_period, make_plan, make_task, make_text, make_unit, moment
from tracker.domain.words import Role, UnitKind
from tracker.models import Chase, Obligation, Quotation, Report
from tracker.services.consolidating import quote
from tracker.services.lead_desk import LeadDesk, QuoteLine, lead_desk, quoted_of
from tracker.services.reporting import save_draft, submit_report, withdraw_report
from tracker.services.reviewing import send_back

AT = moment("2026-10-08 09:30")             # a Thursday
LATER = moment("2026-10-08 15:00")
SAID = "配合落实资金300万元，新建实验室3个。"
MORE = "组织培训2期。"


class Scene:
    """Task 1: 州科技局 leads; 州财政局, 州教育局 and 州税务局 (中央垂管) work with it; 州文旅局 is a stranger."""

    def __init__(self, session: Session) -> None:
        self.session, self.plan = session, make_plan(session)
        names = ("州科技局", "州财政局", "州教育局", "州税务局", "州文旅局")
        self.units = {name: make_unit(session, name=name, sign_off=False, kind=(
            UnitKind.vertical if name == "州税务局" else UnitKind.department)) for name in names}
        self.task = make_task(session, lead=self.units["州科技局"], co=[self.units[name] for name in names[1:4]])
        make_period(session)
        self.owed = {name: make_obligation(session, task=self.task, unit=self.units[name],
                                           role=Role.lead if name == "州科技局" else Role.co).id for name in names[:4]}
        self.clerk = {name: make_actor(session, unit=unit) for name, unit in self.units.items()}
        self.lead, self.lead_id = self.clerk["州科技局"], self.owed["州科技局"]
        self.office = make_actor(session)

    def version(self, name: str = "州科技局") -> int:
        self.session.rollback()
        return self.session.get_one(Obligation, self.owed[name]).version

    def draft(self, name: str, text: str, *, at: Any = AT) -> None:
        save_draft(self.session, self.clerk[name], self.owed[name], text=make_text(text), version=self.version(name),
                   at=at)

    def give(self, name: str, text: str = SAID + MORE, *, at: Any = AT) -> None:
        submit_report(self.session, self.clerk[name], self.owed[name], text=make_text(text), version=self.version(name),
                      request_key=f"k{self.version(name)}", at=at)

    def send_back(self, name: str, *, at: Any = AT) -> None:
        send_back(self.session, self.office, self.owed[name], reason="请补充", version=self.version(name), at=at)

    def take_back(self, name: str, *, at: Any = AT) -> None:
        withdraw_report(self.session, self.clerk[name], self.owed[name], version=self.version(name), at=at)

    def quote(self, name: str = "州财政局", text: str = "", **others: Any) -> int:
        asked: dict[str, Any] = {"part_obligation_id": self.owed[name], "text": text, "version": self.version(),
                                 "at": AT} | others
        return quote(self.session, self.lead, self.lead_id, **asked)

    def written(self) -> str:
        self.session.rollback()
        return self.session.get_one(Report, self.lead_id).progress

    def desk(self, at: Any = AT) -> LeadDesk:
        self.session.rollback()
        return lead_desk(self.session, self.lead, self.lead_id, at)

    def seen_by(self, name: str, at: Any = AT) -> tuple[QuoteLine, ...]:
        self.session.rollback()
        return quoted_of(self.session, self.clerk[name], self.owed[name], at)

    def chases(self) -> list[Chase]:
        self.session.rollback()
        return list(self.session.scalars(select(Chase).order_by(Chase.id)))

    def quoted(self, used: str = SAID) -> int:
        """州财政局's words are quoted and the lead's report went out with them as `used`. The quotation's id."""
        self.give("州财政局")
        self.quote(text=SAID)
        self.give("州科技局", f"立项12项。\n州财政局：{used}")
        return self.session.scalars(select(Quotation.id)).one()
