"""The desk for one report (填报页): its page, what is noticeable in it (提交前体检), the files that hang on it."""
from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from tracker.domain.actors import Actor
from tracker.domain.precheck import Hint
from tracker.domain.rows import ReportText
from tracker.services import evidence
from tracker.services.access import get_obligation
from tracker.services.attachments import FileRow
from tracker.services.extension_list import Extensions, extensions_of
from tracker.services.office_rules import office_rules
from tracker.services.prechecks import report_hints
from tracker.services.report_page import ReportPage, report_page


@dataclass(frozen=True)
class ReportDesk:
    """What the form, or the page of what was handed in, shows."""

    page: ReportPage
    hints: tuple[Hint, ...]             # on what is written now, while it can be written
    files: tuple[FileRow, ...]
    may_attach: bool
    extensions: Extensions
    threshold: float                    # 相似度 from which a text is said to repeat last period's, 0-1


def report_desk(session: Session, actor: Actor, obligation_id: int, at: datetime) -> ReportDesk:
    """One obligation with all that stands around it; NotYours where the actor may not open it."""
    page = report_page(session, actor, obligation_id, at)
    obligation = get_obligation(session, actor, obligation_id)
    written = page.form.progress or page.form.problems or page.form.next_steps
    return ReportDesk(
        page=page, hints=report_hints(session, actor, obligation, page.form) if page.may.save and written else (),
        files=evidence.files_of(session, actor, obligation), may_attach=evidence.may_change(actor, obligation),
        extensions=extensions_of(session, actor, obligation, at),
        threshold=office_rules(session).similarity)


def noticed(session: Session, actor: Actor, obligation_id: int, text: ReportText) -> tuple[Hint, ...]:
    """The hints on a text as it is being written."""
    return report_hints(session, actor, get_obligation(session, actor, obligation_id), text)
