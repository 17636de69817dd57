"""Battery B9: state × deed × role through the pages, by buttons that are not shown too: as the domain's table says."""
from __future__ import annotations

from datetime import timedelta
from itertools import count

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from tests.battery.rounds import FULL, held
from tests.conftest import NOW
from tests.digest import digest_of
from tests.factories import actor_of, make_obligation, make_period, make_task, make_text, make_unit, make_user
from tests.web.visitor import Visitor
from tracker.domain.transitions import TABLE
from tracker.domain.words import Deed, Rating, Source, State, UserRole
from tracker.models import Obligation, User
from tracker.services import entering, reporting, reviewing, signing

pytestmark = [pytest.mark.battery, pytest.mark.timeout(3600 if FULL else 300)]

EARLIER, JUST_NOW = NOW - timedelta(hours=3), NOW - timedelta(minutes=2)
ROLES = (UserRole.clerk, UserRole.head, UserRole.supervisor, UserRole.leader, UserRole.admin)
TRAIL = frozenset({"audit_event", "audit_head", "web_session"})

# How an obligation comes to stand where it is tried: the steps that lead there; with and without the head's signature.
WAYS: dict[str, tuple[bool, tuple[str, ...]]] = {
    "pending": (False, ()), "draft": (False, ("save",)), "submitted": (False, ("submit",)),
    "to sign": (True, ("submit",)), "signed": (True, ("submit", "sign")), "entered": (False, ("enter_for",)),
    "accepted": (True, ("submit", "sign", "accept")), "returned": (False, ("submit", "send_back")),
    "waived": (False, ("waive",)),
}
STANDS = {"to sign": State.submitted, "entered": State.signed}       # else as it is called
BEFORE = {"accepted": State.signed, "returned": State.submitted, "waived": State.pending}     # where 撤销 leads back to


class Office:
    """Two units, one whose head signs and one where nobody does, and somebody of each role."""

    def __init__(self, app: Flask, session: Session) -> None:
        self.app, self.session, self.numbers = app, session, count(1)
        make_period(session)
        self.units = {sign_off: make_unit(session, name=name, sign_off=sign_off)
                      for sign_off, name in ((True, "州科技局"), (False, "州财政局"))}
        self.people: dict[tuple[UserRole, bool], User] = {}
        for role in ROLES:
            for sign_off, unit in self.units.items():
                own = unit if role in (UserRole.clerk, UserRole.head) else None
                self.people[role, sign_off] = make_user(session, role, unit=own, login=f"{role}{sign_off:d}")
        self.other = make_user(session, login="other")               # what he enters, another accepts
        self.visitors = {key: Visitor(app).enter(user) for key, user in self.people.items()}
        session.rollback()

    def obligation(self, way: str) -> int:
        """One that stands there."""
        sign_off, steps = WAYS[way]
        unit, session = self.units[sign_off], self.session
        task = make_task(session, number=str(next(self.numbers)), lead=unit)
        one = make_obligation(session, task=task, unit=unit).id
        clerk, head, office = (actor_of(session, self.people[role, sign_off]) for role in (
            UserRole.clerk, UserRole.head, UserRole.supervisor))
        for step in steps:
            version = self.version(one)
            match step:
                case "save":
                    reporting.save_draft(session, clerk, one, text=make_text(), version=version, at=EARLIER)
                case "submit":
                    reporting.submit_report(session, clerk, one, text=make_text(), version=version, request_key="k",
                                            at=EARLIER)
                case "sign":
                    signing.sign_report(session, head, one, version=version, at=EARLIER)
                case "enter_for":
                    entering.enter_for(session, actor_of(session, self.other), one, text=make_text(), version=version,
                                       source=Source.telephone, received_at=EARLIER, request_key="k", at=EARLIER)
                case "accept":
                    reviewing.accept_report(session, office, one, judged=Rating.on_track, version=version, at=JUST_NOW)
                case "send_back":
                    reviewing.send_back(session, office, one, reason="请补充", version=version, at=JUST_NOW)
                case "waive":
                    reviewing.waive_report(session, office, one, reason="并入另一件", version=version, at=JUST_NOW)
        session.rollback()
        return one

    def version(self, one: int) -> int:
        self.session.rollback()
        return self.session.get_one(Obligation, one).version

    def send(self, role: UserRole, way: str, deed: Deed, one: int) -> int:
        """The form of the deed as this person's browser would send it; the status of the answer."""
        address, form = FORMS[deed]
        visitor = self.visitors[role, WAYS[way][0]]
        fields = {"version": str(self.version(one)), "request_key": f"key-{one}"} | form
        return visitor.post(address.format(one=one), **fields).status_code


