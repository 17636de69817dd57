"""How moments and words are shown (显示), as Jinja filters: those of domain/show.py, and two for lists and machines."""
from __future__ import annotations

from datetime import datetime

from flask import Flask

from tracker.domain import show
from tracker.domain.workdays import SHANGHAI


def stamp(value: datetime | None) -> str:
    """2026-10-13 18:00 in Shanghai, for lists; "" for None."""
    return "" if value is None else f"{value.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"


def machine(value: datetime) -> str:
    """What the `datetime` attribute of a <time> holds."""
    return value.astimezone(SHANGHAI).isoformat(timespec="minutes")


def init_app(app: Flask) -> None:
    app.jinja_env.filters.update(
        date_cn=show.date_cn, day_cn=show.day_cn, moment_cn=show.moment_cn, show_moment=show.show_moment,
        percent=show.percent, full_width=show.full_width, stamp=stamp, machine=machine)
