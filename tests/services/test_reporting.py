"""The clerk's deeds: draft, submit, withdraw (DESIGN sections 4 and 11)."""
from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from tests.factories import make_actor, make_obligation, make_period, make_text, make_unit, moment
from tracker.domain.actors import SYSTEM
from tracker.domain.words import Deed, MeasureKind, Rating, Role, State, UserRole
from tracker.errors import Conflict, Forbidden, NotYours, Refused
from tracker.models import AuditEvent, Decision, Measure, Obligation, Report, ReportVersion
from tracker.services.deed import deed
from tracker.services.reporting import save_draft, submit_report, withdraw_report
from tracker.services.reviewing import accept_report, send_back

AT = moment("2026-10-08 09:30")
DUE = moment("2026-10-13 18:00")


@pytest.fixture
def desk(session: Session) -> SimpleNamespace:
    """州科技局's lead report on task 1 in 2026Q3, due 2026-10-13 18:00, with its clerks and the office."""
    unit = make_unit(session)
    obligation = make_obligation(session, unit=unit)
    return SimpleNamespace(session=session, id=obligation.id, row=obligation, unit=unit,
                           clerk=make_actor(session, unit=unit), office=make_actor(session))


def draft(desk, text, *, version=None, actor=None, at=AT):
    return save_draft(desk.session, actor or desk.clerk, desk.id, text=text, version=version or desk.row.version, at=at)


def submit(desk, text=None, *, version=None, actor=None, key="k1", at=AT):
    return submit_report(desk.session, actor or desk.clerk, desk.id, text=text or make_text(),
                         version=version or desk.row.version, request_key=key, at=at)


def withdraw(desk, *, at=AT, actor=None):
    return withdraw_report(desk.session, actor or desk.clerk, desk.id, version=desk.row.version, at=at)


def return_it(desk, *, at=AT):
    return send_back(desk.session, desk.office, desk.id, reason="请补充金额", version=desk.row.version, at=at)


def steps(desk):
    rows = desk.session.scalars(select(Decision).order_by(Decision.id))
    return [(row.deed, row.from_state, row.to_state) for row in rows]


def actions(desk):
    return list(desk.session.scalars(select(AuditEvent.action).order_by(AuditEvent.id)))


def test_the_first_draft_is_a_step_and_later_ones_only_replace_the_text(desk):
    assert draft(desk, make_text("写了一半", self_rating=None)) == 2
    assert draft(desk, make_text("又写了一些", percent=40), at=AT + timedelta(minutes=1)) == 3
    assert steps(desk) == [("save", "pending", "draft")]
    assert actions(desk) == ["report.draft_saved", "report.draft_saved"]
    written = desk.session.get_one(Report, desk.id)
    assert (written.progress, written.percent, written.edited_by) == ("又写了一些", 40, "州科技局填报员")
    assert written.edited_at == moment("2026-10-08 09:31")


def test_an_empty_draft_may_be_kept(desk):
    assert draft(desk, make_text("", self_rating=None)) == 2


def test_drafts_open_on_the_first_day_of_the_period(desk):
    with pytest.raises(Refused, match="7月1日（周三）00:00起可以填写"):
        draft(desk, make_text(), at=moment("2026-06-30 23:59"))
    assert draft(desk, make_text(), at=moment("2026-07-01")) == 2


def test_the_second_of_two_writers_is_told_by_whom_and_nothing_is_overwritten(desk):
    draft(desk, make_text("先存的"))
    colleague = make_actor(desk.session, unit=desk.unit)
    with pytest.raises(Conflict) as told:
        draft(desk, make_text("后存的"), version=1, actor=colleague, at=AT + timedelta(minutes=10))
    assert str(told.value) == "州科技局填报员 今天 09:30 也改了这一件。两份都留着，请并排看，选一份"
    assert (told.value.by, told.value.at) == ("州科技局填报员", AT)
    assert desk.session.get_one(Report, desk.id).progress == "先存的"


