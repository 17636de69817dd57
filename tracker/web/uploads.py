"""Files that come with a form (随表单上传): received before the deed that keeps them, all of them or none."""
from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import BinaryIO, cast

from flask import request

from tracker.errors import Refused
from tracker.services.file_store import Received, receive
from tracker.web.context import session

MOST_AT_ONCE = 20
TOO_MANY = f"一次最多传{MOST_AT_ONCE}份，没有收下。请分几次传，或压成一个 ZIP。"


@contextmanager
def uploaded(name: str = "file") -> Iterator[tuple[Received, ...]]:
    """The files sent under this control's name: `with uploaded() as files: milestone_done(…, files=files)`.

    Refused with `fields` at the control for what is not accepted. What no deed keeps is removed.
    """
    sent = [file for file in request.files.getlist(name) if file.filename]
    if len(sent) > MOST_AT_ONCE:
        raise Refused(TOO_MANY, fields={name: TOO_MANY})
    with ExitStack() as open_files:
        received = []
        for file in sent:
            try:
                received.append(open_files.enter_context(
                    receive(session(), cast(BinaryIO, file.stream), file.filename or "")))
            except Refused as refusal:
                raise Refused(refusal.message, fields={name: refusal.message}) from refusal
        yield tuple(received)
