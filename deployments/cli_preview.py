"""Looking ahead (预告、演练): `preview`, `rehearse`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import groupby
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from deployments.cli_console import AsJson, emit, say, show_table, told
from deployments.cli_office import office_engine, office_settings

if TYPE_CHECKING:
    from datetime import date

    from tasks.previewing import Forecast, Planned

_WEEKDAYS: Final = "一二三四五六日"


def register(app: typer.Typer) -> None:
    """Add the commands."""
    about = "预告：今后几天会发出哪些通知，发给谁，为什么，走哪个渠道。只看不发，也不写入。"
    app.command("preview", **told(about, "banli preview --days 14", "banli preview --agency 民政局 --json"))(preview)


def preview(
    days: Annotated[int, typer.Option(help="往后看几天，当天算在内。", min=0, max=366)] = 14,
    agency: Annotated[str | None, typer.Option(help="只看发给这个单位的。")] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """What will be sent in the next days."""
    found = _look_ahead(days, agency)
    if as_json:
        emit(found)
        return
    if not found.notices and not found.closings:
        say(f"{found.from_on}至{found.until_on}没有要发的通知。")
        return
    for day, notices in groupby(found.notices, key=lambda one: one.on):
        rows = [row for _, group in groupby(notices, key=lambda one: one.recipient) for row in _rows(list(group))]
        show_table(("收件人", "渠道", "通知", "案号", "案由", "为什么"), rows, caption=f"{_day(day)}：{len(rows)} 条")
    if found.closings:
        titles = ("日期", "案号", "案由", "反馈期限", "未反馈")
        closing = [(one.on, one.case, one.title, one.due_on, "、".join(one.silent)) for one in found.closings]
        show_table(titles, closing, caption="反馈期满，将记为未反馈")
    _say_totals(found)


def _look_ahead(days: int, agency: str | None) -> Forecast:
    from tasks.acting import check_agency
    from tasks.clock import now
    from tasks.database import reading
    from tasks.posting import first_channels
    from tasks.previewing import preview as look_ahead

    settings = office_settings()
    engine = office_engine(settings)
    channel_of = first_channels(engine, settings)
    with reading(engine) as connection:
        if agency:
            check_agency(agency, "--agency", connection)
        return look_ahead(
            connection, now=now(), days=days, channel_of=channel_of, agency=agency, office=settings.office
        )


def _rows(notices: list[Planned]) -> Iterator[tuple[Any, ...]]:
    """One recipient's notices of a day; his name once."""
    for place, one in enumerate(notices):
        name = "" if place else one.name
        yield name, one.channel, one.kind.value, one.case, one.title, one.why


def _day(day: date) -> str:
    return f"{day}（周{_WEEKDAYS[day.weekday()]}）"


def _say_totals(found: Forecast) -> None:
    by_kind = Counter(one.kind.value for one in found.notices)
    channels = "、".join(f"{name} {count}" for name, count in found.by_channel.items()) or "无"
    kinds = "、".join(f"{kind} {count}" for kind, count in by_kind.most_common())
    say("", f"共 {len(found.notices)} 条通知，合并后 {found.messages} 封{f'：{kinds}' if kinds else ''}。")
    say(f"按渠道：{channels}。", "以上按现在的情况推算，没有发送，也没有写入；其间办了的件不再催。")
