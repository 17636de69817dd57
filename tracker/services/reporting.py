"""Reporting (填报报送): the clerk's deeds on what his unit owes. With sign-off (审签) the head delivers, not the clerk.

None of them touches `overdue_since`: that is the stamp of a fact (the due moment passed with nothing delivered), and a
report that comes in late does not undo it. The lamps look at the delivery first.
"""
from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified

from tracker.domain.actors import Actor
from tracker.domain.report_text import clean_report, faults
from tracker.domain.rows import ReportText
from tracker.domain.secrecy import secrecy_marks
from tracker.domain.show import moment_cn
from tracker.domain.words import Deed, Role
from tracker.errors import Conflict, Refused, SecrecyQuestion
from tracker.models import Measure, Obligation, Period, ReportVersion
from tracker.services.access import get_obligation, is_own
from tracker.services.deed import OpenDeed, deed
from tracker.services.drafts import keep_losing_text, write_draft
from tracker.services.signing import deliver, needs_signature
from tracker.services.steps import check_step, take_step
from tracker.services.versions import add_version, last_version, text_of

REQUEST_KEY = re.compile(r"[A-Za-z0-9_-]{1,64}")

NO_KEY = "这一页缺了提交编号，没有提交。写的内容还在本页，请刷新后再交。"
OTHER_CONTENT = "这次提交先前已经收到，内容与现在的不同。收到的没有改动；请先看收到的，要改可以撤回。"
NOT_OPEN = "这一件{opens}起可以填写，还没有开始。"
LOCKED = "这一期{locks}已经锁定，不再收报告。草稿还在；要补报请联系督查室。"
INCOMPLETE = "有{count}件还没写全，整表没有提交。写的都在，请补好再交。"
NOT_ITS_MEASURES = "填的举措数据不是这一件的，没有存。写的内容还在本页，请刷新页面再填。"
NOTHING = "没有可以提交的。写好至少一件再交。"


@dataclass(frozen=True)
class Handed:
    """One row of a unit's return (一单位一表): which obligation, at which version, what it says."""

    obligation_id: int
    version: int
    text: ReportText


def save_draft(session: Session, actor: Actor, obligation_id: int, *, text: ReportText, version: int, at: datetime,
               not_secret: bool = False) -> int:
    """Keep what is written (存草稿), complete or not, from the period's first day on. Returns the new version number.

    The first draft is a step with its Decision; later ones replace the text, each with its audit event. Conflict
    where another writer was first: his text stays, the loser's is kept beside it (底稿).
    """
    text = fit(text, handing_in=False, not_secret=not_secret)
    try:
        with deed(session, actor, at) as d:
            return keep_draft(d, get_obligation(session, actor, obligation_id, lock=True), text, version)
    except Conflict:
        keep_losing_text(session, actor, obligation_id, text, at)
        raise


def keep_draft(d: OpenDeed, obligation: Obligation, text: ReportText, version: int) -> int:
    """Within a deed: write the draft of a locked obligation, as `save_draft` does. `text` went through `fit`."""
    to = check_step(d.session, d.actor, obligation, Deed.save, version, d.at)
    _check_opened(obligation, d.at)
    _check_measures(d.session, obligation, text)
    if to is obligation.state:
        flag_modified(obligation, "state")      # the version number rises with every draft
    else:
        take_step(d, obligation, Deed.save, to)
    d.record("report.draft_saved", obligation=obligation.id)
    write_draft(d, obligation, text)
    d.session.flush()                           # for the new version number
    return obligation.version


def fit(text: ReportText, *, handing_in: bool, not_secret: bool) -> ReportText:
    """The report cleaned. Refused where it may not be kept as it is (`fields`), asked where it looks classified."""
    cleaned = clean_report(text)
    wrong = faults(cleaned, handing_in=handing_in)
    if wrong:
        raise Refused("；".join(wrong.values()), fields=wrong)
    _ask_about_marks(cleaned, not_secret)
    return cleaned


def submit_report(session: Session, actor: Actor, obligation_id: int, *, text: ReportText, version: int,
                  request_key: str, at: datetime, not_secret: bool = False) -> Obligation:
    """Hand in a report (报送): to the head where the unit signs off, else to the office.

    Late is recorded, refused only once the period is locked. The first delivery fixes `delivered_at` and `on_time` for
    ever; a resubmission (重报) only ends the second clock. The same `request_key` again is the same submission: nothing
    new happens, or Conflict where it says something else.
    """
    text = fit(text, handing_in=True, not_secret=not_secret)
    _check_key(request_key)
    try:
        with deed(session, actor, at) as d:
            obligation = get_obligation(session, actor, obligation_id, lock=True)
            _hand_in(d, obligation, Handed(obligation_id, version, text), request_key)
            return obligation
    except Conflict:
        keep_losing_text(session, actor, obligation_id, text, at)
        raise


