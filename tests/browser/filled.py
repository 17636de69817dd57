"""What the pages are looked at with (底数): the plan with nothing said yet, and half a year of it played through."""
from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.factories import actor_of, make_text, make_user
from tests.services.real_plan import load_real_plan
from tracker.domain.actors import Actor
from tracker.domain.words import Rating, Role, State, UserRole
from tracker.models import Obligation, Period, Task, Unit, User
from tracker.notices.plan_file import read_plan
from tracker.paths import SEED
from tracker.scheduler.simulation import Course, play
from tracker.services import reporting, reviewing, signing

OURS, CO = "州科技局", "州财政局"
PEOPLE = {                      # account → whose, as what
    "kjj01": (OURS, UserRole.clerk), "kjj02": (OURS, UserRole.head), "czj01": (CO, UserRole.clerk),
    "dcs01": (None, UserRole.supervisor), "dcs02": (None, UserRole.supervisor), "ld01": (None, UserRole.leader),
    "admin01": (None, UserRole.admin), "audit01": (None, UserRole.auditor),
}
COURSE = Course(7, date(2026, 4, 1), date(2026, 10, 7))
LONG = "本期走访企业26户，收集技术需求11项，达成合作意向3项；组织申报项目9个，通过评审4个，落实资金120万元。"
FOR = {UserRole.clerk: "kjj01", UserRole.head: "kjj02", UserRole.supervisor: "dcs01", UserRole.leader: "ld01",
       UserRole.admin: "admin01", UserRole.auditor: "audit01"}


@dataclass(frozen=True)
class Known:
    """Ids of what is there, for the addresses of the pages."""

    obligations: dict[State, int]       # 州科技局's
    signing: int                        # one that waits for its head; 0 without one
    waiting: int                        # one that waits for the office
    user: int
    full: bool


def people(session: Session) -> dict[str, Actor]:
    units = {unit.name: unit for unit in session.scalars(select(Unit))}
    return {login: actor_of(session, make_user(session, role, login=login, unit=units.get(unit or "")))
            for login, (unit, role) in PEOPLE.items()}


def begin(session: Session) -> Known:
    """The plan, everybody's account, and nothing said."""
    load_real_plan(session)
    people(session)
    return known(session, full=False)


def fill(session: Session, at: datetime) -> Known:
    """Half a year of the plan; then 州科技局 has something in every state, with a head who signs."""
    play(session, COURSE, read_plan(SEED))
    actors = people(session)
    ours = list(session.scalars(
        select(Obligation).join(Unit, Unit.id == Obligation.unit_id).join(Period, Period.id == Obligation.period_id)
        .where(Unit.name == OURS, Obligation.state == State.pending, Obligation.opened_at <= at)
        .order_by(Obligation.role.desc(), Obligation.id)))
    for number, owed in enumerate(ours):
        _live(session, actors, owed.id, owed.role, number, at)
    return known(session, full=True)


def _live(session: Session, actors: dict[str, Actor], owed: int, role: Role, number: int, at: datetime) -> None:
    """Bring it to the state of its number: draft, to sign, signed, returned, accepted, waived, pending."""
    clerk, head, office = actors["kjj01"], actors["kjj02"], actors["dcs01"]

    def version() -> int:
        session.rollback()
        return session.get_one(Obligation, owed).version

    text = make_text(f"{LONG}（{number}）", problems="专业人才不足", next_steps="下季度完成评审", percent=40)
    step = number % 7
    if step in (1, 2, 3, 4, 5):
        reporting.submit_report(session, clerk, owed, text=text, version=version(), request_key="k", at=at)
    if step in (2, 3, 4, 5):
        signing.sign_report(session, head, owed, version=version(), at=at)
    if step == 0:
        reporting.save_draft(session, clerk, owed, text=text, version=version(), at=at)
    elif step == 3:
        reviewing.send_back(session, office, owed, reason="无量化进展：请写明金额。", version=version(), at=at)
    elif step == 4:
        reviewing.accept_report(session, office, owed, judged=Rating.on_track if role is Role.lead else None,
                                version=version(), at=at)
    elif step == 5:
        reviewing.waive_report(session, office, owed, reason="任务已部门办结", version=version(), at=at)


def known(session: Session, *, full: bool) -> Known:
    session.rollback()
    ours = list(session.scalars(
        select(Obligation).join(Unit, Unit.id == Obligation.unit_id).where(Unit.name == OURS)
        .order_by(Obligation.role.desc(), Obligation.id.desc())))
    sent = select(Obligation.id).where(Obligation.state.in_((State.submitted, State.signed)))
    return Known(
        obligations={one.state: one.id for one in ours},
        signing=session.scalars(sent.where(Obligation.to_sign)).first() or 0,
        waiting=session.scalars(sent.where(Obligation.to_sign.is_(False))).first() or 0,
        user=session.scalars(select(User.id).where(User.login == "kjj02")).one(), full=full)


def task_numbers(session: Session) -> list[str]:
    return list(session.scalars(select(Task.number).order_by(Task.position)))
