"""Reviewing (审核): what the supervision office decides on a report that was handed in."""
from __future__ import annotations

from datetime import datetime, time

from sqlalchemy import select
from sqlalchemy.orm import Session

from tracker.domain.actors import Actor
from tracker.domain.report_text import REASON_LIMIT_CHARS, clean
from tracker.domain.words import Deed, Rating, Role
from tracker.domain.workdays import add_working_days, china_calendar, shanghai_date, shanghai_moment
from tracker.errors import Forbidden, Refused
from tracker.models import Decision, Obligation
from tracker.services.access import get_obligation
from tracker.services.deed import deed
from tracker.services.steps import check_step, take_step
from tracker.services.versions import last_version

RESUBMIT_WORKING_DAYS = 2       # 退回重报, DESIGN section 4
RESUBMIT_TIME = time(18)

OWN_DEED = "这份报告是您自己提交的，不能由您审核。没有改动；请由督查室另一位同事办理。"
NEED_REASON = {Deed.send_back: "请写明退回理由，对方会照着改", Deed.waive: "请写明免报理由，会记入台账"}
NEED_JUDGEMENT = "请给出认定：超序时、达序时、欠序时、未启动或已完成"
NEED_GROUND = "认定与自评（{rating}）不同，请写明理由"
ONLY_LEADS = "只有牵头件才作认定，这一件是配合件。没有改动。"
REASON_TOO_LONG = "理由写了{written:,}字，最多{limit:,}字，请压缩"


def accept_report(session: Session, actor: Actor, obligation_id: int, *, judged: Rating | None, reason: str = "",
                  version: int, at: datetime) -> Obligation:
    """Accept what was handed in (通过). A lead's report gets the office's 认定: with a reason where 自评 is another."""
    reason = _fit(reason)
    with deed(session, actor, at) as d:
        obligation = get_obligation(session, actor, obligation_id, lock=True)
        to = check_step(session, actor, obligation, Deed.accept, version, at)
        _check_not_own(session, actor, obligation)
        handed_in = last_version(session, obligation.id)
        _check_judged(obligation, handed_in.self_rating, judged, reason)
        obligation.judged = judged
        take_step(d, obligation, Deed.accept, to, reason=reason, judged=judged, version_number=handed_in.number)
        d.record("report.accepted", obligation=obligation.id, version=handed_in.number, judged=judged)
        return obligation


def send_back(session: Session, actor: Actor, obligation_id: int, *, reason: str, version: int,
              at: datetime) -> Obligation:
    """Return it with a reason (退回): a second clock of 2 working days starts; the first delivery stays as it is."""
    reason = _fit(reason, needed_for=Deed.send_back)
    with deed(session, actor, at) as d:
        obligation = get_obligation(session, actor, obligation_id, lock=True)
        to = check_step(session, actor, obligation, Deed.send_back, version, at)
        _check_not_own(session, actor, obligation)
        handed_in = last_version(session, obligation.id)
        obligation.resubmit_due_at = _resubmit_due_at(at)
        take_step(d, obligation, Deed.send_back, to, reason=reason, version_number=handed_in.number,
                  resubmit_due_at=obligation.resubmit_due_at)
        d.record("report.returned", obligation=obligation.id, version=handed_in.number)
        return obligation


def waive_report(session: Session, actor: Actor, obligation_id: int, *, reason: str, version: int,
                 at: datetime) -> Obligation:
    """Release the unit from this one report (免报), with a reason. It no longer counts as owed."""
    reason = _fit(reason, needed_for=Deed.waive)
    with deed(session, actor, at) as d:
        obligation = get_obligation(session, actor, obligation_id, lock=True)
        to = check_step(session, actor, obligation, Deed.waive, version, at)
        obligation.resubmit_due_at = None
        take_step(d, obligation, Deed.waive, to, reason=reason)
        d.record("report.waived", obligation=obligation.id)
        return obligation


def _resubmit_due_at(at: datetime) -> datetime:
    day = add_working_days(shanghai_date(at), RESUBMIT_WORKING_DAYS, china_calendar())
    return shanghai_moment(day, RESUBMIT_TIME)


def _fit(reason: str, *, needed_for: Deed | None = None) -> str:
    reason = clean(reason)
    wrong = ""
    if needed_for is not None and not reason:
        wrong = NEED_REASON[needed_for]
    if len(reason) > REASON_LIMIT_CHARS:
        wrong = REASON_TOO_LONG.format(written=len(reason), limit=REASON_LIMIT_CHARS)
    if wrong:
        raise Refused(wrong, fields={"reason": wrong})
    return reason


def _check_not_own(session: Session, actor: Actor, obligation: Obligation) -> None:
    """Nobody decides on his own submission, whatever roles he holds by now (三员分立)."""
    submitted_by = session.scalars(
        select(Decision.actor_id).where(Decision.obligation_id == obligation.id, Decision.deed == Deed.submit)
        .order_by(Decision.id.desc()).limit(1)).one_or_none()
    if actor.user_id is not None and submitted_by == actor.user_id:
        raise Forbidden(OWN_DEED)


def _check_judged(obligation: Obligation, self_rating: Rating | None, judged: Rating | None, reason: str) -> None:
    if obligation.role is not Role.lead:
        if judged is not None:
            raise Refused(ONLY_LEADS, fields={"judged": ONLY_LEADS})
        return
    if judged is None:
        raise Refused(NEED_JUDGEMENT, fields={"judged": NEED_JUDGEMENT})
    if judged is not self_rating and not reason:
        wrong = NEED_GROUND.format(rating=self_rating.label if self_rating else "未填")
        raise Refused(wrong, fields={"reason": wrong})
