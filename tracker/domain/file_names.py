"""Names of uploaded files (文件名): as the person wrote them, without what could mislead, break out or break a line."""
from __future__ import annotations

import re
import unicodedata

LONGEST_CHARS = 120
UNNAMED = "未命名"
_FORBIDDEN = str.maketrans({'<': "＜", '>': "＞", ':': "：", '"': "＂", "|": "｜", "?": "？", "*": "＊"})
_DEVICES = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?=\.|$)", re.IGNORECASE)
_SUFFIX = re.compile(r"\.([A-Za-z0-9]{1,5})$")


def clean_name(name: str) -> str:
    """The name to keep and show: the last part of a path, NFC, without control, bidi and other invisible characters.

    What Windows forbids in a name becomes its full-width twin. At most 120 characters, the ending stays; never empty.
    """
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", name))[-1]
    visible = "".join(char for char in last if unicodedata.category(char) not in _INVISIBLE and not _no_character(char))
    plain = re.sub(r"\s+", " ", re.sub(r"^[A-Za-z]:", "", visible)).translate(_FORBIDDEN).strip(" .")
    stem, suffix = split_name(plain)
    ending = f".{suffix}" if suffix else ""
    stem = stem[:LONGEST_CHARS - len(ending)].strip(" .") or UNNAMED
    return f"{'_' if _DEVICES.match(stem + ending) else ''}{stem}{ending}"


def split_name(name: str) -> tuple[str, str]:
    """Stem and ending (without its dot, in small letters) of a cleaned name; "" where it has none."""
    found = _SUFFIX.search(name)
    return (name[:found.start()], found[1].lower()) if found else (name, "")


_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


def _no_character(char: str) -> bool:
    return ord(char) & 0xFFFE == 0xFFFE
