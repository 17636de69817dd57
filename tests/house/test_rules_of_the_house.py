"""The rules of the house (约定), read off the tree itself."""
from __future__ import annotations

import ast
import configparser
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TRACKER = ROOT / "tracker"
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
PYTHON = sorted(TRACKER.rglob("*.py"))
CLOCKS = {("datetime", "now"), ("datetime", "utcnow"), ("datetime", "today"), ("date", "today"), ("time", "time"),
          ("time", "localtime"), ("time", "gmtime")}


def calls(path: Path) -> list[tuple[str, str, int]]:
    """(object, method, line) of every `object.method(…)` in a file."""
    found = []
    for node in ast.walk(ast.parse(path.read_text())):
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr=method)):
                found.append((name, method, node.lineno))
    return found


def test_only_the_clock_asks_for_the_time():
    asked = [(str(path.relative_to(ROOT)), line) for path in PYTHON if path.name != "clock.py"
             for name, method, line in calls(path) if (name, method) in CLOCKS]
    assert asked == []


def test_only_the_deed_commits():
    found = [(str(path.relative_to(ROOT)), number) for path in PYTHON
             for number, line in enumerate(path.read_text().splitlines(), 1)
             if re.search(r"\.commit\(", line) and path.name != "deed.py"]
    assert found == []


def test_every_package_is_in_the_wheel():
    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg")
    listed = set(config["options"]["packages"].split()) - {"tracker.templates"}
    folders = {".".join(path.parent.relative_to(ROOT).parts) for path in TRACKER.rglob("__init__.py")}
    assert listed == folders


def test_files_are_read_in_one_sitting():
    long = {str(path.relative_to(ROOT)): count for path in [*PYTHON, *sorted((ROOT / "tests").rglob("*.py"))]
            if "versions" not in path.parts and (count := len(path.read_text().splitlines())) > 350}
    assert long == {}


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT / "templates")))
def test_a_template_has_nothing_inline_and_nothing_from_outside(path):
    text = path.read_text()
    assert not re.search(r"<script(?![^>]*\bsrc=)", text), "inline script"
    assert not re.search(r"<style\b|\sstyle=", text), "inline style"
    assert not re.search(r"\son[a-z]+=", text), "inline handler"
    assert not re.search(r"\|\s*safe\b", text), "|safe"
    assert not re.search(r"""(?:src|href|action)=["'](?:https?:)?//""", text), "something from outside"


def tracked(*below: str) -> list[str]:
    """The files that git tracks."""
    listed = subprocess.run(["git", "ls-files", *below], cwd=ROOT, capture_output=True, text=True, check=True)
    return listed.stdout.split()


def test_the_repository_stands_alone():
    word = "../" + "shared"
    assert [name for name in tracked() if (ROOT / name).is_file() and not name.endswith(".png")
            and word in (ROOT / name).read_text(errors="replace")] == []


def test_the_readme_names_every_setting_command_and_job():
    from tracker.cli import main
    from tracker.config import Settings
    from tracker.domain.words import Job

    readme = (ROOT / "README.md").read_text()
    missing = [f"TRACKER_{name.upper()}" for name in Settings.model_fields if f"TRACKER_{name.upper()}" not in readme]
    missing += [name for name in main.commands if not re.search(rf"`(?:tracker )?{name}\b|tracker {name}\b", readme)]
    missing += [job.value for job in Job if job.value not in readme]
    assert missing == []


def test_exports_hold_nothing_in_the_repository():
    assert tracked("exports") == ["exports/.gitkeep"]
