"""Sheets from the command line (督查表)."""
from __future__ import annotations

import shutil
from datetime import datetime
from pathlib import Path

import click

from tracker.cli.chinese import ChineseCommand
from tracker.cli.office import DayEnd, Office, PeriodKey, pass_office
from tracker.domain.actors import SYSTEM
from tracker.domain.words import SheetKind
from tracker.services.periods import reported_period
from tracker.services.plan_view import current_plan


@click.command(cls=ChineseCommand)
@click.argument("kind", metavar="表", type=click.Choice(SheetKind))
@click.option("--period", type=PeriodKey(), help="报告期，如 2026Q3；默认为最近期满的一期。")
@click.option("--as-of", type=DayEnd(), help="按哪天结束时的情况出表，如 2026-10-20；默认现在。")
@click.option("--out", metavar="文件夹", type=click.Path(file_okay=False, path_type=Path), help="另存一份到这里。")
@pass_office
def export(office: Office, kind: SheetKind, period: str | None, as_of: datetime | None, out: Path | None) -> None:
    """出督查表：ledger 督办台账，overdue 逾期清单。"""
    from tracker.services.exports import make_export

    now = office.clock.now()
    moment = min(as_of or now, now)
    with office.session() as session:
        plan = current_plan(session)
        made = make_export(session, SYSTEM, plan_key=plan.key, kind=kind, as_of=moment, at=now,
                           period_key=period or reported_period(plan, moment).key,
                           export_dir=office.settings.exports)
        path = office.settings.exports / made.path
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        path = Path(shutil.copy2(path, out))
    click.echo(str(path.resolve()))
