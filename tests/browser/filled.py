"""What the pages are looked at with (底数): the plan with nothing said yet, and half a year of it played through."""
from __future__ import annotations

import io
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from tests.battery.world import picture
from tests.factories import actor_of, make_text, make_user
from tests.services.real_plan import load_real_plan
from tracker.domain.actors import SYSTEM, Actor
from tracker.domain.extensions import Wish
from tracker.domain.words import Extended, Rating, Role, Source, State, UserRole
from tracker.errors import Conflict
from tracker.models import Obligation, Period, Quotation, Responsibility, Unit, User
from tracker.notices.plan_file import read_plan
from tracker.paths import SEED
from tracker.scheduler.simulation import Course, play
from tracker.services import (
    accounts,
    consolidating,
    deputies,
    entering,
    evidence,
    links,
    posts,
    purging,
    reporting,
    reviewing,
    signing,
)
from tracker.services.deed import deed
from tracker.services.extensions import ask_extension, grant_extension, refuse_extension
from tracker.services.file_store import receive

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
    waiting: int                        # one that waits for the office; 0 without one
    user: int
    lead: int = 0                       # 州科技局's lead report that quotes 州财政局's part
    part: int = 0
    entered: int = 0                    # 代填 by the office
    file: int = 0
    milestone: int = 0
    purges: list[int] = field(default_factory=list)
    token: str = ""                     # of a one-time link


def people(session: Session) -> dict[str, Actor]:
    units = {unit.name: unit for unit in session.scalars(select(Unit))}
    return {login: actor_of(session, make_user(session, role, login=login, unit=units.get(unit or "")))
            for login, (unit, role) in PEOPLE.items()}


def begin(session: Session) -> Known:
    """The plan, everybody's account, and nothing said."""
    load_real_plan(session)
    people(session)
    return known(session)


def fill(session: Session, at: datetime) -> Known:
    """Half a year of the plan; then 州科技局 has something in every state, with a head who signs; and all the rest."""
    play(session, COURSE, read_plan(SEED))
    actors = people(session)
    ours = select(Obligation).join(Unit, Unit.id == Obligation.unit_id).where(
        Unit.name == OURS, Obligation.state == State.pending, Obligation.opened_at <= at)
    for number, owed in enumerate(session.scalars(ours.order_by(Obligation.role.desc(), Obligation.id)).all()):
        _live(session, actors, owed.id, owed.role, number, at)
    _extensions(session, actors, at)
    return replace(known(session), **_teamwork(session, actors, at), **_people_too(session, actors, at))


