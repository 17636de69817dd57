"""What changed since my last visit (上次登录以来): steps of others that concern me, newest first. Two queries."""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, func, literal, null, or_, select, union_all
from sqlalchemy.orm import Session, aliased

from tracker.domain.actors import Actor
from tracker.domain.periods import parse_period
from tracker.domain.words import Deed, Rating, Role, UserRole
from tracker.models import (
    Chase,
    Decision,
    Objection,
    Obligation,
    Period,
    Quotation,
    ReportVersion,
    Responsibility,
    Task,
    Unit,
    WebSession,
)
from tracker.services.report_page import COMPOSITE

SHOWN = 10
OFFICE = "督查室"
TOLD_THE_UNIT = (Deed.send_back, Deed.accept, Deed.waive, Deed.undo, Deed.sign, Deed.send_to_clerk, Deed.enter_for)
BY_THE_OFFICE = frozenset({Deed.send_back, Deed.accept, Deed.waive, Deed.undo, Deed.enter_for})
SENT_BACK = frozenset({Deed.send_back, Deed.send_to_clerk})
TO_REVIEW = frozenset({"delivered", "resubmitted"})
OF_ITS_UNIT = TO_REVIEW | {"part", Deed.withdraw, Deed.confirm}
WORDS = {"delivered": "报出", "resubmitted": "重报", "part": "可引用", "chased": "催办", "quoted": "被引用",
         "objected": "异议", "answered": "答复异议"}


@dataclass(frozen=True)
class Change:
    """One step of another person. `word` is what happened, `who` did it; `address` leads to it."""

    at: datetime
    word: str
    sent_back: bool
    who: str
    subject: str                # 任务5（2026年第三季度）
    judged: str                 # 认定 in words, for leaders; "" elsewhere
    address: str


@dataclass(frozen=True)
class Changes:
    """`since`: when I was last here, None on the first visit; `at`: now. `rows` are the newest of `total`."""

    at: datetime
    since: datetime | None
    rows: tuple[Change, ...]
    total: int


def changes(session: Session, actor: Actor, visit_id: int, at: datetime) -> Changes:
    """What others did since the log-in before this one was last used, as far as it concerns the actor."""
    since = session.scalars(select(func.max(WebSession.seen_at)).where(
        WebSession.user_id == actor.user_id, WebSession.id < visit_id)).one()
    desks = dict.fromkeys(desk for role, desk in CONCERNS.items() if actor.has(role))
    concerns = [part for desk in desks for part in desk(actor)]
    if since is None or not concerns:
        return Changes(at, since, (), 0)
    happened = union_all(*concerns).subquery("happened")
    records = session.execute(
        select(happened, Task.number, Unit.name.label("unit"), Period.key, func.count().over().label("total"))
        .join(Obligation, Obligation.id == happened.c.obligation_id).join(Unit, Unit.id == Obligation.unit_id)
        .join(Period, Period.id == Obligation.period_id).outerjoin(Task, Task.id == Obligation.task_id)
        .where(happened.c.at > since).order_by(happened.c.at.desc(), happened.c.obligation_id).limit(SHOWN)).all()
    return Changes(at, since, tuple(_change(record, actor) for record in records), records[0].total if records else 0)


def _of_the_unit(actor: Actor) -> list[Select[Any]]:
    """What was decided on what the unit owes, who chased it, who quoted it, who answered or objected; new parts."""
    mine, lead = Obligation.unit_id == actor.unit_id, aliased(Responsibility)
    leads = exists().where(lead.task_id == Obligation.task_id, lead.unit_id == actor.unit_id, lead.role == Role.lead,
                           lead.ended_at.is_(None))
    decided = _decisions(Decision.deed, actor).where(mine, Decision.deed.in_(TOLD_THE_UNIT))
    parts = _decisions(literal("part"), actor).where(
        Obligation.unit_id != actor.unit_id, Obligation.role != Role.lead, Obligation.delivered_at.is_not(None),
        Decision.delivered_at.is_not(None), leads)
    chased = (select(Chase.at, literal("chased"), Chase.obligation_id,
                     func.coalesce(Unit.name, literal(OFFICE)), null())
              .join(Obligation, Obligation.id == Chase.obligation_id).outerjoin(Unit, Unit.id == Chase.by_unit_id)
              .where(mine, _others(Chase.actor_id, actor)))
    return [decided, parts, chased, *_quoting(actor)]


