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
    """Recompute every link with the installation's key, then compare the end with the head and the outside anchor."""
    seal = seal_of(session)
    previous, expected = "0" * 64, 1
    hashes: dict[int, str] = {}
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
    head = session.execute(select(AuditHead)).scalar_one_or_none()
    if head is None or (head.last_id, head.last_hash) != (count, previous):
        return Verdict(count, f"第{count}条之后的审计记录被截掉了。")
    return Verdict(count, _against_anchor(seal.anchor, hashes))


def _against_anchor(anchor: Path | None, hashes: dict[int, str]) -> str:
    if anchor is None:
        return ""
    if not anchor.exists():
        return "数据目录里的 audit.anchor 不见了，无法确认末尾是否被截。" if hashes else ""
    number, _, digest = anchor.read_text().strip().partition(" ")
    if hashes.get(int(number)) != digest:
        return f"数据目录记着第{int(number)}条，数据库里没有或不同：可能换回了旧数据库，或截掉了末尾。"
    return ""
