"""The rules in force (规则包): `policy list`, `show`, `check`; the rest of `policy` and `calendar` beside this file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from deployments import cli_calendar, cli_trial
from deployments.cli_console import AsJson, emit, group, say, show_table, told
from deployments.cli_fields import nearest
from deployments.cli_office import office_settings
from models.errors import Fault, InputError

if TYPE_CHECKING:
    from models.ladders import Ladder
    from models.policy import ClockRule, Pack


TRUST: Final = {"V": "原文", "E": "摘录", "M": "转载", "C": "推算", "I": "推定"}
"""How sure a value is (`models.policy.Confidence`), in a word."""


def register(app: typer.Typer) -> None:
    """Add the commands."""
    policy = group("policy", "规则包：查看、核对、比较、试算。")
    policy.command("list", **told("列出可用的规则包。", "banli policy list"))(list_packs)
    policy.command("show", **told("看一个规则包：时限、类别、审签、公开，各有出处。", "banli policy show zhejiang"))(
        show_pack
    )
    about = "核对一个规则包文件；有错逐条指出，不载入。"
    policy.command("check", **told(about, "banli policy check 本市.toml"))(check_pack)
    cli_trial.register(policy)
    app.add_typer(policy)
    cli_calendar.register(app)


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
        emit(pack.model_dump(mode="json") | {"unsaid": {track: pack.unsaid(track) for track in pack.pack.tracks}})
        return
    meta = pack.pack
    since = f"    自 {meta.in_force_from} 起施行" if meta.in_force_from else ""
    say(f"{meta.name}（{meta.code}，{meta.version}）{since}", f"依据：{meta.source}")
    titles = ("时限", "适用", "长度", "起算", "顺延", "延期", "出处", "依据")
    show_table(titles, [_clock_row(one) for one in pack.in_force], caption="时限")
    rows = list(pack.classes.letters.items())
    show_table(("类别", "含义"), rows, caption=f"办理结果分类（{_cited(pack.classes)}）")
    for line in _sentences(pack):
        say(line)
    for track in meta.tracks:
        if unsaid := pack.unsaid(track):
            say(f"来源没有规定、因此不计时的（{track}）：{'、'.join(unsaid)}。")
    say("要补上的，请在本单位的规则包（policies 文件夹）中写明长度、起算日和出处。")


def _clock_row(rule: ClockRule) -> tuple[Any, ...]:
    recess = {None: "", True: "（闭会期间）", False: "（会议期间）"}[rule.in_recess]
    length = f"每年 {rule.month_day}" if rule.month_day else f"{rule.length}{rule.unit}"
    more = rule.extension
    longer = ""
    if more is not None:
        longer = f"共 {more.total_length}" if more.total_length else f"加 {more.added_length}"
        longer += f"{more.unit}{f'，{more.consent}同意' if more.consent else ''}"
    whom = f"{'、'.join(rule.tracks)}{recess}{rule.for_role or ''}"
    return (
        rule.step.value,
        whom,
        length,
        rule.start.value,
        "顺延" if rule.roll else "不顺延",
        longer,
        rule.source,
        TRUST[rule.confidence],
    )


def _cited(part: Any) -> str:
    return f"{part.source}；{TRUST[part.confidence]}"


def _sentences(pack: Pack) -> list[str]:
    review = "，答复前由督办单位预审" if pack.approval.office_pre_review else ""
    return [
        f"审签：{' → '.join(pack.approval.levels)}{review}（{_cited(pack.approval)}）",
        f"评价：{'、'.join(pack.satisfaction.scale)}（{_cited(pack.satisfaction)}）",
        f"公开：默认{pack.publication.default_mode}（{_cited(pack.publication)}）",
        f"催办：{pack.ladder.use}（{_cited(pack.reminder_ladder)}）",
        _escalation(pack.reminder_ladder),
    ]


def _escalation(ladder: Ladder) -> str:
    found = ladder.escalation
    if found is None:
        return "升级督办：不升级"
    return f"升级督办：逾期{found.after_workdays}个工作日后报{'、'.join(found.to)}（{found.source}）"


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
