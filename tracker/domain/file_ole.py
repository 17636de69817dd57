"""A look into OLE compound files (旧版 Office、WPS 文件): which streams they hold. Bounded, nothing is unpacked."""
from __future__ import annotations

import struct
from array import array
from dataclasses import dataclass
from typing import BinaryIO

OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
FREE, LAST = 0xFFFFFFFF, 0xFFFFFFFA         # of a sector; from LAST on none is followed
SMALL = 4096                                # bytes: streams below it lie elsewhere and are not looked at
LONGEST_DIRECTORY = 4 * 1024 * 1024         # bytes


class Damaged(Exception):
    """It cannot be read to its end."""


@dataclass(frozen=True)
class Ole:
    """`top`: the streams and storages of the file itself; `names`: those of what is embedded too.

    `heads`: the first 512 bytes of those at the top that were asked for.
    """

    top: frozenset[str]
    names: frozenset[str]
    heads: dict[str, bytes]


@dataclass(frozen=True)
class _Entry:
    name: str
    before: int
    after: int
    child: int
    start: int
    size_bytes: int


def look_into_ole(file: BinaryIO, size_bytes: int, wanted: frozenset[str]) -> Ole:
    """What the directory lists, and how the wanted streams begin. Damaged where it is cut off or broken."""
    file.seek(0)
    header = file.read(512)
    if len(header) < 512:
        raise Damaged
    shift, = struct.unpack_from("<H", header, 30)
    if shift not in (9, 12):
        raise Damaged
    fat = _allocation_table(file, header, shift, size_bytes)
    entries = _entries(_chain(file, fat, struct.unpack_from("<I", header, 48)[0], shift))
    top, heads = _top(entries), {}
    for entry in top:
        if entry.name in wanted and entry.size_bytes >= SMALL and entry.start < LAST:
            file.seek((entry.start + 1) << shift)
            heads[entry.name] = file.read(512)
    return Ole(frozenset(entry.name for entry in top), frozenset(entry.name for entry in entries.values()), heads)


def _allocation_table(file: BinaryIO, header: bytes, shift: int, size_bytes: int) -> array[int]:
    sector, most = 1 << shift, (size_bytes >> shift) + 1
    places = [place for place in struct.unpack_from("<109I", header, 76) if place < LAST]
    following, = struct.unpack_from("<I", header, 68)
    seen = 0
    while following < LAST and seen <= most // 128:
        file.seek((following + 1) << shift)
        block = file.read(sector)
        if len(block) < sector:
            raise Damaged
        *more, following = struct.unpack(f"<{sector // 4}I", block)
        places += [place for place in more if place < LAST]
        seen += 1
    fat = array("I")
    for place in places[:most // (sector // 4) + 2]:
        file.seek((place + 1) << shift)
        block = file.read(sector)
        if len(block) < sector:
            raise Damaged
        fat.frombytes(block)
    used = len(fat)
    while used and fat[used - 1] == FREE:
        used -= 1
    if not used or used << shift >= size_bytes:        # the last sector in use begins beyond the end
        raise Damaged
    return fat[:used]


def _chain(file: BinaryIO, fat: array[int], sector: int, shift: int) -> bytes:
    found, seen = bytearray(), set[int]()
    while sector < LAST:
        if sector in seen or sector >= len(fat) or len(found) > LONGEST_DIRECTORY:
            raise Damaged
        seen.add(sector)
        file.seek((sector + 1) << shift)
        found += file.read(1 << shift)
        sector = fat[sector]
    return bytes(found)


def _entries(directory: bytes) -> dict[int, _Entry]:
    found = {}
    for number in range(len(directory) // 128):
        entry = directory[number * 128:number * 128 + 128]
        length, kind = struct.unpack_from("<HB", entry, 64)
        if kind in (1, 2, 5) and 2 <= length <= 64:
            before, after, child = struct.unpack_from("<III", entry, 68)
            start, size = struct.unpack_from("<IQ", entry, 116)
            found[number] = _Entry(entry[:length - 2].decode("utf-16-le", "replace"), before, after, child, start,
                                   size & 0xFFFFFFFF)
    if 0 not in found:
        raise Damaged
    return found


def _top(entries: dict[int, _Entry]) -> list[_Entry]:
    """The root's children: a binary tree, each entry between those before and after it."""
    found, waiting, seen = [], [entries[0].child], set[int]()
    while waiting:
        number = waiting.pop()
        if number in seen or number not in entries:
            continue
        seen.add(number)
        found.append(entries[number])
        waiting += [entries[number].before, entries[number].after]
    return found
