"""Who works while the server is killed (崩溃时的来客): each notes what he sends before, and what he was told after."""
from __future__ import annotations

import hashlib
import re
import threading
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from http.client import HTTPException
from itertools import cycle

from tests.serving import Caller
from tests.web.desk import written

BODY = "走访企业，核对台账，逐条对照方案推进。" * 20
VERSION = re.compile(r'name="version" value="(\d+)"')
REMOVE = re.compile(r"/files/(\d+)/remove")


@dataclass(frozen=True)
class Sent:
    """Something that a client sent: a draft, a submission or a file. `mark` stands in it, and nowhere else."""

    kind: str
    obligation_id: int
    mark: str
    sha256: str = ""


def scan_of(mark: str) -> bytes:
    """A PDF of some 100 KB that no other equals."""
    padding = hashlib.sha256(mark.encode()).hexdigest().encode()
    return b"%PDF-1.4\n1 0 obj<<>>endobj\n%" + mark.encode() + b"\n" + (b"%" + padding + b"\n") * 1500 \
        + b"trailer<<>>\n%%EOF\n"


@dataclass
class Told:
    """What was acknowledged, and what was under way; whoever waits hears when there is enough."""

    acknowledged: list[Sent] = field(default_factory=list)
    under_way: set[Sent] = field(default_factory=set)
    changed: threading.Condition = field(default_factory=threading.Condition)
    left: int = 0               # clients that stopped working

    def sending(self, what: Sent) -> None:
        with self.changed:
            self.under_way.add(what)

    def answered(self, what: Sent) -> None:
        with self.changed:
            self.under_way.remove(what)
            self.acknowledged.append(what)
            self.changed.notify_all()

    def leaving(self) -> None:
        with self.changed:
            self.left += 1
            self.changed.notify_all()

    def wait_for(self, number: int, seconds: float) -> bool:
        """True once so much was acknowledged; False where a client leaves before."""
        with self.changed:
            self.changed.wait_for(lambda: self.left or len(self.acknowledged) >= number, seconds)
            return not self.left


class Client(ABC):
    """One clerk's work of one kind on obligations that nobody else touches, until the server is gone."""

    def __init__(self, name: str, owed: Sequence[int], told: Told) -> None:
        self.name, self.owed, self.told, self.count = name, cycle(owed), told, 0

    def work(self, caller: Caller) -> None:
        try:
            while True:
                self.count += 1
                self.once(caller, next(self.owed), f"{self.name}第{self.count}次。")
        except (OSError, HTTPException):
            return
        finally:
            self.told.leaving()

    @abstractmethod
    def once(self, caller: Caller, owed: int, mark: str) -> None:
        """One piece of work on one obligation, told before it is sent and once it is answered."""

    def upload(self, caller: Caller, owed: int, mark: str) -> list[str]:
        """Send a file of its own; the addresses of all that hang there, the oldest first."""
        content = scan_of(mark)
        what = Sent("file", owed, mark, hashlib.sha256(content).hexdigest())
        self.told.sending(what)
        status, answer = caller.upload(f"/reports/{owed}/files", f"{mark}.pdf", content)
        assert status == 200, answer
        self.told.answered(what)
        return REMOVE.findall(answer["list"])


class Drafts(Client):
    def once(self, caller: Caller, owed: int, mark: str) -> None:
        version = VERSION.findall(caller.get(f"/reports/{owed}"))[0]
        what = Sent("draft", owed, mark)
        self.told.sending(what)
        status, _, answer = caller.post(f"/reports/{owed}/draft", version=version, progress=mark + BODY,
                                        problems=mark, next_steps=mark)
        assert status == 200, answer
        self.told.answered(what)


class Files(Client):
    def once(self, caller: Caller, owed: int, mark: str) -> None:
        for old in self.upload(caller, owed, mark)[:-5]:
            assert caller.post(f"/files/{old}/remove")[0] == 303


class Submissions(Client):
    def once(self, caller: Caller, owed: int, mark: str) -> None:
        page = caller.get(f"/reports/{owed}")
        if f"/reports/{owed}/withdraw" in page:
            assert caller.post(f"/reports/{owed}/withdraw", version=VERSION.findall(page)[0])[0] == 303
        for old in self.upload(caller, owed, mark)[:-1]:        # what went with the one before
            assert caller.post(f"/files/{old}/remove")[0] == 303
        version, what = VERSION.findall(caller.get(f"/reports/{owed}"))[0], Sent("submission", owed, mark)
        self.told.sending(what)
        status, _, page = caller.post(f"/reports/{owed}", **written(
            int(version), request_key=f"{self.count:04}{self.name}", progress=mark + BODY, problems=mark,
            next_steps=mark))
        assert status == 303, page
        self.told.answered(what)
