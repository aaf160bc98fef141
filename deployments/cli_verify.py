"""Does a file still say what it said? (核对): `verify`, for every kind of file that carries its own proof."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from deployments.cli_console import AsJson, emit, say, told
from deployments.cli_errors import REFUSED
from deployments.cli_office import look
from models.errors import Fault, InputError

if TYPE_CHECKING:
    from notifications.seals import Verified
    from tasks.verifying import FileText, OnRecord

LETTERS: Final = frozenset({".docx", ".pdf", ".html", ".htm", ".txt"})
_SHOWN: Final = 60


def register(app: typer.Typer) -> None:
    """Add the command."""
    about = (
        "核对文件有没有被改动：归档包看文件、办理记录、签字，函件和公开网页看文字与生成时是否一致；不需要联网和数据库。"
        "加 --case 还把函件与案卷和签字核对。"
    )
    examples = ("banli verify 归档/云岭市政协六届二次会议_0001.zip", "banli verify 答复函.pdf --case 2023128")
    app.command("verify", **told(about, *examples))(verify)


def verify(
    files: Annotated[
        list[Path], typer.Argument(metavar="文件", help="归档包（.zip），函件（.docx、.pdf）或公开的网页，可以写几个。")
    ],
    case: Annotated[str | None, typer.Option("--case", metavar="案号", help="函件还与这一件的案卷核对。")] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Check files that carry their own proof."""
    found = [_check(path, case) for path in files]
    if as_json:
        emit({"files": found})
    else:
        say(*(line for one in found for line in _lines(one)))
    if any(one["faults"] for one in found):
        raise typer.Exit(REFUSED)


def _check(path: Path, case: str | None) -> dict[str, Any]:
    from dataclasses import asdict

    from tasks.bundles import check_bundle, is_bundle

    if not path.is_file():
        raise InputError(Fault(str(path), "没有这个文件", "请检查文件名。"))
    if is_bundle(path):
        return {"file": str(path), "kind": "归档包", **asdict(check_bundle(path))}
    if path.suffix.lower() in LETTERS:
        return _letter(path, case)
    remedy = "请给出 banli archive 写的 .zip，或 banli 生成的函件、网页。"
    raise InputError(Fault(str(path), "不是归档包，也不是函件，或已损坏", remedy))


def _letter(path: Path, case: str | None) -> dict[str, Any]:
    from tasks.verifying import check, read_sealed

    text = read_sealed(path)
    if text.seal is None:
        raise InputError(Fault(str(path), "文件里没有校验码，不能核对", "请用 banli letter 或网站生成的原件。"))
    found = check(text)
    faults = list(_changes(found))
    notes = [f"函外另有文字“{_short(words)}”，不在签字范围内" for words in found.around]
    if case is not None:
        record, place = _record(case, text)
        faults += _faults_on_record(case, record, place)
        notes += _notes_on_record(record)
    return {
        "file": str(path),
        "kind": "函件",
        "sha256": text.seal.sha256,
        "lines": len(text.seal.lines),
        "faults": faults,
        "notes": notes,
    }


def _record(ref: str, text: FileText) -> tuple[OnRecord | None, str | None]:
    from tasks.case_file import find_case
    from tasks.verifying import first_difference, on_record

    with look() as connection:
        record = on_record(connection, text.seal, [find_case(connection, ref)]) if text.seal else None
    return record, first_difference(record, text) if record else None


def _changes(found: Verified) -> Iterator[str]:
    for one in found.changed:
        yield f"第{one.line}行被改动，现在是“{_short(one.now)}”" if one.now else f"第{one.line}行没有了"
    for one in found.added:
        yield f"第{one.line}行前面多出“{_short(one.now)}”"


def _faults_on_record(ref: str, record: OnRecord | None, place: str | None) -> Iterator[str]:
    if record is None:
        yield f"案卷{ref}里没有这样的函，校验码对不上任何一稿"
    elif place is not None:
        yield f"与案卷第{record.version}稿不同，{place}"


def _notes_on_record(record: OnRecord | None) -> Iterator[str]:
    if record is None:
        return
    yield f"案卷{record.case.ref}第{record.version}稿，致{'、'.join(record.to)}"
    if record.version != record.newest:
        yield f"这不是最新一稿，最新的是第{record.newest}稿"
    signed = "、".join(f"{one.level}{one.who}（{one.signed_on}）" for one in record.signatures)
    yield f"签字：{signed}" if signed else "本稿没有有效的签字"


def _short(words: str) -> str:
    return words if len(words) <= _SHOWN else f"{words[:_SHOWN]}…"


def _lines(one: dict[str, Any]) -> Iterator[str]:
    if one["kind"] == "函件":
        yield f"{one['file']}：{one['kind']}，{one['lines']}行。"
        yield from (f"  不符：{fault}。" for fault in one["faults"])
        if not one["faults"]:
            yield "  文字与生成时一致。"
        yield from (f"  {note}。" for note in one["notes"])
        return
    yield f"{one['file']}：{one['kind']}，{one['case']}。"
    yield from (f"  不符：{fault}。" for fault in one["faults"])
    if not one["faults"]:
        yield f"  {one['files']} 个文件、{one['entries']} 条记录全部相符。清单校验值 {one['manifest_sha256']}。"
        if one["signed"]:
            yield f"  签字：{'、'.join(one['signed'])}。"
