"""The sheet of work (办理表): `banli export` writes it, people choose an action in each row, `banli do` reads it and
writes the outcome back into the same row.
"""

from __future__ import annotations

import hashlib
import json
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from io import BytesIO
from itertools import islice
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

from openpyxl import load_workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from pydantic import ValidationError

from models.actions.action import Action, Actor
from models.errors import Fault, InputError
from models.forms import FieldType, FormField, action_types, build, faults_from, fields_of
from models.lifecycle import by_system_only
from tasks.atomic import write_bytes
from tasks.sheet_tables import HEADER_WITHIN, NOTE_TITLE, fold
from tasks.sheet_text import csv_grid, csv_text
from tasks.sheets import Column, Note, Row, Table, scan_table, write_table

CASE: Final = Column("案号", required=True, width=30)
ACTION: Final = Column("动作", required=True, width=14)
OUTCOME: Final = Column("办理结果", width=40)
KEY: Final = Column("防重标识", width=34)
_BEFORE: Final = (CASE, Column("案由", width=40), Column("阶段", width=12), Column("等谁办", width=20),
                  Column("期限", width=12), ACTION)  # fmt: skip
_AFTER: Final = (OUTCOME, KEY)
_FIXED: Final = frozenset(column.title for column in (*_BEFORE, *_AFTER))
_RENAMED: Final = {"案由": "新案由", "办理结果": "对办理结果的评价"}
_NOTES: Final = (Column("动作", width=14), Column("说明", width=40), Column("要填的列", width=60))


@dataclass(frozen=True, slots=True)
class Waiting:
    """One case that waits for somebody, and what can be done with it."""

    case_ref: str
    title: str
    stage: str
    waits_for: str
    due_on: date | None
    actions: tuple[str, ...]


def write_actions(path: Path, items: Sequence[Waiting]) -> None:
    """Write the sheet of work as .xlsx or .csv: a row for each case, a column for each field of what can be done."""
    words = [word for word in _words() if any(word in item.actions for item in items)]
    columns = (*_BEFORE, *_field_columns(words), *_AFTER)
    choices: dict[tuple[str, ...], list[int]] = {}
    for number, item in enumerate(items, start=2):
        choices.setdefault(item.actions, []).append(number)
    notes = tuple(_note(word) for word in words)
    rows = ({CASE.title: item.case_ref, "案由": item.title, "阶段": item.stage, "等谁办": item.waits_for,
             "期限": item.due_on.isoformat() if item.due_on else "", KEY.title: uuid4().hex} for item in items)  # fmt: skip
    write_table(path, columns, rows, title="办理表", notes=(Note(NOTE_TITLE, _NOTES, notes),), choices=choices,
                choice_column=ACTION.title)  # fmt: skip


def read_actions(path: Path, by: Actor) -> tuple[list[tuple[int, Action]], list[Fault]]:
    """The actions chosen in a sheet, each with its row, and every fault; rows without an action are passed over.

    Raises: InputError when the file is no such sheet.
    """
    table = scan_table(path, columns=(*_BEFORE, *_field_columns(_words()), *_AFTER))
    actions: list[tuple[int, Action]] = []
    faults = list(table.faults)
    for row in table.rows:
        if row[ACTION.title]:
            action = _action(table, row, by, faults=faults)
            if action is not None:
                actions.append((row.number, action))
    return actions, faults


def write_outcomes(path_in: Path, path_out: Path, outcomes_by_row: Mapping[int, str]) -> None:
    """Write the sheet again with 办理结果 filled in, everything else as it was. The two paths may be the same."""
    if path_in.suffix.lower() == ".csv":
        rows = dict(csv_grid(path_in, (CASE, ACTION, OUTCOME)).rows)
        lines = [rows.get(number, []) for number in range(1, max(rows) + 1)]
        _fill_in(lines, outcomes_by_row, path_in)
        write_bytes(path_out, csv_text(lines).encode("utf-8-sig"))
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # what openpyxl leaves out of a workbook is decoration
        book: Any = load_workbook(path_in)
    for sheet in book.worksheets:
        if (found := _outcome_column(sheet)) is not None:
            for number, text in outcomes_by_row.items():
                cell = sheet.cell(number, found, ILLEGAL_CHARACTERS_RE.sub(" ", text))
                cell.data_type = "s"
            break
    else:
        raise _no_sheet(path_in)
    buffer = BytesIO()
    book.save(buffer)
    write_bytes(path_out, buffer.getvalue())


