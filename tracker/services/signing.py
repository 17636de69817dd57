"""Signing off (审签): the unit's head lets a report go out, or gives it back to the clerk. Signing delivers."""
from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session

from tracker.domain.actors import Actor
from tracker.domain.lateness import is_late
from tracker.domain.report_text import REASON_LIMIT_CHARS, clean
from tracker.domain.words import Deed, UserRole
from tracker.errors import Forbidden, Refused
from tracker.models import Decision, Obligation, Post, ReportVersion, Unit, User, UserRoleGrant
from tracker.services.access import get_obligation
from tracker.services.deed import OpenDeed, deed
from tracker.services.steps import check_step, take_step
from tracker.services.versions import last_version

OWN_DEED = "这份报告是您自己提交的，不能由您审签。没有改动；请由本单位另一位审签人办理。"
NEED_REASON = "请写明退回修改的意见，填报员会照着改"
REASON_TOO_LONG = "意见写了{written:,}字，最多{limit:,}字，请压缩"


def needs_signature(session: Session, unit_id: int, user_id: int | None) -> bool:
    """Whether what this person hands in waits for a head: the unit signs off, and has a head other than himself."""
    account = exists().where(UserRoleGrant.user_id == User.id, UserRoleGrant.role == UserRole.head,
                             User.unit_id == unit_id)
    post = exists().where(Post.user_id == User.id, Post.unit_id == unit_id, Post.role == UserRole.head,
                          Post.ended_at.is_(None))
    head = exists().where(User.active, User.id != (user_id or 0), or_(account, post))
    return session.scalars(select(Unit.id).where(Unit.id == unit_id, Unit.sign_off, head)).one_or_none() is not None


def deliver(obligation: Obligation, version: ReportVersion, moment: datetime, *, sent_at: datetime,
            due_at: datetime | None = None) -> None:
    """Within a deed: it goes out to the office. The first delivery is frozen; a later one ends the second clock.

    `moment`: when the unit delivered; `sent_at`: when we learned of it (later only where the office enters an answer);
    `due_at`: what held at that moment, where it is not what holds now; what is delivered keeps it.
    """
    version.sent_at = sent_at
    if obligation.delivered_at is None:
        obligation.due_at = due_at or obligation.due_at
        obligation.delivered_at, obligation.on_time = moment, not is_late(obligation.due_at, moment)
    obligation.resubmit_due_at = None
    obligation.to_sign = False


def sign_report(session: Session, actor: Actor, obligation_id: int, *, version: int, at: datetime) -> Obligation:
    """Sign and send to the office (签发): now it counts as delivered. Nobody signs what he handed in himself."""
    with deed(session, actor, at) as d:
        obligation = get_obligation(session, actor, obligation_id, lock=True)
        _sign(d, obligation, version)
        return obligation


def sign_all(session: Session, actor: Actor, items: Sequence[tuple[int, int]], *, at: datetime) -> int:
    """Sign several (id, version) as one deed, all or none. Returns how many."""
    with deed(session, actor, at) as d:
        for obligation_id, version in sorted(set(items)):
            _sign(d, get_obligation(session, actor, obligation_id, lock=True), version)
        return len(set(items))


def send_to_clerk(session: Session, actor: Actor, obligation_id: int, *, reason: str, version: int,
                  at: datetime) -> Obligation:
    """Give it back to the clerk (退回修改) with words. Nothing went out; the version counts as withdrawn."""
    reason = clean(reason)
    wrong = "" if reason else NEED_REASON
    if len(reason) > REASON_LIMIT_CHARS:
        wrong = REASON_TOO_LONG.format(written=len(reason), limit=REASON_LIMIT_CHARS)
    if wrong:
        raise Refused(wrong, fields={"reason": wrong})
    with deed(session, actor, at) as d:
        obligation = get_obligation(session, actor, obligation_id, lock=True)
        to = check_step(session, actor, obligation, Deed.send_to_clerk, version, at)
        handed_in = last_version(session, obligation.id)
        handed_in.withdrawn_at = at
        obligation.to_sign = False
        take_step(d, obligation, Deed.send_to_clerk, to, reason=reason, version_number=handed_in.number)
        d.record("report.sent_to_clerk", obligation=obligation.id, version=handed_in.number)
        return obligation


def _sign(d: OpenDeed, obligation: Obligation, version: int) -> None:
    to = check_step(d.session, d.actor, obligation, Deed.sign, version, d.at)
    submitted_by = d.session.scalars(
        select(Decision.actor_id).where(Decision.obligation_id == obligation.id, Decision.deed == Deed.submit)
        .order_by(Decision.id.desc()).limit(1)).one_or_none()
    if d.actor.user_id is not None and submitted_by == d.actor.user_id:
        raise Forbidden(OWN_DEED)
    handed_in = last_version(d.session, obligation.id)
    deliver(obligation, handed_in, d.at, sent_at=d.at)
    take_step(d, obligation, Deed.sign, to, version_number=handed_in.number, delivered_at=d.at)
    d.record("report.signed", obligation=obligation.id, version=handed_in.number, on_time=obligation.on_time,
             deputy_for=d.actor.deputy_for)
