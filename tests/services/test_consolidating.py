"""Quoting co-units' parts into the lead's draft (引用), with their origin; and who may."""
from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from tests.digest import digest_of
from tests.factories import make_actor, make_obligation, make_task, make_text
from tests.services.leading import AT, LATER, MORE, SAID, Scene
from tracker.domain.actors import SYSTEM, Actor
from tracker.domain.words import Rating, Role, State, UserRole
from tracker.errors import Conflict, Forbidden, NotYours, Refused, SecrecyQuestion
from tracker.models import DraftCopy, Objection, Obligation, Quotation, Report, Responsibility
from tracker.services.consolidating import (
    answer_objection,
    chase_silent,
    drop_quotation,
    note_quotation,
    object_to,
    quote,
)
from tracker.services.deed import SEAL, Seal
from tracker.services.lead_desk import lead_desk, quoted_of
from tracker.services.purging import ask_purge_of_report
from tracker.services.reporting import save_draft
from tracker.services.reviewing import accept_report


@pytest.fixture
def scene(session: Session) -> Scene:
    return Scene(session)


def test_a_part_is_quoted_as_a_paragraph_with_its_units_name(scene: Scene) -> None:
    scene.give("州财政局")
    scene.draft("州科技局", "本局立项12项。")
    assert scene.quote() == scene.version()
    assert scene.written() == f"本局立项12项。\n州财政局：{SAID}{MORE}"
    row = scene.session.scalars(select(Quotation)).one()
    assert (row.obligation_id, row.text, row.quoted_at, row.quoted_by, row.dropped_at) == (
        scene.lead_id, SAID + MORE, AT, "州科技局填报员", None)
    line = scene.desk().quotes[0]
    assert (line.unit, line.number, line.newest, line.now.text, line.now.changed) == (
        "州财政局", 1, 1, SAID + MORE, False)


def test_a_passage_is_quoted_alone(scene: Scene) -> None:
    scene.give("州财政局")
    scene.quote(text=f" {SAID}\r\n")
    assert scene.written() == f"州财政局：{SAID}"
    assert scene.session.get_one(Obligation, scene.lead_id).state is State.draft


def test_what_is_typed_is_saved_with_it_and_the_rest_of_the_draft_stays(scene: Scene) -> None:
    scene.give("州财政局")
    scene.quote(text=SAID, typed=make_text("写了一半", problems="缺人", self_rating=Rating.behind, percent=40))
    scene.quote(text=MORE)
    report = scene.session.get_one(Report, scene.lead_id)
    assert (report.progress, report.problems, report.self_rating, report.percent) == (
        f"写了一半\n州财政局：{SAID}\n州财政局：{MORE}", "缺人", Rating.behind, 40)


def test_words_that_stand_there_already_only_get_their_origin(scene: Scene) -> None:
    scene.give("州财政局")
    scene.quote(typed=make_text(f"据州财政局报，{SAID}{MORE}"))
    scene.quote()
    assert scene.written() == f"据州财政局报，{SAID}{MORE}"
    assert len(scene.session.scalars(select(Quotation)).all()) == 1


def test_the_same_click_twice_quotes_once(scene: Scene) -> None:
    scene.give("州财政局")
    first = scene.version()
    then = scene.quote(version=first)
    assert scene.quote(version=first) == then == scene.version()
    assert scene.written() == f"州财政局：{SAID}{MORE}"


def test_of_quotes_at_the_same_moment_none_is_lost(scene: Scene, engine: Engine, seal: Seal) -> None:
    """One wins; the others are told, and what they had typed is kept."""
    def click(number: int) -> bool:
        with Session(engine, info={SEAL: seal}) as session:
            try:
                quote(session, scene.lead, scene.lead_id, part_obligation_id=scene.owed["州财政局"], version=version,
                      at=AT, typed=make_text(f"第{number}个窗口写的"))
                return True
            except Conflict:
                return False

    scene.give("州财政局")
    version = scene.version()
    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(click, range(4))) == [False, False, False, True]
    kept = {scene.written().split("\n")[0], *(copy.progress for copy in scene.session.scalars(select(DraftCopy)))}
    assert kept == {f"第{number}个窗口写的" for number in range(4)}
    assert len(scene.session.scalars(select(Quotation)).all()) == 1


def test_the_page_that_put_the_words_in_itself_leaves_only_their_origin(scene: Scene) -> None:
    scene.give("州财政局")
    version = scene.version()
    note_quotation(scene.session, scene.lead, scene.lead_id, part_obligation_id=scene.owed["州财政局"], text=SAID,
                   at=AT)
    assert scene.version() == version
    assert scene.session.get(Report, scene.lead_id) is None
    line = scene.desk().quotes[0]
    assert (line.text, line.now.gone) == (SAID, True)
    scene.draft("州科技局", f"州财政局：{SAID}")
    assert not scene.desk().quotes[0].now.gone


