"""Reporting under pressure: lost answers, many editors, a busy database, guessed ids (B2, G2, G6, G7, at services)."""
from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event
from time import monotonic
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from tests.battery.rounds import held, rounds
from tests.digest import digest_of
from tests.factories import make_actor, make_obligation, make_task, make_text, make_unit, moment
from tracker.domain.actors import Actor
from tracker.domain.words import Rating
from tracker.errors import Conflict, NotYours
from tracker.models import AuditEvent, AuditHead, DraftCopy, Report, ReportVersion
from tracker.services.access import get_obligation
from tracker.services.audit import verify
from tracker.services.deed import SEAL, Seal, deed
from tracker.services.report_page import report_page
from tracker.services.reporting import save_draft, submit_report, withdraw_report
from tracker.services.reviewing import accept_report, send_back, waive_report

pytestmark = pytest.mark.battery
AT = moment("2026-10-08 09:30")


@pytest.fixture
def desk(engine: sa.Engine, seal: Seal, session: Session) -> SimpleNamespace:
    """州科技局, its clerk, and a way to run something in many threads, each with its own session."""
    unit = make_unit(session)

    def at_once(jobs: list[Callable[[Session], Any]]) -> list[Any]:
        barrier = Barrier(len(jobs))

        def run(job: Callable[[Session], Any]) -> Any:
            with Session(engine, info={SEAL: seal}) as own:
                barrier.wait()
                try:
                    return job(own)
                except Conflict as conflict:
                    return conflict

        with ThreadPoolExecutor(len(jobs)) as pool:
            answers = list(pool.map(run, jobs))
        session.rollback()      # see what the others wrote
        return answers

    return SimpleNamespace(session=session, unit=unit, clerk=make_actor(session, unit=unit), at_once=at_once)


def owe(desk: SimpleNamespace, number: int) -> int:
    return make_obligation(desk.session, unit=desk.unit, task=make_task(desk.session, number=str(number))).id


def submission(actor: Actor, obligation_id: int, key: str, words: str) -> Callable[[Session], Any]:
    def job(session: Session) -> Any:
        row = submit_report(session, actor, obligation_id, text=make_text(words), version=1, request_key=key, at=AT)
        return row.state, row.delivered_at, row.version

    return job


def draft_of(editor: Actor, obligation_id: int, version: int, words: str) -> Callable[[Session], Any]:
    def job(session: Session) -> Any:
        return save_draft(session, editor, obligation_id, text=make_text(words), version=version, at=AT)

    return job


def test_g2_a_double_click_is_one_version_and_the_same_answer(desk):
    tried = rounds(5, 200)
    for number in range(1, tried + 1):
        row_id = owe(desk, number)
        click = submission(desk.clerk, row_id, "key", "立项12项")
        first, second = desk.at_once([click, click])
        retried = click(desk.session)
        assert first == second == retried
        with pytest.raises(Conflict):
            submission(desk.clerk, row_id, "key", "立项15项")(desk.session)
        versions = desk.session.scalars(sa.select(ReportVersion).where(ReportVersion.obligation_id == row_id)).all()
        assert [(version.number, version.progress) for version in versions] == [(1, "立项12项")]
    actions = desk.session.scalars(sa.select(AuditEvent.action)).all()
    assert (actions.count("report.submitted"), actions.count("report.copy_kept"), len(actions)) == (
        tried, tried, 2 * tried), "the other content was refused, and is kept"
    held("G2", tried=tried, figure="doubled=0")


def test_g2_two_keys_at_once_are_one_version_and_one_conflict(desk):
    row_id = owe(desk, 1)
    answers = desk.at_once([submission(desk.clerk, row_id, key, "立项12项") for key in ("one", "other")])
    assert sorted(isinstance(answer, Conflict) for answer in answers) == [False, True]
    assert desk.session.scalars(sa.select(ReportVersion.number)).all() == [1]


def test_g6_of_50_editors_one_wins_the_others_are_told_and_no_text_is_lost(desk):
    editors = [make_actor(desk.session, unit=desk.unit) for _ in range(50)]
    named = [Actor(editor.user_id, f"填报员{number}", editor.roles, editor.unit_id) for number, editor in
             enumerate(editors)]
    row_id, version, tried, typed = owe(desk, 1), 1, rounds(2, 20), set()
    for turn in range(tried):
        words = {editor.name: f"{editor.name}第{turn}次写的" for editor in named}
        answers = desk.at_once([draft_of(editor, row_id, version, words[editor.name]) for editor in named])
        written = desk.session.get_one(Report, row_id)
        winners = [editor.name for editor, answer in zip(named, answers, strict=True) if answer == version + 1]
        typed -= {f"{winners[0]}第{turn - 1}次写的"}         # where he had won before, he wrote upon his own
        typed |= set(words.values())
        told = [answer for answer in answers if isinstance(answer, Conflict)]
        assert (len(winners), len(told)) == (1, len(named) - 1)
        assert (written.progress, written.edited_by) == (words[winners[0]], winners[0])
        assert {(conflict.by, conflict.at) for conflict in told} == {(winners[0], AT)}
        assert all(str(conflict).startswith(f"{winners[0]} 今天 09:30 也改了这一件") for conflict in told)
        kept = desk.session.execute(sa.select(DraftCopy.written_by, DraftCopy.progress)).all()
        assert typed <= {text for _, text in kept} | {written.progress}
        assert len(kept) == len({text for _, text in kept}), "each once"
        assert all(text.startswith(f"{writer}第") for writer, text in kept)
        version += 1
    assert verify(desk.session).whole
    held("G6", tried=tried * len(named), figure="lost=0")


