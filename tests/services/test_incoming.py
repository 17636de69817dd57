"""What is read of an uploaded workbook (上传的表格): text as text, nothing worked out, nothing beyond the limits."""
from __future__ import annotations

import io
import shutil
import subprocess
import zipfile
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from tests.battery.evil_xlsx import MAIN, SHEET_PART, cells, parts, zipped
from tracker.errors import Refused
from tracker.services.incoming import Row, read_rows

FORMULA = "是公式，请粘贴成数值（文字）"


def saved(book: Workbook) -> bytes:
    kept = io.BytesIO()
    book.save(kept)
    return kept.getvalue()


def book_of(*values: Any) -> bytes:
    book = Workbook()
    book.worksheets[0].append(values)
    return saved(book)


def read(content: bytes, *, sheet: str = "账号", rows: int = 100, columns: int = 10) -> tuple[Row, ...]:
    return read_rows(content, "表.xlsx", sheet=sheet, rows=rows, columns=columns)


def texts(content: bytes, **limits: Any) -> list[tuple[int, list[str]]]:
    return [(row.number, [cell.text or cell.problem for cell in row.cells if cell.text or cell.problem])
            for row in read(content, **limits)]


def with_sheet(xml: str) -> bytes:
    return zipped({**parts(), SHEET_PART: f'<worksheet xmlns="{MAIN}">{xml}</worksheet>'})


@pytest.mark.parametrize(("value", "seen"), [
    ("州科技局", "州科技局"), ("  州科技局\n", "州科技局"), ("１２３", "１２３"), (12, "12"), (12.0, "12"),
    (0.5, "0.5"), (-3, "-3"), (10**14, "100000000000000"), (True, "是 TRUE 或 FALSE，请改成文字"), ("=1+1", FORMULA),
    ("=HYPERLINK(\"http://x\")", FORMULA),
    (datetime(2026, 10, 8), "是日期，请改成文字"), ("#N/A", "是错误值，请改成文字"),  # noqa: DTZ001 (as Excel has it)
])
def test_a_cell_is_its_text_or_says_why_it_is_none(value: Any, seen: str) -> None:
    assert texts(book_of(value)) == [(1, [seen])]


def test_a_formulas_stored_value_is_never_taken() -> None:
    xml = ('<sheetData><row r="1"><c r="A1" t="str"><f>"a"&amp;"b"</f><v>ab</v></c>'
           '<c r="B1"><f>1+1</f><v>2</v></c></row></sheetData>')
    assert texts(with_sheet(xml)) == [(1, [FORMULA, FORMULA])]


def test_array_and_shared_formulas_are_formulas_too() -> None:
    xml = ('<sheetData><row r="1"><c r="A1"><f t="array" ref="A1:A1">1+1</f><v>2</v></c>'
           '<c r="B1"><f t="shared" ref="B1:C1" si="0">1+1</f><v>2</v></c>'
           '<c r="C1"><f t="shared" si="0"/><v>2</v></c></row></sheetData>')
    assert texts(with_sheet(xml)) == [(1, [FORMULA, FORMULA, FORMULA])]


@pytest.mark.parametrize("dimension", ["A1", "A1:XFD1048576", "B7:C9", "x"])
def test_the_dimension_that_a_file_claims_is_not_believed(dimension: str) -> None:
    """WPS writes A1 for a full sheet."""
    xml = f'<dimension ref="{dimension}"/><sheetData>{cells("甲", "乙", row=1)}{cells("丙", row=5)}</sheetData>'
    assert texts(with_sheet(xml)) == [(1, ["甲", "乙"]), (5, ["丙"])]


def test_rows_and_cells_without_their_address_are_counted() -> None:
    xml = ('<sheetData><row><c/><c t="inlineStr"><is><t>乙</t></is></c></row><row/>'
           "<row><c><v>3</v></c></row></sheetData>")
    found = read(with_sheet(xml))
    assert [(row.number, row.cells[0].text, row.cells[1].text) for row in found] == [(1, "", "乙"), (3, "3", "")]


def test_formats_out_to_the_last_row_and_column_are_no_content() -> None:
    """LibreOffice writes such rows."""
    xml = f'<sheetData>{cells("甲", row=1)}<row r="1048576" ht="12.8"><c r="XFD1048576" s="0"/></row></sheetData>'
    assert texts(with_sheet(xml)) == [(1, ["甲"])]


