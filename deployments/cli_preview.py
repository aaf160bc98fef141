"""Looking ahead (预告、演练): `preview`, `rehearse`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from deployments.cli_console import AsJson, emit, progress, say, show_table, told
from deployments.cli_office import office_engine, office_settings
from models.errors import Fault, InputError

if TYPE_CHECKING:
    from datetime import date

    from tasks.previewing import Forecast, Planned
    from tasks.year_figures import Figures, Lateness

_WEEKDAYS: Final = "一二三四五六日"


def register(app: typer.Typer) -> None:
    """Add the commands."""
    about = "预告：今后几天会发出哪些通知，发给谁，为什么，走哪个渠道。只看不发，也不写入。"
    app.command("preview", **told(about, "banli preview --days 14", "banli preview --agency 民政局 --json"))(preview)
    about = "演练：在临时数据库里把一届会议从头办到尾，看逾期、忙闲和通知。虚构的件，不动本办的数据，结束即删除。"
    examples = (
        "banli rehearse --from 2026-01-19 --to 2026-12-31",
        "banli rehearse --from 2026-01-19 --to 2026-12-31 --cases 500 --pack zhejiang --chart 演练.png",
    )
    app.command("rehearse", **told(about, *examples))(rehearse)


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


def rehearse(
    from_on: Annotated[datetime, typer.Option("--from", formats=["%Y-%m-%d"], metavar="日期", help="会议开幕那天。")],
    until_on: Annotated[datetime, typer.Option("--to", formats=["%Y-%m-%d"], metavar="日期", help="演练到哪天。")],
    *,
    cases: Annotated[int, typer.Option(help="虚构多少件。", min=1, max=20_000)] = 200,
    seed: Annotated[int, typer.Option(help="随机数种子；同一种子结果相同。")] = 1,
    pack: Annotated[str, typer.Option(help="规则包代号。", metavar="代号")] = "national_cppcc",
    weekly: Annotated[bool, typer.Option("--weekly", help="各方每周只办一次，较快而较粗。")] = False,
    chart: Annotated[Path | None, typer.Option(help="把图存成这个 PNG 文件。", metavar="文件")] = None,
    as_json: AsJson = False,
) -> None:
    """A whole year on a moved clock in a throw-away database."""
    from tasks.year import Plan, rehearse_year
    from tasks.year_figures import figures

    office_settings()
    if chart is not None and not chart.absolute().parent.is_dir():
        raise InputError(Fault(f"--chart {chart}", "目录不存在", "请先建好目录，或换一个地方。"))
    plan = Plan(from_on.date(), until_on.date(), cases=cases, seed=seed, pack=pack, weekly=weekly)
    with progress("演练", quiet=as_json) as update:
        found = rehearse_year(plan, lambda engine, diary: figures(engine, diary, plan), progress=update)
    if chart is not None:
        from tasks.year_chart import png

        chart.write_bytes(png(found))
    if as_json:
        emit(found)
        return
    _show_year(found)
    if chart is not None:
        say(f"图已存为 {chart}。")


def _show_year(found: Figures) -> None:
    say(f"演练 {found.from_on} 至 {found.until_on}：{found.cases} 件，规则包 {found.pack}，种子 {found.seed}。")
    say("阶段：" + "，".join(f"{stage} {count}" for stage, count in found.by_stage.items()))
    of_clocks = ("时限", "按时", "逾期办结", "逾期未办", "未到期", "逾期中位数", "最长逾期")
    show_table(of_clocks, [_lateness_row(one) for one in found.lateness], caption="期限（逾期按工作日计）")
    titles: tuple[str, ...] = ("单位", "主办", "会办", "逾期", "最多在办", "收到通知", "合并后")
    rows: list[tuple[Any, ...]] = [
        (one.agency, one.led, one.co_handled, one.late, one.most_open, one.notices, one.messages)
        for one in found.agencies
    ]
    show_table(titles, rows, caption="各单位")
    audiences = list(found.weeks[0].notices)
    titles = ("周一", "收件", "答复", "在办", "动作", *(f"发给{name}" for name in audiences), "合并后")
    rows = [
        (w.from_on, w.received, w.replied, w.open_cases, w.actions, *(w.notices[n] for n in audiences), w.messages)
        for w in found.weeks
    ]
    show_table(titles, rows, caption="每周")
    rows = [(one.name, one.week_on, one.notices) for one in found.peaks]
    show_table(("收件人", "最忙的一周", "通知"), rows, caption="一周收到通知最多的")
    channels = "、".join(f"{name} {count}" for name, count in found.by_channel.items()) or "无"
    say("", f"通知按渠道：{channels}；合并后 {found.messages} 封。")
    for reason, count in found.refused.items():
        say(f"未办成 {count} 次：{reason}")


def _lateness_row(one: Lateness) -> tuple[Any, ...]:
    middle = "" if one.median_late_workdays is None else f"{one.median_late_workdays:g}"
    return one.kind.value, one.in_time, one.late, one.open_late, one.open, middle, one.most_late_workdays