def test_a_writer_whom_the_office_overtook_is_told_which_step_was_taken(desk):
    submit(desk)
    stale = desk.row.version
    return_it(desk)
    with pytest.raises(Conflict, match="督查员 今天 09:30 已办理这一件（退回）。您的没有写进去，还在本页"):
        draft(desk, make_text(), version=stale)


def test_a_row_that_changed_within_the_deed_is_a_conflict_too(desk):
    def overtaken():
        with deed(desk.session, desk.clerk, AT) as d:
            row = d.session.get_one(Obligation, desk.id)
            d.session.execute(update(Obligation).values(version=9).execution_options(synchronize_session=False))
            row.overdue_since = DUE

    with pytest.raises(Conflict, match="别人刚改过这一件"):
        overtaken()


@pytest.mark.parametrize(("text", "field", "sentence"), [
    pytest.param(make_text(""), "progress", "“进展情况”还没写本期做到哪一步", id="nothing written"),
    pytest.param(make_text(" \n\t　"), "progress", "“进展情况”还没写本期做到哪一步", id="blanks only"),
    pytest.param(make_text("\x00\x07"), "progress", "“进展情况”还没写本期做到哪一步", id="control characters only"),
    pytest.param(make_text(self_rating=None), "self_rating", "“自评”还没选：超序时、达序时、欠序时、未启动或已完成",
                 id="no rating"),
    pytest.param(make_text(percent=101), "percent", "“完成比例”要填0到100的整数，没有就空着", id="percent over"),
    pytest.param(make_text(percent=-1), "percent", "“完成比例”要填0到100的整数，没有就空着", id="percent under"),
    pytest.param(make_text("长" * 5001), "progress", "“进展情况”写了5,001字，最多5,000字，请压缩", id="too long"),
    pytest.param(make_text(problems="长" * 3001), "problems", "“存在问题”写了3,001字，最多3,000字，请压缩",
                 id="problems too long"),
])
def test_what_is_wrong_is_said_at_its_field_and_nothing_is_written(desk, text, field, sentence):
    with pytest.raises(Refused) as refused:
        submit(desk, text)
    assert refused.value.fields == {field: sentence}
    assert desk.session.scalars(select(ReportVersion)).all() == []
    assert desk.session.get_one(Obligation, desk.id).state is State.pending


def test_what_no_page_or_sheet_can_show_is_taken_out(desk):
    submit(desk, make_text("  第一行\r\n第二行\x0b第三行\x00\ud800\ufffe 😀\u2028末行\n"))
    assert desk.session.scalars(select(ReportVersion.progress)).one() == "第一行\n第二行\n第三行 😀\n末行"


def test_submitting_freezes_a_version_and_delivers_on_time(desk):
    submit(desk, make_text(percent=60, next_steps="四季度验收"), at=DUE)
    row = desk.session.get_one(Obligation, desk.id)
    assert (row.state, row.delivered_at, row.on_time) == (State.submitted, DUE, True)
    version = desk.session.scalars(select(ReportVersion)).one()
    assert (version.number, version.submitted_by, version.percent, version.next_steps) == (
        1, "州科技局填报员", 60, "四季度验收")
    assert steps(desk) == [("submit", "pending", "submitted")]
    assert actions(desk) == ["report.submitted"]


def test_late_is_recorded_never_refused_and_the_overdue_stamp_stays(desk):
    desk.row.overdue_since = DUE
    desk.session.commit()
    submit(desk, at=moment("2026-10-13 18:01"))
    row = desk.session.get_one(Obligation, desk.id)
    assert (row.on_time, row.overdue_since) == (False, DUE)


