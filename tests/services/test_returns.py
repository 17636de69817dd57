"""一单位一表 sent as one deed, and the texts that are never lost: the loser's, the colleague's, the questioned one."""
from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.factories import make_actor, make_obligation, make_task, make_text, make_unit, moment
from tracker.domain.actors import SYSTEM
from tracker.domain.words import Role, State, UserRole
from tracker.errors import Conflict, Forbidden, NotYours, Refused, SecrecyQuestion
from tracker.models import DraftCopy, Obligation, Report, ReportVersion, Setting
from tracker.services.office_rules import OfficeRules, change_rules, office_rules
from tracker.services.reporting import Handed, save_draft, submit_report, submit_return

AT = moment("2026-10-08 09:30")


@pytest.fixture
def desk(session: Session) -> SimpleNamespace:
    """州科技局 leads task 1 and works with task 2: two obligations, two clerks."""
    unit = make_unit(session)
    first = make_obligation(session, unit=unit)
    second = make_obligation(session, unit=unit, task=make_task(session, number="2", co=(unit,)), role=Role.co)
    return SimpleNamespace(session=session, unit=unit, rows=(first, second), clerk=make_actor(session, unit=unit),
                           colleague=make_actor(session, unit=unit))


def send(desk, *texts, key="k1", **others):
    rows = [Handed(row.id, row.version, text) for row, text in zip(desk.rows, texts, strict=True)]
    return submit_return(desk.session, desk.clerk, rows, request_key=key, at=AT, **others)


def states(desk):
    return [row.state for row in desk.session.scalars(select(Obligation).order_by(Obligation.id))]


def copies(desk):
    return [(row.written_by, row.progress) for row in desk.session.scalars(select(DraftCopy).order_by(DraftCopy.id))]


def save(desk, text, version, actor=None, at=AT):
    return save_draft(desk.session, actor or desk.clerk, desk.rows[0].id, text=make_text(text), version=version, at=at)


def test_a_whole_return_is_sent_at_once(desk):
    send(desk, make_text("一"), make_text("二"))
    assert states(desk) == [State.submitted, State.submitted]
    assert len(desk.session.scalars(select(ReportVersion)).all()) == 2


def test_one_row_that_is_not_complete_keeps_the_whole_return_back_and_is_named(desk):
    with pytest.raises(Refused) as refused:
        send(desk, make_text("一"), make_text("", self_rating=None))
    name = f"r{desk.rows[1].id}"
    assert set(refused.value.fields) == {f"{name}-progress", f"{name}-self_rating"}
    assert str(refused.value) == "有1件还没写全，整表没有提交。写的都在，请补好再交。"
    assert states(desk) == [State.pending, State.pending]


def test_the_same_return_again_is_the_same_return(desk):
    send(desk, make_text("一"), make_text("二"))
    send(desk, make_text("一"), make_text("二"))
    assert len(desk.session.scalars(select(ReportVersion)).all()) == 2


def test_a_return_that_one_row_stops_changes_none_and_keeps_what_was_typed(desk):
    save(desk, "同事先写的", 1, desk.colleague)
    desk.session.refresh(desk.rows[1])
    rows = [Handed(desk.rows[0].id, 1, make_text("一")), Handed(desk.rows[1].id, 1, make_text("二"))]
    with pytest.raises(Conflict):
        submit_return(desk.session, desk.clerk, rows, request_key="k", at=AT)
    assert states(desk) == [State.draft, State.pending]
    assert copies(desk) == [("州科技局填报员", "一"), ("州科技局填报员", "二")]


def test_another_units_row_in_a_return_looks_as_if_it_were_not_there(desk):
    other = make_obligation(desk.session, unit=make_unit(desk.session, name="州文旅局"))
    with pytest.raises(NotYours):
        submit_return(desk.session, desk.clerk, [Handed(other.id, 1, make_text())], request_key="k", at=AT)


