"""Setting an office up (筹备): `init`, `template`, `agencies`, `sessions`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from deployments.cli_console import AsJson, DryRun, emit, group, say, show_table, told
from deployments.cli_office import look, office_engine, office_settings
from models.errors import Fault, InputError

TEMPLATES: Final = {"proposals": "收件登记表.xlsx", "agencies": "单位表.xlsx", "sessions": "届次表.xlsx"}
"""What `template` can give, and the name it writes when none is given."""


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("init", **told("建立数据目录和数据库；已有的升级到最新。", "banli init"))(init)
    about = "生成空白样表：收件登记表、单位表或届次表。"
    app.command("template", **told(about, "banli template", "banli template 单位.xlsx --kind agencies"))(template)
    agencies = group("agencies", "承办单位：载入、查看。")
    about = "载入单位和联系人。全部核对后才写入，重复载入不会有变化。"
    agencies.command("load", **told(about, "banli agencies load 单位.xlsx --dry-run"))(load_agencies)
    agencies.command("list", **told("列出已登记的单位和联系人。", "banli agencies list --json"))(list_agencies)
    app.add_typer(agencies)
    sessions = group("sessions", "届次会议：载入、查看。")
    about = "载入届次及其规则包。全部核对后才写入，重复载入不会有变化。"
    sessions.command("load", **told(about, "banli sessions load 届次.csv"))(load_sessions)
    sessions.command("list", **told("列出已登记的届次。", "banli sessions list --json"))(list_sessions)
    app.add_typer(sessions)


def init(*, as_json: AsJson = False) -> None:
    """Create the home folder and bring the database to the newest version."""
    from deployments.migrating import migrate

    settings = office_settings()
    version = migrate(settings)
    if as_json:
        emit({"home": str(settings.home), "version": version})
        return
    say(
        f"数据目录 {settings.home} 已就绪，数据库版本 {version}。", "下一步：banli sessions load、banli agencies load。"
    )


def template(
    path: Annotated[Path | None, typer.Argument(help="写到哪里（.xlsx 或 .csv）。")] = None,
    kind: Annotated[str, typer.Option(help="哪一种：proposals 收件、agencies 单位、sessions 届次。")] = "proposals",
    *,
    as_json: AsJson = False,
) -> None:
    """Write an empty sheet; a file that exists is not overwritten."""
    if kind not in TEMPLATES:
        raise InputError(Fault("--kind", f"没有样表“{kind}”", f"可以写：{'、'.join(TEMPLATES)}。"))
    wanted = path or Path(TEMPLATES[kind])
    if wanted.exists():
        raise InputError(Fault(str(wanted), "文件已经存在，没有改动它", "请换一个文件名，或先移走原来的文件。"))
    _writer(kind)(wanted)
    if as_json:
        emit({"path": str(wanted.resolve()), "kind": kind})
    else:
        say(f"已生成 {wanted}。")


def _writer(kind: str) -> Callable[[Path], None]:
    from tasks import intake, roster

    writers: dict[str, Callable[[Path], None]] = {
        "proposals": intake.write_template,
        "agencies": roster.write_agencies_template,
        "sessions": roster.write_sessions_template,
    }
    return writers[kind]


File = Annotated[Path, typer.Argument(help=".xlsx 或 .csv 文件。")]


def load_agencies(file: File, *, dry_run: DryRun = False, as_json: AsJson = False) -> None:
    """Load the sheet of agencies."""
    from tasks.roster import load_agencies as load

    _load(load, file, "单位", dry_run=dry_run, as_json=as_json)


def load_sessions(file: File, *, dry_run: DryRun = False, as_json: AsJson = False) -> None:
    """Load the sheet of sessions."""
    from tasks.roster import load_sessions as load

    _load(load, file, "届次", dry_run=dry_run, as_json=as_json)


def _load(load: Any, file: Path, what: str, *, dry_run: bool, as_json: bool) -> None:
    from tasks.database import transaction

    with transaction(office_engine()) as connection:
        loaded = load(connection, file, dry_run=dry_run)
    if as_json:
        emit({"new": loaded.new, "changed": loaded.changed, "unchanged": loaded.same, "dry_run": dry_run})
        return
    done = "核对无误，没有写入（--dry-run）：" if dry_run else "已载入："
    say(f"{done}新增{what} {len(loaded.new)} 个，更新 {len(loaded.changed)} 个，没有变化 {len(loaded.same)} 个。")
    for word, names in (("新增", loaded.new), ("更新", loaded.changed)):
        if names:
            say(f"  {word}：{'、'.join(names)}")


def list_agencies(*, as_json: AsJson = False) -> None:
    """List the agencies."""
    from tasks.roster import list_agencies as rows_of

    _list(rows_of, "还没有登记单位。请用 banli agencies load 载入。", as_json=as_json)


def list_sessions(*, as_json: AsJson = False) -> None:
    """List the sessions."""
    from tasks.roster import list_sessions as rows_of

    _list(rows_of, "还没有登记届次。请用 banli sessions load 载入。", as_json=as_json)


def _list(rows_of: Callable[[Any], Sequence[dict[str, str]]], nothing: str, *, as_json: bool) -> None:
    with look() as connection:
        rows = rows_of(connection)
    if as_json:
        emit(rows)
    elif rows:
        show_table(list(rows[0]), [list(row.values()) for row in rows])
    else:
        say(nothing)
