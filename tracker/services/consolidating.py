"""Consolidating (牵头汇总): quote a co-unit's part, chase who is silent, object to a quotation and answer.

The lead acts in its own name; a co-unit only on how it was itself quoted. What each sees: lead_desk.py.
"""
from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from tracker.domain.actors import Actor
from tracker.domain.passages import attributed, passage_now
from tracker.domain.permissions import Act, may
from tracker.domain.report_text import REASON_LIMIT_CHARS, clean
from tracker.domain.rows import ReportText
from tracker.domain.secrecy import HIDDEN, WIPED
from tracker.domain.words import Deed
from tracker.errors import Conflict, Forbidden, NotYours, Refused
from tracker.models import Chase, Objection, Obligation, Quotation, ReportVersion, Unit
from tracker.services.access import LARGEST_ID, get_obligation, is_own, visible_obligations
from tracker.services.deed import OpenDeed, deed
from tracker.services.drafts import keep_losing_text
from tracker.services.held_drafts import held_draft
from tracker.services.lead_desk import get_lead_obligation, parts_beside, parts_without, quotes_of_part
from tracker.services.reporting import fit, keep_draft
from tracker.services.steps import check_step
from tracker.services.versions import last_version_id

NO_PASSAGE = "这段话不是{unit}所报进展情况里的原文，没有引用。请从原文里选一段，或者引用全文。"
PURGED = "{unit}这一件按涉密误传处理，内容不在了，没有引用。"
STILL_IN_USE = "这段话改过以后还在稿子里，没有取消引用。请先在进展情况里删掉它。"
DROPPED = "这处引用已经取消过了，没有改动。请刷新页面再看。"
OPEN_OBJECTION = "{unit}对这处引用有异议，还没有答复。请先答复，再取消引用。"
ALL_IN = "配合单位都报了，没有要催的。"
ALL_CHASED = "没报的单位今天都催过了。每家一个工作日只催一次，对方的待办里已经看得到。"
NEED_WORDS = "还没有写内容"
TOO_LONG = f"最多{REASON_LIMIT_CHARS:,}个字，请压缩"
STILL_OPEN = "这处引用的异议已经提过，等{unit}答复。"
ANSWERED = "这条异议已经答复过了，没有改动。请刷新页面再看。"


@dataclass(frozen=True)
class _Origin:
    """Where a passage comes from."""

    part: Obligation
    version: ReportVersion
    unit: str
    passage: str


def quote(session: Session, actor: Actor, obligation_id: int, *, part_obligation_id: int, version: int, at: datetime,
          text: str = "", typed: ReportText | None = None, not_secret: bool = False) -> int:
    """Take a co-unit's words into the lead's draft as a paragraph 州教育局：…… and keep where they are from (引用).

    `text` is a passage of the part's 进展情况, all of it where empty; where it stands in the draft already, only its
    origin is new. `typed` is what else the form holds, saved with it; else the draft stays as it is. Returns the
    obligation's new version. Conflict as in `save_draft`: what was typed is kept.
    """
    typed = fit(typed, handing_in=False, not_secret=not_secret) if typed is not None else None
    try:
        with deed(session, actor, at) as d:
            obligation = get_lead_obligation(session, actor, obligation_id, lock=True)
            origin = _origin(session, actor, obligation, part_obligation_id, text)
            before = typed if typed is not None else held_draft(session, actor, obligation.id).text
            if typed is None and _kept(session, obligation, origin) and origin.passage in before.progress:
                return obligation.version           # the same click again
            now = fit(_with_passage(before, origin), handing_in=False, not_secret=not_secret or typed is None)
            written = keep_draft(d, obligation, now, version)
            _note(d, obligation, origin)
            return written
    except Conflict:
        if typed is not None:
            keep_losing_text(session, actor, obligation_id, typed, at)
        raise