def test_an_empty_return_is_said_to_be_empty(desk):
    with pytest.raises(Refused, match="没有可以提交的"):
        submit_return(desk.session, desk.clerk, [], request_key="k", at=AT)


def test_the_text_of_the_second_of_two_writers_is_kept_beside(desk):
    save(desk, "先存的", 1)
    with pytest.raises(Conflict):
        save(desk, "后存的", 1, desk.colleague)
    assert desk.session.get_one(Report, desk.rows[0].id).progress == "先存的"
    assert copies(desk) == [("州科技局填报员", "后存的")]


def test_a_retry_of_the_losing_text_keeps_one_copy(desk):
    save(desk, "先存的", 1)
    for _ in range(3):
        with pytest.raises(Conflict):
            save(desk, "后存的", 1, desk.colleague)
    assert copies(desk) == [("州科技局填报员", "后存的")]


def test_what_a_colleague_had_written_is_kept_when_it_is_overwritten(desk):
    office_name = make_actor(desk.session, UserRole.clerk, unit=desk.unit)
    named = type(office_name)(**{**office_name.__dict__, "name": "刘科员"})
    version = save(desk, "先存的", 1, named)
    save(desk, "后存的", version)
    assert copies(desk) == [("刘科员", "先存的")]


def test_the_losing_submission_is_kept_too(desk):
    save(desk, "先存的", 1)
    with pytest.raises(Conflict):
        submit_report(desk.session, desk.colleague, desk.rows[0].id, text=make_text("要交的"), version=1,
                      request_key="k", at=AT)
    assert copies(desk) == [("州科技局填报员", "要交的")]


@pytest.mark.parametrize("act", ["save", "submit", "return"])
def test_marks_of_classified_papers_stop_with_a_question_and_nothing_is_kept(desk, act):
    text = make_text("依据秘密★5年文件办理")
    row = desk.rows[0]
    acts = {
        "save": lambda **more: save_draft(desk.session, desk.clerk, row.id, text=text, version=row.version, at=AT,
                                          **more),
        "submit": lambda **more: submit_report(desk.session, desk.clerk, row.id, text=text, version=row.version,
                                               request_key="k", at=AT, **more),
        "return": lambda **more: send(desk, text, make_text("二"), **more),
    }
    with pytest.raises(SecrecyQuestion) as asked:
        acts[act]()
    assert asked.value.marks == ("秘密★",)
    assert desk.session.scalars(select(Report)).all() == desk.session.scalars(select(DraftCopy)).all() == []
    acts[act](not_secret=True)
    assert desk.session.get_one(Report, row.id).progress == "依据秘密★5年文件办理"


def test_rules_have_their_defaults_until_the_office_changes_them(desk):
    assert office_rules(desk.session) == OfficeRules(similarity=0.85, evidence_mb=50, slip_scan=True)
    office = make_actor(desk.session)
    change_rules(desk.session, office, OfficeRules(0.9, 20, False), at=AT)
    assert office_rules(desk.session) == OfficeRules(0.9, 20, False)
    assert desk.session.get_one(Setting, "office_rules").value["similarity"] == 0.9


@pytest.mark.parametrize(("rules", "field"), [
    (OfficeRules(similarity=0.49), "similarity"), (OfficeRules(similarity=1.01), "similarity"),
    (OfficeRules(evidence_mb=0), "evidence_mb"), (OfficeRules(evidence_mb=201), "evidence_mb")])
def test_rules_that_cannot_be_are_refused(desk, rules, field):
    with pytest.raises(Refused) as refused:
        change_rules(desk.session, make_actor(desk.session), rules, at=AT)
    assert set(refused.value.fields) == {field}


@pytest.mark.parametrize("role", [UserRole.leader, UserRole.admin])
def test_only_the_office_changes_rules(desk, role):
    with pytest.raises(Forbidden):
        change_rules(desk.session, make_actor(desk.session, role), OfficeRules(), at=AT)
    change_rules(desk.session, SYSTEM, OfficeRules(evidence_mb=10), at=AT + timedelta(days=1))
