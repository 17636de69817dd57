"""China's working days, in the years it has announced and in those it has not."""
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.domain.moments import PLAIN_WEEKS, at
from tracker.domain.workdays import (
    Calendar,
    Year,
    add_working_days,
    china_calendar,
    nth_working_day_after,
    shanghai_date,
    shanghai_moment,
    working_days_back,
    working_days_between,
)

CHINA = china_calendar()
MAKE_UP_DAYS = [
    "2025-01-26", "2025-02-08", "2025-04-27", "2025-09-28", "2025-10-11",
    "2026-01-04", "2026-02-14", "2026-02-28", "2026-05-09", "2026-09-20", "2026-10-10",
]
days = st.dates(date(2024, 1, 1), date(2028, 12, 31))
numbers = st.integers(1, 60)


def day(text):
    return date.fromisoformat(text)


@pytest.mark.parametrize("text", MAKE_UP_DAYS)
def test_a_make_up_day_is_worked_though_it_is_a_weekend(text):
    assert day(text).weekday() >= 5
    assert CHINA.is_working_day(day(text))
    assert CHINA.is_make_up_day(day(text))
    assert CHINA.day_off_name(day(text)) == ""


def test_there_are_no_other_make_up_days_in_2025_and_2026():
    every_day = (date(2025, 1, 1) + timedelta(n) for n in range(730))
    assert [one.isoformat() for one in every_day if CHINA.is_make_up_day(one)] == MAKE_UP_DAYS


@pytest.mark.parametrize(("year", "counts"), [
    (2025, [19, 19, 21, 22, 19, 20, 23, 21, 23, 18, 20, 23]),
    (2026, [21, 16, 22, 21, 19, 21, 23, 21, 22, 18, 21, 23]),
])
def test_working_days_of_each_month(year, counts):
    worked = [date(year, 1, 1) + timedelta(n) for n in range(365)]
    assert [sum(one.month == month and CHINA.is_working_day(one) for one in worked) for month in range(1, 13)] == counts


@pytest.mark.parametrize(("text", "name"), [
    ("2026-01-01", "元旦"), ("2026-02-23", "春节"), ("2026-04-06", "清明节"), ("2026-05-05", "劳动节"),
    ("2026-06-19", "端午节"), ("2025-10-06", "中秋节"), ("2026-10-07", "国庆节"), ("2026-10-03", "国庆节"),
    ("2026-10-11", "周末"), ("2026-10-12", ""),
])
def test_a_day_off_has_its_name(text, name):
    assert CHINA.day_off_name(day(text)) == name


def test_a_year_not_announced_is_worked_out_from_the_statutory_holidays_and_not_published():
    assert CHINA.published(date(2026, 12, 31))
    assert not CHINA.published(date(2099, 1, 1))
    assert not CHINA.is_working_day(date(2099, 1, 1))       # 元旦, a Thursday
    assert not CHINA.is_working_day(date(2099, 1, 3))       # a Saturday: nobody knows make-up days before
    assert CHINA.is_working_day(date(2099, 1, 2))
    assert CHINA.day_off_name(date(2099, 5, 1)) == "劳动节"


def test_a_day_off_in_place_of_a_holiday_at_the_weekend_is_known_before_the_year_is_published():
    assert CHINA.day_off_name(date(2028, 1, 3)) == "元旦（补假）"


def test_a_year_before_the_published_ones_keeps_its_own_make_up_days_only():
    assert CHINA.is_make_up_day(date(2001, 12, 29))
    assert not CHINA.is_make_up_day(date(2002, 12, 29))
    assert not CHINA.published(date(2001, 12, 29))


def test_make_up_days_and_holidays_come_from_the_year_of_the_day():
    cal = Calendar(lambda year: Year({date(2026, 3, 4): "本地放假"}, frozenset({date(2026, 3, 7)}), year == 2026))
    assert not cal.is_working_day(date(2026, 3, 4))
    assert cal.day_off_name(date(2026, 3, 4)) == "本地放假"
    assert cal.is_working_day(date(2026, 3, 7))
    assert cal.published(date(2026, 3, 4))
    assert not cal.published(date(2027, 3, 4))


@pytest.mark.parametrize(("n", "expected"), [
    (1, "2026-10-08"), (2, "2026-10-09"), (3, "2026-10-10"), (4, "2026-10-12"), (5, "2026-10-13"),
])
def test_the_nth_working_day_after_september_2026(n, expected):
    assert nth_working_day_after(date(2026, 9, 30), n, CHINA) == day(expected)


