"""An app of this process behind a real server (网页服务), and a caller of it with a log-in of his own."""
from __future__ import annotations

import http.client
import json
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlencode, urlsplit

import waitress
from flask import Flask

from tests.factories import actor_of
from tracker.app import open_session
from tracker.models import User
from tracker.services import sessions


@contextmanager
def serving(app: Flask, *, threads: int = 8) -> Iterator[str]:
    """The address at which the app answers."""
    server = waitress.create_server(app, host="127.0.0.1", port=0, threads=threads)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.effective_port}"
    finally:
        server.close()
        thread.join()


def log_in(app: Flask, login: str) -> str:
    """Open a log-in of this account without its password; the cookie's id."""
    secret_id = secrets.token_urlsafe(32)
    with open_session(app) as session:
        user = session.query(User).filter_by(login=login).one()
        sessions.start(session, actor_of(session, user), secret_id, address="127.0.0.1", agent="",
                       at=app.extensions["tracker"].clock.now())
    return secret_id


class Caller:
    """Sends forms over a connection of his own each, as often as he likes at once."""

    def __init__(self, address: str, cookie: str) -> None:
        self.host, self.cookie = urlsplit(address).netloc, cookie
        self.token = self.get("/no-such-page").split('name="csrf-token" content="')[1].split('"')[0]

    def get(self, path: str) -> str:
        return self._ask("GET", path, None, {})[2].decode()

    def post(self, path: str, **fields: Any) -> tuple[int, str, str]:
        """Status, where it leads, and the page."""
        status, target, body = self._ask("POST", path, urlencode({"csrf_token": self.token} | fields), {
            "Content-Type": "application/x-www-form-urlencoded"})
        return status, target, body.decode()

    def upload(self, path: str, name: str, content: bytes) -> tuple[int, Any]:
        """Send a file as the page's script does; status and the JSON of the answer."""
        head = f'--limit\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
        status, _, body = self._ask("POST", path, head.encode() + content + b"\r\n--limit--\r\n", {
            "Content-Type": "multipart/form-data; boundary=limit", "X-CSRFToken": self.token,
            "X-Requested-With": "XMLHttpRequest"})
        return status, json.loads(body)

    def _ask(self, method: str, path: str, body: str | bytes | None,
             headers: dict[str, str]) -> tuple[int, str, bytes]:
        connection = http.client.HTTPConnection(self.host, timeout=60)
        try:
            connection.request(method, path, body, headers | {"Cookie": f"tracker={self.cookie}"})
            answer = connection.getresponse()
            return answer.status, answer.headers.get("Location", ""), answer.read()
        finally:
            connection.close()
