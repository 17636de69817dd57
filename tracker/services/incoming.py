"""The one door for uploaded workbooks (上传的 Excel 表): looked through byte by byte before openpyxl sees any of it.

openpyxl neither limits what a file expands to nor refuses entities; nothing else in the code may load an upload with
it (a house test looks). Source: BATTERY groups C1, C2, C7.
"""
from __future__ import annotations

import io
import re
import struct
import warnings
import zipfile
import zlib
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from threading import Lock
from typing import Any
from xml.parsers import expat

from openpyxl import load_workbook

from tracker.errors import Refused

MEGABYTE = 1024 * 1024
MOST_BYTES = 4 * MEGABYTE
EXPANDED_BYTES = 8 * MEGABYTE           # all parts together, counted while they are read
MOST_PARTS = 300
LONGEST_DIRECTORY = 128 * 1024          # bytes: what 300 parts need, and more
MOST_SHEETS, DEEPEST = 6, 64
MOST_CELLS, MOST_ELEMENTS = 30_000, 12_000      # cells, rows and texts; and all the rest (styles, names, rules)
LONGEST_TAG = 128 * 1024                # bytes: expat looks at an unfinished one again with each piece
LONGEST_TEXT = 32_767                   # of a cell, as Excel has it
CHUNK = 64 * 1024

