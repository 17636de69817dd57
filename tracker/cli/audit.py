"""The audit trail (审计日志)."""
from __future__ import annotations

import click

from tracker.cli.chinese import ChineseCommand, ChineseGroup
from tracker.cli.office import Office, pass_office
from tracker.services import audit as trail


@click.group(cls=ChineseGroup)
def audit() -> None:
    """审计日志。"""


@audit.command(cls=ChineseCommand)
@pass_office
@click.pass_context
def verify(ctx: click.Context, office: Office) -> None:
    """核验审计日志有没有被改过。"""
    with office.session() as session:
        verdict = trail.verify(session)
    if verdict.whole:
        click.echo(f"审计日志完整，共{verdict.count}条。")
        return
    click.echo(f"审计日志有问题：{verdict.problem}", err=True)
    ctx.exit(1)
