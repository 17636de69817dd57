"""督办台账 as of a moment: the same rows whenever it is made, and figures that an independent count confirms."""
from __future__ import annotations

from datetime import date, datetime

import pytest
from hypothesis import given, settings, strategies
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from tests.battery.rounds import held, rounds
from tests.factories import make_actor, make_text, moment
from tests.services.histories import QUARTERS, make_world, walk
from tests.services.real_plan import hand_in
from tracker import jobs
from tracker.domain.lateness import ObligationFacts, figures
from tracker.domain.rows import TaskRow
from tracker.domain.words import Colour, Delivery, Rating, Role, Source, State
from tracker.errors import Refused
from tracker.models import DueDate, Obligation, Period, Task, Unit, UnitName
from tracker.services.entering import enter_for
from tracker.services.ledger import ledger
from tracker.services.overdue import overdue
from tracker.services.plan_edit import complete_task
from tracker.services.reporting import withdraw_report
from tracker.services.reviewing import accept_report, send_back
from tracker.services.status import status


def by_number(rows: tuple[TaskRow, ...]) -> dict[str, TaskRow]:
    return {row.number: row for row in rows}


def test_all_19_tasks_stand_in_official_order_with_87_parts_and_the_cut_off_one_without(session, plan):
    facts, rows = ledger(session, plan, "2026Q3", moment("2026-10-09 10:00"))
    assert [row.number for row in rows] == [str(number) for number in range(1, 20)]
    assert sum(len(row.duties) for row in rows) == 87
    assert (rows[18].duties, rows[18].lamp.colour, rows[18].lamp.word) == ((), Colour.grey, "待补录")
    assert (facts.period_label, facts.draft, len(facts.standing_units)) == ("2026年第三季度", True, 7)
    assert rows[0].due_on == date(2027, 12, 31)
    assert rows[0].section == "(一)建立健全科技创新机制,营造良好创新生态"


def test_the_standing_word_tells_who_is_listed_already(session, plan):
    rows = by_number(ledger(session, plan, "2026Q3", moment("2026-10-09 10:00"))[1])
    assert (rows["1"].standing_word, rows["2"].standing_word, rows["9"].standing_word) == (
        "已单列", "7家", "6家（除格尔木市）")
    assert (rows["1"].standing, len(rows["9"].standing)) == ((), 6)


def test_what_was_handed_in_stands_in_its_row_with_its_days_late_and_judgement(session, plan, office):
    one = hand_in(session, "1", "州科技局", moment("2026-10-15 09:00"), progress="项目12项。",
                  self_rating=Rating.behind)
    accept_report(session, office, one.id, judged=Rating.behind, version=one.version, at=moment("2026-10-16 09:00"))
    row = by_number(ledger(session, plan, "2026Q3", moment("2026-10-19 10:00"))[1])["1"]
    lead = row.lead
    assert (lead.unit, lead.state, lead.delivery, lead.late_days) == ("州科技局", State.accepted, Delivery.late, 2)
    assert (lead.report.progress, row.judged) == ("项目12项。", Rating.behind)
    assert (row.lamp.colour, row.lamp.reason) == (Colour.yellow, "2026年第三季度认定欠序时")


def test_what_the_office_entered_is_marked(session, plan, office):
    one = session.scalars(select(Obligation).join(Task).where(Task.number == "1", Obligation.role == Role.lead)).one()
    enter_for(session, office, one.id, text=make_text(), source=Source.telephone, version=one.version, request_key="e",
              received_at=moment("2026-10-09 09:00"), at=moment("2026-10-09 10:00"))
    duties = by_number(ledger(session, plan, "2026Q3", moment("2026-10-09 16:00"))[1])["1"].duties
    assert [duty.entered for duty in duties] == [True] + [False] * (len(duties) - 1)
    assert duties[0].delivery is Delivery.on_time


def test_a_returned_report_shows_its_reason_and_what_it_said(session, plan, office):
    one = hand_in(session, "1", "州科技局", moment("2026-10-09 09:00"))
    send_back(session, office, one.id, reason="数据与上期不一致", version=one.version, at=moment("2026-10-09 15:00"))
    lead = by_number(ledger(session, plan, "2026Q3", moment("2026-10-09 16:00"))[1])["1"].lead
    assert (lead.delivery, lead.return_reason, lead.report) == (Delivery.returned, "数据与上期不一致", make_text())


def test_last_periods_text_stands_beside_this_periods(session, plan):
    hand_in(session, "1", "州科技局", moment("2026-10-09 09:00"), progress="第三季度的话。")
    january = moment("2027-01-04 09:00")
    jobs.run_due(session, january, now=january, export_dir=None)
    lead = by_number(ledger(session, plan, "2026Q4", january)[1])["1"].lead
    assert (lead.previous.progress, lead.report) == ("第三季度的话。", None)


def test_a_period_that_has_not_opened_makes_no_ledger(session, plan):
    with pytest.raises(Refused, match="2026Q4"):
        ledger(session, plan, "2026Q4", moment("2026-09-30 23:59"))


