"""How moments and words are shown (显示): Shanghai time, weekdays in Chinese. Registered as Jinja filters."""
from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from flask import Flask

SHANGHAI = ZoneInfo("Asia/Shanghai")
WEEKDAYS = "一二三四五六日"


def day(value: date | datetime | None, year: int | None = None) -> str:
    """10月13日（周二）; with the year before it where it differs from `year`. "" for None."""
    if value is None:
        return ""
    shown = value.astimezone(SHANGHAI).date() if isinstance(value, datetime) else value
    before = "" if year is None or shown.year == year else f"{shown.year}年"
    return f"{before}{shown.month}月{shown.day}日（周{WEEKDAYS[shown.weekday()]}）"


def moment(value: datetime | None, year: int | None = None) -> str:
    """10月13日（周二）18:00 in Shanghai; "" for None."""
    return "" if value is None else f"{day(value, year)}{value.astimezone(SHANGHAI):%H:%M}"


def stamp(value: datetime | None) -> str:
    """2026-10-13 18:00 in Shanghai, for lists; "" for None."""
    return "" if value is None else f"{value.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"


def machine(value: datetime) -> str:
    """What a <time datetime> attribute holds."""
    return value.astimezone(SHANGHAI).isoformat(timespec="minutes")


def init_app(app: Flask) -> None:
    app.jinja_env.filters.update(day=day, moment=moment, stamp=stamp, machine=machine)
