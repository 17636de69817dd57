"""Each kind of workbook made once from the demo rows, and read back from the file."""
from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook

from tests.sheets import rows
from tracker.domain.words import SheetKind
from tracker.sheets import SHEETS, Made, build
from tracker.sheets.spec import Sheet


@dataclass(frozen=True)
class Read:
    """A finished file and its workbook as openpyxl reads it."""

    spec: Sheet
    made: Made
    workbook: Workbook

    @property
    def printed(self):
        return self.workbook[self.spec.name]

    @property
    def flat(self):
        return self.workbook[self.spec.flat_name]

    @property
    def notes(self):
        return self.workbook["说明"]


def read(spec: Sheet, made: Made) -> Read:
    return Read(spec, made, load_workbook(made.path, rich_text=True))


@pytest.fixture
def make(tmp_path: Path):
    """Make a workbook of other rows or facts than the usual ones."""
    def make_one(kind: SheetKind, sheet_rows, **facts) -> Read:
        return read(SHEETS[kind], build(SHEETS[kind], rows.facts(**facts), sheet_rows, tmp_path / f"{kind}.xlsx"))

    return make_one


@pytest.fixture(scope="session")
def ledger(tmp_path_factory) -> Read:
    return _usual(tmp_path_factory, SheetKind.ledger, rows.tasks())


@pytest.fixture(scope="session")
def overdue(tmp_path_factory) -> Read:
    return _usual(tmp_path_factory, SheetKind.overdue, rows.overdue_rows())


@pytest.fixture(params=["ledger", "overdue"])
def book(request) -> Read:
    return request.getfixturevalue(request.param)


def _usual(tmp_path_factory, kind: SheetKind, sheet_rows) -> Read:
    path = tmp_path_factory.mktemp("sheets") / f"{kind}.xlsx"
    return read(SHEETS[kind], build(SHEETS[kind], rows.facts(), sheet_rows, path))
