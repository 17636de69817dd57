"""Battery C1, C2: workbooks that are sent to do harm, at the door for uploaded workbooks."""
from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.battery import evil_xlsx
from tests.battery.rounds import held, rounds
from tests.house.tree import ROOT
from tracker.errors import Refused
from tracker.services.people_import import read_people

pytestmark = pytest.mark.battery

GROWTH_MB = 100
READER = """
import resource, sys, time
from pathlib import Path
from tracker.errors import Refused
from tracker.services.people_import import read_people

def megabytes():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024

folder = Path(sys.argv[1])
read_people((folder / "plain").read_bytes(), "a.xlsx")
before = megabytes()
now = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (now + int(sys.argv[2]), now + int(sys.argv[2])))
for path in sorted(folder.iterdir()):
    content, started, said = path.read_bytes(), time.perf_counter(), "ACCEPTED"
    try:
        read_people(content, "a.xlsx")
    except Refused as refused:
        said = refused.message
    del content
    print(path.name, f"{time.perf_counter() - started:.2f}", f"{megabytes() - before:.0f}", said)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="memory is limited and read by /proc")
def test_c1_a_bomb_is_refused_before_it_goes_off(tmp_path: Path) -> None:
    """All in one process that is killed at 100 MB more than the good workbook took, or at ten times its time."""
    (tmp_path / "plain").write_bytes(evil_xlsx.plain())
    for bomb in evil_xlsx.BOMBS:
        (tmp_path / bomb.__name__).write_bytes(bomb())
    (tmp_path / "swollen_sheet").write_bytes(evil_xlsx.swollen_sheet(rounds(40, 180)))
    (tmp_path / "swollen_strings").write_bytes(evil_xlsx.swollen_strings(rounds(40, 150)))
    count = len(evil_xlsx.BOMBS) + 2
    ended = subprocess.run([sys.executable, "-c", READER, str(tmp_path), str(GROWTH_MB * 2**20)], cwd=ROOT,
                           timeout=20 * count, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    lines = [line.split(" ", 3) for line in ended.stdout.splitlines()]
    assert [line[0] for line in lines if line[3] == "ACCEPTED"] == ["plain"]
    assert [line[0] for line in lines if line[0] != "plain" and "没有收下，什么都没有改。" not in line[3]] == []
    assert len(lines) == count + 1
    seconds, megabytes = max(float(line[1]) for line in lines), max(int(line[2]) for line in lines)
    held("C1", tried=count, figure=f"max {seconds} s, +{megabytes} MB")


@pytest.fixture
def sentinel() -> Iterator[socket.socket]:
    """A listener that must see nobody."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(0.05)
        yield listening


def test_c2_no_entity_is_expanded_and_nothing_is_fetched(sentinel: socket.socket, tmp_path: Path) -> None:
    canary = tmp_path / "canary.txt"
    canary.write_text("金丝雀一九七三")
    tried = 0
    for what, content in evil_xlsx.entities(sentinel.getsockname()[1], str(canary)):
        with pytest.raises(Refused) as refused:
            read_people(content, "表.xlsx")
        assert refused.value.message.startswith("“表.xlsx”里有办公软件不会写的外部引用，没有收下，什么都没有改。"), what
        tried += 1
    with pytest.raises(TimeoutError):
        sentinel.accept()
    assert tried == 7 * 6 + 2
    held("C2", tried=tried, figure="reads=0, connections=0")


def test_c2_the_good_workbook_that_they_vary_is_taken() -> None:
    assert [person.login for person in read_people(evil_xlsx.plain(), "a.xlsx")] == ["ld01"]
