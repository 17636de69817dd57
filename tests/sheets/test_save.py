"""Files: names, properties, equality of two makes, nothing half-written."""
from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from openpyxl import load_workbook
from openpyxl.writer.excel import ExcelWriter

from tests.sheets import rows
from tracker.domain.words import SheetKind
from tracker.sheets import build_ledger, build_overdue, file_name, manifest

MAKE = """
from pathlib import Path
from tests.sheets import rows
from tracker.sheets import build_ledger
print(build_ledger(rows.facts(), rows.tasks(), Path({path!r})).sha256)
"""


@pytest.mark.parametrize(("facts", "copy", "name"), [
    pytest.param({"demo": True}, 1, "督办台账_科创方案_2025Q3_20251022_演示.xlsx", id="demo"),
    pytest.param({"demo": False}, 1, "督办台账_科创方案_2025Q3_20251022_草稿.xlsx", id="draft"),
    pytest.param({"demo": False, "draft": False}, 1, "督办台账_科创方案_2025Q3_20251022.xlsx", id="issued"),
    pytest.param({"demo": False, "draft": False}, 2, "督办台账_科创方案_2025Q3_20251022_2.xlsx", id="a second one"),
    pytest.param({"plan_short_name": '..科/创\\:*?"<>|\n\u202e方案. '}, 1,
                 "督办台账_科创方案_2025Q3_20251022_演示.xlsx", id="what Windows does not take"),
    pytest.param({"as_of": datetime(2025, 10, 21, 16, 30, tzinfo=UTC)}, 1,
                 "督办台账_科创方案_2025Q3_20251022_演示.xlsx", id="already the 22nd in Shanghai"),
])
def test_file_names(facts, copy, name):
    assert file_name(SheetKind.ledger, rows.facts(**facts), copy) == name


def test_a_long_name_keeps_its_end():
    name = file_name(SheetKind.overdue, rows.facts(plan_short_name="科技创新" * 30))
    assert name.startswith("逾期清单_科技创新科技创新")
    assert name.endswith("_2025Q3_20251022_演示.xlsx")
    assert len(name) <= 80
    assert len(name.encode()) <= 200


def test_properties_carry_the_moment_of_the_data_and_no_clock(book):
    properties = book.workbook.properties
    assert str(properties.created) == str(properties.modified) == "2025-10-22 10:00:00"
    assert properties.creator == "任务责任跟踪系统"
    assert properties.category == book.spec.kind.label
    assert properties.subject == "科技创新驱动海西州经济社会高质量发展行动方案(2025—2027年)"


def test_the_manifest_stands_for_the_rows(book):
    found, sha256 = manifest.recompute(book.made.path)
    assert found["rows_sha256"] == sha256 == book.made.rows_sha256
    assert (found["plan"], found["period"], found["kind"]) == ("kjcx-2025", "2025Q3", book.spec.kind)
    assert (found["issue_number"], found["draft"]) == ("督字〔2025〕15号", True)
    assert found["as_of"] == "2025-10-22T10:00:00+00:00"
    assert book.made.check_code == f"{sha256[:4]}-{sha256[4:8]}".upper()
    assert all(len(prop.value) <= 255 for prop in book.workbook.custom_doc_props.props)


def test_a_changed_figure_no_longer_agrees_with_the_manifest(book, tmp_path):
    workbook = load_workbook(book.made.path)
    workbook[book.spec.flat_name]["C2"].value = "改动"
    workbook.save(tmp_path / "changed.xlsx")
    found, sha256 = manifest.recompute(tmp_path / "changed.xlsx")
    assert found["rows_sha256"] != sha256


def test_a_copy_saved_again_still_agrees(book, tmp_path):
    load_workbook(book.made.path).save(tmp_path / "again.xlsx")
    found, sha256 = manifest.recompute(tmp_path / "again.xlsx")
    assert found["rows_sha256"] == sha256


def test_two_makes_are_equal_to_the_byte(ledger, tmp_path):
    again = build_ledger(rows.facts(), rows.tasks(), tmp_path / "again.xlsx")
    assert again.sha256 == ledger.made.sha256
    assert (tmp_path / "again.xlsx").read_bytes() == ledger.made.path.read_bytes()
    assert again.size_bytes == (tmp_path / "again.xlsx").stat().st_size


@pytest.mark.parametrize(("zone", "locale", "seed"), [
    ("America/New_York", "C", "1"), ("Asia/Shanghai", "C.UTF-8", "2")])
def test_another_process_zone_and_locale_make_the_same(ledger, tmp_path, zone, locale, seed):
    checkout = str(Path(__file__).resolve().parents[2])
    made = subprocess.run(
        [sys.executable, "-c", MAKE.format(path=str(tmp_path / "other.xlsx"))],
        capture_output=True, text=True, check=True,
        env={**os.environ, "PYTHONPATH": checkout, "TZ": zone, "LC_ALL": locale, "PYTHONHASHSEED": seed})
    assert made.stdout.strip() == ledger.made.sha256


def test_a_save_that_breaks_off_leaves_nothing_and_keeps_what_was_there(tmp_path, monkeypatch):
    def break_off(self):
        self._archive.writestr("half", b"written")
        raise OSError("disk full")

    path = tmp_path / "逾期清单.xlsx"
    path.write_bytes(b"earlier")
    monkeypatch.setattr(ExcelWriter, "save", break_off)
    with pytest.raises(OSError, match="disk full"):
        build_overdue(rows.facts(), rows.overdue_rows(), path)
    assert path.read_bytes() == b"earlier"
    assert list(tmp_path.iterdir()) == [path]


def test_the_file_is_on_the_disk_before_it_has_its_name(tmp_path, monkeypatch):
    seen = []
    monkeypatch.setattr("tracker.sheets.save._sync",
                        lambda path: seen.append((path.suffix, (tmp_path / "x.xlsx").exists())))
    build_overdue(rows.facts(), [], tmp_path / "x.xlsx")
    assert seen == [(".xlsx", False), ("", True)]


def test_a_file_that_reads_back_differently_is_not_kept(tmp_path, monkeypatch):
    monkeypatch.setattr("tracker.sheets.save.recompute", lambda path: ({"rows_sha256": "a"}, "b"))
    with pytest.raises(ValueError, match="read back"):
        build_overdue(rows.facts(), rows.overdue_rows(), tmp_path / "x.xlsx")
    assert not list(tmp_path.iterdir())
