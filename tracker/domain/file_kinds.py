"""What a file is (文件类型), by its content; its name must agree with it. Reads bytes, unpacks and runs nothing.

Word, Excel and WPS files are ZIP or OLE inside; OFD is a ZIP with OFD.xml. Pictures are raster only: an SVG is a page.
"""
from __future__ import annotations

import re
import struct
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

import filetype

from tracker.domain import file_refusals as refusals
from tracker.domain.file_marks import marks_in_bytes
from tracker.domain.file_names import split_name
from tracker.domain.file_ole import OLE_MAGIC, Damaged, Ole, look_into_ole
from tracker.domain.file_refusals import FileRefused
from tracker.domain.file_zip import END, ZIP_MAGIC, check_contents, is_polyglot, open_zip, shown, texts
from tracker.domain.secrecy import secrecy_marks
from tracker.domain.words import FileKind

OFFICE = "application/vnd.openxmlformats-officedocument."
IMAGES = {"image/png": ("png",), "image/apng": ("png",), "image/jpeg": ("jpg", "jpeg"), "image/gif": ("gif",),
          "image/webp": ("webp",), "image/bmp": ("bmp",), "image/tiff": ("tif", "tiff")}
PICTURES = tuple(ending for endings in IMAGES.values() for ending in endings)
SHOWN_INLINE = frozenset({"application/pdf", *IMAGES} - {"image/tiff"})         # what browsers show by themselves
ENDINGS = frozenset(("pdf", "doc", "docx", "xls", "xlsx", "wps", "et", "dps", "ofd", "zip", *PICTURES))
MOST_PIXELS = 200_000_000
CHUNK = 1024 * 1024
_ENCRYPTED_PDF = re.compile(rb"/Encrypt\s*(?:\d+\s+\d+\s+R|<<)")
_MACROS = frozenset({"Macros", "_VBA_PROJECT_CUR", "_VBA_PROJECT", "VBA"})


@dataclass(frozen=True)
class Recognised:
    """`endings`: what its name may end in, the usual one first. `marks`: words of classified papers found inside."""

    kind: FileKind
    media_type: str
    endings: tuple[str, ...]
    marks: tuple[str, ...] = ()


def recognise(file: BinaryIO, size_bytes: int, name: str) -> Recognised:
    """What the file is. `name` is cleaned. FileRefused, with its sentence, for what is not taken or not whole."""
    _, ending = split_name(name)
    if ending and ending not in ENDINGS:
        raise FileRefused(refusals.NOT_TAKEN, name)
    if not size_bytes:
        raise FileRefused(refusals.EMPTY, name)
    file.seek(0)
    head = file.read(8192)
    found = _by_content(file, size_bytes, head, name, ending)
    if found is None:
        raise FileRefused(refusals.UNKNOWN_INSIDE if ending else refusals.NOT_TAKEN, name)
    if ending and ending not in found.endings:
        raise FileRefused(refusals.OF_ANOTHER_KIND, name, kind=found.kind.label, ending=found.endings[0])
    return found


def _by_content(file: BinaryIO, size_bytes: int, head: bytes, name: str, ending: str) -> Recognised | None:
    if head.startswith(b"%PDF-"):
        return _pdf(file, size_bytes, name)
    if head.startswith(OLE_MAGIC):
        return _ole(file, size_bytes, name, ending)
    if head.startswith((ZIP_MAGIC, END)):
        with open_zip(file, size_bytes, name) as archive:
            return _zip(archive, name, ending)
    media_type = filetype.guess_mime(head)
    if media_type in IMAGES:
        _check_picture(file, size_bytes, head, media_type, name)
        return Recognised(FileKind.image, media_type, IMAGES[media_type])
    return None


def _pdf(file: BinaryIO, size_bytes: int, name: str) -> Recognised:
    file.seek(max(size_bytes - 8192, 0))
    if b"%%EOF" not in file.read():
        raise FileRefused(refusals.DAMAGED, name)
    if is_polyglot(file, size_bytes):
        raise FileRefused(refusals.TWO_IN_ONE, name)
    marks: tuple[str, ...] = ()
    for chunk in _chunks(file):
        if _ENCRYPTED_PDF.search(chunk):
            raise FileRefused(refusals.LOCKED, name)
        marks += marks_in_bytes(chunk)
    return Recognised(FileKind.pdf, "application/pdf", ("pdf",), tuple(dict.fromkeys(marks)))


def _ole(file: BinaryIO, size_bytes: int, name: str, ending: str) -> Recognised | None:
    try:
        ole = look_into_ole(file, size_bytes, frozenset({"WordDocument", "Workbook", "Book"}))
    except (Damaged, struct.error, OverflowError):
        raise FileRefused(refusals.DAMAGED, name) from None
    if "EncryptedPackage" in ole.top or _is_locked(ole):
        raise FileRefused(refusals.LOCKED, name)
    if ole.names & _MACROS:
        raise FileRefused(refusals.MACROS, name)
    marks = tuple(dict.fromkeys(mark for chunk in _chunks(file) for mark in marks_in_bytes(chunk)))
    if "WordDocument" in ole.top:
        return _office(FileKind.word, "application/msword", "doc", "wps", ending, marks)
    if ole.top & {"Workbook", "Book"}:
        return _office(FileKind.excel, "application/vnd.ms-excel", "xls", "et", ending, marks)
    if "PowerPoint Document" in ole.top and ending == "dps":
        return Recognised(FileKind.wps, "application/vnd.ms-powerpoint", ("dps",), marks)
    return None


