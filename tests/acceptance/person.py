"""A person at a browser without scripts (一个人): over HTTP only, reading the pages and sending their forms."""
from __future__ import annotations

import re
import urllib.request
from html.parser import HTMLParser
from http.cookiejar import CookieJar
from urllib.error import HTTPError
from urllib.parse import urlencode, urljoin

from tests.acceptance.served import NEW_PASSWORD


class Form:
    """A form of a page: its fields with what stands in them, and its buttons."""

    def __init__(self, action: str) -> None:
        self.action = action
        self.fields: dict[str, str] = {}
        self.buttons: list[tuple[str, str]] = []


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.text: list[str] = []
        self._inside = self._textarea = self._select = ""

    @property
    def form(self) -> Form | None:
        return self.forms[-1] if self._inside else None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        name, value = given.get("name", ""), given.get("value", "")
        if tag == "form":
            self.forms.append(Form(given["action"]))
            self._inside = "form"
        if self.form is None:
            return
        if tag == "textarea":
            self._textarea = name
            self.form.fields[name] = ""
        elif tag == "select":
            self._select = name
        elif tag == "option" and ("selected" in given or self._select not in self.form.fields):
            self.form.fields[self._select] = value
        elif tag == "button":
            self.form.buttons.append((name, value))
        elif tag == "input" and name and (given.get("type") not in ("radio", "checkbox") or "checked" in given):
            self.form.fields[name] = value

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._inside = ""
        elif tag == "textarea":
            self._textarea = ""

    def handle_data(self, data: str) -> None:
        self.text.append(data)
        if self._textarea and self.form is not None:
            self.form.fields[self._textarea] += data


class Person:
    """Somebody with a cookie jar. `page` and `at` are what he sees now and where."""

    def __init__(self, address: str) -> None:
        self.address = self.at = address
        self.page = ""
        self.status = 0
        self.body = b""
        self.headers: dict[str, str] = {}
        self._open = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar())).open

    def get(self, path: str) -> str:
        return self._go(urllib.request.Request(urljoin(self.at, path)))

    def send(self, action: str, *, button: tuple[str, str] | None = None, **typed: str) -> str:
        """Fill in the form with this action and send it by this button, else by its only one."""
        form = self.form(action)
        fields = {name: value.removeprefix("\n") for name, value in form.fields.items()} | typed
        chosen = button or form.buttons[0]
        assert chosen in form.buttons, (chosen, form.buttons)
        if chosen[0]:
            fields[chosen[0]] = chosen[1]
        return self._go(urllib.request.Request(urljoin(self.at, action), urlencode(fields).encode()))

    def form(self, action: str) -> Form:
        """The form of the page whose action matches, found once."""
        found = [form for form in self._parsed().forms if re.fullmatch(action, form.action)]
        assert len(found) == 1, (action, self.at, self.words)
        return found[0]

    @property
    def words(self) -> str:
        """The page as read aloud: its text without tags, spaces run together."""
        return re.sub(r"\s+", " ", "".join(self._parsed().text))

    def enter(self, login: str, password: str) -> None:
        """Log in with a first password, which has to be changed at once."""
        self.log_in(login, password)
        assert "改掉初始密码，就可以开始用" in self.words, self.words
        self.get("/exports")
        assert "改掉初始密码，就可以开始用" in self.words, "nothing else opens before"
        self.send("/password", current=password, new=NEW_PASSWORD, again=NEW_PASSWORD)
        assert self.status == 200, self.words

    def log_in(self, login: str, password: str) -> None:
        self.get("/login")
        self.send("/login", login=login, password=password)

    def _parsed(self) -> _Page:
        page = _Page()
        page.feed(self.page)
        return page

    def _go(self, request: urllib.request.Request) -> str:
        try:
            with self._open(request, timeout=30) as answer:
                self.status, self.at, self.body = answer.status, answer.url, answer.read()
                self.headers = dict(answer.headers)
        except HTTPError as error:
            with error:
                self.status, self.at, self.body = error.code, error.url, error.read()
                self.headers = dict(error.headers)
        html = "text/html" in self.headers.get("Content-Type", "")
        self.page = self.body.decode() if html else ""
        return self.page
