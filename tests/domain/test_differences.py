"""Two texts side by side: what only one of them says."""
from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tracker.domain.differences import differences

TEXTS = st.text(alphabet="立项12，。款 \nab", max_size=60)


def test_what_only_one_of_them_says_is_marked_by_words():
    mine, theirs = differences("立项12项，资金860万元。", "立项15项，资金860万元，已拨付。")
    assert [words for words, lacks in mine if lacks] == ["12"]
    assert [words for words, lacks in theirs if lacks] == ["15", "，已拨付"]


def test_equal_texts_have_no_marks():
    assert differences("立项12项。", "立项12项。") == ([("立项12项。", False)], [("立项12项。", False)])
    assert differences("", "新写的") == ([], [("新写的", True)])


@given(TEXTS, TEXTS)
def test_joined_again_they_are_the_texts_and_what_is_common_is_the_same(one, other):
    mine, theirs = differences(one, other)
    assert "".join(words for words, _ in mine) == one
    assert "".join(words for words, _ in theirs) == other
    common = ["".join(words for words, lacks in side if not lacks) for side in (mine, theirs)]
    assert common[0] == common[1]


def test_very_long_texts_are_not_compared_word_by_word():
    assert differences("甲" * 6001, "乙") == ([("甲" * 6001, True)], [("乙", True)])