def _zip(archive: zipfile.ZipFile, name: str, ending: str) -> Recognised | None:
    members = {info.filename for info in archive.infolist()}
    check_contents(archive, name)
    if not members & {"[Content_Types].xml", "OFD.xml"}:
        marks = secrecy_marks("\n".join(map(shown, archive.infolist())))
        return Recognised(FileKind.zip, "application/zip", ("zip",), marks)
    if any(member.rpartition("/")[2].lower() == "vbaproject.bin" for member in members):
        raise FileRefused(refusals.MACROS, name)
    found: list[str] = []
    for text in texts(archive, name):
        if "macroEnabled" in text:
            raise FileRefused(refusals.MACROS, name)
        found += secrecy_marks(text)
    marks = tuple(dict.fromkeys(found))
    if "OFD.xml" in members:
        return Recognised(FileKind.ofd, "application/ofd", ("ofd",), marks)
    if "word/document.xml" in members:
        return _office(FileKind.word, f"{OFFICE}wordprocessingml.document", "docx", "wps", ending, marks)
    if "xl/workbook.xml" in members:
        return _office(FileKind.excel, f"{OFFICE}spreadsheetml.sheet", "xlsx", "et", ending, marks)
    if "ppt/presentation.xml" in members and ending == "dps":
        return Recognised(FileKind.wps, f"{OFFICE}presentationml.presentation", ("dps",), marks)
    return None


def _office(kind: FileKind, media_type: str, own: str, wps: str, ending: str, marks: tuple[str, ...]) -> Recognised:
    """WPS writes the same two formats under its own endings."""
    if ending == wps:
        return Recognised(FileKind.wps, media_type, (wps,), marks)
    return Recognised(kind, media_type, (own,), marks)


def _is_locked(ole: Ole) -> bool:
    """Word says so in the flags of its first block, Excel by a record soon after its first."""
    word = ole.heads.get("WordDocument", b"")
    if len(word) > 11 and struct.unpack_from("<H", word, 10)[0] & 0x0100:
        return True
    book, at = ole.heads.get("Workbook") or ole.heads.get("Book") or b"", 0
    while at + 4 <= len(book):
        record, length = struct.unpack_from("<HH", book, at)
        if record == 0x2F:          # FILEPASS
            return True
        at += 4 + length
    return False


def _check_picture(file: BinaryIO, size_bytes: int, head: bytes, media_type: str, name: str) -> None:
    """It reaches its end, and is not larger than a browser can show."""
    file.seek(max(size_bytes - CHUNK, 0))
    tail = file.read()
    whole, width, height = True, 0, 0
    if media_type in ("image/png", "image/apng") and len(head) >= 33:
        width, height = struct.unpack_from(">II", head, 16)
        whole = b"IEND\xaeB`\x82" in tail
    elif media_type == "image/gif" and len(head) >= 13:
        width, height = struct.unpack_from("<HH", head, 6)
        whole = tail.rstrip(b"\x00").endswith(b"\x3b")
    elif media_type == "image/bmp" and len(head) >= 26:
        said, = struct.unpack_from("<I", head, 2)
        width, height = map(abs, struct.unpack_from("<ii", head, 18))
        whole = head[14] in (12, 40, 52, 56, 64, 108, 124) and said <= size_bytes
    elif media_type == "image/webp":
        whole = struct.unpack_from("<I", head, 4)[0] + 8 <= size_bytes + 1
    elif media_type == "image/jpeg":
        width, height, whole = _jpeg(file, size_bytes)
    elif media_type == "image/tiff":
        order = "<" if head[:2] == b"II" else ">"
        whole = len(head) >= 8 and 8 <= struct.unpack_from(f"{order}I", head, 4)[0] < size_bytes
    else:
        whole = False               # too short for its own header
    if not whole:
        raise FileRefused(refusals.DAMAGED, name)
    if width * height > MOST_PIXELS:
        raise FileRefused(refusals.TOO_MANY_PIXELS, name, width=width, height=height)


def _jpeg(file: BinaryIO, size_bytes: int) -> tuple[int, int, bool]:
    """Width, height, and whether the end mark comes after the picture began (a small one may stand before it)."""
    at, width, height = 2, 0, 0
    while at + 9 < size_bytes:
        file.seek(at)
        segment = file.read(9)
        if segment[0] != 0xFF:
            return width, height, False
        mark, length = segment[1], struct.unpack_from(">H", segment, 2)[0]
        if mark == 0xDA:
            return width, height, any(b"\xff\xd9" in chunk for chunk in _chunks(file, at))
        if 0xC0 <= mark <= 0xCF and mark not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack_from(">HH", segment, 5)
        at += 1 if mark == 0xFF else 2 + length
    return width, height, False


def _chunks(file: BinaryIO, at: int = 0) -> Iterator[bytes]:
    """The file in pieces that overlap a little, so that nothing falls between two."""
    file.seek(at)
    kept = b""
    while piece := file.read(CHUNK):
        yield kept + piece
        kept = piece[-64:]
