"""Play the plan through (推演、演示): in a database of its own, marked 演示."""
from __future__ import annotations

import json
import sys
from datetime import date, datetime
from typing import Any

import click
from rich.console import Console
from rich.progress import Progress

from tracker import paths
from tracker.cli.chinese import ChineseCommand
from tracker.cli.office import Office, pass_office
from tracker.cli.run import serve
from tracker.domain.workdays import ONE_DAY, shanghai_date
from tracker.notices.plan_file import read_plan
from tracker.scheduler import simulation
from tracker.services import first_accounts, migrate

FIRST_DAY, LAST_DAY = "2025-06-26", "2027-12-31"        # the plan: issued on, valid until
SEED = 7
DAY = click.DateTime(["%Y-%m-%d"])


@click.command(cls=ChineseCommand)
@click.option("--from", "first", type=DAY, default=FIRST_DAY, help=f"从哪天起，默认 {FIRST_DAY}。")
@click.option("--to", "last", type=DAY, default=LAST_DAY, help=f"到哪天止，默认 {LAST_DAY}。")
@click.option("--seed", type=int, default=SEED, help=f"种子，默认 {SEED}；同一种子结果相同。")
@click.option("--json", "as_json", is_flag=True, help="只输出 JSON。")
@pass_office
def simulate(office: Office, first: datetime, last: datetime, seed: int, as_json: bool) -> None:
    """推演整个方案期：各单位按种子填报、迟报、不报，督查室审核；要用空库（TRACKER_DATA_DIR 指一个空文件夹）。"""
    course = simulation.Course(seed, first.date(), last.date())
    found = _play(office, course, quiet=as_json)
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False, indent=2))
        return
    click.echo("报告期    应报  已报  按时  迟报  逾期未报")
    for period in found["periods"]:
        click.echo(f"{period['key']:<8}" + "".join(
            f"{period[name]:>6}" for name in ("due", "delivered", "on_time", "late", "overdue")))
    click.echo(f"共{found['obligations']}件，标记逾期{found['flagged']}件，重复标记{found['flagged_twice']}件；"
               f"审计日志{found['audit_events']}条，{'完整' if found['audit_whole'] else '不完整'}。")


@click.command(cls=ChineseCommand)
@pass_office
@click.pass_context
def demo(ctx: click.Context, office: Office) -> None:
    """演示：另开一个带“演示数据”标记的库，推演到昨天，今天起接着真实时间走；不动正式数据。"""
    settings = office.settings
    folder = settings.data_dir.resolve()
    folder = folder.with_name(folder.name + "-demo")
    office.__dict__["settings"] = settings.model_copy(
        update={"data_dir": folder, "database_url": "", "export_dir": folder / "exports"})
    now = office.clock.now()
    click.echo(f"演示库：{folder.resolve()}")
    _play(office, simulation.Course(SEED, date.fromisoformat(FIRST_DAY), shanghai_date(now) - ONE_DAY), quiet=False)
    with office.session() as session:
        password = first_accounts.first_accounts(session, data_dir=folder, at=now)
    click.echo(f"账号：首次密码在 {(folder / 'accounts').resolve()} 的账号发放表里")
    if password is not None:
        click.echo(f"督查室账号：{first_accounts.SUPERVISION}，首次密码：{password}")
    ctx.invoke(serve)


def _play(office: Office, course: simulation.Course, *, quiet: bool) -> dict[str, Any]:
    plan_file = read_plan(paths.SEED)
    migrate.upgrade(office.engine)
    console = Console(file=sys.stderr, quiet=quiet or not sys.stderr.isatty())
    with office.session() as session, Progress(console=console, transient=True) as progress:
        line = progress.add_task("推演", total=(course.last - course.first).days + 1)
        simulation.play(session, course, plan_file,
                        told=lambda day: progress.update(line, completed=(day - course.first).days + 1))
        return simulation.figures(session, course)
