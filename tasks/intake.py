"""Receipt of real input (收件): files of proposals, all of them checked before any is stored."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from models.actions.action import Actor
from models.actions.receipt import Receive
from models.errors import Fault, InputError
from models.vocabulary import Channel
from tasks.intake_columns import COLUMNS, EXAMPLE_NUMBER, EXAMPLE_TITLE, NUMBER, TITLE, write_template
from tasks.intake_documents import document_entry
from tasks.intake_rows import Entry, Known, SessionInfo, read_entry
from tasks.sheets import Row, Table, scan_table

__all__ = ["FileRead", "Intake", "SessionInfo", "read_proposals", "write_template"]

MAX_FAULTS: Final = 200
"""So many faults are told one by one; more are only counted."""
DOCUMENTS: Final = frozenset({".docx", ".doc", ".txt", ".md", ".html", ".htm", ".pdf", ".rtf"})
"""Endings read as a single proposal; those that cannot be are refused there with the way out."""
_STEP: Final = 50

Existing = Mapping[tuple[str, bool, str], str]
"""(session, in recess, number) of every proposal there is, and the key it was received under."""


@dataclass(frozen=True, slots=True)
class FileRead:
    """One file, and how many proposals stand in it."""

    name: str
    proposals: int


@dataclass(frozen=True, slots=True)
class Intake:
    """What a reading gave: actions to store, or faults and no action at all.

    `origins` names the place each action came from; `known` counts rows that were received before, unchanged.
    """

    actions: tuple[Receive, ...]
    faults: tuple[Fault, ...]
    files: tuple[FileRead, ...]
    origins: tuple[str, ...] = ()
    known: int = 0


def read_proposals(
    paths: Sequence[Path],
    *,
    agencies: Collection[str],
    sessions: Collection[SessionInfo] | Mapping[str, SessionInfo],
    existing: Existing,
    today: date,
    by: Actor | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Intake:
    """Read files of proposals: .xlsx, .csv and .json of many, .docx, .txt and .md of one each.

    `progress` is told how many rows of how many are checked. Faults are returned, not raised.
    """
    infos = tuple(sessions.values()) if isinstance(sessions, Mapping) else tuple(sessions)
    known = Known(frozenset(agencies), infos, today, by or Actor(channel=Channel.SHEET))
    faults: list[Fault] = []
    entries, files = _read_all(paths, faults)
    actions: list[Receive] = []
    origins: list[str] = []
    for done, (origin, entry) in enumerate(entries, start=1):
        action, wrong = read_entry(entry, known)
        faults.extend(wrong)
        if action is not None:
            actions.append(action)
            origins.append(origin)
        if progress and (done % _STEP == 0 or done == len(entries)):
            progress(done, len(entries))
    faults.extend(_doubled(actions, origins, existing))
    if faults:
        return Intake((), _capped(faults), files)
    again = sum(1 for action in actions if existing.get(_name(action)) == action.key)
    return Intake(tuple(actions), (), files, tuple(origins), again)


def _read_all(paths: Sequence[Path], faults: list[Fault]) -> tuple[list[tuple[str, Entry]], tuple[FileRead, ...]]:
    """Every proposal of every file with its place; a file that cannot be read adds to `faults` and stops no other."""
    entries: list[tuple[str, Entry]] = []
    files: list[FileRead] = []
    for path in dict.fromkeys(paths):
        try:
            found = list(_entries(path, faults))
        except InputError as error:
            faults.extend(error.faults)
            continue
        entries.extend(found)
        files.append(FileRead(path.name, len(found)))
    return entries, tuple(files)


def _entries(path: Path, faults: list[Fault]) -> Iterator[tuple[str, Entry]]:
    """The proposals of one file. Faults of single cells are added to `faults`. Raises: InputError."""
    if path.suffix.lower() in DOCUMENTS:
        yield path.name, document_entry(path)
        return
    table = scan_table(path, columns=COLUMNS)
    faults.extend(table.faults)
    rows = [row for row in table.rows if not _is_example(row)]
    if not rows and not table.faults:
        raise InputError(Fault(path.name, "表里没有一件建议或提案", "请在表头下面逐行填写后再收件。"))
    for row in rows:
        yield table.place(row.number), _entry(table, row)


def _entry(table: Table, row: Row) -> Entry:
    return Entry(row.cells, lambda title: table.place(row.number, title))


def _is_example(row: Row) -> bool:
    """Whether this is the template's own example, left standing."""
    return row[NUMBER.title] == EXAMPLE_NUMBER and row[TITLE.title] == EXAMPLE_TITLE


def _name(action: Receive) -> tuple[str, bool, str]:
    return action.session, action.in_recess, action.case


def _doubled(actions: Sequence[Receive], origins: Sequence[str], existing: Existing) -> Iterator[Fault]:
    """Numbers given twice, here or before; proposals without a number that are alike word for word."""
    numbers: dict[tuple[str, bool, str], str] = {}
    keys: dict[str, str] = {}
    for action, origin in zip(actions, origins, strict=True):
        where, name = f"{origin}「{NUMBER.title}」", _name(action)
        said = f"{action.session}{'闭会期间' if action.in_recess else ''}的案号 {action.case}"
        if action.key in keys and not action.case:
            yield Fault(origin, f"与{keys[action.key]}完全相同", "请删去重复的一件；确是两件的，请写上各自的案号。")
        elif action.case and name in numbers:
            yield Fault(where, f"{said} 与{numbers[name]}重复", "请核对案号，或删去重复的一件。")
        elif action.case and existing.get(name, action.key) != action.key:
            what = f"{said} 已经收过，内容与这一件不同"
            yield Fault(where, what, "请核对案号；要改已收的内容，请用“退回补正”“补正”办理。")
        numbers.setdefault(name, origin)
        keys.setdefault(action.key, origin)


def _capped(faults: Sequence[Fault]) -> tuple[Fault, ...]:
    if len(faults) <= MAX_FAULTS:
        return tuple(faults)
    more = f"还有 {len(faults) - MAX_FAULTS:,} 处错误没有列出"
    return (*faults[:MAX_FAULTS], Fault("", more, "请先改正上面列出的，再重新收件。"))
