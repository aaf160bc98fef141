"""`banli`: work from the command line (命令行). Groups of commands live in `cli_*.py`; here they are joined and end well."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from importlib import import_module
from typing import Annotated, Any, Final

import typer

from deployments.cli_console import group, warn
from deployments.cli_errors import STOPPED, tell, tell_unexpected, tell_usage
from models.errors import BanliError

ABOUT: Final = """办理：人大代表建议、政协提案从收件到公开。

\b
先后次序：banli init → banli sessions load → banli agencies load → banli receive → banli next → banli do
数据放在 BANLI_HOME（默认 .banli），数据库可用 BANLI_DATABASE_URL 指定。
退出码：0 办成；1 有未办成的；2 输入有误；3 数据库、Prefect 或磁盘不可用；130 中途停止。
"""

COMMANDS: Final[Mapping[str, str]] = {
    "cli_setup": "init template agencies sessions",
    "cli_parts": "web worker deploy",
    "cli_receive": "receive",
    "cli_import": "import",
    "cli_work": "next show explain",
    "cli_morning": "morning",
    "cli_do": "do actions export",
    "cli_desk": "desk",
    "cli_preview": "preview rehearse",
    "cli_letters": "letter letter-template",
    "cli_proofread": "proofread",
    "cli_publication": "masking",
    "cli_keeping": "history attempts",
    "cli_notices": "notices",
    "cli_contacts": "contacts",
    "cli_links": "link",
    "cli_substitutes": "substitutes",
    "cli_backup": "backup restore",
    "cli_archive": "archive",
    "cli_verify": "verify",
    "cli_rules": "policy calendar",
    "cli_doctor": "doctor",
    "cli_audit": "audit",
    "cli_run": "up demo",
}
"""Which module adds which commands, in the order the help shows them; only the one that is wanted is loaded."""


def make_app(wanted: str = "") -> typer.Typer:
    """The command as far as `wanted` needs it: its own module's commands, or all where nobody adds a command so called."""
    app = group(about=ABOUT)
    app.callback()(_banli)
    modules = [module for module, names in COMMANDS.items() if wanted in names.split()] or COMMANDS
    for module in modules:
        import_module(f"deployments.{module}").register(app)
    return app


def _tell_version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        typer.echo(f"banli {version('banli')}")
        raise typer.Exit


def _banli(
    *,
    version: Annotated[
        bool, typer.Option("--version", help="显示版本。", callback=_tell_version, is_eager=True)
    ] = False,
) -> None:
    """What stands before any command."""


def run(arguments: Sequence[str]) -> int:
    """Run one command line; returns the exit code."""
    try:
        return _run(arguments, as_json="--json" in arguments)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # the reader has left: nothing more to say
        return 1


def _run(arguments: Sequence[str], *, as_json: bool) -> int:
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
        raise
    except Exception as error:  # noqa: BLE001 - the last guard: a traceback is never shown, but always kept
        if hasattr(error, "format_message"):
            return _usage(error, command, arguments, as_json=as_json)
        return tell_unexpected(error, as_json=as_json)
    if code == STOPPED:
        warn("已停止。")
    return code if isinstance(code, int) else 0


def main() -> None:
    """The `banli` command."""
    gc.set_threshold(200_000, 20, 20)  # importing makes many objects and no garbage: a tenth of a short command
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")  # it would ask every installed package for one
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    code = run(sys.argv[1:])
    gc.freeze()  # what is left goes with the process: Python would look through it all once more, a seventh of `next`
    sys.exit(code)


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
