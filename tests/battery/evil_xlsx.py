"""Workbooks that nobody sends in good faith (敌意表格), made by code. `plain` is the good one that they vary."""
from __future__ import annotations

import io
import struct
import warnings
import zipfile
from collections.abc import Callable, Iterator
from functools import lru_cache

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml"
SHEET_PART, STRINGS_PART = "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml"
SENTINEL = "http://127.0.0.1:{port}/evil"


def cells(*texts: str, row: int) -> str:
    return f'<row r="{row}">' + "".join(
        f'<c r="{letter}{row}" t="inlineStr"><is><t>{text}</t></is></c>'
        for letter, text in zip("ABCD", texts, strict=False)) + "</row>"


GOOD_ROWS = cells("账号", "姓名", "单位", "角色", row=1) + cells("ld01", "某领导", "", "领导", row=2)


def parts(rows: str = GOOD_ROWS, *, dimension: str = "A1:D2") -> dict[str, str]:
    """The parts of a whole workbook with these rows in its one sheet."""
    sheets = '<sheets><sheet name="账号" sheetId="1" r:id="rId1"/></sheets>'
    return {
        "[Content_Types].xml": HEAD + (
            f'<Types xmlns="{PACKAGE}/content-types"><Default Extension="xml" ContentType="application/xml"/>'
            '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            f'<Override PartName="/xl/workbook.xml" ContentType="{KIND}.sheet.main+xml"/>'
            f'<Override PartName="/{SHEET_PART}" ContentType="{KIND}.worksheet+xml"/>'
            f'<Override PartName="/{STRINGS_PART}" ContentType="{KIND}.sharedStrings+xml"/>'
            f'<Override PartName="/xl/styles.xml" ContentType="{KIND}.styles+xml"/></Types>'),
        "_rels/.rels": HEAD + (
            f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="rId1" '
            f'Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>'),
        "xl/workbook.xml": HEAD + f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}">{sheets}</workbook>',
        "xl/_rels/workbook.xml.rels": HEAD + (
            f'<Relationships xmlns="{PACKAGE}/relationships">'
            f'<Relationship Id="rId1" Type="{OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
            f'<Relationship Id="rId2" Type="{OFFICE}/sharedStrings" Target="sharedStrings.xml"/>'
            f'<Relationship Id="rId3" Type="{OFFICE}/styles" Target="styles.xml"/></Relationships>'),
        SHEET_PART: HEAD + (f'<worksheet xmlns="{MAIN}"><dimension ref="{dimension}"/>'
                            f"<sheetData>{rows}</sheetData></worksheet>"),
        STRINGS_PART: HEAD + f'<sst xmlns="{MAIN}" count="1" uniqueCount="1"><si><t>x</t></si></sst>',
        "xl/styles.xml": HEAD + f'<styleSheet xmlns="{MAIN}"/>',
    }


def zipped(members: dict[str, str | bytes], *, level: int = 6) -> bytes:
    saved = io.BytesIO()
    with zipfile.ZipFile(saved, "w", zipfile.ZIP_DEFLATED, compresslevel=level) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return saved.getvalue()


def plain() -> bytes:
    return zipped({**parts()})


