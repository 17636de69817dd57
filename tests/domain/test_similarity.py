"""Repetition of last period's text, and the clauses that are new."""
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.domain.similarity import REPEATED, new_clauses, new_words, similarity

REST = "智慧应急指挥项目完成可研批复。与有关高校对接数字孪生技术在盐湖生产中的应用。"
LAST = f"梳理人工智能应用需求清单，征集场景12个。{REST}"
NOW = f"梳理人工智能应用需求清单，征集场景15个。{REST}"


@pytest.mark.parametrize(("previous", "current", "expected"), [
    pytest.param("已立项12项。", "已立项12项。", 1.0, id="the same"),
    pytest.param("已立项12项,下达资金", "已立项１２项，\n 下达资金", 1.0, id="width and blanks aside"),
    pytest.param("甲乙丙丁", "甲乙戊己", 0.5, id="half"),
    pytest.param("甲乙", "丙丁", 0.0, id="nothing in common"),
    pytest.param("", "已立项12项。", 0.0, id="no last text"),
    pytest.param("已立项12项。", "", 0.0, id="nothing said"),
    pytest.param("", "", 0.0, id="neither"),
    pytest.param(" \n", " \n", 0.0, id="only blanks"),
])
def test_similarity(previous, current, expected):
    assert similarity(previous, current) == expected


def test_a_changed_figure_does_not_make_a_text_new():
    assert round(similarity(LAST, NOW), 3) == 0.983


def test_repetition_begins_at_85_per_cent():
    assert REPEATED == 0.85
    assert similarity("一" * 17 + "二" * 3, "一" * 17 + "三" * 3) >= REPEATED
    assert similarity("一" * 84 + "二" * 16, "一" * 84 + "三" * 16) < REPEATED


@pytest.mark.parametrize(("previous", "current", "pieces"), [
    pytest.param(LAST, NOW, [
        ("梳理人工智能应用需求清单，", False), ("征集场景15个。", True),
        (REST, False)], id="one clause is new"),
    pytest.param("已立项12项。", "已立项12项；", [("已立项12项；", False)], id="the mark aside"),
    pytest.param("已立项,已批复", "已批复，已立项。", [("已批复，已立项。", False)], id="order and width aside"),
    pytest.param("已立项。", "已 立 项 。", [("已 立 项 。", False)], id="blanks aside"),
    pytest.param("资金1,500万元", "资金1,500万元,到位", [("资金1,500万元,", False), ("到位", True)],
                 id="a figure is not cut"),
    pytest.param("上午9:30开会", "上午9:31开会", [("上午9:31开会", True)], id="nor a time"),
    pytest.param("增长5%", "增长-5%", [("增长-5%", True)], id="a sign is content"),
    pytest.param("增长1.5%", "增长15%", [("增长15%", True)], id="a point is content"),
    pytest.param("第一。", "他说：“第二。”第一。", [("他说：“第二。”", True), ("第一。", False)],
                 id="a quote keeps its end"),
    pytest.param("第一\n第二", "第一\n第三\n第二", [("第一\n", False), ("第三\n", True), ("第二", False)], id="lines"),
    pytest.param("第一。", "新做法。再新。", [("新做法。再新。", True)], id="neighbours are joined"),
    pytest.param("第一。", "。。。", [("。。。", False)], id="marks alone are nothing new"),
    pytest.param("", "全部都是。", [("全部都是。", False)], id="no last text: nothing to compare"),
    pytest.param("。", "全部都是。", [("全部都是。", False)], id="a last text without words"),
    pytest.param("第一。", "", [], id="nothing said"),
])
def test_new_clauses(previous, current, pieces):
    assert new_clauses(previous, current) == pieces


texts = st.text(st.sampled_from("州科技局立项12 ，。；：！？,.;:!?…\n、（）()“”’%-A") | st.characters(), max_size=60)


@given(texts, texts)
def test_the_pieces_joined_are_the_text_to_the_letter(previous, current):
    assert "".join(piece for piece, _ in new_clauses(previous, current)) == current


@given(texts, texts)
def test_no_two_neighbours_are_of_one_kind(previous, current):
    kinds = [is_new for _, is_new in new_clauses(previous, current)]
    assert all(one is not other for one, other in pairwise(kinds))


@given(texts)
def test_a_text_has_nothing_new_beside_itself(text):
    assert not any(is_new for _, is_new in new_clauses(text, text))


@given(texts, texts)
def test_similarity_is_a_share_and_the_same_both_ways(one, other):
    assert 0.0 <= similarity(one, other) <= 1.0
    assert similarity(one, other) == pytest.approx(similarity(other, one))


@pytest.mark.parametrize(("previous", "current", "marked"), [
    pytest.param("征集场景12个。完成可研批复。", "征集场景15个。完成可研批复。", "征集场景[15]个。完成可研批复。",
                 id="a figure"),
    pytest.param("协调用地、用水问题14个。", "协调用地、用水、用电问题11个。", "协调用地、用水[、用电]问题[11]个。",
                 id="a figure and a word"),
    pytest.param("征集场景12个。", "与高校对接数字孪生技术。", "[与高校对接数字孪生技术。]", id="another clause"),
    pytest.param("征集场景12个。", "征集场景12个。下达860万元。", "征集场景12个。[下达860万元。]", id="a clause more"),
    pytest.param("", "征集场景12个。", "征集场景12个。", id="nothing to compare with"),
    pytest.param("征集场景12个。", "", "", id="nothing written"),
])
def test_of_a_clause_put_right_only_the_words_that_differ_are_new(previous, current, marked):
    assert "".join(f"[{words}]" if new else words for words, new in new_words(previous, current)) == marked


@given(st.text(alphabet="一二三12，。\n ab"), st.text(alphabet="一二三12，。\n ab"))
def test_the_words_joined_are_the_text_again_and_what_was_known_is_not_new(previous, current):
    pieces = new_words(previous, current)
    assert "".join(words for words, _ in pieces) == current
    assert not any(new for _, new in new_words(current, current))
    known = "".join(words for words, new in new_clauses(previous, current) if not new)
    assert len(known) <= len("".join(words for words, new in pieces if not new))


def test_thousands_of_clauses_are_told_apart_by_clauses():
    previous, current = "一二，" * 1000, "一三，" * 1000
    assert new_words(previous, current) == new_clauses(previous, current) == [(current, True)]
