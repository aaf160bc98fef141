"""Copies of the office's data (备份、恢复): `backup`, `restore`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from deployments.cli_console import AsJson, emit, say, told
from deployments.cli_errors import REFUSED
from deployments.cli_office import office_engine, office_settings

Folder = Annotated[Path, typer.Argument(help="备份所在的目录。", metavar="目录")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    about = "备份：两个数据库、规则、日历、信函、密钥，运行中也可以备份。"
    app.command("backup", **told(about, "banli backup /backup/2026-03-02"))(backup)
    about = "恢复：把一份备份放回数据目录，核对每个文件和办理记录。"
    app.command("restore", **told(about, "banli restore /backup/2026-03-02 --replace"))(restore)


def backup(folder: Folder, *, as_json: AsJson = False) -> None:
    """Copy everything that cannot be made again."""
    from tasks import clock
    from tasks.backup import back_up

    made = back_up(office_settings(), folder.resolve(), at=clock.now())
    if as_json:
        emit({"folder": str(made.folder), "made_at": made.made_at, "files": len(made.files), "bytes": made.size_bytes})
    else:
        say(f"已备份到 {made.folder}：{len(made.files):,} 个文件，{made.size_bytes / 1e6:.1f} MB。")
        say("里面有案件和联系方式，请妥善保管。")


def restore(
    folder: Folder,
    *,
    replace: Annotated[bool, typer.Option("--replace", help="数据目录里已有内容时，把它整个移到旁边。")] = False,
    as_json: AsJson = False,
) -> None:
    """Put a backup back, bring the database to this version, and look through the history."""
    from deployments.held import held
    from deployments.migrating import migrate
    from tasks import clock
    from tasks.backup import read_backup
    from tasks.backup import restore as put_back
    from tasks.history_reading import verify_history

    settings = office_settings()
    with held(settings, "请先停止它，再恢复。"):
        made = read_backup(folder.resolve())
        aside = settings.home.with_name(f"{settings.home.name}-{clock.now():%Y%m%d-%H%M%S}") if replace else None
        put_back(settings, made, aside=aside)
        migrate(settings)
        report = verify_history(office_engine(settings))
    if as_json:
        emit(
            {"home": str(settings.home), "cases": report.cases, "entries": report.entries, "breaks": len(report.breaks)}
        )
    else:
        say(f"已恢复 {made.made_at:%Y-%m-%d %H:%M} UTC 的备份：{report.cases:,} 件、{report.entries:,} 条记录。")
        if aside is not None and aside.exists():
            say(f"原来的数据移到了 {aside}。")
        say(
            "办理记录核对无误。"
            if not report.breaks
            else f"办理记录有 {len(report.breaks)} 处不符，请用 banli history verify 查看。"
        )
    if report.breaks:
        raise typer.Exit(REFUSED)
