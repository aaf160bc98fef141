"""What a table is, wherever it came from: titled columns and numbered rows of text, and how headings are found."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from itertools import islice
from typing import Final

from models.errors import Fault, InputError

MAX_ROWS: Final = 100_000
"""Rows of one table; ten times the heaviest session known (some 9,000 proposals)."""
NOTE_TITLE: Final = "填写说明"
"""The sheet that explains the others; no table is looked for in it."""
HEADER_WITHIN: Final = 10
"""Title and note rows may stand above the headings, but not more than this."""

_FOLDED: Final = re.compile(r"[\s*:_﹡※]|\(必填\)|\(选填\)|必填")
_CONTROL: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff\ufffd]")


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a sheet: its heading, and what a template says about it."""

    title: str
    required: bool = False
    choices: tuple[str, ...] = ()
    help: str = ""
    example: str = ""
    width: int = 14
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """One row that holds something; `number` counts as the spreadsheet program shows it, from 1."""

    number: int
    cells: dict[str, str]

    def __getitem__(self, title: str) -> str:
        """The text under a heading, empty where there is none."""
        return self.cells.get(title, "")


@dataclass(frozen=True, slots=True)
class Table:
    """A table as read; `label` names it in messages, `faults` are cells that cannot be taken."""

    label: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    faults: tuple[Fault, ...] = ()
    unit: str = "行"

    def place(self, number: int, title: str = "") -> str:
        """Names a cell: `提案.xlsx 第 5 行「案由」`."""
        return f"{self.label} 第 {number} {self.unit}" + (f"「{title}」" if title else "")


@dataclass(slots=True)
class Grid:
    """A sheet before its headings are known: rows of text with their numbers, faults gathered on the way."""

    label: str
    rows: Iterator[tuple[int, list[str]]]
    faults: list[Fault] = field(default_factory=list)


def fold(title: str) -> str:
    """A heading without width, spaces, line breaks and the mark of a required column."""
    return _FOLDED.sub("", unicodedata.normalize("NFKC", title)).casefold()


def control_character(text: str) -> str | None:
    """The name of the first character no text may hold, e.g. `U+0008`."""
    found = _CONTROL.search(text)
    return f"U+{ord(found.group()):04X}" if found else None


def to_table(grid: Grid, columns: Sequence[Column]) -> Table | None:
    """Find the headings and give every row its titled cells; None when no row can be the headings.

    Raises: InputError for doubled, unknown or missing headings, or too many rows.
    """
    head = list(islice(grid.rows, HEADER_WITHIN))
    known = {fold(name): column.title for column in columns for name in (column.title, *column.aliases)}
    required = sum(1 for column in columns if column.required)
    at = _header_at([cells for _, cells in head], known, least=max(2, (required + 1) // 2))
    if at is None:
        return None
    number, cells = head[at]
    titles = [known.get(fold(cell), cell.strip()) for cell in cells]
    faults = list(_heading_faults(f"{grid.label} 第 {number} 行", titles, columns))
    if faults:
        raise InputError(*faults)
    later = (pair for part in (head[at + 1 :], grid.rows) for pair in part)
    rows = tuple(_rows(grid, titles, later))
    return Table(grid.label, tuple(title for title in titles if title), rows, tuple(grid.faults))


def _header_at(head: list[list[str]], known: dict[str, str], *, least: int) -> int | None:
    """The row with most known headings, but at least so many; without known ones, the first row with two filled cells,
    or else with one.
    """
    if not known:
        filled = [sum(1 for cell in cells if cell.strip()) for cells in head]
        return next((at for enough in (2, 1) for at, count in enumerate(filled) if count >= enough), None)
    hits = [len({known[fold(cell)] for cell in cells if fold(cell) in known}) for cells in head]
    best = max(hits, default=0)
    return hits.index(best) if best >= min(least, len(known)) else None


def _heading_faults(where: str, titles: list[str], columns: Sequence[Column]) -> Iterator[Fault]:
    filled = [title for title in titles if title]
    for title in dict.fromkeys(title for title in filled if filled.count(title) > 1):
        yield Fault(where, f"表头「{title}」出现了多次", "请只保留一列，或把多余的列改名后删去。")
    if not columns:
        return
    wanted = [column.title for column in columns]
    for title in dict.fromkeys(title for title in filled if title not in wanted):
        near = get_close_matches(title, wanted, n=1, cutoff=0.5)
        hint = (
            f"是不是「{near[0]}」？请改正表头，或删去这一列。"
            if near
            else f"请删去这一列。可用的列：{'、'.join(wanted)}。"
        )
        yield Fault(where, f"不认识的列「{title}」", hint)
    for column in columns:
        if column.required and column.title not in filled:
            yield Fault(where, f"缺少必填的列「{column.title}」", "请补上这一列，或用 banli template 生成的样表填写。")


def _rows(grid: Grid, titles: list[str], rows: Iterable[tuple[int, list[str]]]) -> Iterator[Row]:
    for count, (number, cells) in enumerate(rows, start=1):
        if count > MAX_ROWS:
            raise InputError(Fault(grid.label, f"超过 {MAX_ROWS:,} 行", "请分成几个文件。"))
        kept = {title: text for title, cell in zip(titles, cells, strict=False) if title and (text := tidy(cell))}
        stray = next(
            (cell for at, cell in enumerate(cells) if cell.strip() and not (at < len(titles) and titles[at])), ""
        )
        where = f"{grid.label} 第 {number} 行"
        if stray:
            grid.faults.append(
                Fault(where, f"没有表头的列里有内容「{stray.strip()[:20]}」", "请给这一列写上表头，或清空它。")
            )
        for title, text in kept.items():
            if name := control_character(text):
                grid.faults.append(
                    Fault(f"{where}「{title}」", f"含有控制字符或乱码（{name}）", "请删去该字符后重新保存。")
                )
        if kept:
            yield Row(number, kept)


def tidy(cell: str) -> str:
    """A cell without surrounding blanks, its line ends all alike."""
    return cell.replace("\r\n", "\n").replace("\r", "\n").strip(" \t\n\u3000\xa0\ufeff") if cell else ""
