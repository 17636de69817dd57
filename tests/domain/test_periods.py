"""Periods, and every due date of 2025Q3-2027Q4 against dates worked out by hand."""
import time as clock_of_the_machine
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.domain.moments import SECOND, at
from tracker.domain.lamp import obligation_lamp
from tracker.domain.lateness import ObligationFacts, delivery_of, is_late, working_days_late
from tracker.domain.periods import (
    BadPeriodKey,
    DueRule,
    PeriodSpan,
    dates_of,
    first_period,
    next_period,
    owed_periods,
    parse_period,
    period_of,
    periods_between,
    previous_period,
)
from tracker.domain.words import Cadence, Colour, Delivery, DueKind, Role, Shift, State
from tracker.domain.workdays import china_calendar

CHINA = china_calendar()
ZONES = ["UTC", "Asia/Shanghai", "America/New_York"]

# By hand from the State Council's notices for 2025 and 2026. From 2027Q1's first working day on: the statutory days
# only, to be worked out anew by hand when the calendar learns 2027.
DUE = [
    # key, 集中填报, co, lead, 暂定, the working
    ("2025Q3", "2025-09-20", "2025-10-11", "2025-10-14", False, "10月9日、10日、11日（补班）、13日、14日"),
    ("2025Q4", "2025-12-21", "2026-01-06", "2026-01-08", False, "1月4日（补班）、5日、6日、7日、8日"),
    ("2026Q1", "2026-03-21", "2026-04-03", "2026-04-08", False, "4月1日、2日、3日、7日、8日"),
    ("2026Q2", "2026-06-20", "2026-07-03", "2026-07-07", False, "7月1日、2日、3日、6日、7日"),
    ("2026Q3", "2026-09-20", "2026-10-10", "2026-10-13", False, "10月8日、9日、10日（补班）、12日、13日"),
    ("2026Q4", "2026-12-21", "2027-01-06", "2027-01-08", True, "1月4日、5日、6日、7日、8日"),
    ("2027Q1", "2027-03-21", "2027-04-06", "2027-04-08", True, "4月1日、2日、6日、7日、8日"),
    ("2027Q2", "2027-06-20", "2027-07-05", "2027-07-07", True, "7月1日、2日、5日、6日、7日"),
    ("2027Q3", "2027-09-20", "2027-10-08", "2027-10-12", True, "10月6日、7日、8日、11日、12日"),
    ("2027Q4", "2027-12-21", "2028-01-06", "2028-01-10", True, "1月4日、5日、6日、7日、10日"),
]
KEYS = [row[0] for row in DUE]
MOMENTS = [pytest.param(key, role, f"{co if role is Role.co else lead} 18:00", id=f"{key}-{role}")
           for key, _, co, lead, _, _ in DUE for role in (Role.lead, Role.co)]


@pytest.fixture(params=ZONES)
def machine_zone(request, monkeypatch):
    """The machine's own zone, which must not matter."""
    monkeypatch.setenv("TZ", request.param)
    clock_of_the_machine.tzset()
    yield request.param
    monkeypatch.undo()
    clock_of_the_machine.tzset()


@pytest.mark.parametrize(("key", "window", "co", "lead", "provisional", "working"), DUE, ids=KEYS)
def test_due_dates_of_every_quarter(key, window, co, lead, provisional, working, machine_zone):
    dates = dates_of(parse_period(key), DueRule(), CHINA)
    assert dates.window_opens_at == at(window)
    assert dates.co_due_at == at(f"{co} 18:00")
    assert dates.lead_due_at == at(f"{lead} 18:00")
    assert dates.provisional is provisional
    assert dates.working == working


@pytest.mark.parametrize(("key", "role", "due"), MOMENTS)
def test_a_second_decides_what_is_late(key, role, due, machine_zone):
    due_at = dates_of(parse_period(key), DueRule(), CHINA).due_at(role)
    assert due_at == at(due)
    owed = ObligationFacts(State.pending, due_at)
    for moment, delivery, colour, late in [
        (due_at - SECOND, Delivery.not_due, Colour.yellow, False),
        (due_at, Delivery.not_due, Colour.yellow, False),
        (due_at + SECOND, Delivery.overdue, Colour.red, True),
    ]:
        assert delivery_of(owed, moment, CHINA) == (delivery, 0)
        assert obligation_lamp(owed, moment, CHINA).colour is colour
        assert is_late(due_at, moment) is late
        assert working_days_late(due_at, moment, CHINA.is_working_day) == 0


def test_drafts_open_with_the_first_minute_of_the_period():
    assert dates_of(parse_period("2026Q3"), DueRule(), CHINA).drafts_open_at == at("2026-07-01 00:00")


def test_the_moments_of_a_period_are_utc():
    dates = dates_of(parse_period("2026Q3"), DueRule(), CHINA)
    assert dates.lead_due_at == datetime(2026, 10, 13, 10, 0, tzinfo=UTC)
    assert {moment.utcoffset() for moment in (
        dates.drafts_open_at, dates.window_opens_at, dates.lead_due_at, dates.co_due_at)} == {timedelta(0)}


