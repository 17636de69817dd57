"""Saves a workbook whole or not at all (存盘): temporary file, fsync, read back, rename. Equal workbooks, equal bytes.

openpyxl's own save stamps today's clock into the properties and every entry of the archive, and leaves a broken file
behind when it fails in the middle.
"""
from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from datetime import datetime
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from openpyxl import Workbook
from openpyxl.writer.excel import ExcelWriter

from tracker.sheets.manifest import recompute


class _Archive(ZipFile):
    """An archive whose entries all carry one date."""

    def __init__(self, path: Path, at: datetime) -> None:
        super().__init__(path, "w", ZIP_DEFLATED)
        self._date = at.timetuple()[:6]

    def writestr(self, zinfo_or_arcname: Any, data: Any, *_: Any, **__: Any) -> None:
        super().writestr(ZipInfo(zinfo_or_arcname, self._date), data, ZIP_DEFLATED)

    def write(self, filename: Any, arcname: Any = None, *_: Any, **__: Any) -> None:
        entry = ZipInfo(arcname, self._date)
        entry.compress_type = ZIP_DEFLATED
        with open(filename, "rb") as source, self.open(entry, "w") as target:
            shutil.copyfileobj(source, target)


def save(workbook: Workbook, path: Path, rows_sha256: str) -> tuple[str, int]:
    """Write the workbook to `path`; returns sha256 and size in bytes. On any error nothing is left behind."""
    handle, name = tempfile.mkstemp(prefix=".making-", suffix=".xlsx", dir=path.parent)
    os.close(handle)
    temporary = Path(name)
    try:
        with _Archive(temporary, workbook.properties.modified) as archive:
            ExcelWriter(workbook, archive).save()
        _sync(temporary)
        manifest, found = recompute(temporary)
        if not manifest["rows_sha256"] == found == rows_sha256:
            raise ValueError(f"rows read back differ from rows written: {path.name}")
        content = temporary.read_bytes()
        temporary.replace(path)
        _sync(path.parent)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    return hashlib.sha256(content).hexdigest(), len(content)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
