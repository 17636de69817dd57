"""报送灯: who is late with paper. One table, clause by clause and minute by minute."""
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.domain.moments import SECOND, at
from tracker.domain.lamp import obligation_lamp, soon_until
from tracker.domain.lateness import ObligationFacts
from tracker.domain.show import days_left_words
from tracker.domain.words import Colour, State
from tracker.domain.workdays import china_calendar

CHINA = china_calendar()
DUE = at("2026-10-13 18:00")
moments = st.datetimes(datetime(2025, 7, 1), datetime(2027, 12, 31), timezones=st.just(UTC))     # noqa: DTZ001


def lamp(moment, state=State.pending, delivered=None, resubmit_due=None, due=DUE):
    owed = ObligationFacts(
        state, due, at(delivered) if delivered else None, at(resubmit_due) if resubmit_due else None)
    shown = obligation_lamp(owed, at(moment), CHINA)
    return shown.colour, shown.word, shown.reason, shown.since


@pytest.mark.parametrize(("moment", "colour", "word", "reason"), [
    pytest.param("2026-10-08 23:59", Colour.grey, "未到期", "10月13日（周二）18:00截止，还有4个工作日",
                 id="4 days left"),
    pytest.param("2026-10-09 00:00", Colour.yellow, "临期", "10月13日（周二）18:00截止，还有3个工作日",
                 id="3 days left"),
    pytest.param("2026-10-10 08:00", Colour.yellow, "临期", "10月13日（周二）18:00截止，还有2个工作日",
                 id="on a 补班 day"),
    pytest.param("2026-10-11 08:00", Colour.yellow, "临期", "10月13日（周二）18:00截止，还有2个工作日", id="on Sunday"),
    pytest.param("2026-10-13 00:00", Colour.yellow, "临期", "10月13日（周二）18:00截止，今天截止", id="the due day"),
    pytest.param("2026-10-13 18:00", Colour.yellow, "临期", "10月13日（周二）18:00截止，今天截止", id="on the stroke"),
])
def test_before_it_is_due(moment, colour, word, reason):
    assert lamp(moment) == (colour, word, reason, None)


@pytest.mark.parametrize(("moment", "late"), [
    ("2026-10-13 18:00:01", "逾期不到1个工作日"), ("2026-10-13 23:59", "逾期不到1个工作日"),
    ("2026-10-14 00:00", "逾期1个工作日"), ("2027-01-04 09:00", "逾期58个工作日"),
])
@pytest.mark.parametrize("state", [State.pending, State.draft, State.submitted])
def test_past_due_and_nothing_delivered_is_red_since_the_due_moment(state, moment, late):
    year = "2026年" if moment.startswith("2027") else ""
    assert lamp(moment, state) == (
        Colour.red, "逾期", f"{year}10月13日（周二）18:00截止，{late}，至今未报", DUE)


@pytest.mark.parametrize(("delivered", "reason"), [
    ("2026-10-09 10:12", "10月9日（周五）10:12报送，按时"),
    ("2026-10-13 18:00", "10月13日（周二）18:00报送，按时"),
    ("2026-10-13 18:01", "10月13日（周二）18:01报送，迟报，当日"),
    ("2026-10-15 09:00", "10月15日（周四）09:00报送，迟报2日"),
])
@pytest.mark.parametrize("state", [State.submitted, State.signed, State.accepted])
def test_what_is_delivered_is_green_however_late(state, delivered, reason):
    assert lamp("2026-10-20 09:00", state, delivered) == (Colour.green, "已报", reason, at(delivered))


def test_delivered_early_is_green_before_it_is_due():
    assert lamp("2026-10-09 10:12", State.submitted, "2026-10-09 10:12")[:2] == (Colour.green, "已报")


