"""Many rows in one statement (批量写入), at the driver's own speed.

SQLAlchemy's `execute` looks at every row and value by itself; here the statement is compiled once for a table and
its columns, and the column types' own processors run over whole columns. What reaches the database is the same. SQLite
runs it row by row without leaving the process; PostgreSQL, which would answer for every row, gets all of them as one
statement's arrays.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ARRAY,
    Column,
    Connection,
    Dialect,
    Insert,
    String,
    Table,
    TableValuedAlias,
    Text,
    TypeDecorator,
    Update,
    bindparam,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.sql.schema import ScalarElementColumnDefault
from sqlalchemy.types import TypeEngine

Row = Mapping[str, Any]
KEY = "key_"
"""What the bound name of a key column begins with, so that it is not taken for a new value."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A statement for any number of rows."""

    sql: str
    binds: tuple[tuple[str, Callable[[Any], Any] | None], ...]
    """The names of its values, in its order, and what each value goes through."""
    defaults: Mapping[str, Any]
    """What stands for a column nobody names."""
    by_row: bool
    """Run for each row; otherwise once, with an array for each column."""


def insert_rows(connection: Connection, table: Table, rows: Sequence[Row]) -> None:
    """Insert rows that all name the same columns."""
    if rows:
        _run(connection, _inserting(table, tuple(rows[0]), connection.dialect), rows)


def update_rows(connection: Connection, table: Table, names: tuple[str, ...], rows: Sequence[Row]) -> None:
    """Set these columns; every row carries them and, as `key_<column>`, what it is found by: no two rows the same."""
    keys = tuple(name.removeprefix(KEY) for name in rows[0] if name.startswith(KEY))
    _run(connection, _updating(table, keys, names, connection.dialect), rows)


def _run(connection: Connection, prepared: Prepared, rows: Sequence[Row]) -> None:
    columns: list[list[Any]] = []
    for name, process in prepared.binds:
        values = [row[name] for row in rows] if name in rows[0] else [prepared.defaults[name]] * len(rows)
        columns.append(values if process is None else _processed(process, values))
    if prepared.by_row:
        connection.exec_driver_sql(prepared.sql, list(zip(*columns, strict=True)))
    else:
        arrays = zip(prepared.binds, columns, strict=True)
        connection.exec_driver_sql(prepared.sql, {name: values for (name, _), values in arrays})


def _processed(process: Callable[[Any], Any], values: list[Any]) -> list[Any]:
    """What a batch does on one day and at one instant is one object in every row: it is worked on once."""
    first = values[0]
    if all(value is first for value in values):
        return [process(first)] * len(values)
    return [process(value) for value in values]


@lru_cache(maxsize=256)
def _inserting(table: Table, names: tuple[str, ...], dialect: Dialect) -> Prepared:
    by_row = _prepared(insert(table), names, dialect)
    if dialect.name == "sqlite":
        return by_row
    columns = [name for name, _ in by_row.binds]
    given = _given({name: table.c[name] for name in columns})
    return _as_arrays(by_row, insert(table).from_select(columns, select(*given.c), include_defaults=False), dialect)


@lru_cache(maxsize=256)
def _updating(table: Table, keys: tuple[str, ...], names: tuple[str, ...], dialect: Dialect) -> Prepared:
    statement = update(table).where(*(table.c[key] == bindparam(KEY + key) for key in keys))
    by_row = _prepared(statement.values({name: bindparam(name) for name in names}), names, dialect)
    if dialect.name == "sqlite":
        return by_row
    given = _given({name: table.c[name] for name in names} | {KEY + key: table.c[key] for key in keys})
    found = update(table).where(*(table.c[key] == given.c[KEY + key] for key in keys))
    return _as_arrays(by_row, found.values({name: given.c[name] for name in names}), dialect)


def _prepared(statement: Insert | Update, names: tuple[str, ...], dialect: Dialect) -> Prepared:
    compiled = statement.compile(dialect=dialect, column_keys=list(names))
    order = compiled.positiontup if compiled.positiontup is not None else list(compiled.binds)
    binds = tuple((name, compiled.binds[name].type.dialect_impl(dialect).bind_processor(dialect)) for name in order)
    defaults = {
        column.name: column.default.arg
        for column in compiled.insert_prefetch
        if isinstance(column.default, ScalarElementColumnDefault)
    }
    return Prepared(str(compiled), binds, defaults, by_row=True)


def _given(columns: Mapping[str, Column[Any]]) -> TableValuedAlias:
    """What is given as a table: an array for each column."""
    arrays = (bindparam(name, type_=ARRAY(_element(column))) for name, column in columns.items())
    return func.unnest(*arrays).table_valued(*columns).render_derived(name="given")


def _element(column: Column[Any]) -> TypeEngine[Any]:
    """Words and texts go as plain text: one that is too long is refused by its column; a cast would cut it off."""
    plain = column.type.impl_instance if isinstance(column.type, TypeDecorator) else column.type
    return Text() if isinstance(plain, String) else plain


def _as_arrays(by_row: Prepared, statement: Insert | Update, dialect: Dialect) -> Prepared:
    return replace(by_row, sql=str(statement.compile(dialect=dialect)), by_row=False)
