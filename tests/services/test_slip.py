"""报送单: what a unit reports in a period on one sheet, as far as the reader may know it."""
from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import pytest
from sqlalchemy.orm import Session

from tests.factories import (
    actor_of,
    make_actor,
    make_obligation,
    make_period,
    make_plan,
    make_section,
    make_task,
    make_text,
    make_unit,
    make_user,
    moment,
)
from tracker.domain.words import FileKind, MeasureKind, Purpose, Rating, Role, Source, State, UserRole
from tracker.errors import Forbidden, NotYours
from tracker.models import Attachment, Measure, Obligation, Setting, StoredFile
from tracker.services.entering import enter_for
from tracker.services.reporting import save_draft, submit_report, withdraw_report
from tracker.services.reviewing import waive_report
from tracker.services.signing import sign_report
from tracker.services.slip import slip, slip_choices

AT = moment("2026-10-08 09:30")


@pytest.fixture
def desk(session: Session) -> SimpleNamespace:
    """州科技局 in 2026Q3 with its clerk and head, and the office."""
    plan, unit = make_plan(session), make_unit(session)
    head = actor_of(session, make_user(session, UserRole.head, unit=unit, name="李局长"))
    clerk = actor_of(session, make_user(session, unit=unit, name="韩科员"))
    return SimpleNamespace(session=session, plan=plan, unit=unit, head=head, clerk=clerk, office=make_actor(session),
                           period=make_period(session))


def owe(desk, number, role=Role.lead, **others):
    task = make_task(desk.session, number=number, lead=desk.unit)
    return make_obligation(desk.session, task=task, unit=desk.unit, period=desk.period, role=role, **others).id


def version(desk, row):
    desk.session.rollback()
    return desk.session.get_one(Obligation, row).version


def submit(desk, row, text=None):
    submit_report(desk.session, desk.clerk, row, text=text or make_text(), version=version(desk, row),
                  request_key=f"k{version(desk, row)}", at=AT)
    return row


def sign(desk, row, actor=None):
    sign_report(desk.session, actor or desk.head, row, version=version(desk, row), at=AT)
    return row


def sheet(desk, actor=None, at=AT, **options):
    return slip(desk.session, actor or desk.clerk, "2026Q3", at, **options)


def said(rows):
    return [(row.task_number, row.handed_in, row.text.progress if row.text else None) for row in rows]


def test_the_leads_come_first_and_each_says_how_far_it_is(desk):
    sign(desk, submit(desk, owe(desk, "1", Role.co)))
    submit(desk, owe(desk, "2"), make_text("已立项12项。"))
    save_draft(desk.session, desk.clerk, owe(desk, "3"), text=make_text("写了一半"), version=1, at=AT)
    owe(desk, "4")
    waive_report(desk.session, desk.office, owe(desk, "5"), reason="已部门办结", version=1, at=AT)
    found = sheet(desk)
    assert said(found.rows) == [("2", True, "已立项12项。"), ("3", False, "写了一半"), ("4", False, None),
                                ("5", False, None), ("1", True, "科技计划项目已立项12项，下达资金860万元。")]
    assert [(row.state, row.to_sign, row.delivery_word) for row in found.rows] == [
        (State.submitted, True, "未到期"), (State.draft, False, "未到期"), (State.pending, False, "未到期"),
        (State.waived, False, "免报"), (State.signed, False, "按时")]
    assert (found.unit, found.period_label, found.open) == ("州科技局", "2026年第三季度", 2)
    assert (found.writers, found.signers) == (("韩科员",), ("李局长",))


def test_the_office_reads_only_what_went_out(desk):
    sign(desk, submit(desk, owe(desk, "1"), make_text("已报出1项。")))
    submit(desk, owe(desk, "2"), make_text("等审签2项。"))
    save_draft(desk.session, desk.clerk, owe(desk, "3"), text=make_text("写了一半"), version=1, at=AT)
    found = sheet(desk, desk.office, unit_id=desk.unit.id)
    assert said(found.rows) == [("1", True, "已报出1项。"), ("2", False, None), ("3", False, None)]
    assert found.writers == ("韩科员",)


def test_what_was_withdrawn_is_a_draft_again(desk):
    row = submit(desk, owe(desk, "1"), make_text("已立项12项。"))
    withdraw_report(desk.session, desk.clerk, row, version=version(desk, row), at=AT)
    assert said(sheet(desk).rows) == [("1", False, "已立项12项。")]


