"""What the office faces besides its queue: who is silent past due (逾期未报), which tasks lack words (待补录)."""
from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from sqlalchemy.orm import Session

from tests.factories import (
    make_actor,
    make_obligation,
    make_period,
    make_plan,
    make_task,
    make_text,
    make_unit,
    make_user,
    moment,
)
from tracker.domain.actors import Actor
from tracker.domain.words import Rating, Role, State, UserRole
from tracker.models import Obligation, Purge, Unit
from tracker.services.office_day import OfficeDay, office_day
from tracker.services.reporting import save_draft, submit_report, withdraw_report
from tracker.services.reviewing import accept_report, send_back, waive_report
from tracker.services.signing import sign_report

BEFORE, DUE, AT = moment("2026-10-12 09:00"), moment("2026-10-13 18:00"), moment("2026-10-16 09:30")


class Autumn:
    """2026Q3 as 州科技局 owes it, due on 13 October at 18:00, and the office that looks at it."""

    def __init__(self, session: Session) -> None:
        self.session = session
        make_plan(session)
        make_period(session)
        self.unit = make_unit(session)
        self.clerk, self.office = make_actor(session, unit=self.unit), make_actor(session)

    def owe(self, number: str, *, unit: Unit | None = None, **others: object) -> int:
        unit = unit or self.unit
        return make_obligation(self.session, task=make_task(self.session, number=number, lead=unit), unit=unit,
                               **others).id

    def version(self, owed: int) -> int:
        return self.session.get_one(Obligation, owed).version

    def submit(self, owed: int, at: object = BEFORE) -> int:
        submit_report(self.session, self.clerk, owed, text=make_text(), version=self.version(owed), request_key="k",
                      at=at)
        return owed

    def day(self, at: object = AT, actor: Actor | None = None) -> OfficeDay:
        self.session.rollback()
        return office_day(self.session, actor or self.office, at)


@pytest.fixture
def autumn(session: Session) -> Autumn:
    return Autumn(session)


def numbers(day: OfficeDay) -> list[str]:
    return [row.task_number for row in day.silent]


def test_silent_are_those_past_due_who_delivered_nothing(autumn: Autumn) -> None:
    autumn.owe("1")
    save_draft(autumn.session, autumn.clerk, autumn.owe("2"), text=make_text(), version=1, at=BEFORE)
    withdrawn = autumn.submit(autumn.owe("3"))
    withdraw_report(autumn.session, autumn.clerk, withdrawn, version=autumn.version(withdrawn), at=BEFORE)
    day = autumn.day()
    assert numbers(day) == ["1", "2", "3"]
    assert (day.silent_count, day.silent_units) == (3, 1)


def test_what_was_delivered_even_late_or_sent_back_or_waived_is_not_silent(autumn: Autumn) -> None:
    autumn.submit(autumn.owe("1"))
    autumn.submit(autumn.owe("2"), at=moment("2026-10-14 09:00"))
    back = autumn.submit(autumn.owe("3"))
    send_back(autumn.session, autumn.office, back, reason="请补充金额", version=autumn.version(back), at=BEFORE)
    done = autumn.submit(autumn.owe("4"))
    accept_report(autumn.session, autumn.office, done, judged=Rating.on_track, version=autumn.version(done), at=BEFORE)
    waive_report(autumn.session, autumn.office, autumn.owe("5"), reason="任务已由部门办结", version=1, at=BEFORE)
    day = autumn.day()
    assert day.silent == ()
    assert (day.silent_count, day.silent_units) == (0, 0)


def test_what_still_waits_for_the_head_is_silent_to_the_office(autumn: Autumn) -> None:
    head = make_actor(autumn.session, UserRole.head, unit=autumn.unit)
    owed = autumn.submit(autumn.owe("1"))
    row, = autumn.day().silent
    assert (row.obligation_id, row.to_sign) == (owed, True)
    assert (autumn.day().silent_count, autumn.day().silent_units) == (1, 1)
    sign_report(autumn.session, head, owed, version=autumn.version(owed), at=AT)
    assert autumn.day().silent == ()


def test_units_where_nobody_is_left_are_named(autumn: Autumn) -> None:
    finance = make_unit(autumn.session, name="州财政局")
    autumn.owe("1", unit=finance)
    head = make_user(autumn.session, UserRole.head, unit=autumn.unit)
    autumn.submit(autumn.owe("2"))
    assert (autumn.day().without_clerk, autumn.day().without_head) == (("州财政局",), ())
    head.active = False
    autumn.session.commit()
    assert autumn.day().without_head == ("州科技局",)


def test_what_somebody_asked_to_have_purged_is_counted_until_a_second_person_decides(autumn: Autumn) -> None:
    owed = autumn.submit(autumn.owe("1"))
    purge = Purge(obligation_id=owed, sha256="0" * 64, reason="误传", asked_at=AT, asked_by_id=autumn.clerk.user_id,
                  asked_by="填报员")
    autumn.session.add(purge)
    autumn.session.commit()
    assert autumn.day().purges == 1
    purge.done, purge.decided_at, purge.decided_by_id, purge.decided_by = False, AT, autumn.office.user_id, "督查员"
    autumn.session.commit()
    assert autumn.day().purges == 0


def test_on_the_stroke_of_the_due_moment_nobody_is_late_yet(autumn: Autumn) -> None:
    autumn.owe("1")
    assert autumn.day(at=DUE).silent_count == 0
    late, = autumn.day(at=moment("2026-10-13 18:01")).silent
    assert (late.late_days, late.due_at) == (0, DUE)


def test_a_row_says_who_owes_what_since_when_in_working_days(autumn: Autumn) -> None:
    owed = autumn.owe("1", role=Role.co, due_at=moment("2026-10-10 18:00"))
    row, = autumn.day().silent
    assert (row.obligation_id, row.unit, row.role, row.task_number, row.title, row.period_label, row.late_days) == (
        owed, "州科技局", Role.co, "1", "示例任务1", "2026年第三季度", 5)


def test_a_report_on_the_whole_is_named_without_a_number(autumn: Autumn) -> None:
    make_obligation(autumn.session, unit=autumn.unit, composite=True, due_at=DUE)
    row, = autumn.day().silent
    assert (row.task_number, row.title) == ("", "综合报告")


def test_the_longest_silent_come_first_and_the_list_ends_at_fifty(autumn: Autumn) -> None:
    finance = make_unit(autumn.session, name="州财政局")
    for number in range(1, 51):
        autumn.owe(str(number))
    autumn.owe("51", unit=finance, due_at=moment("2026-10-10 18:00"))
    day = autumn.day()
    assert numbers(day) == ["51", *(str(number) for number in range(1, 50))]
    assert (day.silent_count, day.silent_units) == (51, 2)


def test_tasks_whose_text_is_incomplete_are_named(autumn: Autumn) -> None:
    make_task(autumn.session, number="19", title="加强科技金融", source_complete=False)
    autumn.owe("18", state=State.accepted)
    assert autumn.day().incomplete == (("19", "加强科技金融"),)


def test_sixty_silent_cost_as_many_queries_as_two(
        autumn: Autumn, count_queries: Callable[[], AbstractContextManager[list[str]]]) -> None:
    def queries() -> int:
        with count_queries() as seen:
            autumn.day()
        return len(seen)

    autumn.owe("1")
    autumn.owe("2")
    few = queries()
    assert few <= 9
    for number in range(3, 61):
        autumn.owe(str(number))
    assert queries() == few
