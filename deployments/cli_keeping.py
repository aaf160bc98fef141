"""Keeping the records (记录): `history verify`, `attempts`."""

from __future__ import annotations

from typing import Annotated

import typer

from deployments.cli_console import AsJson, emit, group, progress, say, show_table, told
from deployments.cli_errors import REFUSED
from deployments.cli_office import office_engine


def register(app: typer.Typer) -> None:
    """Add the commands."""
    history = group("history", "办理记录：核对有没有被改动。")
    about = "逐条核对办理记录的校验值，确认没有被改动、删减。"
    history.command("verify", **told(about, "banli history verify"))(verify)
    app.add_typer(history)
    about = "被拒的尝试：办理页面拒绝过哪些无效的链接和表单，来自哪里；不含链接本身。"
    app.command("attempts", **told(about, "banli attempts", "banli attempts --limit 200 --json"))(attempts)


def verify(*, as_json: AsJson = False) -> None:
    """Check the whole history."""
    from tasks.case_names import case_names
    from tasks.history_reading import verify_history

    engine = office_engine()
    with progress("核对办理记录", quiet=as_json) as update:
        report = verify_history(engine, update)
    names = case_names(engine, [one.case_id for one in report.breaks])
    broken = [{"case": names.get(one.case_id, ""), "entry": one.seq, "what": one.what} for one in report.breaks]
    if as_json:
        emit({"cases": report.cases, "entries": report.entries, "breaks": broken})
    elif broken:
        show_table(("案号", "第几条", "情况"), [tuple(one.values()) for one in broken])
        say(f"共 {report.cases:,} 件、{report.entries:,} 条记录，有 {len(broken)} 处不符。请与备份核对。")
    else:
        say(f"共 {report.cases:,} 件、{report.entries:,} 条记录，全部首尾相接，没有被改动。")
    if broken:
        raise typer.Exit(REFUSED)


def attempts(
    *,
    limit: Annotated[int, typer.Option("--limit", min=1, max=10_000, help="最多列出多少条。")] = 50,
    as_json: AsJson = False,
) -> None:
    """What pages turned away, newest first."""
    from notifications.rendering import zh_time
    from tasks.attempts import latest

    found = latest(office_engine(), limit)
    if as_json:
        emit({"attempts": found})
    elif found:
        show_table(
            ("时间", "地址", "情况", "链接特征"),
            [(zh_time(one.at), one.address, one.what, one.token_hint) for one in found],
        )
    else:
        say("没有被拒的尝试。")
