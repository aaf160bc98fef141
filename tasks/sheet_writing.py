"""Tables written so that a spreadsheet program shows them as they are: no lost zeros, no cell run as a formula."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from models.errors import Fault, InputError
from tasks.atomic import write_bytes
from tasks.sheet_tables import Column
from tasks.sheet_text import csv_text

MAX_CELL: Final = 32_767
"""Characters of one cell (Excel's own limit)."""
_LIST_LIMIT: Final = 255
"""Characters of a dropdown written in place (Excel's own limit)."""
_ROWS_WITH_DROPDOWN: Final = 10_000
_HEAD: Final = PatternFill("solid", fgColor="1F4E79")
_HEAD_REQUIRED: Final = PatternFill("solid", fgColor="9C2B2B")
_EDGE: Final = Border(bottom=Side(style="thin", color="FFFFFF"))


@dataclass(frozen=True, slots=True)
class Note:
    """One more sheet of the workbook that explains the first (填写说明)."""

    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]


def write_table(
    path: Path,
    columns: Sequence[Column],
    rows: Iterable[Mapping[str, str]],
    *,
    title: str = "Sheet1",
    notes: Sequence[Note] = (),
    choices: Mapping[tuple[str, ...], Sequence[int]] | None = None,
    choice_column: str = "",
) -> None:
    """Write a .xlsx or .csv (UTF-8 with its mark), whole or not at all.

    `choices` gives single rows (numbered as shown, the headings being row 1) their own dropdown in `choice_column`.
    Raises: InputError for another ending or a text no cell can hold.
    """
    match path.suffix.lower():
        case ".xlsx":
            filled = [[row.get(column.title, "") for column in columns] for row in rows]
            _check_lengths(path, columns, filled)
            book = Workbook(write_only=True)
            sheet = _add_sheet(book, title, columns, filled)
            for words, numbers in (choices or {}).items():
                letter = get_column_letter([column.title for column in columns].index(choice_column) + 1)
                _add_dropdown(sheet, words, " ".join(f"{letter}{number}" for number in numbers))
            for note in notes:
                _add_sheet(book, note.title, note.columns, note.rows)
            buffer = io.BytesIO()
            book.save(buffer)
            write_bytes(path, buffer.getvalue())
        case ".csv":
            plain = ([row.get(column.title, "") for column in columns] for row in rows)
            write_bytes(path, csv_text([[_heading(column) for column in columns], *plain]).encode("utf-8-sig"))
        case ending:
            raise InputError(Fault(path.name, f"不能写成「{ending}」格式", "请用 .xlsx 或 .csv。"))


def text_cell(sheet: Any, text: str, *, wrap: bool = False) -> Any:
    """A cell that holds `text` as text, whatever it begins with."""
    cell = WriteOnlyCell(sheet)
    cell.value = ILLEGAL_CHARACTERS_RE.sub(" ", text)
    cell.data_type = "s"  # openpyxl takes a leading = for a formula
    cell.number_format = "@"
    cell.alignment = Alignment(vertical="top", wrap_text=wrap)
    return cell


def _like(style: Any, sheet: Any, text: str) -> Any:
    """`text_cell` in the style of another cell, ten times as fast as styling it anew."""
    cell: Any = WriteOnlyCell(sheet)
    cell.value = ILLEGAL_CHARACTERS_RE.sub(" ", text)
    cell.data_type = "s"
    cell._style = style._style  # noqa: SLF001 - openpyxl offers no other way to share a style
    return cell


def _check_lengths(path: Path, columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> None:
    for number, row in enumerate(rows, start=2):
        for column, text in zip(columns, row, strict=True):
            if len(text) > MAX_CELL:
                where = f"{path.name} 第 {number} 行「{column.title}」"
                raise InputError(Fault(where, f"有 {len(text):,} 字，Excel 一格最多 {MAX_CELL:,} 字", "请改用 .csv。"))


def _heading(column: Column) -> str:
    return f"{column.title}*" if column.required else column.title


def _add_sheet(book: Workbook, title: str, columns: Sequence[Column], rows: Iterable[Sequence[str]]) -> Any:
    sheet: Any = book.create_sheet(title)
    sheet.freeze_panes = "A2"
    for at, column in enumerate(columns, start=1):
        dimension = sheet.column_dimensions[get_column_letter(at)]
        dimension.width = column.width
        dimension.number_format = "@"
    sheet.append([_head_cell(sheet, column) for column in columns])
    styles = [text_cell(sheet, "", wrap=column.width > 30) for column in columns]
    for row in rows:
        sheet.append([_like(style, sheet, text) for style, text in zip(styles, row, strict=True)])
    for at, column in enumerate(columns, start=1):
        letter = get_column_letter(at)
        _add_dropdown(sheet, column.choices, f"{letter}2:{letter}{_ROWS_WITH_DROPDOWN}")
    return sheet


def _head_cell(sheet: Any, column: Column) -> Any:
    cell = text_cell(sheet, _heading(column))
    cell.font = Font(bold=True, color="FFFFFF")
    cell.fill = _HEAD_REQUIRED if column.required else _HEAD
    cell.border = _EDGE
    return cell


def _add_dropdown(sheet: Any, words: Sequence[str], cells: str) -> None:
    """A dropdown of `words`; left out where they are too many for one, since it only helps to fill in."""
    joined = ",".join(words)
    if not words or len(joined) + 2 > _LIST_LIMIT or any("," in word or '"' in word for word in words):
        return
    rule = DataValidation(type="list", formula1=f'"{joined}"', allow_blank=True, sqref=cells)
    rule.error, rule.errorTitle = "请从下拉列表中选择", "填写有误"
    sheet.data_validations.append(rule)
