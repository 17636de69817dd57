"""Battery B4: what a form does not ask for, it does not take."""
from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from tests import databases
from tests.battery.access_table import CASES, Case
from tests.battery.asking import Asker
from tests.battery.rounds import FULL, held
from tests.battery.world import World
from tracker.db import Base

pytestmark = [pytest.mark.battery, pytest.mark.timeout(3600 if FULL else 300)]

# What an attacker would like to set: whose it is, how it stands, who did it when, what an account may.
WISHED = {
    "id": "1", "unit_id": "{unit_foreign}", "state": "accepted", "to_sign": "", "role": "admin", "plan_id": "1",
    "period_id": "1", "task_id": "1", "obligation_id": "{foreign_draft}", "number": "9", "created_by": "别人",
    "created_at": "2020-01-01", "submitted_by": "别人", "submitted_at": "2020-01-01T00:00", "accepted_at": "2020-01-01",
    "delivered_at": "2020-01-01T00:00", "on_time": "1", "due_at": "2030-01-01T00:00", "sent_at": "2020-01-01T00:00",
    "actor_id": "1", "actor_name": "别人", "edited_by": "别人", "confirmed_by": "别人", "decided_by": "别人",
    "by_unit_id": "{unit_foreign}", "quoted_by": "别人", "uploaded_by": "别人", "sha256": "0" * 64, "purged_at": "1",
    "active": "1", "apart": "1", "must_change": "", "password_hash": "!", "large_print": "1", "sign_off": "",
    "admin": "1", "is_admin": "1", "permissions": "*", "version_number": "1", "at": "2020-01-01T00:00",
}
ASKED_FOR = {                       # of these, what a form does ask for
    "users.create": {"unit_id"}, "account.switch_identity": {"unit_id"},
}
BY_CHANCE = {"path", "password_hash", "token_hash", "id_hash", "previous_hash", "hash", "last_hash"}
ENDS = {"account.log_out"}


class Copy:
    """The database as it was, to be put back."""

    def __init__(self, app: Flask, session: Session) -> None:
        self.app, self.session, self.engine = app, session, session.get_bind()
        self.anchor = app.extensions["tracker"].seal.anchor
        self.end = self.anchor.read_bytes()
        session.rollback()
        self.rows = {table: [dict(row._mapping) for row in session.execute(sa.select(table))]
                     for table in Base.metadata.sorted_tables}
        session.rollback()

    def put_back(self) -> None:
        self.session.rollback()
        assert isinstance(self.engine, sa.Engine)
        if self.engine.dialect.name == "postgresql":
            databases.empty(self.engine)
        with self.engine.begin() as connection:
            if self.engine.dialect.name == "sqlite":
                connection.exec_driver_sql("PRAGMA defer_foreign_keys=ON")
                for table in reversed(Base.metadata.sorted_tables):
                    connection.execute(table.delete())
            else:
                connection.exec_driver_sql("DELETE FROM audit_head")
            for table, rows in self.rows.items():
                if rows:
                    connection.execute(table.insert(), rows)
                if self.engine.dialect.name == "postgresql" and "id" in table.c and isinstance(
                        table.c.id.type, sa.Integer) and table.c.id.autoincrement is not False:
                    connection.execute(sa.text(
                        f"SELECT setval(pg_get_serial_sequence('{table.name}', 'id'),"
                        f" coalesce((SELECT max(id) FROM {table.name}), 0) + 1, false)"))
        self.anchor.write_bytes(self.end)


def contents(session: Session) -> dict[str, list[dict[str, Any]]]:
    """Every row of every table, without what is drawn by lot."""
    session.rollback()
    found = {table.name: [{name: value for name, value in row._mapping.items() if name not in BY_CHANCE}
                          for row in session.execute(sa.select(table).order_by(*table.primary_key))]
             for table in Base.metadata.sorted_tables}
    session.rollback()
    return found


def with_wishes(case: Case, world: World) -> dict[str, str]:
    taken = case.data(world.ids).keys() | ASKED_FOR.get(case.endpoint, set())
    return {name: value.format(**world.ids) for name, value in WISHED.items() if name not in taken}


def test_b4_no_form_takes_what_it_does_not_ask_for(app: Flask, world: World, session: Session) -> None:
    """Each form as it should be, then from the same beginning with all the wishes added: the same end."""
    asker, copy = Asker(world), Copy(app, session)
    copy.put_back()                 # every run begins with the same numbers
    before, tried, worked, effects = contents(session), 0, set(), []
    for case in CASES:
        if case.method != "POST" or not case.allowed or case.endpoint in ENDS:
            continue
        if not (FULL or case.state in {"", "draft", "sign", "sent"}):
            continue
        name, tried = sorted(case.allowed - {"anonymous", "disabled"})[0], tried + 1
        asker.ask(name, case)
        plain = contents(session)
        if plain != before:
            worked.add(case.endpoint)
            copy.put_back()
        asker.ask(name, case, more=with_wishes(case, world))
        wished = contents(session)
        if wished != plain:
            effects.append((case.endpoint, case.path(world.ids), [one for one in plain if plain[one] != wished[one]]))
        if wished != before:
            copy.put_back()
    assert effects == []
    assert {"reports.write", "sign.decide", "review.decide", "lead.chase", "users.disable"} <= worked
    held("B4", tried=tried, figure=f"effects=0, forms that changed something={len(worked)}")