@pytest.mark.parametrize(("half", "lead"), [
    ("2025H2", "2026-01-08"), ("2026H1", "2026-07-07"), ("2026H2", "2027-01-08"), ("2027H1", "2027-07-07"),
    ("2027H2", "2028-01-10"),
])
def test_a_half_year_report_is_due_with_the_leads_of_its_last_quarter(half, lead):
    assert dates_of(parse_period(half), DueRule(), CHINA).due_at(Role.standing_co) == at(f"{lead} 18:00")


@pytest.mark.parametrize(("month", "co", "lead"), [
    pytest.param("2026-01", "2026-02-04", "2026-02-06", id="an ordinary month"),
    pytest.param("2026-04", "2026-05-08", "2026-05-11", id="labour day and its make-up Saturday"),
    pytest.param("2025-12", "2026-01-06", "2026-01-08", id="over the new year"),
])
def test_due_dates_of_months(month, co, lead):
    dates = dates_of(parse_period(month), DueRule(), CHINA)
    assert (dates.co_due_at, dates.lead_due_at) == (at(f"{co} 18:00"), at(f"{lead} 18:00"))


def test_the_year_is_due_with_its_last_quarter():
    assert dates_of(parse_period("2025"), DueRule(), CHINA).lead_due_at == at("2026-01-08 18:00")


@pytest.mark.parametrize(("rule", "co", "lead", "window"), [
    pytest.param(DueRule(n=1), "2026-09-29 18:00", "2026-10-08 18:00", "2026-09-20", id="first working day"),
    pytest.param(DueRule(n=8), "2026-10-14 18:00", "2026-10-16 18:00", "2026-09-20", id="eighth working day"),
    pytest.param(DueRule(time_of_day=time(12, 30)), "2026-10-10 12:30", "2026-10-13 12:30", "2026-09-20", id="noon"),
    pytest.param(DueRule(co_days_before=0), "2026-10-13 18:00", "2026-10-13 18:00", "2026-09-20", id="all at once"),
    pytest.param(DueRule(window_days=0), "2026-10-10 18:00", "2026-10-13 18:00", "2026-09-30", id="no window"),
    pytest.param(DueRule(window_days=400), "2026-10-10 18:00", "2026-10-13 18:00", "2026-07-01", id="window = period"),
])
def test_the_office_may_set_the_due_rule(rule, co, lead, window):
    dates = dates_of(parse_period("2026Q3"), rule, CHINA)
    assert (dates.co_due_at, dates.lead_due_at, dates.window_opens_at) == (at(co), at(lead), at(window))


def test_drafts_may_open_later_but_never_after_the_period():
    assert dates_of(parse_period("2026Q3"), DueRule(draft_from_day=15), CHINA).drafts_open_at == at("2026-07-15")
    assert dates_of(parse_period("2026-02"), DueRule(draft_from_day=31), CHINA).drafts_open_at == at("2026-02-28")


@pytest.mark.parametrize(("key", "n", "shift", "lead", "co", "working"), [
    pytest.param("2026Q4", 25, Shift.before, "2026-12-25", "2026-12-23", "12月25日（周五）", id="a working day stays"),
    pytest.param("2026Q3", 25, Shift.before, "2026-09-24", "2026-09-22",
                 "9月25日（周五）中秋节，提前到9月24日（周四）", id="a holiday, before"),
    pytest.param("2026Q3", 25, Shift.after, "2026-09-28", "2026-09-23",
                 "9月25日（周五）中秋节，顺延到9月28日（周一）", id="a holiday, after"),
    pytest.param("2026-07", 25, Shift.after, "2026-07-27", "2026-07-23",
                 "7月25日（周六），顺延到7月27日（周一）", id="a Saturday, after"),
    pytest.param("2026Q3", 20, Shift.before, "2026-09-20", "2026-09-17", "9月20日（周日，补班）", id="a worked Sunday"),
    pytest.param("2026-02", 31, Shift.before, "2026-02-28", "2026-02-26", "2月28日（周六，补班）", id="a short month"),
])
def test_due_on_a_day_of_the_last_month(key, n, shift, lead, co, working):
    dates = dates_of(parse_period(key), DueRule(kind=DueKind.day_of_month, n=n, shift=shift), CHINA)
    assert (dates.lead_due_at, dates.co_due_at) == (at(f"{lead} 18:00"), at(f"{co} 18:00"))
    assert dates.working == working
    assert not dates.provisional


def test_the_window_opens_before_a_due_day_within_the_period():
    rule = DueRule(kind=DueKind.day_of_month, n=15)
    assert dates_of(parse_period("2026-07"), rule, CHINA).window_opens_at == at("2026-07-05")


def test_a_date_is_provisional_if_any_day_it_stands_on_is():
    rule = DueRule(kind=DueKind.day_of_month, n=1, co_days_before=0)
    dates = dates_of(parse_period("2027-01"), rule, CHINA)
    assert dates.lead_due_at == at("2026-12-31 18:00")      # moved back out of the year not yet published
    assert dates.provisional


