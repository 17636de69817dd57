"""Static files (静态文件): vendored as they came, nothing from elsewhere, within the budget of the first view."""
from __future__ import annotations

import gzip
import hashlib
import re

from tracker import paths

BUDGET_KB = {"app.css": 14, "vendor/htmx.min.js": 18, "app.js": 12, "sprite.svg": 3}       # gzipped


def test_htmx_is_the_release_that_is_named_beside_it() -> None:
    named = re.findall("sha256 ([0-9a-f]{64})", (paths.STATIC / "vendor" / "VERSIONS.txt").read_text())
    assert named == [hashlib.sha256((paths.STATIC / "vendor" / "htmx.min.js").read_bytes()).hexdigest()]


def test_each_file_keeps_within_its_budget() -> None:
    sizes = {name: len(gzip.compress((paths.STATIC / name).read_bytes())) / 1024 for name in BUDGET_KB}
    assert {name: size for name, size in sizes.items() if size > BUDGET_KB[name]} == {}


def test_style_and_script_ask_nobody_else() -> None:
    for name in ("app.css", "app.js"):
        assert not re.search(r"https?://|//[a-z]|@import|url\(", (paths.STATIC / name).read_text()), name
