"""Why a file is not taken (不收的文件): one sentence each, that says which file and what to do."""
from __future__ import annotations

from tracker.errors import Refused

ACCEPTED = "Word、WPS、Excel、PDF、OFD、图片、ZIP"
NOT_TAKEN = "“{name}”不能传。可以传 " + ACCEPTED
OF_ANOTHER_KIND = "“{name}”其实是{kind}文件（.{ending}），和名字对不上，没有收下。请打开后另存为要用的格式再传"
UNKNOWN_INSIDE = "“{name}”的内容和名字对不上，没有收下。请用办公软件打开，另存一份再传"
EMPTY = "“{name}”是空的（0字节），没有收下。请打开原件看一看，重新保存后再传"
DAMAGED = "“{name}”不完整，可能没有拷完或者已经损坏，没有收下。请先确认原件打得开，重新保存后再传"
LOCKED = "“{name}”设了密码，没有收下。请去掉密码另存一份再传"
MACROS = "“{name}”里带有宏，没有收下。请另存为不带宏的 docx 或 xlsx 再传"
TWO_IN_ONE = "“{name}”里除了PDF还接着一个压缩包，没有收下。请重新导出PDF再传"
ENTITIES = "“{name}”里有办公软件不会写的外部引用，没有收下。请用 WPS 或 Word 打开，另存一份再传"
TOO_LARGE = "“{name}”有{size}，每份不超过{limit}MB，请压缩或分开传"
TOO_MANY_PIXELS = "“{name}”有{width:,}×{height:,}个像素，太大，没有收下。请缩小后再传"
NOTHING_INSIDE = "“{name}”里一个文件也没有，没有收下。请重新压缩后再传"
TOO_MANY_INSIDE = "“{name}”里的文件太多，没有收下。每个压缩包最多{limit:,}个，请分开压缩"
EXPANDS_TOO_FAR = "“{name}”解开后太大，没有收下。最多{limit}MB，请分开压缩"
BAD_PATHS = "“{name}”里有文件的路径指到别处（{inside}），没有收下。请重新压缩后再传"
NESTED = "“{name}”里还套着压缩包（{inside}），没有收下。请解开后直接压成一个 ZIP"
PROGRAM_INSIDE = "“{name}”里有“{inside}”，不能传。压缩包里只放文档和图片"


class FileRefused(Refused):
    """The file is not taken; nothing of it is kept."""

    def __init__(self, sentence: str, name: str, **facts: object) -> None:
        message = sentence.format(name=name, **facts)
        super().__init__(message, fields={"file": message})


def size_words(size_bytes: int) -> str:
    """72MB, 218KB: rounded up, so that what is too large never reads as large enough."""
    for unit, factor in (("MB", 1024 * 1024), ("KB", 1024)):
        if size_bytes >= factor:
            return f"{-(-size_bytes // factor):,}{unit}"
    return f"{size_bytes}字节"
