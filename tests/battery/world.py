"""A whole office in small (全场): four units around one part, everybody who could ask for it, and canaries in it.

州科技局 leads the tasks, 州财政局 owes the parts that are asked for ("own"), 州税务局 works on the same tasks, 州文旅局
on none of them. Each part stands in another state; what is written in it is a word that stands nowhere else.
"""
from __future__ import annotations

import io
import struct
import zlib
from datetime import date, timedelta
from typing import Any

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.battery.planned import add_year_plan
from tests.conftest import NOW
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
from tracker.domain.actors import SYSTEM, Actor
from tracker.domain.extensions import Wish
from tracker.domain.words import Extended, PlanState, Role, SheetKind, Source, UserRole
from tracker.models import (
    Attachment,
    Chase,
    Deputy,
    DraftCopy,
    DueDate,
    Milestone,
    Objection,
    Obligation,
    Post,
    Purge,
    Quotation,
    ReportVersion,
    Responsibility,
    Task,
    Unit,
    User,
    YearPlan,
)
from tracker.services import entering, evidence, exports, links, reporting, reviewing, signing
from tracker.services.deed import deed
from tracker.services.extensions import ask_extension
from tracker.services.file_store import receive

UNITS = {"lead": "州科技局", "own": "州财政局", "co": "州税务局", "foreign": "州文旅局"}
EARLIER, BEFORE = NOW - timedelta(days=1), NOW - timedelta(hours=2)
STATES = ("draft", "sign", "given_back", "sent", "accepted", "back", "entered")     # of 州财政局's parts, a task each


def canary(place: str) -> str:
    """The word that is written in this place and nowhere else."""
    return f"金丝雀{place.replace('_', '')}鸟"


