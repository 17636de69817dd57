"""The PDF that LibreOffice makes of a print sheet, and what can be seen on it: text that is cut off is not there."""
from __future__ import annotations

import os
import re
import subprocess
import zipfile
from itertools import accumulate
from pathlib import Path

import fitz
from openpyxl import load_workbook
from openpyxl.utils import get_column_letter, range_boundaries

from tracker.paths import PACKAGE

POINTS_PER_WIDTH = 1.96 / 25.4 * 72       # what LibreOffice makes of a width unit


def with_others_hidden(source: Path, target: Path, **heights: float) -> None:
    """A copy whose flat sheet and notes are hidden (hidden sheets do not print); rows `r7=21.0` made that high."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            data = old.read(name)
            if name == "xl/workbook.xml":
                data = re.sub(rb'(sheetId="[2-9]" state=)"visible"', rb'\1"hidden"', data)
            if name == "xl/worksheets/sheet1.xml":
                for row, height in heights.items():
                    data = re.sub(rb'(<row r="%s"[^>]* ht=)"[0-9.]+"' % row[1:].encode(), rb'\1"%.1f"' % height, data)
            new.writestr(name, data)


def convert(soffice: str, source: Path, target: Path, kind: str = "pdf") -> None:
    """Every workbook of a folder to PDF (or saved again as xlsx) into another, with the fonts that ship."""
    subprocess.run(
        [soffice, "--headless", f"-env:UserInstallation=file://{target}/profile", "--convert-to", kind, "--outdir",
         str(target), *map(str, sorted(source.glob("*.xlsx")))],
        check=True, capture_output=True, timeout=100,
        env={**os.environ, "FONTCONFIG_FILE": str(PACKAGE / "sheets" / "fonts.conf")})


class Printed:
    """A print sheet beside its PDF."""

    def __init__(self, path: Path) -> None:
        self.sheet = load_workbook(path).worksheets[0]
        self.pages = list(fitz.open(path.with_suffix(".pdf")))
        self.text = [page.get_text() for page in self.pages]

    @property
    def breaks(self) -> list[int]:
        return [brk.id for brk in self.sheet.row_breaks.brk]

    def rows_of(self, page: int) -> range:
        """Rows that the writer planned for a page, from 0; the heading rows repeated on it aside."""
        edges = [0, *self.breaks, self.sheet.max_row]
        return range(edges[page] + 1, edges[page + 1] + 1)

    def unseen(self) -> list[str]:
        """Cells of which some character cannot be seen on the page they were planned for, each with what is missing."""
        last = range_boundaries(self.sheet.print_area.split("!")[1].replace("$", ""))[2]
        widths = [self.sheet.column_dimensions[get_column_letter(at)].width for at in range(1, last + 1)]
        points = [width * POINTS_PER_WIDTH * self.sheet.page_setup.scale / 100 for width in widths]
        spans = {(found.min_row, found.min_col): found.max_col for found in self.sheet.merged_cells.ranges}
        missing = []
        for number, page in enumerate(self.pages):
            left = (page.rect.width - sum(points)) / 2
            edges = [left + done for done in accumulate(points, initial=0.0)]
            for column in range(1, last + 1):
                seen, found = {}, 0
                for row in self.rows_of(number):
                    value = self.sheet.cell(row, column).value
                    if value is None:
                        continue
                    end = spans.get((row, column), column)
                    if end not in seen:
                        seen[end] = _text_between(page, edges[column - 1], edges[end])
                    if end > column:                              # bands and notes: anywhere on the page
                        if _bare(str(value)) not in seen[end]:
                            missing.append(f"{self.sheet.cell(row, column).coordinate}: {value}")
                        continue
                    at = seen[end].find(_bare(str(value)), found)
                    if at < 0:
                        missing.append(f"{self.sheet.cell(row, column).coordinate}: {value}")
                    else:
                        found = at + len(_bare(str(value)))
        return missing


def _text_between(page: fitz.Page, left: float, right: float) -> str:
    """Visible characters whose middle lies between two x, in reading order, without blanks."""
    lines: dict[int, list[tuple[float, str]]] = {}
    for block in page.get_text("rawdict")["blocks"]:
        for line in block.get("lines", ()):
            for char in (char for span in line["spans"] for char in span["chars"]):
                x0, _, x1, _ = char["bbox"]
                if left <= (x0 + x1) / 2 <= right:
                    lines.setdefault(round(char["origin"][1] / 3), []).append((x0, char["c"]))
    return _bare("".join(char for _, line in sorted(lines.items()) for _, char in sorted(line)))


def _bare(text: str) -> str:
    return "".join(text.split())
