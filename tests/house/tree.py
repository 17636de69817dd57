"""The checkout as the house tests read it."""
from __future__ import annotations

import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TRACKER = ROOT / "tracker"
PYTHON = sorted(TRACKER.rglob("*.py"))


def tracked(*below: str) -> list[str]:
    """The files that git tracks and that are there, relative to the top."""
    listed = subprocess.run(["git", "ls-files", "-z", *below], cwd=ROOT, capture_output=True, text=True, check=True)
    return [name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]
