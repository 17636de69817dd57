"""Log-ins (登录会话): how long they hold, and what ends them at once."""
from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.factories import actor_of, make_unit, make_user, moment
from tracker.domain.actors import SYSTEM, Actor
from tracker.domain.words import UserRole
from tracker.models import AuditEvent, User, WebSession
from tracker.services import accounts, sessions
from tracker.services.sessions import Visit

AT = moment("2026-10-08 09:30")
ID, OTHER_ID = "i" * 43, "o" * 43


@pytest.fixture
def clerk(session: Session) -> Actor:
    return actor_of(session, make_user(session, unit=make_unit(session), login="kjj01"))


def start(session: Session, actor: Actor, secret_id: str = ID, at: datetime = AT) -> None:
    sessions.start(session, actor, secret_id, address="10.0.0.7", agent="Edge", at=at)


def find(session: Session, secret_id: str = ID, at: datetime = AT) -> Visit | None:
    return sessions.find(session, secret_id, at=at, idle=timedelta(minutes=30), longest=timedelta(hours=12))


def test_a_login_tells_who_it_is_and_only_a_hash_is_kept(session: Session, clerk: Actor) -> None:
    start(session, clerk)
    visit = find(session)
    assert visit is not None
    assert (visit.actor, visit.login, visit.must_change) == (clerk, "kjj01", False)
    assert ID not in session.scalars(select(WebSession.id_hash)).one()


def test_an_id_that_nobody_logged_in_with_is_nobody(session: Session, clerk: Actor) -> None:
    start(session, clerk)
    assert find(session, OTHER_ID) is None


@pytest.mark.parametrize(("idle_seconds", "holds"), [(1799, True), (1800, True), (1801, False)])
def test_it_ends_after_thirty_idle_minutes(session: Session, clerk: Actor, idle_seconds: int, holds: bool) -> None:
    start(session, clerk)
    assert (find(session, at=AT + timedelta(seconds=idle_seconds)) is not None) is holds


@pytest.mark.parametrize(("seconds", "holds"), [(-1, True), (0, True), (1, False)])
def test_it_ends_after_twelve_hours_however_busy(session: Session, clerk: Actor, seconds: int, holds: bool) -> None:
    start(session, clerk)
    for quarter in range(1, 48):
        at = AT + timedelta(minutes=15 * quarter)
        visit = find(session, at=at)
        assert visit is not None
        sessions.touch(session, visit, at=at)
    assert (find(session, at=AT + timedelta(hours=12, seconds=seconds)) is not None) is holds


def test_it_is_touched_at_most_once_a_minute(session: Session, clerk: Actor) -> None:
    start(session, clerk)
    for seconds, seen in ((59, 0), (60, 60), (119, 60), (120, 120)):
        visit = find(session, at=AT + timedelta(seconds=seconds))
        assert visit is not None
        sessions.touch(session, visit, at=AT + timedelta(seconds=seconds))
        assert session.scalars(select(WebSession.seen_at)).one() == AT + timedelta(seconds=seen)


def test_a_disabled_account_is_out_at_once_and_stays_out_when_enabled_again(session: Session, clerk: Actor) -> None:
    start(session, clerk)
    assert clerk.user_id is not None
    accounts.disable(session, SYSTEM, clerk.user_id, at=AT)
    assert find(session) is None
    accounts.enable(session, SYSTEM, clerk.user_id, at=AT)
    assert find(session) is None


def test_a_password_set_later_ends_it_even_where_nobody_ended_it(session: Session, clerk: Actor) -> None:
    start(session, clerk)
    session.get_one(User, clerk.user_id).password_set_at = AT + timedelta(seconds=1)
    session.commit()
    assert find(session, at=AT + timedelta(seconds=2)) is None


def test_other_roles_end_it(session: Session, clerk: Actor) -> None:
    start(session, clerk)
    assert clerk.user_id is not None
    accounts.set_roles(session, SYSTEM, clerk.user_id, roles=[UserRole.head], at=AT)
    assert find(session) is None


def test_logging_out_ends_one_and_ending_the_others_keeps_this_one(session: Session, clerk: Actor) -> None:
    for secret_id in (ID, OTHER_ID, "x" * 43):
        start(session, clerk, secret_id)
    visit = find(session)
    assert visit is not None
    assert len(sessions.open_sessions(session, clerk, at=AT, idle=timedelta(minutes=30))) == 3
    assert sessions.end_others(session, clerk, visit.id, at=AT) == 2
    assert find(session, OTHER_ID) is None
    assert find(session) is not None
    sessions.end(session, clerk, visit.id, at=AT)
    assert find(session) is None
    assert sessions.open_sessions(session, clerk, at=AT, idle=timedelta(minutes=30)) == []
    assert list(session.scalars(select(AuditEvent.action))) == ["user.logged_out_elsewhere", "user.logged_out"]


def test_nobody_ends_the_login_of_another(session: Session, clerk: Actor) -> None:
    stranger = actor_of(session, make_user(session, UserRole.supervisor))
    start(session, clerk)
    visit = find(session)
    assert visit is not None
    sessions.end(session, stranger, visit.id, at=AT)
    assert find(session) is not None
