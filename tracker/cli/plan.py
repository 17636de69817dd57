"""The plan and where it stands (方案、状态), for people and scripts."""
from __future__ import annotations

import json
from datetime import datetime

import click

from tracker.cli.chinese import ChineseCommand
from tracker.cli.office import Moment, Office, pass_office
from tracker.domain.show import full_width
from tracker.services import plan_view


@click.command(cls=ChineseCommand)
@click.option("--json", "as_json", is_flag=True, help="输出 JSON，文字与原文一字不差。")
@pass_office
def plan(office: Office, as_json: bool) -> None:
    """方案全文：任务、责任单位、指标。"""
    with office.session() as session:
        found = plan_view.plan_json(session)
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False, indent=1))
        return
    click.echo(f"《{full_width(found['title'])}》 {found['doc_number']}，从{found['first_period']}报起")
    for task in found["tasks"]:
        units = f"牵头：{'、'.join(task['lead'])}；配合：{'、'.join(task['co']) or '无'}" if task["lead"] else "待补录"
        click.echo(f"{task['number']:>3} {full_width(task['title'])}（{units}）")


@click.command(cls=ChineseCommand)
@click.option("--at", type=Moment(), help="哪个时刻的状态；默认为现在。")
@click.option("--json", "as_json", is_flag=True, help="输出 JSON。")
@pass_office
def status(office: Office, at: datetime | None, as_json: bool) -> None:
    """各任务的灯和原因，各报告期应报、已报、按时、逾期几件。"""
    from tracker.services.status import status as status_at

    with office.session() as session:
        found = status_at(session, at or office.clock.now())
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False, indent=1))
        return
    for task in found["tasks"]:
        click.echo(f"{task['number']:>3} {task['word']} {task['reason']}")
    for period in found["periods"]:
        click.echo(f"{period['key']} 应报{period['due']}件，已报{period['delivered']}件，按时{period['on_time']}件，"
                   f"迟报{period['late']}件，逾期{period['overdue']}件")