def test_a_locked_period_takes_no_first_report_and_keeps_the_draft(session):
    unit = make_unit(session)
    row = make_obligation(session, unit=unit, period=make_period(session, locks_at=moment("2026-11-01")))
    desk = SimpleNamespace(session=session, id=row.id, row=row, clerk=make_actor(session, unit=unit))
    draft(desk, make_text("草稿"), at=moment("2026-11-02"))
    with pytest.raises(Refused, match="这一期11月1日（周日）00:00已经锁定，不再收报告。草稿还在"):
        submit(desk, at=moment("2026-11-02"))
    assert session.get_one(Report, row.id).progress == "草稿"
    submit(desk, at=moment("2026-10-31 23:59"))
    assert session.get_one(Obligation, row.id).on_time is False


def test_a_returned_report_may_come_back_though_the_period_is_locked(session):
    unit = make_unit(session)
    row = make_obligation(session, unit=unit, period=make_period(session, locks_at=moment("2026-11-01")))
    desk = SimpleNamespace(session=session, id=row.id, row=row, clerk=make_actor(session, unit=unit),
                           office=make_actor(session))
    submit(desk)
    return_it(desk)
    assert submit(desk, key="k2", at=moment("2026-11-02")).state is State.submitted


def test_the_same_key_again_is_the_same_submission(desk):
    submit(desk, version=1)
    again = submit(desk, version=1, at=AT + timedelta(seconds=2))
    assert (again.state, again.delivered_at) == (State.submitted, AT)
    assert desk.session.scalars(select(ReportVersion.number)).all() == [1]
    assert actions(desk) == ["report.submitted"]


def test_the_same_key_with_other_words_is_a_conflict(desk):
    submit(desk, make_text("第一次说的12项"), version=1)
    with pytest.raises(Conflict, match="这次提交先前已经收到，内容与现在的不同"):
        submit(desk, make_text("第二次说的15项"), version=1)
    assert desk.session.scalars(select(ReportVersion.progress)).all() == ["第一次说的12项"]


@pytest.mark.parametrize("key", ["", "a b", "钥匙", "k" * 65, "k\x00"])
def test_a_submission_without_a_proper_key_is_refused(desk, key):
    with pytest.raises(Refused, match="这一页缺了提交编号"):
        submit(desk, key=key)


def test_a_resubmission_ends_the_second_clock_and_never_touches_the_first_delivery(desk):
    submit(desk, at=DUE)
    return_it(desk, at=DUE + timedelta(days=1))
    assert desk.session.get_one(Obligation, desk.id).resubmit_due_at == moment("2026-10-16 18:00")
    submit(desk, make_text("补了金额860万元"), key="k2", at=moment("2026-10-20 10:00"))
    row = desk.session.get_one(Obligation, desk.id)
    assert (row.delivered_at, row.on_time, row.resubmit_due_at) == (DUE, True, None)
    assert desk.session.scalars(select(ReportVersion.number).order_by(ReportVersion.id)).all() == [1, 2]


def test_writing_again_after_a_return_leaves_it_returned(desk):
    submit(desk)
    return_it(desk)
    before = desk.row.version
    assert draft(desk, make_text("正在改")) == before + 1
    assert desk.session.get_one(Obligation, desk.id).state is State.returned


def test_withdrawing_clears_the_delivery_and_keeps_the_words(desk):
    submit(desk, make_text("先交的12项"))
    withdraw(desk, at=AT + timedelta(minutes=5))
    row = desk.session.get_one(Obligation, desk.id)
    assert (row.state, row.delivered_at, row.on_time) == (State.draft, None, None)
    assert desk.session.get_one(Report, desk.id).progress == "先交的12项"
    assert desk.session.scalars(select(ReportVersion.withdrawn_at)).one() == moment("2026-10-08 09:35")
    submit(desk, make_text("后交的15项"), key="k2", at=DUE + timedelta(minutes=1))
    assert desk.session.get_one(Obligation, desk.id).on_time is False
    assert steps(desk) == [("submit", "pending", "submitted"), ("withdraw", "submitted", "draft"),
                           ("submit", "draft", "submitted")]


