"""The check-up of a reply (复文体检): `proofread`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from deployments.cli_console import AsJson, emit, say, show_table, told
from deployments.cli_errors import REFUSED
from deployments.cli_office import look

if TYPE_CHECKING:
    from models.proofreading.letter import Remark

Target = Annotated[str, typer.Argument(metavar="文件或案号", help="答复稿文件（.docx、.txt、.html），或案号。")]


def register(app: typer.Typer) -> None:
    """Add the command."""
    about = (
        "复文体检：签发之前逐条检查答复，编号、称呼、类别、文号、日期、联系人、逐条回应、会办意见、承诺、括号、个人信息。"
        "必改的有则退出码为 1。"
    )
    examples = (
        "banli proofread 2023128",
        "banli proofread 答复.docx --case 2023128",
        "banli proofread 答复.docx --json",
    )
    app.command("proofread", **told(about, *examples))(proofread)


def proofread(
    target: Target,
    case: Annotated[str | None, typer.Option("--case", metavar="案号", help="与这一件的案卷核对。")] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Check a file or a case's newest version."""
    checked = _file(Path(target), case) if Path(target).is_file() else _case(target)
    remarks = [remark for _, found in checked for remark in found]
    if as_json:
        emit([{"to": to, "remarks": found} for to, found in checked])
    else:
        for to, found in checked:
            _show(to, found)
    if any(one.severity.value == "必改" for one in remarks):
        raise typer.Exit(REFUSED)


def _file(path: Path, ref: str | None) -> list[tuple[str, tuple[Remark, ...]]]:
    from tasks.case_file import find_case
    from tasks.clock import today
    from tasks.loading import load_cases
    from tasks.proofreading import check_file

    if ref is None:
        return [(path.name, check_file(path, None, None, today=today()))]
    with look() as connection:
        found = load_cases(connection, [find_case(connection, ref)], long=True).popitem()[1]
        return [(path.name, check_file(path, found, connection, today=today()))]


def _case(ref: str) -> list[tuple[str, tuple[Remark, ...]]]:
    from tasks.clock import today
    from tasks.proofreading import check_case

    with look() as connection:
        return [(f"致{'、'.join(one.to)}", one.remarks) for one in check_case(connection, ref, today=today())]


def _show(to: str, remarks: tuple[Remark, ...]) -> None:
    if not remarks:
        say(f"{to}：没有发现问题。")
        return
    rows = [
        (
            (one.severity.value, "bold red" if one.severity.value == "必改" else "yellow"),
            one.title,
            one.where,
            one.quote[:40].replace("\n", " "),
            f"{one.reason}。{one.remedy}",
        )
        for one in remarks
    ]
    show_table(("轻重", "项目", "位置", "原文", "问题和办法"), rows, caption=to)