def test_measures_and_evidence_stand_with_it_and_a_deputys_name_says_for_whom(desk):
    row = owe(desk, "1")
    owed = desk.session.get_one(Obligation, row)
    desk.session.add(Measure(task_id=owed.task_id, key="fund", kind=MeasureKind.sum, name="下达资金", as_written="资金",
                             unit_word="万元", position=1))
    desk.session.add(StoredFile(sha256="0" * 64, size_bytes=3, kind=FileKind.pdf, media_type="application/pdf",
                                stored_at=AT))
    desk.session.flush()
    for name, purpose in (("a.pdf", Purpose.evidence), ("b.pdf", Purpose.evidence), ("c.pdf", Purpose.answer)):
        desk.session.add(Attachment(obligation_id=row, unit_id=owed.unit_id, period_id=owed.period_id, purpose=purpose,
                                    sha256="0" * 64, name=name, uploaded_at=AT, uploaded_by="韩科员"))
    desk.session.commit()
    deputy = replace(actor_of(desk.session, make_user(desk.session, unit=desk.unit, name="马副局长")),
                     roles=frozenset({UserRole.head}), deputy_for="李局长")
    sign(desk, submit(desk, row, make_text(measures=(("fund", "860"),), self_rating=Rating.ahead)), deputy)
    line, = sheet(desk).rows
    assert (line.files, line.measures, line.text.self_rating) == (2, (("下达资金", "860万元"),), Rating.ahead)
    assert (line.submitted_by, line.signed_by) == ("韩科员", "马副局长（代李局长）")


def test_what_the_office_entered_says_so(desk):
    row = owe(desk, "1")
    enter_for(desk.session, desk.office, row, text=make_text(), source=Source.telephone, received_at=AT, version=1,
              request_key="e1", at=AT, note="王主任")
    line, = sheet(desk).rows
    assert (line.source, line.signed_by, line.handed_in) == (Source.telephone, "", True)


def test_another_units_sheet_looks_like_none(desk):
    owe(desk, "1")
    finance = make_unit(desk.session, name="州财政局")
    stranger = make_actor(desk.session, unit=finance)
    for actor, options in ((stranger, {"unit_id": desk.unit.id}), (stranger, {}), (desk.office, {}),
                           (desk.office, {"unit_id": finance.id}), (desk.office, {"unit_id": 2**40}),
                           (desk.office, {"unit_id": -1}), (desk.clerk, {"plan_key": "nowhere"})):
        with pytest.raises(NotYours):
            sheet(desk, actor, **options)
    with pytest.raises(NotYours):
        slip(desk.session, desk.clerk, "2026Q9", AT)
    with pytest.raises(NotYours):
        sheet(desk, at=moment("2026-06-30 23:59"))
    for role in (UserRole.leader, UserRole.admin):
        with pytest.raises(Forbidden):
            sheet(desk, make_actor(desk.session, role), unit_id=desk.unit.id)


def test_a_part_that_one_may_read_is_not_a_sheet_of_ones_own(desk):
    """The lead reads its co-units' parts, but their sheet is theirs."""
    finance = make_unit(desk.session, name="州财政局")
    task = make_task(desk.session, number="1", lead=desk.unit, co=(finance,))
    part = make_obligation(desk.session, task=task, unit=finance, period=desk.period, role=Role.co).id
    submit_report(desk.session, make_actor(desk.session, unit=finance), part, text=make_text(), version=1,
                  request_key="k", at=AT)
    with pytest.raises(NotYours):
        sheet(desk)
    assert slip_choices(desk.session, desk.clerk, AT).periods == ()


def test_of_several_plans_the_latest_is_shown_and_the_others_named(desk):
    owe(desk, "1")
    other = make_plan(desk.session, key="2024-26", short_name="旧方案", issued_on=moment("2024-03-01").date())
    section = make_section(desk.session, plan=other)
    task = make_task(desk.session, number="8", lead=desk.unit, plan=other, section=section)
    make_obligation(desk.session, task=task, unit=desk.unit, period=make_period(desk.session, plan=other))
    found = sheet(desk)
    assert (found.plan_key, said(found.rows)) == ("2025-27", [("1", False, None)])
    assert found.plans == (("2025-27", "科技创新行动方案"), ("2024-26", "旧方案"))
    assert said(sheet(desk, plan_key="2024-26").rows) == [("8", False, None)]


def test_what_there_is_to_choose_from(desk):
    assert slip_choices(desk.session, desk.clerk, AT).periods == ()
    owe(desk, "1")
    make_obligation(desk.session, unit=desk.unit, period=make_period(desk.session, key="2026Q2"))
    make_unit(desk.session, name="州财政局")
    assert slip_choices(desk.session, desk.clerk, AT).periods == (
        ("2026Q3", "2026年第三季度"), ("2026Q2", "2026年第二季度"))
    chosen = slip_choices(desk.session, desk.office, AT)
    assert (len(chosen.periods), chosen.units) == (2, ((desk.unit.id, "州科技局"),))


def test_the_slot_for_the_scan_is_a_setting(desk):
    owe(desk, "1")
    assert sheet(desk).scan_slot is True
    desk.session.add(Setting(key="office_rules", value={"slip_scan": False}))
    desk.session.commit()
    assert sheet(desk).scan_slot is False


def test_sixty_rows_cost_as_many_queries_as_two(desk, count_queries):
    submit(desk, owe(desk, "1"))
    owe(desk, "2")
    with count_queries() as few:
        sheet(desk)
    for number in range(3, 61):
        owe(desk, str(number))
    desk.session.rollback()
    with count_queries() as many:
        assert len(sheet(desk).rows) == 60
    assert len(many) == len(few)
