"""On time, late, overdue: counted in working days after the due day, Shanghai's days."""
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.domain.moments import PLAIN_WEEKS, SECOND, at
from tracker.domain.lateness import (
    Figures,
    ObligationFacts,
    delivery_of,
    delivery_word,
    figures,
    is_late,
    working_days_late,
)
from tracker.domain.words import Delivery, State
from tracker.domain.workdays import china_calendar

CHINA = china_calendar()
DUE = at("2026-10-13 18:00")
moments = st.datetimes(datetime(2025, 7, 1), datetime(2027, 12, 31), timezones=st.just(UTC))     # noqa: DTZ001


@pytest.mark.parametrize(("handed_in", "days"), [
    pytest.param("2026-10-15T18:00+08:00", 0, id="on the stroke is on time"),
    pytest.param("2026-10-15T18:01+08:00", 0, id="a minute late: no whole day"),
    pytest.param("2026-10-15T23:59+08:00", 0, id="the evening of the due day"),
    pytest.param("2026-10-15T16:30+00:00", 1, id="already the 16th in Shanghai"),
    pytest.param("2026-10-15T11:59-04:00", 0, id="still the 15th in Shanghai"),
    pytest.param("2026-10-16T00:00+08:00", 1, id="the next day begins"),
    pytest.param("2026-10-19T09:00+08:00", 2, id="the weekend between counts nothing"),
    pytest.param("2026-10-18T09:00+08:00", 1, id="handed in on the weekend"),
    pytest.param("2026-10-01T09:00+08:00", 0, id="long before"),
])
def test_working_days_late(handed_in, days):
    due = at("2026-10-15 18:00")
    assert working_days_late(due, datetime.fromisoformat(handed_in), PLAIN_WEEKS.is_working_day) == days


@pytest.mark.parametrize(("due", "handed_in", "days"), [
    pytest.param("2025-09-26 18:00", "2025-09-28 09:00", 1, id="Sunday 2025-09-28 is made up for"),
    pytest.param("2025-10-10 18:00", "2025-10-13 09:00", 2, id="Saturday 2025-10-11 too"),
    pytest.param("2025-12-31 18:00", "2026-01-04 09:00", 1, id="Sunday 2026-01-04, over the new year"),
    pytest.param("2026-02-13 18:00", "2026-02-24 09:00", 2, id="spring festival, its Saturday before counts"),
    pytest.param("2026-02-27 18:00", "2026-02-28 09:00", 1, id="and its Saturday after"),
    pytest.param("2026-05-08 18:00", "2026-05-09 09:00", 1, id="Saturday 2026-05-09"),
    pytest.param("2026-09-18 18:00", "2026-09-20 09:00", 1, id="Sunday 2026-09-20"),
    pytest.param("2026-10-09 18:00", "2026-10-11 09:00", 1, id="Saturday 2026-10-10, not the Sunday after"),
    pytest.param("2026-09-30 18:00", "2026-10-07 09:00", 0, id="seven days of holiday are none"),
    pytest.param("2026-07-07 18:00", "2026-10-08 09:30", 62, id="a whole quarter"),
])
def test_make_up_days_count_and_holidays_do_not(due, handed_in, days):
    assert working_days_late(at(due), at(handed_in), CHINA.is_working_day) == days


def test_a_moment_without_its_zone_is_refused():
    with pytest.raises(ValueError, match="zone"):
        working_days_late(DUE, datetime(2026, 10, 14), CHINA.is_working_day)    # noqa: DTZ001


@pytest.mark.parametrize(("moment", "late"), [(DUE - SECOND, False), (DUE, False), (DUE + SECOND, True)])
def test_late_is_after_the_due_moment(moment, late):
    assert is_late(DUE, moment) is late


@given(moments, moments, moments)
@settings(deadline=None)
def test_who_hands_in_later_is_never_less_late(due, one, two):
    earlier, later = sorted((one, two))
    assert (working_days_late(due, earlier, CHINA.is_working_day)
            <= working_days_late(due, later, CHINA.is_working_day))
    assert is_late(due, earlier) <= is_late(due, later)


@given(moments, moments, moments)
@settings(deadline=None)
def test_a_later_due_moment_never_makes_later(one, two, handed_in):
    earlier, later = sorted((one, two))
    assert (working_days_late(later, handed_in, CHINA.is_working_day)
            <= working_days_late(earlier, handed_in, CHINA.is_working_day))


@given(moments, moments, st.integers(-12, 14))
@settings(deadline=None)
def test_the_zone_a_moment_is_written_in_does_not_matter(due, handed_in, hours):
    elsewhere = handed_in.astimezone(datetime.fromisoformat(f"2026-01-01T00:00{hours:+03}:00").tzinfo)
    assert (working_days_late(due, elsewhere, CHINA.is_working_day)
            == working_days_late(due, handed_in, CHINA.is_working_day))


