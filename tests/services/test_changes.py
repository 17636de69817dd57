"""上次登录以来: what others did that concerns me, and nothing else."""
from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from tests.factories import (
    actor_of,
    make_obligation,
    make_task,
    make_text,
    make_unit,
    make_user,
    moment,
)
from tracker.domain.actors import Actor
from tracker.domain.words import Rating, Role, UserRole
from tracker.models import Chase, Objection, Obligation, Quotation, ReportVersion, User, WebSession
from tracker.services import reporting, reviewing, signing
from tracker.services.changes import Changes, changes

BEFORE, LAST, AT = moment("2026-10-07 10:00"), moment("2026-10-07 17:00"), moment("2026-10-08 09:30")


class Scene:
    """州科技局 leads task 5, 州财政局 works with it; each has a clerk; the office has two persons; a leader."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.kjj, self.czj = make_unit(session), make_unit(session, name="州财政局")
        self.task = make_task(session, number="5", lead=self.kjj, co=[self.czj])
        self.lead = make_obligation(session, task=self.task, unit=self.kjj).id
        self.part = make_obligation(session, task=self.task, unit=self.czj, role=Role.co).id
        self.clerk, self.co = make_user(session, unit=self.kjj), make_user(session, unit=self.czj)
        self.office, self.other_office = make_user(session), make_user(session)
        self.leader = make_user(session, UserRole.leader)
        self.now: dict[int, int] = {}
        for user in session.query(User).all():
            self.visit(user, f"last {user.id}", LAST)

    def visit(self, user: User, name: str, seen_at: object) -> int:
        visit = WebSession(id_hash=name, user_id=user.id, created_at=BEFORE, seen_at=seen_at, address="", agent="")
        self.session.add(visit)
        self.session.commit()
        return visit.id

    def of(self, user: User) -> Changes:
        """What he is told in the log-in that he has now."""
        if user.id not in self.now:
            self.now[user.id] = self.visit(user, f"now {user.id}", AT)
        return changes(self.session, actor_of(self.session, user), self.now[user.id], AT)

    def told(self, user: User) -> list[tuple[str, str, str]]:
        return [(row.word, row.subject, row.who) for row in self.of(user).rows]

    def actor(self, user: User) -> Actor:
        return actor_of(self.session, user)

    def version(self, obligation_id: int) -> int:
        self.session.expire_all()
        return self.session.get_one(Obligation, obligation_id).version

    def submit(self, obligation_id: int, user: User, at: object = AT) -> None:
        version = self.version(obligation_id)
        reporting.submit_report(self.session, self.actor(user), obligation_id, text=make_text(), version=version,
                                request_key=f"k{version}", at=at)

    def send_back(self, obligation_id: int) -> None:
        reviewing.send_back(self.session, self.actor(self.office), obligation_id, reason="请补充金额",
                            version=self.version(obligation_id), at=AT)


@pytest.fixture
def scene(session: Session) -> Scene:
    return Scene(session)


SUBJECT = "任务5（2026年第三季度）"


def test_nothing_is_said_on_the_first_visit_and_nothing_new_after_a_quiet_night(scene: Scene) -> None:
    newcomer = make_user(scene.session, unit=scene.kjj)
    scene.submit(scene.lead, scene.clerk)
    first = changes(scene.session, scene.actor(newcomer), scene.visit(newcomer, "first", AT), AT)
    assert (first.since, first.rows, first.total) == (None, (), 0)
    assert scene.of(scene.co).since == LAST
    assert scene.told(scene.co) == []


def test_a_clerk_hears_what_the_office_decided_not_what_he_did_himself(scene: Scene) -> None:
    scene.submit(scene.lead, scene.clerk)
    scene.send_back(scene.lead)
    assert scene.told(scene.clerk) == [("退回", SUBJECT, "督查室")]
    assert scene.of(scene.clerk).rows[0].sent_back
    assert scene.of(scene.clerk).rows[0].address == f"/reports/{scene.lead}"
    assert scene.told(scene.co) == []


def test_what_was_done_before_the_last_visit_is_not_new(scene: Scene) -> None:
    scene.submit(scene.lead, scene.clerk, at=BEFORE)
    assert scene.told(scene.office) == []


def test_a_lead_hears_of_a_part_once_it_is_delivered_and_who_chased_and_quoted_is_told(scene: Scene) -> None:
    session = scene.session
    scene.submit(scene.part, scene.co)
    assert scene.told(scene.clerk) == [("可引用", SUBJECT, "州财政局")]
    version = session.query(ReportVersion).one()
    session.add(Chase(obligation_id=scene.part, by_unit_id=scene.kjj.id, actor_id=scene.clerk.id, actor_name="", at=AT))
    quotation = Quotation(obligation_id=scene.lead, part_version_id=version.id, text="12项", quoted_by="州科技局填报员",
                          quoted_at=AT + timedelta(minutes=1))
    session.add(quotation)
    session.commit()
    assert scene.told(scene.co) == [("催办", SUBJECT, "州科技局")]
    scene.submit(scene.lead, scene.clerk, at=AT + timedelta(minutes=1))
    assert scene.told(scene.co) == [("被引用", SUBJECT, "州科技局"), ("催办", SUBJECT, "州科技局")]
    session.add(Objection(quotation_id=quotation.id, words="不是这个意思", by="州财政局填报员",
                          at=AT + timedelta(minutes=2)))
    session.commit()
    assert scene.told(scene.clerk)[0] == ("异议", SUBJECT, "州财政局")
    assert "可引用" in {word for word, *_ in scene.told(scene.clerk)}


def test_a_head_and_a_clerk_hear_each_other(scene: Scene) -> None:
    head = make_user(scene.session, UserRole.head, unit=scene.kjj, name="李局长")
    scene.visit(head, "head", LAST)
    scene.submit(scene.lead, scene.clerk)
    assert scene.told(scene.office) == []
    signing.sign_report(scene.session, scene.actor(head), scene.lead, version=scene.version(scene.lead), at=AT)
    assert scene.told(scene.clerk) == [("签发", SUBJECT, "李局长")]
    assert scene.told(head) == []
    assert scene.told(scene.office) == [("报出", SUBJECT, "州科技局")]


def test_the_office_hears_what_came_in_and_what_was_taken_back(scene: Scene) -> None:
    scene.submit(scene.lead, scene.clerk)
    assert scene.told(scene.office) == [("报出", SUBJECT, "州科技局")]
    assert scene.of(scene.office).rows[0].address == f"/review?open={scene.lead}"
    reporting.withdraw_report(scene.session, scene.actor(scene.clerk), scene.lead, version=scene.version(scene.lead),
                              at=AT + timedelta(minutes=1))
    assert scene.told(scene.office)[0] == ("撤回", SUBJECT, "州科技局")


def test_the_office_hears_what_came_again(scene: Scene) -> None:
    scene.submit(scene.lead, scene.clerk, at=BEFORE)
    scene.send_back(scene.lead)
    scene.submit(scene.lead, scene.clerk)
    assert scene.told(scene.other_office) == [("重报", SUBJECT, "州科技局")]


def test_a_leader_hears_what_was_accepted_of_the_leads_and_how_it_was_judged(scene: Scene) -> None:
    scene.submit(scene.lead, scene.clerk)
    scene.submit(scene.part, scene.co)
    office = scene.actor(scene.office)
    reviewing.accept_report(scene.session, office, scene.part, judged=None, version=scene.version(scene.part), at=AT)
    reviewing.accept_report(scene.session, office, scene.lead, judged=Rating.on_track,
                            version=scene.version(scene.lead), at=AT)
    assert scene.told(scene.leader) == [("通过", SUBJECT, "督查室")]
    assert scene.of(scene.leader).rows[0].judged == "达序时"


def test_one_with_two_roles_hears_each_step_once(scene: Scene) -> None:
    both = make_user(scene.session, UserRole.clerk, UserRole.head, unit=scene.czj)
    scene.visit(both, "both", LAST)
    scene.submit(scene.part, scene.co)
    signing.sign_report(scene.session, scene.actor(both), scene.part, version=scene.version(scene.part), at=AT)
    scene.send_back(scene.part)
    assert scene.told(both) == [("退回", SUBJECT, "督查室")]


def test_ten_are_shown_and_all_are_counted_in_two_queries(
        scene: Scene, count_queries: Callable[[], AbstractContextManager[list[str]]]) -> None:
    for number in range(20, 32):
        task = make_task(scene.session, number=str(number), lead=scene.kjj)
        scene.submit(make_obligation(scene.session, task=task, unit=scene.kjj).id, scene.clerk)
    now, actor = scene.visit(scene.office, "now", AT), scene.actor(scene.office)
    with count_queries() as seen:
        found = changes(scene.session, actor, now, AT)
    assert (len(found.rows), found.total) == (10, 12)
    assert len(seen) == 2
