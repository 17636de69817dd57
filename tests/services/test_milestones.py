"""节点 done with evidence, taken back, carried over; who reads and who may open what hangs on them."""
from __future__ import annotations

from contextlib import ExitStack
from datetime import date
from io import BytesIO
from types import SimpleNamespace

import pytest
from sqlalchemy.orm import Session

from tests.factories import make_actor, make_obligation, make_responsibility, make_task, make_unit, moment
from tests.services.evidence_desk import pdf, with_folder
from tests.services.test_year_plans import approve, milestones, write
from tracker.domain.words import Colour, TaskState, UserRole
from tracker.errors import Forbidden, NotYours, Refused, SecrecyQuestion
from tracker.models import Milestone, Plan, StandingUnit, Task
from tracker.services.evidence import detach, open_attachment
from tracker.services.file_store import receive
from tracker.services.history import load_history
from tracker.services.ledger import task_lamps_at
from tracker.services.milestone_facts import milestone_counts
from tracker.services.milestones import (
    MilestonePage,
    milestone_page,
    milestones_of_task,
    report_done,
    undo_done,
)
from tracker.services.own_milestones import own_milestones, waiting_year_plans
from tracker.services.purging import ask_purge_of_file, carry_out
from tracker.services.year_plan_page import year_plan_page
from tracker.services.year_plans import return_plan

AT = moment("2026-10-12 09:00")
NODES = (("印发方案", "2026-09-30"), ("建成平台", "2026-10-20"), ("验收", "2026-12-20"))


@pytest.fixture
def desk(session: Session, tmp_path) -> SimpleNamespace:
    """州科技局 leads task 1, 州财政局 owns the second milestone, 州教育局 works with them, 州文旅局 has no part."""
    with_folder(session, tmp_path)
    lead, co, third, other = (make_unit(session, name=name)
                              for name in ("州科技局", "州财政局", "州教育局", "州文旅局"))
    task = make_task(session, lead=lead, co=[co, third])
    desk = SimpleNamespace(
        session=session, task=task, lead=lead, co=co, other=other, clerk=make_actor(session, unit=lead),
        co_clerk=make_actor(session, unit=co), third=make_actor(session, unit=third),
        stranger=make_actor(session, unit=other), office=make_actor(session),
        leader=make_actor(session, UserRole.leader), admin=make_actor(session, UserRole.admin))
    plan = write(desk, *NODES)
    milestones(session, plan)[1].owner_id = co.id
    session.commit()
    desk.plan = approve(desk, plan, at=moment("2026-10-09 10:00"))
    desk.ids = [one.id for one in milestones(session, desk.plan)]
    return desk


def done(desk, place, who=None, *, done_on=date(2026, 10, 9), files=("发文.pdf",), at=AT, **others) -> Milestone:
    with ExitStack() as stack:
        received = [stack.enter_context(receive(desk.session, BytesIO(pdf(name)), name)) for name in files]
        return report_done(desk.session, who or desk.clerk, desk.ids[place], done_on=done_on, files=received, at=at,
                           **({"statement": "已印发，西科〔2026〕8号"} | others))


def shown(desk, who=None, at=AT):
    found = milestones_of_task(desk.session, who or desk.office, desk.session.get_one(Task, desk.task.id), at)
    return None if found is None else [(row.name, row.words, row.late) for row in found.rows]


def test_done_with_a_day_words_and_evidence(session, desk):
    one = done(desk, 0)
    assert (one.done_on, one.done_at, one.done_by, one.statement) == (
        date(2026, 10, 9), AT, "州科技局填报员", "已印发，西科〔2026〕8号")
    row = milestones_of_task(session, desk.leader, desk.task, AT).rows[0]
    assert ([file.name for file in row.files], row.words) == (["发文.pdf"], "晚2个工作日完成")


def test_how_each_stands_is_said_in_working_days(desk):
    assert shown(desk) == [("印发方案", "逾期4个工作日", True), ("建成平台", "还有6个工作日", False),
                           ("验收", "还有49个工作日", False)]
    done(desk, 1, done_on=date(2026, 10, 10))
    assert shown(desk)[1] == ("建成平台", "按期完成", False)


@pytest.mark.parametrize(("wrong", "fields"), [
    pytest.param({"done_on": None}, {"done_on": "请写明哪一天完成的"}, id="no day"),
    pytest.param({"done_on": date(2026, 10, 13)}, {"done_on": "完成日期要在2025年6月26日到今天（2026年10月12日）之间"},
                 id="ahead"),
    pytest.param({"done_on": date(2025, 6, 25)}, {"done_on": "完成日期要在2025年6月26日到今天（2026年10月12日）之间"},
                 id="before the notice"),
    pytest.param({"statement": " "}, {"statement": "请写一句完成的情况：做成了什么，文号或数量"}, id="no words"),
    pytest.param({"files": ()}, {"file": "节点完成要附至少1份佐证材料"}, id="no evidence"),
])
def test_without_a_day_words_or_evidence_nothing_is_done(session, desk, wrong, fields):
    with pytest.raises(Refused) as refusal:
        done(desk, 0, **wrong)
    assert refusal.value.fields == fields
    assert session.get_one(Milestone, desk.ids[0]).done_on is None


