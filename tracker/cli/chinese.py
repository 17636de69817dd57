"""Click that speaks Chinese (中文命令行): help, usage errors, and every refusal as one sentence on stderr."""
from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

import click
from sqlalchemy.exc import DBAPIError

from tracker.config import BadSettings
from tracker.errors import Refused
from tracker.notices.plan_file import PlanProblems


class ChineseCommand(click.Command):
    """A command whose help is Chinese."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **({"options_metavar": "[选项]"} | options))

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        formatter.write_usage(ctx.command_path, " ".join(self.collect_usage_pieces(ctx)), prefix="用法：")

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        records = [param.get_help_record(ctx) for param in self.get_params(ctx) if isinstance(param, click.Option)]
        with formatter.section("选项"):
            formatter.write_dl([(option, words.replace("  [required]", "（必填）"))
                                for option, words in filter(None, records)])

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        option = super().get_help_option(ctx)
        if option is not None:
            option.help = "显示本说明。"
        return option


class ChineseGroup(ChineseCommand, click.Group):
    """A group of commands; `main` turns whatever a person can cause into a sentence and an exit code."""

    command_class = ChineseCommand
    group_class = type

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, subcommand_metavar="命令 …", **options)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        super().format_options(ctx, formatter)
        width = formatter.width - 6 - max(map(len, self.commands))
        with formatter.section("命令"):
            formatter.write_dl([(name, command.get_short_help_str(width)) for name, command in self.commands.items()])

    def main(self, args: Sequence[str] | None = None, prog_name: str | None = None,  # type: ignore[override]
             **extra: Any) -> Any:
        try:
            code = super().main(args, "tracker", **(extra | {"standalone_mode": False}))
        except click.exceptions.NoArgsIsHelpError as error:
            click.echo(error.ctx.get_help() if error.ctx else "")
            code = 0
        except click.ClickException as error:
            click.echo(sentence(error), err=True)
            code = error.exit_code
        except (Refused, BadSettings, PlanProblems) as error:
            click.echo(told(error), err=True)
            code = 1
        except DBAPIError as error:
            click.echo(f"数据库用不了：{str(error.orig).strip()}。请核对数据目录或数据库地址。", err=True)
            code = 1
        except OSError as error:
            click.echo(f"{error.filename or '文件'}用不了：{error.strerror or error}。没有改动。", err=True)
            code = 1
        except click.Abort:
            code = 130
        sys.exit(code if isinstance(code, int) else 0)


def told(error: Exception) -> str:
    """The sentence of an error, with the fields at fault a line each."""
    fields = error.fields.values() if isinstance(error, Refused) else ()
    return "\n".join([str(error), *(f"  {words}" for words in fields if words not in str(error))])


def sentence(error: click.ClickException) -> str:
    """What was wrong with the command line, in Chinese, and where to look."""
    usage = error.ctx.command_path if isinstance(error, click.UsageError) and error.ctx else "tracker"
    return f"{_wrong(error)}。用法见 {usage} --help。"


def _wrong(error: click.ClickException) -> str:
    if isinstance(error, click.exceptions.NoSuchCommand):
        return f"没有命令“{error.command_name}”"
    if isinstance(error, click.NoSuchOption):
        return f"没有选项 {error.option_name}"
    if isinstance(error, click.MissingParameter):
        return f"还缺 {_name(error)}"
    if isinstance(error, click.BadParameter) and error.param is not None:
        if isinstance(error.param.type, click.Choice):
            return f"{_name(error)} 只能是 {'、'.join(map(str, error.param.type.choices))}"
        return f"{_name(error)} {error.message}"
    if isinstance(error, click.BadOptionUsage):
        return f"选项 {error.option_name} 后面要写内容，或者不该写"
    return "命令后面写多了或写少了"


def _name(error: click.BadParameter) -> str:
    if error.param is None:
        return "内容"
    return error.param.opts[0] if isinstance(error.param, click.Option) else error.param.human_readable_name