def test_nothing_is_withdrawn_once_the_due_moment_has_come(desk):
    submit(desk)
    with pytest.raises(Refused, match="应报时限已过，不能直接撤回；要改请联系督查室退回"):
        withdraw(desk, at=DUE)
    assert withdraw(desk, at=DUE - timedelta(seconds=1)).state is State.draft


def test_nothing_is_withdrawn_once_the_office_has_decided(desk):
    submit(desk)
    return_it(desk)
    submit(desk, key="k2")
    with pytest.raises(Refused, match="已有签发或审核意见，不能直接撤回"):
        withdraw(desk)
    accept_report(desk.session, desk.office, desk.id, judged=Rating.on_track, version=desk.row.version, at=AT)
    with pytest.raises(Refused, match="这一件现在是“已通过”，不能撤回"):
        withdraw(desk)


@pytest.mark.parametrize("role", [UserRole.supervisor, UserRole.leader])
def test_the_office_writes_no_reports(desk, role):
    with pytest.raises(Forbidden, match="由填报员办理，没有改动任何内容"):
        draft(desk, make_text(), actor=make_actor(desk.session, role))


def test_a_head_does_not_write_either(desk):
    with pytest.raises(Forbidden):
        draft(desk, make_text(), actor=make_actor(desk.session, UserRole.head, unit=desk.unit))


def test_the_lead_reads_a_part_and_cannot_write_it(desk):
    other = make_unit(desk.session, name="州财政局")
    part = make_obligation(desk.session, unit=other)
    submit_report(desk.session, make_actor(desk.session, unit=other), part.id, text=make_text(), version=1,
                  request_key="k", at=AT)
    with pytest.raises(Forbidden, match="这一件由应报单位填报，您可以看，不能改"):
        withdraw_report(desk.session, desk.clerk, part.id, version=2, at=AT)


def test_strangers_and_the_system_find_nothing_to_write_to(desk):
    stranger = make_actor(desk.session, unit=make_unit(desk.session, name="州文旅局"))
    for actor in (stranger, SYSTEM, make_actor(desk.session, UserRole.admin)):
        for act in (lambda actor: draft(desk, make_text(), actor=actor), lambda actor: submit(desk, actor=actor),
                    lambda actor: withdraw(desk, actor=actor)):
            with pytest.raises(NotYours):
                act(actor)
    assert steps(desk) == []


@pytest.mark.parametrize("step", [Deed.save, Deed.submit, Deed.withdraw])
def test_an_accepted_report_stays_as_it_is(desk, step):
    submit(desk)
    accept_report(desk.session, desk.office, desk.id, judged=Rating.on_track, version=desk.row.version, at=AT)
    act = {Deed.save: lambda: draft(desk, make_text()), Deed.submit: lambda: submit(desk, key="k2"),
           Deed.withdraw: lambda: withdraw(desk)}[step]
    with pytest.raises(Refused, match="这一件现在是“已通过”"):
        act()


def test_values_are_of_the_tasks_own_measures_and_the_leads_to_report(desk):
    row = desk.session.get_one(Obligation, desk.id)
    desk.session.add(Measure(task_id=row.task_id, key="fund", kind=MeasureKind.sum, name="专项资金", as_written="",
                             unit_word="万元", position=1))
    desk.session.commit()
    assert draft(desk, make_text(measures=(("fund", "860"),))) == 2
    with pytest.raises(Refused, match="填的举措数据不是这一件的，没有存"):
        draft(desk, make_text(measures=(("another", "1"),)), version=2)
    with pytest.raises(Refused, match="填的举措数据不是这一件的，没有存"):
        submit(desk, make_text(measures=(("another", "1"),)), version=2)
    row.role = Role.co
    desk.session.commit()
    with pytest.raises(Refused, match="填的举措数据不是这一件的，没有存"):
        draft(desk, make_text(measures=(("fund", "860"),)))
