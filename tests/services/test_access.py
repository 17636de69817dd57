"""Who sees which report, and from when on (DESIGN section 8)."""
from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from tests.factories import (
    make_actor,
    make_obligation,
    make_period,
    make_plan,
    make_task,
    make_text,
    make_unit,
    moment,
)
from tracker.domain.actors import SYSTEM, Actor
from tracker.domain.words import Deed, Rating, Role, UserRole
from tracker.errors import NotYours
from tracker.models import Obligation, Responsibility, StandingUnit, Unit
from tracker.services.access import get_obligation, may_read_text, visible_obligations
from tracker.services.report_page import report_page
from tracker.services.reporting import save_draft, submit_report, withdraw_report
from tracker.services.reviewing import accept_report, send_back
from tracker.services.signing import send_to_clerk, sign_report

AT = moment("2026-10-08 09:30")


class Scene:
    """Task 1: 州科技局 leads, 州财政局 and 州税务局 work with it, 都兰县人民政府 stands by; 州文旅局 is a stranger."""

    def __init__(self, session: Session) -> None:
        names = ("州科技局", "州财政局", "州税务局", "州文旅局", "都兰县人民政府")
        lead, co, other, stranger, standing = (make_unit(session, name=name, sign_off=False) for name in names)
        plan = make_plan(session)
        task = make_task(session, lead=lead, co=(co, other))
        session.add(StandingUnit(plan_id=plan.id, unit_id=standing.id, position=1, since_on=plan.issued_on,
                                 recorded_at=plan.loaded_at))
        session.commit()
        make_period(session)
        self.session, self.task = session, task
        self.lead_id = make_obligation(session, task=task, unit=lead).id
        self.part_id = make_obligation(session, task=task, unit=co, role=Role.co).id
        self.clerk = {unit.name: make_actor(session, unit=unit) for unit in (lead, co, other, stranger, standing)}
        self.head = make_actor(session, UserRole.head, unit=co)
        self.office, self.leader = make_actor(session), make_actor(session, UserRole.leader)
        self.admin, self.auditor = make_actor(session, UserRole.admin), make_actor(session, UserRole.auditor)

    def draft(self, text: str = "草稿里的话") -> None:
        save_draft(self.session, self.clerk["州财政局"], self.part_id, text=make_text(text), version=self.version(),
                   at=AT)

    def sign_off(self) -> None:
        self.session.get_one(Unit, self.head.unit_id).sign_off = True
        self.session.commit()

    def sign(self) -> None:
        sign_report(self.session, self.head, self.part_id, version=self.version(), at=AT)

    def deliver(self, text: str = "已下达资金860万元") -> None:
        submit_report(self.session, self.clerk["州财政局"], self.part_id, text=make_text(text), version=self.version(),
                      request_key=f"k{self.version()}", at=AT)

    def withdraw(self) -> None:
        withdraw_report(self.session, self.clerk["州财政局"], self.part_id, version=self.version(), at=AT)

    def send_back(self) -> None:
        send_back(self.session, self.office, self.part_id, reason="请补充金额", version=self.version(), at=AT)

    def accept(self) -> None:
        accept_report(self.session, self.office, self.part_id, judged=None, version=self.version(), at=AT)

    def version(self) -> int:
        return self.session.get_one(Obligation, self.part_id).version

    def seers(self) -> set[str]:
        """Names of the units and roles that may open 州财政局's part."""
        actors = self.clerk | {"审签人": self.head, "督查员": self.office, "领导": self.leader, "管理员": self.admin,
                               "审计员": self.auditor, "系统": SYSTEM}
        return {name for name, actor in actors.items() if self.sees(actor)}

    def sees(self, actor: Actor) -> bool:
        ids = set(self.session.scalars(visible_obligations(actor).with_only_columns(Obligation.id)))
        try:
            get_obligation(self.session, actor, self.part_id)
        except NotYours:
            assert self.part_id not in ids
            return False
        assert self.part_id in ids
        return True


@pytest.fixture
def scene(session: Session) -> Scene:
    return Scene(session)


INSIDE = {"州财政局", "审签人", "督查员", "领导"}


def test_before_delivery_only_the_unit_and_the_office_know_of_it(scene):
    assert scene.seers() == INSIDE
    scene.draft()
    assert scene.seers() == INSIDE


def test_what_waits_for_the_head_is_seen_by_nobody_else_and_read_by_the_unit_only(scene):
    scene.sign_off()
    scene.deliver()
    assert scene.seers() == INSIDE
    assert not may_read_text(scene.office, scene.session.get_one(Obligation, scene.part_id))
    scene.sign()
    assert scene.seers() == INSIDE | {"州科技局"}


def test_the_lead_sees_a_part_once_delivered_and_no_longer_once_withdrawn(scene):
    scene.deliver()
    assert scene.seers() == INSIDE | {"州科技局"}
    scene.withdraw()
    assert scene.seers() == INSIDE


