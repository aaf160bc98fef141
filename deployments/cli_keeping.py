"""Keeping the records (记录、通知): `history verify`, `notices`, `attempts`."""

from __future__ import annotations

from typing import Annotated, Any

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
    about = "通知：各种状态的条数；没有发出去的及原因；重新发送。"
    app.command("notices", **told(about, "banli notices --failed", "banli notices --retry"))(notices)
    about = "被拒的尝试：办理页面拒绝过哪些无效的链接和表单，来自哪里；不含链接本身。"
    app.command("attempts", **told(about, "banli attempts", "banli attempts --limit 200 --json"))(attempts)


def verify(*, as_json: AsJson = False) -> None:
    """Check the whole history."""
    from tasks.history_reading import case_names, verify_history

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


def notices(
    *,
    failed: Annotated[bool, typer.Option("--failed", help="列出没有发出去的及原因。")] = False,
    retry: Annotated[bool, typer.Option("--retry", help="没有发出去的，全部重新排队发送。")] = False,
    as_json: AsJson = False,
) -> None:
    """How the notices stand, which failed, and another try."""
    from tasks import clock
    from tasks.notices import failed as failed_ones
    from tasks.notices import retry_failed
    from tasks.notices_listing import count_notices, lines_of

    engine = office_engine()
    rows = failed_ones(engine) if failed or retry else ()
    lines = lines_of(engine, rows)
    queued = retry_failed(engine, [row.key for row in rows], clock.now()) if retry else 0
    counts = count_notices(engine)
    if as_json:
        emit({"counts": counts, "failed": lines if failed else [], "queued": queued})
        return
    if failed:
        _tell_failed(lines)
    if retry:
        say(f"已将 {queued:,} 条重新排队，下一次发送时发出。" if queued else "没有发送失败的通知。")
    if not failed and not retry:
        show_table(("状态", "条数"), list(counts.items()))


def _tell_failed(lines: list[dict[str, Any]]) -> None:
    if not lines:
        say("没有发送失败的通知。")
        return
    titles = ("案号", "通知", "收件人", "试过", "渠道", "原因")
    names = ("case", "kind", "recipient", "attempts", "channel", "error")
    show_table(titles, [tuple(line[name] for name in names) for line in lines])
    say("改正后用 banli notices --retry 重新发送。")


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
