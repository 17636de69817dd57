"""The units change: renamed, merged, split, moved. Past sheets keep the names and units of their time (机构调整)."""
from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date
from types import SimpleNamespace

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.digest import digest_of
from tests.factories import make_actor, make_text, make_user, moment
from tracker import jobs
from tracker.domain.actors import SYSTEM
from tracker.domain.words import Role, State, UnitKind, UserRole
from tracker.errors import Forbidden, NotYours, Refused
from tracker.models import Obligation, Period, Plan, Post, Report, Responsibility, Task, Unit, UnitAlias
from tracker.notices.plan_file import read_plan
from tracker.paths import SEED
from tracker.services.ledger import ledger
from tracker.services.plan_load import load_plan
from tracker.services.reporting import save_draft, submit_report
from tracker.services.unit_changes import add_duty, merge_units, move_duty, rename_unit, split_unit

OPENED, MERGED = moment("2025-10-01 09:00"), moment("2026-04-01 09:00")
DAY = date(2026, 4, 1)
DATA, REFORM = "州数据局", "州发展改革委"


@pytest.fixture
def office(session: Session) -> SimpleNamespace:
    """The real plan from 2025Q4 on, everything of 2025Q4 handed in by both units, 2026Q2 just opened."""
    load_plan(session, SYSTEM, read_plan(SEED), at=OPENED)
    for at in (OPENED, moment("2026-01-01 00:10"), moment("2026-04-01 00:10")):
        jobs.run_due(session, at, now=at, export_dir=None)
    units = {unit.name: unit for unit in session.scalars(select(Unit))}
    desk = SimpleNamespace(session=session, plan=session.scalars(select(Plan)).one(), units=units,
                           office=make_actor(session), data=make_user(session, unit=units[DATA], name="陈科员"))
    for unit in (DATA, REFORM):
        clerk = make_actor(session, unit=units[unit])
        for owed in mine(desk, "2025Q4", unit):
            submit_report(session, clerk, owed.id, text=make_text(f"{unit}四季度已办3件。"), version=owed.version,
                          request_key="k", at=moment("2026-01-07 10:00"))
    return desk


def mine(desk, period: str, unit: str) -> list[Obligation]:
    return list(desk.session.scalars(
        select(Obligation).join(Period).join(Unit, Unit.id == Obligation.unit_id)
        .where(Period.key == period, Unit.name == unit, Obligation.task_id.is_not(None)).order_by(Obligation.id)))


def merge(desk, **others):
    return merge_units(desk.session, desk.office, desk.units[DATA].id, desk.units[REFORM].id, from_on=DAY, at=MERGED,
                       **others)


def sheet(desk, period: str, at: str):
    return {row.number: row for row in ledger(desk.session, desk.plan, period, moment(at))[1]}


def parts(rows, *numbers: str) -> dict[str, list[tuple[str, str]]]:
    return {number: [(duty.role.value, duty.unit) for duty in rows[number].duties] for number in numbers}


def test_the_ledger_of_a_past_quarter_is_the_same_cell_by_cell_before_and_after_the_merger(office):
    before, evening = sheet(office, "2025Q4", "2026-04-20 18:00"), sheet(office, "2025Q4", "2026-03-31 18:00")
    merge(office)
    after = sheet(office, "2025Q4", "2026-04-20 18:00")
    assert {number: row.duties for number, row in after.items()} == {
        number: row.duties for number, row in before.items()}
    assert parts(after, "16")["16"] == [("lead", DATA), ("co", "州能源局"), ("co", REFORM), ("co", "州科技局")]
    assert after["16"].lead.report.progress == "州数据局四季度已办3件。"
    assert sheet(office, "2025Q4", "2026-03-31 18:00") == evening, "a sheet of that evening is made again as it was"


def test_the_ledger_of_the_quarter_begun_names_the_successor_and_doubles_nothing(office):
    merge(office)
    rows = sheet(office, "2026Q2", "2026-04-20 18:00")
    named = [duty.unit for row in rows.values() for duty in row.duties]
    assert DATA not in named
    found = parts(rows, "11", "15", "16", "17")
    assert found["11"][-1] == ("co", REFORM)
    assert [unit for _, unit in found["15"]].count(REFORM) == 1
    assert found["16"] == [("lead", REFORM), ("co", "州能源局"), ("co", "州科技局")]
    assert found["17"][0] == ("lead", REFORM)
    assert sum(len(row.duties) for row in rows.values()) == 87 - 2      # both stood in 15 and in 16
    assert all(duty.owed and not duty.released for row in rows.values() for duty in row.duties)


