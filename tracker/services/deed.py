"""The deed (办理): the one transaction of a change, with its audit events (审计日志). The only place that commits."""
from __future__ import annotations

import hashlib
import hmac
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from tracker.config import secret_file
from tracker.db import WRITING, write_queue
from tracker.domain.actors import Actor
from tracker.errors import Conflict
from tracker.models import AuditEvent, AuditHead

log = structlog.get_logger()
SEAL = "audit_seal"      # session.info key: the Seal, put there by whoever opens sessions
OVERTAKEN = "别人刚改过这一件。您的没有写进去，还在本页；请先看最新情况"


@dataclass(frozen=True)
class Seal:
    """What makes the chain more than checksums: a key outside the database, and an anchor of its end outside too."""

    key: bytes
    anchor: Path | None = None

    @classmethod
    def in_folder(cls, data_dir: Path) -> Seal:
        """The seal of an installation: `audit.key` and `audit.anchor` in its data folder."""
        return cls(secret_file(data_dir / "audit.key").encode(), data_dir / "audit.anchor")

    def link(self, previous: str, number: int, at: datetime, actor: str, action: str, facts: Any) -> str:
        """Hash of one event, chained to the one before."""
        moment = at.astimezone(UTC).isoformat(timespec="microseconds")
        content = json.dumps([previous, number, moment, actor, action, facts], ensure_ascii=False, sort_keys=True)
        return hmac.new(self.key, content.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()

    def drop_anchor(self, number: int, digest: str) -> None:
        """Note the chain's end beside the database, so that a cut tail or an old copy put back is seen."""
        if self.anchor is None:
            return
        descriptor = os.open(self.anchor, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            os.pwrite(descriptor, f"{number:020d} {digest}\n".encode(), 0)     # one sector: never half a line
        finally:
            os.close(descriptor)


@dataclass
class OpenDeed:
    """What `deed` yields."""

    session: Session
    actor: Actor
    at: datetime
    events: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def record(self, action: str, **facts: Any) -> None:
        """Write an audit event (thing.past-tense) with this deed's transaction. Facts are plain JSON values."""
        self.events.append((action, facts))


@contextmanager
def deed(session: Session, actor: Actor, at: datetime) -> Iterator[OpenDeed]:
    """One change, all or nothing, with its audit events.

    Ends the session's reading transaction, starts a writing one (IMMEDIATE on SQLite), commits at the end of the
    block or rolls everything back on any exception. Refuses to nest. `at` is an aware moment.
    """
    if session.info.get("in_deed"):
        raise RuntimeError("a deed does not nest")
    session.rollback()                      # the reading transaction; services take ids, never objects read before
    session.expire_all()
    with write_queue(session.get_bind()):   # type: ignore[arg-type]
        session.info["in_deed"] = True
        try:
            session.connection(execution_options={WRITING: True})
            work = OpenDeed(session, actor, at)
            yield work
            session.flush()
            last = _chain(session, work)
            session.commit()
        except StaleDataError as error:         # a version_id_col: another writer came between
            session.rollback()
            raise Conflict(OVERTAKEN) from error
        except BaseException:
            session.rollback()
            raise
        finally:
            session.info["in_deed"] = False
        if last is not None:
            _anchor(seal_of(session), *last)


def seal_of(session: Session) -> Seal:
    """The installation's seal; RuntimeError where the opener of the session forgot it."""
    seal = session.info.get(SEAL)
    if not isinstance(seal, Seal):
        raise RuntimeError("no audit seal on this session")
    return seal


def _anchor(seal: Seal, number: int, digest: str) -> None:
    """The deed is done by now: an anchor that cannot be written lags behind, which is no alarm, and is logged."""
    try:
        seal.drop_anchor(number, digest)
    except OSError as error:
        log.error("audit_anchor_not_written", number=number, error=type(error).__name__)


def _chain(session: Session, work: OpenDeed) -> tuple[int, str] | None:
    if not work.events:
        return None
    seal = seal_of(session)
    head = session.execute(select(AuditHead).with_for_update()).scalar_one()
    for action, facts in work.events:
        number, previous = head.last_id + 1, head.last_hash
        digest = seal.link(previous, number, work.at, work.actor.name, action, facts)
        session.add(AuditEvent(id=number, at=work.at, actor_id=work.actor.user_id, actor_name=work.actor.name,
                               action=action, facts=facts, previous_hash=previous, hash=digest))
        head.last_id, head.last_hash = number, digest
    session.flush()
    return head.last_id, head.last_hash
