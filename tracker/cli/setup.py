"""Set up and look after an installation (建库、装入方案、检查)."""
from __future__ import annotations

import shutil
import stat
import subprocess
from pathlib import Path

import click
from sqlalchemy.exc import DBAPIError

from tracker import paths
from tracker.cli.chinese import ChineseCommand
from tracker.cli.office import Office, PeriodKey, pass_office
from tracker.domain.actors import SYSTEM
from tracker.notices.plan_file import read_plan
from tracker.services import first_accounts, migrate, plan_load
from tracker.services.plan_view import current_plan


@click.command(cls=ChineseCommand)
@click.option("--from", "first_period", type=PeriodKey(), help="起报期，如 2025Q3；默认从现在所在的报告期报起。")
@click.option("--with-accounts", is_flag=True, help="给每个责任单位和督查室、领导、管理员发首批账号。")
@pass_office
def init(office: Office, first_period: str | None, with_accounts: bool) -> None:
    """建库、装入方案、发账号；重复运行不改已有内容。"""
    plan_file = read_plan(paths.SEED)
    at = office.clock.now()
    click.echo(f"数据目录：{office.settings.data_dir.resolve()}")
    click.echo("数据库：" + ("已建好" if migrate.upgrade(office.engine) else "已是最新"))
    with office.session() as session:
        if plan_load.is_loaded(session, plan_file) and plan_load.plan_diff(session, plan_file):
            click.echo("方案：文件改过，还没有装入。先看 tracker seed --diff，确认后运行 tracker seed")
        else:
            lines = plan_load.load_plan(session, SYSTEM, plan_file, first_period=first_period, at=at)
            click.echo("方案：" + ("；".join(lines) or "已装入过，没有改动"))
            click.echo(f"起报期：{current_plan(session, plan_file.key).first_period}")
        if with_accounts:
            password = first_accounts.first_accounts(session, data_dir=office.settings.data_dir, at=at)
            folder = (office.settings.data_dir / "accounts").resolve()
            click.echo(f"账号：首次密码在 {folder} 的账号发放表里，只有本机所有者能读")
            if password is not None:
                click.echo(f"督查室账号：{first_accounts.SUPERVISION}，首次密码：{password}（只显示这一次，登录后要改）")


@click.command(cls=ChineseCommand)
@click.argument("file", metavar="[文件]", type=click.Path(path_type=Path), required=False)
@click.option("--diff", is_flag=True, help="只看会改什么，不装入。")
@pass_office
def seed(office: Office, file: Path | None, diff: bool) -> None:
    """装入改过的方案文件；已报内容不会因此删除。"""
    plan_file = read_plan(file or paths.SEED)
    with office.session() as session:
        if diff:
            lines = plan_load.plan_diff(session, plan_file)
        else:
            lines = plan_load.load_plan(session, SYSTEM, plan_file, at=office.clock.now())
    if not lines:
        click.echo("与系统里的方案一致，没有改动。")
        return
    click.echo(f"{'装入会改' if diff else '已装入，改了'}{len(lines)}处：")
    for line in lines:
        click.echo(f"- {line}")


@click.command(cls=ChineseCommand)
@click.pass_context
def doctor(ctx: click.Context) -> None:
    """看看这台电脑缺什么。"""
    office = ctx.ensure_object(Office)
    faults = [fault for fault in (_database_fault(office), _folder_fault(office.settings.data_dir)) if fault]
    click.echo(f"数据目录：{office.settings.data_dir.resolve()}")
    click.echo(f"督查表目录：{office.settings.exports.resolve()}")
    click.echo("数据库与数据目录：" + ("；".join(faults) or "正常"))
    click.echo("LibreOffice：" + ("有" if shutil.which("soffice") else "没有（只影响打印检查，不影响出表）"))
    click.echo("中文字体：" + ("有" if _has_chinese_fonts() else "没有查到（只影响在本机看表）"))
    if faults:
        ctx.exit(1)


def _database_fault(office: Office) -> str:
    try:
        with office.engine.connect() as connection:
            found = migrate.revision_of(connection)
    except DBAPIError as error:
        return f"数据库连不上：{str(error.orig).strip()}"
    if found is None:
        return "数据库还没有建，请运行 tracker init"
    return "" if found == migrate.head() else f"数据库版本是{found}，程序要{migrate.head()}，请运行 tracker init"


def _folder_fault(folder: Path) -> str:
    loose = stat.S_IMODE(folder.stat().st_mode) & (stat.S_IRWXG | stat.S_IRWXO)
    return f"数据目录别人也能读，请运行 chmod 700 {folder.resolve()}" if loose else ""


def _has_chinese_fonts() -> bool:
    fc_list = shutil.which("fc-list")
    if fc_list is None:
        return False
    found = subprocess.run([fc_list, ":lang=zh-cn", "family"], capture_output=True, check=False)  # noqa: S603
    return bool(found.stdout.strip())
