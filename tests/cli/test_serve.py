"""The server as a person starts it: a process of its own, the first tick before it listens, a clean end."""
from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import urllib.request

import pytest

TRACKER = [sys.executable, "-m", "tracker"]


@pytest.fixture
def environment(tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    return os.environ | {
        "TRACKER_DATA_DIR": str(tmp_path / "data"), "TRACKER_EXPORT_DIR": str(tmp_path / "sheets"),
        "TRACKER_DATABASE_URL": "", "TRACKER_PORT": str(port), "PYTHONPATH": os.getcwd(), "PYTHONUNBUFFERED": "1"}


@pytest.fixture
def start(environment):
    """Start a command; killed at the end of the test where it still runs."""
    started = []

    def starting(*words):
        process = subprocess.Popen([*TRACKER, *words], env=environment, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, text=True)
        started.append(process)
        return process

    yield starting
    for process in started:
        process.kill()
        process.communicate()


def lines_until(process, words):
    lines = []
    for line in process.stdout:
        lines.append(line.strip())
        if words in line:
            return lines
    raise AssertionError((lines, process.stderr.read()))


def test_serve_ticks_listens_and_ends_cleanly(start, environment):
    assert start("init").wait(60) == 0
    server = start("serve")
    lines = lines_until(server, "已启动")
    address = f"http://127.0.0.1:{environment['TRACKER_PORT']}"
    assert lines == ["补做到期的作业……", f"已启动：{address}（按 Ctrl-C 停止）"]
    with urllib.request.urlopen(f"{address}/login", timeout=10) as answer:
        assert answer.status == 200
    assert start("tick").communicate(timeout=60)[0] == "没有到期的作业。\n"     # the first tick came before listening
    server.send_signal(signal.SIGTERM)
    out, err = server.communicate(timeout=30)
    assert (server.returncode, out) == (0, "正在停止……\n已停止。\n")
    assert "Traceback" not in err


def test_a_second_one_says_so_and_schedules_nothing(start, environment):
    assert start("init").wait(60) == 0
    first = start("scheduler")
    lines_until(first, "调度已启动")
    out, err = start("scheduler").communicate(timeout=60)
    assert (out, err) == ("", f"另一个进程（{first.pid}）正在调度这个库，这里没有启动。\n")
    second = start("serve")
    assert lines_until(second, "已启动")[0] == (
        f"另一个进程（{first.pid}）正在调度，这里只开网页；它停了就由这里接着调度。")
    out, err = start("serve").communicate(timeout=60)
    assert re.fullmatch(r"端口\d+用不了，可能已经开着一个。换一个端口：设 TRACKER_PORT。没有启动。\n", err)
    first.send_signal(signal.SIGINT)
    assert first.communicate(timeout=30)[0].endswith("已停止。\n")
    assert first.returncode == 0
