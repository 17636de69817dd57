"""代填: the office enters a unit's telephone or paper answer; it counts from when it came, and says what it is."""
from __future__ import annotations

import io
from datetime import timedelta
from types import SimpleNamespace

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.factories import make_actor, make_obligation, make_text, make_unit, moment
from tracker.domain.words import Rating, Source, State, UserRole
from tracker.errors import Conflict, Forbidden, NotYours, Refused, SecrecyQuestion
from tracker.models import AuditEvent, DraftCopy, DueDate, Obligation, ReportVersion, VersionAttachment
from tracker.services.entering import confirm_entry, enter_for
from tracker.services.evidence import attach
from tracker.services.file_store import EVIDENCE, receive
from tracker.services.history import load_history
from tracker.services.plan_view import current_plan
from tracker.services.reporting import save_draft
from tracker.services.reviewing import accept_report

AT = moment("2026-10-14 10:00")
CAME = moment("2026-10-13 17:00")


@pytest.fixture
def desk(session: Session) -> SimpleNamespace:
    """州科技局's lead report, due 2026-10-13 18:00; its clerk, its head, two of the office."""
    unit = make_unit(session)
    row = make_obligation(session, unit=unit)
    return SimpleNamespace(session=session, id=row.id, row=row, clerk=make_actor(session, unit=unit),
                           head=make_actor(session, UserRole.head, unit=unit),
                           office=make_actor(session), colleague=make_actor(session))


def enter(desk, *, text=None, source=Source.telephone, came=CAME, key="k1", actor=None, **others):
    return enter_for(desk.session, actor or desk.office, desk.id, text=text or make_text(), source=source,
                     received_at=came, version=desk.row.version, request_key=key, at=AT, **others)


def confirm(desk, actor=None):
    return confirm_entry(desk.session, actor or desk.clerk, desk.id, version=desk.row.version, at=AT)


def accept(desk, actor):
    return accept_report(desk.session, actor, desk.id, judged=Rating.on_track, version=desk.row.version, at=AT)


def test_it_counts_as_delivered_when_the_answer_came_and_waits_for_no_signature(desk):
    row = enter(desk, note="办公室张科员电话答复")
    assert (row.state, row.delivered_at, row.on_time, row.to_sign) == (State.signed, CAME, True, False)
    version = desk.session.scalars(select(ReportVersion)).one()
    assert (version.source, version.sent_at, version.submitted_by) == (Source.telephone, AT, "督查员")
    facts = desk.session.scalars(select(AuditEvent.facts)).one()
    assert facts["received_at"] == CAME.isoformat()


def test_sheets_of_the_time_before_it_was_entered_do_not_know_it(desk):
    enter(desk)
    history = load_history(desk.session, current_plan(desk.session), AT)
    before = history.obligations_at(AT - timedelta(seconds=1))[0]
    after = history.obligations_at(AT)[0]
    assert (before.delivered_at, before.text) == (None, None)
    assert (after.delivered_at, after.text) == (CAME, make_text())


@pytest.mark.parametrize(("came", "sentence"), [
    (AT + timedelta(seconds=1), "答复时间不能晚于现在"),
    (moment("2026-06-30 23:59"), "答复时间不能早于这一期开始填报的时间"),
])
def test_an_answer_comes_within_the_period_and_not_from_the_future(desk, came, sentence):
    with pytest.raises(Refused) as refused:
        enter(desk, came=came)
    assert refused.value.fields == {"received_at": sentence}
    assert desk.session.scalars(select(ReportVersion)).all() == []


def test_only_the_office_enters_and_never_as_if_it_were_the_unit(desk):
    with pytest.raises(Forbidden, match="“代填”由督查员办理"):
        enter(desk, actor=desk.clerk)
    with pytest.raises(Refused) as refused:
        enter(desk, source=Source.unit)
    assert refused.value.fields == {"source": "请选电话答复或书面答复"}


def test_the_draft_that_the_unit_had_begun_is_kept(desk):
    save_draft(desk.session, desk.clerk, desk.id, text=make_text("写了一半"), version=1, at=CAME)
    enter(desk)
    assert [(row.progress, row.written_by) for row in desk.session.scalars(select(DraftCopy))] == [
        ("写了一半", "州科技局填报员")]


def test_a_retry_enters_once_and_another_text_under_the_same_key_is_refused(desk):
    enter(desk)
    enter(desk)
    assert len(desk.session.scalars(select(ReportVersion)).all()) == 1
    with pytest.raises(Conflict):
        enter(desk, text=make_text("别的"))


def test_marks_of_classified_papers_stop_it_with_a_question(desk):
    with pytest.raises(SecrecyQuestion, match="“机密★”"):
        enter(desk, text=make_text("见机密★10年文件"))
    assert enter(desk, text=make_text("见机密★10年文件"), not_secret=True).state is State.signed


def test_who_entered_it_does_not_accept_it_before_the_unit_confirmed(desk):
    enter(desk)
    with pytest.raises(Forbidden, match="代填的，不能由您审核"):
        accept(desk, desk.office)
    confirm(desk)
    assert accept(desk, desk.office).state is State.accepted


def test_a_colleague_accepts_it_and_the_unit_may_confirm_afterwards(desk):
    enter(desk)
    accept(desk, desk.colleague)
    assert confirm(desk, desk.head).state is State.accepted
    version = desk.session.scalars(select(ReportVersion)).one()
    assert (version.confirmed_at, version.confirmed_by) == (AT, "州科技局审签人")


def test_it_is_confirmed_once_and_by_the_unit_alone(desk):
    enter(desk)
    with pytest.raises(NotYours):
        confirm(desk, make_actor(desk.session, unit=make_unit(desk.session, name="州文旅局")))
    with pytest.raises(Forbidden):
        confirm(desk, desk.office)
    confirm(desk)
    with pytest.raises(Refused, match="已经确认过"):
        confirm(desk)
    assert desk.session.get_one(Obligation, desk.id).state is State.signed


def test_an_answer_that_came_late_is_late_whatever_was_extended_since(desk):
    later = moment("2026-10-20 18:00")
    desk.session.add(DueDate(obligation_id=desk.id, due_at=later, recorded_at=AT, actor_name="督查员"))
    desk.row.due_at = later
    desk.session.commit()
    assert enter(desk, came=moment("2026-10-13 18:01")).on_time is False


def test_what_the_unit_only_kept_with_its_draft_goes_out_with_no_entry(desk, settings):
    desk.session.info[EVIDENCE] = settings.data_dir / "evidence"
    pdf = io.BytesIO(b"%PDF-1.4\n1 0 obj <</Type /Catalog>> endobj\ntrailer <</Root 1 0 R>>\n%%EOF\n")
    with receive(desk.session, pdf, "内部草稿.pdf") as stored:
        attach(desk.session, desk.clerk, desk.id, stored=stored, name=stored.name, dated_on=None, at=CAME)
    enter(desk)
    assert desk.session.scalars(select(VersionAttachment)).all() == []
