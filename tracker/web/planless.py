"""A database without a plan (还没有装入方案): its pages say so, and what to run."""
from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import render_template
from flask.typing import ResponseReturnValue

from tracker.services import plan_titles
from tracker.web.context import session


def with_plan(view: Callable[..., ResponseReturnValue]) -> Callable[..., ResponseReturnValue]:
    """Decorator of a page that reads the plan."""

    @wraps(view)
    def inner(**view_args: Any) -> ResponseReturnValue:
        return view(**view_args) if plan_titles.in_force(session()) else render_template("errors/no_plan.html")

    return inner
