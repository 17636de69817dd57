"""What a person sees when something is not done (出错页). One handler for what is refused, one for what is a bug."""
from __future__ import annotations

import secrets
from collections.abc import Sequence

import structlog
from flask import Flask, g, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException, InternalServerError

from tracker.errors import NotYours, Refused
from tracker.services.office_rules import MOST_MB
from tracker.web.context import session

log = structlog.get_logger("tracker.web")

HEADINGS = {403: "这一步没有办", 404: "没有这个页面", 409: "已经有人先改了", 410: "这个链接用不了",
            422: "没有办成，内容没有变"}
SENTENCES = {                                         # what is so, what is kept, what to do
    400: ("这个请求看不懂", "没有改动任何内容。请回到上一页重新操作。"),
    404: (HEADINGS[404], str(NotYours())),
    405: ("这个页面不能这样打开", "没有改动任何内容。请从首页进入。"),
    413: ("内容太大，没有收下", f"一次传的文件合起来最多{MOST_MB}MB，文字最多2MB。没有改动任何内容，请减少后再交。"),
    429: ("操作太快", "没有改动任何内容。请过一分钟再试。"),
}
KEPT = {                                              # long texts of forms, given back on the page to be copied
    "progress": "进展情况", "problems": "存在问题", "matters": "需协调事项", "next_steps": "下一步计划",
    "reason": "理由", "words": "意见", "title": "标题", "body": "正文",
}
EXPIRED = "页面放得太久，或者不是从本系统的页面提交的。没有改动任何内容；请回到上一页，刷新后再交一次。"


def init_app(app: Flask) -> None:
    app.logger.disabled = True                        # a bug is logged once, here, under its number
    app.before_request(_number)
    app.register_error_handler(Refused, _refused)
    app.register_error_handler(CSRFError, _foreign)
    app.register_error_handler(HTTPException, _http)


def _number() -> None:
    """Give the request a number that the log and the page of a bug share."""
    g.request_id = secrets.token_hex(4).upper()
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=g.request_id)


def written() -> list[tuple[str, str]]:
    """The long texts of the form that was sent, each with its label; a row of the grid names its own r12-progress."""
    return [(KEPT[field], words) for name, words in request.form.items()
            if (field := name.rpartition("-")[2]) in KEPT and words.strip()]


def _refused(error: Refused) -> ResponseReturnValue:
    if isinstance(error, NotYours):
        return _page(404, *SENTENCES[404])            # the same answer for what is not there and what is not one's own
    return _page(error.status, HEADINGS.get(error.status, HEADINGS[422]), error.message, tuple(error.fields.values()),
                 written())


def _foreign(error: CSRFError) -> ResponseReturnValue:
    return _page(403, HEADINGS[403], EXPIRED)


def _http(error: HTTPException) -> ResponseReturnValue:
    code = error.code or 500
    if code < 400:
        return error
    if code >= 500:
        return _bug(error)
    return _page(code, *SENTENCES.get(code, SENTENCES[400]))


def _bug(error: HTTPException) -> ResponseReturnValue:
    original = error.original_exception if isinstance(error, InternalServerError) else None
    secret = "token" in (request.view_args or {})     # a one-time link in the address: it stays out of the log
    path = str(request.url_rule) if secret else request.path
    log.error("request.failed", method=request.method, path=path, exc_info=original or error)
    number = g.get("request_id", "—")
    return render_template("errors/bug.html", number=number), error.code or 500


def _page(status: int, heading: str, sentence: str, faults: Sequence[str] = (),
          kept: Sequence[tuple[str, str]] = ()) -> ResponseReturnValue:
    session().rollback()                              # whatever was being read when it was refused
    return render_template("errors/refused.html", heading=heading, sentence=sentence, faults=faults, kept=kept,
                           here="/"), status