def _words() -> list[str]:
    """The actions a person may choose, in the order of a case's life."""
    return [word for word in action_types() if not by_system_only(word)]


def _field_columns(words: Sequence[str]) -> tuple[Column, ...]:
    """One column for each field title of these actions; fields of one title share it."""
    by_title: dict[str, list[FormField]] = {}
    for word in words:
        for form_field in fields_of(action_types()[word]):
            by_title.setdefault(_column_title(form_field), []).append(form_field)
    return tuple(
        Column(title, choices=_shared_choices(fields), width=40 if fields[0].type is FieldType.TEXT else 16)
        for title, fields in by_title.items()
    )


def _shared_choices(fields: Sequence[FormField]) -> tuple[str, ...]:
    """The dropdown of a column: only where each field that shares it has one."""
    given = [("是", "否") if one.type is FieldType.FLAG else one.choices for one in fields]
    return tuple(dict.fromkeys(word for words in given for word in words)) if all(given) else ()


def _column_title(form_field: FormField) -> str:
    """A field's heading, another one where the sheet has a column of that name already."""
    return _RENAMED.get(form_field.title, form_field.title)


def _note(word: str) -> tuple[str, str, str]:
    action_type = action_types()[word]
    columns = [_column_title(one) + ("*" if one.required else "") + (f"（{one.help}）" if one.help else "")
               for one in fields_of(action_type)]  # fmt: skip
    first = (action_type.__doc__ or "").strip().splitlines()[0]
    return word, first, "、".join(columns) or "不用填"


def _action(table: Table, row: Row, by: Actor, *, faults: list[Fault]) -> Action | None:
    word, case = row[ACTION.title], row[CASE.title]
    action_type = action_types().get(word)
    if action_type is None or by_system_only(word):
        near = get_close_matches(word, _words(), n=1, cutoff=0.4)
        remedy = f"是不是「{near[0]}」？请从下拉列表中选择。" if near else f"可填：{'、'.join(_words())}。"
        what = f"不认识的动作「{word[:20]}」" if action_type is None else f"「{word}」由系统办理，不用填"
        faults.append(Fault(table.place(row.number, ACTION.title), what, remedy))
        return None
    if not case:
        faults.append(Fault(table.place(row.number, CASE.title), "没有填写案号", "请填写。"))
        return None
    texts = {one.name: row[_column_title(one)] for one in fields_of(action_type)}
    identity = json.dumps([row[KEY.title], word, case, texts], ensure_ascii=False, sort_keys=True)
    try:
        # The row's own mark and what was filled in: the same row again is the same action, a changed one is another.
        return build(action_type, texts, case=case, by=by, key=hashlib.sha256(identity.encode()).hexdigest())
    except ValidationError as error:
        renamed = {one.title: _column_title(one) for one in fields_of(action_type)}
        for title, what, remedy in faults_from(error, action_type):
            place = table.place(row.number, renamed.get(title, title))
            faults.append(Fault(place, f"{word}：{what}", remedy))
        return None


def _outcome_column(sheet: Any) -> int | None:
    """Where 办理结果 stands in the sheet that has 动作; a new last column where it was deleted."""
    for row in islice(sheet.iter_rows(), HEADER_WITHIN):
        titles = [fold(str(cell.value or "")) for cell in row]
        if fold(ACTION.title) in titles:
            if fold(OUTCOME.title) in titles:
                return titles.index(fold(OUTCOME.title)) + 1
            sheet.cell(row[0].row, len(titles) + 1, OUTCOME.title)
            return len(titles) + 1
    return None


def _fill_in(lines: list[list[str]], outcomes_by_row: Mapping[int, str], path: Path) -> None:
    head = next((cells for cells in lines[:HEADER_WITHIN] if ACTION.title in _titles(cells)), None)
    if head is None:
        raise _no_sheet(path)
    if OUTCOME.title not in _titles(head):
        head.append(OUTCOME.title)
    at = list(_titles(head)).index(OUTCOME.title)
    for number, text in outcomes_by_row.items():
        cells = lines[number - 1]
        cells.extend([""] * (at + 1 - len(cells)))
        cells[at] = text


def _titles(cells: Sequence[str]) -> Iterator[str]:
    return (fold(cell) for cell in cells)


def _no_sheet(path: Path) -> InputError:
    return InputError(Fault(path.name, "找不到有「动作」一列的工作表", "请用 banli export 生成的表格。"))
