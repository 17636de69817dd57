"""延期: who asks, who decides, who reads; what is refused, and what is said then."""
from __future__ import annotations

import io
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.battery.world import picture
from tests.factories import (
    make_user,
    moment,
)
from tests.services.extension_desk import (
    AT,
    DUE,
    LATER,
    ask,
    grant,
    make_desk,
    row,
)
from tracker.domain.actors import Actor
from tracker.domain.extensions import Wish
from tracker.domain.words import Extended, TaskState, UserRole
from tracker.errors import Forbidden, NotYours, Refused, SecrecyQuestion
from tracker.models import (
    Attachment,
    ExtensionRequest,
    Milestone,
    Obligation,
    Task,
)
from tracker.services.extension_list import extension_desk, extensions_of
from tracker.services.extensions import grant_extension, refuse_extension
from tracker.services.file_store import receive
from tracker.services.reviewing import waive_report


@pytest.fixture
def desk(session: Session, tmp_path: Path) -> SimpleNamespace:
    return make_desk(session, tmp_path / "evidence")


def test_refusing_needs_words_and_leaves_the_due_moment(desk):
    request = ask(desk)
    with pytest.raises(Refused) as refused:
        refuse_extension(desk.session, desk.office, request, answer=" ", at=LATER)
    assert refused.value.fields == {"answer": "请写明为什么不同意，对方看得到"}
    refuse_extension(desk.session, desk.office, request, answer="手续已批复", at=LATER)
    owed = row(desk, Obligation, desk.report)
    assert owed.due_at == DUE
    found = extensions_of(desk.session, desk.clerk, owed, LATER)
    assert (found.answered.answer, found.answered.granted_at, found.may_ask) == ("手续已批复", None, True)
    assert ask(desk, at=LATER) > request                        # and it may be asked again


def test_one_request_waits_at_a_time(desk):
    ask(desk)
    with pytest.raises(Refused, match="2026年10月8日已经提过延期申请"):
        ask(desk)
    assert extensions_of(desk.session, desk.clerk, row(desk, Obligation, desk.report), AT).may_ask is False


def test_it_is_decided_once(desk):
    request = ask(desk)
    refuse_extension(desk.session, desk.office, request, answer="手续已批复", at=LATER)
    with pytest.raises(Refused, match="已经办过"):
        grant(desk, request)
    assert row(desk, Obligation, desk.report).due_at == DUE


@pytest.mark.parametrize(("what", "who", "error"), [
    (Extended.report, "co", NotYours), (Extended.report, "other", NotYours), (Extended.report, "office", Forbidden),
    (Extended.report, "leader", Forbidden), (Extended.task, "co", Forbidden), (Extended.task, "other", NotYours),
    (Extended.milestone, "other", NotYours), (Extended.milestone, "head", Forbidden),
])
def test_only_who_owes_it_asks(desk, what, who, error):
    with pytest.raises(error):
        ask(desk, what, actor=getattr(desk, who))
    assert desk.session.scalar(select(ExtensionRequest.id)) is None


@pytest.mark.parametrize("who", ["clerk", "co", "head", "leader"])
def test_only_the_office_decides(desk, who):
    request = ask(desk)
    for decide in (lambda: grant_extension(desk.session, getattr(desk, who), request, at=LATER),
                   lambda: refuse_extension(desk.session, getattr(desk, who), request, answer="否", at=LATER)):
        with pytest.raises(Forbidden):
            decide()
    assert row(desk, ExtensionRequest, request).decided_at is None


def test_nobody_decides_on_his_own_request(desk):
    user = make_user(desk.session, UserRole.clerk, UserRole.supervisor, unit=desk.lead_unit)
    both = Actor(user.id, user.name, frozenset({UserRole.clerk, UserRole.supervisor}), desk.lead_unit.id, "州科技局")
    request = ask(desk, actor=both)
    with pytest.raises(Forbidden, match="您自己提的"):
        grant_extension(desk.session, both, request, at=LATER)
    with pytest.raises(Forbidden, match="您自己提的"):
        refuse_extension(desk.session, both, request, answer="否", at=LATER)
    assert [one.own for one in extension_desk(desk.session, both, AT).waiting] == [True]


@pytest.mark.parametrize(("wish", "reason", "fields"), [
    (Wish(), "", {"until_on": "请写明延到哪一天，或者延长几天", "reason": "请写明为什么要延期，督查室照此审批"}),
    (Wish(until_on=date(2026, 10, 13)), "手续", {"until_on": "要比现在的2026年10月13日18:00晚"}),
])
def test_what_is_missing_is_said_at_its_field(desk, wish, reason, fields):
    with pytest.raises(Refused) as refused:
        ask(desk, wish=wish, reason=reason)
    assert refused.value.fields == fields


