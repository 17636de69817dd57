"""Reviewing (审核): what the supervision office decides on a report, and takes back."""
from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, time

from sqlalchemy import select
from sqlalchemy.orm import Session

from tracker.domain.actors import Actor
from tracker.domain.report_text import REASON_LIMIT_CHARS, clean
from tracker.domain.show import subject_cn
from tracker.domain.words import Deed, Rating, Role, Source, State
from tracker.domain.workdays import add_working_days, china_calendar, shanghai_date, shanghai_moment
from tracker.errors import Forbidden, Refused
from tracker.models import Decision, Obligation, ReportVersion, Task, Unit
from tracker.services.access import get_obligation
from tracker.services.deed import OpenDeed, deed
from tracker.services.prechecks import warned
from tracker.services.steps import OF_THE_OFFICE, check_step, take_step
from tracker.services.versions import last_version

RESUBMIT_WORKING_DAYS = 2       # 退回重报, DESIGN section 4
RESUBMIT_TIME = time(18)

OWN_DEED = "这份报告是您自己提交、审签或代填的，不能由您审核。没有改动；请由督查室另一位同事办理。"
WARNED = "{what}有提示（{warnings}），不能批量通过。都没有改动；请单独打开看。"
ONE_OF_THEM = "{what}不能一起通过：{why}其余的也都没有改动。"
NOTHING = "没有勾选要通过的。没有改动。"
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
        _accept(d, obligation, version, lambda _: judged, reason)
        return obligation


def accept_all(session: Session, actor: Actor, items: Sequence[tuple[int, int]], *, at: datetime) -> int:
    """Accept several (id, version) as one deed, all or none; 认定 is the unit's 自评. Returns how many.

    Refused, naming it, where one of them has a warning (such a one is to be read by itself) or may not be accepted.
    """
    if not items:
        raise Refused(NOTHING)
    with deed(session, actor, at) as d:
        obligations = [get_obligation(session, actor, obligation_id, lock=True) for obligation_id, _ in sorted(items)]
        warnings = warned(session, obligations, at)
        for obligation, (_, version) in zip(obligations, sorted(items), strict=True):
            if found := warnings.get(obligation.id):
                raise Refused(WARNED.format(what=_called(session, obligation), warnings="；".join(found)))
            try:
                _accept(d, obligation, version, _as_rated(obligation), "")
            except Refused as refusal:
                refusal.message = ONE_OF_THEM.format(what=_called(session, obligation), why=refusal.message)
                raise
        return len(obligations)


def send_back(session: Session, actor: Actor, obligation_id: int, *, reason: str, version: int,
              at: datetime) -> Obligation:
    """Return it with a reason (退回): a second clock of 2 working days starts; the first delivery stays as it is."""
    reason = _fit(reason, needed_for=Deed.send_back)
    with deed(session, actor, at) as d:
        obligation = get_obligation(session, actor, obligation_id, lock=True)
        to = check_step(session, actor, obligation, Deed.send_back, version, at)
        handed_in = last_version(session, obligation.id)
        _check_not_own(session, actor, obligation, handed_in)
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
        take_step(d, obligation, Deed.waive, to, reason=reason)
        d.record("report.waived", obligation=obligation.id)
        return obligation


def undo_decision(session: Session, actor: Actor, obligation_id: int, *, version: int, at: datetime) -> Obligation:
    """Take back the office's last decision (撤销), within 10 minutes and before the unit went on: as it was before."""
    with deed(session, actor, at) as d:
        obligation = get_obligation(session, actor, obligation_id, lock=True)
        to = check_step(session, actor, obligation, Deed.undo, version, at)
        undone = session.scalars(
            select(Decision).where(Decision.obligation_id == obligation.id, Decision.deed.in_(OF_THE_OFFICE))
            .order_by(Decision.id.desc()).limit(1)).one()
        if obligation.state is State.accepted:
            obligation.judged = None
        elif obligation.state is State.returned:
            obligation.resubmit_due_at = None
        take_step(d, obligation, Deed.undo, to, version_number=undone.version_number)
        d.record("report.decision_undone", obligation=obligation.id, undone=undone.deed)
        return obligation


def _called(session: Session, obligation: Obligation) -> str:
    """任务9, 任务9州财政局配合件, 州财政局综合报告: by what name a sentence names it."""
    unit = session.get_one(Unit, obligation.unit_id)
    task = session.get(Task, obligation.task_id) if obligation.task_id is not None else None
    return subject_cn(task.number if task is not None else "", unit.name, obligation.role)


def _as_rated(obligation: Obligation) -> Callable[[ReportVersion], Rating | None]:
    """认定 as the unit rates itself; a co-unit's part has none."""
    return lambda handed_in: handed_in.self_rating if obligation.role is Role.lead else None


def _accept(d: OpenDeed, obligation: Obligation, version: int, judge: Callable[[ReportVersion], Rating | None],
            reason: str) -> None:
    to = check_step(d.session, d.actor, obligation, Deed.accept, version, d.at)
    handed_in = last_version(d.session, obligation.id)
    _check_not_own(d.session, d.actor, obligation, handed_in)
    judged = judge(handed_in)
    _check_judged(obligation, handed_in.self_rating, judged, reason)
    obligation.judged = judged
    take_step(d, obligation, Deed.accept, to, reason=reason, judged=judged, version_number=handed_in.number)
    d.record("report.accepted", obligation=obligation.id, version=handed_in.number, judged=judged)


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


def _check_not_own(session: Session, actor: Actor, obligation: Obligation, handed_in: ReportVersion) -> None:
    """Nobody decides on what he handed in, signed or entered himself, whatever roles he holds by now (三员分立).

    An entry (代填) that the unit has confirmed is the unit's.
    """
    if handed_in.source is not Source.unit and handed_in.confirmed_at is not None:
        return
    by = session.scalars(select(Decision.actor_id).where(
        Decision.obligation_id == obligation.id, Decision.version_number == handed_in.number,
        Decision.deed.in_((Deed.submit, Deed.sign, Deed.enter_for))))
    if actor.user_id is not None and actor.user_id in by.all():
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
