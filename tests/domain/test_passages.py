"""A quoted passage in the text that it was taken into (引用的话)."""
from __future__ import annotations

import pytest

from tracker.domain.passages import GONE, Passage, attributed, passage_now

SAID = "配合落实资金300万元，新建实验室3个。"


@pytest.mark.parametrize(("text", "now"), [
    pytest.param(f"本局立项12项。\n州教育局：{SAID}", Passage(SAID), id="as a paragraph of its own"),
    pytest.param(f"州教育局：{SAID}下期继续。", Passage(SAID), id="another sentence behind it"),
    pytest.param("州教育局：配合落实资金300万元，新建实验室3个", Passage(SAID[:-1]), id="its last mark is no change"),
    pytest.param("州教育局：配合落实资金300万元，新建实验室5个。",
                 Passage("配合落实资金300万元，新建实验室5个。", True), id="a number changed"),
    pytest.param("立项12项。配合落实资金30万元，新建实验室3个。下期继续。",
                 Passage("配合落实资金30万元，新建实验室3个。", True), id="shorter than it was, between two others"),
    pytest.param("立项12项。据报，配合落实资金300万元，新建实验室3个。", Passage(f"据报，{SAID}", True),
                 id="put into another sentence"),
    pytest.param("州教育局没有配合落实资金300万元，新建实验室3个。完。",
                 Passage("州教育局没有配合落实资金300万元，新建实验室3个。", True), id="turned round"),
    pytest.param("本局科技计划项目已立项12项，下达资金860万元。", GONE, id="no longer there"),
    pytest.param("", GONE, id="nothing written"),
])
def test_passage_now(text: str, now: Passage) -> None:
    assert passage_now(SAID, "州教育局", text) == now


def test_more_of_the_units_own_words_around_it_is_no_change() -> None:
    assert passage_now("新建实验室3个", "州教育局", f"州教育局：{SAID}", SAID) == Passage(SAID)
    turned = "没有新建实验室3个。"
    assert passage_now("新建实验室3个", "州教育局", f"州教育局：{turned}", SAID) == Passage(turned, True)


def test_of_two_places_the_one_under_its_name_counts() -> None:
    assert passage_now("已完成", "州教育局", "本局的没有已完成的。\n州教育局：已完成") == Passage("已完成")


def test_a_long_passage_is_found_though_changed() -> None:
    said = "".join(f"第{n}项已经完成，投入{n * 7}万元。" for n in range(300))
    assert len(said) > 4000
    changed = said.replace("投入700万元", "投入70万元")
    found = passage_now(said, "州教育局", f"本局立项12项。\n州教育局：{changed}")
    assert found == Passage(changed, True)


def test_a_paragraph_says_whose_words_it_is() -> None:
    assert attributed("州教育局", SAID) == "州教育局：配合落实资金300万元，新建实验室3个。"
