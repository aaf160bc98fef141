"""What a command prints (输出): tables for people, one JSON document for machines, sentences on stderr."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from functools import partial
from typing import Annotated, Any, Final

import typer
from typer.core import TyperCommand, TyperGroup

WIDE: Final = 160
"""Columns when nobody looks at a terminal: tables are then not folded to 80."""

AsJson = Annotated[bool, typer.Option("--json", help="只输出一个 JSON 文档，供程序读取。")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="只检查，不写入。")]


class Command(TyperCommand):
    """A command whose own help option speaks Chinese."""

    def get_help_option(self, ctx: Any) -> Any:
        """The usual one, in our words."""
        return _in_chinese(super().get_help_option(ctx))


class Group(TyperGroup):
    """A group of commands whose own help option speaks Chinese."""

    def get_help_option(self, ctx: Any) -> Any:
        """The usual one, in our words."""
        return _in_chinese(super().get_help_option(ctx))


def _in_chinese(option: Any) -> Any:
    if option is not None:
        option.help = "显示这份说明。"
    return option


def group(name: str | None = None, about: str = "") -> typer.Typer:
    """A group of commands."""
    return typer.Typer(name=name, cls=Group, help=about, no_args_is_help=True, add_completion=False)


def told(about: str, *examples: str) -> dict[str, Any]:
    """A command's help: what it does, then how it is called, an example a line."""
    lines = "\n".join(f"  {example}" for example in examples)
    return {"help": f"{about}\n\n\b\n例：\n{lines}", "short_help": about.partition("。")[0], "cls": Command}


def to_console(*, stderr: bool = False) -> Any:
    """Rich's console, which takes no word of ours for markup."""
    from rich.console import Console

    stream = sys.stderr if stderr else sys.stdout
    width = None if stream.isatty() or "COLUMNS" in os.environ else WIDE
    return Console(file=stream, markup=False, highlight=False, emoji=False, width=width, soft_wrap=False)


def say(*lines: str) -> None:
    """Print sentences."""
    for line in lines:
        typer.echo(line)


def warn(*lines: str) -> None:
    """Print sentences on stderr."""
    for line in lines:
        typer.echo(line, err=True)


def emit(document: Any) -> None:
    """Print the one document a program reads."""
    plain_output = (getattr(sys.stdout, "encoding", None) or "utf-8").lower().replace("-", "").startswith("utf")
    typer.echo(json.dumps(plain(document), ensure_ascii=not plain_output, indent=2))


def show_table(titles: Sequence[str], rows: Iterable[Sequence[Any]], *, caption: str = "") -> None:
    """Print a table; a cell may be a text or a text with a style, `(text, style)`."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    if caption:
        say("", caption)
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for title in titles:
        table.add_column(title, overflow="fold")
    for row in rows:
        table.add_row(*map(_cell, row))
    to_console().print(table)


def _cell(value: Any) -> Any:
    from rich.text import Text

    return Text(*value) if isinstance(value, tuple) else Text("" if value is None else str(value))


def plain(value: Any) -> Any:
    """Any of our values as JSON knows them: dataclasses by field, days and instants in ISO form."""
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    if hasattr(value, "model_dump"):
        return value.model_dump(mode="json")
    if isinstance(value, dict):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(one) for one in value]
    return value.isoformat() if isinstance(value, (date, datetime)) else value


@contextmanager
def progress(title: str, *, quiet: bool = False) -> Iterator[Any]:
    """A progress bar on stderr while somebody looks at it; yields `update(done, total)`."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    console = to_console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=quiet or not console.is_terminal) as bar:
        task = bar.add_task(title, total=None)
        yield partial(_move, bar, task)


def _move(bar: Any, task: Any, done: int, total: int) -> None:
    bar.update(task, completed=done, total=total)
