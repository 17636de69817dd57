"""The command line (命令行): `tracker …`. A command holds no rule; it calls the services that the pages call."""
from __future__ import annotations

import click

from tracker.cli import audit, people, plan, run, setup, sheets, simulate
from tracker.cli.chinese import ChineseGroup
from tracker.cli.office import Office, log_to_stderr


@click.group(cls=ChineseGroup)
@click.pass_context
def main(ctx: click.Context) -> None:
    """任务责任跟踪系统：谁牵头、谁配合、该报什么、报没报、红在哪里。"""
    log_to_stderr()
    ctx.call_on_close(ctx.ensure_object(Office).close)


for command in (setup.init, setup.seed, setup.doctor, run.serve, run.scheduler, run.tick, plan.plan, plan.status,
                sheets.export, people.user, audit.audit, simulate.simulate, simulate.demo):
    main.add_command(command)