def note_quotation(session: Session, actor: Actor, obligation_id: int, *, part_obligation_id: int, at: datetime,
                   text: str = "") -> None:
    """Keep where a passage is from that the page itself has put into the form; the form is saved by its autosave."""
    with deed(session, actor, at) as d:
        obligation = get_lead_obligation(session, actor, obligation_id, lock=True)
        check_step(session, actor, obligation, Deed.save, obligation.version, at)
        _note(d, obligation, _origin(session, actor, obligation, part_obligation_id, text))


def drop_quotation(session: Session, actor: Actor, quotation_id: int, *, version: int, at: datetime) -> int:
    """Take a quotation back (取消引用), with its paragraph where that stands as it was quoted. The new version number.

    Refused while its words, changed, are still in the draft, or while an objection to it waits for an answer.
    """
    with deed(session, actor, at) as d:
        quotation, obligation = _quotation(session, actor, quotation_id)
        if quotation.dropped_at is not None:
            raise Refused(DROPPED)
        unit = session.scalars(
            select(Unit.name).join(Obligation, Obligation.unit_id == Unit.id)
            .join(ReportVersion, ReportVersion.obligation_id == Obligation.id)
            .where(ReportVersion.id == quotation.part_version_id)).one()
        if session.scalars(select(Objection.id).where(Objection.quotation_id == quotation.id,
                                                      Objection.answered_at.is_(None))).first() is not None:
            raise Refused(OPEN_OBJECTION.format(unit=unit))
        before = held_draft(session, actor, obligation.id).text
        now = replace(before, progress=_without(before.progress, attributed(unit, quotation.text)))
        if not passage_now(quotation.text, unit, now.progress).gone:
            raise Refused(STILL_IN_USE)
        written = keep_draft(d, obligation, now, version)
        quotation.dropped_at = at
        d.record("report.quote_dropped", obligation=obligation.id, quotation=quotation.id)
        return written


def chase_silent(session: Session, actor: Actor, obligation_id: int, *, at: datetime, part_ids: Sequence[int] = (),
                 words: str = "") -> int:
    """Chase (催办) the co-units that have not delivered, in the lead's name; all of them where none is named.

    Each at most once a working day; who has delivered meanwhile, or was chased today, is left out. 中央垂管 units are
    asked (提请), not told. Returns how many were chased; refused where none is left.
    """
    words = _fit(words, needed=False)
    with deed(session, actor, at) as d:
        obligation = get_lead_obligation(session, actor, obligation_id, lock=True)
        if not set(part_ids) <= set(session.scalars(select(Obligation.id).where(*parts_beside(obligation)))):
            raise NotYours
        silent = [part for part in parts_without(session, actor, obligation, at)
                  if not part.waived and (not part_ids or part.obligation_id in part_ids)]
        if not silent:
            raise Refused(ALL_IN)
        due = [part for part in silent if part.may_chase]
        if not due:
            raise Refused(ALL_CHASED)
        session.add_all([
            Chase(obligation_id=part.obligation_id, by_unit_id=actor.unit_id, actor_id=actor.user_id,
                  actor_name=actor.name, at=at, words=part.asking + words) for part in due])
        d.record("report.chased", obligation=obligation.id, parts=[part.obligation_id for part in due])
        return len(due)


def object_to(session: Session, actor: Actor, quotation_id: int, *, words: str, at: datetime) -> None:
    """Say that the lead's report quotes one's part wrongly (提异议): of a quotation that the unit can see."""
    words = _fit(words)
    with deed(session, actor, at) as d:
        part_id = session.scalars(
            select(ReportVersion.obligation_id).join(Quotation, Quotation.part_version_id == ReportVersion.id)
            .where(Quotation.id == _id(quotation_id))).one_or_none()
        part = get_obligation(session, actor, part_id or 0, lock=True)
        line = next((line for line in quotes_of_part(session, part) if line.id == quotation_id), None)
        if line is None or not is_own(actor, part):
            raise NotYours
        if not may(actor, Act.object):
            raise Forbidden
        if line.open_objection:
            raise Refused(STILL_OPEN.format(unit=line.unit))
        session.add(Objection(quotation_id=quotation_id, words=words, at=at, by=actor.name))
        d.record("report.quote_objected", obligation=part.id, quotation=quotation_id)


