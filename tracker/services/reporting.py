"""Reporting (填报报送): the clerk's deeds on what his unit owes. Without sign-off submitting is delivering.

None of them touches `overdue_since`: that is the stamp of a fact (the due moment passed with nothing delivered), and a
report that comes in late does not undo it. The lamps look at the delivery first.
"""
from __future__ import annotations

import re
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified

from tracker.domain.actors import Actor
from tracker.domain.lateness import is_late
from tracker.domain.report_text import clean_report, faults
from tracker.domain.rows import ReportText
from tracker.domain.show import moment_cn
from tracker.domain.words import Deed
from tracker.errors import Conflict, Refused
from tracker.models import Obligation, Period, Report, ReportVersion
from tracker.services.access import get_obligation, is_own
from tracker.services.deed import deed
from tracker.services.steps import check_step, take_step
from tracker.services.versions import columns_of, last_version, text_of

REQUEST_KEY = re.compile(r"[A-Za-z0-9_-]{1,64}")

NO_KEY = "这一页缺了提交编号，没有提交。写的内容还在本页，请刷新后再交。"
OTHER_CONTENT = "这次提交先前已经收到，内容与现在的不同。收到的没有改动；请先看收到的，要改可以撤回。"
NOT_OPEN = "这一件{opens}起可以填写，还没有开始。"
LOCKED = "这一期{locks}已经锁定，不再收报告。草稿还在；要补报请联系督查室。"


def save_draft(session: Session, actor: Actor, obligation_id: int, *, text: ReportText, version: int,
               at: datetime) -> int:
    """Keep what is written (存草稿), complete or not, from the period's first day on. Returns the new version number.

    The first draft is a step with its Decision; later ones replace the text, each with its audit event. Conflict
    where another writer was first: his text stays, the caller still holds the other.
    """
    text = _fit(text, handing_in=False)
    with deed(session, actor, at) as d:
        obligation = get_obligation(session, actor, obligation_id, lock=True)
        to = check_step(session, actor, obligation, Deed.save, version, at)
        _check_opened(obligation, at)
        if to is obligation.state:
            flag_modified(obligation, "state")      # the version number rises with every draft
        else:
            take_step(d, obligation, Deed.save, to)
        d.record("report.draft_saved", obligation=obligation.id)
        _write(session, obligation, text, actor, at)
        session.flush()                             # for the new version number
        return obligation.version


def submit_report(session: Session, actor: Actor, obligation_id: int, *, text: ReportText, version: int,
                  request_key: str, at: datetime) -> Obligation:
    """Hand in a report (报送); late is recorded, refused only once the period is locked.

    The first delivery fixes `delivered_at` and `on_time` for ever; a resubmission (重报) only ends the second clock.
    The same `request_key` again is the same submission: nothing new happens, or Conflict where it says something else.
    """
    text = _fit(text, handing_in=True)
    if not REQUEST_KEY.fullmatch(request_key):
        raise Refused(NO_KEY)
    with deed(session, actor, at) as d:
        obligation = get_obligation(session, actor, obligation_id, lock=True)
        received = session.scalars(select(ReportVersion).where(
            ReportVersion.obligation_id == obligation.id, ReportVersion.request_key == request_key)).one_or_none()
        if received is not None and is_own(actor, obligation):
            if text_of(received) != text:
                raise Conflict(OTHER_CONTENT, by=received.submitted_by, at=received.submitted_at)
            return obligation
        to = check_step(session, actor, obligation, Deed.submit, version, at)
        _check_opened(obligation, at)
        _check_unlocked(session, obligation, at)
        number = 1 + session.scalars(select(func.count()).select_from(ReportVersion)
                                     .where(ReportVersion.obligation_id == obligation.id)).one()
        session.add(ReportVersion(obligation_id=obligation.id, number=number, submitted_at=at, submitted_by=actor.name,
                                  request_key=request_key, **columns_of(text)))
        _write(session, obligation, text, actor, at)
        if obligation.delivered_at is None:
            obligation.delivered_at, obligation.on_time = at, not is_late(obligation.due_at, at)
        obligation.resubmit_due_at = None
        take_step(d, obligation, Deed.submit, to, version_number=number)
        d.record("report.submitted", obligation=obligation.id, version=number, on_time=obligation.on_time)
        return obligation


def withdraw_report(session: Session, actor: Actor, obligation_id: int, *, version: int,
                    at: datetime) -> Obligation:
    """Take back what was handed in (撤回): before the due moment and before any decision of the office.

    Clears the delivery; the version stays on record as withdrawn. Afterwards only the office can return it.
    """
    with deed(session, actor, at) as d:
        obligation = get_obligation(session, actor, obligation_id, lock=True)
        to = check_step(session, actor, obligation, Deed.withdraw, version, at)
        withdrawn = last_version(session, obligation.id)
        withdrawn.withdrawn_at = at
        obligation.delivered_at = obligation.on_time = None
        take_step(d, obligation, Deed.withdraw, to, version_number=withdrawn.number)
        d.record("report.withdrawn", obligation=obligation.id, version=withdrawn.number)
        return obligation


def _fit(text: ReportText, *, handing_in: bool) -> ReportText:
    cleaned = clean_report(text)
    wrong = faults(cleaned, handing_in=handing_in)
    if wrong:
        raise Refused("；".join(wrong.values()), fields=wrong)
    return cleaned


def _write(session: Session, obligation: Obligation, text: ReportText, actor: Actor, at: datetime) -> None:
    session.merge(Report(obligation_id=obligation.id, edited_at=at, edited_by=actor.name, **columns_of(text)))


def _check_opened(obligation: Obligation, at: datetime) -> None:
    if at < obligation.opened_at:
        raise Refused(NOT_OPEN.format(opens=moment_cn(obligation.opened_at, at)))


def _check_unlocked(session: Session, obligation: Obligation, at: datetime) -> None:
    """A lock ends first deliveries; what the office returned may always come back."""
    locks_at = session.get_one(Period, obligation.period_id).locks_at
    if obligation.delivered_at is None and locks_at is not None and at >= locks_at:
        raise Refused(LOCKED.format(locks=moment_cn(locks_at, at)))
