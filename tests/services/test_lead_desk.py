"""The lead's desk (牵头汇总台): who gave what; and what a co-unit sees of how it is quoted, and says to it."""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.factories import make_actor, make_obligation, make_period, make_responsibility, make_text, make_unit, moment
from tests.services.leading import AT, LATER, MORE, SAID, Scene
from tracker.domain.words import FileKind, Purpose, Role, UserRole
from tracker.errors import NotYours, Refused
from tracker.models import Attachment, Objection, Obligation, StandingUnit, StoredFile, Unit
from tracker.services.consolidating import answer_objection, drop_quotation, object_to, quote
from tracker.services.reporting import submit_report
from tracker.services.reviewing import waive_report
from tracker.services.signing import sign_report


@pytest.fixture
def scene(session: Session) -> Scene:
    return Scene(session)


def test_the_desk_says_who_gave_what_and_who_is_silent(scene: Scene) -> None:
    scene.give("州财政局")
    scene.draft("州教育局", "草稿里的话")
    desk = scene.desk()
    assert (desk.total, desk.task_number, desk.period_label, desk.may_quote) == (3, "1", "2026年第三季度", True)
    assert [(part.unit, part.text.progress, part.number, part.sent_at, part.delivery_word, part.files)
            for part in desk.given] == [("州财政局", SAID + MORE, 1, AT, "按时", 0)]
    assert [(part.unit, part.vertical, part.days_words, part.lamp.word, part.chased_at) for part in desk.silent] == [
        ("州教育局", False, "还有2个工作日", "临期", None), ("州税务局", True, "还有2个工作日", "临期", None)]


def test_the_files_that_went_with_the_last_version_are_counted(scene: Scene) -> None:
    session = scene.session
    part = session.get_one(Obligation, scene.owed["州财政局"])
    session.add(StoredFile(sha256="a" * 64, size_bytes=1, kind=FileKind.pdf, media_type="application/pdf",
                           stored_at=AT))
    session.flush()
    session.add_all(Attachment(obligation_id=part.id, unit_id=part.unit_id, period_id=part.period_id, name=name,
                               purpose=Purpose.evidence, sha256="a" * 64, uploaded_at=AT, uploaded_by="州财政局填报员")
                    for name in ("一.pdf", "二.pdf"))
    session.commit()
    scene.give("州财政局")
    assert [part.files for part in scene.desk().given] == [2]


def test_a_draft_and_an_untouched_part_look_the_same_to_the_lead(scene: Scene) -> None:
    before = scene.desk().silent
    scene.draft("州教育局", "草稿里的话")
    assert scene.desk().silent == before


def test_a_part_that_waits_for_its_head_is_silent_until_he_signs(scene: Scene) -> None:
    head = make_actor(scene.session, UserRole.head, unit=scene.units["州财政局"])
    scene.session.get_one(Unit, scene.units["州财政局"].id).sign_off = True
    scene.session.commit()
    scene.give("州财政局")
    assert [part.unit for part in scene.desk().silent] == ["州财政局", "州教育局", "州税务局"]
    with pytest.raises(NotYours):
        scene.quote()
    sign_report(scene.session, head, scene.owed["州财政局"], version=scene.version("州财政局"), at=LATER)
    assert [(part.unit, part.sent_at) for part in scene.desk(LATER).given] == [("州财政局", LATER)]


def test_what_is_waived_is_neither_given_nor_silent(scene: Scene) -> None:
    waive_report(scene.session, scene.office, scene.owed["州教育局"], reason="职责调整", version=1, at=AT)
    desk = scene.desk()
    assert [part.unit for part in desk.waived] == ["州教育局"]
    assert [part.unit for part in desk.silent] == ["州财政局", "州税务局"]


def test_a_part_taken_back_is_silent_again_and_its_words_are_gone(scene: Scene) -> None:
    scene.give("州财政局")
    scene.take_back("州财政局")
    assert [part.unit for part in scene.desk().silent] == ["州财政局", "州教育局", "州税务局"]


def test_what_standing_co_units_and_other_periods_owe_is_not_on_the_desk(scene: Scene) -> None:
    session, standing = scene.session, make_unit(scene.session, name="都兰县人民政府")
    session.add(StandingUnit(plan_id=scene.plan.id, unit_id=standing.id, position=1, since_on=scene.plan.issued_on,
                             recorded_at=scene.plan.loaded_at))
    session.commit()
    make_obligation(session, unit=standing, role=Role.standing_co, composite=True)
    make_obligation(session, task=scene.task, unit=scene.units["州财政局"], role=Role.co,
                    period=make_period(session, key="2026Q2"))
    assert scene.desk().total == 3


def test_the_desk_costs_the_same_for_few_and_for_many_co_units(scene: Scene, count_queries: Callable[[], Any]) -> None:
    def cost() -> int:
        scene.session.rollback()
        with count_queries() as seen:
            scene.desk()
        return len(seen)

    scene.give("州财政局")
    scene.quote()
    few = cost()
    for number in range(20):
        unit = make_unit(scene.session, name=f"州示例{number}局", sign_off=False)
        make_responsibility(scene.session, task=scene.task, unit=unit, position=10 + number)
        part = make_obligation(scene.session, task=scene.task, unit=unit, role=Role.co).id
        if number % 2:
            clerk = make_actor(scene.session, unit=unit)
            submit_report(scene.session, clerk, part, text=make_text(f"做了{number}件。"), version=1, request_key="k",
                          at=AT)
            quote(scene.session, scene.lead, scene.lead_id, part_obligation_id=part, version=scene.version(), at=AT)
    assert scene.desk().total == 23
    assert few == cost() == 6


