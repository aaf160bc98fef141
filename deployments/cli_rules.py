"""The rules in force (规则包、工作日历): `policy`, `calendar`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from deployments.cli_console import AsJson, emit, group, say, show_table, told
from deployments.cli_fields import nearest
from deployments.cli_office import office_settings
from models.errors import Fault, InputError

if TYPE_CHECKING:
    from models.policy import ClockRule, Pack


def register(app: typer.Typer) -> None:
    """Add the commands."""
    policy = group("policy", "规则包：查看、核对。")
    policy.command("list", **told("列出可用的规则包。", "banli policy list"))(list_packs)
    policy.command("show", **told("看一个规则包：时限、类别、审签、公开，各有出处。", "banli policy show zhejiang"))(
        show_pack
    )
    about = "核对一个规则包文件；有错逐条指出，不载入。"
    policy.command("check", **told(about, "banli policy check 本市.toml"))(check_pack)
    app.add_typer(policy)
    calendar = group("calendar", "工作日历：查看、核对。")
    calendar.command("show", **told("看一年的放假和调休。", "banli calendar show 2026"))(show_year)
    about = "核对一份放假通知文件；有错逐条指出，不载入。"
    calendar.command("check", **told(about, "banli calendar check 2027.toml"))(check_year)
    app.add_typer(calendar)


def list_packs(*, as_json: AsJson = False) -> None:
    """List the packs."""
    from tasks.world import packs as packs_in_force

    office_settings()
    packs = [one.pack for _, one in sorted(packs_in_force().items())]
    if as_json:
        emit(packs)
        return
    titles = ("代号", "名称", "适用", "版本", "继承", "依据")
    rows = [(p.code, p.name, "、".join(p.tracks), p.version, p.extends or "", p.source) for p in packs]
    show_table(titles, rows)


def show_pack(
    code: Annotated[str, typer.Argument(help="规则包代号。", metavar="代号")], *, as_json: AsJson = False
) -> None:
    """One pack in full."""
    from tasks.world import packs as packs_in_force

    office_settings()
    packs = packs_in_force()
    if code not in packs:
        hint = nearest(code, list(packs))
        raise InputError(Fault("", f"没有规则包“{code}”", f"{hint}可用的有：{'、'.join(sorted(packs))}。"))
    pack = packs[code]
    if as_json:
        emit(pack)
        return
    meta = pack.pack
    since = f"    自 {meta.in_force_from} 起施行" if meta.in_force_from else ""
    say(f"{meta.name}（{meta.code}，{meta.version}）{since}", f"依据：{meta.source}")
    titles = ("时限", "适用", "长度", "起算", "顺延", "延期", "出处")
    show_table(titles, [_clock_row(one) for one in pack.clocks], caption="时限")
    rows = list(pack.classes.letters.items())
    show_table(("类别", "含义"), rows, caption=f"办理结果分类（{pack.classes.source}）")
    for line in _sentences(pack):
        say(line)


def _clock_row(rule: ClockRule) -> tuple[Any, ...]:
    recess = {None: "", True: "（闭会期间）", False: "（会议期间）"}[rule.in_recess]
    length = f"每年 {rule.month_day}" if rule.month_day else f"{rule.length}{rule.unit}"
    more = rule.extension
    longer = ""
    if more is not None:
        longer = f"共 {more.total_length}" if more.total_length else f"加 {more.added_length}"
        longer += f"{more.unit}{f'，{more.consent}同意' if more.consent else ''}"
    whom = f"{'、'.join(rule.tracks)}{recess}{rule.for_role or ''}"
    return rule.step.value, whom, length, rule.start.value, "顺延" if rule.roll else "不顺延", longer, rule.source


def _sentences(pack: Pack) -> list[str]:
    review = "，答复前由督办单位预审" if pack.approval.office_pre_review else ""
    return [
        f"审签：{' → '.join(pack.approval.levels)}{review}（{pack.approval.source}）",
        f"评价：{'、'.join(pack.satisfaction.scale)}（{pack.satisfaction.source}）",
        f"公开：默认{pack.publication.default_mode}（{pack.publication.source}）",
        f"催办：{pack.ladder.use}（{pack.reminder_ladder.source}）",
    ]


TomlFile = Annotated[Path, typer.Argument(help=".toml 文件。", metavar="文件")]


def check_pack(file: TomlFile, *, as_json: AsJson = False) -> None:
    """Check one pack beside those there are."""
    from tasks.rules_reading import read_pack

    own = office_settings().home / "policies"
    pack = read_pack(file, own if own.is_dir() else None)
    if as_json:
        emit({"code": pack.code, "name": pack.pack.name, "clocks": len(pack.clocks)})
    else:
        say(f"核对无误：{pack.pack.name}（{pack.code}），{len(pack.clocks)} 条时限。")


def show_year(
    year: Annotated[int, typer.Argument(help="年份。", min=1950, max=2100, metavar="年份")], *, as_json: AsJson = False
) -> None:
    """The days off and make-up days of one year."""
    from tasks.rules_reading import describe_year

    office_settings()
    found = describe_year(year)
    if as_json:
        emit(found)
        return
    published = f"依据 {found.source}" if found.source else "放假通知尚未载入，按周末和法定节日推算，均为暂定"
    say(f"{year}年：{found.workdays} 个工作日。{published}。")
    show_table(("节日", "放假", "至"), [(one.name, one.from_on, one.until_on) for one in found.holidays])
    if found.makeups:
        say(f"调休上班：{'、'.join(map(str, found.makeups))}")


def check_year(file: TomlFile, *, as_json: AsJson = False) -> None:
    """Check one holiday notice."""
    from tasks.calendars import read_year

    found = read_year(file)
    off = sum(1 for _, is_off in found.days.values() if is_off)
    if as_json:
        emit({"year": found.year, "source": found.source, "days_off": off, "makeup_days": len(found.days) - off})
    else:
        say(f"核对无误：{found.year}年，放假 {off} 天，调休上班 {len(found.days) - off} 天（{found.source}）。")
