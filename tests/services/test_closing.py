"""办结销号: asked measure by measure, closed or refused, reopened; suspended, cancelled; and what is owed then."""
from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.factories import make_actor, make_obligation, make_period, make_task, make_text, make_unit, moment
from tracker.domain.words import Grade, MeasureKind, Role, State, TaskDeed, TaskState, UserRole
from tracker.errors import Conflict, Forbidden, NotYours, Refused, SecrecyQuestion
from tracker.models import AuditEvent, Decision, Measure, MeasureCheck, Obligation, ReportVersion, Task
from tracker.services.closing import ask_closing, close_task, closing_of_task, keep_task_state, refuse_closing
from tracker.services.deed import deed
from tracker.services.history import load_history
from tracker.services.periods import open_current
from tracker.services.plan_view import current_plan
from tracker.services.releasing import ask_release, decide_release, releasable, release, releases_of_task
from tracker.services.reporting import save_draft, submit_report
from tracker.services.reviewing import undo_decision, waive_report
from tracker.services.task_course import consequence

AT = moment("2026-10-08 09:30")


@pytest.fixture
def desk(session: Session) -> SimpleNamespace:
    """Task 1 with two measures: 州科技局 leads, 州财政局 and 州教育局 work with it; each owes 2026Q3 and 2026Q4."""
    lead, co, other = (make_unit(session, name=name) for name in ("州科技局", "州财政局", "州教育局"))
    task = make_task(session, lead=lead, co=(co, other))
    measures = [Measure(task_id=task.id, key=f"m{place}", kind=MeasureKind.document, name=f"办法{place}", as_written="",
                        unit_word="", position=place) for place in (1, 2)]
    session.add_all(measures)
    session.commit()
    periods = [make_period(session, key=key) for key in ("2026Q3", "2026Q4")]
    owed = [make_obligation(session, task=task, unit=unit, period=period, role=Role.lead if unit is lead else Role.co)
            for period in periods for unit in (lead, co, other)]
    return SimpleNamespace(
        session=session, id=task.id, measures=[row.id for row in measures], owed=[row.id for row in owed],
        clerk=make_actor(session, unit=lead), co=make_actor(session, unit=co), office=make_actor(session),
        leader=make_actor(session, UserRole.leader), lead=lead, co_unit=co)


def task(desk):
    desk.session.rollback()
    return desk.session.get_one(Task, desk.id)


def ask(desk, *, actor=None, statement="两项办法均已印发", measures=None, **others):
    said = measures if measures is not None else dict.fromkeys(desk.measures, "已印发")
    return ask_closing(desk.session, actor or desk.clerk, desk.id, statement=statement, measures=said,
                       version=task(desk).version, at=AT, **others)


def close(desk, *, met=None, grade=Grade.good, actor=None, at=AT):
    return close_task(desk.session, actor or desk.office, desk.id, grade=grade, notes={}, reason="核对无误",
                      met=met if met is not None else dict.fromkeys(desk.measures, True),
                      version=task(desk).version, at=at)


def keep(desk, step, *, reason="上级要求", actor=None, at=AT):
    return keep_task_state(desk.session, actor or desk.office, desk.id, step, reason=reason,
                           version=task(desk).version, at=at)


def submit_lead(desk):
    row = desk.session.get_one(Obligation, desk.owed[0])
    submit_report(desk.session, desk.clerk, row.id, text=make_text(), version=row.version, request_key="k", at=AT)


def states(desk):
    desk.session.rollback()
    return [row.state for row in desk.session.scalars(select(Obligation).order_by(Obligation.id))]


def last_action(desk):
    return desk.session.scalars(select(AuditEvent.action).order_by(AuditEvent.id.desc()).limit(1)).one()


def test_the_lead_asks_with_a_word_on_each_measure(desk):
    request = ask(desk)
    assert task(desk).state is TaskState.completion_requested
    checks = desk.session.scalars(select(MeasureCheck).order_by(MeasureCheck.id)).all()
    assert [(check.completion_request_id, check.statement, check.met) for check in checks] == [
        (request, "已印发", None)] * 2
    assert last_action(desk) == "task.closing_asked"


def test_what_is_missing_is_said_at_its_field_and_nothing_is_asked(desk):
    with pytest.raises(Refused) as refused:
        ask(desk, statement=" ", measures={desk.measures[0]: "已印发"})
    assert refused.value.fields == {
        "statement": "请写明做成了什么、成效如何", f"m{desk.measures[1]}": "这一条还没有说明"}
    assert task(desk).state is TaskState.in_progress


@pytest.mark.parametrize("who", ["co", "office", "leader"])
def test_only_the_lead_asks(desk, who):
    with pytest.raises(Forbidden):
        ask(desk, actor=getattr(desk, who))
    assert task(desk).state is TaskState.in_progress


def test_marks_of_classified_papers_stop_a_request(desk):
    with pytest.raises(SecrecyQuestion):
        ask(desk, statement="见秘密★文件")