@pytest.mark.parametrize(("key", "cadence", "starts_on", "ends_on", "label"), [
    ("2026Q1", Cadence.quarter, "2026-01-01", "2026-03-31", "2026年第一季度"),
    ("2026Q2", Cadence.quarter, "2026-04-01", "2026-06-30", "2026年第二季度"),
    ("2026Q3", Cadence.quarter, "2026-07-01", "2026-09-30", "2026年第三季度"),
    ("2026Q4", Cadence.quarter, "2026-10-01", "2026-12-31", "2026年第四季度"),
    ("2026H1", Cadence.half, "2026-01-01", "2026-06-30", "2026年上半年"),
    ("2026H2", Cadence.half, "2026-07-01", "2026-12-31", "2026年下半年"),
    ("2026-11", Cadence.month, "2026-11-01", "2026-11-30", "2026年11月"),
    ("2028-02", Cadence.month, "2028-02-01", "2028-02-29", "2028年2月"),
    ("2026", Cadence.year, "2026-01-01", "2026-12-31", "2026年"),
])
def test_a_key_names_its_days(key, cadence, starts_on, ends_on, label):
    assert parse_period(key) == PeriodSpan(
        key, cadence, date.fromisoformat(starts_on), date.fromisoformat(ends_on), label)


@pytest.mark.parametrize("key", [
    "", "2026Q0", "2026Q5", "2026q3", "2026H3", "2026-00", "2026-13", "2026-1", "26Q3", "1926Q3", "2026Q3 ",
    "２０２６Q3", "2026Q３", "2026Q3\n", "2026年第三季度", "../2026", "2026Q3H1",
])
def test_a_wrong_key_is_refused_in_a_sentence_that_shows_right_ones(key):
    with pytest.raises(BadPeriodKey) as refused:
        parse_period(key)
    assert isinstance(refused.value, ValueError)
    assert str(refused.value) == f"“{key}”不是报告期。写法：2026Q3（季度）、2026H2（半年）、2026-11（月）、2026（年）"


@pytest.mark.parametrize(("cadence", "key"), [
    (Cadence.month, "2026-10"), (Cadence.quarter, "2026Q4"), (Cadence.half, "2026H2"), (Cadence.year, "2026"),
])
def test_the_period_of_a_day(cadence, key):
    assert period_of(date(2026, 10, 8), cadence).key == key
    assert first_period(date(2026, 10, 8), cadence).key == key


@pytest.mark.parametrize(("key", "before", "after"), [
    ("2026Q1", "2025Q4", "2026Q2"), ("2026H1", "2025H2", "2026H2"), ("2026-12", "2026-11", "2027-01"),
    ("2026", "2025", "2027"),
])
def test_the_periods_beside(key, before, after):
    assert previous_period(parse_period(key)).key == before
    assert next_period(parse_period(key)).key == after


def test_periods_between_hold_both_ends():
    assert [span.key for span in periods_between(parse_period("2025Q3"), parse_period("2026Q2"))] == [
        "2025Q3", "2025Q4", "2026Q1", "2026Q2"]
    assert [span.key for span in periods_between(parse_period("2025Q3"), parse_period("2025Q3"))] == ["2025Q3"]
    assert periods_between(parse_period("2026Q1"), parse_period("2025Q4")) == []


@pytest.mark.parametrize(("first", "until", "cadence", "keys"), [
    pytest.param("2025Q3", "2026-10-08 09:30", Cadence.quarter,
                 ["2025Q3", "2025Q4", "2026Q1", "2026Q2", "2026Q3", "2026Q4"], id="quarters since issue"),
    pytest.param("2025Q3", "2026-10-08 09:30", Cadence.half, ["2025H2", "2026H1", "2026H2"], id="half years since"),
    pytest.param("2026Q4", "2026-12-31 23:59", Cadence.quarter, ["2026Q4"], id="a new office: this period only"),
    pytest.param("2026Q4", "2026-12-31 23:59", Cadence.half, ["2026H2"], id="and its half year"),
    pytest.param("2026Q4", "2027-01-01 00:00", Cadence.quarter, ["2026Q4", "2027Q1"], id="opened at this minute"),
    pytest.param("2026Q3", "2026-08-15", Cadence.month, ["2026-07", "2026-08"], id="months from a quarter on"),
    pytest.param("2026Q4", "2026-09-30 23:59", Cadence.quarter, [], id="nothing owed before"),
])
def test_the_periods_owed_from_the_first_one_on(first, until, cadence, keys):
    assert [span.key for span in owed_periods(first, at(until), cadence)] == keys


@given(st.dates(date(2000, 1, 1), date(2099, 12, 31)), st.sampled_from(Cadence))
def test_a_day_lies_in_its_period_and_the_key_finds_it_again(day, cadence):
    span = period_of(day, cadence)
    assert span.starts_on <= day <= span.ends_on
    assert parse_period(span.key) == span


@given(st.dates(date(2001, 1, 1), date(2098, 12, 31)), st.sampled_from(Cadence))
def test_periods_follow_each_other_without_a_gap(day, cadence):
    span = period_of(day, cadence)
    assert next_period(span).starts_on == span.ends_on + timedelta(days=1)
    assert previous_period(next_period(span)) == span