@pytest.mark.parametrize("n", [0, -1])
def test_there_is_no_working_day_number_nought(n):
    with pytest.raises(ValueError, match="number 1"):
        nth_working_day_after(date(2026, 9, 30), n, CHINA)


@pytest.mark.parametrize(("start", "n", "expected"), [
    pytest.param("2026-10-13", 2, "2026-10-10", id="a make-up Saturday counts"),
    pytest.param("2026-10-08", 1, "2026-09-30", id="the National Day holiday does not"),
    pytest.param("2026-10-05", 1, "2026-09-30", id="from within the holiday"),
    pytest.param("2026-10-05", 0, "2026-10-05", id="no day back is the day itself"),
])
def test_working_days_back(start, n, expected):
    assert working_days_back(day(start), n, CHINA) == day(expected)


@pytest.mark.parametrize(("start", "n", "expected"), [
    ("2026-09-30", 1, "2026-10-08"), ("2026-10-08", -1, "2026-09-30"), ("2026-10-04", 0, "2026-10-04"),
])
def test_add_working_days(start, n, expected):
    assert add_working_days(day(start), n, CHINA) == day(expected)


@pytest.mark.parametrize(("first", "last", "count"), [
    pytest.param("2026-10-13", "2026-10-13", 0, id="the first day never counts"),
    pytest.param("2026-10-09", "2026-10-10", 1, id="a make-up Saturday"),
    pytest.param("2026-10-10", "2026-10-11", 0, id="a Sunday"),
    pytest.param("2026-09-30", "2026-10-07", 0, id="the whole holiday"),
    pytest.param("2026-07-07", "2026-10-08", 62, id="a quarter"),
    pytest.param("2026-10-13", "2026-10-09", 0, id="backwards there is nothing"),
])
def test_working_days_between(first, last, count):
    assert working_days_between(day(first), day(last), CHINA) == count


@given(days, numbers)
@settings(deadline=None)
def test_forward_and_back_undo_each_other_from_a_working_day(start, n):
    start = nth_working_day_after(start, 1, CHINA)
    assert working_days_back(nth_working_day_after(start, n, CHINA), n, CHINA) == start
    assert nth_working_day_after(working_days_back(start, n, CHINA), n, CHINA) == start


@given(days, numbers)
@settings(deadline=None)
def test_the_nth_working_day_is_worked_and_n_working_days_away(start, n):
    found = nth_working_day_after(start, n, CHINA)
    assert CHINA.is_working_day(found)
    assert working_days_between(start, found, CHINA) == n


@given(days, days, days)
@settings(deadline=None)
def test_working_days_between_add_up(one, two, three):
    first, middle, last = sorted((one, two, three))
    assert working_days_between(first, last, CHINA) == (
        working_days_between(first, middle, CHINA) + working_days_between(middle, last, CHINA))


@given(days, numbers)
def test_without_holidays_five_working_days_are_a_week(start, n):
    monday = start - timedelta(days=start.weekday())
    assert nth_working_day_after(monday, 5 * n, PLAIN_WEEKS) == monday + timedelta(weeks=n)


@pytest.mark.parametrize(("moment", "expected"), [
    (datetime(2026, 10, 13, 15, 59, 59, tzinfo=UTC), "2026-10-13"),
    (datetime(2026, 10, 13, 16, 0, tzinfo=UTC), "2026-10-14"),
    (datetime.fromisoformat("2026-10-13T20:00-08:00"), "2026-10-14"),
])
def test_the_day_is_shanghais(moment, expected):
    assert shanghai_date(moment) == day(expected)


def test_a_moment_without_its_zone_is_refused():
    with pytest.raises(ValueError, match="zone"):
        shanghai_date(datetime(2026, 10, 13, 18, 0))    # noqa: DTZ001


def test_a_day_in_shanghai_begins_at_four_in_the_afternoon_utc():
    assert shanghai_moment(date(2026, 10, 13)) == datetime(2026, 10, 12, 16, 0, tzinfo=UTC)
    assert shanghai_moment(date(2026, 10, 13), time(18)) == at("2026-10-13 18:00")
    assert shanghai_moment(date(2026, 10, 13), time(18)).utcoffset() == timedelta(0)