ZIP, ZIP64_LOCATOR, END = b"PK\x03\x04", b"PK\x06\x07", b"PK\x05\x06"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ARCHIVES = (ZIP, END, OLE, b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b", b"BZh", b"\xfd7zXZ")
XML_MARKS = (b"<", b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff", b"\x00<", b"<\x00")
SHEETS = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
XINCLUDE = "http://www.w3.org/2001/XInclude"
REFERENCE = re.compile(r"([A-Z]{1,3})([1-9]\d{0,6})")
VALUES = frozenset({"v", "is", "f"})
OF_CELLS = frozenset({"c", "v", "is", "f", "t", "r", "si", "row", "rPh", "rPr"})
UNREADABLE = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, NotImplementedError, RuntimeError,
              ValueError, OverflowError, LookupError)

AGAIN = "没有收下，什么都没有改"
NO_TABLE = f"“{{name}}”不是 Excel 表（.xlsx），{AGAIN}。请用 WPS 或 Excel 另存为 .xlsx 再传"
OLD = f"“{{name}}”是旧格式的表（.xls、.et），或者设了密码，{AGAIN}。请去掉密码，另存为 .xlsx 再传"
EMPTY = f"“{{name}}”是空的（0字节），{AGAIN}。请打开原件看一看，重新保存后再传"
TOO_LARGE = f"“{{name}}”超过{MOST_BYTES // MEGABYTE}MB，{AGAIN}。请删掉不用的工作表和图片再传"
EXPANDS = f"“{{name}}”里的内容太多，{AGAIN}。请只留要用的行，删掉别的工作表、格式和图片，另存一份再传"
DAMAGED = f"“{{name}}”不完整，可能没有拷完或者已经损坏，{AGAIN}。请先确认原件打得开，重新保存后再传"
NESTED = f"“{{name}}”里还套着别的文件，{AGAIN}。请删掉插入的附件，另存一份再传"
MACROS = f"“{{name}}”里带有宏，{AGAIN}。请另存为不带宏的 .xlsx 再传"
ENTITIES = f"“{{name}}”里有办公软件不会写的外部引用，{AGAIN}。请用 WPS 或 Excel 打开，另存一份再传"
TOO_FAR = f"“{{name}}”的{{cell}}有内容，这张表只读前{{columns}}列、前{{rows:,}}行，{AGAIN}。请删掉多出来的再传"
NO_ROWS = f"“{{name}}”里没有内容，{AGAIN}。请照模板填好再传"

FORMULA = "是公式，请粘贴成数值（文字）"
NOT_TEXT = {"d": "是日期，请改成文字", "b": "是 TRUE 或 FALSE，请改成文字", "e": "是错误值，请改成文字"}
_one_at_a_time = Lock()                 # whatever is uploaded at once, the memory of one


@dataclass(frozen=True)
class Cell:
    """What stands in a cell. `problem`: why it is no text (公式、日期…), and then `text` is empty."""

    text: str = ""
    problem: str = ""


@dataclass(frozen=True)
class Row:
    """A row with its number as the program shows it."""

    number: int
    cells: tuple[Cell, ...]


def read_rows(content: bytes, name: str, *, sheet: str, rows: int, columns: int) -> tuple[Row, ...]:
    """The rows of an uploaded .xlsx that hold anything: of `sheet` if it is there, else of the first visible one.

    Text and numbers only; a formula's stored value is never taken. Refused, with the field `file`, for what is too
    large, hides something, is no workbook, or holds anything beyond `rows` × `columns`.
    """
    with _one_at_a_time:
        _look_through(content, name, rows, columns)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")         # of styles and extensions that are of no concern here
                found = _read(content, sheet, rows, columns)
        except Exception:                               # whatever openpyxl makes of a broken workbook
            raise _refused(DAMAGED, name) from None
    if not found:
        raise _refused(NO_ROWS, name)
    return found


def _refused(sentence: str, name: str, **facts: object) -> Refused:
    message = sentence.format(name=_shown(name), **facts) + "。"
    return Refused(message, fields={"file": message})


def _shown(name: str) -> str:
    return "".join(sign for sign in name if sign.isprintable())[-60:] or "未命名"


def _look_through(content: bytes, name: str, rows: int, columns: int) -> None:
    """Every part, expanded piece by piece and counted, before anything is parsed into memory."""
    archive = _open(content, name)
    look = _Look(name, rows, columns)
    left = EXPANDED_BYTES
    for info in archive.infolist():
        try:
            with archive.open(info) as part:
                xml: _Part | None = None
                while piece := part.read(min(CHUNK, left + 1)):
                    left -= len(piece)
                    if left < 0:
                        raise _refused(EXPANDS, name)
                    if part.tell() == len(piece):       # the first piece
                        if piece.startswith(ARCHIVES):
                            raise _refused(NESTED, name)
                        named = info.filename.lower().endswith((".xml", ".rels", ".vml"))
                        xml = _Part(look) if named or piece.lstrip()[:3].startswith(XML_MARKS) else None
                    if xml is not None:
                        xml.feed(piece)
                if xml is not None:
                    xml.feed(b"", last=True)
        except expat.ExpatError:
            raise _refused(DAMAGED, name) from None
        except UNREADABLE:
            raise _refused(DAMAGED, name) from None


def _open(content: bytes, name: str) -> zipfile.ZipFile:
    """The archive's directory, checked before Python reads it: 100,000 entries would cost a second and 100 MB."""
    if not content:
        raise _refused(EMPTY, name)
    if len(content) > MOST_BYTES:
        raise _refused(TOO_LARGE, name)
    if content.startswith(OLE):
        raise _refused(OLD, name)
    if not content.startswith(ZIP):
        raise _refused(NO_TABLE, name)
    end = content.rfind(END, max(0, len(content) - 65_557))
    if end < 0 or len(content) - end < 22:
        raise _refused(DAMAGED, name)
    entries, length = struct.unpack_from("<HI", content, end + 10)
    if entries > MOST_PARTS or length > LONGEST_DIRECTORY or content[max(end - 20, 0):end].startswith(ZIP64_LOCATOR):
        raise _refused(EXPANDS, name)
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
    except UNREADABLE:
        raise _refused(DAMAGED, name) from None
    infos = archive.infolist()
    names = [info.filename.replace("\\", "/").lower() for info in infos]
    if "[content_types].xml" not in names or not any(one.startswith("xl/") for one in names):
        raise _refused(NO_TABLE, name)
    if any(one.endswith("vbaproject.bin") for one in names):
        raise _refused(MACROS, name)
    if len(set(names)) < len(names) or any(info.flag_bits & 1 or info.compress_type not in (0, 8) for info in infos):
        raise _refused(DAMAGED, name)
    if sum(info.file_size for info in infos) > EXPANDED_BYTES:
        raise _refused(EXPANDS, name)
    return archive


class _Look:
    """What is counted over all parts of a workbook."""

    def __init__(self, name: str, rows: int, columns: int) -> None:
        self.name, self.rows, self.columns = name, rows, columns
        self.cells = self.elements = self.sheets = 0

    def count(self, local: str) -> None:
        if local in OF_CELLS:
            self.cells += local in ("c", "row", "si", "r")
        else:
            self.elements += 1
            self.sheets += local == "sheet"
        if self.cells > MOST_CELLS or self.elements > MOST_ELEMENTS or self.sheets > MOST_SHEETS:
            raise _refused(EXPANDS, self.name)


class _Part:
    """One XML part as it streams by: no DOCTYPE, no entity, no XInclude, no cell out of place or too far out."""

    def __init__(self, look: _Look) -> None:
        self.look = look
        self.fed = self.depth = self.row = self.column = self.reached = self.last_column = 0
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.StartDoctypeDeclHandler = parser.EntityDeclHandler = self._forbidden
        self._parser = parser

    def feed(self, piece: bytes, *, last: bool = False) -> None:
        self._parser.Parse(piece, last)
        self.fed += len(piece)
        if self.fed - self._parser.CurrentByteIndex > LONGEST_TAG:
            raise _refused(EXPANDS, self.look.name)

    def _forbidden(self, *_: object) -> None:
        raise _refused(ENTITIES, self.look.name)

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        space, _, local = tag.rpartition(" ")
        if space == XINCLUDE:
            self._forbidden()
        self.depth += 1
        if self.depth > DEEPEST:
            raise _refused(DAMAGED, self.look.name)
        self.look.count(local)
        if space != SHEETS:
            return
        if local == "row":
            self._to_row(attributes.get("r", ""))
        elif local == "c" and self.row:
            self._to_cell(attributes.get("r", ""))
        elif local in VALUES and self.column:
            self._hold()

    def _end(self, tag: str) -> None:
        self.depth -= 1
        if tag == f"{SHEETS} c":
            self.column = 0
        elif tag == f"{SHEETS} row":
            self.row = 0

    def _to_row(self, written: str) -> None:
        row = int(written) if re.fullmatch(r"[1-9]\d{0,6}", written) else self.reached + 1 if not written else 0
        if row <= self.reached:                         # openpyxl would drop it in silence
            raise _refused(DAMAGED, self.look.name)
        self.row, self.reached, self.last_column = row, row, 0

    def _to_cell(self, written: str) -> None:
        found = REFERENCE.fullmatch(written)
        column = _column(found[1]) if found else self.last_column + 1
        if (written and not found) or (found and int(found[2]) != self.row) or column <= self.last_column:
            raise _refused(DAMAGED, self.look.name)
        self.column = self.last_column = column

    def _hold(self) -> None:
        if self.row > self.look.rows or self.column > self.look.columns:
            raise _refused(TOO_FAR, self.look.name, cell=f"{letters(self.column)}{self.row}",
                           rows=self.look.rows, columns=self.look.columns)


def letters(column: int) -> str:
    """C of 3, AA of 27."""
    name = ""
    while column:
        column, rest = divmod(column - 1, 26)
        name = chr(65 + rest) + name
    return name


def _column(name: str) -> int:
    number = 0
    for sign in name:
        number = number * 26 + ord(sign) - 64
    return number


def _read(content: bytes, sheet: str, rows: int, columns: int) -> tuple[Row, ...]:
    book = load_workbook(io.BytesIO(content), read_only=True, data_only=False, keep_links=False)
    visible = [one for one in book.worksheets if one.sheet_state == "visible"]
    chosen: Any = next((one for one in visible if one.title == sheet), visible[0])
    chosen.reset_dimensions()                           # WPS writes A1, a hostile file XFD1048576
    found = []
    for number, cells in enumerate(chosen.iter_rows(max_row=rows, max_col=columns), start=1):
        read = tuple(_cell(cell) for cell in cells)
        if any(cell.text or cell.problem for cell in read):
            found.append(Row(number, read))
    book.close()
    return tuple(found)


def _cell(cell: Any) -> Cell:
    value, kind = cell.value, getattr(cell, "data_type", "n")
    if kind == "f":
        return Cell(problem=FORMULA)
    if value is None:
        return Cell()
    if kind in NOT_TEXT or isinstance(value, datetime | date | time | timedelta | bool):
        return Cell(problem=NOT_TEXT.get(kind, NOT_TEXT["d"]))
    if isinstance(value, int | float):
        whole = isinstance(value, int) or value.is_integer()
        return Cell(text=str(int(value)) if whole and abs(value) < 1e15 else repr(value))
    text = str(value).strip()
    return Cell(text=text) if len(text) <= LONGEST_TEXT else Cell(problem="太长")
