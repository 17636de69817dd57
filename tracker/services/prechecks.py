"""What is noticeable in a report (提示), for clerk and reviewer alike; said, never forbidden."""
from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from tracker.models import Obligation


def warned(session: Session, obligations: Sequence[Obligation], at: datetime) -> dict[int, tuple[str, ...]]:
    """Obligation id -> its warnings in words; those without have no entry."""
    return {}
