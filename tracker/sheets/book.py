"""Makes a workbook (工作簿) from a specification, the facts and the rows: a pure function of them, then saved."""
from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from openpyxl import Workbook

from tracker.domain.rows import SheetFacts
from tracker.domain.words import SheetKind
from tracker.sheets import manifest, styles
from tracker.sheets.cells import Pen
from tracker.sheets.flat import flat_rows, write_flat
from tracker.sheets.notes import NAME, write_notes
from tracker.sheets.save import save
from tracker.sheets.spec import Made, Sheet, banded, lines_of, local
from tracker.sheets.text import clean
from tracker.sheets.writer import write_print

_NAME_CHARS, _NAME_BYTES = 80, 200
_UNFIT = re.compile(r'[\\/:*?"<>|\x00-\x1f\x7f\ufffd\s]')


def build(sheet: Sheet, facts: SheetFacts, rows: Sequence[Any], path: Path) -> Made:
    """Write the workbook to `path`, replacing what is there; on any error nothing is left behind."""
    found = banded(sheet, rows, facts)
    flat = list(flat_rows(sheet, lines_of(found)))
    sha256 = manifest.rows_sha256([column.heading for column in sheet.flat],
                                  ([cell.value for cell in cells] for cells in flat))
    code = manifest.check_code(sha256)
    workbook = Workbook()
    workbook.remove(workbook.worksheets[0])
    styles.register(workbook)
    print_pen, flat_pen, notes_pen = (Pen(workbook.create_sheet(name)) for name in (sheet.name, sheet.flat_name, NAME))
    write_print(print_pen, sheet, found, facts, code)
    write_flat(flat_pen, sheet, flat, facts, code)
    write_notes(notes_pen, sheet, facts, code, print_pen.replaced + flat_pen.replaced)
    manifest.describe(workbook, sheet.kind, facts, clean(sheet.title(facts))[0], sha256)
    file_sha256, size = save(workbook, path, sha256)
    return Made(path, file_sha256, sha256, size, code)


def file_name(kind: SheetKind, facts: SheetFacts, copy: int = 1) -> str:
    """督办台账_科技创新行动方案_2025Q3_20251022_草稿.xlsx; a second file of the same moment (`copy` = 2) ends in _2.

    Fit for Windows; at most 80 characters and 200 bytes, for which the plan's short name is cut.
    """
    def fit(text: str) -> str:
        return _UNFIT.sub("", clean(text)[0]).strip(". ")

    plan, mark = fit(facts.plan_short_name), "演示" if facts.demo else "草稿" if facts.draft else ""
    while True:
        name = "_".join(filter(None, (kind.label, plan.rstrip("."), fit(facts.period_key),
                                      f"{local(facts.as_of):%Y%m%d}", mark, str(copy) if copy > 1 else ""))) + ".xlsx"
        if not plan or (len(name) <= _NAME_CHARS and len(name.encode()) <= _NAME_BYTES):
            return name
        plan = plan[:-1]