def test_it_is_closed_with_a_grade_and_what_nobody_delivered_is_waived(desk):
    submit_lead(desk)
    ask(desk)
    assert close(desk) == 5
    assert task(desk).state is TaskState.closed
    assert states(desk) == [State.submitted, *[State.waived] * 5]
    reasons = set(desk.session.scalars(select(Decision.reason).where(Decision.deed == "waive")))
    assert reasons == {"任务已销号"}
    found = closing_of_task(desk.session, desk.clerk, task(desk), AT)
    assert (found.requests[0].granted, found.requests[0].grade) == (True, Grade.good)
    assert [check.met for check in found.requests[0].checks] == [True, True]


def test_each_measure_is_to_be_checked_and_a_grade_given(desk):
    ask(desk)
    with pytest.raises(Refused) as refused:
        close(desk, met={desk.measures[0]: True}, grade=None)
    assert refused.value.fields == {f"m{desk.measures[1]}": "这一条还没有核对：做到了，或没有做到",
                                    "grade": "请评定等次：优、良、合格或不合格"}
    assert task(desk).state is TaskState.completion_requested


@pytest.mark.parametrize(("grade", "closes"), [
    (Grade.excellent, False), (Grade.good, False), (Grade.passed, True), (Grade.failed, True)])
def test_a_measure_that_was_not_met_allows_no_good_grade(desk, grade, closes):
    ask(desk)
    met = {desk.measures[0]: True, desk.measures[1]: False}
    if closes:
        close(desk, met=met, grade=grade)
    else:
        with pytest.raises(Refused, match="还没有销号") as refused:
            close(desk, met=met, grade=grade)
        assert refused.value.fields["grade"].startswith("有1条没有做到")
    assert task(desk).state is (TaskState.closed if closes else TaskState.completion_requested)


def test_a_refusal_has_its_reason_and_the_task_goes_on(desk):
    ask(desk)
    with pytest.raises(Refused):
        refuse_closing(desk.session, desk.office, desk.id, reason=" ", version=task(desk).version, at=AT)
    refuse_closing(desk.session, desk.office, desk.id, reason="第二项办法还没有印发", version=task(desk).version, at=AT)
    assert task(desk).state is TaskState.in_progress
    assert set(states(desk)) == {State.pending}
    assert closing_of_task(desk.session, desk.office, task(desk), AT).requests[0].reason == "第二项办法还没有印发"
    assert ask(desk) > 0


def test_a_version_that_is_no_longer_current_decides_nothing(desk):
    ask(desk)
    with pytest.raises(Conflict):
        close_task(desk.session, desk.office, desk.id, met=dict.fromkeys(desk.measures, True), notes={},
                   grade=Grade.good, version=1, at=AT)


@pytest.mark.parametrize(("end", "again", "reason"), [
    (TaskDeed.suspend, TaskDeed.resume, "任务暂缓"), (TaskDeed.cancel, TaskDeed.reopen, "任务取消")])
def test_what_is_suspended_or_cancelled_owes_nothing_until_it_goes_on(desk, end, again, reason):
    assert consequence(desk.session, task(desk), end, desk.office, AT).waived == 6
    assert keep(desk, end) == 6
    assert set(states(desk)) == {State.waived}
    assert set(desk.session.scalars(select(Decision.reason).where(Decision.deed == "waive"))) == {reason}
    assert consequence(desk.session, task(desk), again, desk.office, AT).owed_again == 6
    assert keep(desk, again) == 6
    assert set(states(desk)) == {State.pending}


def test_what_was_due_meanwhile_is_not_owed_again(desk):
    keep(desk, TaskDeed.suspend)
    assert keep(desk, TaskDeed.resume, at=moment("2026-10-20")) == 3
    assert states(desk) == [*[State.waived] * 3, *[State.pending] * 3]


def test_a_draft_is_a_draft_again_and_its_text_is_kept(desk):
    save_draft(desk.session, desk.clerk, desk.owed[0], text=make_text("写了一半"), version=1, at=AT)
    keep(desk, TaskDeed.suspend)
    keep(desk, TaskDeed.resume)
    assert states(desk)[0] is State.draft


def test_what_the_office_waived_by_itself_stays_waived(desk):
    waive_report(desk.session, desk.office, desk.owed[5], reason="已并入专项", version=1, at=AT)
    keep(desk, TaskDeed.suspend)
    keep(desk, TaskDeed.resume)
    assert states(desk) == [*[State.pending] * 5, State.waived]


@pytest.mark.parametrize("end", [TaskDeed.suspend, TaskDeed.cancel])
def test_a_task_that_has_ended_opens_nothing(desk, end):
    keep(desk, end)
    with deed(desk.session, desk.office, AT) as d:
        plan = current_plan(d.session)
        plan.first_period = "2026Q4"
        assert open_current(d, plan.id) == 0


