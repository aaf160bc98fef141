"""Notices that did not arrive (通知): `notices`, `notices told`."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from deployments.cli_console import AsJson, Group, emit, say, show_table, told
from deployments.cli_office import office_engine
from models.errors import Fault, InputError

Keys = Annotated[list[str], typer.Argument(help="通知的编号，可写几个；见 banli notices --failed。", metavar="编号")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    about = told(
        "通知：各种状态的条数；没有发出去的及原因；重新发送。", "banli notices --failed", "banli notices --retry"
    )
    commands = typer.Typer(
        name="notices", **{**about, "cls": Group}, invoke_without_command=True, add_completion=False, callback=notices
    )
    about = told(
        "登记没有发出去、已用电话告知的通知：记下由谁告知，不再发送。",
        "banli notices told 12:3:交办通知:单位:民政局 --by 张三",
    )
    commands.command("told", **about)(tell)
    app.add_typer(commands)


def notices(
    context: typer.Context,
    *,
    failed: Annotated[bool, typer.Option("--failed", help="列出没有发出去的及原因。")] = False,
    retry: Annotated[bool, typer.Option("--retry", help="没有发出去的，全部重新排队发送。")] = False,
    as_json: AsJson = False,
) -> None:
    """How the notices stand, which failed, and another try."""
    if context.invoked_subcommand:
        return
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
    titles = ("编号", "案号", "通知", "收件人", "试过", "渠道", "原因")
    names = ("key", "case", "kind", "recipient", "attempts", "channel", "error")
    show_table(titles, [tuple(line[name] for name in names) for line in lines])
    say("改正后用 banli notices --retry 重新发送；已用电话告知的，用 banli notices told 编号 --by 姓名 登记。")


def tell(
    keys: Keys,
    by: Annotated[str, typer.Option("--by", help="由谁电话告知。", metavar="姓名")],
    *,
    as_json: AsJson = False,
) -> None:
    """Somebody told the recipient by telephone: the notice has arrived."""
    from tasks import clock
    from tasks.database import transaction
    from tasks.notices_store import told_by

    if not by.strip():
        raise InputError(Fault("--by", "没有写明由谁告知", "请写姓名，例如 --by 张三。"))
    wanted = list(dict.fromkeys(keys))
    with transaction(office_engine()) as connection:
        done = told_by(connection, wanted, by.strip(), at=clock.now())
        if unknown := [key for key in wanted if key not in done]:
            remedy = "请用 banli notices --failed 核对编号；只有发送失败的通知可以这样登记。"
            raise InputError(*(Fault("notices told", f"没有发送失败的通知“{key}”", remedy) for key in unknown))
    if as_json:
        emit({"told": len(done)})
    else:
        say(f"已登记 {len(done)} 条，由{by.strip()}电话告知。")