def test_before_the_merger_was_written_down_the_quarter_is_as_it_opened(office):
    before = sheet(office, "2026Q2", "2026-04-01 08:00")
    merge(office)
    assert sheet(office, "2026Q2", "2026-04-01 08:00") == before
    assert parts(before, "16")["16"][0] == ("lead", DATA)


def test_every_duty_moves_once_and_nobody_owes_twice(office):
    moved = merge(office)
    assert dict(moved.duties) == {"11": "州发展改革委配合", "15": "州发展改革委已是配合，不重复",
                                  "16": "州发展改革委由配合改牵头", "17": "州发展改革委牵头"}
    office.session.rollback()
    open_now = office.session.execute(
        select(Obligation.task_id, Obligation.unit_id, Period.key).join(Period)
        .where(Obligation.state != State.waived, Obligation.task_id.is_not(None))).all()
    assert max(Counter(map(tuple, open_now)).values()) == 1
    quarter = [owed for owed in mine(office, "2026Q2", REFORM) if owed.state is not State.waived]
    by_task = {office.session.get_one(Task, owed.task_id).number: owed.role for owed in quarter}
    assert (by_task["11"], by_task["16"], by_task["17"]) == (Role.co, Role.lead, Role.lead)
    assert {owed.state for owed in mine(office, "2026Q2", DATA)} == {State.waived}
    lead_due = office.session.scalars(select(Period.lead_due_at).where(Period.key == "2026Q2")).one()
    task16 = next(owed for owed in quarter if office.session.get_one(Task, owed.task_id).number == "16")
    assert task16.due_at == lead_due


def test_a_period_that_was_over_stays_with_the_unit_of_then(office):
    moved = merge(office)
    assert moved.kept == 4          # 2026Q1, not handed in yet: still 州数据局's, whose people can log in
    assert {owed.state for owed in mine(office, "2026Q1", DATA)} == {State.pending}
    rows = sheet(office, "2026Q1", "2026-04-20 18:00")
    assert parts(rows, "16")["16"][0] == ("lead", DATA)
    assert [unit for _, unit in parts(rows, "16")["16"]].count(REFORM) == 1


def test_its_drafts_go_along_and_its_people_may_act_for_the_successor(office):
    owed = mine(office, "2026Q2", DATA)[-1]
    clerk = make_actor(office.session, unit=office.units[DATA])
    save_draft(office.session, clerk, owed.id, text=make_text("写了一半"), version=1, at=moment("2026-04-01 08:30"))
    moved = merge(office)
    assert (moved.reports, moved.people >= 1) == (4, True)
    theirs = office.session.scalars(select(Obligation).where(
        Obligation.task_id == owed.task_id, Obligation.unit_id == office.units[REFORM].id,
        Obligation.period_id == owed.period_id)).one()
    assert (theirs.state, office.session.get_one(Report, theirs.id).progress) == (State.draft, "写了一半")
    post = office.session.scalars(select(Post).where(Post.user_id == office.data.id)).one()
    assert (post.unit_id, post.role) == (office.units[REFORM].id, UserRole.clerk)


def test_the_next_period_opens_for_the_successor_alone(office):
    merge(office)
    at = moment("2026-07-01 00:10")
    jobs.run_due(office.session, at, now=at, export_dir=None)
    assert mine(office, "2026Q3", DATA) == []
    assert len(office.session.scalars(select(Obligation.id).join(Period).where(
        Period.key == "2026Q3", Obligation.task_id.is_not(None))).all()) == 85


def test_a_dry_run_says_the_same_and_changes_nothing(office):
    before = digest_of(office.session)
    said = merge(office, dry_run=True)
    assert digest_of(office.session) == before
    assert merge(office) == said


def test_what_went_into_another_is_changed_no_more(office):
    merge(office)
    with pytest.raises(Refused, match="州数据局已经并入别的单位"):
        merge(office)


@pytest.mark.parametrize(("change", "refused"), [
    ({"from_on": date(2026, 4, 2)}, "不能晚于今天"), ({"into": DATA}, "请选另一个单位")])
def test_a_merger_that_cannot_be_is_refused(office, change, refused):
    into = office.units[change.get("into", REFORM)].id
    with pytest.raises(Refused, match=refused):
        merge_units(office.session, office.office, office.units[DATA].id, into, at=MERGED,
                    from_on=change.get("from_on", DAY))


