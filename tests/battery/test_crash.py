"""G1: the server dies under clerks who submit, draft and upload: what it acknowledged stands once, whole."""
from __future__ import annotations

import hashlib
import os
import random
import sqlite3
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from threading import Event

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from tests.acceptance.served import PATIENCE, Installation, end
from tests.battery.crash_clients import BODY, Client, Drafts, Files, Sent, Submissions, Told
from tests.battery.rounds import FULL, held, rounds
from tests.serving import Caller, log_in
from tracker.app import create_app
from tracker.config import Settings
from tracker.models import Obligation, User
from tracker.services import audit
from tracker.web.context import db

pytestmark = [pytest.mark.battery, pytest.mark.timeout(3600 if FULL else 300)]

CLERKS = ("kjj01", "fgw01", "gxj01")
KINDS = (Submissions, Submissions, Drafts, Files)


class Office:
    """An installation, its clerks and what they were told; `look` compares with what lies there."""

    def __init__(self, folder: Path) -> None:
        self.installation, self.told = Installation(folder), Told()
        self.installation.run("init", "--with-accounts")
        self.installation.run("tick")
        self.app = create_app(Settings(data_dir=self.installation.data))
        with self.session() as session:
            session.execute(sa.update(User).values(must_change=False))
            session.commit()
            owed = {login: session.scalars(sa.select(Obligation.id).join(User, User.unit_id == Obligation.unit_id)
                                           .where(User.login == login)).all() for login in CLERKS}
        self.cookies = {login: log_in(self.app, login) for login in CLERKS}
        self.clients: list[tuple[str, Client]] = [
            (login, kind(f"{login}{number}", owed[login][number::len(KINDS)], self.told))
            for login in CLERKS for number, kind in enumerate(KINDS)]
        self.drafts: dict[int, list[str]] = {}          # obligation → the marks of its drafts, the last one stands
        self.looked_at = 0
        self.let_go()

    @contextmanager
    def session(self) -> Iterator[Session]:
        with self.app.app_context(), Session(db.engine, info=self.app.extensions["tracker"].session_info()) as session:
            yield session

    def let_go(self) -> None:
        with self.app.app_context():
            db.engine.dispose()

    def live_and_die(self, chance: random.Random) -> None:
        """Serve all clients at once and be killed between two answers, or in the middle of any."""
        enough = len(self.told.acknowledged) + chance.randint(1, 40)
        process, address = self.installation.serve()
        self.told.left = 0
        try:
            with ThreadPoolExecutor(len(self.clients)) as pool:
                working = [pool.submit(client.work, Caller(address, self.cookies[login]))
                           for login, client in self.clients]
                try:
                    assert self.told.wait_for(enough, PATIENCE), [one.result() for one in working if one.done()]
                    Event().wait(chance.uniform(0, 0.05))
                finally:
                    process.kill()
                    process.wait()
            for one in working:
                one.result()
        finally:
            end(process)

    def look(self) -> None:
        with closing(sqlite3.connect(self.installation.data / "tracker.sqlite")) as database:
            assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            assert database.execute("PRAGMA foreign_key_check").fetchall() == []
            self._submissions(database)
            self._drafts(database)
            self._files(database)
        with self.session() as session:
            assert audit.verify(session).whole
        self.let_go()
        self.told.under_way.clear()
        self.looked_at = len(self.told.acknowledged)

    def _acknowledged(self, kind: str) -> list[Sent]:
        return [what for what in self.told.acknowledged if what.kind == kind]

    def _submissions(self, database: sqlite3.Connection) -> None:
        """Each is there once, none is torn; each has its step, its event and the file that went with it."""
        versions = database.execute(
            "SELECT v.obligation_id, v.number, v.progress, v.problems, v.next_steps, group_concat(a.name)"
            " FROM report_version v LEFT JOIN version_attachment w ON w.version_id = v.id"
            " LEFT JOIN attachment a ON a.id = w.attachment_id GROUP BY v.id").fetchall()
        found = Counter((row[0], row[3]) for row in versions)
        assert [what for what in self._acknowledged("submission") if found[what.obligation_id, what.mark] != 1] == []
        assert set(found.values()) <= {1}
        assert [row for row in versions if row[2:] != (row[3] + BODY, row[3], row[3], f"{row[3]}.pdf")] == []
        steps = database.execute("SELECT obligation_id, version_number FROM decision WHERE deed = 'submit'").fetchall()
        assert sorted(steps) == sorted(row[:2] for row in versions)
        assert events(database, "report.submitted") == Counter(row[0] for row in versions)

    def _drafts(self, database: sqlite3.Connection) -> None:
        """What was saved last stands; what nobody was told of stands whole or not at all. Each has its event."""
        for what in self.told.acknowledged[self.looked_at:]:
            if what.kind == "draft":
                self.drafts.setdefault(what.obligation_id, []).append(what.mark)
        rows = database.execute("SELECT obligation_id, progress, problems, next_steps FROM report").fetchall()
        assert [row for row in rows if row[1:] != (row[2] + BODY, row[2], row[2])] == []
        stands = {row[0]: row[2] for row in rows}
        for what in self.told.under_way:
            if what.kind == "draft" and stands.get(what.obligation_id) == what.mark:
                self.drafts.setdefault(what.obligation_id, []).append(what.mark)
        assert {owed: marks[-1] for owed, marks in self.drafts.items()} == {
            owed: stands.get(owed) for owed in self.drafts}
        assert events(database, "report.draft_saved") == {owed: len(marks) for owed, marks in self.drafts.items()}

    def _files(self, database: sqlite3.Connection) -> None:
        """Each hangs where it was put, once, and lies in the folder whole; no row is without its file."""
        rows = database.execute("SELECT obligation_id, name, sha256 FROM attachment").fetchall()
        found = Counter(rows)
        assert [what for what in self._acknowledged("file")
                if found[what.obligation_id, f"{what.mark}.pdf", what.sha256] != 1] == []
        assert set(found.values()) <= {1}
        assert events(database, "file.attached") == Counter(row[0] for row in rows)
        stored = [sha256 for sha256, in database.execute("SELECT sha256 FROM stored_file")]
        assert sorted(stored) == sorted({row[2] for row in rows})
        folder = self.installation.data / "evidence"
        assert [sha256 for sha256 in stored
                if hashlib.sha256((folder / sha256[:2] / sha256).read_bytes()).hexdigest() != sha256] == []


def events(database: sqlite3.Connection, action: str) -> dict[int, int]:
    """Obligation → how many events of this kind speak of it."""
    return dict(database.execute("SELECT json_extract(facts, '$.obligation'), count(*) FROM audit_event"
                                 " WHERE action = ? GROUP BY 1", (action,)).fetchall())


def test_g1_what_was_acknowledged_survives_the_death_of_the_server(tmp_path):
    seed = int(os.environ.get("BATTERY_SEED", "7"))
    print(f"BATTERY_SEED={seed}")
    chance, tried, office = random.Random(seed), rounds(10, 100), Office(tmp_path)
    for _ in range(tried):
        office.live_and_die(chance)
        office.look()
    with office.installation.served() as address:
        assert "退出" in Caller(address, office.cookies[CLERKS[0]]).get("/my")
    assert "完整" in office.installation.run("audit", "verify")
    done = Counter(what.kind for what in office.told.acknowledged)
    assert set(done) == {"submission", "draft", "file"}
    held("G1", tried=tried, figure=f"acknowledged={dict(done)},lost=0,doubled=0,torn=0")
