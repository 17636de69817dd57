"""What the office may change without a programmer (设置), each with its default; changes are audited."""
from __future__ import annotations

from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime

from sqlalchemy.orm import Session

from tracker.domain.actors import Actor
from tracker.domain.permissions import Act, may
from tracker.errors import Forbidden, Refused
from tracker.models import Setting
from tracker.services.deed import deed

KEY = "office_rules"
MOST_MB = 200


@dataclass(frozen=True)
class OfficeRules:
    """`similarity`: from here on a text is said to repeat last period's, 0-1. `evidence_mb`: largest file, in MB.

    `slip_scan`: whether 报送单 has a slot for its stamped scan.
    """

    similarity: float = 0.85
    evidence_mb: int = 50
    slip_scan: bool = True


def office_rules(session: Session) -> OfficeRules:
    """The rules that hold now."""
    kept = session.get(Setting, KEY)
    known = {field.name for field in fields(OfficeRules)}
    return OfficeRules(**{name: value for name, value in (kept.value if kept else {}).items() if name in known})


def change_rules(session: Session, actor: Actor, rules: OfficeRules, *, at: datetime) -> None:
    """Set the rules; what changed is audited, old and new. Refused, with the field, where a value cannot be."""
    if not may(actor, Act.keep_rules):
        raise Forbidden
    faults = _faults(rules)
    if faults:
        raise Refused("设置没有改，请改好再存。", fields=faults)
    rules = replace(rules, similarity=round(rules.similarity, 2))
    with deed(session, actor, at) as d:
        before = asdict(office_rules(d.session))
        changed = {name: [before[name], value] for name, value in asdict(rules).items() if value != before[name]}
        if changed:
            d.session.merge(Setting(key=KEY, value=asdict(rules)))
            d.record("rules.changed", changed=changed)


def _faults(rules: OfficeRules) -> dict[str, str]:
    found = {}
    if not 0.5 <= rules.similarity <= 1:
        found["similarity"] = "相似度要在50%到100%之间"
    if not 1 <= rules.evidence_mb <= MOST_MB:
        found["evidence_mb"] = f"每份大小要在1到{MOST_MB}MB之间"
    return found
