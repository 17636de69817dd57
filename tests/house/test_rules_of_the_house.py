"""The rules of the house (约定), read off the tree itself."""
from __future__ import annotations

import ast
import configparser
import re

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.house.tree import PYTHON, ROOT, TRACKER, tracked
from tracker.cli import main
from tracker.config import Settings
from tracker.domain.words import Job, SheetKind

CLOCKS = {"datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time", "time.time_ns",
          "time.localtime", "time.gmtime", "func.now", "func.current_timestamp"}
LONGEST = 350       # lines: a file is read in one sitting


def setup_cfg() -> configparser.ConfigParser:
    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg")
    return config


def mentions(text: str) -> list[tuple[str, int]]:
    """`owner.name` wherever it stands in a module, called or passed on, and what is imported from `time`."""
    found = []
    for node in ast.walk(ast.parse(text)):
        match node:
            case ast.Attribute(value=ast.Name(id=owner) | ast.Attribute(attr=owner), attr=name):
                found.append((f"{owner}.{name}", node.lineno))
            case ast.ImportFrom(module="time", names=names):
                found += [(f"time.{alias.name}", node.lineno) for alias in names]
    return found


def test_only_the_clock_asks_for_the_time():
    asked = {str(path.relative_to(ROOT)) for path in PYTHON
             for name, _ in mentions(path.read_text()) if name in CLOCKS}
    assert asked == {"tracker/clock.py"}


def test_a_clock_is_found_however_it_is_written():
    assert [name for name, _ in mentions("from time import time\ndefault = datetime.now\nx = datetime.date.today()")
            if name in CLOCKS] == ["time.time", "datetime.now", "date.today"]


def test_only_the_deed_commits():
    commits = {str(path.relative_to(ROOT)) for path in PYTHON if re.search(r"\.commit\(", path.read_text())}
    assert commits == {"tracker/services/deed.py"}


def test_every_package_is_in_the_wheel():
    listed = set(setup_cfg()["options"]["packages"].split()) - {"tracker.templates"}
    folders = {".".join(path.parent.relative_to(ROOT).parts) for path in TRACKER.rglob("*.py")}
    assert listed == folders


def test_everything_that_is_needed_is_locked():
    needed = map(Requirement, filter(None, setup_cfg()["options"]["install_requires"].split("\n")))
    lock = (ROOT / "requirements" / "run.txt").read_text()
    locked = dict(re.findall(r"^([\w-]+)(?:\[\w+\])?==([\w.]+)", lock, re.MULTILINE))
    assert [str(what) for what in needed if locked.get(canonicalize_name(what.name), "") not in what.specifier] == []


def test_files_are_read_in_one_sitting():
    long = {name: count for name in tracked("*.py") if not name.startswith("tracker/migrations/versions/")
            and (count := len((ROOT / name).read_text().splitlines())) > LONGEST}
    assert long == {}


def test_the_repository_stands_alone():
    outside = re.compile(r"\.\./sha" r"red|(?<![\w.~-])/wo" r"rk/")
    named = [name for name in tracked() if outside.search((ROOT / name).read_text(errors="replace"))]
    assert named == []


def test_the_readme_names_every_setting_command_job_and_sheet():
    readme = (ROOT / "README.md").read_text()
    missing = [f"TRACKER_{name.upper()}" for name in Settings.model_fields if f"TRACKER_{name.upper()}" not in readme]
    missing += [name for name in main.commands if not re.search(rf"tracker {name}\b", readme)]
    missing += [word.value for words in (Job, SheetKind) for word in words if f"`{word.value}`" not in readme
                and f" {word.value} " not in readme]
    assert missing == []


def test_exports_hold_nothing_in_the_repository():
    assert tracked("exports") == ["exports/.gitkeep"]
