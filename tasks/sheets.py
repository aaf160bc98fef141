"""The one reader and the one writer of tables (.xlsx, .csv, .json)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from models.errors import Fault, InputError
from tasks.sheet_excel import excel_grids
from tasks.sheet_tables import Column, Row, Table, to_table
from tasks.sheet_text import csv_grid, json_table
from tasks.sheet_writing import Note, write_table

__all__ = ["Column", "Note", "Row", "Table", "read_table", "scan_table", "write_table"]

KINDS: Final = (".xlsx", ".csv", ".json")
_WORKBOOK: Final = (b"PK\x03\x04", bytes.fromhex("D0CF11E0"))
_BY_ENDING: Final = frozenset({".xlsx", ".xlsm", ".xls", ".et"})


def read_table(path: Path, sheet: str | None = None, *, columns: Sequence[Column] = ()) -> Table:
    """A table every cell of which can be taken. Raises: InputError with every fault found.

    With `columns`, their headings are looked for (and others refused); without, the first filled row holds them.
    """
    table = scan_table(path, sheet, columns=columns)
    if table.faults:
        raise InputError(*table.faults)
    return table


def scan_table(path: Path, sheet: str | None = None, *, columns: Sequence[Column] = ()) -> Table:
    """A table with the faults of its cells beside it, for callers that have more to find fault with.

    Raises: InputError when the file is no table at all.
    """
    try:
        with path.open("rb") as file:
            start = file.read(8)
    except OSError as error:
        raise InputError(Fault(str(path), f"打不开（{error.strerror or error}）", "请核对文件名和权限。")) from error
    if not start:
        raise InputError(Fault(path.name, "是空文件", "请核对后重新保存。"))
    ending = path.suffix.lower()
    if start.startswith(_WORKBOOK) or ending in _BY_ENDING:
        return _from_workbook(path, sheet, columns)
    if ending == ".json":
        return json_table(path, columns)
    if ending in {".csv", ".tsv", ".txt"}:
        return to_table(csv_grid(path, columns), columns) or _refuse_headless(path, columns)
    raise InputError(Fault(path.name, f"不支持的格式「{path.suffix}」", f"请另存为 {'、'.join(KINDS)}。"))


def _from_workbook(path: Path, sheet: str | None, columns: Sequence[Column]) -> Table:
    """The one sheet that has the headings. Without known ones it is the first that has any."""
    found: list[Table] = []
    for grid in excel_grids(path, sheet):
        table = to_table(grid, columns)
        if table is not None and (table.rows or table.faults or not found):
            found.append(table)
            if not columns:
                break
    if not found:
        _refuse_headless(path, columns)
    full = [table for table in found if table.rows or table.faults] or found[:1]
    if len(full) > 1:
        names = "、".join(table.label for table in full)
        raise InputError(
            Fault(path.name, f"有 {len(full)} 张工作表都有内容：{names}", "请合并成一张工作表，或分成几个文件。")
        )
    return full[0]


def _refuse_headless(path: Path, columns: Sequence[Column]) -> Table:
    wanted = "、".join(column.title for column in columns if column.required)
    remedy = f"表头应有：{wanted}。可用 banli template 生成样表。" if wanted else "请在第一行写上各列名称。"
    raise InputError(Fault(path.name, "前 10 行里找不到表头", remedy))