def test_a_ledger_made_at_a_moment_is_the_same_whenever_it_is_made(session, plan, office):
    then = moment("2026-10-09 10:00")
    jobs.run_due(session, then, now=then, export_dir=None)
    done = [hand_in(session, "1", "州科技局", moment("2026-10-09 08:00")),
            hand_in(session, "3", "州财政局", moment("2026-10-09 08:30")),
            hand_in(session, "5", "州科技局", moment("2026-10-09 09:00"))]
    numbers = [one.id for one in done]
    made = [ledger(session, plan, "2026Q3", then), overdue(session, plan, "2026Q3", then), status(session, then)]

    withdrawn, accepted, returned = (session.get_one(Obligation, number) for number in numbers)
    clerk = make_actor(session, unit=session.get_one(Unit, withdrawn.unit_id))
    withdraw_report(session, clerk, withdrawn.id, version=withdrawn.version, at=moment("2026-10-09 11:00"))
    accept_report(session, office, accepted.id, judged=Rating.on_track, version=accepted.version,
                  at=moment("2026-10-09 11:10"))
    send_back(session, office, returned.id, reason="请补数据", version=returned.version, at=moment("2026-10-09 11:20"))
    hand_in(session, "5", "州科技局", moment("2026-10-12 09:00"), progress="重报的话。")
    hand_in(session, "7", "国家金融监督管理总局海西监管分局", moment("2026-10-20 09:00"))
    task = session.scalars(select(Task).where(Task.number == "19")).one()
    complete_task(session, office, "19", title="补录的标题", body="补录的正文。", lead="州科技局", co=["州财政局"],
                  version=task.version, at=moment("2026-10-21 09:00"))
    _rename(session, "州财政局", "州财政金融局", date(2026, 10, 22))
    _extend(session, "2", moment("2026-10-30 18:00"), recorded_at=moment("2026-10-12 12:00"))
    jobs.run_due(session, moment("2026-11-02 09:00"), now=moment("2026-11-02 09:00"), export_dir=None)

    again = [ledger(session, plan, "2026Q3", then), overdue(session, plan, "2026Q3", then), status(session, then)]
    assert again == made
    later = by_number(ledger(session, plan, "2026Q3", moment("2026-11-02 09:00"))[1])
    assert (later["19"].title, later["3"].lead.unit) == ("补录的标题", "州财政局"), "a past quarter keeps its names"
    assert by_number(ledger(session, plan, "2026Q4", moment("2026-11-02 09:00"))[1])["3"].lead.unit == "州财政金融局"
    assert (later["1"].lead.report, later["5"].lead.report.progress) == (None, "重报的话。")


def _rename(session: Session, old: str, new: str, on: date) -> None:
    unit = session.scalars(select(Unit).where(Unit.name == old)).one()
    unit.name = new
    session.add(UnitName(unit_id=unit.id, name=new, since_on=on, recorded_at=moment(on.isoformat())))
    session.commit()


def _extend(session: Session, task_number: str, due_at: datetime, *, recorded_at: datetime) -> None:
    one = session.scalars(select(Obligation).join(Task, Task.id == Obligation.task_id).join(
        Period, Period.id == Obligation.period_id).where(
            Task.number == task_number, Obligation.role == Role.lead, Period.key == "2026Q3")).one()
    one.due_at = due_at
    session.add(DueDate(obligation_id=one.id, due_at=due_at, recorded_at=recorded_at, actor_name="督查员"))
    session.commit()


COUNTED = text("""
    SELECT count(*), count(o.delivered_at), coalesce(sum(CASE WHEN o.on_time THEN 1 ELSE 0 END), 0),
           coalesce(sum(CASE WHEN o.delivered_at IS NULL AND o.due_at < :at THEN 1 ELSE 0 END), 0)
    FROM obligation o JOIN period p ON p.id = o.period_id
    WHERE o.plan_id = :plan AND p.key = :key AND o.task_id IS NOT NULL AND o.state <> 'waived'""")
SILENT = text("""
    SELECT count(*) FROM obligation o JOIN period p ON p.id = o.period_id JOIN period q ON q.plan_id = o.plan_id
    WHERE o.plan_id = :plan AND q.key = :key AND p.ends_on <= q.ends_on AND o.role = :role
      AND o.delivered_at IS NULL AND o.state <> 'waived' AND o.due_at < :at""")


@pytest.mark.battery
def test_figures_of_the_ledger_and_the_overdue_list_are_those_of_an_independent_count(session, tmp_path):
    """D4: what the rows add up to, counted by plain SQL."""
    world, compared = make_world(session, tmp_path), []

    @settings(max_examples=rounds(8, 200), database=None)
    @given(strategies.randoms(use_true_random=False))
    def over_random_histories(random):
        plan, at = walk(session, world, random)
        stored = at.replace(tzinfo=None) if session.get_bind().dialect.name == "sqlite" else at
        for key in QUARTERS:
            facts = {"plan": plan.id, "key": key, "at": f"{stored:%Y-%m-%d %H:%M:%S.%f}"}
            try:
                _, rows = ledger(session, plan, key, at)
            except Refused:
                continue
            parts = [duty for row in rows for duty in row.duties if duty.owed]
            found = figures([ObligationFacts(duty.state, duty.due_at, duty.delivered_at) for duty in parts], at)
            counted = session.execute(COUNTED, facts).one()
            assert (found.due, found.delivered, found.on_time, found.overdue) == tuple(counted)
            listed = overdue(session, plan, key, at)[1]
            silent = [row.role for row in listed if row.state == "逾期未报"]
            for role in (Role.lead, Role.co):
                assert silent.count(role) == session.scalar(SILENT, facts | {"role": role.value})
            compared.append(key)
        session.rollback()

    over_random_histories()
    held("D4", tried=world.plans, figure=f"{6 * len(compared)} figures compared, unequal = 0")
