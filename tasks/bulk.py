"""Many rows in one statement (批量写入), at the driver's own speed.

SQLAlchemy's `execute` looks at every row and value by itself; here the statement is compiled once for a table and
its columns, and the column types' own processors run over whole columns. What reaches the database is the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Dialect, Insert, Table, Update, bindparam, insert, update
from sqlalchemy.sql.schema import ScalarElementColumnDefault

Row = Mapping[str, Any]
Prepared = tuple[str, tuple[tuple[str, Callable[[Any], Any] | None], ...], bool, Mapping[str, Any]]
"""The statement, its values with what each goes through, whether they go by place, and what nobody names."""
KEY = "key_"
"""What the bound name of a key column begins with, so that it is not taken for a new value."""


def insert_rows(connection: Connection, table: Table, rows: Sequence[Row]) -> None:
    """Insert rows that all name the same columns."""
    if rows:
        _run(connection, _inserting(table, tuple(rows[0]), connection.dialect), rows)


def update_rows(connection: Connection, table: Table, names: tuple[str, ...], rows: Sequence[Row]) -> None:
    """Set these columns; every row carries them and, as `key_<column>`, what it is found by."""
    keys = tuple(name.removeprefix(KEY) for name in rows[0] if name.startswith(KEY))
    _run(connection, _updating(table, keys, names, connection.dialect), rows)


def _run(connection: Connection, prepared: Prepared, rows: Sequence[Row]) -> None:
    sql, binds, positional, defaults = prepared
    columns: list[list[Any]] = []
    for name, process in binds:
        values = [row[name] for row in rows] if name in rows[0] else [defaults[name]] * len(rows)
        columns.append(values if process is None else _processed(process, values))
    given: Any = list(zip(*columns, strict=True))
    if not positional:
        names = [name for name, _ in binds]
        given = [dict(zip(names, row, strict=True)) for row in given]
    connection.exec_driver_sql(sql, given)


def _processed(process: Callable[[Any], Any], values: list[Any]) -> list[Any]:
    """What a batch does on one day and at one instant is one object in every row: it is worked on once."""
    first = values[0]
    if all(value is first for value in values):
        return [process(first)] * len(values)
    return [process(value) for value in values]


@lru_cache(maxsize=256)
def _inserting(table: Table, names: tuple[str, ...], dialect: Dialect) -> Prepared:
    return _prepared(insert(table), names, dialect)


@lru_cache(maxsize=256)
def _updating(table: Table, keys: tuple[str, ...], names: tuple[str, ...], dialect: Dialect) -> Prepared:
    statement = update(table).where(*(table.c[key] == bindparam(KEY + key) for key in keys))
    return _prepared(statement.values({name: bindparam(name) for name in names}), names, dialect)


def _prepared(statement: Insert | Update, names: tuple[str, ...], dialect: Dialect) -> Prepared:
    compiled = statement.compile(dialect=dialect, column_keys=list(names))
    order = compiled.positiontup if compiled.positiontup is not None else list(compiled.binds)
    binds = tuple((name, compiled.binds[name].type.dialect_impl(dialect).bind_processor(dialect)) for name in order)
    defaults = {
        column.name: column.default.arg
        for column in compiled.insert_prefetch
        if isinstance(column.default, ScalarElementColumnDefault)
    }
    return str(compiled), binds, compiled.positiontup is not None, defaults
