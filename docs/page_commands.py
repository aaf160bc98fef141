"""docs/commands.md: what `banli --help` and each command's `--help` say (命令)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import typer

from deployments.cli import ABOUT, make_app

HEAD = """\
<!-- Made by docs/generate.py from deployments/cli*.py; change those and run `make docs`. -->
# Commands (命令)

```
"""


def page() -> str:
    """The whole page."""
    parts = [section for words, command in commands() for section in _section(words, command)]
    return HEAD + ABOUT.replace("\b\n", "") + "```\n" + "".join(parts)


def commands() -> Iterator[tuple[str, Any]]:
    """Every command by its words, groups before their members."""
    yield from _below(typer.main.get_command(make_app()), "banli")


def _below(group: Any, words: str) -> Iterator[tuple[str, Any]]:
    for name, command in group.commands.items():
        yield f"{words} {name}", command
        if hasattr(command, "commands"):
            yield from _below(command, f"{words} {name}")


def _section(words: str, command: Any) -> Iterator[str]:
    about, _, examples = (command.help or "").replace("\b", "").partition("例：")
    if hasattr(command, "commands"):
        yield f"\n## `{words}`\n\n{about.strip()}\n"
        return
    level = "##" if words.count(" ") == 1 else "###"
    yield f"\n{level} `{words}`\n\n{about.strip()}\n"
    rows = [_row(one) for one in command.params if one.name != "help"]
    if rows:
        yield "\n| 参数、选项 | 说明 |\n|---|---|\n" + "\n".join(rows) + "\n"
    lines = [line.strip() for line in examples.splitlines() if line.strip()]
    if lines:
        yield "\n```sh\n" + "\n".join(lines) + "\n```\n"


def _row(one: Any) -> str:
    name = one.metavar or one.name if one.param_type_name == "argument" else "、".join(one.opts)
    given = (
        f"默认 {one.default}。" if isinstance(one.default, (str, int)) and one.default not in (True, False, "") else ""
    )
    needed = "必填。" if one.required else ""
    said = getattr(one, "help", None) or ""
    return f"| `{name}` | {said}{needed}{given} |".replace("||", "|")
