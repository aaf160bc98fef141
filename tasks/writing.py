"""Cases to rows (写入): what changed between two states of a batch of cases, in one statement for each table."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, Final

from sqlalchemy import Connection, Table, bindparam, insert, update

from models import tables as t
from models.values import Case
from tasks.loading import CASE_COLUMNS, CASES, COLLECTIONS
from tasks.notices import enqueue

HISTORY: Final = t.core(t.HistoryRow)
KEYS: Final = t.core(t.IdempotencyKeyRow)
_FIELDS: Final = {
    name: tuple(item.name for item in fields(value))  # type: ignore[arg-type]  # a dataclass, as every value is
    for name, (_, value) in COLLECTIONS.items()
}


@dataclass(slots=True)
class Pages:
    """Rows of one transaction beside the cases themselves, in the order they came."""

    history: list[dict[str, Any]] = field(default_factory=list)
    keys: list[dict[str, Any]] = field(default_factory=list)
    notices: list[dict[str, Any]] = field(default_factory=list)
    texts: list[dict[str, Any]] = field(default_factory=list)
    contacts: list[dict[str, Any]] = field(default_factory=list)


def write(connection: Connection, pairs: Iterable[tuple[Case, Case]], pages: Pages) -> None:
    """Write what differs between before and after; a new case's own row stands already, its `before` is bare."""
    updates: dict[tuple[str, ...], list[dict[str, Any]]] = defaultdict(list)
    inserted: dict[str, list[dict[str, Any]]] = defaultdict(list)
    changed: dict[tuple[str, tuple[str, ...]], list[dict[str, Any]]] = defaultdict(list)
    for before, after in pairs:
        names = tuple(n for n in CASE_COLUMNS if getattr(before, n) != getattr(after, n))
        if names:
            updates[names].append({"key": after.id, **{n: getattr(after, n) for n in names}})
        for name in COLLECTIONS:
            new = getattr(after, name)
            old = getattr(before, name)
            if new is not old:
                _compare(name, after.id, old, new, inserted=inserted[name], changed=changed)
    for names, rows in updates.items():
        connection.execute(
            update(CASES).where(CASES.c.id == bindparam("key")).values({n: bindparam(n) for n in names}), rows
        )
    for name, (table, _) in COLLECTIONS.items():
        _insert(connection, table, inserted[name])
    for (name, names), rows in changed.items():
        _update(connection, COLLECTIONS[name][0], names, rows)
    _insert(connection, t.core(t.ProposalTextRow), pages.texts)
    _insert(connection, t.core(t.ProposerContactRow), pages.contacts)
    _insert(connection, HISTORY, pages.history)
    _insert(connection, KEYS, pages.keys)
    if pages.notices:
        enqueue(connection, pages.notices)


def _compare(
    name: str,
    case_id: int,
    old: Sequence[Any],
    new: Sequence[Any],
    *,
    inserted: list[dict[str, Any]],
    changed: Mapping[tuple[str, tuple[str, ...]], list[dict[str, Any]]],
) -> None:
    known = {item.no: item for item in old}
    for item in new:
        was = known.get(item.no)
        if was is item:
            continue
        if was is None:
            inserted.append({"case_id": case_id, **{n: getattr(item, n) for n in _FIELDS[name]}})
            continue
        names = tuple(n for n in _FIELDS[name] if getattr(was, n) != getattr(item, n))
        if names:
            row = {"key_case": case_id, "key_no": item.no, **{n: getattr(item, n) for n in names}}
            changed[name, names].append(row)


def _insert(connection: Connection, table: Table, rows: list[dict[str, Any]]) -> None:
    if rows:
        connection.execute(insert(table), rows)


def _update(connection: Connection, table: Table, names: tuple[str, ...], rows: list[dict[str, Any]]) -> None:
    statement = update(table).where(table.c.case_id == bindparam("key_case"), table.c.no == bindparam("key_no"))
    connection.execute(statement.values({n: bindparam(n) for n in names}), rows)
