"""The one module that opens and commits (数据库)."""

from __future__ import annotations

import atexit
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from importlib import import_module
from threading import local
from typing import Any, Final

import orjson
from sqlalchemy import (
    ARRAY,
    Column,
    ColumnElement,
    Connection,
    Engine,
    Table,
    Text,
    any_,
    bindparam,
    create_engine,
    event,
    func,
    literal,
    select,
)
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from models.settings import settings_from
from tasks.database_errors import explained

WAIT_SECONDS: Final = 30
"""How long a lock is waited for."""
_PATIENCE: Final = {
    "lock_timeout": f"'{WAIT_SECONDS}s'",
    "tcp_keepalives_idle": 20,
    "tcp_keepalives_interval": 10,
    "tcp_keepalives_count": 3,
}
IN_CHUNK = 500
"""Values in one IN (…); small enough for every SQLite."""


def _json(value: Any) -> str:
    return orjson.dumps(value).decode()


_KEPT: Final[dict[str, Any]] = {"json_serializer": _json, "json_deserializer": orjson.loads, "hide_parameters": True}
"""JSON columns keep Chinese as it is, half as long as escaped; an error tells no values."""


_engines: Final[dict[str, Engine]] = {}


def engine(url: str | None = None) -> Engine:
    """The engine of this office's database, made once per process and URL."""
    url = url or settings_from(os.environ).database_url
    return _engines.get(url) or _engines.setdefault(url, make_engine(url))


@atexit.register
def close() -> None:
    """Close every connection of this process's engines, at its end too; each opens anew when it is asked for.

    Whoever closes SQLite's last one puts what was written into the database's own file and removes those beside it.
    """
    while _engines:
        _engines.popitem()[1].dispose()


def make_engine(url: str) -> Engine:
    """SQLite in WAL mode with synchronous=FULL, transactions that take the write lock at once; or PostgreSQL.

    Either waits half a minute for a lock. PostgreSQL notices within a minute that a client's machine is gone, and gives
    up what it held; it would hold it for two hours otherwise.

    An error tells its statement without the values: contacts are among them, and errors are logged.
    """
    if not url.startswith("sqlite"):
        if url.startswith(("postgresql://", "postgres://")):
            url = "postgresql+psycopg://" + url.split("://", 1)[1]
        made = create_engine(url, pool_pre_ping=True, **_KEPT)
        event.listen(made, "connect", _settle)
        return made
    made = create_engine(url, connect_args={"timeout": WAIT_SECONDS}, **_KEPT)

    @event.listens_for(made, "connect")
    def _configure(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", f"busy_timeout={WAIT_SECONDS}000"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(made, "begin")
    def _begin(connection: Connection) -> None:
        reading = connection.get_execution_options().get("reading", False)
        connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")

    return made


def _settle(connection: Any, _record: Any) -> None:
    """What a connection to PostgreSQL keeps until it is closed."""
    for name, seconds in _PATIENCE.items():
        connection.execute(f"SET {name} = {seconds}")
    connection.commit()


@contextmanager
def transaction(made: Engine) -> Iterator[Connection]:
    """One transaction: all of it or nothing.

    Raises: UnavailableError when the database cannot be reached, is full, read-only or stays locked.
    """
    with _in_words(), made.begin() as connection:
        yield connection


@contextmanager
def _in_words() -> Iterator[None]:
    """What goes wrong within, told to people."""
    try:
        yield
    except (DBAPIError, PoolTimeout) as error:
        raise explained(error) from error


def among(connection: Connection, column: Column[Any], values: Iterable[Any]) -> ColumnElement[bool]:
    """`column IN (values)`, the values as one parameter: one statement for any number, compiled once."""
    if connection.dialect.name == "sqlite":
        given = func.json_each(_json(list(values))).table_valued("value")
        return column.in_(select(given.c.value))
    return column == any_(literal(list(values), ARRAY(column.type)))


def insert_into(connection: Connection, table: Table) -> Any:
    """An `INSERT` that can say what to do `on_conflict_…`: each dialect has its own, and loads only where it is used."""
    return import_module(f"sqlalchemy.dialects.{connection.dialect.name}").insert(table)


def is_given(column: ColumnElement[Any], dialect: str) -> ColumnElement[bool]:
    """The same for a statement that is made once: its values come with `given` when it is run."""
    if dialect == "sqlite":
        return column.in_(select(func.json_each(bindparam("given", type_=Text)).table_valued("value").c.value))
    return column == any_(bindparam("given", type_=ARRAY(column.type)))


def given(connection: Connection, values: list[Any]) -> dict[str, Any]:
    """The parameter of a statement made with `is_given`."""
    return {"given": _json(values) if connection.dialect.name == "sqlite" else values}


_ONE_LOOK: Final = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
"""What PostgreSQL must be told, or each statement sees what others have written since the one before it."""


class _Looks(local):
    """The look this thread shares, by engine."""

    def __init__(self) -> None:
        self.held: dict[Engine, Connection] = {}


_looks = _Looks()


@contextmanager
def one_look(made: Engine) -> Iterator[None]:
    """Within the block all `reading` of this thread is one look: one transaction instead of many.

    What the block itself writes is not seen by it.
    """
    with reading(made) as connection:
        _looks.held[made] = connection
        try:
            yield
        finally:
            del _looks.held[made]


@contextmanager
def reading(made: Engine) -> Iterator[Connection]:
    """One consistent look, taking no write lock.

    Raises: UnavailableError as `transaction` does.
    """
    if made in _looks.held:
        yield _looks.held[made]
        return
    options = _ONE_LOOK if made.dialect.name == "postgresql" else {"reading": True}
    with _in_words(), made.connect().execution_options(**options) as connection, connection.begin():
        yield connection
