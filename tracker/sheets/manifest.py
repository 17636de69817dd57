"""What a workbook says about itself (文件说明): properties, the manifest with its sha256, the 核验码 of the footer.

The manifest stands for the rows of the flat sheet (明细版): `recompute` reads them back from a file, so a changed
figure shows. Source: SHEETS section 7, "Properties".
"""
from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from openpyxl import Workbook, load_workbook
from openpyxl.packaging.custom import StringProperty

from tracker.domain.rows import SheetFacts
from tracker.domain.words import SheetKind
from tracker.sheets.text import unescape

PROPERTY = "tracker.manifest"
CREATOR = "任务责任跟踪系统"
_PIECE = 255                               # longest text of a custom property that every program keeps


def rows_sha256(headings: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """sha256 over the headings and the values of all rows, each in one spelling whatever program saved it."""
    digest = hashlib.sha256()
    for row in (headings, *rows):
        digest.update(json.dumps([_spelled(value) for value in row], ensure_ascii=False).encode() + b"\n")
    return digest.hexdigest()


def check_code(sha256: str) -> str:
    """核验码: the first 8 hex digits, as XXXX-XXXX."""
    return f"{sha256[:4]}-{sha256[4:8]}".upper()


def describe(workbook: Workbook, kind: SheetKind, facts: SheetFacts, title: str, sha256: str) -> None:
    """Set the properties; created = modified = `as_of`, so that two makes are equal."""
    at = facts.as_of.astimezone(UTC).replace(tzinfo=None, microsecond=0)
    properties = workbook.properties
    properties.title, properties.subject, properties.category = title, facts.plan_title, kind.label
    properties.creator = properties.lastModifiedBy = CREATOR
    properties.created = properties.modified = at
    text = json.dumps({
        "plan": facts.plan_key, "period": facts.period_key, "as_of": facts.as_of.astimezone(UTC).isoformat(),
        "kind": kind.value, "issue_number": facts.issue_number, "draft": facts.draft, "demo": facts.demo,
        "rules": hashlib.sha256("\n".join(facts.rules).encode()).hexdigest()[:8], "rows_sha256": sha256,
    }, ensure_ascii=False)
    for n, start in enumerate(range(0, len(text), _PIECE)):
        name = f"{PROPERTY}.{n + 1}" if n else PROPERTY
        workbook.custom_doc_props.append(  # type: ignore[attr-defined]  # the stubs lack it
            StringProperty(name=name, value=text[start : start + _PIECE]))


def read(workbook: Workbook) -> dict[str, Any]:
    """The manifest of a workbook; {} where another program has dropped it (then the 核验码 on paper must do)."""
    properties = workbook.custom_doc_props.props  # type: ignore[attr-defined]  # the stubs lack it
    pieces = [prop.value for prop in properties if prop.name.startswith(PROPERTY)]
    found: dict[str, Any] = json.loads("".join(pieces)) if pieces else {}
    return found


def recompute(path: Path) -> tuple[dict[str, Any], str]:
    """The manifest of a file, and the sha256 of the rows that now stand on its flat sheet (…数据)."""
    workbook = load_workbook(path, read_only=True)
    try:
        sheet = next(sheet for sheet in workbook.worksheets if sheet.title.endswith("数据"))
        headings, *rows = sheet.iter_rows(values_only=True)
        return read(workbook), rows_sha256([str(heading) for heading in headings], rows)
    finally:
        workbook.close()


def _spelled(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        moment = (value + timedelta(milliseconds=500)).replace(microsecond=0)     # held as a fraction of a day
        return moment.date().isoformat() if moment.time() == time() else moment.isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, int | float):
        return f"{value:.10g}"
    return unescape(str(value))