def test_it_is_reported_by_the_lead_or_its_owner_once(desk):
    for who in (desk.third, desk.co_clerk):
        with pytest.raises(Forbidden):
            done(desk, 0, who)
    for who in (desk.office, desk.leader):
        with pytest.raises(Forbidden):
            done(desk, 0, who)
    with pytest.raises(NotYours):
        done(desk, 0, desk.stranger)
    done(desk, 1, desk.co_clerk)
    with pytest.raises(Refused, match="州财政局填报员已在2026年10月9日报完成"):
        done(desk, 1)


def test_marks_of_classified_papers_are_asked_about_and_nothing_is_kept_meanwhile(session, desk):
    with pytest.raises(SecrecyQuestion):
        done(desk, 0, statement="见机密★文件")
    with pytest.raises(SecrecyQuestion):
        done(desk, 0, files=("机密★方案.pdf",))
    assert session.get_one(Milestone, desk.ids[0]).done_on is None
    assert done(desk, 0, statement="见机密★文件", not_secret=True).done_on == date(2026, 10, 9)


def test_its_files_are_read_by_the_units_of_the_task_the_office_and_the_leaders(session, desk):
    done(desk, 0)
    file = milestones_of_task(session, desk.office, desk.task, AT).rows[0].files[0]
    for who in (desk.clerk, desk.co_clerk, desk.third, desk.office, desk.leader):
        assert open_attachment(session, who, file.id, at=AT).name == "发文.pdf"
    for who in (desk.stranger, desk.admin):
        with pytest.raises(NotYours):
            open_attachment(session, who, file.id, at=AT)
    with pytest.raises(Forbidden, match="不能取下"):
        detach(session, desk.clerk, file.id, at=AT)


def test_a_standing_co_unit_reads_the_course_of_the_task(session, desk):
    assert shown(desk, desk.stranger) is None
    session.add(StandingUnit(plan_id=desk.task.plan_id, unit_id=desk.other.id, position=1,
                             since_on=date(2025, 6, 26), recorded_at=moment("2025-06-26")))
    session.commit()
    assert len(shown(desk, desk.stranger)) == 3


def test_taken_back_by_the_office_it_is_open_again_and_what_was_stays(session, desk):
    done(desk, 0)
    later = moment("2026-10-13 09:00")
    with pytest.raises(Forbidden):
        undo_done(session, desk.clerk, desk.ids[0], reason="误报", at=later)
    with pytest.raises(Refused):
        undo_done(session, desk.office, desk.ids[0], reason="", at=later)
    again = undo_done(session, desk.office, desk.ids[0], reason="文件还没有印发", at=later)
    assert (again.done_on, session.get_one(Milestone, desk.ids[0]).done_on) == (None, date(2026, 10, 9))
    assert shown(desk, at=later)[0] == ("印发方案", "逾期5个工作日", True)
    page = milestone_page(session, desk.clerk, again.id, later)
    assert isinstance(page, MilestonePage)
    assert page.undone == ((later, "督查员", "文件还没有印发"),)
    assert milestone_page(session, desk.clerk, desk.ids[0], later)[1] == 2026
    with pytest.raises(Refused, match="已经不在执行的计划里"):
        undo_done(session, desk.office, desk.ids[0], reason="误报", at=later)


def test_the_lamp_of_each_past_moment_stays_what_it_was(session, desk):
    done(desk, 0)
    undone = moment("2026-10-13 09:00")
    undo_done(session, desk.office, desk.ids[0], reason="误报", at=undone)
    history = load_history(session, session.get_one(Plan, desk.task.plan_id), undone)
    reasons = {at: task_lamps_at(history, moment(at))[desk.task.id].reason
               for at in ("2026-10-09 09:59", "2026-10-09 10:00", "2026-10-12 08:59", "2026-10-12 09:00",
                          "2026-10-13 09:00")}
    assert reasons == {
        "2026-10-09 09:59": "还没有应报的进展报告",
        "2026-10-09 10:00": "节点“印发方案”2026年9月30日到期，逾期2个工作日，尚未完成",
        "2026-10-12 08:59": "节点“印发方案”2026年9月30日到期，逾期4个工作日，尚未完成",
        "2026-10-12 09:00": "节点“建成平台”2026年10月20日到期，还有6个工作日，尚未完成",
        "2026-10-13 09:00": "节点“印发方案”2026年9月30日到期，逾期5个工作日，尚未完成"}
    assert task_lamps_at(history, undone)[desk.task.id].colour is Colour.red


