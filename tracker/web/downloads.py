"""A file handed out (下载、预览) under its Chinese name, in a way that nothing in it can act as a page of ours."""
from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

from flask import Response, send_file

SANDBOX = "; ".join(("default-src 'none'", "object-src 'none'", "base-uri 'none'", "form-action 'none'",
                     "frame-ancestors 'none'", "sandbox"))
VIEWER = SANDBOX.removesuffix("; sandbox")      # the browser's own PDF viewer does not start in a sandbox


def send_named(path: Path, *, media_type: str, name: str, ascii_name: str, inline: bool = False) -> Response:
    """The whole file, with its name as RFC 6266 has it: an ASCII one for browsers that know no other.

    No validators and no ranges: each answer is given after a look at the permission, and says nothing of when the
    content was stored.
    """
    answer = send_file(path, mimetype=media_type, conditional=False, etag=False)
    answer.headers.pop("Last-Modified", None)
    answer.headers["Content-Disposition"] = (
        f'{"inline" if inline else "attachment"}; filename="{ascii_name}"; '
        f"filename*=UTF-8''{quote(name, safe='', errors='replace')}")
    answer.headers["Content-Security-Policy"] = VIEWER if inline and media_type == "application/pdf" else SANDBOX
    return answer
