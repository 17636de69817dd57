"""Battery C1, C2 at the door for evidence: bombs go off nowhere, because nothing is unpacked; entities are refused."""
from __future__ import annotations

import subprocess
import sys
from io import BytesIO
from pathlib import Path

import pytest

from tests.battery import evil, evil_xlsx
from tests.battery.rounds import held, rounds
from tests.house.tree import ROOT
from tracker.domain.file_kinds import recognise
from tracker.errors import Refused

pytestmark = pytest.mark.battery

GROWTH_MB = 100
GO_OFF_WHEN_PARSED = (      # evidence never is: these are stored as they came
    "a_cell_at_the_far_corner", "a_cell_in_a_far_column", "a_hundred_sheets_over_one_part", "half_a_million_attributes",
    "nested_zips", "one_endless_comment", "rows_that_go_back", "ten_thousand_deep", "two_hundred_thousand_cells",
    "two_hundred_thousand_styles")
READER = """
import resource, sys, time
from pathlib import Path
from tracker.domain.file_kinds import recognise
from tracker.errors import Refused

def look(path):
    with path.open("rb") as file:
        try:
            recognise(file, path.stat().st_size, path.name)
        except Refused as refused:
            return refused.message
    return "TAKEN"

def megabytes():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024

folder = Path(sys.argv[1])
look(folder / "a_plain.xlsx")
before = megabytes()
now = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (now + int(sys.argv[2]), now + int(sys.argv[2])))
for path in sorted(folder.iterdir()):
    started = time.perf_counter()
    said = look(path)
    print(path.name, f"{time.perf_counter() - started:.2f}", f"{megabytes() - before:.0f}", said)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="memory is limited and read by /proc")
def test_c1_a_bomb_is_refused_from_its_directory_or_kept_shut(tmp_path: Path) -> None:
    """One process, killed at 100 MB more than a plain workbook took."""
    bombs = {f"{bomb.__name__}.xlsx": bomb() for bomb in evil_xlsx.BOMBS} | {
        "swollen_sheet.xlsx": evil_xlsx.swollen_sheet(rounds(120, 180)),
        "swollen_strings.xlsx": evil_xlsx.swollen_strings(rounds(120, 150)),
        "picture.png": evil.png(60_000, 60_000), "entries.zip": evil.many(rounds(20_000, 60_000)),
        "nested.zip": evil.zipped({"2.zip": evil.zipped({"3.zip": evil.bomb(20)})}),
        "lies.zip": evil.lying_zip(2**32 - 2), "swollen.zip": evil.bomb(501),
        "swollen.docx": evil.docx(**{"word/a.xml": "x" * (101 * 2**20)}),
    }
    for name, content in ({"a_plain.xlsx": evil_xlsx.plain()} | bombs).items():
        (tmp_path / name).write_bytes(content)
    ended = subprocess.run([sys.executable, "-c", READER, str(tmp_path), str(GROWTH_MB * 2**20)], cwd=ROOT,
                           timeout=20 * len(bombs), capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    lines = [line.split(" ", 3) for line in ended.stdout.splitlines()]
    taken = {line[0].removesuffix(".xlsx") for line in lines if line[3] == "TAKEN"}
    assert taken == {"a_plain", *GO_OFF_WHEN_PARSED}
    seconds, megabytes = max(float(line[1]) for line in lines), max(int(line[2]) for line in lines)
    held("C1 evidence", tried=len(bombs),
         figure=f"kept shut={len(GO_OFF_WHEN_PARSED)}, max {seconds} s, +{megabytes} MB")


def test_c2_no_part_with_an_entity_is_taken(tmp_path: Path) -> None:
    canary, tried = tmp_path / "canary.txt", 0
    canary.write_text("金丝雀一九七三")
    for what, content in evil_xlsx.entities(9, str(canary)):
        with pytest.raises(Refused) as refused:
            recognise(BytesIO(content), len(content), "表.xlsx")
        assert "外部引用" in refused.value.message, what
        tried += 1
    held("C2 evidence", tried=tried, figure="taken=0")