def test_a_co_unit_sees_how_it_is_quoted_once_the_leads_report_went_out(scene: Scene) -> None:
    scene.give("州财政局")
    scene.quote(text=SAID)
    assert scene.seen_by("州财政局") == ()
    scene.give("州科技局", f"别的秘事。\n州财政局：{SAID.replace('300', '30')}")
    [line] = scene.seen_by("州财政局")
    assert (line.unit, line.number, line.text) == ("州科技局", 1, SAID)
    assert (line.now.text, line.now.changed) == ("配合落实资金30万元，新建实验室3个。", True)
    assert scene.seen_by("州教育局") == ()


def test_with_sign_off_it_sees_it_once_the_head_has_signed(scene: Scene) -> None:
    head = make_actor(scene.session, UserRole.head, unit=scene.units["州科技局"])
    scene.session.get_one(Unit, scene.units["州科技局"].id).sign_off = True
    scene.session.commit()
    scene.quoted()
    assert scene.seen_by("州财政局") == ()
    sign_report(scene.session, head, scene.lead_id, version=scene.version(), at=LATER)
    assert len(scene.seen_by("州财政局")) == 1


def test_what_the_lead_does_in_its_draft_afterwards_stays_there(scene: Scene) -> None:
    kept = scene.quoted()
    before = scene.seen_by("州财政局")
    scene.send_back("州科技局")
    scene.quote(text=MORE, at=LATER)
    scene.draft("州科技局", "全都改了，删掉了引用。", at=LATER)
    drop_quotation(scene.session, scene.lead, kept, version=scene.version(), at=LATER)
    assert scene.seen_by("州财政局", LATER) == before
    scene.give("州科技局", "全都改了，删掉了引用。", at=moment("2026-10-08 16:00"))
    assert scene.seen_by("州财政局", LATER) == ()


def test_a_report_taken_back_quotes_nobody(scene: Scene) -> None:
    scene.quoted()
    scene.take_back("州科技局", at=LATER)
    assert scene.seen_by("州财政局") == ()


def test_a_co_unit_objects_and_reads_the_answer(scene: Scene) -> None:
    kept, clerk = scene.quoted(SAID.replace("300", "30")), scene.clerk["州财政局"]
    object_to(scene.session, clerk, kept, words="是300万元。", at=AT)
    [line] = scene.seen_by("州财政局")
    assert line.open_objection is not None
    assert (line.open_objection.words, line.open_objection.by) == ("是300万元。", "州财政局填报员")
    with pytest.raises(Refused, match="等州科技局答复"):
        object_to(scene.session, clerk, kept, words="再说一遍", at=AT)
    [asked] = scene.desk().objected
    assert asked.unit == "州财政局"
    objection = scene.session.scalars(select(Objection.id)).one()
    answer_objection(scene.session, scene.lead, objection, answer="已更正，下一稿改过来。", at=LATER)
    [line] = scene.seen_by("州财政局")
    assert (line.open_objection, line.objections[0].answer) == (None, "已更正，下一稿改过来。")
    assert scene.desk().objected == ()
    with pytest.raises(Refused, match="已经答复过"):
        answer_objection(scene.session, scene.lead, objection, answer="又一句", at=LATER)
    object_to(scene.session, clerk, kept, words="还没有改。", at=LATER)
    assert len(scene.seen_by("州财政局")[0].objections) == 2


def test_an_objection_outlives_the_words_it_is_about(scene: Scene) -> None:
    kept = scene.quoted()
    object_to(scene.session, scene.clerk["州财政局"], kept, words="是300万元。", at=AT)
    scene.send_back("州科技局")
    with pytest.raises(Refused, match="先答复"):
        drop_quotation(scene.session, scene.lead, kept, version=scene.version(), at=LATER)
    scene.give("州科技局", "全都改了。", at=LATER)
    [line] = scene.seen_by("州财政局", LATER)
    assert (line.now.gone, line.open_objection is not None) == (True, True)


@pytest.mark.parametrize("words", ["", " \n ", "异" * 1001])
def test_an_objection_and_an_answer_need_words_that_fit(scene: Scene, words: str) -> None:
    kept = scene.quoted()
    with pytest.raises(Refused) as refused:
        object_to(scene.session, scene.clerk["州财政局"], kept, words=words, at=AT)
    assert list(refused.value.fields) == ["words"]
    object_to(scene.session, scene.clerk["州财政局"], kept, words="不对", at=AT)
    with pytest.raises(Refused) as refused:
        answer_objection(scene.session, scene.lead, scene.session.scalars(select(Objection.id)).one(), answer=words,
                         at=AT)
    assert list(refused.value.fields) == ["words"]