def _quoting(actor: Actor) -> list[Select[Any]]:
    """引用 of my unit's part by a lead whose report is out; 异议 of co-units against mine, the answer to my own."""
    part, report, co, lead = aliased(Obligation), aliased(Obligation), aliased(Unit), aliased(Unit)

    def told(at: Any, word: str, obligation_id: Any, who: Any) -> Select[Any]:
        return (select(at, literal(word), obligation_id, who, null()).select_from(Quotation)
                .join(ReportVersion, ReportVersion.id == Quotation.part_version_id)
                .join(part, part.id == ReportVersion.obligation_id).join(co, co.id == part.unit_id)
                .join(report, report.id == Quotation.obligation_id).join(lead, lead.id == report.unit_id))

    objecting, sent = Objection.quotation_id == Quotation.id, aliased(ReportVersion)
    went_out = (select(func.min(sent.sent_at)).where(       # what is quoted in a draft is the lead's own affair
        sent.obligation_id == Quotation.obligation_id, sent.sent_at.is_not(None), sent.withdrawn_at.is_(None),
        sent.submitted_at >= Quotation.quoted_at,
        or_(Quotation.dropped_at.is_(None), Quotation.dropped_at > sent.submitted_at))
        .correlate(Quotation).scalar_subquery())
    return [
        told(went_out, "quoted", part.id, lead.name).where(part.unit_id == actor.unit_id, went_out.is_not(None)),
        told(Objection.at, "objected", report.id, co.name).join(Objection, objecting).where(
            report.unit_id == actor.unit_id),
        told(Objection.answered_at, "answered", part.id, lead.name).join(Objection, objecting).where(
            part.unit_id == actor.unit_id, Objection.answered_at.is_not(None)),
    ]


def _of_the_office(actor: Actor) -> list[Select[Any]]:
    """What came in, came again, or was taken back after it had come in."""
    again = exists().where(ReportVersion.obligation_id == Decision.obligation_id,
                           ReportVersion.number < Decision.version_number, ReportVersion.sent_at.is_not(None),
                           ReportVersion.withdrawn_at.is_(None))
    came = exists().where(ReportVersion.obligation_id == Decision.obligation_id,
                          ReportVersion.number == Decision.version_number, ReportVersion.sent_at.is_not(None))
    delivered = and_(Decision.delivered_at.is_not(None), Decision.deed != Deed.enter_for)
    return [
        _decisions(literal("delivered"), actor).where(delivered, ~again),
        _decisions(literal("resubmitted"), actor).where(delivered, again),
        _decisions(Decision.deed, actor).where(
            or_(and_(Decision.deed == Deed.withdraw, came), Decision.deed == Deed.confirm)),
    ]


def _of_the_leaders(actor: Actor) -> list[Select[Any]]:
    """What the office accepted of the leads' reports, and how it judged."""
    return [_decisions(Decision.deed, actor).where(Decision.deed == Deed.accept, Obligation.role == Role.lead)]


def _decisions(word: Any, actor: Actor) -> Select[Any]:
    return (select(Decision.at.label("at"), word.label("word"), Decision.obligation_id.label("obligation_id"),
                   Decision.actor_name.label("who"), Decision.judged.label("judged")).select_from(Decision)
            .join(Obligation, Obligation.id == Decision.obligation_id).where(_others(Decision.actor_id, actor)))


def _others(by: Any, actor: Actor) -> ColumnElement[bool]:
    return or_(by.is_(None), by != actor.user_id)


CONCERNS: dict[UserRole, Callable[[Actor], list[Select[Any]]]] = {
    UserRole.clerk: _of_the_unit,
    UserRole.head: _of_the_unit,
    UserRole.supervisor: _of_the_office,
    UserRole.leader: _of_the_leaders,
}


def _change(record: Any, actor: Actor) -> Change:
    subject = f"任务{record.number}" if record.number else COMPOSITE
    of_the_office = record.word in BY_THE_OFFICE and not actor.has(UserRole.supervisor)
    by_its_unit = record.word in OF_ITS_UNIT
    return Change(
        at=record.at, word=WORDS.get(record.word) or Deed(record.word).label, sent_back=record.word in SENT_BACK,
        who=OFFICE if of_the_office else record.unit if by_its_unit else record.who,
        subject=f"{subject}（{parse_period(record.key).label}）",
        judged=Rating(record.judged).label if record.judged and actor.has(UserRole.leader) else "",
        address=("/review?open=" if record.word in TO_REVIEW else "/reports/") + str(record.obligation_id))