def test_the_offices_steps_need_a_reason_and_the_offices_role(desk):
    with pytest.raises(Refused, match="请写明理由"):
        keep(desk, TaskDeed.suspend, reason=" ")
    with pytest.raises(Forbidden):
        keep(desk, TaskDeed.suspend, actor=desk.clerk)
    with pytest.raises(Forbidden):
        keep(desk, TaskDeed.close)
    assert task(desk).state is TaskState.in_progress


def test_the_past_knows_the_state_of_then(desk):
    keep(desk, TaskDeed.suspend)
    keep(desk, TaskDeed.resume, at=AT + timedelta(hours=1))
    history = load_history(desk.session, current_plan(desk.session), AT + timedelta(hours=2))
    row = task(desk)
    seen = [history.task_state_at(row, AT + timedelta(minutes=minutes)) for minutes in (-1, 0, 60)]
    assert seen == [TaskState.in_progress, TaskState.suspended, TaskState.in_progress]
    states_then = [{one.state for one in history.obligations_at(AT + timedelta(minutes=minutes))}
                   for minutes in (-1, 0, 60)]
    assert states_then == [{State.pending}, {State.waived}, {State.pending}]


def duty(desk, unit="州财政局"):
    return next(row for row in releasable(desk.session, desk.office, task(desk)) if row.unit == unit)


def test_a_co_unit_asks_to_be_released_and_the_office_grants_it(desk):
    assert [(row.unit, row.mine) for row in releasable(desk.session, desk.co, task(desk))] == [("州财政局", True)]
    request = ask_release(desk.session, desk.co, duty(desk).responsibility_id, statement="资金已全部下达", at=AT)
    with pytest.raises(Refused, match="已经申请"):
        ask_release(desk.session, desk.co, duty(desk).responsibility_id, statement="资金已全部下达", at=AT)
    assert decide_release(desk.session, desk.office, request, granted=True, at=AT) == 2
    assert [row.unit for row in releasable(desk.session, desk.office, task(desk))] == ["州教育局"]
    assert states(desk).count(State.waived) == 2
    assert task(desk).state is TaskState.in_progress
    with pytest.raises(Refused, match="已经办理过"):
        decide_release(desk.session, desk.office, request, granted=True, at=AT)


def test_a_release_refused_has_its_reason_and_nothing_ends(desk):
    request = ask_release(desk.session, desk.co, duty(desk).responsibility_id, statement="已完成", at=AT)
    with pytest.raises(Refused):
        decide_release(desk.session, desk.office, request, granted=False, at=AT)
    decide_release(desk.session, desk.office, request, granted=False, reason="还有一笔没有下达", at=AT)
    assert set(states(desk)) == {State.pending}
    assert releases_of_task(desk.session, desk.office, task(desk), AT)[0].reason == "还有一笔没有下达"


def test_the_office_releases_by_itself_with_a_reason(desk):
    assert duty(desk).open_reports == 2
    assert release(desk.session, desk.office, duty(desk).responsibility_id, reason="职责已划转", at=AT) == 2
    with pytest.raises(NotYours):
        release(desk.session, desk.office, 999, reason="职责已划转", at=AT)


def test_a_lead_is_not_released_and_no_unit_speaks_for_another(desk):
    ids = [row.responsibility_id for row in releasable(desk.session, desk.office, task(desk))]
    lead = min(ids) - 1
    with pytest.raises(Refused, match="牵头单位不能部门办结"):
        release(desk.session, desk.office, lead, reason="职责已划转", at=AT)
    with pytest.raises(Forbidden):
        ask_release(desk.session, desk.clerk, ids[0], statement="已完成", at=AT)


def test_what_was_waived_by_the_course_is_not_undone_by_itself(desk):
    keep(desk, TaskDeed.suspend)
    row = desk.session.get_one(Obligation, desk.owed[0])
    with pytest.raises(Refused, match="不能撤销"):
        undo_decision(desk.session, desk.office, row.id, version=row.version, at=AT)
    assert set(states(desk)) == {State.waived}


def test_a_unit_outside_the_task_reads_nothing_of_its_closing(desk):
    ask(desk)
    stranger = make_actor(desk.session, unit=make_unit(desk.session, name="州文旅局"))
    assert closing_of_task(desk.session, stranger, task(desk), AT).requests == ()
    assert releases_of_task(desk.session, stranger, task(desk), AT) == ()
    assert len(closing_of_task(desk.session, desk.co, task(desk), AT).requests) == 1


def test_what_waited_for_the_head_goes_out_no_more_and_is_a_draft_again(desk):
    make_actor(desk.session, UserRole.head, unit=desk.lead)
    submit_lead(desk)
    keep(desk, TaskDeed.suspend)
    assert desk.session.scalars(select(ReportVersion.withdrawn_at)).one() == AT
    keep(desk, TaskDeed.resume)
    assert states(desk)[0] is State.draft
