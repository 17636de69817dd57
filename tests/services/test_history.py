"""Any past moment can be rebuilt: whatever is done afterwards, the sheets of then stay word for word what they were."""
from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.battery.rounds import held, rounds
from tests.factories import make_actor, make_text, moment
from tracker import jobs
from tracker.domain.actors import SYSTEM, Actor
from tracker.domain.words import Rating, Role, State
from tracker.errors import Refused
from tracker.models import Obligation, Period, Plan, Task, Unit
from tracker.notices.plan_file import read_plan
from tracker.notices.schema import PlanFile
from tracker.paths import SEED
from tracker.services.ledger import ledger
from tracker.services.overdue import overdue
from tracker.services.plan_edit import complete_task
from tracker.services.plan_load import load_plan
from tracker.services.reporting import save_draft, submit_report, withdraw_report
from tracker.services.reviewing import accept_report, send_back, waive_report
from tracker.services.status import status

BEGINS = moment("2026-09-28 09:00")
PLAN = read_plan(SEED)
SEED_NUMBER = 7
WORDS = ("已立项12项。", "已立项15项，下达资金860万元。", "本期无新进展。")


@dataclass
class Desk:
    """The real plan while it is worked on, and what its sheets said at some moments."""

    session: Session
    random: Random
    plan: Plan
    office: Actor
    clerks: dict[int, Actor]
    at: datetime = BEGINS
    said: list[tuple[datetime, dict[str, Any]]] = field(default_factory=list)


def open_desk(session: Session, seed: int) -> Desk:
    load_plan(session, SYSTEM, PLAN, first_period="2026Q2", at=BEGINS)
    jobs.run_due(session, BEGINS, now=BEGINS, export_dir=None)
    clerks = {unit.id: make_actor(session, unit=unit) for unit in session.scalars(select(Unit)).all()}
    return Desk(session, Random(seed), session.scalars(select(Plan)).one(), make_actor(session), clerks)


def sheets_at(session: Session, plan: Plan, at: datetime) -> dict[str, Any]:
    """Everything that is a function of a moment, of the periods worked on by then."""
    keys = session.scalars(select(Period.key).where(Period.opened_at <= at, Period.key.contains("Q"))
                           .order_by(Period.key.desc()).limit(2)).all()
    made = {key: (ledger(session, plan, key, at), overdue(session, plan, key, at)) for key in keys}
    return made | {"status": status(session, at)}


def wait(desk: Desk, hours: int) -> None:
    desk.at += timedelta(hours=hours, seconds=1)
    jobs.run_due(desk.session, desk.at, now=desk.at, export_dir=None)


def one_deed(desk: Desk) -> None:
    """Somebody does what he may, on one of the few that are worked on."""
    owed = select(Obligation).where(Obligation.opened_at <= desk.at, Obligation.id % 11 == 0)
    one = desk.random.choice(desk.session.scalars(owed.order_by(Obligation.id)).all())
    state, number, version, role = one.state, one.id, one.version, one.role
    clerk = desk.clerks[one.unit_id]
    words = make_text(desk.random.choice(WORDS), self_rating=desk.random.choice([Rating.behind, Rating.on_track]))
    chance = desk.random.random()
    if state is State.submitted and chance < 0.3:
        try:
            withdraw_report(desk.session, clerk, number, version=version, at=desk.at)
        except Refused:
            send_back(desk.session, desk.office, number, reason="请补数据", version=version, at=desk.at)
    elif state is State.submitted and chance < 0.6:
        send_back(desk.session, desk.office, number, reason="数据与上期不一致", version=version, at=desk.at)
    elif state is State.submitted:
        judged = Rating.behind if role is Role.lead else None
        accept_report(desk.session, desk.office, number, judged=judged, reason="核查所见", version=version, at=desk.at)
    elif state in (State.accepted, State.waived):
        return
    elif state is not State.returned and chance < 0.1:
        waive_report(desk.session, desk.office, number, reason="已并入专项", version=version, at=desk.at)
    elif chance < 0.3:
        save_draft(desk.session, clerk, number, text=words, version=version, at=desk.at)
    else:
        submit_report(desk.session, clerk, number, text=words, version=version, request_key=uuid4().hex, at=desk.at)


