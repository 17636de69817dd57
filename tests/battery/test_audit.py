"""F2: whoever changes the audit trail is found out. F3: many writers, one chain."""
from __future__ import annotations

import random
import threading
from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from tests.battery.rounds import held, rounds
from tests.conftest import NOW
from tracker.domain.actors import SYSTEM
from tracker.models import AuditEvent, AuditHead
from tracker.services.audit import verify
from tracker.services.deed import SEAL, Seal, deed

pytestmark = pytest.mark.battery
EVENTS = 12


def write(session: Session, count: int = EVENTS) -> None:
    for number in range(count):
        with deed(session, SYSTEM, NOW + timedelta(minutes=number)) as d:
            d.record("report.submitted", obligation=number, word="进展")


def rehash(session: Session, first: int, seal: Seal) -> None:
    """Make the chain fit again from an event on, as far as the key at hand goes."""
    previous = session.get(AuditEvent, first - 1).hash if first > 1 else "0" * 64
    for event in session.scalars(select(AuditEvent).where(AuditEvent.id >= first).order_by(AuditEvent.id)):
        event.previous_hash = previous
        previous = event.hash = seal.link(previous, event.id, event.at, event.actor_name, event.action, event.facts)
    session.get_one(AuditHead, 1).last_hash = previous


def change(session: Session, number: int) -> None:
    session.execute(update(AuditEvent).where(AuditEvent.id == number).values(facts={"obligation": 999}))


def rename(session: Session, number: int) -> None:
    session.execute(update(AuditEvent).where(AuditEvent.id == number).values(actor_name="别人"))


def remove(session: Session, number: int) -> None:
    session.execute(delete(AuditEvent).where(AuditEvent.id == number))


def swap(session: Session, number: int) -> None:
    one, two = session.get_one(AuditEvent, number), session.get_one(AuditEvent, number % EVENTS + 1)
    one.facts, two.facts = two.facts, one.facts


def change_and_rehash(session: Session, number: int) -> None:
    change(session, number)
    session.flush()
    rehash(session, number, Seal(b"a key that is not the installation's"))


def cut_the_tail(session: Session, number: int) -> None:
    session.execute(delete(AuditEvent).where(AuditEvent.id >= number))
    last = session.get(AuditEvent, number - 1)
    head = session.get_one(AuditHead, 1)
    head.last_id, head.last_hash = (last.id, last.hash) if last else (0, "0" * 64)


@pytest.mark.parametrize("tamper", [change, rename, remove, swap, change_and_rehash, cut_the_tail],
                         ids=lambda function: function.__name__)
def test_f2_what_was_tampered_with_is_named(session, engine, seal, tamper):
    dice = random.Random(20250626)
    write(session)
    assert verify(session).whole, "a false alarm"
    numbers = [dice.randint(1, EVENTS) for _ in range(rounds(2, 30))]
    for number in numbers:
        with Session(engine, info={SEAL: seal}) as evil:
            tamper(evil, number)
            evil.flush()
            verdict = verify(evil)
            assert not verdict.whole
            if tamper in (change, rename, change_and_rehash):
                assert f"第{number}条" in verdict.problem
            evil.rollback()
    assert verify(session).whole
    held(f"F2 {tamper.__name__}", tried=len(numbers), figure=f"caught {len(numbers)}/{len(numbers)}")


def test_f2_an_old_copy_put_back_is_seen_by_the_anchor_outside(session, engine, seal):
    write(session, 3)
    kept = session.execute(sa.select(AuditEvent.__table__)).all()
    session.rollback()
    write(session, 2)
    with Session(engine, info={SEAL: seal}) as evil:
        evil.execute(delete(AuditEvent).where(AuditEvent.id > len(kept)))
        head = evil.get_one(AuditHead, 1)
        head.last_id, head.last_hash = kept[-1].id, kept[-1].hash
        evil.flush()
        assert "可能换回了旧数据库" in verify(evil).problem
        evil.rollback()


def test_f2_what_is_written_while_it_reads_is_no_alarm(session, engine, seal, monkeypatch):
    write(session, 3)
    link = Seal.link

    def link_and_let_another_write(self, *event):
        monkeypatch.undo()
        with Session(engine, info={SEAL: seal}) as other:
            write(other, 2)
        return link(self, *event)

    monkeypatch.setattr(Seal, "link", link_and_let_another_write)
    assert verify(session).problem == ""


def test_f3_many_writers_make_one_chain(engine, seal):
    writers, each = rounds(4, 8), rounds(10, 500)
    problems: list[BaseException] = []

    def work() -> None:
        try:
            with Session(engine, info={SEAL: seal}) as session:
                write(session, each)
        except BaseException as error:
            problems.append(error)

    threads = [threading.Thread(target=work) for _ in range(writers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    with Session(engine, info={SEAL: seal}) as session:
        assert (verify(session).count, verify(session).problem) == (writers * each, "")
    held("F3", tried=writers * each, figure="one chain")
