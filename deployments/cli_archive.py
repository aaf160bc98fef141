"""Closed cases as files that prove themselves (归档包): `archive`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from deployments.cli_console import AsJson, emit, say, show_table, told
from deployments.cli_office import office_engine, office_settings
from models.errors import Fault, InputError


def register(app: typer.Typer) -> None:
    """Add the command."""
    about = (
        "归档包：每件一个 .zip，含函件、各稿、通知、记录和公开页面，附校验清单，不含联系方式；用 banli verify 核对。"
    )
    examples = ("banli archive 2023128 归档/", "banli archive --closed 归档/")
    app.command("archive", **told(about, *examples))(archive)


def archive(
    words: Annotated[list[str], typer.Argument(metavar="[案号]... 目录", help="哪几件，放到哪个目录。")],
    *,
    closed: Annotated[bool, typer.Option("--closed", help="所有已办结、已归档的件。")] = False,
    as_json: AsJson = False,
) -> None:
    """Write bundles."""
    from tasks.archiving import archive as write
    from tasks.archiving import closed_cases
    from tasks.case_file import find_case
    from tasks.database import reading

    *refs, last = words
    if closed == bool(refs):
        what = "写了 --closed，又写了案号" if closed else "没有写案号，或没有写目录"
        remedy = "请写成 banli archive 案号 目录，或 banli archive --closed 目录。"
        raise InputError(Fault("", what, remedy))
    settings = office_settings()
    with reading(office_engine(settings)) as connection:
        ids = closed_cases(connection) if closed else [find_case(connection, ref) for ref in refs]
        made = list(write(connection, ids, Path(last), letters=settings.letters, site=settings.site))
    if as_json:
        emit({"bundles": [{"case": one.case, "file": str(one.path), "manifest": one.manifest_sha256} for one in made]})
    elif made:
        show_table(("案号", "文件", "清单校验值"), [(one.case, one.path.name, one.manifest_sha256) for one in made])
        say(f"已写成 {len(made):,} 件，在 {last}。请把清单校验值抄录到别处，以后可以比对。")
    else:
        say("没有已办结的件。")
