"""Does a file still say what it said? (核对): `verify`, for every kind of file that carries its own proof."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from deployments.cli_console import AsJson, emit, say, told
from deployments.cli_errors import REFUSED
from models.errors import Fault, InputError


def register(app: typer.Typer) -> None:
    """Add the command."""
    about = "核对归档包：文件、办理记录、签字有没有被改动；不需要联网和数据库。"
    app.command("verify", **told(about, "banli verify 归档/云岭市政协六届二次会议_0001.zip"))(verify)


def verify(
    files: Annotated[list[Path], typer.Argument(metavar="文件", help="归档包（.zip），可以写几个。")],
    *,
    as_json: AsJson = False,
) -> None:
    """Check files that carry their own proof."""
    found = [_check(path) for path in files]
    if as_json:
        emit({"files": found})
    else:
        say(*(line for one in found for line in _lines(one)))
    if any(one["faults"] for one in found):
        raise typer.Exit(REFUSED)


def _check(path: Path) -> dict[str, Any]:
    from dataclasses import asdict

    from tasks.bundles import check_bundle, is_bundle

    if not path.is_file():
        raise InputError(Fault(str(path), "没有这个文件", "请检查文件名。"))
    if is_bundle(path):
        return {"file": str(path), "kind": "归档包", **asdict(check_bundle(path))}
    raise InputError(Fault(str(path), "不是归档包，或已损坏", "请给出 banli archive 写的 .zip，或换一份副本。"))


def _lines(one: dict[str, Any]) -> Iterator[str]:
    yield f"{one['file']}：{one['kind']}，{one['case']}。"
    yield from (f"  不符：{fault}。" for fault in one["faults"])
    if not one["faults"]:
        yield f"  {one['files']} 个文件、{one['entries']} 条记录全部相符。清单校验值 {one['manifest_sha256']}。"