def test_the_lead_still_sees_a_part_that_was_returned(scene):
    scene.deliver()
    scene.send_back()
    assert scene.seers() == INSIDE | {"州科技局"}


def test_all_units_of_the_task_see_a_part_once_accepted_and_strangers_never(scene):
    scene.deliver()
    scene.accept()
    assert scene.seers() == INSIDE | {"州科技局", "州税务局", "都兰县人民政府"}


def test_a_unit_released_from_the_task_sees_no_more_than_a_stranger(scene):
    scene.deliver()
    scene.accept()
    for row in scene.session.query(Responsibility).filter_by(unit_id=scene.clerk["州税务局"].unit_id):
        row.ended_at = AT
    scene.session.commit()
    assert "州税务局" not in scene.seers()


def test_a_unit_of_another_task_gains_nothing_by_it(scene):
    stranger = scene.session.get_one(Unit, scene.clerk["州文旅局"].unit_id)
    make_task(scene.session, number="2", lead=stranger)
    scene.deliver()
    scene.accept()
    assert "州文旅局" not in scene.seers()


def test_a_composite_report_is_seen_by_its_unit_and_the_office_only(session):
    unit, other = make_unit(session, name="格尔木市人民政府"), make_unit(session, name="都兰县人民政府")
    composite = make_obligation(session, unit=unit, composite=True, role=Role.standing_co)
    clerk, stranger, office = make_actor(session, unit=unit), make_actor(session, unit=other), make_actor(session)
    submit_report(session, clerk, composite.id, text=make_text(), version=1, request_key="k", at=AT)
    accept_report(session, office, composite.id, judged=None, version=2, at=AT)
    assert get_obligation(session, clerk, composite.id).id == composite.id
    with pytest.raises(NotYours):
        get_obligation(session, stranger, composite.id)


@pytest.mark.parametrize("missing", [0, -1, 999, 2**31, 2**63, 10**30])
def test_what_is_not_yours_answers_like_what_is_not_there(scene, missing):
    with pytest.raises(NotYours) as not_there:
        get_obligation(scene.session, scene.clerk["州文旅局"], missing)
    with pytest.raises(NotYours) as not_yours:
        get_obligation(scene.session, scene.clerk["州文旅局"], scene.part_id)
    assert str(not_there.value) == str(not_yours.value) == "没有这个页面，或者不在您的查看范围。"


def test_the_office_knows_who_owes_but_reads_nothing_before_delivery(scene):
    scene.draft("只给自己看的草稿")
    page = report_page(scene.session, scene.office, scene.part_id, AT)
    assert not may_read_text(scene.office, scene.session.get_one(Obligation, scene.part_id))
    assert (page.draft, page.versions, page.current) == (None, (), None)
    assert "只给自己看的草稿" not in repr(page)


def test_a_withdrawn_version_is_read_by_its_unit_only(scene):
    scene.deliver("先交的一稿12项")
    scene.withdraw()
    scene.deliver("后交的一稿15项")
    own = report_page(scene.session, scene.clerk["州财政局"], scene.part_id, AT)
    assert [version.text.progress for version in own.versions] == ["后交的一稿15项", "先交的一稿12项"]
    for reader in (scene.office, scene.leader, scene.clerk["州科技局"]):
        assert "先交的一稿12项" not in repr(report_page(scene.session, reader, scene.part_id, AT))


def test_a_report_being_rewritten_shows_others_the_version_handed_in(scene):
    scene.deliver("交上来的12项")
    scene.send_back()
    scene.draft("正在改的15项")
    page = report_page(scene.session, scene.office, scene.part_id, AT)
    assert page.current.text == make_text("交上来的12项", self_rating=Rating.on_track)
    assert "正在改的15项" not in repr(page)


def test_what_the_office_wrote_to_a_unit_stays_between_them(scene):
    scene.deliver()
    scene.send_back()
    page = report_page(scene.session, scene.clerk["州科技局"], scene.part_id, AT)
    assert "请补充金额" not in repr(page)
    assert page.steps == ()


def test_what_the_head_wrote_to_his_clerk_stays_in_the_unit(scene):
    scene.sign_off()
    scene.deliver()
    send_to_clerk(scene.session, scene.head, scene.part_id, reason="先改第二段", version=scene.version(), at=AT)
    own = report_page(scene.session, scene.clerk["州财政局"], scene.part_id, AT)
    assert [step.reason for step in own.steps if step.deed is Deed.send_to_clerk] == ["先改第二段"]
    for reader in (scene.office, scene.leader):
        page = report_page(scene.session, reader, scene.part_id, AT)
        assert Deed.send_to_clerk in {step.deed for step in page.steps}
        assert "先改第二段" not in repr(page)