def streamed(name: str, head: str, unit: str, tail: str, size_bytes: int) -> bytes:
    """The good workbook with one part swollen to `size_bytes`, written without ever holding it."""
    saved, block = io.BytesIO(), unit * (1 + 2**20 // len(unit.encode()))
    with zipfile.ZipFile(saved, "w", zipfile.ZIP_DEFLATED) as archive:
        for part, content in parts().items():
            if part != name:
                archive.writestr(part, content)
        with archive.open(name, "w", force_zip64=False) as part:
            part.write((HEAD + head).encode())
            for _ in range(size_bytes // len(block.encode())):
                part.write(block.encode())
            part.write(tail.encode())
    return saved.getvalue()


def swollen_sheet(megabytes: int = 180) -> bytes:
    return streamed(SHEET_PART, f'<worksheet xmlns="{MAIN}"><sheetData>',
                    '<row><c t="inlineStr"><is><t>x</t></is></c></row>', "</sheetData></worksheet>", megabytes * 2**20)


def swollen_strings(megabytes: int = 150) -> bytes:
    return streamed(STRINGS_PART, f'<sst xmlns="{MAIN}">', "<si><t>" + "长" * 3000 + "</t></si>", "</sst>",
                    megabytes * 2**20)


def nested_zips() -> bytes:
    inner = b"bomb" * 1000
    for depth in range(4):
        inner = zipped({f"{depth}.zip": inner})
    return zipped({**parts(), "xl/embeddings/oleObject1.bin": inner})


@lru_cache(maxsize=1)
def entries_up_to_the_largest_upload() -> bytes:
    return zipped({**parts(), **{f"{number:x}": b"" for number in range(35_000)}}, level=1)


def a_directory_hidden_behind_zip64() -> bytes:
    """35,000 entries, which the old end record says are five: only the 64-bit one tells."""
    content = entries_up_to_the_largest_upload()
    end = content.rfind(b"PK\x05\x06")
    count, size, start = struct.unpack_from("<HII", content, end + 10)
    wide = struct.pack("<4sQHHLLQQQQ", b"PK\x06\x06", 44, 45, 45, 0, 0, count, count, size, start)
    locator = struct.pack("<4sLQL", b"PK\x06\x07", 0, end, 1)
    return content[:end] + wide + locator + struct.pack("<4sHHHHIIH", b"PK\x05\x06", 0, 0, 5, 5, 400, 0, 0)


def sizes_that_lie() -> bytes:
    """The directory says that the sheet is 100 bytes; it is 20 MB."""
    content = bytearray(streamed(SHEET_PART, f'<worksheet xmlns="{MAIN}"><sheetData>', "<row/>",
                                 "</sheetData></worksheet>", 20 * 2**20))
    at = content.find(b"PK\x01\x02")
    while at >= 0:
        length = struct.unpack_from("<H", content, at + 28)[0]
        if content[at + 46:at + 46 + length] == SHEET_PART.encode():
            struct.pack_into("<I", content, at + 24, 100)
        at = content.find(b"PK\x01\x02", at + 46)
    return bytes(content)


def a_cell_at_the_far_corner() -> bytes:
    far = '<row r="1048576"><c r="XFD1048576" t="inlineStr"><is><t>x</t></is></c></row>'
    return zipped({**parts(GOOD_ROWS + far, dimension="A1:B2")})


def a_cell_in_a_far_column() -> bytes:
    far = '<row r="3"><c r="XFD3" t="inlineStr"><is><t>x</t></is></c></row>'
    return zipped({**parts(GOOD_ROWS + far)})


def rows_that_go_back() -> bytes:
    """openpyxl drops the second of these rows in silence."""
    return zipped({**parts(cells("账号", "姓名", "单位", "角色", row=5) + cells("ld01", "某领导", "", "领导", row=2))})


def two_hundred_thousand_cells() -> bytes:
    rows = "".join(f'<row r="{row}">{"<c/>" * 500}</row>' for row in range(1, 401))
    return zipped({**parts(rows)})


def two_hundred_thousand_styles() -> bytes:
    styles = f'<styleSheet xmlns="{MAIN}"><cellXfs>{"<xf/>" * 200_000}</cellXfs></styleSheet>'
    return zipped({**parts(), "xl/styles.xml": HEAD + styles})


def ten_thousand_deep() -> bytes:
    rows = f"{'<a>' * 10_000}{'</a>' * 10_000}"
    return zipped({**parts(rows)})


def half_a_million_attributes() -> bytes:
    many = " ".join(f'a{number}="x"' for number in range(500_000))
    return zipped({**parts(f"<row {many}/>")})


def one_endless_comment() -> bytes:
    """An unfinished token is looked at again with each piece that is read: quadratic without a limit."""
    return streamed(STRINGS_PART, f'<sst xmlns="{MAIN}"><!--', "a" * 1024, "--></sst>", 7 * 2**20)


def a_hundred_sheets_over_one_part() -> bytes:
    sheets = "".join(f'<sheet name="s{number}" sheetId="{number}" r:id="rId1"/>' for number in range(2, 102))
    book = parts()["xl/workbook.xml"].replace("</sheets>", sheets + "</sheets>")
    return zipped({**parts(), "xl/workbook.xml": book})


def macros() -> bytes:
    return zipped({**parts(), "xl/vbaProject.bin": b"\0" * 100})


def doubled_names() -> bytes:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        saved = io.BytesIO()
        with zipfile.ZipFile(saved, "w") as archive:
            for name, content in [*parts().items(), (SHEET_PART, "<other/>")]:
                archive.writestr(name, content)
    return saved.getvalue()


def locked() -> bytes:
    content = bytearray(plain())
    at = content.find(b"PK\x01\x02")
    while at >= 0:
        content[at + 8] |= 1
        at = content.find(b"PK\x01\x02", at + 46)
    return bytes(content)


BOMBS: tuple[Callable[[], bytes], ...] = (
    nested_zips, entries_up_to_the_largest_upload, a_directory_hidden_behind_zip64, sizes_that_lie,
    a_cell_at_the_far_corner, a_cell_in_a_far_column, rows_that_go_back, two_hundred_thousand_cells,
    two_hundred_thousand_styles, ten_thousand_deep, half_a_million_attributes, one_endless_comment,
    a_hundred_sheets_over_one_part, macros, doubled_names, locked,
)


def entities(port: int, canary: str) -> Iterator[tuple[str, bytes]]:
    """Each XML part in turn with each trick: (what it is, the workbook)."""
    remote = SENTINEL.format(port=port)
    for part in parts():
        for trick, doctype, words in (
            ("an entity", '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]>', "&b;"),
            ("a file", f'<!DOCTYPE x [<!ENTITY a SYSTEM "file://{canary}">]>', "&a;"),
            ("an address", f'<!DOCTYPE x [<!ENTITY a SYSTEM "{remote}">]>', "&a;"),
            ("a remote DTD", f'<!DOCTYPE x SYSTEM "{remote}.dtd">', ""),
            ("a parameter entity", f'<!DOCTYPE x [<!ENTITY % p SYSTEM "{remote}">%p;]>', ""),
        ):
            yield f"{trick} in {part}", zipped({**parts(), part: _with(parts()[part], doctype, words)})
        include = f'<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="{remote}"/>'
        yield f"XInclude in {part}", zipped({**parts(), part: _with(parts()[part], "", include)})
    utf16 = _with(parts()[SHEET_PART], '<!DOCTYPE x [<!ENTITY a "b">]>', "").replace("UTF-8", "UTF-16")
    yield "an entity in UTF-16", zipped({**parts(), SHEET_PART: utf16.encode("utf-16")})
    hidden = _with(parts()[SHEET_PART], f'<!DOCTYPE x SYSTEM "{remote}">', "")
    yield "a part of another name", zipped({**parts(), "xl/media/image1.png": hidden})


def _with(xml: str, doctype: str, words: str) -> str:
    """The part with a DOCTYPE after its declaration and words before its last closing tag (or in its only one)."""
    declaration, _, body = xml.partition("?>\n")
    if body.endswith("/>"):
        name = body[1:].split()[0]
        body = f"{body[:-2]}>{words}</{name}>"
    else:
        place = body.rindex("</")
        body = body[:place] + words + body[place:]
    return f"{declaration}?>\n{doctype}{body}"
