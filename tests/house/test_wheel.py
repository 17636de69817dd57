"""The wheel (安装包): built from a clean copy, it works in an empty folder without the checkout."""
from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

from tests.house.tree import ROOT, tracked

PAGE = """
from tracker import paths
from tracker.app import create_app
from tracker.config import read_settings
client = create_app(read_settings()).test_client()
assert paths.CHECKOUT is None, paths.CHECKOUT
print(client.get("/login").text)
assert client.get("/static/app.css").status_code == 200
assert client.get("/static/vendor/htmx.min.js").status_code == 200
"""


def run(*words: str | Path, folder: Path) -> str:
    """What a command prints in a folder, without our settings and paths; a failure shows all that it said."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("TRACKER_", "PYTHON"))}
    ran = subprocess.run(words, cwd=folder, capture_output=True, text=True, env=kept)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    copy = tmp_path_factory.mktemp("copy")
    for name in tracked():
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, copy / name)
    run(sys.executable, "-m", "build", "--wheel", "--no-isolation", folder=copy)
    return next((copy / "dist").glob("*.whl"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bin folder of a new environment with the wheel, which sees what ours has installed."""
    place = tmp_path_factory.mktemp("place")
    run(sys.executable, "-m", "venv", "--without-pip", "venv", folder=place)
    python = place / "venv" / "bin" / "python"
    run(sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--no-index", "--no-deps", wheel,
        folder=place)
    site = run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'), end='')", folder=place)
    Path(site, "ours.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return python.parent


@pytest.mark.xdist_group("wheel")
def test_the_wheel_holds_what_the_checkout_holds(wheel):
    inside = set(zipfile.ZipFile(wheel).namelist())
    expected = {name.replace("templates/", "tracker/templates/", 1) if name.startswith("templates/") else name
                for name in tracked("tracker", "templates")}
    assert expected - inside == set()
    assert {name for name in inside if name.startswith("tracker/")} - expected == set()


@pytest.mark.xdist_group("wheel")
def test_a_new_office_begins_in_an_empty_folder(installed, tmp_path):
    assert "19项任务" in run(installed / "tracker", "init", folder=tmp_path)
    tasks = json.loads(run(installed / "tracker", "plan", "--json", folder=tmp_path))["tasks"]
    assert [task["number"] for task in tasks] == [str(number) for number in range(1, 20)]
    assert "<title>" in run(installed / "python", "-c", PAGE, folder=tmp_path)
