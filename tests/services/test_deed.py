"""The deed (办理): one transaction with its audit events, both or neither."""
from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from tests.conftest import NOW
from tests.digest import digest_of
from tracker.domain.actors import SYSTEM
from tracker.models import AuditEvent, AuditHead, Setting
from tracker.services.audit import verify
from tracker.services.deed import SEAL, deed


def write(session, key="office", at=NOW, action="setting.changed"):
    with deed(session, SYSTEM, at) as d:
        d.session.add(Setting(key=key, value="督查室"))
        d.record(action, key=key)


def test_what_is_done_and_what_is_written_down_are_one(session):
    write(session)
    assert session.get(Setting, "office").value == "督查室"
    event = session.scalars(select(AuditEvent)).one()
    assert (event.id, event.action, event.facts, event.actor_name) == (1, "setting.changed", {"key": "office"}, "系统")
    assert event.at == NOW


def test_what_fails_in_the_middle_leaves_nothing(session):
    before = digest_of(session)

    def break_off():
        with deed(session, SYSTEM, NOW) as d:
            d.session.add(Setting(key="office", value="督查室"))
            d.record("setting.changed", key="office")
            d.session.flush()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        break_off()
    assert digest_of(session) == before


def test_a_commit_that_fails_leaves_neither_the_deed_nor_its_event(session, monkeypatch):
    before = digest_of(session)

    def fail():
        raise OSError("disk full")

    monkeypatch.setattr(session, "commit", fail)
    with pytest.raises(OSError, match="disk full"):
        write(session)
    monkeypatch.undo()
    assert digest_of(session) == before
    write(session)
    assert verify(session).whole


def test_a_deed_does_not_nest(session):
    with pytest.raises(RuntimeError, match="nest"), deed(session, SYSTEM, NOW), deed(session, SYSTEM, NOW):
        pass
    write(session)
    assert session.scalar(select(func.count()).select_from(AuditEvent)) == 1


def test_a_session_without_the_seal_writes_nothing_unlogged(session):
    seal = session.info.pop(SEAL)
    with pytest.raises(RuntimeError, match="seal"):
        write(session)
    session.info[SEAL] = seal
    assert session.get(Setting, "office") is None


def test_the_chain_goes_on_from_event_to_event(session):
    for number in range(3):
        write(session, key=f"k{number}", at=NOW + timedelta(minutes=number))
    events = session.scalars(select(AuditEvent).order_by(AuditEvent.id)).all()
    assert [event.id for event in events] == [1, 2, 3]
    assert [event.previous_hash for event in events] == ["0" * 64, events[0].hash, events[1].hash]
    assert session.get_one(AuditHead, 1).last_hash == events[2].hash
    assert (verify(session).count, verify(session).problem) == (3, "")


def test_a_deed_that_is_done_is_not_called_failed_where_the_anchor_cannot_be_written(session, seal):
    write(session)
    noted = seal.anchor.read_text()
    kept = seal.anchor.with_name("kept")
    seal.anchor.rename(kept)
    seal.anchor.mkdir()
    write(session, key="second")
    assert session.get(Setting, "second") is not None
    seal.anchor.rmdir()
    kept.rename(seal.anchor)
    assert seal.anchor.read_text() == noted
    assert verify(session).whole, "an anchor that lags behind is no alarm"
