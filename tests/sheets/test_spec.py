"""A new kind of sheet is its specification and nothing else."""
from __future__ import annotations

from openpyxl import load_workbook

from tests.sheets import rows
from tracker.domain.words import SheetKind
from tracker.sheets import SHEETS, build
from tracker.sheets.pages import A4
from tracker.sheets.spec import Band, Column, FlatColumn, Sheet, flat_of

COLUMNS = (
    Column("n", "序号", 2.2, lambda line: line.n, "num"),
    Column("unit", "单位", 12, lambda line: line.block[0]),
    Column("matter", "演示\n事项", 20, lambda line: line.part, per_part=True),
    Column("signed", "签收", 6, lambda line: None, to_write_in=True),
)
DEMO = Sheet(
    kind=SheetKind.overdue, flat_name="演示数据", paper=A4, columns=COLUMNS,
    flat=flat_of(COLUMNS, FlatColumn("unit", "单位名称", 30, lambda line: line.block[0]),
                 FlatColumn("length", "字数", 8, lambda line: len(line.part), "flat_num")),
    bands=lambda blocks: [Band(f"演示（{len(blocks)}家）", tuple(blocks))], parts=lambda block: block[1],
    title=lambda facts: "演示表", counts=lambda facts, lines: f"{len(lines)}件", right=lambda facts: "单位：件",
    notes=lambda facts: ("演示。", "再演示。"), signatures=("制表人：", "年　月　日"),
    where_whole=lambda line: "演示", frozen_at="unit", frozen_flat_at="unit",
)


def test_a_sheet_is_made_from_its_specification_alone(tmp_path):
    made = build(DEMO, rows.facts(), [("甲局", ("事项一", "事项二")), ("乙局", ("事项三",))], tmp_path / "demo.xlsx")
    workbook = load_workbook(made.path)
    printed = [[cell.value for cell in row] for row in workbook["逾期清单"].iter_rows(min_row=3)]
    assert printed == [
        ["督字〔2025〕15号　州政府督查室", None, "3件", "单位：件"],
        ["序号", "单位", "演示\n事项", "签收"],
        ["演示（2家）", None, None, None],
        [1, "甲局", "事项一", None],
        [None, None, "事项二", None],
        [2, "乙局", "事项三", None],
        ["注：1. 演示。", None, None, None],
        ["　　2. 再演示。", None, None, None],
        ["制表人：", None, "年　月　日", None],
    ]
    assert list(workbook["演示数据"].values) == [
        ("序号", "单位名称", "演示事项", "字数"),
        (1, "甲局", "事项一", 3), (1, "甲局", "事项二", 3), (2, "乙局", "事项三", 3)]


def test_every_kind_has_a_specification_with_distinct_keys():
    assert set(SHEETS) == set(SheetKind)
    for sheet in SHEETS.values():
        for columns in (sheet.columns, sheet.flat):
            assert len({column.key for column in columns}) == len(columns)
