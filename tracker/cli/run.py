"""Run it (运行): the web with the scheduler inside, the scheduler alone, or one tick."""
from __future__ import annotations

import logging
import signal
from datetime import datetime
from threading import Event

import click

from tracker.cli.chinese import ChineseCommand
from tracker.cli.office import Moment, Office, pass_office
from tracker.domain.show import show_moment
from tracker.errors import Refused
from tracker.jobs import run_due
from tracker.scheduler.lock import SchedulerLock
from tracker.scheduler.ticker import Ticker


@click.command(cls=ChineseCommand)
@pass_office
def serve(office: Office) -> None:
    """网页，调度也在里面；按 Ctrl-C 停止。"""
    import waitress  # only here: no other command pays for it

    office.session().close()        # refuses a database that is not ready
    settings = office.settings
    proxy = {"trusted_proxy": settings.trusted_proxy, "trusted_proxy_count": 1,
             "trusted_proxy_headers": {"x-forwarded-for", "x-forwarded-proto", "x-forwarded-host"},
             } if settings.trusted_proxy else {}
    logging.basicConfig(level=logging.WARNING)
    try:
        server = waitress.create_server(office.app, host=settings.host, port=settings.port, threads=settings.threads,
                                        clear_untrusted_proxy_headers=True, ident=None,
                                        # far beyond what a page takes and tells, nothing is even read
                                        max_request_body_size=2 * office.app.config["MAX_CONTENT_LENGTH"], **proxy)
    except OSError:
        raise Refused(f"端口{settings.port}用不了，可能已经开着一个。"
                      "换一个端口：设 TRACKER_PORT。没有启动。") from None
    lock = _lock(office)
    ticker = Ticker(office.new_session, office.clock, settings.exports, lock)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        if lock is not None and not lock.acquire():
            click.echo(f"另一个进程（{lock.holder()}）正在调度，这里只开网页；它停了就由这里接着调度。")
        else:
            click.echo("补做到期的作业……")
        ticker.tick()
        ticker.start()
        click.echo(f"已启动：http://{settings.host}:{settings.port}（按 Ctrl-C 停止）")
        server.run()        # returns on Ctrl-C, or on SIGTERM
    except KeyboardInterrupt:
        pass                # before the server ran
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        click.echo("正在停止……")
        ticker.stop()
        server.close()
    click.echo("已停止。")


@click.command(cls=ChineseCommand)
@pass_office
def scheduler(office: Office) -> None:
    """只跑调度，不开网页；按 Ctrl-C 停止。"""
    office.session().close()        # refuses a database that is not ready
    lock = _lock(office)
    if lock is not None and not lock.acquire():
        raise Refused(f"另一个进程（{lock.holder()}）正在调度这个库，这里没有启动。")
    ticker = Ticker(office.new_session, office.clock, office.settings.exports, lock)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    ticker.start()
    click.echo("调度已启动（按 Ctrl-C 停止）")
    try:
        Event().wait()
    except KeyboardInterrupt:
        click.echo("正在停止……")
    finally:
        ticker.stop()
    click.echo("已停止。")


@click.command(cls=ChineseCommand)
@click.option("--at", type=Moment(), help="处理到哪个时刻，如 2026-10-13T18:01+08:00；默认为现在。")
@pass_office
@click.pass_context
def tick(ctx: click.Context, office: Office, at: datetime | None) -> None:
    """运行所有到期的作业，每个时刻只做一次。"""
    now = office.clock.now()
    with office.session() as session:
        runs = run_due(session, at or now, now=now, export_dir=office.settings.exports)
        for run in runs:
            click.echo(f"{show_moment(run.scheduled_at, now)} {run.told or run.name}"
                       + (f"；{run.problem}" if run.problem else ""))
        if not runs:
            click.echo("没有到期的作业。")
        if any(run.problem for run in runs):
            ctx.exit(1)


def _lock(office: Office) -> SchedulerLock | None:
    """SQLite: one scheduler only. PostgreSQL: the unique row of each moment decides."""
    return SchedulerLock(office.settings.data_dir) if office.engine.dialect.name == "sqlite" else None
