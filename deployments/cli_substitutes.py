"""Dated substitutes (代签): `substitutes add`, `list`, `end`."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import typer

from deployments.cli_console import AsJson, emit, group, say, show_table, told
from deployments.cli_office import look, office_engine
from models.errors import Fault, InputError

By = Annotated[str, typer.Option("--by", metavar="姓名", help="谁登记的，记入登记簿。")]
OFFICE = "督办单位经办人"


def register(app: typer.Typer) -> None:
    """Add the commands."""
    found = group("substitutes", "代签：审批人不在时由谁代签，从哪天到哪天；期间以外不作数。")
    about = "登记代签。起止日期都算在内；期间内代签人签的字算本环节的签字，显示为“某某（某某代签）”。"
    example = 'banli substitutes add 民政局 主要负责人 王某 李某 --from 2026-03-01 --to 2026-03-10 --reason "出差"'
    found.command("add", **told(about, example))(add)
    found.command("list", **told("代签登记：有效的、未到期的、过期的、撤销的。", "banli substitutes list"))(show)
    about = "撤销一条代签登记：今天起不作数，已签的仍然有效。"
    found.command("end", **told(about, "banli substitutes end 1"))(end)
    app.add_typer(found)


def add(
    agency: Annotated[str, typer.Argument(metavar="单位", help="审批人所在的承办单位。")],
    level: Annotated[str, typer.Argument(metavar="环节", help="例如 核稿、分管领导、主要负责人；会办单位写 会签。")],
    absent: Annotated[str, typer.Argument(metavar="审批人", help="不在岗的审批人。")],
    substitute: Annotated[str, typer.Argument(metavar="代签人", help="代他签字的人。")],
    *,
    from_on: Annotated[str, typer.Option("--from", metavar="日期", help="从哪天起，含当日。")],
    until_on: Annotated[str, typer.Option("--to", metavar="日期", help="到哪天止，含当日。")],
    reason: Annotated[str, typer.Option("--reason", metavar="原因", help="例如 出差、学习、休假。")],
    by: By = OFFICE,
    as_json: AsJson = False,
) -> None:
    """Enter an absence."""
    from tasks import clock
    from tasks.database import transaction
    from tasks.substituting import name_substitute

    given = {
        "agency": agency,
        "level": level,
        "absent": absent,
        "substitute": substitute,
        "from_on": _day("--from", from_on),
        "until_on": _day("--to", until_on),
        "reason": reason,
    }
    with transaction(office_engine()) as connection:
        made = name_substitute(connection, given, by=by, at=clock.now())
    if as_json:
        emit(made)
        return
    say(f"已登记第{made.no}号：{made.agency}“{made.level}”{made.absent}{made.span}由{made.substitute}代签。")


def _day(option: str, text: str) -> date:
    from models.form_texts import parse_day

    found = parse_day(text)
    if found is None:
        raise InputError(Fault(option, f"“{text}”不是日期", "请写成 2026-03-01 这样。"))
    return found


def show(
    agency: Annotated[str | None, typer.Option(help="只看这个单位的。")] = None, *, as_json: AsJson = False
) -> None:
    """The register."""
    from tasks.clock import today
    from tasks.substituting import registered

    with look() as connection:
        found = list(registered(connection, agency))
    if as_json:
        emit({"substitutions": found})
        return
    if not found:
        say("没有代签登记。")
        return
    rows = [
        (one.no, one.agency, one.level, one.absent, one.substitute, f"{one.from_on} 至 {one.until_on}",
         one.reason, one.state(today()), one.recorded_by)
        for one in found
    ]  # fmt: skip
    show_table(("号", "单位", "环节", "审批人", "代签人", "起止", "原因", "现在", "登记人"), rows)


def end(
    number: Annotated[int, typer.Argument(metavar="号", help="登记号，见 banli substitutes list。")],
    *,
    by: By = OFFICE,
    as_json: AsJson = False,
) -> None:
    """Take an entry back."""
    from tasks.clock import today
    from tasks.database import transaction
    from tasks.substituting import end_substitution

    with transaction(office_engine()) as connection:
        ended = end_substitution(connection, number, by=by, today=today())
    if as_json:
        emit({"ended": ended.no})
        return
    say(f"已撤销第{ended.no}号：{ended.absent}不再由{ended.substitute}代签，今天起不作数。")
