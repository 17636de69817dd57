"""One report as the office reviews it (审核页): beside last period's, beside what was sent back, with its evidence."""
from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from tracker.domain.actors import Actor
from tracker.domain.rows import ReportText
from tracker.domain.similarity import new_words
from tracker.domain.words import Deed, Rating, Role, State
from tracker.models import Obligation, Unit
from tracker.services.access import get_obligation, visible_obligations
from tracker.services.attachments import FileRow
from tracker.services.evidence import files_of_versions
from tracker.services.judging import judged_behind
from tracker.services.report_history import StepRow, VersionRow
from tracker.services.report_page import ReportPage, report_page

FIELDS = ("progress", "problems", "matters", "next_steps")

Clauses = tuple[tuple[str, bool | None], ...]       # the text in pieces, each with whether it is new; None: no telling


@dataclass(frozen=True)
class ReviewPage:
    """`now` is the version to decide on; `returned` the one that `sent_back` speaks of, where it is a resubmission.

    `files` and `files_returned` went with them. `silent`: co-units that have delivered nothing to a lead's report.
    `judged`: what 认定 starts with; `ground`: why, where that is not the lead's 自评.
    """

    report: ReportPage
    now: VersionRow
    returned: VersionRow | None
    sent_back: StepRow | None
    signed: StepRow | None
    files: tuple[FileRow, ...]
    files_returned: tuple[FileRow, ...]
    silent: tuple[str, ...]
    judged: Rating | None
    ground: str
    since_last: dict[str, Clauses]                  # field -> this period's text against last period's
    since_return: dict[str, Clauses]                # field -> this text against the one that was sent back

    @property
    def new_files(self) -> frozenset[int]:
        """Ids of the files that were not with what was sent back."""
        before = {file.id for file in self.files_returned}
        return frozenset(file.id for file in self.files if file.id not in before) if self.returned else frozenset()


def review_page(session: Session, actor: Actor, obligation_id: int, at: datetime) -> ReviewPage:
    """The page of an obligation that waits for the office; NotYours where the actor may not open it."""
    report = report_page(session, actor, obligation_id, at)
    obligation = get_obligation(session, actor, obligation_id)
    now = report.versions[0]
    sent_back = last_return(report.steps)
    returned = next((one for one in report.versions if sent_back and one.number == sent_back.version_number), None)
    signed = next((step for step in report.steps if step.deed is Deed.sign and step.version_number == now.number), None)
    files = files_of_versions(session, actor, obligation)
    ground = judged_behind(session, [obligation], at).get(obligation.id, "")
    return ReviewPage(
        report=report, now=now, returned=returned, sent_back=sent_back if returned else None, signed=signed,
        files=files.get(now.number, ()), files_returned=files.get(returned.number, ()) if returned else (),
        silent=_silent(session, actor, obligation), judged=Rating.behind if ground else now.text.self_rating,
        ground=ground,
        since_last=_clauses(now.text, report.last_text),
        since_return=_clauses(now.text, returned.text if returned else None))


def last_return(steps: tuple[StepRow, ...]) -> StepRow | None:
    """The last return (退回) that was not taken back (撤销); `steps` are newest first."""
    undone: set[int | None] = set()
    for step in steps:
        if step.deed is Deed.undo and step.from_state is State.returned:
            undone.add(step.version_number)
        elif step.deed is Deed.send_back and step.version_number in undone:
            undone.discard(step.version_number)
        elif step.deed is Deed.send_back:
            return step
    return None


def _clauses(now: ReportText, before: ReportText | None) -> dict[str, Clauses]:
    found: dict[str, Clauses] = {}
    for name in FIELDS:
        text = getattr(now, name)
        earlier = getattr(before, name) if before is not None else None
        pieces = new_words(earlier, text) if earlier else [(text, True if before is not None else None)]
        found[name] = tuple(pieces) if text else ()
    return found


def _silent(session: Session, actor: Actor, obligation: Obligation) -> tuple[str, ...]:
    """The co-units of the task that have delivered nothing in the period, in the plan's order."""
    if obligation.role is not Role.lead or obligation.task_id is None:
        return ()
    return tuple(session.scalars(
        visible_obligations(actor).join(Unit, Unit.id == Obligation.unit_id)
        .where(Obligation.task_id == obligation.task_id, Obligation.period_id == obligation.period_id,
               Obligation.id != obligation.id, Obligation.delivered_at.is_(None), Obligation.state != State.waived)
        .with_only_columns(Unit.name).order_by(Unit.position)))