def edited_plan() -> PlanFile:
    """Another wording, another lead, another order of units, a unit renamed, one gone, one no longer standing by."""
    file = PLAN.model_dump(mode="json")
    file["tasks"][1]["body"] += "另加一句。"
    units_of(file["tasks"][2], ["州科技局", "州财政局"])
    units_of(file["tasks"][6], [PLAN.tasks[6].units[0], *reversed(PLAN.tasks[6].units[1:])])
    units_of(file["tasks"][8], list(PLAN.tasks[8].units[:-1]))
    next(unit for unit in file["units"] if unit["name"] == "州财政局").update(
        {"name": "州财政金融局", "aliases": ["州财政局"]})
    for task in file["tasks"]:
        task["co"] = [name.replace("州财政局", "州财政金融局") for name in task["co"]]
        task["lead"] = task["lead"] and task["lead"].replace("州财政局", "州财政金融局")
    file["standing"]["units"] = file["standing"]["units"][1:]
    return PlanFile.model_validate(file)


def units_of(task: dict[str, Any], names: list[str]) -> None:
    task["lead"], *task["co"] = names
    task["as_written"] = "、".join(names)


def edit_the_plan(desk: Desk) -> None:
    load_plan(desk.session, SYSTEM, edited_plan(), at=desk.at)


def complete_the_cut_off_task(desk: Desk) -> None:
    task = desk.session.scalars(select(Task).where(Task.number == "19")).one()
    complete_task(desk.session, desk.office, "19", title="补录的标题", body="补录的正文。", lead="州科技局",
                  co=["州财政局"], version=task.version, at=desk.at)


@pytest.mark.battery
def test_sheets_of_every_past_moment_stay_what_they_were(session):
    compared = 0
    desk = open_desk(session, SEED_NUMBER)
    edits = {8: edit_the_plan, 16: complete_the_cut_off_task}
    for step in range(rounds(25, 400)):
        wait(desk, desk.random.choice([1, 5, 24, 24, 24 * 7]))
        edits.get(step, one_deed)(desk)
        if step % 5 == 4:
            desk.said.append((desk.at, sheets_at(session, desk.plan, desk.at)))
    for at, said in desk.said:
        now = sheets_at(session, desk.plan, at)
        for key, sheet in said.items():
            assert now[key] == sheet, f"seed {SEED_NUMBER}: {key} as of {at}"
            compared += 1
    held("D2", tried=compared, figure="differences = 0")


def test_a_unit_taken_off_a_task_stays_in_the_period_it_owes_and_is_gone_from_the_next(session):
    desk = open_desk(session, SEED_NUMBER)
    wait(desk, 24 * 20)
    edit_the_plan(desk)
    wait(desk, 24 * 100)
    last = PLAN.tasks[8].units[-1]
    parts = {key: {duty.unit: duty.released for duty in ledger(session, desk.plan, key, desk.at)[1][8].duties}
             for key in ("2026Q3", "2027Q1")}
    assert parts["2026Q3"][last] is False, "it was taken off after the period"
    assert last not in parts["2027Q1"]
    assert not any(released for unit, released in parts["2026Q3"].items() if unit != last)


def test_a_past_period_keeps_its_units_and_their_names_and_the_next_one_has_the_new(session):
    desk = open_desk(session, SEED_NUMBER)
    wait(desk, 24 * 20)
    before = desk.at
    wait(desk, 1)
    edit_the_plan(desk)
    names = [[duty.unit for duty in ledger(session, desk.plan, key, at)[1][2].duties]
             for key, at in (("2026Q3", before), ("2026Q3", desk.at), ("2026Q4", desk.at))]
    assert names == [["州财政局", "州科技局"], ["州财政局", "州科技局"], ["州科技局", "州财政金融局"]]


def test_a_new_lead_changes_nothing_in_the_judgement_of_the_period_that_the_old_one_reported(session):
    desk = open_desk(session, SEED_NUMBER)
    one = session.scalars(
        select(Obligation).join(Task, Task.id == Obligation.task_id).join(Period, Period.id == Obligation.period_id)
        .where(Task.number == "3", Obligation.role == Role.lead, Period.key == "2026Q3")).one()
    handed_in = submit_report(session, desk.clerks[one.unit_id], one.id, text=make_text(self_rating=Rating.behind),
                              version=1, request_key="a", at=desk.at)
    accept_report(session, desk.office, one.id, judged=Rating.behind, version=handed_in.version, at=desk.at)
    wait(desk, 24 * 20)
    edit_the_plan(desk)
    row = ledger(session, desk.plan, "2026Q3", desk.at)[1][2]
    assert (row.judged, row.lamp.reason) == (Rating.behind, "2026年第三季度认定欠序时")
