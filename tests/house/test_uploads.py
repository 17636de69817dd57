"""Uploaded workbooks have one door (上传的表格): nothing else in the code lets openpyxl read a file."""
from __future__ import annotations

import ast
from pathlib import Path

from tests.house.tree import PYTHON, ROOT

DOOR = "tracker/services/incoming.py"
OWN = "tracker/sheets/manifest.py"      # reads again what `sheets/save.py` has just written, never an upload
READERS = {"load_workbook", "open_workbook", "ExcelReader", "read_excel"}


def reads_workbooks(text: str) -> bool:
    """Whether a module names what reads a workbook: imported, called or passed on."""
    for node in ast.walk(ast.parse(text)):
        match node:
            case ast.Name(id=name) | ast.Attribute(attr=name) if name in READERS:
                return True
            case ast.ImportFrom(module=module, names=names) if (
                    {alias.name for alias in names} & READERS or (module or "").startswith("openpyxl.reader")):
                return True
            case ast.Import(names=names) if any(alias.name.startswith("openpyxl.reader") for alias in names):
                return True
    return False


def test_only_the_door_reads_workbooks() -> None:
    found = [str(path.relative_to(ROOT)) for path in PYTHON if reads_workbooks(Path(path).read_text())]
    assert found == [DOOR, OWN]


def test_a_reader_is_found_however_it_is_written() -> None:
    for text in ("from openpyxl import load_workbook as f", "import openpyxl\nopenpyxl.load_workbook(x)",
                 "from openpyxl.reader.excel import ExcelReader", "import openpyxl.reader.excel",
                 "read = load_workbook"):
        assert reads_workbooks(text)
    assert not reads_workbooks("from openpyxl import Workbook\nWorkbook()")
