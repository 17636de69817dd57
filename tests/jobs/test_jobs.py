"""What runs by itself: periods open, what is owed and past due is flagged, each once and with its own date."""
from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from tests.factories import make_obligation, make_period, make_task, make_unit, moment
from tracker.domain.actors import SYSTEM
from tracker.domain.words import Job, Role, State, TaskState
from tracker.jobs import JOBS, JobSpec, flag_overdue, run_due
from tracker.models import AuditEvent, DueDate, JobRun, Obligation, Period, Plan, Task, Unit
from tracker.notices.plan_file import read_plan
from tracker.paths import SEED
from tracker.services.deed import deed
from tracker.services.job_runs import Outcome
from tracker.services.plan_load import load_plan

PLAN = read_plan(SEED)
OPEN_AND_FLAG = JOBS[:2]


@pytest.fixture
def plan(session):
    load_plan(session, SYSTEM, PLAN, first_period="2025Q3", at=moment("2025-07-01 09:00"))
    return session.scalars(select(Plan)).one()


def tick(session, at, jobs=OPEN_AND_FLAG, now=None):
    return run_due(session, moment(at), now=moment(now or at), export_dir=None, jobs=jobs)


def owed_by_period(session):
    rows = session.execute(select(Period.key, func.count(Obligation.id))
                           .join(Obligation, Obligation.period_id == Period.id).group_by(Period.id).order_by(Period.id))
    return dict(rows.all())


def test_a_quarter_owes_18_and_69_and_a_half_year_7(session, plan):
    tick(session, "2026-01-01 00:00")
    assert owed_by_period(session) == {"2025Q3": 87, "2025H2": 7, "2025Q4": 87, "2026Q1": 87, "2026H1": 7}
    leads = select(func.count()).where(Obligation.role == Role.lead)
    assert session.scalar(leads) == 3 * 18


def test_a_period_opens_at_its_first_day_and_not_a_second_before(session, plan):
    tick(session, "2025-09-30 23:59:59")
    assert list(owed_by_period(session)) == ["2025Q3", "2025H2"]
    tick(session, "2025-10-01 00:00")
    assert list(owed_by_period(session)) == ["2025Q3", "2025H2", "2025Q4"]


def test_opened_late_a_period_still_counts_from_its_first_day(session, plan):
    tick(session, "2025-08-20 15:00")
    assert set(session.scalars(select(Period.opened_at))) == {moment("2025-07-01")}
    assert set(session.scalars(select(Obligation.opened_at))) == {moment("2025-07-01")}
    rows = session.execute(select(DueDate.due_at, DueDate.recorded_at, func.count())
                           .where(DueDate.obligation_id.is_not(None))
                           .group_by(DueDate.due_at, DueDate.recorded_at).order_by(DueDate.due_at))
    assert [tuple(row) for row in rows] == [
        (moment("2025-10-11 18:00"), moment("2025-07-01"), 69),
        (moment("2025-10-14 18:00"), moment("2025-07-01"), 18),
        (moment("2026-01-08 18:00"), moment("2025-07-01"), 7)]


def test_no_period_after_the_end_of_the_plan(session, plan):
    tick(session, "2028-12-31 12:00", jobs=JOBS[:1])
    assert list(owed_by_period(session))[-3:] == ["2027Q3", "2027H2", "2027Q4"]


@pytest.mark.parametrize("state", [TaskState.closed, TaskState.cancelled, TaskState.suspended])
def test_a_task_that_is_closed_cancelled_or_suspended_opens_nothing(session, plan, state):
    session.execute(update(Task).where(Task.number == "2").values(state=state))
    session.commit()
    tick(session, "2025-07-01 09:00")
    assert owed_by_period(session)["2025Q3"] == 85
    assert session.scalar(select(func.count(Obligation.id)).join(Task, Task.id == Obligation.task_id)
                          .where(Task.number == "2")) == 0


def test_downtime_opens_each_missed_period_once_with_its_own_date(session, plan):
    runs = tick(session, "2026-04-02 10:00", jobs=JOBS[:1])
    assert [(run.scheduled_at, run.changed, run.told) for run in runs] == [
        (moment("2025-07-01"), 94, "开启报告期：2025年第三季度87件，2025年下半年7件"),
        (moment("2025-10-01"), 87, "开启报告期：2025年第四季度87件"),
        (moment("2026-01-01"), 94, "开启报告期：2026年第一季度87件，2026年上半年7件"),
        (moment("2026-04-01"), 87, "开启报告期：2026年第二季度87件")]
    assert tick(session, "2026-04-02 10:00", jobs=JOBS[:1]) == []


def test_after_downtime_what_is_overdue_is_flagged_once_with_its_due_moment(session, plan):
    tick(session, "2025-10-01 00:00")
    runs = tick(session, "2025-10-20 09:15", jobs=JOBS[1:2])
    assert [(run.scheduled_at, run.changed, run.told) for run in runs] == [
        (moment("2025-10-20 09:00"), 87, "新逾期87件")]
    stamp = Obligation.overdue_since
    stamped = session.execute(
        select(stamp, func.count()).where(stamp.is_not(None)).group_by(stamp).order_by(stamp))
    assert [tuple(row) for row in stamped] == [(moment("2025-10-11 18:00"), 69), (moment("2025-10-14 18:00"), 18)]
    assert [run.changed for run in tick(session, "2025-10-20 10:00")] == [0]


