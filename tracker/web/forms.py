"""A form that is shown again (表单): what the service refuses comes back with everything that was typed."""
from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import Flask, request
from flask.typing import ResponseReturnValue

from tracker.errors import Forbidden, NotYours, Refused

LONGEST_FORM = 2 * 1024 * 1024          # bytes of a form without files, some 230,000 Chinese characters as sent


def init_app(app: Flask) -> None:
    app.before_request(_limit)


def _limit() -> None:
    """A form without files is read in one piece: Flask's limit for the text parts of uploads does not hold for it."""
    if request.mimetype == "application/x-www-form-urlencoded":
        request.max_content_length = LONGEST_FORM


def shown_again(render: Callable[..., str]) -> Callable[[Callable[..., ResponseReturnValue]],
                                                         Callable[..., ResponseReturnValue]]:
    """Decorator of a POST view. `render(refusal, **view_args)` shows the form again, with status 422 or 409.

    What is not the person's to see or do goes on to the error page.
    """

    def around(view: Callable[..., ResponseReturnValue]) -> Callable[..., ResponseReturnValue]:
        @wraps(view)
        def inner(**view_args: Any) -> ResponseReturnValue:
            try:
                return view(**view_args)
            except (NotYours, Forbidden):
                raise
            except Refused as refusal:
                return render(refusal, **view_args), refusal.status

        return inner

    return around


def typed(name: str, longest: int = 200) -> str:
    """A short text as typed, trimmed. Raises Refused for what no keyboard types (NUL) and for what is too long."""
    text = request.form.get(name, "").strip()
    if "\x00" in text:
        raise Refused("里面有看不见的控制字符，没有收下。", fields={name: "里面有看不见的控制字符，请重新输入"})
    if len(text) > longest:
        raise Refused("填的内容太长，没有收下。", fields={name: f"最多{longest}个字，现在{len(text)}个"})
    return text