def submit_return(session: Session, actor: Actor, rows: Sequence[Handed], *, request_key: str, at: datetime,
                  not_secret: bool = False) -> tuple[Obligation, ...]:
    """Hand in a unit's whole return (一单位一表) as one deed: every row, or none.

    Refused with `fields` (`r<obligation id>-<field>`) where a row is not complete. The same key again: nothing new.
    """
    _check_key(request_key)
    if not rows:
        raise Refused(NOTHING)
    handed = [Handed(row.obligation_id, row.version, clean_report(row.text)) for row in rows]
    wrong = {f"r{row.obligation_id}-{name}": sentence for row in handed
             for name, sentence in faults(row.text, handing_in=True).items()}
    if wrong:
        count = len({name.split("-")[0] for name in wrong})
        raise Refused(INCOMPLETE.format(count=count), fields=wrong)
    for row in handed:
        _ask_about_marks(row.text, not_secret)
    try:
        with deed(session, actor, at) as d:
            done = []
            for row in sorted(handed, key=lambda row: row.obligation_id):       # one order: no two wait for each other
                obligation = get_obligation(session, actor, row.obligation_id, lock=True)
                key = hashlib.sha256(f"{request_key}:{row.obligation_id}".encode()).hexdigest()
                _hand_in(d, obligation, row, key)
                done.append(obligation)
            return tuple(done)
    except Conflict:
        for row in handed:
            keep_losing_text(session, actor, row.obligation_id, row.text, at)
        raise


def withdraw_report(session: Session, actor: Actor, obligation_id: int, *, version: int,
                    at: datetime) -> Obligation:
    """Take back what was handed in (撤回): before the due moment and before any signature or decision.

    Clears the delivery; the version stays on record as withdrawn. Afterwards only the office can return it.
    """
    with deed(session, actor, at) as d:
        obligation = get_obligation(session, actor, obligation_id, lock=True)
        to = check_step(session, actor, obligation, Deed.withdraw, version, at)
        withdrawn = last_version(session, obligation.id)
        withdrawn.withdrawn_at = at
        obligation.delivered_at = obligation.on_time = None
        obligation.to_sign = False
        take_step(d, obligation, Deed.withdraw, to, version_number=withdrawn.number)
        d.record("report.withdrawn", obligation=obligation.id, version=withdrawn.number)
        return obligation


def _hand_in(d: OpenDeed, obligation: Obligation, row: Handed, request_key: str) -> None:
    session, actor = d.session, d.actor
    received = session.scalars(select(ReportVersion).where(
        ReportVersion.obligation_id == obligation.id, ReportVersion.request_key == request_key)).one_or_none()
    if received is not None and is_own(actor, obligation):
        if text_of(received) != row.text:
            raise Conflict(OTHER_CONTENT, by=received.submitted_by, at=received.submitted_at)
        return
    to = check_step(session, actor, obligation, Deed.submit, row.version, d.at)
    _check_opened(obligation, d.at)
    _check_unlocked(session, obligation, d.at)
    _check_measures(session, obligation, row.text)
    write_draft(d, obligation, row.text)
    version = add_version(d, obligation, row.text, request_key=request_key)
    obligation.to_sign = needs_signature(session, obligation.unit_id, actor.user_id)
    if not obligation.to_sign:
        deliver(obligation, version, d.at, sent_at=d.at)
    take_step(d, obligation, Deed.submit, to, version_number=version.number, delivered_at=version.sent_at)
    d.record("report.submitted", obligation=obligation.id, version=version.number, on_time=obligation.on_time,
             to_sign=obligation.to_sign)


def _check_measures(session: Session, obligation: Obligation, text: ReportText) -> None:
    """Values are of the task's own measures (具体举措), which its lead reports."""
    given = {key for key, _ in text.measures}
    if given and (obligation.role is not Role.lead or given - set(session.scalars(
            select(Measure.key).where(Measure.task_id == obligation.task_id)))):
        raise Refused(NOT_ITS_MEASURES)


def _ask_about_marks(text: ReportText, not_secret: bool) -> None:
    marks = secrecy_marks("\n".join((text.progress, text.problems, text.matters, text.next_steps)))
    if marks and not not_secret:
        raise SecrecyQuestion(marks)


def _check_key(request_key: str) -> None:
    if not REQUEST_KEY.fullmatch(request_key):
        raise Refused(NO_KEY)


def _check_opened(obligation: Obligation, at: datetime) -> None:
    if at < obligation.opened_at:
        raise Refused(NOT_OPEN.format(opens=moment_cn(obligation.opened_at, at)))


def _check_unlocked(session: Session, obligation: Obligation, at: datetime) -> None:
    """A lock ends first deliveries; what the office returned may always come back."""
    locks_at = session.get_one(Period, obligation.period_id).locks_at
    if obligation.delivered_at is None and locks_at is not None and at >= locks_at:
        raise Refused(LOCKED.format(locks=moment_cn(locks_at, at)))
