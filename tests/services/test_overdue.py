"""逾期清单: who owes what for how long, what was returned, what the office itself leaves lying, what came late."""
from __future__ import annotations

from collections import Counter
from datetime import date

from tests.factories import make_actor, make_text, moment
from tests.services.real_plan import hand_in, owed
from tracker import jobs
from tracker.domain.words import Role
from tracker.domain.workdays import shanghai_date
from tracker.models import Unit
from tracker.services.overdue import overdue
from tracker.services.reporting import submit_report
from tracker.services.reviewing import send_back, waive_report

LEADS, OTHERS, OFFICE, LATE = "牵头件逾期未报", "配合件逾期未报和退回未重报", "督查室审核超时", "本期迟报（已补报）"


def test_nothing_is_late_on_the_stroke_and_all_is_a_second_later(session, plan):
    assert overdue(session, plan, "2026Q3", moment("2026-10-10 18:00"))[1] == ()
    rows = overdue(session, plan, "2026Q3", moment("2026-10-13 18:00:01"))[1]
    assert Counter(row.band for row in rows) == {LEADS: 18, OTHERS: 69}
    assert (rows[0].task_number, rows[0].state, rows[0].late_days, rows[0].owed) == (
        "1", "逾期未报", 0, "2026年第三季度进展报告")
    assert {row.late_days for row in rows if row.role is Role.co} == {2}


def test_what_came_late_stands_last_and_what_came_in_time_or_is_waived_not_at_all(session, plan, office):
    hand_in(session, "1", "州科技局", moment("2026-10-13 18:00"))
    hand_in(session, "3", "州财政局", moment("2026-10-14 09:00"))
    waived = owed(session, "5", "州科技局")
    waive_report(session, office, waived.id, reason="已并入专项", version=waived.version, at=moment("2026-10-12 09:00"))
    rows = overdue(session, plan, "2026Q3", moment("2026-10-15 09:00"))[1]
    assert (rows[-1].band, rows[-1].unit, rows[-1].task_number, rows[-1].late_days) == (LATE, "州财政局", "3", 1)
    assert sum(row.band == LEADS for row in rows) == 15


def test_a_returned_report_is_listed_once_its_second_clock_has_run_out(session, plan, office):
    one = hand_in(session, "1", "州科技局", moment("2026-10-09 09:00"))
    send_back(session, office, one.id, reason="请补数据", version=one.version, at=moment("2026-10-09 10:00"))
    second = moment("2026-10-12 18:00")         # 10 October is worked, the 11th is a Sunday
    assert [row for row in overdue(session, plan, "2026Q3", second)[1] if row.state == "退回未重报"] == []
    row = next(row for row in overdue(session, plan, "2026Q3", moment("2026-10-14 09:00"))[1]
               if row.state == "退回未重报")
    assert (row.band, row.due_at, row.late_days, row.unit) == (OTHERS, second, 2, "州科技局")


def test_what_the_office_leaves_unread_for_more_than_5_working_days_is_its_own_delay(session, plan):
    hand_in(session, "1", "州科技局", moment("2026-10-09 09:00"))

    def of_the_office(at: str) -> list[tuple[str, str, date, int]]:
        rows = overdue(session, plan, "2026Q3", moment(at), office="州政府督查室")[1]
        return [(row.unit, row.task_number, shanghai_date(row.due_at), row.late_days)
                for row in rows if row.band == OFFICE]

    assert of_the_office("2026-10-15 23:59") == []          # 10 (worked), 12, 13, 14, 15 October
    assert of_the_office("2026-10-16 09:00") == [("州政府督查室", "1", date(2026, 10, 15), 1)]


def test_an_earlier_period_still_owed_stands_before_this_ones_the_longest_first(session, plan):
    january = moment("2027-01-20 09:00")
    jobs.run_due(session, january, now=january, export_dir=None)
    clerk_of = owed(session, "1", "州科技局")
    clerk = make_actor(session, unit=session.get_one(Unit, clerk_of.unit_id))
    submit_report(session, clerk, clerk_of.id, text=make_text(), version=clerk_of.version, request_key="k",
                  at=moment("2026-10-15 09:00"))
    rows = overdue(session, plan, "2026Q4", january)[1]
    leads = [row for row in rows if row.band == LEADS]
    assert Counter(row.owed for row in leads) == {"2026年第三季度进展报告": 17, "2026年第四季度进展报告": 18}
    assert [row.late_days for row in leads] == sorted((row.late_days for row in leads), reverse=True)
    assert [row.owed for row in rows if row.role is Role.standing_co] == ["2026年下半年综合报告"] * 7
    assert not [row for row in rows if row.band == LATE]     # 2026Q3's late report belongs to that period's list
