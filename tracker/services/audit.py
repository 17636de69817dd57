"""Is the audit trail whole (审计核验)?"""
from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from tracker.models import AuditEvent, AuditHead
from tracker.services.deed import seal_of


@dataclass(frozen=True)
class Verdict:
    """`count` events read; `problem` is "" where the chain is whole, else names the first bad event in Chinese."""

    count: int
    problem: str = ""

    @property
    def whole(self) -> bool:
        return not self.problem


def verify(session: Session) -> Verdict:
    """Recompute every link with the installation's key, then compare with the head and the anchor outside.

    Both are read before the events: what others write meanwhile is no alarm.
    """
    seal = seal_of(session)
    anchored = _anchored(seal.anchor)
    head = session.execute(select(AuditHead.last_id, AuditHead.last_hash)).one_or_none()
    previous, expected = "0" * 64, 1
    hashes = {0: previous}
    with session.scalars(select(AuditEvent).order_by(AuditEvent.id).execution_options(yield_per=1000)) as events:
        for event in events:
            if event.id != expected:
                return Verdict(expected - 1, f"第{expected}条审计记录不见了，后面接的是第{event.id}条。")
            digest = seal.link(previous, event.id, event.at, event.actor_name, event.action, event.facts)
            if event.previous_hash != previous or event.hash != digest:
                return Verdict(expected - 1, f"第{event.id}条审计记录（{event.action}）与当时写下的不一致。")
            hashes[event.id] = previous = digest
            expected += 1
    count = expected - 1
    if head is None or hashes.get(head.last_id) != head.last_hash:
        return Verdict(count, f"第{count}条之后的审计记录被截掉了。")
    if anchored is None:
        lost = seal.anchor is not None and head.last_id > 0
        return Verdict(count, "数据目录里的 audit.anchor 不见了，无法确认末尾是否被截。" if lost else "")
    number, digest = anchored
    if hashes.get(number) != digest:
        return Verdict(count, f"数据目录记着第{number}条，数据库里没有或不同：可能换回了旧数据库，或截掉了末尾。")
    return Verdict(count)


def _anchored(anchor: Path | None) -> tuple[int, str] | None:
    """Number and hash of the last event as noted outside; None where nothing is."""
    if anchor is None or not anchor.exists():
        return None
    number, _, digest = anchor.read_text().strip().partition(" ")
    return int(number), digest
