"""Text on its way into a cell."""
from __future__ import annotations

import pytest

from tracker.sheets.text import clean, cut, double_ampersands, escape, is_formula_like, unescape, utf16_length


@pytest.mark.parametrize(("typed", "held", "told"), [
    pytest.param("平常的字，emoji😀", "平常的字，emoji😀", "", id="nothing to do"),
    pytest.param("一\r\n二\r三", "一\n二\n三", "", id="line ends, untold"),
    pytest.param("坏\x00\x0b字", "坏��字", "2个不能显示的字符改为“�”", id="control characters"),
    pytest.param("半\ud83d个\ufffe\uffff", "半�个��", "3个不能显示的字符改为“�”", id="surrogate, non-characters"),
    pytest.param("左\u202e右\u200b", "左右", "去掉2个看不见的控制符", id="direction and zero width"),
    pytest.param("\x07\u200b", "�", "1个不能显示的字符改为“�”；去掉1个看不见的控制符", id="both"),
])
def test_text_is_cleaned_and_what_was_lost_is_told(typed, held, told):
    assert clean(typed) == (held, told)


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@a", "\t=1", "\r=1", "\n=1", "＝1", "＋1", "－1", "＠a"])
def test_formula_like_beginnings(text):
    assert is_formula_like(text)


@pytest.mark.parametrize("text", ["", "1=1", " =1", '"=1', ";=1", "—"])
def test_other_beginnings(text):
    assert not is_formula_like(text)


def test_short_text_is_not_cut():
    assert cut("一二三", 3, "……") == "一二三"


def test_long_text_is_cut_at_the_end_of_a_paragraph():
    assert cut("一二三四\n五六七八九十", 9, "（完）") == "一二三四（完）"


def test_long_text_without_a_paragraph_near_is_cut_where_room_ends():
    assert cut("一\n二三四五六七八九十", 9, "（完）") == "一\n二三四五（完）"


def test_an_emoji_counts_two_and_is_not_halved():
    assert utf16_length("😀") == 2
    assert cut("😀" * 5, 8, "完") == "😀😀😀完"


def test_what_looks_like_an_escape_is_escaped():
    assert escape("_x000D_ _x_ _y000D_") == "_x005F_x000D_ _x_ _y000D_"
    assert unescape(escape("_x000D_")) == "_x000D_"


def test_ampersands_of_a_page_header_are_doubled():
    assert double_ampersands("R&D\n计划&P") == "R&&D 计划&&P"
