"""The page plan: what stands together, what grows to fill a page, when columns are too wide."""
from __future__ import annotations

import pytest

from tracker.sheets.pages import A3, A4, plan, room_on, scale_for, stretch


def test_blocks_stand_whole_on_a_page():
    assert plan([300, 300, 300, 100], [False] * 4, 500, 700) == [[0], [1, 2, 3]]


def test_a_band_stays_with_the_block_under_it():
    assert plan([400, 24, 300], [False, True, False], 500, 700) == [[0], [1, 2]]


def test_the_foot_stays_with_the_last_block():
    assert plan([300, 300, 80, 39], [False, True, True, False], 700, 700) == [[0], [1, 2, 3]]


def test_the_first_page_has_less_room():
    assert plan([300, 300], [False, False], 590, 610) == [[0], [1]]
    assert plan([300, 300], [False, False], 610, 610) == [[0, 1]]


@pytest.mark.parametrize(("rows", "others", "factor"), [
    pytest.param(450, 50, 1.0, id="half the page empty: left so"),
    pytest.param(600, 100, 1.0, id="exactly 30 % empty is too much to stretch"),
    pytest.param(800, 100, 900 / 800, id="a tenth empty: the rows take it, the band does not"),
    pytest.param(900, 100, 1.0, id="full"),
    pytest.param(0, 100, 1.0, id="nothing to stretch"),
])
def test_rows_grow_to_fill_a_nearly_full_page(rows, others, factor):
    assert stretch(rows, others, 1000) == factor


def test_scale_is_what_the_paper_allows():
    assert scale_for(A3, [200.0]) == 100
    assert scale_for(A3, [220.0]) == 91
    assert scale_for(A4, [170.0]) == 83


@pytest.mark.parametrize(("paper", "width"), [(A3, 240.0), (A4, 180.0)])
def test_columns_too_wide_to_read_are_refused(paper, width):
    with pytest.raises(ValueError, match="too wide"):
        scale_for(paper, [width])


def test_room_on_an_a3_page():
    assert room_on(A3, 90) == pytest.approx(822.1, abs=0.1)
