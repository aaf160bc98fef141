"""Cases to rows (写入): what changed between two states of a batch of cases, in one statement for each table."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, Final

from sqlalchemy import Connection

from models import schema
from models.values.case import Case
from tasks.bulk import insert_rows, update_rows
from tasks.loading import CASE_COLUMNS, CASES, COLLECTIONS
from tasks.notices_store import NOTICES

HISTORY: Final = schema.HISTORY
KEYS: Final = schema.IDEMPOTENCY_KEYS
_FIELDS: Final = {name: tuple(item.name for item in fields(value)) for name, (_, value) in COLLECTIONS.items()}


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
        was, now = vars(before), vars(after)
        names = _differing(was, now, CASE_COLUMNS)
        if names:
            updates[names].append({"key_id": after.id, **{n: now[n] for n in names}})
        for name in COLLECTIONS:
            if name in now and now[name] is not was.get(name):  # what nobody asked of the new case is as it was
                _compare(name, after.id, getattr(before, name), now[name], inserted=inserted[name], changed=changed)
    for names, rows in updates.items():
        update_rows(connection, CASES, names, rows)
    for name, (table, _) in COLLECTIONS.items():
        insert_rows(connection, table, inserted[name])
    for (name, names), rows in changed.items():
        update_rows(connection, COLLECTIONS[name][0], names, rows)
    insert_rows(connection, schema.PROPOSAL_TEXTS, pages.texts)
    insert_rows(connection, schema.PROPOSER_CONTACTS, pages.contacts)
    insert_rows(connection, HISTORY, pages.history)
    insert_rows(connection, KEYS, pages.keys)
    insert_rows(connection, NOTICES, pages.notices)  # each key names its history entry: none can be there already


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
            inserted.append({"case_id": case_id, **vars(item)})
            continue
        values = vars(item)
        names = _differing(vars(was), values, _FIELDS[name])
        if names:
            row = {"key_case_id": case_id, "key_no": item.no, **{n: values[n] for n in names}}
            changed[name, names].append(row)


def _differing(was: Mapping[str, Any], now: Mapping[str, Any], names: Sequence[str]) -> tuple[str, ...]:
    """The fields that changed; most are the very same object."""
    return tuple([n for n in names if was[n] is not now[n] and was[n] != now[n]])
