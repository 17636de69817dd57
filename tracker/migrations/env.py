"""Alembic's way in: always called by services/migrate.py with an open connection."""
from __future__ import annotations

from typing import Any, Literal

from alembic import context

import tracker.models  # noqa: F401  (the tables)
from tracker.db import Base, UTCDateTime, WordType


def render_item(kind: str, item: Any, _autogen: Any) -> str | Literal[False]:
    """Write our column types as plain ones: a migration never imports our code."""
    if kind == "type" and isinstance(item, UTCDateTime):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(item, WordType):
        return "sa.String(24)"
    return False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,
    render_item=render_item,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
