"""What a report may hold: cleaned, within limits, complete when handed in (DESIGN section 4)."""
from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.domain.report_text import clean, clean_report, faults, nothing_new
from tracker.domain.rows import ReportText
from tracker.domain.words import Rating

COMPLETE = ReportText(progress="立项12项", self_rating=Rating.on_track)


@pytest.mark.parametrize(("typed", "kept"), [
    pytest.param("立项12项", "立项12项", id="as it is"),
    pytest.param(" \n　立项12项\t\n", "立项12项", id="blank ends go"),
    pytest.param("一\r\n二\r三\v四\f五\u2028六", "一\n二\n三\n四\n五\n六", id="every line end is one newline"),
    pytest.param("一\x00二\x07三\x1b[31m", "一二三[31m", id="control characters go"),
    pytest.param("一\ud800二\udfff", "一二", id="lone surrogates go"),
    pytest.param("一\ufffe\uffff\U0001ffff二", "一二", id="what is no character goes"),
    pytest.param("表\t格  两空\n\n段", "表\t格  两空\n\n段", id="tabs, blanks and empty lines inside stay"),
    pytest.param("=1+1 <b> 😀 e\u0301", "=1+1 <b> 😀 e\u0301", id="nothing visible is lost"),
])
def test_clean(typed, kept):
    assert clean(typed) == kept


@given(st.text(alphabet=st.characters()))
def test_cleaning_twice_is_cleaning_once_and_the_result_is_storable(typed):
    once = clean(typed)
    assert clean(once) == once
    assert "\x00" not in once
    once.encode("utf-8")


def test_each_text_of_a_report_is_cleaned():
    dirty = ReportText(progress="一\x00", self_rating=Rating.behind, percent=40, problems="二\x00", matters="三\x00",
                       next_steps="四\x00")
    assert clean_report(dirty) == ReportText("一", Rating.behind, 40, "二", "三", "四")


@pytest.mark.parametrize(("text", "fields"), [
    pytest.param(COMPLETE, [], id="complete"),
    pytest.param(ReportText(), ["progress", "self_rating"], id="empty"),
    pytest.param(ReportText(progress="立项12项", self_rating=Rating.on_track, percent=101), ["percent"], id="over 100"),
    pytest.param(ReportText(progress="长" * 5001, self_rating=Rating.on_track), ["progress"], id="too long"),
    pytest.param(ReportText(progress="长" * 5000, self_rating=Rating.on_track, percent=0, problems="长" * 3000), [],
                 id="just within the limits"),
])
def test_what_is_wrong_when_handing_in(text, fields):
    assert list(faults(text, handing_in=True)) == fields


def test_a_draft_may_be_incomplete_but_not_too_long():
    assert faults(ReportText(), handing_in=False) == {}
    assert faults(ReportText(matters="长" * 3001), handing_in=False) == {
        "matters": "“需协调事项”写了3,001字，最多3,000字，请压缩"}


@pytest.mark.parametrize(("typed", "kept"), [
    pytest.param((("fund", " 860 "),), (("fund", "860"),), id="blanks go"),
    pytest.param((("fund", "１，２００．５０"),), (("fund", "1200.50"),), id="full width and thousands"),
    pytest.param((("b", "2"), ("a", "1")), (("a", "1"), ("b", "2")), id="sorted by key"),
    pytest.param((("fund", "  "), ("rules", "1")), (("rules", "1"),), id="what is empty is not there"),
])
def test_the_values_of_measures_are_kept_in_one_form(typed, kept):
    assert clean_report(ReportText(measures=typed)).measures == kept


@pytest.mark.parametrize("value", ["0", "3000", "0.5", "12.50", "999999999999.99"])
def test_a_number_of_a_measure(value):
    assert faults(ReportText(measures=(("fund", value),)), handing_in=False) == {}


@pytest.mark.parametrize("value", ["-1", "1.234", "约860", "8百", "1e3", "01", ".5", "1234567890123"])
def test_what_is_no_number_is_named_with_its_measure(value):
    wrong = faults(ReportText(measures=(("fund", value),)), handing_in=False, measure_names={"fund": "专项资金"})
    assert wrong == {"measure-fund": f"“专项资金”填的“{value}”不对：要填0或大于0的数，最多两位小数"}


def test_nothing_new_needs_its_reason():
    assert nothing_new(" 等资金下达 ") == "本期无新进展：等资金下达"
    bare = ReportText(progress=nothing_new(""), self_rating=Rating.on_track)
    assert faults(bare, handing_in=True) == {"progress": "选了“本期无新进展”，还要写一句理由"}
    assert faults(bare, handing_in=False) == {}
