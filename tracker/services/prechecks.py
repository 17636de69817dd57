"""What is noticeable in a report (提示), for the clerk before handing in and for the reviewer; said, never forbidden.

The rules stand in domain/precheck.py; here they meet the rows. As many queries for one report as for a page of them.
"""
from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import ScalarSelect, and_, exists, func, select
from sqlalchemy.orm import Session, aliased

from tracker.domain.actors import Actor
from tracker.domain.lateness import delivery_of, delivery_word
from tracker.domain.precheck import Beside, Hint, MeasureFacts, Returned, hints
from tracker.domain.rows import ReportText
from tracker.domain.words import Deed, Delivery, Purpose, Source, State
from tracker.domain.workdays import china_calendar
from tracker.models import (
    Attachment,
    Decision,
    Measure,
    Objection,
    Obligation,
    Period,
    Quotation,
    ReportVersion,
    VersionAttachment,
)
from tracker.services.access import is_own
from tracker.services.judging import judged_behind
from tracker.services.office_rules import office_rules
from tracker.services.report_page import facts_of
from tracker.services.versions import handed_in_id, last_version_id, previous_version_id, text_of

NOT_CONFIRMED = "代填，单位还没有确认"
OBJECTED = "{count}处引用有异议，还没有答复"


Files = dict[str, str]          # 佐证材料: hash of the content -> name


@dataclass(frozen=True)
class _Ground:
    """What one obligation's report is held against. `files`: the evidence of `now`, of `last`, of `returned`."""

    now: ReportVersion | None                       # the version that counts
    last: ReportVersion | None                      # 上期
    returned: ReportVersion | None                  # what the office sent back, while that stands
    reason: str
    files: Files
    files_last: Files
    files_returned: Files
    measures: dict[str, MeasureFacts]


def report_hints(session: Session, actor: Actor, obligation: Obligation, text: ReportText) -> tuple[Hint, ...]:
    """The hints on a text that is being written for an obligation, with the files that hang on it now.

    For the unit that owes it; others get none: a draft is not theirs to read.
    """
    if not is_own(actor, obligation):
        return ()
    ground = _grounds(session, [obligation])[obligation.id]
    files = {sha256: name for sha256, name in session.execute(select(Attachment.sha256, Attachment.name).where(  # noqa: C416
        Attachment.obligation_id == obligation.id, Attachment.removed_at.is_(None),
        Attachment.purpose == Purpose.evidence).order_by(Attachment.id))}
    return hints(text, _beside(ground, files, office_rules(session).similarity))


def handed_in_hints(session: Session, obligations: Sequence[Obligation], *,
                    to_sign: bool = False) -> dict[int, tuple[Hint, ...]]:
    """Obligation id -> the hints on the version that went out last, or that waits for the head; without one, none."""
    threshold, found = office_rules(session).similarity, {}
    for id_, ground in _grounds(session, obligations, handed_in_id if to_sign else last_version_id).items():
        again = ground if ground.now is not ground.returned else replace(ground, returned=None)
        found[id_] = hints(text_of(ground.now), _beside(again, ground.files, threshold)) if ground.now else ()
    return found


def warned(session: Session, obligations: Sequence[Obligation], at: datetime, *,
           to_sign: bool = False) -> dict[int, tuple[str, ...]]:
    """Obligation id -> its warnings to the reviewer in words; those without have no entry.

    迟报, 代填 not confirmed, open objections of co-units and a milestone past due stand before the hints on the text.
    `to_sign`: to the unit's head, of what waits for his signature.
    """
    version_id = handed_in_id if to_sign else last_version_id
    calendar, ids = china_calendar(), [one.id for one in obligations]
    said: dict[int, list[str]] = defaultdict(list)
    for one in obligations:
        delivery, days = delivery_of(facts_of(one), at, calendar)
        if delivery is Delivery.late:
            said[one.id].append(delivery_word(delivery, days))
    for id_ in session.scalars(
            select(Obligation.id).join(ReportVersion, ReportVersion.id == version_id())
            .where(Obligation.id.in_(ids), ReportVersion.source != Source.unit, ReportVersion.confirmed_at.is_(None))):
        said[id_].append(NOT_CONFIRMED)
    for id_, count in session.execute(
            select(Quotation.obligation_id, func.count()).join(Objection, Objection.quotation_id == Quotation.id)
            .where(Quotation.obligation_id.in_(ids), Quotation.dropped_at.is_(None), Objection.answer.is_(None))
            .group_by(Quotation.obligation_id)):
        said[id_].append(OBJECTED.format(count=count))
    for id_, missed in judged_behind(session, obligations, at, version_id()).items():
        said[id_].append(missed)
    for id_, found in handed_in_hints(session, obligations, to_sign=to_sign).items():
        said[id_].extend(hint.mark for hint in found)
    return {id_: tuple(words) for id_, words in said.items() if words}


