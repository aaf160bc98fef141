"""Who handles and what is held (单位、届次), loaded from a sheet: all rows checked before any is stored, and loading the
same sheet again changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Table, and_, insert, select, update

from models import schema
from models.errors import InputError
from models.vocabulary import Track
from tasks.roster_rows import AGENCY_COLUMNS, CONTACT_ROLES, SESSION_COLUMNS, Person, read_agencies, read_sessions
from tasks.sheet_tables import NOTE_TITLE
from tasks.sheets import Column, Note, write_table
from tasks.world import packs

AGENCIES: Final = schema.AGENCIES
PEOPLE: Final = schema.AGENCY_CONTACTS
SESSIONS: Final = schema.SESSIONS


@dataclass(slots=True)
class Loaded:
    """What loading a sheet did, or would do, by name."""

    new: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    same: list[str] = field(default_factory=list)

    def file(self, name: str, before: Any, after: Any) -> bool:
        """Note one row; whether there is something to write."""
        shelf = self.new if before is None else self.same if before == after else self.changed
        shelf.append(name)
        return bool(before != after)


def load_agencies(connection: Connection, path: Path, *, dry_run: bool = False) -> Loaded:
    """Store the agencies of a sheet with their contacts. A column the sheet has not stays as it was.

    Raises: InputError with every fault; nothing is stored then.
    """
    rows, titles, faults = read_agencies(path)
    if faults:
        raise InputError(*faults)
    fields = tuple(name for title, name in _FIELDS.items() if title in titles)
    roles: list[str] = [role for role in CONTACT_ROLES if role in titles]
    stored = _by_key(connection, AGENCIES, "name")
    people = _people(connection)
    loaded = Loaded()
    for row in rows:
        values = {name: getattr(row, name) for name in fields}
        wanted: dict[str, Person] = {role: row.people[role] for role in roles if role in row.people}
        known = {role: people[row.name, role] for role in roles if (row.name, role) in people}
        before = (_part(stored[row.name], fields), known) if row.name in stored else None
        if loaded.file(row.name, before, (values, wanted)) and not dry_run:
            given = values if before else {"full_name": row.full_name, **values}
            _put(connection, AGENCIES, {"name": row.name}, given, is_new=before is None)
            _put_people(connection, row.name, roles, wanted)
    return loaded


def load_sessions(connection: Connection, path: Path, *, dry_run: bool = False) -> Loaded:
    """Store the sessions of a sheet; one already known in another spelling keeps its name.

    Raises: InputError with every fault; nothing is stored then.
    """
    rows, faults = read_sessions(path, packs())
    if faults:
        raise InputError(*faults)
    stored = _by_key(connection, SESSIONS, "canonical")
    loaded = Loaded()
    for row in rows:
        values = {"track": row.track, "pack": row.pack, "opened_on": row.opened_on, "closed_on": row.closed_on}
        known = stored.get(row.canonical)
        before = _part(known, values) if known else None
        if loaded.file(row.name, before, values) and not dry_run:
            name = {"name": known["name"] if known else row.name}
            given = values if known else {**values, "canonical": row.canonical}
            _put(connection, SESSIONS, name, given, is_new=before is None)
    return loaded


def list_agencies(connection: Connection) -> list[dict[str, str]]:
    """Every agency with its contacts, as the sheet has them."""
    people = _people(connection)
    return [
        {
            "单位": row.name,
            "全称": row.full_name,
            "发文代字": row.document_prefix or "",
            "电话": row.phone or "",
            **{
                title: text
                for role in CONTACT_ROLES
                for title, text in (
                    (role, people[row.name, role].name if (row.name, role) in people else ""),
                    (f"{role}邮箱", (people[row.name, role].email or "") if (row.name, role) in people else ""),
                )
            },
        }
        for row in connection.execute(select(AGENCIES).order_by(AGENCIES.c.name))
    ]


def list_sessions(connection: Connection) -> list[dict[str, str]]:
    """Every session, as the sheet has them."""
    return [
        {
            "届次": row.name,
            "类别": row.track.value if isinstance(row.track, Track) else row.track,
            "规则包": row.pack,
            "开幕日期": row.opened_on.isoformat() if row.opened_on else "",
            "闭幕日期": row.closed_on.isoformat() if row.closed_on else "",
        }
        for row in connection.execute(select(SESSIONS).order_by(SESSIONS.c.opened_on, SESSIONS.c.name))
    ]


def write_agencies_template(path: Path) -> None:
    """The sheet `banli template --kind agencies` gives."""
    _write_empty(path, AGENCY_COLUMNS, "单位")


def write_sessions_template(path: Path) -> None:
    """The sheet `banli template --kind sessions` gives."""
    _write_empty(path, SESSION_COLUMNS, "届次")


def _write_empty(path: Path, columns: Sequence[Column], title: str) -> None:
    notes = ((one.title, "是" if one.required else "", one.example, "、".join(one.choices)) for one in columns)
    write_table(path, columns, [], title=title, notes=(Note(NOTE_TITLE, _NOTES, tuple(notes)),))


_FIELDS: Final = {"全称": "full_name", "发文代字": "document_prefix", "电话": "phone"}
_NOTES: Final = (Column("列", width=16), Column("必填", width=8), Column("示例", width=40), Column("可填", width=20))


def _by_key(connection: Connection, table: Table, key: str) -> dict[str, Mapping[str, Any]]:
    return {row[key]: dict(row) for row in connection.execute(select(table)).mappings()}


def _part(row: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
    return {name: row[name] for name in names}


def _people(connection: Connection) -> dict[tuple[str, str], Person]:
    statement = select(PEOPLE).order_by(PEOPLE.c.id.desc())  # of several in one role the first one stands in the sheet
    return {(row.agency, row.role): Person(row.name, row.email) for row in connection.execute(statement)}


def _put(
    connection: Connection, table: Table, key: Mapping[str, str], values: Mapping[str, Any], *, is_new: bool
) -> None:
    if is_new:
        connection.execute(insert(table), [{**key, **values}])
        return
    own = and_(*(table.c[name] == value for name, value in key.items()))
    connection.execute(update(table).where(own).values(**values))


def _put_people(connection: Connection, agency: str, roles: Sequence[str], wanted: Mapping[str, Person]) -> None:
    connection.execute(PEOPLE.delete().where(PEOPLE.c.agency == agency, PEOPLE.c.role.in_(roles)))
    rows = [{"agency": agency, "role": role, "name": one.name, "email": one.email} for role, one in wanted.items()]
    if rows:
        connection.execute(insert(PEOPLE), rows)