@pytest.mark.parametrize("text", ["别的话", "草稿里的话", SAID.replace("300", "500")])
def test_only_a_units_own_words_are_quoted(scene: Scene, text: str) -> None:
    scene.give("州财政局")
    before = digest_of(scene.session)
    with pytest.raises(Refused, match="不是州财政局所报进展情况里的原文") as refused:
        scene.quote(text=text)
    assert list(refused.value.fields) == ["text"]
    assert digest_of(scene.session) == before


def test_what_is_hidden_as_classified_is_not_quoted(scene: Scene) -> None:
    scene.give("州财政局")
    ask_purge_of_report(scene.session, scene.office, scene.owed["州财政局"], reason="误录", at=AT)
    with pytest.raises(Refused, match="涉密误传"):
        scene.quote()


def test_too_long_a_text_is_refused_and_nothing_is_noted(scene: Scene) -> None:
    scene.give("州财政局")
    with pytest.raises(Refused, match="最多5,000字"):
        scene.quote(typed=make_text("写" * 4990))
    assert scene.session.scalars(select(Quotation)).all() == []


def test_marks_of_classified_papers_in_what_is_typed_are_asked_about(scene: Scene) -> None:
    scene.give("州财政局")
    with pytest.raises(SecrecyQuestion):
        scene.quote(typed=make_text("内部资料一份"))
    scene.quote(typed=make_text("内部资料一份"), not_secret=True)
    assert scene.written().startswith("内部资料一份\n州财政局：")


def test_another_writer_was_first_and_both_texts_are_kept(scene: Scene) -> None:
    scene.give("州财政局")
    version = scene.version()
    colleague = make_actor(scene.session, UserRole.clerk, unit=scene.units["州科技局"])
    colleague = Actor(colleague.user_id, "李科员", colleague.roles, colleague.unit_id, colleague.unit_name)
    save_draft(scene.session, colleague, scene.lead_id, text=make_text("同事写的"), version=version, at=AT)
    with pytest.raises(Conflict, match="李科员"):
        scene.quote(version=version, typed=make_text("我写的"))
    assert scene.written() == "同事写的"
    assert [copy.progress for copy in scene.session.scalars(select(DraftCopy))] == ["我写的"]
    assert scene.session.scalars(select(Quotation)).all() == []


def test_a_newer_version_of_what_was_quoted_is_told(scene: Scene) -> None:
    scene.give("州财政局")
    scene.quote()
    scene.send_back("州财政局")
    assert (scene.desk().quotes[0].number, scene.desk().quotes[0].newest) == (1, 1)
    scene.give("州财政局", "重报：新建实验室4个。", at=LATER)
    assert (scene.desk().quotes[0].number, scene.desk().quotes[0].newest) == (1, 2)
    scene.quote()
    assert scene.written().endswith("州财政局：重报：新建实验室4个。")


def test_a_quotation_of_a_part_taken_back_says_so(scene: Scene) -> None:
    scene.give("州财政局")
    scene.quote()
    scene.take_back("州财政局")
    assert scene.desk().quotes[0].newest == 0


def test_a_changed_quotation_is_shown_as_it_stands_with_the_difference_by_words(scene: Scene) -> None:
    scene.give("州财政局")
    scene.quote(text=SAID)
    scene.draft("州科技局", f"立项12项。\n州财政局：{SAID.replace('300', '30')}下期继续。")
    line = scene.desk().quotes[0]
    assert (line.now.text, line.now.changed) == ("配合落实资金30万元，新建实验室3个。", True)
    assert line.compared == (
        [("配合落实资金", False), ("300", True), ("万元，新建实验室3个。", False)],
        [("配合落实资金", False), ("30", True), ("万元，新建实验室3个。", False)])


def test_nothing_is_quoted_into_a_report_that_was_handed_in(scene: Scene) -> None:
    scene.give("州财政局")
    scene.give("州科技局", "立项12项。")
    assert not scene.desk().may_quote
    for deed in (lambda: scene.quote(), lambda: note_quotation(
            scene.session, scene.lead, scene.lead_id, part_obligation_id=scene.owed["州财政局"], at=AT)):
        with pytest.raises(Refused):
            deed()
    assert scene.session.scalars(select(Quotation)).all() == []


def test_a_quotation_taken_back_takes_its_paragraph_with_it(scene: Scene) -> None:
    scene.give("州财政局")
    scene.quote(text=SAID, typed=make_text("立项12项。"))
    save_draft(scene.session, scene.lead, scene.lead_id, text=make_text(scene.written() + "\n最后一段。"),
               version=scene.version(), at=AT)
    kept = scene.desk().quotes[0].id
    drop_quotation(scene.session, scene.lead, kept, version=scene.version(), at=AT)
    assert scene.written() == "立项12项。\n最后一段。"
    assert scene.desk().quotes == ()
    with pytest.raises(Refused, match="已经取消"):
        drop_quotation(scene.session, scene.lead, kept, version=scene.version(), at=AT)


