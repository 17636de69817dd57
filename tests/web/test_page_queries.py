"""The desks of clerk, head and office cost the same number of queries at 20 obligations as at 20,000."""
from __future__ import annotations

from datetime import timedelta
from time import perf_counter
from typing import Any

import pytest
from sqlalchemy import insert, text
from sqlalchemy.orm import Session

from tests.factories import (
    IN_FORCE,
    ISSUED_ON,
    make_period,
    make_plan,
    make_section,
    make_unit,
    make_user,
    moment,
)
from tests.web.visitor import Visitor
from tracker.domain.words import Rating, Role, State, TaskState, UserRole
from tracker.models import (
    Decision,
    DueDate,
    Obligation,
    Plan,
    Report,
    ReportVersion,
    Responsibility,
    Task,
    TaskText,
    Unit,
)

AT = moment("2026-10-08 09:00")
FEW, MANY = 20, 20_000
SAYS = {"progress": "已立项12项，下达资金860万元。", "self_rating": Rating.on_track, "problems": "", "matters": "",
        "next_steps": "", "measures": {}, "percent": None}
PAGES = {"/my": "kjj01", "/my/grid": "kjj01", "/sign": "kjj02", "/review": "dcs01", "/done": "dcs01"}


class Bulk:
    """Rows written by the thousand, under ids of our own."""

    def __init__(self, session: Session) -> None:
        self.session, self.rows = session, {}

    def add(self, model: type[Any], **row: Any) -> None:
        self.rows.setdefault(model, []).append(row)

    def write(self) -> None:
        for model, rows in self.rows.items():
            self.session.execute(insert(model.__table__), rows)
        self.session.execute(text("ANALYZE"))       # as PostgreSQL does by itself within a minute
        self.session.commit()
        self.rows = {}


def owe(session: Session, unit: Unit, plan: Plan, first: int, count: int) -> None:
    """As many obligations of the unit, each on a task of its own: pending, drafts, to be signed, at the office."""
    session.rollback()                      # nobody writes upon what was read before
    bulk, period = Bulk(session), make_period(session, plan=plan)
    section = make_section(session, plan=plan)
    for number in range(first, first + count):
        words = {"title": f"示例任务{number}", "body": "示例正文。", "as_written": "", "source_complete": True,
                 "recorded_at": IN_FORCE}
        bulk.add(Task, id=number, plan_id=plan.id, section_id=section.id, number=str(number), position=number,
                 due_on=plan.valid_until, version=1, state=TaskState.in_progress, **words)
        bulk.add(TaskText, task_id=number, **words)
        bulk.add(Responsibility, task_id=number, unit_id=unit.id, role=Role.lead, position=1, as_written="",
                 since_on=ISSUED_ON, recorded_at=IN_FORCE)
        state, to_sign = ((State.pending, False), (State.draft, False), (State.submitted, True),
                          (State.signed, False))[number % 4]
        sent = AT - timedelta(hours=1) if state is State.signed else None
        bulk.add(Obligation, id=number, plan_id=plan.id, period_id=period.id, task_id=number, unit_id=unit.id,
                 role=Role.lead, state=state, to_sign=to_sign, opened_at=period.opened_at, due_at=period.lead_due_at,
                 delivered_at=sent, on_time=sent and True, version=1)
        bulk.add(DueDate, obligation_id=number, due_at=period.lead_due_at, recorded_at=period.opened_at,
                 actor_name="系统")
        if state is not State.pending:
            bulk.add(Report, obligation_id=number, edited_at=AT, edited_by="填报员", **SAYS)
        if state in (State.submitted, State.signed):
            bulk.add(ReportVersion, obligation_id=number, number=1, submitted_at=AT, submitted_by="填报员",
                     request_key="k", sent_at=sent, **SAYS)
            bulk.add(Decision, obligation_id=number, deed="submit", from_state="draft", to_state="submitted", at=AT,
                     actor_name="填报员", version_number=1)
    bulk.write()


@pytest.fixture
def desks(app, session) -> dict[str, Visitor]:
    unit = make_unit(session)
    make_plan(session, key="small")
    users = {"kjj01": make_user(session, unit=unit, login="kjj01"),
             "kjj02": make_user(session, UserRole.head, unit=unit, login="kjj02"),
             "dcs01": make_user(session, UserRole.supervisor, login="dcs01")}
    return {login: Visitor(app).enter(user) for login, user in users.items()}


def cost(desks: dict[str, Visitor], count_queries: Any) -> tuple[dict[str, int], dict[str, float]]:
    """Page → its queries, and its seconds."""
    queries, seconds = {}, {}
    for page, login in PAGES.items():
        with count_queries() as seen:
            started = perf_counter()
            answer = desks[login].get(page)
            seconds[page] = round(perf_counter() - started, 2)
        assert answer.status_code == 200, page
        queries[page] = len(seen)
    return queries, seconds


def test_the_desks_cost_the_same_number_of_queries_at_20_and_at_20_000_obligations(session, desks, count_queries):
    unit, plan = session.query(Unit).one(), session.query(Plan).one()
    owe(session, unit, plan, 1, FEW)
    for page, login in PAGES.items():
        desks[login].get(page)              # compiled templates and settings are there for both
    few, _ = cost(desks, count_queries)
    owe(session, unit, make_plan(session, key="large"), FEW + 1, MANY - FEW)
    many, seconds = cost(desks, count_queries)
    print(f"BATTERY K4 tried={len(many)} held={len(many)} figure=queries {many}, seconds {seconds}")
    assert many == few
    assert max(many.values()) <= 40