@pytest.mark.parametrize(("moment", "colour", "word", "reason", "since"), [
    pytest.param("2026-10-14 09:00", Colour.yellow, "待重报", "退回重报10月16日（周五）18:00截止，还有2个工作日", None,
                 id="within the second clock, though past the first due moment"),
    pytest.param("2026-10-16 18:00", Colour.yellow, "待重报", "退回重报10月16日（周五）18:00截止，今天截止", None,
                 id="on its stroke"),
    pytest.param("2026-10-16 18:00:01", Colour.red, "退回未重报",
                 "退回重报10月16日（周五）18:00截止，逾期不到1个工作日，至今未重报", "2026-10-16 18:00",
                 id="a second after"),
    pytest.param("2026-10-20 09:00", Colour.red, "退回未重报",
                 "退回重报10月16日（周五）18:00截止，逾期2个工作日，至今未重报", "2026-10-16 18:00",
                 id="two days after"),
])
@pytest.mark.parametrize("delivered", ["2026-10-12 09:00", "2026-10-13 19:00"])
def test_returned_runs_on_the_second_clock(moment, colour, word, reason, since, delivered):
    assert lamp(moment, State.returned, delivered, "2026-10-16 18:00") == (
        colour, word, reason, at(since) if since else None)


def test_returned_without_a_second_clock_waits():
    assert lamp("2026-12-01", State.returned, "2026-10-12 09:00") == (
        Colour.yellow, "待重报", "已退回，改好后重报", None)


@pytest.mark.parametrize("moment", ["2026-10-08 09:00", "2026-10-13 12:00", "2026-12-01 09:00"])
@pytest.mark.parametrize("delivered", [None, "2026-10-12 09:00"])
def test_waived_is_grey_at_every_moment(moment, delivered):
    assert lamp(moment, State.waived, delivered) == (Colour.grey, "免报", "本期免报", None)


def test_a_make_up_day_and_a_provisional_date_are_named_in_the_reason():
    assert lamp("2026-10-08 09:30", due=at("2026-10-10 18:00"))[2] == "10月10日（周六，补班）18:00截止，还有2个工作日"
    assert lamp("2026-12-01 09:30", due=at("2099-01-08 18:00"))[2].startswith("2099年1月8日（周四，暂定）18:00截止")


@pytest.mark.parametrize(("moment", "until"), [
    pytest.param("2026-10-08 09:30", "2026-10-13 00:00", id="9, 10 and 12 October are the three"),
    pytest.param("2026-10-08 00:00", "2026-10-13 00:00", id="the same all day"),
    pytest.param("2026-10-08 23:59:59", "2026-10-13 00:00", id="to its last second"),
    pytest.param("2026-09-30 18:00", "2026-10-12 00:00", id="over the holiday"),
    pytest.param("2026-07-03 09:00", "2026-07-09 00:00", id="over a weekend"),
])
def test_soon_ends_with_the_third_working_day(moment, until):
    assert soon_until(at(moment), CHINA) == at(until)


@given(moments, st.integers(-20, 20), st.integers(0, 86399))
@settings(deadline=None)
def test_lamp_boundary_and_words_agree(moment, days, seconds):
    due = moment + timedelta(days=days, seconds=seconds)
    shown = obligation_lamp(ObligationFacts(State.pending, due), moment, CHINA)
    words = days_left_words(due, moment, CHINA)
    assert (shown.colour is Colour.red) is (due < moment)
    assert (shown.colour is Colour.yellow) is (moment <= due < soon_until(moment, CHINA))
    assert words in shown.reason
    if shown.colour is Colour.grey:
        assert words.startswith("还有") and int(words[2:].split("个")[0]) > 3      # noqa: PT018


@given(moments, moments, moments)
@settings(deadline=None)
def test_until_delivered_a_lamp_only_ever_gets_worse(due, one, two):
    order = [Colour.grey, Colour.yellow, Colour.red]
    owed = ObligationFacts(State.pending, due)
    earlier, later = (obligation_lamp(owed, moment, CHINA) for moment in sorted((one, two)))
    assert order.index(earlier.colour) <= order.index(later.colour)


def test_one_second_past_the_due_moment_turns_red_in_any_zone():
    owed = ObligationFacts(State.pending, DUE)
    for zone in ("+00:00", "+08:00", "-05:00"):
        there = (DUE + SECOND).astimezone(datetime.fromisoformat(f"2026-01-01T00:00{zone}").tzinfo)
        assert obligation_lamp(owed, there, CHINA).colour is Colour.red
