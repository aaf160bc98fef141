"""`banli`: work from the command line (命令行). Groups of commands live in `cli_*.py`; here they are joined and end well."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable, Sequence
from difflib import get_close_matches
from typing import Any, Final

import typer

from deployments import (
    cli_archive,
    cli_audit,
    cli_backup,
    cli_contacts,
    cli_desk,
    cli_do,
    cli_doctor,
    cli_import,
    cli_keeping,
    cli_letters,
    cli_links,
    cli_morning,
    cli_notices,
    cli_parts,
    cli_preview,
    cli_proofread,
    cli_publication,
    cli_receive,
    cli_rules,
    cli_setup,
    cli_substitutes,
    cli_verify,
    cli_work,
)
from deployments.cli_console import group, warn
from deployments.cli_errors import STOPPED, tell, tell_unexpected, tell_usage
from models.errors import BanliError

ABOUT: Final = """办理：人大代表建议、政协提案从收件到公开。

\b
先后次序：banli init → banli sessions load → banli agencies load → banli receive → banli next → banli do
数据放在 BANLI_HOME（默认 .banli），数据库可用 BANLI_DATABASE_URL 指定。
退出码：0 办成；1 有未办成的；2 输入有误；3 数据库、Prefect 或磁盘不可用；130 中途停止。
"""

GROUPS: Final[tuple[Callable[[typer.Typer], None], ...]] = (
    cli_setup.register,
    cli_parts.register,
    cli_receive.register,
    cli_import.register,
    cli_work.register,
    cli_morning.register,
    cli_do.register,
    cli_desk.register,
    cli_preview.register,
    cli_letters.register,
    cli_proofread.register,
    cli_publication.register,
    cli_keeping.register,
    cli_notices.register,
    cli_contacts.register,
    cli_links.register,
    cli_substitutes.register,
    cli_backup.register,
    cli_archive.register,
    cli_verify.register,
    cli_rules.register,
    cli_doctor.register,
    cli_audit.register,
)
"""Each adds its commands, in the order the help shows them."""


def make_app(wanted: str = "") -> typer.Typer:
    """The whole command. `up` and `demo` join it unless another command is wanted: they load what few others need."""
    app = group(about=ABOUT)
    for register in GROUPS:
        register(app)
    if wanted not in set(typer.main.get_command(app).commands):  # type: ignore[attr-defined]  # a group
        from deployments.cli_run import app as running

        app.add_typer(running)
    return app


def run(arguments: Sequence[str]) -> int:
    """Run one command line; returns the exit code."""
    as_json = "--json" in arguments
    if not arguments or "--help" in arguments:
        _help_in_chinese()
    command = typer.main.get_command(make_app(next(iter(arguments), "")))
    try:
        code = command.main(args=list(arguments), prog_name="banli", standalone_mode=False)
    except BanliError as error:
        return tell(error, as_json=as_json)
    except (KeyboardInterrupt, typer.Abort):
        code = STOPPED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # the reader has left: nothing more to say
        return 1
    except Exception as error:  # noqa: BLE001 - the last guard: a traceback is never shown, but always kept
        if hasattr(error, "format_message"):
            return _usage(error, command, arguments, as_json=as_json)
        return tell_unexpected(error, as_json=as_json)
    if code == STOPPED:
        warn("已停止。")
    return code if isinstance(code, int) else 0


def main() -> None:
    """The `banli` command."""
    gc.set_threshold(50_000, 20, 20)  # importing makes many objects and no garbage: a tenth of a short command's time
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    sys.exit(run(sys.argv[1:]))


def _usage(error: Any, command: Any, arguments: Sequence[str], *, as_json: bool) -> int:
    if type(error).__name__ == "NoArgsIsHelpError":
        typer.echo(error.format_message())
        return 0
    options = getattr(error, "possibilities", None)
    words = [word for word in arguments[:1] if word not in command.commands]
    near = options or [name for word in words for name in get_close_matches(word, command.commands, n=1)]
    return tell_usage(error, as_json=as_json, near=tuple(near))


def _help_in_chinese() -> None:
    from typer import rich_utils

    rich_utils.ARGUMENTS_PANEL_TITLE = "参数"
    rich_utils.OPTIONS_PANEL_TITLE = "选项"
    rich_utils.COMMANDS_PANEL_TITLE = "命令"
    rich_utils.DEFAULT_STRING = "[默认：{}]"
    rich_utils.REQUIRED_LONG_STRING = "[必填]"
    rich_utils.ERRORS_PANEL_TITLE = "错误"
