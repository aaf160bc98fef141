"""Doing something with a case (办理): `do`, `actions`, `export`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from deployments.cli_console import AsJson, DryRun, emit, say, show_table, told, warn
from deployments.cli_errors import REFUSED
from deployments.cli_fields import action_type_of, build_action, texts_from
from deployments.cli_office import look, perform
from models.errors import Fault, InputError

if TYPE_CHECKING:
    from models.actions.action import Action, Actor, Outcome

STYLES: Final = {"已办理": "green", "已办过": "yellow", "未办理": "bold red"}

By = Annotated[
    str,
    typer.Option(help="谁来办，写成 身份:姓名[:单位]，例如 主办单位:王某:民政局；身份写“单位”时，主办会办按各件认定。"),
]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    about = "办理一个动作；或按表格办理（表格由 banli export 生成，结果写回“办理结果”列）。"
    app.command(
        "do",
        **told(
            about,
            "banli do 交办 --case 2023128 --set 主办单位=民政局 --set 会办单位=财政局、教育局",
            "banli do 起草 --case 2023128 --by 主办单位:王某:民政局 --set 答复正文=@答复.docx --set 办理结果类别=A",
            "banli do --file 办理表.xlsx --by 督办单位:李某",
        ),
    )(do)
    app.command("actions", **told("列出能办的动作；写上动作，列出它要填的各项。", "banli actions 交办"))(actions)
    about = "生成办理表：每件一行，在“动作”列选择要办的动作，再用 banli do --file 办理。"
    app.command("export", **told(about, "banli export 办理表.xlsx", "banli export 民政局.xlsx --agency 民政局"))(export)


def do(
    action: Annotated[
        str | None, typer.Argument(help="动作，例如 立案、交办、签收；全部动作见 banli actions。")
    ] = None,
    *,
    case: Annotated[list[str] | None, typer.Option(help="案号；可以写多次，逐件办理。")] = None,
    set_: Annotated[
        list[str] | None,
        typer.Option("--set", help="填写一项：项目=内容；内容写 @文件 则读取文件；多个值用“、”隔开。"),
    ] = None,
    by: By = "",
    file: Annotated[Path | None, typer.Option(help="办理表（.xlsx、.csv）。")] = None,
    out: Annotated[Path | None, typer.Option(help="结果写到哪里；不写就写回原表。")] = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Do one action on one or more cases, or what a sheet asks for."""
    if file is not None:
        if action or case or set_:
            raise InputError(Fault("", "--file 与动作、--case、--set 不能同时写", "请只用一种办法。"))
        _do_sheet(file, out or file, by, dry_run=dry_run, as_json=as_json)
        return
    if not action:
        raise InputError(Fault("", "没有写要办的动作", "例如 banli do 立案 --case 2023128；全部动作见 banli actions。"))
    if out is not None:
        raise InputError(Fault("--out", "只和 --file 一起用", "请去掉 --out，或用 --file 给出办理表。"))
    kind = action_type_of(action)
    texts = texts_from(kind, set_ or [])
    if not case and action != "收件":
        raise InputError(Fault("--case", "没有写案号", f"例如 banli do {action} --case 2023128。"))
    with look() as connection:
        actor, by_case = _actor(by, connection)
        wanted = [build_action(kind, texts, case=one, by=actor) for one in case or [""]]
        wanted = _fitted(wanted, connection, by_case=by_case)
    outcomes = _done(wanted, dry_run=dry_run)
    _tell(outcomes, dry_run=dry_run, as_json=as_json)


def _actor(by: str, connection: Any, *, sheet: bool = False) -> tuple[Actor, bool]:
    from models.vocabulary import Channel
    from tasks.acting import actor_from

    return actor_from(by, connection, Channel.SHEET if sheet else Channel.COMMAND)


def _fitted(wanted: Sequence[Action], connection: Any, *, by_case: bool) -> list[Action]:
    from tasks.acting import fit_roles

    return fit_roles(connection, wanted) if by_case else list(wanted)


def _done(wanted: Sequence[Action], *, dry_run: bool) -> list[Outcome]:
    if not dry_run:
        return perform(wanted)
    from tasks.clock import today
    from tasks.rehearsing import rehearse

    with look() as connection:
        return rehearse(connection, wanted, today())