def test_flagging_is_scheduled_a_minute_after_each_due_moment_and_hourly(session, plan):
    tick(session, "2025-10-14 17:59")
    times = [run.scheduled_at for at in ("18:00:00", "18:00:30", "18:01:00", "18:01:30", "19:00:00")
             for run in tick(session, f"2025-10-14 {at}")]
    assert times == [moment("2025-10-14 18:00"), moment("2025-10-14 18:01"), moment("2025-10-14 19:00")]


def test_only_what_was_never_handed_in_is_flagged_and_the_version_stays(session):
    unit, due = make_unit(session), moment("2026-10-13 18:00")
    for number, state in enumerate(State, start=1):
        delivered = {} if state in (State.pending, State.draft, State.waived) else {
            "delivered_at": due - timedelta(days=1), "on_time": True}
        make_obligation(session, task=make_task(session, number=str(number), lead=unit), unit=unit, state=state,
                        due_at=due, **delivered)
    with deed(session, SYSTEM, due + timedelta(minutes=1)) as d:
        assert flag_overdue.flag_overdue(d) == Outcome(2, "新逾期2件")
    rows = session.execute(select(Obligation.state, Obligation.version).where(Obligation.overdue_since == due))
    assert {tuple(row) for row in rows} == {(State.pending, 1), (State.draft, 1)}
    assert [event.facts for event in session.scalars(select(AuditEvent))] == [{"count": 2}]


def test_nothing_to_flag_leaves_no_event(session):
    make_period(session)
    tick(session, "2026-10-08 09:00", jobs=JOBS[1:2])
    assert session.scalar(select(func.count(AuditEvent.id))) == 0
    assert [run.changed for run in session.scalars(select(JobRun))] == [0]


def test_nothing_runs_before_there_is_a_plan(session):
    assert tick(session, "2026-10-08 09:00", jobs=JOBS) == []


class Broken:
    """A job that raises until it is cured."""

    def __init__(self, name):
        self.cured, self.tries = False, 0
        self.spec = JobSpec(name, lambda session, until: [moment("2026-10-08 09:00")],
                            lambda session, at, export_dir: self.run)

    def run(self, d):
        self.tries += 1
        if not self.cured:
            raise OSError(28, "No space left on device")
        return Outcome(3, "做了3件")


def test_a_job_that_raises_is_written_down_and_stops_no_other(session, plan):
    broken = Broken(Job.draft_sheets)
    runs = tick(session, "2026-10-08 09:00", jobs=(broken.spec, *OPEN_AND_FLAG))
    assert runs[0].problem == "没有做成：OSError：[Errno 28] No space left on device"
    assert (runs[0].changed, runs[0].told) == (0, "")
    assert [run.name for run in runs[1:]] == [Job.open_periods] * 6 + [Job.flag_overdue]


def test_a_failed_moment_is_tried_again_after_an_hour_and_not_before(session):
    broken = Broken(Job.draft_sheets)
    for minutes in range(0, 120, 5):
        tick(session, "2026-10-08 09:00", jobs=(broken.spec,),
             now=f"2026-10-08 {9 + minutes // 60:02}:{minutes % 60:02}")
    assert broken.tries == 2
    broken.cured = True
    tick(session, "2026-10-08 09:00", jobs=(broken.spec,), now="2026-10-08 11:00")
    run = session.scalars(select(JobRun)).one()
    assert (run.changed, run.told, run.problem, run.ran_at) == (3, "做了3件", "", moment("2026-10-08 11:00"))
    tick(session, "2026-10-08 09:00", jobs=(broken.spec,), now="2026-10-08 18:00")
    assert broken.tries == 3


@pytest.mark.parametrize("job", OPEN_AND_FLAG, ids=lambda job: job.name)
def test_each_job_takes_as_many_statements_for_1000_obligations_as_for_100(session, count_queries, job):
    """H2: set-based."""
    seen = {}
    for units in (10, 100):
        load = [make_unit(session, name=f"单位{units}{n}") for n in range(units)]
        for n in range(10):
            make_task(session, number=f"{units}{n}", lead=load[0], co=load[1:])
        plan = session.scalars(select(Plan)).one()
        plan.policy = PLAN.policy.model_dump(mode="json")
        session.commit()
        at = moment("2025-10-01") if units == 10 else moment("2026-04-01")
        if job.name is Job.flag_overdue:
            tick(session, at.isoformat()[:10], jobs=JOBS[:1])
            at = moment("2026-01-20") if units == 10 else moment("2026-07-20")
        with count_queries() as statements, deed(session, SYSTEM, at) as d:
            seen[units] = job.effect_at(session, at, None)(d).changed, len(statements)
    assert seen[10][0] < seen[100][0]
    assert seen[10][1] == seen[100][1]


def test_every_unit_of_a_plan_without_standing_units_opens_no_composite(session):
    make_task(session, lead=make_unit(session))
    plan = session.scalars(select(Plan)).one()
    plan.policy = PLAN.policy.model_dump(mode="json")
    session.commit()
    tick(session, "2025-07-01 00:00", jobs=JOBS[:1])
    assert owed_by_period(session) == {"2025Q3": 1}
    assert session.scalar(select(func.count(Unit.id))) == 1