def test_a_quotation_whose_changed_words_are_in_use_is_not_taken_back(scene: Scene) -> None:
    scene.give("州财政局")
    scene.quote(text=SAID)
    scene.draft("州科技局", f"州财政局：{SAID.replace('300', '30')}")
    with pytest.raises(Refused, match="还在稿子里"):
        drop_quotation(scene.session, scene.lead, scene.desk().quotes[0].id, version=scene.version(), at=AT)


def deeds(scene: Scene, kept: int, objection: int) -> list[Callable[[Actor], Any]]:
    """The lead's deeds, each by whoever tries."""
    session, lead_id, part = scene.session, scene.lead_id, scene.owed["州财政局"]
    version = scene.version()
    return [
        lambda who: lead_desk(session, who, lead_id, AT),
        lambda who: quote(session, who, lead_id, part_obligation_id=part, version=version, at=AT),
        lambda who: quote(session, who, lead_id, part_obligation_id=part, text="猜的话", version=99, at=AT),
        lambda who: note_quotation(session, who, lead_id, part_obligation_id=part, at=AT),
        lambda who: chase_silent(session, who, lead_id, at=AT),
        lambda who: drop_quotation(session, who, kept, version=version, at=AT),
        lambda who: answer_objection(session, who, objection, answer="答", at=AT)]


def test_the_desk_is_there_for_the_leads_clerk_only(scene: Scene) -> None:
    kept = scene.quoted()
    object_to(scene.session, scene.clerk["州财政局"], kept, words="不对", at=AT)
    accept_report(scene.session, scene.office, scene.lead_id, judged=Rating.on_track, version=scene.version(), at=AT)
    objection = scene.session.scalars(select(Objection.id)).one()
    others = [scene.clerk[name] for name in ("州财政局", "州教育局", "州文旅局")] + [
        scene.office, SYSTEM, make_actor(scene.session, UserRole.head, unit=scene.units["州科技局"]),
        *(make_actor(scene.session, role) for role in (UserRole.leader, UserRole.admin, UserRole.auditor))]
    before = digest_of(scene.session)
    for who in others:
        for deed in deeds(scene, kept, objection):
            with pytest.raises(NotYours):
                deed(who)
    assert digest_of(scene.session) == before


def test_an_objection_is_the_quoted_units_clerks(scene: Scene) -> None:
    kept = scene.quoted()
    head = make_actor(scene.session, UserRole.head, unit=scene.units["州财政局"])
    for who in (scene.lead, scene.clerk["州教育局"], scene.clerk["州文旅局"], scene.office, SYSTEM):
        with pytest.raises(NotYours):
            object_to(scene.session, who, kept, words="不对", at=AT)
    with pytest.raises(Forbidden):
        object_to(scene.session, head, kept, words="不对", at=AT)
    assert quoted_of(scene.session, head, scene.owed["州财政局"], AT) == scene.seen_by("州财政局")


def test_a_quotation_that_is_only_in_the_draft_is_not_there_to_object_to(scene: Scene) -> None:
    scene.give("州财政局")
    scene.quote(text=SAID)
    kept = scene.session.scalars(select(Quotation.id)).one()
    with pytest.raises(NotYours) as hidden:
        object_to(scene.session, scene.clerk["州财政局"], kept, words="不对", at=AT)
    with pytest.raises(NotYours) as absent:
        object_to(scene.session, scene.clerk["州财政局"], 9999, words="不对", at=AT)
    assert str(hidden.value) == str(absent.value)


def test_a_silent_part_its_draft_and_no_part_at_all_refuse_alike(scene: Scene) -> None:
    scene.draft("州教育局", "草稿里的话")
    elsewhere = make_obligation(scene.session, task=make_task(scene.session, number="2", lead=scene.units["州文旅局"]),
                                unit=scene.units["州文旅局"]).id
    said = set()
    for part in (scene.owed["州教育局"], scene.owed["州税务局"], elsewhere, scene.lead_id, 9999, 0, -1, 10**12):
        for text in ("", "草稿里的话"):
            with pytest.raises(NotYours) as refused:
                scene.quote(part_obligation_id=part, text=text)
            said.add(str(refused.value))
    assert len(said) == 1
    assert scene.session.get(Report, scene.lead_id) is None


def test_a_co_units_part_is_no_desk(scene: Scene) -> None:
    with pytest.raises(NotYours):
        lead_desk(scene.session, scene.clerk["州财政局"], scene.owed["州财政局"], AT)


def test_who_leads_no_more_reads_and_chases_nobody(scene: Scene) -> None:
    scene.give("州财政局")
    duty = scene.session.scalars(select(Responsibility).where(Responsibility.role == Role.lead)).one()
    duty.ended_at = AT
    scene.session.commit()
    assert scene.desk().total == 0
    with pytest.raises(Refused):
        chase_silent(scene.session, scene.lead, scene.lead_id, at=AT)
    with pytest.raises(NotYours):
        scene.quote()