def _beside(ground: _Ground, files: Files, threshold: float) -> Beside:
    returned = None
    if ground.returned is not None:
        returned = Returned(text_of(ground.returned), ground.reason, len(files.keys() - ground.files_returned.keys()))
    same = tuple(name for sha256, name in files.items() if sha256 in ground.files_last)
    return Beside(text_of(ground.last) if ground.last else None, returned, ground.measures, same, threshold)


def _grounds(session: Session, obligations: Sequence[Obligation],
             version_id: Callable[[], ScalarSelect[int]] = last_version_id) -> dict[int, _Ground]:
    """Four queries, however many obligations."""
    now, last, returned, sent_back = (
        aliased(ReportVersion), aliased(ReportVersion), aliased(ReportVersion), aliased(Decision))
    records = session.execute(
        select(Obligation.id, now, last, returned, sent_back.reason)
        .join(Period, Period.id == Obligation.period_id)
        .outerjoin(now, now.id == version_id()).outerjoin(last, last.id == previous_version_id())
        .outerjoin(sent_back, sent_back.id == last_return_id())
        .outerjoin(returned, and_(returned.obligation_id == Obligation.id, returned.number == sent_back.version_number))
        .where(Obligation.id.in_([one.id for one in obligations]))).all()
    files = _files(session, {one.id for _, *some, _ in records for one in some if one is not None})
    measures = _measures(session, obligations)
    return {id_: _Ground(now, last, returned, reason or "", _of(now, files), _of(last, files), _of(returned, files),
                         measures[id_]) for id_, now, last, returned, reason in records}


def _of(version: ReportVersion | None, files: dict[int, Files]) -> Files:
    return files[version.id] if version is not None else {}


def _files(session: Session, version_ids: set[int]) -> dict[int, Files]:
    """The evidence that went with each version."""
    found: dict[int, Files] = defaultdict(dict)
    for version_id, sha256, name in session.execute(
            select(VersionAttachment.version_id, Attachment.sha256, Attachment.name)
            .join(Attachment, Attachment.id == VersionAttachment.attachment_id)
            .where(VersionAttachment.version_id.in_(version_ids), Attachment.purpose == Purpose.evidence)
            .order_by(Attachment.id)):
        found[version_id][sha256] = name
    return found


def _measures(session: Session, obligations: Sequence[Obligation]) -> dict[int, dict[str, MeasureFacts]]:
    """The task's measures, each with what the same unit said of it in earlier periods."""
    earlier, period = aliased(Obligation), aliased(Period)
    said: dict[tuple[int, str], list[str]] = defaultdict(list)
    for id_, values in session.execute(
            select(Obligation.id, ReportVersion.measures).select_from(Obligation)
            .join(Period, Period.id == Obligation.period_id)
            .join(earlier, and_(earlier.plan_id == Obligation.plan_id, earlier.unit_id == Obligation.unit_id,
                                earlier.task_id == Obligation.task_id))
            .join(period, and_(period.id == earlier.period_id, period.starts_on < Period.starts_on))
            .join(ReportVersion, and_(ReportVersion.obligation_id == earlier.id, ReportVersion.sent_at.is_not(None),
                                      ReportVersion.withdrawn_at.is_(None)))
            .where(Obligation.id.in_([one.id for one in obligations]))
            .order_by(period.starts_on, ReportVersion.number)):
        for key, value in (values or {}).items():
            said[id_, key].append(value)
    of_task: dict[int | None, list[Measure]] = defaultdict(list)
    for measure in session.scalars(select(Measure).where(
            Measure.task_id.in_({one.task_id for one in obligations if one.task_id is not None}))):
        of_task[measure.task_id].append(measure)
    return {one.id: {measure.key: MeasureFacts(measure.name, measure.unit_word, tuple(said[one.id, measure.key]))
                     for measure in of_task[one.task_id]} for one in obligations}


def last_return_id() -> ScalarSelect[int]:
    """The last return by the office (退回) that was not taken back, correlated to Obligation."""
    back, later = aliased(Decision), aliased(Decision)
    undone = exists().where(later.obligation_id == back.obligation_id, later.deed == Deed.undo, later.id > back.id,
                            later.from_state == State.returned, later.version_number == back.version_number)
    return (select(back.id).where(back.obligation_id == Obligation.id, back.deed == Deed.send_back, ~undone)
            .order_by(back.id.desc()).limit(1).correlate(Obligation).scalar_subquery())
