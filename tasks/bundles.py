"""Checking a case's bundle (归档包核对) with nothing but the file: no database, no network, no settings."""

from __future__ import annotations

import hashlib
import json
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

from models.errors import Fault, InputError
from models.signing import text_sha256
from models.vocabulary import Stage
from notifications.readback import text_of_page
from tasks import history

FORMAT: Final = "banli-case/1"
README, MANIFEST, CASE, HISTORY, NOTICES = "README.txt", "manifest.json", "case.json", "history.jsonl", "notices.json"
PAGE: Final = "publication/page.html"
LARGEST: Final = 512 << 20
"""Bytes of all files together; a case has a few hundred thousand."""

_UNREADABLE: Final = (
    OSError, zipfile.BadZipFile, zlib.error, KeyError, TypeError, ValueError, AttributeError, NotImplementedError,
    RuntimeError, EOFError,
)  # fmt: skip
"""What zipfile and json answer to damaged content, between them."""


@dataclass(frozen=True, slots=True)
class BundleReport:
    """What a bundle says of itself, and everything in it that does not hold."""

    case: str
    entries: int
    files: int
    manifest_sha256: str
    faults: tuple[str, ...]
    signed: tuple[str, ...] = ()
    """Who signed the newest version, level by level."""


def encoded(value: Any, *, line: bool = False) -> bytes:
    """JSON in one spelling: Chinese as it is, days and instants in ISO form."""
    words = json.dumps(value, ensure_ascii=False, indent=None if line else 1, default=_iso)
    return f"{words}\n".encode()


def _iso(value: Any) -> str:
    if isinstance(value, date):  # an instant is a date too
        return value.isoformat()
    raise TypeError(type(value).__name__)


def readme(ref: str, title: str) -> str:
    """What whoever opens the bundle in twenty years has to know."""
    return f"""{ref}
{title}

这是一件建议提案的归档包，内容如下：

letters/          发给每位提案人的答复函
drafts/           答复稿各稿全文（drafts/1.txt 为第1稿）
proposal/         建议提案全文；补正过的，每次一份
publication/      公开页面（公开过的才有）
case.json         承办单位、期限、沟通、会办意见、签字、反馈、公开、承诺
history.jsonl     办理记录，每行一条；每条带上一条的校验值
notices.json      发过哪些通知、发给谁、何时发出
manifest.json     本包每个文件的 SHA-256 校验值

本包不含提案人和经办人登记的电话、邮箱、住址。

核对：在任何装有 banli 的电脑上运行 banli verify 本文件名，不需要联网和数据库。
没有 banli 时，可用 sha256sum 逐个核对 manifest.json 里的校验值。
任何一个文件、任何一条记录被改动，核对都会指出。连同清单一起重做的包，须与归档时抄录的清单校验值比对。
"""


def is_bundle(path: Path) -> bool:
    """Whether a file is meant to be a bundle."""
    try:
        with zipfile.ZipFile(path) as bundle:
            return MANIFEST in bundle.namelist()
    except (OSError, zipfile.BadZipFile, ValueError):
        return False


def check_bundle(path: Path) -> BundleReport:
    """Check every file against the list, the history against itself, the letters against the signatures.

    Raises: InputError when it is no bundle or cannot be read at all.
    """
    try:
        files = _read(path)
        manifest = json.loads(files[MANIFEST])
        told = {str(name): str(sha256) for name, sha256 in manifest["files"].items()}
        case, entries, head = str(manifest["case"]), int(manifest["entries"]), str(manifest["history_sha256"])
    except _UNREADABLE as error:
        raise InputError(Fault(str(path), "不是完整的归档包，或已损坏", "请换一份副本。")) from error
    if manifest.get("format") != FORMAT:
        raise InputError(
            Fault(str(path), f"格式是 {manifest.get('format')}，不是 {FORMAT}", "请用对应版本的 banli 核对。")
        )
    faults = list(_listed(files, told))
    if not faults:  # what the list vouches for is read on; the rest has been said
        faults += _inside(files, entries, head)
    signed = () if faults else tuple(_signers(json.loads(files[CASE])))
    return BundleReport(case, entries, len(told), hashlib.sha256(files[MANIFEST]).hexdigest(), tuple(faults), signed)


def _signers(case: dict[str, Any]) -> Iterator[str]:
    """Who signed what still holds; a substitute (代签) with the one he signed for and until when he might."""
    for one in case["signatures"]:
        if one["voided_on"] is None:
            who = f"{one['absent']}（{one['name']}代签）" if one.get("absent") else one["name"]
            yield f"{one['level']}{who}（{one['signed_on']}）"


def _read(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as bundle:
        if sum(one.file_size for one in bundle.infolist()) > LARGEST:
            raise InputError(Fault(str(path), "展开后超过 512 MB，不像归档包", "请确认文件来源。"))
        return {one.filename: bundle.read(one) for one in bundle.infolist()}


def _listed(files: dict[str, bytes], told: dict[str, str]) -> Iterator[str]:
    for name, sha256 in told.items():
        if name not in files:
            yield f"缺少 {name}"
        elif hashlib.sha256(files[name]).hexdigest() != sha256:
            yield f"{name} 被改动"
    yield from (f"多出 {name}，清单里没有" for name in files if name not in told and name != MANIFEST)
    yield from (f"清单里没有 {name}" for name in (CASE, HISTORY) if name not in told)


def _inside(files: dict[str, bytes], entries: int, head: str) -> Iterator[str]:
    try:
        case = json.loads(files[CASE])
        rows = [_entry(json.loads(line)) for line in files[HISTORY].splitlines()]
        for one in history.verify(rows, {case["id"]: (entries, head)}):
            yield f"第{one.seq}条记录{one.what}" if one.what != "内容被改动" else f"第{one.seq}条记录被改动"
        yield from _signed(case, files)
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError):
        yield "记录的格式不对，读不出来"


def _entry(row: dict[str, Any]) -> dict[str, Any]:
    """A line of the history as the seal knows it."""
    stage = row["from_stage"]
    instants = {"at": datetime.fromisoformat(row["at"]), "on": date.fromisoformat(row["on"])}
    return row | instants | {"from_stage": stage and Stage(stage), "to_stage": Stage(row["to_stage"])}


def _signed(case: dict[str, Any], files: dict[str, bytes]) -> Iterator[str]:
    drafts = {one["no"]: one for one in case["drafts"]}
    for no, one in drafts.items():
        if text_sha256(files[f"drafts/{no}.txt"].decode()) != one["sha256"]:
            yield f"第{no}稿的正文与签字所覆盖的不符"
    for name in ("signatures", "letters"):
        for one in case[name]:
            if one["sha256"] != drafts[one["draft_no"]]["sha256"]:
                yield (
                    f"第{one['no']}个签字覆盖的不是它所签的稿"
                    if name == "signatures"
                    else f"第{one['no']}封答复函不是签过的那一稿"
                )
    for one in case["signatures"]:
        span = one.get("stands_from_on"), one.get("stands_until_on")
        if one.get("absent") and not (all(span) and span[0] <= one["signed_on"] <= span[1]):
            yield f"第{one['no']}个签字是{one['name']}代{one['absent']}签的，不在代签期间内"
    published = [one for one in case["publications"] if one["page_sha256"]]
    if PAGE in files and published and case["publicity"] == "已公开":
        text = text_of_page(files[PAGE].decode())
        if text is None or text_sha256(text) != published[-1]["page_sha256"]:
            yield "公开页面与公开时登记的文本不符"