def facts(state=State.pending, delivered=None, resubmit_due=None):
    return ObligationFacts(state, DUE, at(delivered) if delivered else None, at(resubmit_due) if resubmit_due else None)


LATER = "2026-10-16 09:00"      # Friday, three working days after the due day


@pytest.mark.parametrize(("owed", "moment", "expected", "word"), [
    pytest.param(facts(), "2026-10-12 09:00", (Delivery.not_due, 0), "未到期", id="before"),
    pytest.param(facts(), "2026-10-13 18:00", (Delivery.not_due, 0), "未到期", id="on the stroke"),
    pytest.param(facts(), "2026-10-13 18:01", (Delivery.overdue, 0), "逾期，当日", id="a minute after"),
    pytest.param(facts(State.draft), LATER, (Delivery.overdue, 3), "逾期3日", id="a draft is no report"),
    pytest.param(facts(State.submitted), LATER, (Delivery.overdue, 3), "逾期3日", id="nor one waiting to be signed"),
    pytest.param(facts(State.submitted, "2026-10-13 18:00"), LATER, (Delivery.on_time, 0), "按时", id="on time"),
    pytest.param(facts(State.accepted, "2026-10-13 18:01"), LATER, (Delivery.late, 0), "迟报，当日", id="that day"),
    pytest.param(facts(State.accepted, "2026-10-15 18:01"), LATER, (Delivery.late, 2), "迟报2日", id="late by two"),
    pytest.param(facts(State.accepted, "2026-10-15 18:01"), "2026-12-01", (Delivery.late, 2), "迟报2日",
                 id="late is counted to the delivery, not to today"),
    pytest.param(facts(State.returned, "2026-10-12 09:00", "2026-10-15 18:00"), "2026-10-15 18:00",
                 (Delivery.returned, 0), "退回", id="returned"),
    pytest.param(facts(State.returned, "2026-10-12 09:00", "2026-10-15 18:00"), "2026-10-19 09:00",
                 (Delivery.returned, 2), "退回", id="returned, days on the second clock"),
    pytest.param(facts(State.returned, "2026-10-12 09:00"), LATER, (Delivery.returned, 0), "退回", id="no clock"),
    pytest.param(facts(State.signed, "2026-10-12 09:00"), "2026-10-19 09:00",
                 (Delivery.on_time, 0), "按时", id="handed in again: the first delivery counts"),
    pytest.param(facts(State.submitted, "2026-10-12 09:00", "2026-10-15 18:00"), "2026-10-19 09:00",
                 (Delivery.returned, 2), "退回", id="rewritten, the head has not signed: the second clock runs on"),
    pytest.param(facts(State.waived), LATER, (Delivery.waived, 0), "免报", id="waived is never late"),
    pytest.param(facts(State.waived, "2026-10-15 18:01"), LATER, (Delivery.waived, 0), "免报", id="waived afterwards"),
])
def test_delivery_at_a_moment(owed, moment, expected, word):
    assert delivery_of(owed, at(moment), CHINA) == expected
    assert delivery_word(*expected) == word


def test_the_three_figures_leave_out_what_is_waived_and_count_returns_by_their_first_delivery():
    owed = [
        facts(State.accepted, "2026-10-12 09:00"), facts(State.submitted, "2026-10-13 18:00"),
        facts(State.accepted, "2026-10-13 18:01"), facts(State.returned, "2026-10-12 09:00", "2026-10-15 18:00"),
        facts(), facts(State.draft), facts(State.waived), facts(State.waived, "2026-10-12 09:00"),
    ]
    assert figures(owed, at(LATER)) == Figures(due=6, delivered=4, on_time=3, late=1, overdue=2)
    assert figures(owed, DUE) == Figures(due=6, delivered=4, on_time=3, late=1, overdue=0)


def test_rates_divide_by_what_was_due():
    found = Figures(due=8, delivered=6, on_time=4, late=2, overdue=2)
    assert (found.delivered_rate, found.on_time_rate) == (0.75, 0.5)


def test_where_nothing_was_due_there_is_no_rate():
    found = figures([facts(State.waived)], DUE)
    assert found == Figures(0, 0, 0, 0, 0)
    assert (found.delivered_rate, found.on_time_rate) == (None, None)


@given(st.lists(st.builds(
    ObligationFacts, state=st.sampled_from(State), due_at=moments, delivered_at=st.none() | moments)), moments)
@settings(deadline=None)
def test_the_figures_always_add_up(owed, moment):
    found = figures(owed, moment + timedelta(days=1000))    # after everything was due
    assert found.on_time + found.late == found.delivered
    assert found.delivered + found.overdue == found.due
    assert found.due == sum(one.state is not State.waived for one in owed)
