"""Replies as offices published them (导入): read with the place of every field, or taken through the life cycle again."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from itertools import count
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from deployments.cli_console import AsJson, emit, progress, say, show_table, told, warn
from deployments.cli_errors import REFUSED, WRONG
from deployments.cli_office import office_settings, prepare_prefect, server_answers
from models.errors import Fault, InputError
from models.settings import settings_from

REPLAYED: Final = "replay"
"""The folder of the home in which replayed cases live, apart from the office's own."""


def register(app: typer.Typer) -> None:
    """Add the command."""
    about = (
        "读取已公开的答复或建议案网页（.txt、.html、.docx），列出读到的内容和出处；没有的不猜。"
        "加 --replay 则用原文把每件从收件办到公开，放在单独的数据目录里。"
    )
    app.command("import", **told(about, "banli import 答复.html --json", "banli import *.docx --replay"))(import_files)


def import_files(
    files: Annotated[list[Path], typer.Argument(help="一个或多个文件。", metavar="文件…")],
    *,
    replay: Annotated[bool, typer.Option("--replay", help="用原文把每件从收件办到公开。")] = False,
    into: Annotated[Path | None, typer.Option(help="--replay 的数据目录；默认为 BANLI_HOME 下的 replay。")] = None,
    as_json: AsJson = False,
) -> None:
    """Read published replies, or replay them."""
    if replay:
        _replay(files, into, as_json=as_json)
        return
    read, faults = _published(files)
    if as_json:
        failed = [{"file": one.where, "error": str(one)} for one in faults]
        emit([{"file": str(path), **document} for path, document in read] + failed)
    else:
        for path, document in read:
            show_table(("项目", "内容", "出处", "注意"), _rows(document), caption=str(path))
    warn(*(str(fault) for fault in faults))
    if faults:
        raise typer.Exit(REFUSED if read else WRONG)


def _replay(files: Sequence[Path], into: Path | None, *, as_json: bool) -> None:
    prepare_prefect()
    from deployments.replay import replay

    home = into or office_settings().home / REPLAYED
    own = {name: value for name, value in os.environ.items() if name != "BANLI_DATABASE_URL"}
    settings = settings_from({**own, "BANLI_HOME": str(home)})
    paths = list(dict.fromkeys(files))
    with server_answers(), progress("重放", quiet=as_json) as update:
        update(0, len(paths))
        counter = count(1)
        results = replay(paths, settings, progress=lambda _name: update(next(counter), len(paths)))
    if as_json:
        emit(results)
    else:
        rows = [(one.file, one.case, one.stage, one.page, "；".join(one.notes)) for one in results if not one.refused]
        show_table(("文件", "案号", "阶段", "网页", "注意"), rows)
        say(f"网站在 {settings.site}。")
    refused = [one for one in results if one.refused]
    warn(*(f"{one.refused}" for one in refused))
    if refused:
        raise typer.Exit(REFUSED if len(refused) < len(results) else WRONG)


def _published(files: Sequence[Path]) -> tuple[list[tuple[Path, dict[str, Any]]], list[Fault]]:
    from models.published import as_json, read_published
    from tasks.documents import read_document

    read: list[tuple[Path, dict[str, Any]]] = []
    faults: list[Fault] = []
    for path in dict.fromkeys(files):
        try:
            document = read_document(path)
        except InputError as error:
            faults += error.faults
            continue
        read.append((path, as_json(read_published(document.numbered, document.meta))))
    return read, faults


_NAMES: Final = {
    "kind": "类型", "session": "届次", "number": "号码", "title": "标题", "subject": "案由", "addressees": "收函人",
    "agency": "单位", "agency_full": "单位全称", "result_class": "类别", "contacts": "联系", "document_number": "文号",
    "letter_on": "落款日期", "published_on": "公开日期", "body": "正文", "asks": "所提建议",
}  # fmt: skip
_SHOWN: Final = 60


def _rows(document: dict[str, Any]) -> Iterator[tuple[str, str, str, str]]:
    for name, title in _NAMES.items():
        field = document[name]
        if field is None:
            yield title, "—", "", "页面上没有"
        else:
            yield title, _short(name, field["value"]), _place(field["place"]), str(field.get("damaged") or "")
    for field in document["damages"]:
        yield "缺损", str(field["text"])[:_SHOWN], _place(field["place"]), str(field.get("damaged") or "")


def _place(place: dict[str, Any]) -> str:
    return f"网页标记 {place['meta']}" if "meta" in place else f"第{place['line']}行第{place['column']}字"


def _short(name: str, value: Any) -> str:
    if value is None:
        return "—"
    match name:
        case "addressees":
            return "、".join(f"{one['name'] or ''}{one['honorific'] or ''}" for one in value)
        case "contacts":
            return "，".join(str(part) for part in value.values() if part)
        case "asks":
            return f"{len(value)} 条"
        case "body":
            return f"{len(value):,} 字：{value[:_SHOWN].replace(chr(10), ' ')}…"
        case _:
            return str(value)
