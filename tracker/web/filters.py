"""How moments and words are shown (显示), as Jinja filters over domain/show.py. `at` is the moment of the page."""
from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from flask import Flask

from tracker.domain import show
from tracker.domain.words import State
from tracker.domain.workdays import SHANGHAI, china_calendar, shanghai_date


def moment(value: datetime | None, at: datetime) -> str:
    """10月13日（周二）18:00, with 补班 and 暂定 where the day is so; "" for None."""
    return "" if value is None else show.moment_cn(value, at, china_calendar())


def day(value: date | datetime | None, at: datetime) -> str:
    """10月13日（周二）, of a day or of a moment in Shanghai; "" for None."""
    if value is None:
        return ""
    return show.day_cn(shanghai_date(value) if isinstance(value, datetime) else value, at, china_calendar())


def near(value: datetime | None, at: datetime) -> str:
    """今天 18:00 within two days, else as `moment`; "" for None."""
    return "" if value is None else show.show_moment(value, at, china_calendar())


STATE_CLASSES = {State.returned: "back", State.submitted: "wait", State.signed: "wait", State.accepted: "done",
                 State.waived: "done"}


def state_class(state: State) -> str:
    """How a state is tinted: sent back, waits for another, done; the rest is to do."""
    return STATE_CLASSES.get(state, "todo")


def stamp(value: datetime | None) -> str:
    """2026-10-13 18:00 in Shanghai, for lists; "" for None."""
    return "" if value is None else f"{value.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"


def machine(value: datetime) -> str:
    """What the `datetime` attribute of a <time> holds."""
    return value.astimezone(SHANGHAI).isoformat(timespec="minutes")


def plain(number: Decimal) -> str:
    """A quantity without the zeros that a database adds: 170, 0.7, 3,000."""
    return f"{number.normalize():,f}"


def init_app(app: Flask) -> None:
    app.jinja_env.filters.update(moment=moment, day=day, near=near, stamp=stamp, machine=machine,
                                 state_class=state_class, plain=plain, percent=show.percent, full_width=show.full_width)
