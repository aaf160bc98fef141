"""models/schema.py: the tables that models/tables/ declares, as SQLAlchemy Core (表结构).

Building thirty classes that are pydantic models and mapped to tables takes longer than all the rest of `banli next`,
and no statement needs more of them than the table behind each.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from sqlalchemy import CheckConstraint, Column, ForeignKeyConstraint, PrimaryKeyConstraint, Table, UniqueConstraint
from sqlmodel import AutoString, SQLModel

import models.tables  # noqa: F401 - declares what is in SQLModel's metadata
from models import notice_vocabulary
from models.columns import Word

HEAD: Final = '''\
"""The tables as statements use them (表结构). Made by docs/generate.py: change models/tables/ and run `make docs`."""

from sqlalchemy import (
{sqlalchemy}
)

from models.columns import NAMES, UtcDateTime, Word
from models.notice_vocabulary import {notices}
from models.vocabulary import (
{vocabulary}
)

METADATA = MetaData(naming_convention=NAMES)
'''
SQLALCHEMY: Final = (
    "JSON", "BigInteger", "Boolean", "CheckConstraint", "Column", "Date", "ForeignKey", "ForeignKeyConstraint", "Index",
    "Integer", "MetaData", "String", "Table", "Text", "UniqueConstraint", "text",
)  # fmt: skip
"""What the module needs, in ruff's order."""


def page() -> str:
    """The whole module."""
    tables = SQLModel.metadata.sorted_tables
    kinds = {column.type.kind for table in tables for column in table.columns if isinstance(column.type, Word)}
    of_notices = {kind.__name__ for kind in kinds if kind.__module__ == notice_vocabulary.__name__}
    words = {kind.__name__ for kind in kinds} - of_notices
    head = HEAD.format(
        sqlalchemy="\n".join(f"    {name}," for name in SQLALCHEMY),
        notices=", ".join(sorted(of_notices)),
        vocabulary="\n".join(f"    {word}," for word in sorted(words)),
    )
    return head + "".join(map(_table, tables))


def _table(table: Table) -> str:
    parts = [*map(_column, table.columns), *_constraints(table)]
    lines = "".join(f"    {part},\n" for part in (f'"{table.name}"', "METADATA", *parts))
    return f"\n{table.name.upper()} = Table(\n{lines})\n"


def _column(column: Column[Any]) -> str:
    said = [f'"{column.name}"', _type(column.type)]
    said += [
        f'ForeignKey("{one.target_fullname}")'
        for one in column.foreign_keys
        if one.constraint is not None and len(one.constraint.elements) == 1
    ]
    if column.primary_key:
        said += ["primary_key=True", *(["autoincrement=False"] if column.autoincrement is False else [])]
    elif not column.nullable:
        said.append("nullable=False")
    if column.default is not None:
        value = column.default.arg  # type: ignore[attr-defined]  # only plain values stand in models/tables/
        said.append(f"default={f'{type(value).__name__}.{value.name}' if hasattr(value, 'name') else _plain(value)}")
    if column.server_default is not None:
        given = column.server_default.arg  # type: ignore[attr-defined]  # a FetchedValue here is always a DefaultClause
        said.append(f"server_default={_plain(given) if isinstance(given, str) else f'text({_plain(str(given))})'}")
    return f"Column({', '.join(said)})"


def _type(kind: Any) -> str:
    if isinstance(kind, Word):
        return f"Word({kind.kind.__name__})"
    if isinstance(kind, AutoString):
        return f"String({kind.length})"
    return type(kind).__name__


def _constraints(table: Table) -> Iterator[str]:
    for one in sorted(table.constraints, key=lambda constraint: str(constraint.name)):
        names = ", ".join(f'"{column.name}"' for column in one.columns)
        match one:
            case PrimaryKeyConstraint():
                continue
            case UniqueConstraint():
                yield f"UniqueConstraint({names})"
            case CheckConstraint():
                yield f"CheckConstraint({_plain(str(one.sqltext))}, name={_plain(str(one.name).partition(f'_{table.name}_')[2])})"
            case ForeignKeyConstraint() if len(one.elements) > 1:
                there = ", ".join(f'"{element.target_fullname}"' for element in one.elements)
                yield f"ForeignKeyConstraint([{names}], [{there}])"
    for index in sorted(table.indexes, key=lambda index: str(index.name)):
        yield f"Index({', '.join(_plain(name) for name in (str(index.name), *index.columns.keys()))})"


def _plain(value: Any) -> str:
    return f'"{value}"' if isinstance(value, str) else repr(value)