def test_an_overdue_report_is_extended_to_a_moment_to_come_only(desk):
    late = moment("2026-10-20 09:00")
    with pytest.raises(Refused, match="补好再交"):
        ask(desk, wish=Wish(until_on=date(2026, 10, 19)), at=late)
    request = ask(desk, wish=Wish(until_on=date(2026, 10, 20)), at=late)
    with pytest.raises(Refused, match="已经过去了"):            # the office was too slow: it names another day
        grant(desk, request, at=moment("2026-10-21 09:00"))
    assert grant(desk, request, until_on=date(2026, 10, 23), at=moment("2026-10-21 09:00")) == moment(
        "2026-10-23 18:00")


def test_what_is_waived_done_or_ended_is_not_extended(desk):
    waive_report(desk.session, desk.office, desk.report, reason="合并报送",
                 version=row(desk, Obligation, desk.report).version, at=AT)
    with pytest.raises(Refused, match="免报"):
        ask(desk)
    milestone = row(desk, Milestone, desk.milestone)
    milestone.done_on, milestone.done_at, milestone.done_by = date(2026, 10, 1), AT, "某人"
    desk.session.commit()
    with pytest.raises(Refused, match="已报完成"):
        ask(desk, Extended.milestone)
    row(desk, Task, desk.task).state = TaskState.suspended
    desk.session.commit()
    for what in (Extended.task, Extended.milestone):
        with pytest.raises(Refused, match="任务暂缓"):
            ask(desk, what)


def test_a_milestone_ends_no_later_than_its_task(desk):
    with pytest.raises(Refused) as refused:
        ask(desk, Extended.milestone, wish=Wish(until_on=date(2027, 1, 1)))
    assert refused.value.fields == {"until_on": "节点不能晚于任务的完成时限2026年12月31日，请先申请任务延期"}
    request = ask(desk, Extended.milestone, wish=Wish(until_on=date(2026, 12, 31)))
    with pytest.raises(Refused, match="节点不能晚于任务的完成时限"):
        grant(desk, request, until_on=date(2027, 1, 1))


def test_a_milestone_of_a_plan_not_approved_or_superseded_is_not_extended(desk):
    for counts in ({"counts_since": None}, {"counts_since": AT, "counts_until": AT}):
        milestone = row(desk, Milestone, desk.milestone)
        for name, value in counts.items():
            setattr(milestone, name, value)
        desk.session.commit()
        with pytest.raises(Refused, match="不在执行的年度计划里"):
            ask(desk, Extended.milestone)


def test_marks_of_classified_papers_stop_a_request_and_a_file_goes_with_it(desk):
    with pytest.raises(SecrecyQuestion):
        ask(desk, reason="见秘密★文件")
    with receive(desk.session, io.BytesIO(picture(1)), "受理单.png") as stored:
        request = ask(desk, files=(stored,))
    file = desk.session.scalars(select(Attachment)).one()
    assert (file.extension_request_id, file.unit_id, file.name) == (request, desk.lead_unit.id, "受理单.png")
    readers = {name: bool(_row(desk, getattr(desk, name)).files) for name in ("clerk", "office", "leader")}
    assert readers == {"clerk": True, "office": True, "leader": True}


def _row(desk: SimpleNamespace, actor: Actor):
    return extensions_of(desk.session, actor, row(desk, Obligation, desk.report), AT).waiting[0]


def test_who_reads_what_was_asked(desk):
    for what in Extended:
        ask(desk, what, wish=Wish(count=30))
    task, report = row(desk, Task, desk.task), desk.session.get_one(Obligation, desk.report)
    on_task = {name: sorted(one.what for one in extensions_of(desk.session, getattr(desk, name), task, AT).waiting)
               for name in ("clerk", "co", "head", "other", "office", "leader")}
    everything, shared = ["milestone", "report", "task"], ["milestone", "task"]
    assert on_task == {"clerk": everything, "co": shared, "head": shared, "other": [], "office": everything,
                       "leader": everything}
    on_report = {name: len(extensions_of(desk.session, getattr(desk, name), report, AT).rows)
                 for name in ("clerk", "co", "other", "office", "leader")}
    assert on_report == {"clerk": 1, "co": 0, "other": 0, "office": 1, "leader": 1}
