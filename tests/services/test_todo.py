"""What the bar counts (待办数) is what the desks list."""
from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

from sqlalchemy.orm import Session

from tests.factories import (
    actor_of,
    make_actor,
    make_obligation,
    make_period,
    make_task,
    make_text,
    make_unit,
    make_user,
    moment,
)
from tracker.domain.words import State, UserRole
from tracker.models import Obligation
from tracker.services import reporting, signing
from tracker.services.review_queue import review_queue
from tracker.services.todo import waiting_count
from tracker.services.unit_work import owed_by_unit

AT = moment("2026-10-08 09:30")


def submit(session: Session, user: object, obligation: Obligation) -> None:
    reporting.submit_report(session, actor_of(session, user), obligation.id, text=make_text(),
                            version=session.get_one(Obligation, obligation.id).version, request_key="k", at=AT)


def test_a_report_waits_for_the_clerk_then_the_head_then_the_office(session: Session) -> None:
    unit = make_unit(session)
    clerk, head = make_user(session, unit=unit), make_user(session, UserRole.head, unit=unit)
    office = make_actor(session)
    obligation = make_obligation(session, task=make_task(session, lead=unit), unit=unit)

    def waits() -> tuple[int, int, int]:
        return (waiting_count(session, actor_of(session, clerk), AT)[UserRole.clerk],
                waiting_count(session, actor_of(session, head), AT)[UserRole.head],
                waiting_count(session, office, AT)[UserRole.supervisor])

    assert waits() == (1, 0, 0)
    submit(session, clerk, obligation)
    assert waits() == (0, 1, 0)
    signing.sign_report(session, actor_of(session, head), obligation.id, version=2, at=AT)
    assert waits() == (0, 0, 1)


def test_the_counts_are_those_of_the_lists(session: Session) -> None:
    """Every state, in the period whose window is open and in the next, of the own unit and another."""
    unit, other = make_unit(session), make_unit(session, name="州财政局")
    periods = [make_period(session, key=key) for key in ("2026Q3", "2026Q4")]
    for number, state in enumerate(State):
        for period in periods:
            task = make_task(session, number=f"{number}{period.key}", lead=unit, co=[other])
            for owner in (unit, other):
                make_obligation(session, task=task, unit=owner, period=period, state=state)
    clerk, office = make_actor(session, unit=unit), make_actor(session)
    listed = owed_by_unit(session, clerk, AT)
    assert len(listed.rows) > 0
    assert waiting_count(session, clerk, AT) == {UserRole.clerk: len(listed.rows)}
    assert waiting_count(session, office, AT) == {UserRole.supervisor: review_queue(session, office, AT).total} == {
        UserRole.supervisor: 8}


def test_one_query_counts_for_all_roles_and_none_for_who_has_no_desk(
        session: Session, count_queries: Callable[[], AbstractContextManager[list[str]]]) -> None:
    unit = make_unit(session)
    both = make_actor(session, UserRole.clerk, UserRole.head, unit=unit)
    admin, leader = make_actor(session, UserRole.admin), make_actor(session, UserRole.leader)
    make_obligation(session, unit=unit)
    with count_queries() as seen:
        assert waiting_count(session, both, AT) == {UserRole.clerk: 1, UserRole.head: 0}
    assert len(seen) == 1
    with count_queries() as seen:
        assert (waiting_count(session, admin, AT), waiting_count(session, leader, AT)) == ({}, {})
    assert seen == []
