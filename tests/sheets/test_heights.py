"""Row heights against figures worked out by hand from the rule."""
from __future__ import annotations

import pytest

from tracker.sheets.heights import break_lines, capacity, count_lines, height_for, height_of, line_height, width_of


@pytest.mark.parametrize(("chars", "size", "width"), [
    pytest.param(20, 10.5, 41.29, id="20字 of 14 px and 9 px of air, 7 px a unit"),
    pytest.param(2.2, 10.5, 5.69, id="the narrowest column"),
    pytest.param(10, 12, 24.15, id="12 points are 16 px"),
])
def test_width_holds_so_many_characters(chars, size, width):
    assert width_of(chars, size) == width
    assert capacity(width, size) >= chars


@pytest.mark.parametrize(("size", "points"), [(9, 12.75), (10.5, 15), (12, 18)])
def test_a_line_is_as_high_as_the_tallest_font(size, points):
    assert line_height(size) == points


@pytest.mark.parametrize(("lines", "points"), [(1, 21), (2, 36), (3, 51), (4, 66)])
def test_rows_have_air_and_a_least_height(lines, points):
    assert height_for(lines, 10.5) == points


@pytest.mark.parametrize(("text", "em", "lines"), [
    pytest.param("", 6, 1, id="an empty cell has one line"),
    pytest.param("一二三四五六", 6, 1, id="just fits"),
    pytest.param("一二三四五六七", 6, 2, id="one too many"),
    pytest.param("一二三\n四", 6, 2, id="a paragraph starts a line"),
    pytest.param("一二三四五六。", 6, 2, id="a closing mark takes its character along"),
    pytest.param("一二三四五（六", 6, 2, id="an opening mark waits for what follows"),
    pytest.param("达序时\n(16%)", 4, 2, id="a word that fits its line adds none"),
    pytest.param("见GB/T12345号", 4, 4, id="a word wider than half a line adds one"),
    pytest.param("红灯\n滞后", 3.2, 2, id="a lamp"),
])
def test_lines_are_counted_with_care(text, em, lines):
    assert count_lines(text, em) == lines


def test_broken_lines_joined_are_the_text_again():
    text = "【演示】落实（GB/T 19001-2016）标准，见https://example.invalid/a?b=1&c=2；完成100%、12项。"
    for em in (2, 4, 7.5, 20):
        assert "".join(break_lines(text, em)) == "".join(break_lines(text, em, at_marks=True)) == text


def test_no_line_is_wider_than_the_cell():
    lines = break_lines("甲乙丙丁，戊己庚辛。" * 5, 6)
    assert max(map(len, lines)) == 6
    assert not any(line[0] in "，。" for line in lines)


def test_more_text_is_never_lower():
    heights = [height_of("演示文字，" * count, width_of(7), 10.5) for count in range(30)]
    assert heights == sorted(heights)
    assert heights[-1] > heights[0]