def _do_sheet(path: Path, out: Path, by: str, *, dry_run: bool, as_json: bool) -> None:
    from tasks.action_sheets import read_actions, write_outcomes

    with look() as connection:
        actor, by_case = _actor(by, connection, sheet=True)
        rows, faults = read_actions(path, actor)
        if faults:
            raise InputError(*faults)
        if not rows:
            raise InputError(Fault(path.name, "没有一行选择了动作", "请在“动作”列选择要办的动作后再办理。"))
        wanted = _fitted([action for _, action in rows], connection, by_case=by_case)
    outcomes = _done(wanted, dry_run=dry_run)
    if not dry_run:
        by_row = {row: f"{one.result}：{one.message}" for (row, _), one in zip(rows, outcomes, strict=True)}
        _write_back(write_outcomes, path, out, by_row, outcomes)
        if not as_json:
            say(f"结果已写入 {out}。")
    _tell(outcomes, dry_run=dry_run, as_json=as_json)


def _write_back(write: Any, path: Path, out: Path, by_row: Mapping[int, str], outcomes: Sequence[Outcome]) -> None:
    """Write the outcomes; where that fails they are at least shown, for the work itself is done."""
    try:
        write(path, out, by_row)
    except (OSError, InputError):
        _tell_table(outcomes, dry_run=False)
        warn(f"各项已经办理，但结果没有写进 {out}。")
        raise


def _tell(outcomes: Sequence[Outcome], *, dry_run: bool, as_json: bool) -> None:
    counts = Counter(one.result for one in outcomes)
    if as_json:
        emit({"outcomes": outcomes, "counts": counts, "dry_run": dry_run})
    else:
        _tell_table(outcomes, dry_run=dry_run)
    if counts["未办理"]:
        raise typer.Exit(REFUSED)


def _tell_table(outcomes: Sequence[Outcome], *, dry_run: bool) -> None:
    words = {"已办理": "可以办理", "未办理": "不能办理"} if dry_run else {}
    rows = [
        (one.case, one.action, (words.get(one.result, one.result), STYLES[one.result]), one.message) for one in outcomes
    ]
    show_table(("案号", "动作", "结果", "说明"), rows)
    if dry_run:
        say("以上只是试办（--dry-run），没有写入。")


def actions(
    action: Annotated[str | None, typer.Argument(help="动作；不写则列出全部。")] = None, *, as_json: AsJson = False
) -> None:
    """List the actions, or the fields of one."""
    from models.forms import action_types, fields_of
    from models.lifecycle import STEP_OF

    if action is None:
        rows = [(kind, _about(STEP_OF.get(kind)), _first_line(one)) for kind, one in action_types().items()]
        if as_json:
            emit([{"action": kind, "who": who, "about": about} for kind, who, about in rows])
        else:
            show_table(("动作", "谁可以办", "说明"), rows)
        return
    kind = action_type_of(action)
    fields = fields_of(kind)
    step = STEP_OF.get(action)
    stages = (
        [stage.value for stage in sorted(step.stages, key=list(type(next(iter(step.stages)))).index)] if step else []
    )
    if as_json:
        emit({"action": action, "who": _about(step), "stages": stages, "about": _first_line(kind), "fields": fields})
        return
    say(_first_line(kind), f"谁可以办：{_about(step)}", f"什么阶段：{'、'.join(stages) or '—'}")
    if fields:
        titles = ("项目", "字段", "必填", "默认", "可填", "说明")
        show_table(titles, [(one.title, one.name, "是" if one.required else "", one.default, "、".join(one.choices), one.help) for one in fields])  # fmt: skip
    needed = "".join(f" --set {one.title}=…" for one in fields if one.required)
    say(f"例：banli do {action} --case 2023128{needed}")


def _about(step: Any) -> str:
    from models.vocabulary import Role

    return "、".join(role.value for role in Role if role in step.who) if step else Role.COORDINATOR.value


def _first_line(kind: type[Action]) -> str:
    return (kind.__doc__ or "").strip().splitlines()[0]


def export(
    path: Annotated[Path, typer.Argument(help="写到哪里（.xlsx 或 .csv）。")],
    agency: Annotated[str | None, typer.Option(help="只列这个单位能办的。")] = None,
    stage: Annotated[list[str] | None, typer.Option(help="只列这个阶段的；可以写多次。")] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Write the sheet of work."""
    from deployments.cli_work import check_stages
    from tasks.acting import check_agency
    from tasks.action_sheets import write_actions
    from tasks.clock import today
    from tasks.work_sheets import sheet_rows

    stages = check_stages(stage or [])
    with look() as connection:
        if agency:
            check_agency(agency, "--agency", connection)
        items = list(sheet_rows(connection, today(), agency=agency, stages=stages))
    write_actions(path, items)
    if as_json:
        emit({"path": str(path.resolve()), "cases": len(items)})
    else:
        say(f"已生成 {path}，共 {len(items):,} 件。填好“动作”列后：banli do --file {path}")
