"""The morning desk on the command line (晨报): `morning`."""

from __future__ import annotations

from typing import Annotated, Any, Final

import typer

from deployments.cli_console import AsJson, emit, say, show_table, told
from deployments.cli_office import office_engine
from deployments.cli_work import LIGHTS

TITLES: Final = ("事项", "案号", "案由", "等谁办", "期限", "还有", "阶段", "可办理", "说明")


def register(app: typer.Typer) -> None:
    """Add the command."""
    about = "晨报：今日必办、逾期、无人签收、将逾期、等待本办决定、失败的通知、退信的邮箱。"
    app.command("morning", **told(about, "banli morning", "banli morning --json"))(morning)


def morning(
    limit: Annotated[int, typer.Option(help="最多列几行；0 为全部。", min=0)] = 50, *, as_json: AsJson = False
) -> None:
    """What the office must see today; nothing is changed."""
    from tasks.clock import today
    from tasks.morning import morning as look

    found = look(office_engine(), today())
    if as_json:
        document = {"today": found.today, "counts": found.counts, "open": found.open_cases, "lights": found.lights}
        emit({**document, "agencies": found.loads, "rows": found.rows})
        return
    rows = found.rows[: limit or None]
    if rows:
        show_table(TITLES, [_cells(row) for row in rows])
    lights = "、".join(f"{word}{count}" for word, count in found.lights.items())
    say(f"{found.today}：{found.headline}。在办 {found.open_cases:,} 件{f'（{lights}）' if lights else ''}。")
    if len(rows) < len(found.rows):
        say(f"只列出前 {len(rows)} 行；全部列出请加 --limit 0。")


def _cells(row: Any) -> tuple[Any, ...]:
    left = (row.left, LIGHTS[row.light.value]) if row.light else row.left
    return (
        row.section.value,
        row.case,
        row.title,
        "、".join(row.holders),
        row.due_on,
        left,
        row.stage,
        row.action,
        row.note,
    )
