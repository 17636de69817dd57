"""延期: the new due moment to the minute; days as they are, working days by the calendar with its make-up days."""
from __future__ import annotations

from datetime import date, time

import pytest

from tests.factories import moment
from tracker.domain.extensions import Wish, due_day, due_moment, due_words, why_not_until, wished_due
from tracker.domain.words import Stretch
from tracker.domain.workdays import china_calendar

SIX = time(18)
LEAD = moment("2026-10-13 18:00")           # 2026Q3, a Tuesday
CO = moment("2026-10-10 18:00")             # a Saturday that is worked (补班)
DAY = moment("2026-11-01")                  # the end of 31 October
AT = moment("2026-10-08 09:30")


def days(count: int) -> Wish:
    return Wish(count=count)


def working(count: int) -> Wish:
    return Wish(count=count, stretch=Stretch.working_days)


def until(day: str) -> Wish:
    return Wish(until_on=date.fromisoformat(day))


@pytest.mark.parametrize(("held", "wish", "closes", "new"), [
    pytest.param(LEAD, days(1), SIX, "2026-10-14 18:00", id="1 day"),
    pytest.param(LEAD, days(24), SIX, "2026-11-06 18:00", id="24 days"),
    pytest.param(LEAD, days(25), SIX, "2026-11-07 18:00", id="25 days: a Saturday, as asked for"),
    pytest.param(LEAD, days(30), SIX, "2026-11-12 18:00", id="30 days"),
    pytest.param(LEAD, days(365), SIX, "2027-10-13 18:00", id="365 days"),
    pytest.param(moment("2027-10-13 18:00"), days(365), SIX, "2028-10-12 18:00", id="365 days over 29 February"),
    pytest.param(LEAD, until("2026-10-30"), SIX, "2026-10-30 18:00", id="a fixed day"),
    pytest.param(LEAD, until("2026-10-30"), time(12, 30), "2026-10-30 12:30", id="at the rule's time of day"),
    pytest.param(moment("2026-09-30 18:00"), working(2), SIX, "2026-10-09 18:00", id="working days over 国庆"),
    pytest.param(moment("2026-10-08 18:00"), working(2), SIX, "2026-10-10 18:00", id="onto the make-up day"),
    pytest.param(moment("2026-10-08 18:00"), working(3), SIX, "2026-10-12 18:00", id="across the make-up day"),
    pytest.param(CO, days(1), SIX, "2026-10-11 18:00", id="from the make-up day"),
    pytest.param(CO, working(1), SIX, "2026-10-12 18:00", id="a working day from the make-up day"),
    pytest.param(moment("2026-12-31 18:00"), working(1), SIX, "2027-01-04 18:00", id="over a year not yet published"),
    pytest.param(DAY, days(1), None, "2026-11-02", id="1 day: to the end of 1 November"),
    pytest.param(DAY, days(25), None, "2026-11-26", id="25 days: to the end of the 25th"),
    pytest.param(DAY, days(365), None, "2027-11-01", id="365 days: to the end of 31 October"),
    pytest.param(DAY, until("2026-12-31"), None, "2027-01-01", id="a fixed day: to its end"),
    pytest.param(moment("2026-10-10"), working(1), None, "2026-10-11", id="to the end of the make-up day"),
])
def test_the_due_moment_asked_for(held, wish, closes, new):
    assert wished_due(held, wish, closes, china_calendar()) == moment(new)


def test_twice_in_a_row_is_counted_from_what_holds_then():
    once = wished_due(LEAD, days(24), SIX, china_calendar())
    assert wished_due(once, days(25), SIX, china_calendar()) == moment("2026-12-01 18:00")
    assert wished_due(once, working(1), SIX, china_calendar()) == moment("2026-11-09 18:00")


@pytest.mark.parametrize(("wish", "sentence"), [
    pytest.param(Wish(), "请写明延到哪一天，或者延长几天", id="nothing"),
    pytest.param(Wish(date(2026, 10, 30), 3), "延到的日期和延长的天数只写一样", id="both"),
    pytest.param(days(0), "延长的天数要在1到3,660之间", id="no day"),
    pytest.param(days(3661), "延长的天数要在1到3,660之间", id="too many days"),
    pytest.param(until("9999-12-31"), "一次最多延长10年，请看看年份对不对", id="a slip in the year"),
    pytest.param(working(3660), "一次最多延长10年，请看看年份对不对", id="too many working days"),
])
def test_what_is_no_wish_is_said(wish, sentence):
    with pytest.raises(ValueError, match=sentence):
        wished_due(LEAD, wish, SIX, china_calendar())


@pytest.mark.parametrize(("new", "at", "sentence"), [
    pytest.param("2026-10-13 18:01", AT, "", id="a minute later"),
    pytest.param("2026-10-13 18:00", AT, "要比现在的2026年10月13日18:00晚", id="the same"),
    pytest.param("2026-10-12 18:00", AT, "要比现在的2026年10月13日18:00晚", id="earlier"),
    pytest.param("2026-10-20 18:00", moment("2026-10-20 17:59"), "", id="overdue, to this evening"),
    pytest.param("2026-10-20 18:00", moment("2026-10-20 18:00"),
                 "2026年10月20日18:00已经过去了，要延到今天或以后", id="past by now"),
])
def test_it_is_later_than_what_holds_and_not_past(new, at, sentence):
    assert why_not_until(moment(new), LEAD, SIX, at) == sentence


def test_a_day_and_its_due_moment_are_one():
    assert due_day(DAY, None) == date(2026, 10, 31)
    assert due_moment(date(2026, 10, 31), None) == DAY
    assert due_day(LEAD, SIX) == date(2026, 10, 13)
    assert due_moment(date(2026, 10, 13), SIX) == LEAD
    assert (due_words(DAY, None), due_words(LEAD, SIX)) == ("2026年10月31日", "2026年10月13日18:00")
