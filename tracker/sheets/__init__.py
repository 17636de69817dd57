"""The sheets (督查表): workbooks as pure functions of the rows in `tracker.domain.rows`.

A new sheet is one file with its `Sheet` specification and one line in `SHEETS`.
"""
from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tracker.domain.rows import OverdueRow, SheetFacts, TaskRow
from tracker.domain.words import SheetKind
from tracker.sheets.book import build, file_name
from tracker.sheets.ledger import LEDGER
from tracker.sheets.overdue import OVERDUE
from tracker.sheets.spec import Made, Sheet

SHEETS: dict[SheetKind, Sheet] = {sheet.kind: sheet for sheet in (LEDGER, OVERDUE)}

__all__ = ["SHEETS", "Made", "build", "build_ledger", "build_overdue", "file_name"]


def build_ledger(facts: SheetFacts, tasks: Sequence[TaskRow], path: Path) -> Made:
    """督办台账 of all tasks in plan order, written to `path` (see `build`)."""
    return build(LEDGER, facts, tasks, path)


def build_overdue(facts: SheetFacts, rows: Sequence[OverdueRow], path: Path) -> Made:
    """逾期清单, written to `path` (see `build`)."""
    return build(OVERDUE, facts, rows, path)
