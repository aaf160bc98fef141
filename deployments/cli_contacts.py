"""Addresses that bounce (退信): `contacts bounced`, `contacts clear`."""

from __future__ import annotations

from typing import Annotated, Final

import typer

from deployments.cli_console import AsJson, emit, group, say, show_table, told
from deployments.cli_office import look, office_engine
from models.errors import Fault, InputError

Addresses = Annotated[list[str] | None, typer.Argument(help="邮箱，可写几个。", metavar="邮箱")]

FATES: Final = {True: "停用", False: "照常使用（内容被拒收）"}
"""What becomes of an address, by whether it is dead."""


def register(app: typer.Typer) -> None:
    """Add the commands."""
    contacts = group("contacts", "通讯录：哪些邮箱被退信；核实后恢复使用。")
    about = "被退信的邮箱：对方服务器怎样答复；失效的停用，改用下一种方式；只是内容被拒收的照常使用。"
    contacts.command("bounced", **told(about, "banli contacts bounced"))(bounced)
    about = "恢复使用退过信的邮箱；改了通讯录的不必恢复。"
    contacts.command("clear", **told(about, "banli contacts clear zhou@example.org", "banli contacts clear --all"))(
        clear_bounces
    )
    app.add_typer(contacts)


def bounced(*, as_json: AsJson = False) -> None:
    """The addresses passed over."""
    from notifications.rendering import zh_time
    from tasks.bounces import standing
    from tasks.notice_duties import names_of

    with look() as connection:
        found = standing(connection)
        names = names_of(connection, {one.recipient for one in found})
    if as_json:
        emit({"bounced": found})
        return
    if not found:
        say("没有被退信的邮箱。")
        return
    rows = [
        (
            names[one.recipient],
            one.address,
            f"{one.code} {one.said}",
            FATES[one.dead],
            zh_time(one.bounced_at),
            one.times,
        )
        for one in found
    ]
    show_table(("收件人", "邮箱", "服务器答复", "处理", "最近一次", "次数"), rows)
    say("停用的：改正通讯录后重新载入单位表，邮箱无误的用 banli contacts clear 恢复使用；照常使用的：处理后同样消除。")


def clear_bounces(
    addresses: Addresses = None,
    *,
    everything: Annotated[bool, typer.Option("--all", help="全部恢复使用。")] = False,
    as_json: AsJson = False,
) -> None:
    """Use addresses again."""
    from tasks import clock
    from tasks.bounces import clear, standing
    from tasks.database import transaction

    if bool(addresses) == everything:
        raise InputError(Fault("contacts clear", "没有写明恢复哪些邮箱", "请写邮箱，或只加 --all 全部恢复。"))
    with transaction(office_engine()) as connection:
        known = {one.address for one in standing(connection)}
        wanted = known if everything else {one.casefold() for one in addresses or ()}
        if unknown := sorted(wanted - known):
            remedy = "请用 banli contacts bounced 核对。"
            raise InputError(*(Fault("contacts clear", f"{one} 没有被退信", remedy) for one in unknown))
        count = clear(connection, wanted, clock.now())
    if as_json:
        emit({"cleared": count})
    else:
        say(f"已恢复 {count} 个邮箱，下一次发送时使用。" if count else "没有被退信的邮箱。")