def picture(shade: int) -> bytes:
    """A PNG of one pixel, another for each shade."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
            + chunk(b"IDAT", zlib.compress(bytes([0, shade % 256]))) + chunk(b"IEND", b""))


class World:
    """`ids`: what addresses and forms speak of, by name; `visitors`: everybody, by `role/unit` or by role."""

    def __init__(self, app: Flask, session: Session) -> None:
        self.app, self.session = app, session
        session.info.update(app.extensions["tracker"].session_info())
        self.ids: dict[str, Any] = {}
        plan = make_plan(session)
        self.ids["plan_key"] = plan.key
        make_period(session)
        self.units = {place: make_unit(session, name=name) for place, name in UNITS.items()}
        self.users = {f"{role}/{place}": make_user(session, role, unit=unit, login=f"{role}-{place}")
                      for place, unit in self.units.items() for role in (UserRole.clerk, UserRole.head)}
        self.users |= {f"deputy/{place}": make_user(session, UserRole.clerk, unit=unit, login=f"deputy-{place}")
                       for place, unit in self.units.items()}
        self.users |= {role: make_user(session, role, login=role) for role in UserRole
                       if role not in (UserRole.clerk, UserRole.head)}
        self.users["second"] = make_user(session, UserRole.supervisor, login="second")
        for place, unit in self.units.items():
            self._deputy(place, unit)
            self.ids[f"unit_{place}"] = unit.id
        self._reports()
        self._teamwork()
        self._extensions()
        add_year_plan(self, picture(len(self.ids)))
        self._people()
        self._sheet()
        self.visitors = {name: Visitor(app).enter(user) for name, user in self.users.items() if name != "second"}
        self.visitors["anonymous"] = Visitor(app)
        self._disabled()
        session.rollback()

    def actor(self, name: str) -> Actor:
        return actor_of(self.session, self.users[name])

    def version(self, obligation_id: int) -> int:
        self.session.expire_all()
        return self.session.get_one(Obligation, obligation_id).version

    def refresh(self) -> None:
        """Read again at which version each obligation stands."""
        self.session.rollback()
        for name in [name for name in self.ids if f"{name}_v" in self.ids]:
            self.ids[f"{name}_v"] = self.version(self.ids[name])

    def attach(self, name: str, who: str, obligation: str, file_name: str) -> None:
        """A picture of a colour of its own, under this name."""
        with receive(self.session, io.BytesIO(picture(len(self.ids))), f"{file_name}.png") as stored:
            row = evidence.attach(self.session, self.actor(who), self.ids[obligation], stored=stored, name=stored.name,
                                  dated_on=None, at=EARLIER)
        self.ids[name] = row.id

    def owe(self, name: str, number: str, *, lead: Unit, co: list[Unit], unit: Unit, **others: Any) -> None:
        task = make_task(self.session, number=number, lead=lead, co=co)
        self._owe(name, task=task, unit=unit, **others)

    def _owe(self, name: str, **facts: Any) -> None:
        self.ids[name] = make_obligation(self.session, **facts).id
        self.ids[f"{name}_v"] = 1

    def submit(self, name: str, place: str) -> None:
        reporting.submit_report(self.session, self.actor(f"clerk/{place}"), self.ids[name], at=EARLIER,
                                text=make_text(f"已完成12项。{canary(name)}"), version=self.version(self.ids[name]),
                                request_key=f"world-{name}")

    def sign(self, name: str, place: str) -> None:
        signing.sign_report(self.session, self.actor(f"head/{place}"), self.ids[name],
                            version=self.version(self.ids[name]), at=EARLIER)

    def _deputy(self, place: str, unit: Unit) -> None:
        row = Deputy(unit_id=unit.id, head_id=self.users[f"head/{place}"].id,
                     deputy_id=self.users[f"deputy/{place}"].id, from_on=date(2026, 10, 1), until_on=date(2026, 10, 31),
                     made_at=EARLIER)
        self.session.add(row)
        self.session.commit()
        self.ids[f"deputy_{place}"] = row.id

    def _reports(self) -> None:
        lead, own, co, foreign = self.units.values()
        for number, state in enumerate(STATES, start=1):
            self.owe(f"own_{state}", str(number), lead=lead, co=[own, co], unit=own, role=Role.co)
            self.ids[f"task_{state}"] = str(number)
        self.ids["duty_own"] = self.session.scalars(select(Responsibility.id).join(Task).where(
            Task.number == self.ids["task_draft"], Responsibility.unit_id == own.id)).one()
        self.owe("foreign_draft", "90", lead=foreign, co=[], unit=foreign)
        self.owe("lead_draft", "91", lead=lead, co=[own, co], unit=lead)
        reporting.save_draft(self.session, self.actor("clerk/own"), self.ids["own_draft"], at=EARLIER, version=1,
                             text=make_text(canary("own_draft")))
        self.attach("file_draft", "clerk/own", "own_draft", canary("file_draft"))
        for state in ("sent", "accepted", "back"):
            self.attach(f"file_{state}", "clerk/own", f"own_{state}", canary(f"file_{state}"))
        for state in ("sign", "given_back", "sent", "accepted", "back"):
            self.submit(f"own_{state}", "own")
        for state in ("sent", "accepted", "back"):
            self.sign(f"own_{state}", "own")
        session, office = self.session, self.actor("supervisor")
        signing.send_to_clerk(session, self.actor("head/own"), self.ids["own_given_back"], reason=canary("to_clerk"),
                              version=self.version(self.ids["own_given_back"]), at=EARLIER)
        reviewing.accept_report(session, office, self.ids["own_accepted"], judged=None,
                                version=self.version(self.ids["own_accepted"]), at=BEFORE)
        reviewing.send_back(session, office, self.ids["own_back"], reason=canary("reason"),
                            version=self.version(self.ids["own_back"]), at=BEFORE)
        entering.enter_for(session, office, self.ids["own_entered"], text=make_text(canary("own_entered")),
                           source=Source.telephone, received_at=EARLIER, version=1, request_key="entered", at=EARLIER,
                           note=canary("note"))
        self.refresh()

    def _teamwork(self) -> None:
        """What the lead quoted, what was said to it, who was chased; a text that lost; what is to be purged."""
        session, ids = self.session, self.ids
        reporting.save_draft(session, self.actor("clerk/lead"), ids["lead_draft"], at=EARLIER, version=1,
                             text=make_text(canary("lead_draft")))
        for name, state in (("lead_accepted", "accepted"), ("lead_beside", "draft")):
            task = session.query(Task).filter_by(number=ids[f"task_{state}"]).one()
            self._owe(name, task=task, unit=self.units["lead"])
        reporting.save_draft(session, self.actor("clerk/lead"), ids["lead_accepted"], at=EARLIER, version=1,
                             text=make_text(canary("lead_accepted")))
        version = session.query(ReportVersion).filter_by(obligation_id=ids["own_accepted"]).one()
        quotation = Quotation(obligation_id=ids["lead_accepted"], part_version_id=version.id, text=canary("quotation"),
                              quoted_at=EARLIER, quoted_by="州科技局填报员")
        copy = DraftCopy(obligation_id=ids["own_draft"], kept_at=EARLIER, written_by="州财政局填报员",
                         progress=canary("copy"), problems="", matters="", next_steps="", measures={})
        chase = Chase(obligation_id=ids["own_draft"], by_unit_id=self.units["lead"].id, at=EARLIER,
                      actor_id=self.users["clerk/lead"].id, actor_name="州科技局填报员", words=canary("chase"))
        session.add_all([quotation, copy, chase])
        session.flush()
        objection = Objection(quotation_id=quotation.id, words=canary("objection"), at=EARLIER, by="州财政局填报员")
        file = session.get_one(Attachment, ids["file_back"])
        purge = Purge(attachment_id=file.id, obligation_id=ids["own_back"], sha256=file.sha256, reason=canary("purge"),
                      asked_at=EARLIER, asked_by_id=self.users["clerk/own"].id, asked_by="州财政局填报员")
        session.add_all([objection, purge])
        session.commit()
        ids |= {"quotation": quotation.id, "objection": objection.id, "copy": copy.id, "purge": purge.id,
                "part_version": version.id}
        self.refresh()

    def _extensions(self) -> None:
        """州科技局 asks for more time for what it drafts; 州财政局 has a milestone of the first task."""
        session = self.session
        task = session.query(Task).filter_by(number=self.ids["task_draft"]).one()
        plan = YearPlan(task_id=task.id, year=2026, number=1, state=PlanState.approved)
        session.add(plan)
        session.flush()
        milestone = Milestone(year_plan_id=plan.id, task_id=task.id, name="印发办法", owner_id=self.units["own"].id,
                              position=1, due_on=date(2026, 12, 1), counts_since=EARLIER, statement="")
        session.add(milestone)
        session.flush()
        session.add(DueDate(milestone_id=milestone.id, due_at=NOW + timedelta(days=54), recorded_at=EARLIER,
                            actor_name="督查员"))
        session.commit()
        self.ids["milestone"] = milestone.id
        self.ids["extension"] = ask_extension(
            session, self.actor("clerk/lead"), Extended.report, self.ids["lead_draft"], wish=Wish(count=10),
            reason=canary("extension"), at=BEFORE)

    def _people(self) -> None:
        """An account that may be done anything to."""
        scratch = make_user(self.session, UserRole.clerk, unit=self.units["foreign"], login="scratch", name="某填报员")
        post = Post(user_id=scratch.id, unit_id=self.units["co"].id, role=UserRole.clerk, since_at=EARLIER)
        self.session.add(post)
        self.session.commit()
        with deed(self.session, SYSTEM, NOW) as d:
            self.ids["token"] = links.issue_link(d, self.users["head/foreign"])
        self.ids |= {"user": scratch.id, "post": post.id}

    def _sheet(self) -> None:
        made = exports.make_export(
            self.session, self.actor("supervisor"), plan_key=self.ids["plan_key"], kind=SheetKind.ledger,
            period_key="2026Q3", as_of=NOW, at=NOW, export_dir=self.app.extensions["tracker"].settings.exports)
        self.ids["export"] = made.id

    def _disabled(self) -> None:
        """One who was logged in when his account was switched off."""
        self.session.rollback()
        user = make_user(self.session, UserRole.supervisor, login="disabled")
        self.visitors["disabled"] = Visitor(self.app).enter(user)
        self.session.rollback()
        self.session.get_one(User, user.id).active = False
        self.session.commit()