def test_g6_of_submissions_at_once_one_goes_out_and_the_others_texts_are_kept(desk):
    tried, each = rounds(3, 20), 10
    named = [Actor(editor.user_id, f"填报员{number}", editor.roles, editor.unit_id)
             for number, editor in enumerate(make_actor(desk.session, unit=desk.unit) for _ in range(each))]
    for turn in range(1, tried + 1):
        row_id = owe(desk, turn)
        answers = desk.at_once([submission(editor, row_id, f"key{editor.name[3:]}", f"{editor.name}报的")
                                for editor in named])
        told = [answer for answer in answers if isinstance(answer, Conflict)]
        version = desk.session.scalars(sa.select(ReportVersion).where(ReportVersion.obligation_id == row_id)).one()
        assert len(told) == each - 1
        assert {conflict.by for conflict in told} == {version.submitted_by}
        kept = desk.session.scalars(sa.select(DraftCopy.progress).where(DraftCopy.obligation_id == row_id)).all()
        assert sorted([*kept, version.progress]) == sorted(f"{editor.name}报的" for editor in named)
    held("G6 submit", tried=tried * each, figure="lost=0")


def test_g7_submitting_waits_for_a_busy_database_and_nobody_sees_an_error(desk):
    clerks, each = 8, rounds(3, 500)
    owed = [[owe(desk, clerk * each + number) for number in range(each)] for clerk in range(clerks)]
    waits: list[float] = []
    is_held, all_ask = Event(), Barrier(clerks + 1)

    def hold(session: Session) -> None:
        with deed(session, desk.clerk, AT) as d:
            d.session.execute(sa.select(AuditHead).with_for_update())
            is_held.set()
            all_ask.wait()

    def hand_in(ids: list[int]) -> Callable[[Session], None]:
        def job(session: Session) -> None:
            is_held.wait()
            all_ask.wait()
            for row_id in ids:
                started = monotonic()
                submission(desk.clerk, row_id, "key", "立项12项")(session)
                waits.append(monotonic() - started)

        return job

    answers = desk.at_once([hold, *(hand_in(ids) for ids in owed)])
    assert answers == [None] * (clerks + 1)
    assert desk.session.scalars(sa.select(sa.func.count()).select_from(ReportVersion)).one() == clerks * each
    assert verify(desk.session).whole
    held("G7", tried=clerks * each, figure=f"worst wait {max(waits):.2f}s")


DEEDS: dict[str, Callable[[Session, Actor, int], Any]] = {
    "open": lambda s, a, i: get_obligation(s, a, i),
    "page": lambda s, a, i: report_page(s, a, i, AT),
    "save": lambda s, a, i: save_draft(s, a, i, text=make_text(), version=1, at=AT),
    "submit": lambda s, a, i: submit_report(s, a, i, text=make_text(), version=1, request_key="k", at=AT),
    "withdraw": lambda s, a, i: withdraw_report(s, a, i, version=1, at=AT),
    "accept": lambda s, a, i: accept_report(s, a, i, judged=Rating.on_track, version=1, at=AT),
    "return": lambda s, a, i: send_back(s, a, i, reason="请补充金额", version=1, at=AT),
    "waive": lambda s, a, i: waive_report(s, a, i, reason="任务已部门办结", version=1, at=AT),
}


@pytest.mark.parametrize("name", DEEDS)
def test_b2_anothers_id_and_no_id_answer_alike_and_change_nothing(desk, name):
    theirs = owe(desk, 1)
    stranger = make_actor(desk.session, unit=make_unit(desk.session, name="州文旅局"))
    before = digest_of(desk.session)
    answers = set()
    for row_id in (theirs, theirs + 1, 2**31 - 1, 2**63):
        with pytest.raises(NotYours) as refused:
            DEEDS[name](desk.session, stranger, row_id)
        answers.add((type(refused.value), str(refused.value), refused.value.status, str(refused.value.fields)))
    assert len(answers) == 1
    assert digest_of(desk.session) == before
    held(f"B2 {name}", tried=4, figure="distinguishable=0")
