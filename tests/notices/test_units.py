"""责任单位 lines resolved to single units."""
from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.domain.words import Basis
from tracker.notices.units import Registry, UnknownUnit, resolve_line

CITIES = (
    "格尔木市人民政府", "德令哈市人民政府", "茫崖市人民政府", "乌兰县人民政府", "都兰县人民政府", "天峻县人民政府")
NAMES = (
    *CITIES, "大柴旦行委", "州科技局", "州发展改革委", "州工业和信息化局", "州财政局", "柴达木循环经济试验区管委会")
REGISTRY = Registry({
    **{name: (name,) for name in NAMES},
    "州发改委": ("州发展改革委",),
    "州工信局": ("州工业和信息化局",),
    "各市、县人民政府": CITIES,
})


@pytest.mark.parametrize(("line", "units"), [
    pytest.param("州科技局、州财政局", ["州科技局", "州财政局"], id="、"),
    pytest.param("州财政局，州科技局,州发展改革委；大柴旦行委",
                 ["州财政局", "州科技局", "州发展改革委", "大柴旦行委"], id="full and half width only separate"),
    pytest.param("责任单位:州科技局", ["州科技局"], id="the label is no unit"),
    pytest.param("责任单位：州科技局、 州财政局、", ["州科技局", "州财政局"], id="blanks and a last separator"),
    pytest.param("德令哈市、茫崖市人民政府", ["德令哈市人民政府", "茫崖市人民政府"], id="shared suffix"),
    pytest.param("州科技局、格尔木市、德令哈市、茫崖市人民政府，州财政局",
                 ["州科技局", "格尔木市人民政府", "德令哈市人民政府", "茫崖市人民政府", "州财政局"],
                 id="shared by three"),
    pytest.param("各市、县人民政府，大柴旦行委", [*CITIES, "大柴旦行委"], id="collective"),
    pytest.param("乌兰县人民政府、各市、县人民政府", ["乌兰县人民政府", *CITIES[:3], *CITIES[4:]],
                 id="once, at the first place"),
    pytest.param("州工信局、州发改委", ["州工业和信息化局", "州发展改革委"], id="aliases"),
    pytest.param("州科技局(以下各市、县人民政府均配合落实)", ["州科技局"], id="half-width brackets"),
    pytest.param("州科技局（牵头），州财政局（会同(另文)办理）", ["州科技局", "州财政局"], id="full-width brackets"),
    pytest.param("", [], id="nothing"),
])
def test_resolve_line(line, units):
    assert list(resolve_line(line, REGISTRY).units) == units


def test_the_words_written_are_kept_beside_each_unit():
    line = resolve_line("州工信局，德令哈市、茫崖市人民政府，各市、县人民政府", REGISTRY)
    assert line.parts[:4] == (
        ("州工业和信息化局", "州工信局"),
        ("德令哈市人民政府", "德令哈市、茫崖市人民政府"),
        ("茫崖市人民政府", "德令哈市、茫崖市人民政府"),
        ("格尔木市人民政府", "各市、县人民政府"),
    )


@pytest.mark.parametrize(("line", "basis"), [
    ("州科技局、州财政局", Basis.first_listed),
    ("州科技局、州财政局按职责分工负责", Basis.duties_apart),
    ("州科技局、州财政局按职责负责(以下不再列出)", Basis.duties_apart),
    ("州科技局、州财政局按各自职责分工负责", Basis.duties_apart),
])
def test_the_lead_is_the_first_listed_unless_each_acts_within_its_duty(line, basis):
    resolved = resolve_line(line, REGISTRY)
    assert (resolved.units, resolved.basis) == (("州科技局", "州财政局"), basis)


@pytest.mark.parametrize(("line", "words", "nearest"), [
    pytest.param("州科技局、州财务局", "州财务局", "州财政局", id="misspelled"),
    pytest.param("州工业和信息局、州科技局", "州工业和信息局", "州工业和信息化局",
                 id="misspelled before a known one"),
    pytest.param("西宁市、茫崖市人民政府", "西宁市", None, id="a stem that makes no unit"),
    pytest.param("州科技局州财政局", "州科技局州财政局", "州科技局", id="a separator forgotten"),
    pytest.param("州财、州科技局", "州财", "州财政局", id="one sign in common is no shared suffix"),
    pytest.param("有关企业", "有关企业", None, id="nothing like it"),
])
def test_unknown_words_are_named_with_the_nearest_known_name(line, words, nearest):
    with pytest.raises(UnknownUnit) as refused:
        resolve_line(line, REGISTRY)
    assert (refused.value.words, refused.value.nearest) == (words, nearest)


@given(st.lists(st.sampled_from(NAMES), min_size=1, unique=True), st.data())
def test_any_units_with_any_separators_come_back_in_order(names, data):
    line = names[0] + "".join(data.draw(st.sampled_from("，、,；;")) + name for name in names[1:])
    assert list(resolve_line(line, REGISTRY).units) == names


@given(st.text(alphabet="州科技局市县人民政府、，,()（）按职责分工负责 各", max_size=60))
def test_any_line_is_resolved_or_refused(line):
    try:
        units, unknown = resolve_line(line, REGISTRY).units, "（无）"
    except UnknownUnit as refused:
        units, unknown = (), refused.words
    assert set(units) <= set(NAMES)
    assert unknown
    assert unknown not in REGISTRY.wordings


def test_every_line_of_the_notice_resolves_to_the_units_read_by_hand(plan, answers):
    resolved = [list(resolve_line(task.as_written, plan.registry).units) for task in plan.tasks[:18]]
    assert resolved == [[task["lead"], *task["co"]] for task in answers["tasks"][:18]]
