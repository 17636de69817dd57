"""G1: the server dies under submitting clerks: what it acknowledged stands once, whole; it starts again by itself."""
from __future__ import annotations

import os
import random
import re
import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from http.client import HTTPException
from itertools import count, cycle

import pytest

from tests.acceptance.person import Person
from tests.acceptance.served import NEW_PASSWORD, PATIENCE, Installation, end
from tests.battery.rounds import FULL, held, rounds

pytestmark = [pytest.mark.battery, pytest.mark.timeout(1800 if FULL else 240)]

CLERKS = ("kjj01", "fgw01", "gxj01", "czj01")
BODY = "走访企业，核对台账，逐条对照方案推进。" * 20


class Acknowledged:
    """The marks of the submissions that a clerk was told are in; he who waits hears when there are enough."""

    def __init__(self) -> None:
        self.marks: list[str] = []
        self._changed = threading.Condition()

    def add(self, mark: str) -> None:
        with self._changed:
            self.marks.append(mark)
            self._changed.notify_all()

    def wait_for(self, number: int) -> None:
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.marks) >= number, PATIENCE), self.marks


def submit_until_it_dies(clerk: Person, login: str, told: Acknowledged, numbers: count[int]) -> None:
    """Submit what the unit owes and take it back, round and round, until nobody answers."""
    try:
        reports = sorted(set(re.findall(r'href="(/reports/\d+)"', clerk.get("/my"))))
        assert reports, clerk.words
        for report in cycle(reports):
            clerk.get(report)
            if "withdraw" in clerk.page:
                clerk.send(f"{report}/withdraw")
                clerk.get(report)
            mark = f"{login}第{next(numbers)}次。"
            clerk.send(report, button=("deed", "submit"), progress=mark + BODY, self_rating="on_track", problems=mark,
                       next_steps=mark)
            assert clerk.status == 200, clerk.words
            told.add(mark)
    except (OSError, HTTPException):
        return


def test_g1_what_was_acknowledged_survives_the_death_of_the_server(tmp_path):
    seed = int(os.environ.get("BATTERY_SEED", "7"))
    chance, tried = random.Random(seed), rounds(2, 25)
    installation, told, numbers = Installation(tmp_path), Acknowledged(), count(1)
    installation.run("init", "--with-accounts")
    passwords = installation.first_passwords()
    for turn in range(tried):
        process, address = installation.serve()
        try:
            clerks = {login: Person(address) for login in CLERKS}
            for login, clerk in clerks.items():
                if turn == 0:
                    clerk.enter(login, passwords[login])
                else:
                    clerk.log_in(login, NEW_PASSWORD)
            enough = len(told.marks) + chance.randint(5, 60 if FULL else 15)
            with ThreadPoolExecutor(len(CLERKS)) as pool:
                working = [pool.submit(submit_until_it_dies, clerk, login, told, numbers)
                           for login, clerk in clerks.items()]
                try:
                    told.wait_for(enough)
                finally:
                    process.kill()
                    process.wait()
            for one in working:
                one.result()
        finally:
            end(process)
        look(installation, told.marks, f"BATTERY_SEED={seed}, round {turn}")
    with installation.served() as address:
        Person(address).log_in(CLERKS[0], NEW_PASSWORD)
    held("G1", tried=tried, figure=f"acknowledged={len(told.marks)},lost=0,doubled=0,torn=0")


def look(installation: Installation, marks: list[str], where: str) -> None:
    """Every acknowledged submission is there once, none is torn, each has its step; the trail is whole."""
    with closing(sqlite3.connect(installation.data / "tracker.sqlite")) as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)], where
        versions = database.execute("SELECT obligation_id, number, progress, problems, next_steps"
                                    " FROM report_version").fetchall()
        steps = database.execute("SELECT obligation_id, version_number FROM decision WHERE deed = 'submit'").fetchall()
    found = [progress.removesuffix(BODY) for _, _, progress, _, _ in versions]
    assert [mark for mark in marks if found.count(mark) != 1] == [], where
    assert len(found) == len(set(found)), where
    assert [row for row in versions if row[2] != row[3] + BODY or row[3] != row[4]] == [], where
    assert sorted(steps) == sorted(row[:2] for row in versions), where
    assert "完整" in installation.run("audit", "verify"), where