def test_what_is_done_is_carried_over_with_its_evidence_into_the_next_plan(session, desk):
    done(desk, 0)
    later = moment("2026-10-14 09:00")
    page = year_plan_page(session, desk.clerk, "1", 2026, later)
    assert [row.name for row in page.open_rows] == ["建成平台", "验收"]
    plan = write(desk, ("甲", "2026-11-30"), at=later)
    done(desk, 1, desk.co_clerk, at=later)              # while the revision waits
    approve(desk, plan, at=moment("2026-10-15 09:00"))
    found = milestones_of_task(session, desk.office, desk.task, moment("2026-10-15 09:00"))
    assert [(row.name, row.done_on, [file.name for file in row.files]) for row in found.rows] == [
        ("印发方案", date(2026, 10, 9), ["发文.pdf"]), ("建成平台", date(2026, 10, 9), ["发文.pdf"]),
        ("甲", None, [])]


def test_counted_done_of_due_and_no_more_once_the_task_ended(session, desk):
    done(desk, 1, desk.co_clerk)
    counts = milestone_counts(session, desk.office, [session.get_one(Task, desk.task.id)], AT)
    assert [(one.word, one.done, one.due, one.late, one.total) for one in counts.values()] == [("1/2", 1, 2, 1, 3)]
    assert milestone_counts(session, desk.stranger, [session.get_one(Task, desk.task.id)], AT) == {}
    task = session.get_one(Task, desk.task.id)
    task.state = TaskState.closed
    session.commit()
    assert milestone_counts(session, desk.office, [session.get_one(Task, desk.task.id)], AT) == {}
    assert shown(desk)[0] == ("印发方案", "不再计时", False)
    with pytest.raises(Refused, match="节点不再变动"):
        done(desk, 0)


def test_a_unit_that_joined_reads_them_too(session, desk):
    make_responsibility(session, task=desk.task, unit=desk.other, position=4)
    assert len(shown(desk, desk.stranger)) == 3


def test_a_file_sent_by_mistake_is_out_of_reach_at_once_and_purged_by_another_person(session, desk, tmp_path):
    make_obligation(session, task=desk.task, unit=desk.lead)
    done(desk, 0)
    file = milestones_of_task(session, desk.office, desk.task, AT).rows[0].files[0]
    purge = ask_purge_of_file(session, desk.clerk, file.id, reason="传错了文件", at=AT)
    with pytest.raises(Refused, match="正按涉密误传处理"):
        open_attachment(session, desk.leader, file.id, at=AT)
    carry_out(session, desk.office, purge.id, export_dir=tmp_path, at=AT)
    row = milestones_of_task(session, desk.office, desk.task, AT).rows[0]
    assert (row.done_on, row.files[0].reach) == (date(2026, 10, 9), "这份材料已按涉密误传清除，内容不在了。")


def own(desk, who, at=AT):
    return [(row.name, row.words, row.late) for row in own_milestones(desk.session, who, at).rows]


def test_a_unit_finds_what_is_late_or_near_on_its_desk_the_lead_all_of_the_task(session, desk):
    late, near = ("印发方案", "逾期4个工作日", True), ("建成平台", "还有6个工作日", False)
    assert [own(desk, who) for who in (desk.clerk, desk.co_clerk, desk.third, desk.stranger, desk.office)] == [
        [late, near], [near], [], [], []]
    assert own(desk, desk.co_clerk, moment("2026-09-29 23:59")) == []       # 11 working days before
    assert own(desk, desk.co_clerk, moment("2026-09-30 00:00")) == [("建成平台", "还有10个工作日", False)]
    done(desk, 1, desk.co_clerk)
    assert own(desk, desk.co_clerk) == []
    session.get_one(Task, desk.task.id).state = TaskState.closed
    session.commit()
    assert own(desk, desk.clerk) == []


def test_a_plan_that_was_sent_back_stands_on_the_leads_desk_until_the_next_is_filed(session, desk):
    plan = write(desk, *NODES)
    assert waiting_year_plans(session) == 1
    return_plan(session, desk.office, "1", 2026, reason="验收太晚", plan_id=plan.id, version=plan.version, at=AT)
    assert [own_milestones(session, who, AT).returned for who in (desk.clerk, desk.co_clerk)] == [(("1", 2026),), ()]
    write(desk, *NODES)
    assert (own_milestones(session, desk.clerk, AT).returned, waiting_year_plans(session)) == ((), 1)