def test_content_beyond_the_limits_is_named_by_its_cell_and_not_cut_off() -> None:
    for xml, cell in ((f'{cells("甲", row=1)}{cells("乙", row=101)}', "A101"),
                      ('<row r="1"><c r="K1"><v>1</v></c></row>', "K1"),
                      ("<row/>" * 100 + "<row><c><v>1</v></c></row>", "A101")):
        with pytest.raises(Refused) as refused:
            read(with_sheet(f"<sheetData>{xml}</sheetData>"))
        assert refused.value.fields["file"].startswith(f"“表.xlsx”的{cell}有内容，这张表只读前10列、前100行")


def test_the_named_sheet_is_read_and_else_the_first_that_is_visible() -> None:
    book = Workbook()
    book.worksheets[0].append(["说明"])
    book.create_sheet("账号").append(["要的"])
    assert texts(saved(book)) == [(1, ["要的"])]
    assert texts(saved(book), sheet="别的") == [(1, ["说明"])]
    book.worksheets[0].sheet_state = "hidden"
    assert texts(saved(book), sheet="别的") == [(1, ["要的"])]


@pytest.mark.parametrize("mutate", ["cut", "flip", "no sheet", "no book", "garbage"])
def test_a_broken_workbook_is_refused_in_words(mutate: str) -> None:
    good = zipped({**parts()})
    content = {
        "cut": good[:-30],
        "flip": good[:300] + bytes([good[300] ^ 0xFF]) + good[301:],
        "no sheet": zipped({name: xml for name, xml in parts().items() if name != SHEET_PART}),
        "no book": zipped({name: xml for name, xml in parts().items() if name != "xl/workbook.xml"}),
        "garbage": zipped({**parts(), SHEET_PART: "<worksheet"}),
    }[mutate]
    with pytest.raises(Refused, match="不完整，可能没有拷完或者已经损坏"):
        read(content)


def test_a_zip_that_is_no_workbook_is_none() -> None:
    for members in ({"a.txt": "x"}, {"word/document.xml": "<x/>", "[Content_Types].xml": "<x/>"}):
        with pytest.raises(Refused, match="不是 Excel 表"):
            read(zipped(dict(members)))


def test_a_picture_in_it_does_no_harm_and_a_file_in_it_does() -> None:
    picture = b"\x89PNG\r\n\x1a\n" + b"\0" * 100
    assert texts(zipped({**parts(), "xl/media/image1.png": picture}))[0][0] == 1
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("a", "b")
    for content in (inner.getvalue(), b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 100, b"Rar!\x1a\x07\x00"):
        with pytest.raises(Refused, match="还套着别的文件"):
            read(zipped({**parts(), "xl/media/image1.png": content}))


def test_more_than_four_megabytes_are_not_looked_at() -> None:
    with pytest.raises(Refused, match=r"“表\.xlsx”超过4MB，没有收下，什么都没有改"):
        read(b"PK\x03\x04" + b"\0" * 4 * 1024 * 1024)


def test_an_empty_sheet_says_so() -> None:
    with pytest.raises(Refused, match="里没有内容"):
        read(saved(Workbook()))


@pytest.mark.libreoffice
def test_what_libreoffice_saves_is_read_as_it_was(tmp_path: Path) -> None:
    """By way of its own format, so that nothing is left of how the file was before."""
    soffice = shutil.which("soffice")
    if soffice is None:
        pytest.skip("LibreOffice is not installed: what it saves was NOT read")
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = "账号"
    for row in (["账号", "姓名"], [], ["kjj01", "州科技局　填报员"], ["0012", "=1+1"]):
        sheet.append(row)
    sheet.column_dimensions["C"].number_format = "@"
    (tmp_path / "a").mkdir()
    path = tmp_path / "a" / "book.xlsx"
    path.write_bytes(saved(book))
    for target in ("ods", "xlsx"):
        folder = tmp_path / f"to-{target}"
        subprocess.run([soffice, f"-env:UserInstallation=file://{tmp_path}/profile", "--headless", "--convert-to",
                        target, "--outdir", str(folder), str(path)], check=True, capture_output=True, timeout=100)
        path = folder / f"book.{target}"
    assert texts(path.read_bytes()) == [
        (1, ["账号", "姓名"]), (3, ["kjj01", "州科技局　填报员"]), (4, ["0012", FORMULA])]
