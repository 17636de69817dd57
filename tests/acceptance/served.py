"""An installation as an office has it: a folder of its own, the commands and the server as processes of their own."""
from __future__ import annotations

import csv
import os
import select
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError

PATIENCE = 60.0             # seconds for anything to happen, on a busy machine too
NEW_PASSWORD = "柴达木盐湖的冬天很长"


class Installation:
    """A data folder, an export folder and an empty home. `program` is how the tracker is called."""

    def __init__(self, folder: Path, program: Sequence[str] = (sys.executable, "-m", "tracker"), *,
                 database_url: str = "", cwd: Path | None = None) -> None:
        self.data, self.sheets, self.program = folder / "data", folder / "sheets", list(program)
        home = folder / "home"
        home.mkdir(parents=True)
        self.cwd = cwd or Path.cwd()
        kept = {name: os.environ[name] for name in ("PATH", "LANG", "TMPDIR") if name in os.environ}
        self.environment = kept | {
            "HOME": str(home), "TRACKER_DATA_DIR": str(self.data), "TRACKER_EXPORT_DIR": str(self.sheets),
            "TRACKER_DATABASE_URL": database_url, "PYTHONUNBUFFERED": "1", "PYTHONUTF8": "1"}

    def start(self, *words: str, **extra: str) -> subprocess.Popen[str]:
        return subprocess.Popen([*self.program, *words], cwd=self.cwd, env=self.environment | extra, text=True,
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def run(self, *words: str) -> str:
        """What a command prints; it has to end well."""
        process = self.start(*words)
        out, err = process.communicate(timeout=PATIENCE)
        assert process.returncode == 0, (words, out, err)
        return out

    def first_passwords(self) -> dict[str, str]:
        """账号 → 初始密码, as the table hands them out."""
        with (self.data / "accounts" / "账号发放表.csv").open(encoding="utf-8-sig", newline="") as file:
            return {row["账号"]: row["初始密码"] for row in csv.DictReader(file)}

    @contextmanager
    def served(self) -> Iterator[str]:
        """The address of a running server; Ctrl-C ends it cleanly."""
        process, address = self.serve()
        try:
            yield address
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=PATIENCE)
            assert (process.returncode, out.splitlines()[-1]) == (0, "已停止。"), (out, err)
            assert "Traceback" not in err, err
        finally:
            end(process)

    def serve(self) -> tuple[subprocess.Popen[str], str]:
        """A server that answers, and its address. The caller ends it."""
        port = free_port()
        process, address = self.start("serve", TRACKER_PORT=str(port)), f"http://127.0.0.1:{port}"
        try:
            wait_until(lambda: answers(f"{address}/healthz"), process)
        except BaseException:
            end(process)
            raise
        return process, address


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def end(process: subprocess.Popen[str]) -> None:
    """Kill it where it still runs, and close what we read of it."""
    if process.poll() is None:
        process.kill()
        process.communicate()
    for stream in (process.stdout, process.stderr):
        if stream is not None:
            stream.close()


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return bool(answer.status == 200)
    except (URLError, ConnectionError):
        return False


def wait_until(happened, process: subprocess.Popen[str], *, breath: float = 0.05) -> None:
    """Look again and again; the process has to be alive until then."""
    for _ in range(int(PATIENCE / breath)):
        if happened():
            return
        if process.poll() is not None:
            raise AssertionError((process.returncode, *process.communicate()))
        select.select([], [], [], breath)
    raise AssertionError("nothing happened")
