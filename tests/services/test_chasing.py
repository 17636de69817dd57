"""Chasing the silent (催办) in the lead's own name, once a working day."""
from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from tests.factories import make_obligation, make_task, moment
from tests.services.leading import AT, LATER, Scene
from tracker.errors import NotYours, Refused
from tracker.models import AuditEvent
from tracker.services.consolidating import chase_silent
from tracker.services.deed import SEAL, Seal
from tracker.services.lead_desk import chases_of


@pytest.fixture
def scene(session: Session) -> Scene:
    return Scene(session)


def test_the_silent_are_chased_in_the_leads_name_each_by_its_kind(scene: Scene) -> None:
    scene.give("州财政局")
    assert chase_silent(scene.session, scene.lead, scene.lead_id, words="重点写资金。", at=AT) == 2
    assert [(row.obligation_id, row.by_unit_id, row.actor_name, row.words) for row in scene.chases()] == [
        (scene.owed["州教育局"], scene.units["州科技局"].id, "州科技局填报员",
         "请于10月10日（周六，补班）18:00前报送任务1的配合情况（2026年第三季度）。重点写资金。"),
        (scene.owed["州税务局"], scene.units["州科技局"].id, "州科技局填报员",
         "提请贵单位支持，于10月10日（周六，补班）18:00前提供任务1的配合情况（2026年第三季度）。重点写资金。")]
    event = scene.session.scalars(select(AuditEvent).order_by(AuditEvent.id.desc())).first()
    assert event is not None
    assert (event.action, event.facts) == (
        "report.chased", {"obligation": scene.lead_id, "parts": [scene.owed["州教育局"], scene.owed["州税务局"]]})


def test_past_the_due_moment_the_words_say_so(scene: Scene) -> None:
    late = moment("2026-10-12 09:00")
    chase_silent(scene.session, scene.lead, scene.lead_id, at=late,
                 part_ids=[scene.owed["州教育局"], scene.owed["州税务局"]])
    assert [row.words for row in scene.chases()] == [
        "任务1的配合情况（2026年第三季度）10月10日（周六，补班）18:00到期，还没有收到，请尽快报送。",
        "任务1的配合情况（2026年第三季度）10月10日（周六，补班）18:00到期，提请贵单位支持，尽快提供。"]


@pytest.mark.parametrize(("again", "chased"), [
    pytest.param("2026-10-08 23:59", 0, id="the same day"),
    pytest.param("2026-10-09 00:00", 3, id="the next working day"),
])
def test_each_is_chased_once_a_working_day(scene: Scene, again: str, chased: int) -> None:
    chase_silent(scene.session, scene.lead, scene.lead_id, at=AT)
    if chased:
        assert chase_silent(scene.session, scene.lead, scene.lead_id, at=moment(again)) == chased
        return
    with pytest.raises(Refused, match="今天都催过了"):
        chase_silent(scene.session, scene.lead, scene.lead_id, at=moment(again))
    assert len(scene.chases()) == 3


def test_a_weekend_is_no_new_working_day(scene: Scene) -> None:
    chase_silent(scene.session, scene.lead, scene.lead_id, at=moment("2026-10-16 17:00"))
    with pytest.raises(Refused, match="今天都催过了"):
        chase_silent(scene.session, scene.lead, scene.lead_id, at=moment("2026-10-18 09:00"))
    assert chase_silent(scene.session, scene.lead, scene.lead_id, at=moment("2026-10-19 09:00")) == 3


def test_who_delivered_or_was_chased_meanwhile_is_left_out(scene: Scene) -> None:
    chase_silent(scene.session, scene.lead, scene.lead_id, part_ids=[scene.owed["州教育局"]], at=AT)
    scene.give("州财政局")
    everybody = [scene.owed[name] for name in ("州财政局", "州教育局", "州税务局")]
    assert chase_silent(scene.session, scene.lead, scene.lead_id, part_ids=everybody, at=LATER) == 1
    assert [row.obligation_id for row in scene.chases()] == [scene.owed["州教育局"], scene.owed["州税务局"]]


def test_nobody_is_chased_once_all_are_in(scene: Scene) -> None:
    for name in ("州财政局", "州教育局", "州税务局"):
        scene.give(name)
    with pytest.raises(Refused, match="都报了"):
        chase_silent(scene.session, scene.lead, scene.lead_id, at=AT)


def test_only_the_tasks_own_parts_are_chased(scene: Scene) -> None:
    other = make_obligation(scene.session, task=make_task(scene.session, number="2"), unit=scene.units["州文旅局"]).id
    for part in (other, scene.lead_id, 10**12):
        with pytest.raises(NotYours):
            chase_silent(scene.session, scene.lead, scene.lead_id, part_ids=[scene.owed["州财政局"], part], at=AT)
    assert scene.chases() == []


def test_the_chased_unit_reads_who_chased_and_what(scene: Scene) -> None:
    chase_silent(scene.session, scene.lead, scene.lead_id, words="重点写资金。", at=AT)
    [line] = chases_of(scene.session, scene.clerk["州财政局"], scene.owed["州财政局"])
    assert (line.by, line.at) == ("州科技局", AT)
    assert line.words.endswith("重点写资金。")
    assert chases_of(scene.session, scene.office, scene.owed["州财政局"]) == ()
    with pytest.raises(NotYours):
        chases_of(scene.session, scene.clerk["州文旅局"], scene.owed["州财政局"])


def test_words_to_a_unit_have_their_limit(scene: Scene) -> None:
    with pytest.raises(Refused, match="最多1,000个字"):
        chase_silent(scene.session, scene.lead, scene.lead_id, words="催" * 1001, at=AT)


def test_of_clicks_at_the_same_moment_one_chases(scene: Scene, engine: Engine, seal: Seal) -> None:
    def click(_: int) -> int:
        with Session(engine, info={SEAL: seal}) as session:
            try:
                return chase_silent(session, scene.lead, scene.lead_id, at=AT)
            except Refused:
                return 0

    scene.session.rollback()
    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(click, range(4))) == [0, 0, 0, 3]
    assert len(scene.chases()) == 3
