"""What a lead reports on the promises of its task (具体举措): the fields of the form, and their values in words."""
from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from tracker.domain.report_text import MEASURE_FIELD
from tracker.domain.rows import ReportText
from tracker.domain.words import MeasureKind
from tracker.models import Measure

ISSUED = "1"                # the value of a document (文件) that has been issued


@dataclass(frozen=True)
class MeasureField:
    """One field: a number with its unit word, or of a document 已印发."""

    key: str
    kind: MeasureKind
    name: str
    as_written: str
    unit_word: str

    @property
    def field(self) -> str:
        """The name of its control."""
        return MEASURE_FIELD + self.key

    def value(self, text: ReportText | None) -> str:
        """What a report says of it, as kept; "" where nothing."""
        return dict(text.measures).get(self.key, "") if text is not None else ""

    def words(self, text: ReportText | None) -> str:
        """The same as a person reads it: 860万元, 已印发, 未填."""
        value = self.value(text)
        if self.kind is MeasureKind.document:
            return "已印发" if value == ISSUED else "未印发"
        return f"{value}{self.unit_word}" if value else "未填"


def measures_of(session: Session, task_ids: Iterable[int | None]) -> dict[int, tuple[MeasureField, ...]]:
    """Task id -> its measures in the plan's order; one query."""
    found: dict[int, list[MeasureField]] = defaultdict(list)
    for row in session.scalars(select(Measure).where(Measure.task_id.in_([one for one in task_ids if one is not None]))
                               .order_by(Measure.task_id, Measure.position)):
        found[row.task_id].append(MeasureField(row.key, row.kind, row.name, row.as_written, row.unit_word))
    return {task_id: tuple(fields) for task_id, fields in found.items()}
