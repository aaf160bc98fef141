"""Rules as the command line shows and checks them (规则查看): one pack file beside those there are, one year's days."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from models.errors import Fault, InputError
from models.packs import parse_packs
from models.policy import Pack
from models.refusals import read_toml
from models.workdays import Run
from tasks.policies import pack_texts
from tasks.world import calendar


@dataclass(frozen=True, slots=True)
class YearShown:
    """One year's days off in runs, the rest days worked instead, and how many working days are left."""

    year: int
    source: str | None
    """The notice; None while there is none and the year is 暂定."""
    workdays: int
    holidays: tuple[Run, ...]
    makeups: tuple[date, ...]


def describe_year(year: int) -> YearShown:
    """What the calendar says of a year."""
    found = calendar()
    first, last = date(year - 1, 12, 31), date(year, 12, 31)
    return YearShown(
        year=year,
        source=found.sources.get(year),
        workdays=found.count(first, last),
        holidays=found.feasts(first, last),
        makeups=found.makeups(first, last),
    )


def read_pack(path: Path, folder: Path | None = None) -> Pack:
    """One pack from a file, what it inherits put in; it stands in for the one of the same code there is.

    `folder` holds the office's own packs.

    Raises: PolicyError with every mistake; InputError when the file cannot be read.
    """
    packs, code = packs_with(path, folder)
    return packs[code]


def packs_with(path: Path, folder: Path | None = None) -> tuple[dict[str, Pack], str]:
    """All packs with the one of this file in its place, as those that inherit from it see it too; and its code.

    Raises: PolicyError with every mistake; InputError when the file cannot be read.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise InputError(Fault(str(path), f"打不开（{error.strerror}）", "请核对文件名和权限。")) from error
    except UnicodeDecodeError as error:
        raise InputError(Fault(str(path), "不是 UTF-8 编码", "请另存为 UTF-8 后再核对。")) from error
    code = _code(text, path.name)
    others = {
        name: other for name, other in pack_texts(folder).items() if name != path.name and _code(other, name) != code
    }
    packs = parse_packs({**others, path.name: text})
    return packs, code if isinstance(code, str) else path.name


def _code(text: str, file: str) -> object:
    head = read_toml(text, file).get("pack")
    return head.get("code") if isinstance(head, dict) else None
