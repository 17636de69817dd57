"""Hostile and honest files, made by code: nothing is downloaded, nothing here does harm."""
from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Mapping

MACRO_PART = "xl/vbaProject.bin"
DOCTYPE = '<!DOCTYPE w [<!ENTITY x SYSTEM "file:///etc/passwd">]>'


def pdf(words: str = "", *, extra: bytes = b"") -> bytes:
    """A PDF of its own content, complete to its last line."""
    return b"%PDF-1.4\n1 0 obj<<>>endobj\n%" + words.encode() + b"\n" + extra + b"trailer<</Root 1 0 R>>\n%%EOF\n"


def locked_pdf() -> bytes:
    return pdf(extra=b"5 0 obj<</Filter/Standard/V 2>>endobj trailer<</Encrypt 5 0 R>>\n")


def zipped(members: Mapping[str, bytes | str], *, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", method) as archive:
        for name, data in members.items():
            archive.writestr(zipfile.ZipInfo(name), data, method)
    return content.getvalue()


def docx(words: str = "正文", **parts: str) -> bytes:
    return zipped({"[Content_Types].xml": "<Types/>", "word/document.xml": f"<w><t>{words}</t></w>"} | parts)


def xlsx(words: str = "表", **parts: str) -> bytes:
    return zipped({"[Content_Types].xml": "<Types/>", "xl/workbook.xml": "<w/>",
                   "xl/sharedStrings.xml": f"<s><t>{words}</t></s>"} | parts)


def ofd(words: str = "版式文件") -> bytes:
    return zipped({"OFD.xml": "<ofd/>", "Doc_0/Pages/Page_0/Content.xml": f"<p><TextCode>{words}</TextCode></p>"})


def pptx() -> bytes:
    return zipped({"[Content_Types].xml": "<Types/>", "ppt/presentation.xml": "<p/>"})


def with_link(name: str, target: str) -> bytes:
    """A ZIP whose only member is a symbolic link."""
    content, info = io.BytesIO(), zipfile.ZipInfo(name)
    info.create_system, info.external_attr = 3, 0o120777 << 16
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr(info, target)
    return content.getvalue()


def doubled(name: str) -> bytes:
    """A ZIP that has the same name twice."""
    return zipped({name: "1", name[:-1] + "~": "2"}).replace((name[:-1] + "~").encode(), name.encode())


def locked_zip() -> bytes:
    """A ZIP that says of its member that it is encrypted."""
    content = bytearray(zipped({"a.txt": "x"}))
    for magic, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(magic) + place] |= 1
    return bytes(content)


def lying_zip(claimed_bytes: int) -> bytes:
    """A ZIP whose directory claims another size than its member has."""
    content = bytearray(zipped({"a.txt": "x" * 100}))
    struct.pack_into("<I", content, content.index(b"PK\x01\x02") + 24, claimed_bytes)
    return bytes(content)


def many(entries: int) -> bytes:
    return zipped({f"{number}.txt": "" for number in range(entries)}, method=zipfile.ZIP_STORED)


def bomb(megabytes: int, name: str = "a.txt") -> bytes:
    return zipped({name: bytes(megabytes * 1024 * 1024)})


