"""What the commands work with (命令环境): settings, clock, database; nothing is opened before it is asked for."""
from __future__ import annotations

import sys
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING

import click
import structlog
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from tracker.clock import Clock, SystemClock
from tracker.config import Settings, read_settings
from tracker.domain.periods import BadPeriodKey, parse_period
from tracker.domain.workdays import SHANGHAI, shanghai_moment
from tracker.errors import Refused
from tracker.services import migrate
from tracker.services.exports import PRINTED, Printed

if TYPE_CHECKING:
    from flask import Flask

NOT_READY = "数据库还没有建好，或者版本旧了。请先运行 tracker init。"


class Office:
    """Settings, clock and database of this command. `--help` makes one and opens nothing."""

    def __init__(self, clock: Clock | None = None) -> None:
        self.clock = clock or SystemClock()

    @cached_property
    def settings(self) -> Settings:
        return read_settings()

    @cached_property
    def app(self) -> Flask:
        from tracker.app import create_app  # imports the whole web

        return create_app(self.settings, self.clock)

    @cached_property
    def engine(self) -> Engine:
        from tracker.web.context import db

        with self.app.app_context():
            return db.engine

    def session(self) -> Session:
        """A session on a database of this version; Refused where there is none yet."""
        with self.engine.connect() as connection:
            if migrate.revision_of(connection) != migrate.head():
                raise Refused(NOT_READY)
        return self.new_session()

    def new_session(self) -> Session:
        from tracker.app import open_session

        session = open_session(self.app)
        session.info[PRINTED] = Printed(self.settings.office, self.settings.base_url)
        return session

    def close(self) -> None:
        if "engine" in self.__dict__:
            self.engine.dispose()


pass_office = click.make_pass_decorator(Office, ensure=True)


class Moment(click.ParamType[datetime]):
    """2026-10-20T18:01+08:00; without a zone it is Shanghai's."""

    name = "时刻"

    def convert(self, value: str | datetime, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        if isinstance(value, datetime):
            return value
        try:
            moment = datetime.fromisoformat(value)
            return (moment if moment.tzinfo else moment.replace(tzinfo=SHANGHAI)).astimezone(UTC)
        except (ValueError, OverflowError):
            self.fail(f"“{value}”不是时刻，要写成 2026-10-20T18:00+08:00 这样", param, ctx)


class DayEnd(Moment):
    """A day means its end (Shanghai); a moment is taken as it is."""

    name = "日期"

    def convert(self, value: str | datetime, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        if isinstance(value, str) and len(value) == len("2026-10-20"):
            try:
                return shanghai_moment(date.fromisoformat(value) + timedelta(days=1)) - timedelta(microseconds=1)
            except (ValueError, OverflowError):
                self.fail(f"“{value}”不是日期，要写成 2026-10-20 这样", param, ctx)
        return super().convert(value, param, ctx)


class PeriodKey(click.ParamType[str]):
    """2026Q3, 2026H2, 2026-11, 2026."""

    name = "报告期"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        try:
            return parse_period(value).key
        except BadPeriodKey as bad:
            self.fail(str(bad), param, ctx)


def log_to_stderr() -> None:
    """Logs never mix with what a command prints: one line an event, JSON unless a person looks on."""
    shown = structlog.dev.ConsoleRenderer() if sys.stderr.isatty() else structlog.processors.JSONRenderer(
        ensure_ascii=False)
    structlog.configure(
        processors=[structlog.contextvars.merge_contextvars, structlog.processors.add_log_level,
                    structlog.processors.TimeStamper(fmt="iso"), structlog.processors.format_exc_info, shown],
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr))