TEXT = {"progress": "写了15项", "self_rating": "on_track", "percent": "", "problems": "", "matters": "",
        "next_steps": ""}
FORMS: dict[Deed, tuple[str, dict[str, str]]] = {
    Deed.save: ("/reports/{one}", TEXT | {"deed": "save"}),
    Deed.submit: ("/reports/{one}", TEXT | {"deed": "submit"}),
    Deed.withdraw: ("/reports/{one}/withdraw", {}),
    Deed.sign: ("/sign/{one}", {"deed": "sign"}),
    Deed.send_to_clerk: ("/sign/{one}", {"deed": "send_to_clerk", "reason": "请补充"}),
    Deed.accept: ("/review/{one}", {"deed": "accept", "judged": "on_track", "words": "已核对"}),
    Deed.send_back: ("/review/{one}", {"deed": "send_back", "words": "请补充"}),
    Deed.waive: ("/review/{one}", {"deed": "waive", "words": "并入另一件"}),
    Deed.undo: ("/review/{one}/undo", {}),
    Deed.enter_for: ("/reports/{one}/enter", TEXT | {"source": "telephone", "received_at": "2026-10-08T08:00",
                                                     "told_by": "张科长"}),
    Deed.confirm: ("/reports/{one}/confirm", {}),
}


def next_state(way: str, deed: Deed, role: UserRole) -> State | None:
    """Where the table leads; None where it does not. 确认 is of what was entered for the unit only."""
    sign_off, state = WAYS[way][0], STANDS.get(way) or State(way)
    step = TABLE.get((state, deed))
    if step is None or role not in step.roles or step.sign_off not in (None, sign_off and way == "to sign"):
        return None
    if deed is Deed.confirm and way != "entered":
        return None
    return BEFORE[way] if step.to is None else step.to


def test_b9_every_cell_of_the_table_holds_through_the_pages(app: Flask, session: Session) -> None:
    office = Office(app, session)
    wrong: list[tuple[object, ...]] = []
    cells = {(way, deed, role): next_state(way, deed, role) for way in WAYS for deed in Deed for role in ROLES}
    standing = {way: office.obligation(way) for way in WAYS}
    assert {way: session.get_one(Obligation, one).state for way, one in standing.items()} == {
        way: STANDS.get(way) or State(way) for way in WAYS}
    before = digest_of(session, leave_out=TRAIL)
    for (way, deed, role), to in cells.items():
        if to is None:
            status = office.send(role, way, deed, standing[way])
            if status not in {403, 404, 409, 422}:
                wrong.append((way, deed, role, status))
    assert wrong == []
    assert digest_of(session, leave_out=TRAIL) == before
    for (way, deed, role), to in cells.items():
        if to is not None:
            one = office.obligation(way)
            status = office.send(role, way, deed, one)
            session.rollback()
            stands = session.get_one(Obligation, one).state
            if status != 303 or stands is not to:
                wrong.append((way, deed, role, status, stands))
    assert wrong == []
    assert sum(to is not None for to in cells.values()) >= len(TABLE)
    held("B9", tried=len(cells), figure=f"cells={len(cells)}, open={sum(to is not None for to in cells.values())}")
