"""Blocks on paper: a block taller than a page is broken, nothing of its text is lost."""
from __future__ import annotations

import re

import pytest

from tracker.sheets.heights import height_of, width_of
from tracker.sheets.layout import Chunk, chunk_of, fit, pieces, ready, sheet_rows, shortened
from tracker.sheets.spec import Cell, Column, Line

COLUMNS = (
    Column("title", "名称", 6, lambda line: "演示任务", "strong"),
    Column("body", "内容", 14, lambda line: line.block, whole=True),
    Column("unit", "单位", 7, lambda line: line.part[0], "strong", per_part=True),
    Column("progress", "进展", 20, lambda line: line.part[1], per_part=True),
    Column("room", "批示", 5, lambda line: "", to_write_in=True),
)
WIDTHS = [width_of(column.width) for column in COLUMNS]
ROOM = 700.0


def block(body: str, *parts: tuple[str, str]) -> Chunk:
    return chunk_of([Line(1, body, part, None) for part in parts], COLUMNS, WIDTHS, "任务1")


def words(cells: list[Cell]) -> str:
    return re.sub("（续）|\n", "", "".join(str(cell.value) for cell in cells))


def test_a_row_is_as_high_as_its_own_cells_need():
    chunk = block("短", ("甲局", "短"), ("乙局", "演" * 50))
    assert chunk.heights == [21.0, 51.0]


def test_what_merged_cells_need_more_is_spread_evenly():
    chunk = block("演" * 140, ("甲局", "短"), ("乙局", "短"))
    assert chunk.heights == [78.0, 78.0]            # 10 lines: 156 points


def test_empty_is_a_dash_and_room_to_write_in_stays_empty():
    chunk = block("", ("甲局", " \n"))
    assert (chunk.block[1].value, chunk.parts[0][3].value, chunk.block[4].value) == ("—", "—", None)


def test_a_block_that_fits_stays_whole():
    chunk = block("短", ("甲局", "短"))
    assert fit(chunk, COLUMNS, WIDTHS, ROOM) == [chunk]


def test_a_block_of_many_units_is_broken_between_units():
    chunk = block("内容", *((f"第{n}局", "演示" * 30) for n in range(20)))
    found = fit(chunk, COLUMNS, WIDTHS, ROOM)
    assert [len(piece.parts) for piece in found] == [13, 7]              # 51 points each
    assert [piece.block[0].value for piece in found] == ["演示任务", "演示任务（续）"]
    assert [piece.block[1].value for piece in found] == ["内容", "内容"]


def test_a_report_longer_than_a_page_is_broken_and_whole():
    text = "\n".join(f"{n}.演示进展情况说明，完成{n}项。" for n in range(60))
    found = fit(block("内容", ("甲局", text), ("乙局", "短")), COLUMNS, WIDTHS, ROOM)
    assert len(found) == 2
    assert words([part[3] for piece in found for part in piece.parts]) == text.replace("\n", "") + "短"
    assert all(piece.height <= ROOM for piece in found)


def test_a_body_longer_than_a_page_is_never_shortened():
    body = "演示原文，不得删减。" * 130
    found = fit(block(body, ("甲局", "短")), COLUMNS, WIDTHS, ROOM)
    assert words([piece.block[1] for piece in found]) == body
    assert all(piece.height <= ROOM for piece in found)
    assert [piece.parts[0][2].value for piece in found] == ["甲局"] * len(found)


def test_red_runs_are_broken_with_their_text():
    cell = Cell("旧" * 300 + "新" * 300, runs=(("旧" * 300, ""), ("新" * 300, "changed")))
    for piece in pieces(cell, width_of(7), 300):
        assert "".join(text for text, _ in piece.runs) == piece.value
        assert all(tone == ("changed" if "新" in text else "") for text, tone in piece.runs)


def test_every_piece_fits_its_room():
    text = "见https://example.invalid/" + "a-b/c?d=e&" * 60 + "，演示。" * 100
    found = pieces(Cell(text), width_of(7), 320)
    assert words(found) == text
    assert all(height_of(str(piece.value), width_of(7), 10.5) <= 320 for piece in found)


@pytest.mark.parametrize(("height", "rows"), [(21, 1), (400, 1), (400.5, 2), (1201, 4)])
def test_a_part_higher_than_a_row_can_be_takes_several(height, rows):
    assert sheet_rows(height) == rows


def test_printed_text_is_shortened_at_1200_characters_and_says_where_it_is_whole():
    chunk = block("内容", ("甲局", "演" * 1300))
    assert chunk.parts[0][3].value == "演" * (1200 - len("……（全文见系统，任务1）")) + "……（全文见系统，任务1）"


def test_red_runs_of_shortened_text_end_with_the_notice():
    cell = ready(Cell("旧" * 700 + "新" * 700, runs=(("旧" * 700, ""), ("新" * 700, "changed"))), 1200, "……")
    assert [(len(text), tone) for text, tone in cell.runs] == [(700, ""), (498, "changed"), (2, "")]
    assert "".join(text for text, _ in cell.runs) == cell.value


def test_on_a_sheet_too_long_to_merge_each_text_fits_one_row():
    chunk = shortened(block("演" * 3000, ("甲局", "演" * 1100)), WIDTHS)
    assert chunk.height <= 400
    assert chunk.block[1].value.endswith("……（全文见明细）")
