"""Rules compared and tried (规则比较、试算): `policy diff`, `policy try`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from deployments.cli_calendar import flat, show_moved, show_unclear
from deployments.cli_console import AsJson, emit, progress, say, show_table, told
from deployments.cli_fields import nearest
from deployments.cli_office import office_engine, office_settings
from models.errors import Fault, InputError

if TYPE_CHECKING:
    from models.policy import Pack
    from tasks.trying import Trial

Code = Annotated[str, typer.Argument(help="规则包代号，或一个 .toml 文件。", metavar="规则包")]


def register(policy: typer.Typer) -> None:
    """Add the commands to their group."""
    about = "比较两个规则包：列出不同的各项，各有出处。"
    policy.command("diff", **told(about, "banli policy diff beijing shanghai"))(diff)
    about = "试算：按改过的规则包，在办各件有多少会逾期、多少期限要变、今后几天多发多少通知；不写入。"
    policy.command("try", **told(about, "banli policy try 本市.toml", "banli policy try 本市.toml --days 14"))(try_pack)


def diff(one: Code, other: Code, *, as_json: AsJson = False) -> None:
    """The values of two packs that differ."""
    from models.comparing import differences

    first, second = _pack(one), _pack(other)
    found = differences(first, second)
    if as_json:
        emit({"one": first.code, "other": second.code, "differences": found})
        return
    if not found:
        say(f"{first.pack.name}（{first.code}）与{second.pack.name}（{second.code}）没有不同。")
        return
    titles = ("项目", first.pack.name, "出处", second.pack.name, "出处")
    rows = [(row.what, row.one, row.one_source, row.other, row.other_source) for row in found]
    show_table(titles, rows, caption=f"有 {len(found)} 项不同")


def _pack(named: str) -> Pack:
    """A pack in force by its code, or one in a file."""
    from tasks.rules_reading import read_pack
    from tasks.world import own_folder, packs

    office_settings()
    if named.endswith(".toml"):
        return read_pack(Path(named), own_folder("policies"))
    found = packs()
    if named not in found:
        hint = nearest(named, list(found))
        raise InputError(Fault("", f"没有规则包“{named}”", f"{hint}可用的有：{'、'.join(sorted(found))}。"))
    return found[named]


def try_pack(
    file: Annotated[Path, typer.Argument(help=".toml 文件。", metavar="文件")],
    *,
    days: Annotated[int, typer.Option(help="看今后几天的通知。", min=1, max=366)] = 7,
    as_json: AsJson = False,
) -> None:
    """What a changed pack would do to the open cases."""
    from tasks.clock import today
    from tasks.rules_reading import packs_with
    from tasks.trying import try_packs
    from tasks.world import own_folder

    engine = office_engine(office_settings())
    packs, code = packs_with(file, own_folder("policies"))
    with progress("试算", quiet=as_json) as update:
        found = try_packs(engine, packs, today=today(), days=days, tell=lambda done: update(done, None))
    if as_json:
        _emit(code, found)
    else:
        _tell(packs[code], found)


def _emit(code: str, found: Trial) -> None:
    numbers = {
        name: getattr(found, name)
        for name in ("cases", "concerned", "moved", "becoming_late", "no_longer_late", "notices_now", "notices_then")
    }
    emit({"pack": code, "until": found.until, **numbers, "dates": [flat(one) for one in found.dates],
          "unclear": found.unclear})  # fmt: skip


def _tell(pack: Pack, found: Trial) -> None:
    say(f"试算，没有写入：{pack.pack.name}（{pack.code}）。在办 {found.cases:,} 件，涉及 {found.concerned:,} 件。")
    if not found.concerned:
        say("没有在办件用这个规则包，或规则没有变动。")
        return
    say(f"期限变动 {found.moved:,} 个；{found.becoming_late:,} 个变为逾期，{found.no_longer_late:,} 个不再逾期。")
    more = found.notices_then - found.notices_now
    change = "不变" if not more else f"{'多' if more > 0 else '少'} {abs(more):,} 条"
    say(f"到 {found.until} 的催办通知：现为 {found.notices_now:,} 条，改后 {found.notices_then:,} 条，{change}。")
    show_moved(found.dates)
    if found.moved > len(found.dates):
        say(f"只列出前 {len(found.dates)} 个变动的期限。")
    show_unclear(found.unclear)