def answer_objection(session: Session, actor: Actor, objection_id: int, *, answer: str, at: datetime) -> None:
    """The lead's word on an objection (答复); the co-unit reads it on its own page."""
    answer = _fit(answer)
    with deed(session, actor, at) as d:
        objection = session.get(Objection, _id(objection_id))
        if objection is None:
            raise NotYours
        quotation, obligation = _quotation(session, actor, objection.quotation_id)
        session.refresh(objection)              # as it is now that the obligation is held
        if objection.answered_at is not None:
            raise Refused(ANSWERED)
        objection.answer, objection.answered_at, objection.answered_by = answer, at, actor.name
        d.record("report.objection_answered", obligation=obligation.id, quotation=quotation.id)


def _origin(session: Session, actor: Actor, obligation: Obligation, part_id: int, text: str) -> _Origin:
    found = session.execute(
        visible_obligations(actor).join(ReportVersion, ReportVersion.id == last_version_id())
        .join(Unit, Unit.id == Obligation.unit_id)
        .where(*parts_beside(obligation), Obligation.id == _id(part_id), Obligation.delivered_at.is_not(None))
        .add_columns(ReportVersion, Unit.name)).one_or_none()
    if found is None:
        raise NotYours
    part, version, unit = found
    if version.progress in (HIDDEN, WIPED):
        raise Refused(PURGED.format(unit=unit))
    passage = clean(text) or version.progress
    if passage not in version.progress:
        refusal = NO_PASSAGE.format(unit=unit)
        raise Refused(refusal, fields={"text": refusal})
    return _Origin(part, version, unit, passage)


def _with_passage(text: ReportText, origin: _Origin) -> ReportText:
    if origin.passage in text.progress:
        return text
    before = text.progress.rstrip()
    paragraph = attributed(origin.unit, origin.passage)
    return replace(text, progress=f"{before}\n{paragraph}" if before else paragraph)


def _without(text: str, paragraph: str) -> str:
    """The text without a paragraph that stands in it as it is; another that begins like it is left."""
    return re.sub(rf"(?:\A|\n){re.escape(paragraph)}(?=\n|\Z)", "", text, count=1).strip()


def _note(d: OpenDeed, obligation: Obligation, origin: _Origin) -> None:
    """Keep the origin, once however often it is quoted."""
    if _kept(d.session, obligation, origin):
        return
    d.session.add(Quotation(obligation_id=obligation.id, part_version_id=origin.version.id, text=origin.passage,
                            quoted_at=d.at, quoted_by=d.actor.name))
    d.record("report.quoted", obligation=obligation.id, part=origin.part.id, version=origin.version.number)


def _kept(session: Session, obligation: Obligation, origin: _Origin) -> bool:
    return session.scalars(select(Quotation.id).where(
        Quotation.obligation_id == obligation.id, Quotation.part_version_id == origin.version.id,
        Quotation.text == origin.passage, Quotation.dropped_at.is_(None))).first() is not None


def _quotation(session: Session, actor: Actor, quotation_id: int) -> tuple[Quotation, Obligation]:
    """A quotation of the lead's own and its obligation, held until the deed ends; NotYours where it is another's."""
    quotation = session.get(Quotation, _id(quotation_id))
    if quotation is None:
        raise NotYours
    obligation = get_lead_obligation(session, actor, quotation.obligation_id, lock=True)
    session.refresh(quotation)
    return quotation, obligation


def _fit(words: str, *, needed: bool = True) -> str:
    words = clean(words)
    if needed and not words:
        raise Refused(NEED_WORDS, fields={"words": NEED_WORDS})
    if len(words) > REASON_LIMIT_CHARS:
        raise Refused(TOO_LONG, fields={"words": TOO_LONG})
    return words


def _id(value: int) -> int:
    """An id as a database takes it; what is beyond is nobody's."""
    return value if 0 < value <= LARGEST_ID else 0