def test_only_the_office_changes_units_and_only_those_there_are(office):
    with pytest.raises(Forbidden):
        merge_units(office.session, replace(office.office, roles=frozenset({UserRole.leader})),
                    office.units[DATA].id, office.units[REFORM].id, from_on=DAY, at=MERGED)
    with pytest.raises(NotYours):
        merge_units(office.session, office.office, 999, office.units[REFORM].id, from_on=DAY, at=MERGED)


def test_a_new_name_holds_from_its_day_and_past_sheets_keep_the_old_one(office):
    rename_unit(office.session, office.office, office.units[DATA].id, name="州数据和政务服务局", from_on=DAY, at=MERGED)
    assert parts(sheet(office, "2025Q4", "2026-04-20 18:00"), "16")["16"][0] == ("lead", DATA)
    assert parts(sheet(office, "2026Q2", "2026-04-20 18:00"), "16")["16"][0] == ("lead", "州数据和政务服务局")
    assert office.session.scalars(select(UnitAlias.alias).where(UnitAlias.alias == DATA)).one() == DATA
    with pytest.raises(Refused, match="已有单位叫“州科技局”"):
        rename_unit(office.session, office.office, office.units[DATA].id, name="州科技局", from_on=DAY, at=MERGED)


def test_a_unit_is_split_and_the_new_one_owes_what_it_took(office):
    task = office.session.scalars(select(Task).where(Task.number == "17")).one()
    split_unit(office.session, office.office, office.units[DATA].id, name="州大数据中心", kind=UnitKind.department,
               login_stem="dsjzx", task_ids=[task.id], from_on=DAY, at=MERGED)
    rows = sheet(office, "2026Q2", "2026-04-20 18:00")
    assert parts(rows, "16", "17")["16"][0] == ("lead", DATA)
    assert parts(rows, "17")["17"][0] == ("lead", "州大数据中心")
    assert len(mine(office, "2026Q2", "州大数据中心")) == 1
    assert parts(sheet(office, "2025Q4", "2026-04-20 18:00"), "17")["17"][0] == ("lead", DATA)


def test_another_unit_takes_the_lead_of_one_task(office):
    duty = office.session.scalars(select(Responsibility).join(Task).where(
        Task.number == "17", Responsibility.role == Role.lead)).one()
    move_duty(office.session, office.office, duty.id, office.units["州科技局"].id, from_on=DAY, at=MERGED)
    rows = parts(sheet(office, "2026Q2", "2026-04-20 18:00"), "17")["17"]
    assert rows[0] == ("lead", "州科技局")
    assert [unit for _, unit in rows].count("州科技局") == 1
    assert DATA not in [unit for _, unit in rows]


def test_a_further_unit_works_along_from_a_day_on_and_owes_from_the_current_period(office):
    task = office.session.scalars(select(Task).where(Task.number == "17")).one()
    add_duty(office.session, office.office, task.id, office.units[REFORM].id, from_on=DAY, at=MERGED)
    assert parts(sheet(office, "2026Q2", "2026-04-20 18:00"), "17")["17"][-1] == ("co", REFORM)
    assert REFORM not in [unit for _, unit in parts(sheet(office, "2026Q1", "2026-04-20 18:00"), "17")["17"]]
    with pytest.raises(Refused, match="已经负责这项任务"):
        add_duty(office.session, office.office, task.id, office.units[REFORM].id, from_on=DAY, at=MERGED)


def test_a_duty_that_comes_back_in_the_same_period_is_owed_again(office):
    duty = office.session.scalars(select(Responsibility).join(Task).where(
        Task.number == "17", Responsibility.role == Role.lead)).one()
    forward = office.units["州科技局"].id
    move_duty(office.session, office.office, duty.id, forward, from_on=DAY, at=MERGED)
    back = office.session.scalars(select(Responsibility).join(Task).where(
        Task.number == "17", Responsibility.role == Role.lead, Responsibility.ended_at.is_(None))).one()
    move_duty(office.session, office.office, back.id, office.units[DATA].id, from_on=DAY, at=MERGED)
    rows = sheet(office, "2026Q2", "2026-04-20 18:00")
    lead = rows["17"].lead
    assert (lead.unit, lead.owed, lead.state) == (DATA, True, State.draft)
