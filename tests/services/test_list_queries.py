"""Lists cost as many queries at 19 tasks as at 5,000."""
from __future__ import annotations

from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from tests.factories import IN_FORCE, ISSUED_ON, make_actor, make_period, make_plan, make_section, make_unit, moment
from tracker.domain.actors import Actor
from tracker.domain.words import Role, State, TaskState, UserRole
from tracker.models import Decision, DueDate, Obligation, Period, Plan, ReportVersion, Responsibility, Task, TaskText
from tracker.services.ledger import ledger
from tracker.services.overview import overview
from tracker.services.plan_view import current_plan
from tracker.services.tasklist import Filters, task_list

AT = moment("2026-10-15 09:00")
POLICY = {
    "lead": "quarter", "co": "quarter", "standing_co": "half", "co_days_before": 2, "draft_from_day": 1,
    "collect_days_before": 10, "due": {"kind": "working_day_after", "day": 5, "time": "18:00"}}


def make_large_plan(session: Session, units: tuple[int, int], tasks: int, *, key: str) -> Plan:
    """A plan whose tasks each have a lead that reported and a co-unit that did not, written in bulk."""
    plan = make_plan(session, key=key, policy=POLICY, first_period="2026Q3")
    section = make_section(session, plan=plan)
    period = make_period(session, plan=plan, key="2026Q3")
    words = {"body": "示例正文。", "as_written": "", "source_complete": True, "recorded_at": IN_FORCE}
    titles = [{"title": f"示例任务{number}"} | words for number in range(1, tasks + 1)]
    of_plan = {"plan_id": plan.id, "section_id": section.id, "due_on": plan.valid_until, "version": 1,
               "state": TaskState.in_progress}
    ids = _put(session, Task, [title | of_plan | {"number": str(number), "position": number}
                               for number, title in enumerate(titles, start=1)])
    _put(session, TaskText, [title | {"task_id": task_id} for title, task_id in zip(titles, ids, strict=True)])
    parts = [{"task_id": task_id, "unit_id": unit_id, "role": role} for task_id in ids
             for unit_id, role in zip(units, (Role.lead, Role.co), strict=True)]
    _put(session, Responsibility, [part | {"position": 1, "as_written": "", "since_on": ISSUED_ON,
                                           "recorded_at": IN_FORCE} for part in parts])
    _put_period(session, period, parts)
    session.commit()
    return plan


def _put_period(session: Session, period: Period, parts: list[dict[str, Any]]) -> None:
    due_at = period.lead_due_at
    owed = {"plan_id": period.plan_id, "period_id": period.id, "opened_at": period.opened_at, "due_at": due_at,
            "version": 1}
    silent = {"state": State.pending, "delivered_at": None, "on_time": None}
    in_time = {"state": State.submitted, "delivered_at": due_at, "on_time": True}
    ids = _put(session, Obligation, [part | owed | (in_time if part["role"] is Role.lead else silent)
                                     for part in parts])
    _put(session, DueDate, [{"obligation_id": one, "due_at": due_at, "recorded_at": period.opened_at,
                             "actor_name": "系统"} for one in ids])
    _put(session, Decision, [{"obligation_id": one, "deed": "submit", "from_state": "pending", "to_state": "submitted",
                              "at": due_at, "actor_name": "填报员"} for one in ids[::2]])
    _put(session, ReportVersion, [{"obligation_id": one, "number": 1, "submitted_at": due_at, "submitted_by": "填报员",
                                   "request_key": "k", "progress": "示例进展。"} for one in ids[::2]])


def _put(session: Session, model: type[Any], rows: list[dict[str, Any]]) -> list[int]:
    return list(session.scalars(insert(model.__table__).returning(model.id, sort_by_parameter_order=True), rows))


def read_all(session: Session, office: Actor) -> dict[str, Any]:
    plan = current_plan(session)
    return {
        "list": lambda: task_list(session, office, Filters(), AT),
        "overview": lambda: overview(session, office, AT),
        "ledger": lambda: ledger(session, plan, "2026Q3", AT),
    }


def queries_of(session: Session, office: Actor, count_queries: Any) -> dict[str, int]:
    counts = {}
    for name, read in read_all(session, office).items():
        session.expunge_all()
        with count_queries() as seen:
            read()
        counts[name] = len(seen)
    return counts


def test_pages_and_sheets_cost_the_same_number_of_queries_at_19_and_at_5000_tasks(session, count_queries):
    units = (make_unit(session, name="州科技局").id, make_unit(session, name="州财政局").id)
    office = make_actor(session, UserRole.supervisor)
    make_large_plan(session, units, 19, key="small")
    few = queries_of(session, office, count_queries)
    assert len(read_all(session, office)["list"]().rows) == 19
    make_large_plan(session, units, 5000, key="large")
    many = queries_of(session, office, count_queries)
    assert many == few
    assert max(few.values()) <= 20
    assert task_list(session, office, Filters(), AT).found == 5000


def test_the_pager_walks_all_tasks_50_at_a_time(session):
    units = (make_unit(session, name="州科技局").id, make_unit(session, name="州财政局").id)
    office = make_actor(session, UserRole.supervisor)
    make_large_plan(session, units, 120, key="middle")
    pages, after = [], -1
    while after is not None:
        page = task_list(session, office, Filters(after=after), AT)
        pages.append([row.number for row in page.rows])
        after = page.next_after
    assert [len(page) for page in pages] == [50, 50, 20]
    assert [number for page in pages for number in page] == [str(number) for number in range(1, 121)]
