"""The digest of a database: sha256 over all rows in key order. Two equal digests: a refused deed changed nothing."""
from __future__ import annotations

import hashlib

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tracker.db import Base


def digest_of(session: Session, *, leave_out: frozenset[str] = frozenset()) -> str:
    """Ends the session's reading transaction before and after, so that it sees what stands and holds nothing."""
    session.rollback()
    found = hashlib.sha256()
    for table in Base.metadata.sorted_tables:
        if table.name not in leave_out:
            for row in session.execute(sa.select(table).order_by(*table.primary_key)):
                found.update(f"{table.name} {tuple(row)!r}\n".encode())
    session.rollback()
    return found.hexdigest()