def ole(*streams: str, head: bytes = b"", text: bytes = b"") -> bytes:
    """An OLE compound file: each stream 4096 bytes beginning with `head`, `text` in the first; then the directory."""
    per_stream, directory_at = 8, 8 * len(streams)
    directory_sectors = (len(streams) + 1 + 3) // 4
    fat_at = directory_at + directory_sectors
    fat = []
    for number in range(len(streams)):
        fat += [*range(number * per_stream + 1, number * per_stream + per_stream), 0xFFFFFFFE]
    fat += [*range(directory_at + 1, directory_at + directory_sectors), 0xFFFFFFFE, 0xFFFFFFFD]
    fat += [0xFFFFFFFF] * (128 - len(fat))
    header = bytearray(512)
    header[:8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
    struct.pack_into("<HHHHH", header, 24, 0x3E, 3, 0xFFFE, 9, 6)
    struct.pack_into("<II", header, 44, 1, directory_at)
    struct.pack_into("<IIIII", header, 56, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0)
    header[76:512] = struct.pack("<I", fat_at) + b"\xff" * 432
    bodies = b"".join((head + (text if not number else b"")).ljust(4096, b"\x00") for number in range(len(streams)))
    entries = _entry("Root Entry", 5, child=1 if streams else 0xFFFFFFFF)
    for number, name in enumerate(streams):
        after = number + 2 if number + 1 < len(streams) else 0xFFFFFFFF
        entries += _entry(name, 2, after=after, start=number * per_stream, size=4096)
    return (bytes(header) + bodies + entries.ljust(512 * directory_sectors, b"\x00")
            + struct.pack("<128I", *fat))


def _entry(name: str, kind: int, *, child: int = 0xFFFFFFFF, after: int = 0xFFFFFFFF, start: int = 0,
           size: int = 0) -> bytes:
    spelt = name.encode("utf-16-le") + b"\x00\x00"
    entry = bytearray(128)
    entry[:len(spelt)] = spelt
    struct.pack_into("<HBB", entry, 64, len(spelt), kind, 1)
    struct.pack_into("<III", entry, 68, 0xFFFFFFFF, after, child)
    struct.pack_into("<IQ", entry, 116, start, size)
    return bytes(entry)


def doc(text: bytes = b"", *, locked: bool = False) -> bytes:
    flags = 0x0100 if locked else 0
    return ole("WordDocument", head=b"\xec\xa5" + bytes(8) + struct.pack("<H", flags), text=text)


def xls(*, locked: bool = False) -> bytes:
    begin = struct.pack("<HH", 0x0809, 16) + bytes(16)
    return ole("Workbook", head=begin + (struct.pack("<HH", 0x2F, 6) + bytes(6) if locked else b""))


def png(width: int = 2, height: int = 2, *, tail: bytes = b"") -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = b"".join(b"\x00" + b"\x20\x60\xa0" * 2 for _ in range(2))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
            + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"") + tail)


def gif(*, script: bool = False) -> bytes:
    whole = (b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff"
             b",\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;")
    return b"GIF89a/*" + whole[8:] + b"*/=1;alert(document.domain)//;" if script else whole


def jpeg() -> bytes:
    frame = b"\xff\xc0" + struct.pack(">HBHHB", 11, 8, 20, 30, 1) + b"\x01\x11\x00"
    return (b"\xff\xd8\xff\xe0" + struct.pack(">H", 16) + b"JFIF\x00" + bytes(9) + frame
            + b"\xff\xda" + struct.pack(">H", 8) + bytes(6) + b"\x12\x34" * 20 + b"\xff\xd9")


def bmp() -> bytes:
    picture = struct.pack("<IiiHHIIiiII", 40, 1, 1, 1, 24, 0, 4, 0, 0, 0, 0) + bytes(4)
    return b"BM" + struct.pack("<IHHI", 14 + len(picture), 0, 0, 54) + picture


def webp() -> bytes:
    return b"RIFF" + struct.pack("<I", 22) + b"WEBPVP8L" + struct.pack("<I", 10) + bytes(10)


def tiff() -> bytes:
    return b"II*\x00" + struct.pack("<I", 8) + bytes(20)


HTML = b"<!doctype html><script>alert(document.domain)</script>"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'
EXE = b"MZ\x90\x00" + bytes(60) + b"PE\x00\x00" + bytes(200)
MHT = b"MIME-Version: 1.0\r\nContent-Type: multipart/related\r\n\r\n<html>"
RTF = b"{\\rtf1\\ansi hello}"

NAMES = (
    "关于2026年第三季度进展的报告.pdf", "a" * 300 + ".pdf", "州" * 300 + ".pdf", "方案\u202efdp.exe.pdf",
    "方案\u202efdp.pdf", "换\n行.pdf", "回\r\n车: x.pdf", "零\x00.pdf", "../../etc/passwd.pdf",
    "..\\..\\windows\\x.pdf", "/etc/shadow.pdf", "C:\\Users\\x.pdf", "C:x.pdf", "CON.pdf", "con", "nul.pdf",
    "lpt1.pdf", "e\u0301t\u00e9.pdf", "\u00e9t\u00e9.pdf", '引"号".pdf', "单'引号'.pdf", "", " ", "...", ".pdf",
    "%2e%2e%2f%00.pdf", "x%0d%0aSet-Cookie: a=b.pdf", "分;号=值.pdf", "反\\斜\\杠.pdf",
    "\ufeff零宽\u200b字\u200d符.pdf", "\u2067隔离\u2069.pdf", "表情😀.pdf", "<script>alert(1)</script>.pdf",
    "a/b/c.pdf", "双..点..pdf", "末尾点.pdf.", "空 格 .pdf ", "\ud800孤.pdf", "\uffff非字符.pdf", "制\t表.pdf",
    "尾.PDF", "没有后缀",
)
