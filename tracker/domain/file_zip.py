"""A look into ZIP files (压缩包、docx、xlsx、ofd): from the central directory; nothing is ever unpacked to disk."""
from __future__ import annotations

import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from typing import BinaryIO

from tracker.domain import file_refusals as refusals
from tracker.domain.file_refusals import FileRefused

ZIP_MAGIC = b"PK\x03\x04"
END, CENTRAL = b"PK\x05\x06", b"PK\x01\x02"
MEGABYTE = 1024 * 1024
MOST_ENTRIES = 5000
LONGEST_DIRECTORY = 2 * MEGABYTE            # bytes: what 5,000 long names need
EXPANDED_MB, PART_MB = 500, 100              # all that is in it, and one XML part of a document
DEFLATE_AT_BEST = 1100                      # a byte never becomes more: a size above that lies
DEVICE, LINK, LOCKED_BIT = 0o170000, 0o120000, 0x1
PART_BYTES, PARTS_BYTES, MOST_PARTS = 4 * MEGABYTE, 12 * MEGABYTE, 400      # read for their words

ARCHIVES = frozenset(("zip", "rar", "7z", "tar", "gz", "tgz", "bz2", "xz", "cab", "iso", "jar"))
PROGRAMS = frozenset(("exe", "dll", "com", "scr", "pif", "msi", "bat", "cmd", "ps1", "vbs", "vbe", "js", "jse", "wsf",
                      "wsh", "hta", "lnk", "reg", "apk", "cpl"))
BROKEN = (zipfile.BadZipFile, zlib.error, struct.error, NotImplementedError, RuntimeError, ValueError, EOFError,
          OSError, OverflowError)
_ENTITIES = re.compile(r"<!(?:DOCTYPE|ENTITY)|http://www\.w3\.org/2001/XInclude")
_BEFORE_XML = b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n"
_TAGS = re.compile(r"<[^>]*>")


def is_polyglot(file: BinaryIO, size_bytes: int) -> bool:
    """True if a ZIP hangs on the end of something else."""
    tail_at, tail = _tail(file, size_bytes)
    end = tail.rfind(END)
    if end < 0 or len(tail) - end < 22:
        return False
    length, _ = struct.unpack_from("<II", tail, end + 12)
    file.seek(max(tail_at + end - length, 0))
    return file.read(4) == CENTRAL


def open_zip(file: BinaryIO, size_bytes: int, name: str) -> zipfile.ZipFile:
    """The directory of a ZIP, checked. FileRefused: damaged, locked, a bomb, doubled or misleading paths."""
    _, tail = _tail(file, size_bytes)
    end = tail.rfind(END)
    if end < 0 or len(tail) - end < 22:
        raise FileRefused(refusals.DAMAGED, name)
    entries, length = struct.unpack_from("<HI", tail, end + 10)
    if entries > MOST_ENTRIES or length > LONGEST_DIRECTORY:
        raise FileRefused(refusals.TOO_MANY_INSIDE, name, limit=MOST_ENTRIES)
    try:
        archive = zipfile.ZipFile(file)
    except BROKEN:
        raise FileRefused(refusals.DAMAGED, name) from None
    _check_entries(archive.infolist(), size_bytes, name)
    return archive


def check_contents(archive: zipfile.ZipFile, name: str) -> None:
    """What neither a ZIP of evidence nor a document holds: other archives, programs."""
    for info in archive.infolist():
        ending = info.filename.rpartition(".")[2].lower().rstrip()
        if ending in ARCHIVES:
            raise FileRefused(refusals.NESTED, name, inside=shown(info))
        if ending in PROGRAMS:
            raise FileRefused(refusals.PROGRAM_INSIDE, name, inside=shown(info))


def shown(info: zipfile.ZipInfo) -> str:
    """A member's name to be read by people: Chinese Windows writes GBK without saying so; nothing invisible."""
    name = info.filename
    if not info.flag_bits & 0x800:
        try:
            name = name.encode("cp437").decode("gb18030")
        except UnicodeError:
            name = info.filename
    return "".join(char for char in name if char.isprintable())[-60:]


def texts(archive: zipfile.ZipFile, name: str) -> Iterator[str]:
    """The words of the XML parts, tags taken away, a bounded share of them. FileRefused for a DOCTYPE in one.

    A part is XML by its name or its first sign. No XML parser is at work: nothing in it can be expanded or fetched.
    """
    left = PARTS_BYTES
    parts = [info for info in archive.infolist()
             if info.compress_type in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)]
    for info in sorted(parts, key=lambda info: info.file_size)[:MOST_PARTS]:
        if left <= 0:
            return
        try:
            with archive.open(info) as part:
                content = part.read(64)
                if not info.filename.endswith((".xml", ".rels")) and not content.lstrip(_BEFORE_XML).startswith(b"<"):
                    continue
                content += part.read(min(PART_BYTES, left))
        except BROKEN:
            raise FileRefused(refusals.DAMAGED, name) from None
        left -= len(content)
        encoding = "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8"
        text = content.decode(encoding, "replace")
        if _ENTITIES.search(text):
            raise FileRefused(refusals.ENTITIES, name)
        yield _TAGS.sub("", text)


def _tail(file: BinaryIO, size_bytes: int) -> tuple[int, bytes]:
    at = max(size_bytes - 65_557, 0)        # the end record and the longest comment
    file.seek(at)
    return at, file.read(65_557)


def _check_entries(entries: list[zipfile.ZipInfo], size_bytes: int, name: str) -> None:
    if not entries:
        raise FileRefused(refusals.NOTHING_INSIDE, name)
    if len(entries) > MOST_ENTRIES:
        raise FileRefused(refusals.TOO_MANY_INSIDE, name, limit=MOST_ENTRIES)
    if any(info.flag_bits & LOCKED_BIT for info in entries):
        raise FileRefused(refusals.LOCKED, name)
    packed = sum(info.compress_size for info in entries)
    lying = any(info.file_size > DEFLATE_AT_BEST * (info.compress_size + 64) for info in entries)
    if packed > size_bytes or lying or sum(info.file_size for info in entries) > EXPANDED_MB * MEGABYTE:
        raise FileRefused(refusals.EXPANDS_TOO_FAR, name, limit=EXPANDED_MB)
    if any(info.filename.endswith(".xml") and info.file_size > PART_MB * MEGABYTE for info in entries):
        raise FileRefused(refusals.EXPANDS_TOO_FAR, name, limit=PART_MB)
    seen = set[str]()
    for info in entries:
        path = info.filename.replace("\\", "/")
        unsafe = (path.startswith("/") or ".." in path.split("/") or re.match(r"[A-Za-z]:", path)
                  or "\x00" in info.orig_filename or (info.external_attr >> 16) & DEVICE == LINK
                  or path.casefold() in seen)
        if unsafe:
            raise FileRefused(refusals.BAD_PATHS, name, inside=shown(info))
        seen.add(path.casefold())