def _teamwork(session: Session, actors: dict[str, Actor], at: datetime) -> dict[str, Any]:
    """A lead report that quotes a part, with an objection and a chase; evidence, an entry, two things to purge."""
    clerk, part_clerk, office = actors["kjj01"], actors["czj01"], actors["dcs01"]
    part, other = aliased(Obligation), aliased(Obligation)
    lead, given = session.execute(
        select(other, part).join(part, (part.task_id == other.task_id) & (part.period_id == other.period_id))
        .join(Period, Period.id == other.period_id)
        .where(other.unit_id == clerk.unit_id, other.role == Role.lead, part.unit_id == part_clerk.unit_id,
               Period.key == "2026Q4")).first()
    lead_id, part_id, foreign = lead.id, given.id, session.scalars(select(Obligation.id).where(
        Obligation.unit_id.not_in((clerk.unit_id, part_clerk.unit_id)), Obligation.state == State.pending)).first()

    def version(owed: int) -> int:
        session.rollback()
        return session.get_one(Obligation, owed).version

    def hang(owed: int, actor: Actor, shade: int, name: str) -> int:
        with receive(session, io.BytesIO(picture(shade)), name) as stored:
            return evidence.attach(session, actor, owed, stored=stored, name=name, dated_on=date(2026, 9, 30), at=at).id

    files = [hang(part_id, part_clerk, shade, f"资金下达文件{shade}.png") for shade in range(3)]
    reporting.submit_report(session, part_clerk, part_id, text=make_text(LONG), version=version(part_id),
                            request_key="k", at=at)
    drafted = version(lead_id)
    for writer in (clerk, replace(clerk, name="州科技局填报员二")):      # the second is told, and both texts are kept
        with suppress(Conflict):
            reporting.save_draft(session, writer, lead_id, text=make_text(f"{writer.name}写的。{LONG}"),
                                 version=drafted, at=at)
    consolidating.quote(session, clerk, lead_id, part_obligation_id=part_id, version=version(lead_id), at=at)
    consolidating.chase_silent(session, clerk, lead_id, at=at, words="请抓紧。")
    hang(lead_id, clerk, 7, "推进会签到表（扫描件）.png")
    reporting.submit_report(session, clerk, lead_id, text=make_text(f"州财政局：{LONG}"), version=version(lead_id),
                            request_key="k", at=at)
    signing.sign_report(session, actors["kjj02"], lead_id, version=version(lead_id), at=at)
    quotation = session.scalars(select(Quotation.id)).one()
    consolidating.object_to(session, part_clerk, quotation, words="少引了一项。", at=at)
    entering.enter_for(session, office, foreign, text=make_text(LONG), source=Source.telephone, at=at,
                       received_at=at - timedelta(hours=1), version=version(foreign), request_key="k", note="来电答复")
    asked = [purging.ask_purge_of_file(session, part_clerk, files[1], reason="传错了文件。", at=at).id,
             purging.ask_purge_of_report(session, office, foreign, reason="误录。", at=at).id]
    return {"lead": lead_id, "part": part_id, "entered": foreign, "file": files[0], "purges": asked}


def _extensions(session: Session, actors: dict[str, Actor], at: datetime) -> None:
    """州科技局 asked for more time for what it leads: one task granted, one refused, one waits."""
    clerk, office = actors["kjj01"], actors["dcs01"]
    led = session.scalars(select(Responsibility.task_id).where(
        Responsibility.unit_id == clerk.unit_id, Responsibility.role == Role.lead).order_by(Responsibility.task_id))
    asked = [ask_extension(session, clerk, Extended.task, task_id, wish=Wish(count=30), reason="资金年底才下达", at=at)
             for task_id in led.all()[:3]]
    grant_extension(session, office, asked[0], answer="请抓紧", at=at)
    refuse_extension(session, office, asked[1], answer="资金已下达", at=at)


def _people_too(session: Session, actors: dict[str, Actor], at: datetime) -> dict[str, Any]:
    """A deputy, a post in another unit, a first password not yet set, somebody off, a link that waits."""
    session.rollback()
    head, user = actors["kjj02"], session.scalars(select(User).where(User.login == "kjj02")).one()
    deputies.name_deputy(session, head, deputy_id=actors["kjj01"].user_id, from_on=date(2026, 11, 2),
                         until_on=date(2026, 11, 6), at=at)
    posts.give_post(session, SYSTEM, actors["kjj01"].user_id or 0, unit_id=actors["czj01"].unit_id,
                    role=UserRole.clerk, at=at)
    for login in ("kjj03", "kjj04"):
        accounts.create_account(session, SYSTEM, login=login, name="州科技局填报员", roles=[UserRole.clerk],
                                unit_id=head.unit_id, at=at)
    left = session.scalars(select(User.id).where(User.login == "kjj04")).one()
    accounts.disable(session, SYSTEM, left, at=at)
    with deed(session, SYSTEM, at) as d:
        return {"token": links.issue_link(d, session.merge(user))}


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


def known(session: Session) -> Known:
    session.rollback()
    ours = session.execute(
        select(Obligation.state, Obligation.id).join(Unit, Unit.id == Obligation.unit_id).where(Unit.name == OURS)
        .order_by(Obligation.role.desc(), Obligation.id.desc()))
    waiting = select(Obligation.id).where(Obligation.state.in_((State.submitted, State.signed)),
                                          Obligation.to_sign.is_(False))
    return Known(obligations=dict(ours.all()), waiting=session.scalars(waiting).first() or 0,
                 user=session.scalars(select(User.id).where(User.login == "kjj02")).one())
