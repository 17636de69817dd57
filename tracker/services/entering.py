"""代填: the office enters what a unit answered by telephone or on paper, marked so; the unit confirms later."""
from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from tracker.domain.actors import Actor
from tracker.domain.report_text import clean_report, faults
from tracker.domain.rows import ReportText
from tracker.domain.secrecy import secrecy_marks
from tracker.domain.words import Deed, Source
from tracker.errors import Conflict, Refused, SecrecyQuestion
from tracker.models import DueDate, Obligation, ReportVersion
from tracker.services.access import get_obligation
from tracker.services.deed import deed
from tracker.services.drafts import write_draft
from tracker.services.reporting import REQUEST_KEY
from tracker.services.signing import deliver
from tracker.services.steps import check_step, take_step
from tracker.services.versions import add_version, last_version, text_of

NOT_YET = "答复时间不能晚于现在"
TOO_EARLY = "答复时间不能早于这一期开始填报的时间"
NOT_ENTERED = "这一件不是督查室代填的，不用确认。没有改动。"
CONFIRMED = "这一件已经确认过。没有改动。"


def enter_for(session: Session, actor: Actor, obligation_id: int, *, text: ReportText, source: Source,
              received_at: datetime, version: int, request_key: str, at: datetime, note: str = "",
              not_secret: bool = False) -> Obligation:
    """Enter a unit's answer (代填) in its place; it counts as delivered at `received_at`, when the answer came.

    `note`: who told it, how. The person who enters cannot accept it before the unit confirmed. Refused with `fields`.
    """
    text = clean_report(text)
    wrong = faults(text, handing_in=True)
    if source is Source.unit:
        wrong["source"] = "请选电话答复或书面答复"
    if received_at > at:
        wrong["received_at"] = NOT_YET
    if not REQUEST_KEY.fullmatch(request_key):
        wrong["request_key"] = "这一页缺了提交编号，没有代填。请刷新后再交。"
    if wrong:
        raise Refused("；".join(wrong.values()), fields=wrong)
    marks = secrecy_marks("\n".join((text.progress, text.problems, text.matters, text.next_steps, note)))
    if marks and not not_secret:
        raise SecrecyQuestion(marks)
    with deed(session, actor, at) as d:
        obligation = get_obligation(session, actor, obligation_id, lock=True)
        received = session.scalars(select(ReportVersion).where(
            ReportVersion.obligation_id == obligation.id, ReportVersion.request_key == request_key)).one_or_none()
        if received is not None:
            if text_of(received) != text:
                raise Conflict("这次代填先前已经收到，内容与现在的不同。收到的没有改动。")
            return obligation
        to = check_step(session, actor, obligation, Deed.enter_for, version, at)
        if received_at < obligation.opened_at:
            raise Refused(TOO_EARLY, fields={"received_at": TOO_EARLY})
        write_draft(d, obligation, text)
        entered = add_version(d, obligation, text, request_key=request_key, source=source)
        deliver(obligation, entered, received_at, sent_at=at, due_at=_due_then(session, obligation, received_at))
        take_step(d, obligation, Deed.enter_for, to, reason=note.strip()[:1000], version_number=entered.number,
                  delivered_at=received_at)
        d.record("report.entered", obligation=obligation.id, version=entered.number, source=source,
                 received_at=received_at.isoformat(), on_time=obligation.on_time)
        return obligation


def _due_then(session: Session, obligation: Obligation, moment: datetime) -> datetime:
    """The due moment that held when the answer came: an extension granted later does not make it punctual."""
    held = session.scalars(select(DueDate.due_at).where(
        DueDate.obligation_id == obligation.id, DueDate.recorded_at <= moment)
        .order_by(DueDate.recorded_at.desc(), DueDate.id.desc()).limit(1)).one_or_none()
    return held or obligation.due_at


def confirm_entry(session: Session, actor: Actor, obligation_id: int, *, version: int, at: datetime) -> Obligation:
    """The unit confirms what was entered for it (确认)."""
    with deed(session, actor, at) as d:
        obligation = get_obligation(session, actor, obligation_id, lock=True)
        to = check_step(session, actor, obligation, Deed.confirm, version, at)
        entered = last_version(session, obligation.id)
        if entered.source is Source.unit or entered.confirmed_at is not None:
            raise Refused(NOT_ENTERED if entered.source is Source.unit else CONFIRMED)
        entered.confirmed_at, entered.confirmed_by = at, actor.name
        take_step(d, obligation, Deed.confirm, to, version_number=entered.number)
        d.record("report.confirmed", obligation=obligation.id, version=entered.number)
        return obligation
