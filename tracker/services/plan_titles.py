"""What the log-in page tells of the database: the titles of the plans in force, nothing else."""
from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from tracker.models import Plan


def in_force(session: Session) -> list[tuple[str, str]]:
    """Title and document number of each plan, the latest first."""
    rows = session.execute(select(Plan.title, Plan.doc_number).order_by(Plan.issued_on.desc(), Plan.id).limit(3))
    return [(title, number) for title, number in rows]
