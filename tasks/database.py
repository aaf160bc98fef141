"""The one module that opens and commits (数据库)."""

from __future__ import annotations

import os
import re
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache
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
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError

from models.errors import Fault, UnavailableError
from models.settings import settings_from

IN_CHUNK = 500
"""Values in one IN (…); small enough for every SQLite."""


def _json(value: Any) -> str:
    return orjson.dumps(value).decode()


_KEPT: Final[dict[str, Any]] = {"json_serializer": _json, "json_deserializer": orjson.loads, "hide_parameters": True}
"""JSON columns keep Chinese as it is, half as long as escaped; an error tells no values."""


@cache
def engine(url: str | None = None) -> Engine:
    """The engine of this office's database, made once per process and URL."""
    return make_engine(url or settings_from(os.environ).database_url)


def make_engine(url: str) -> Engine:
    """SQLite in WAL mode with synchronous=FULL, transactions that take the write lock at once; PostgreSQL as it is.

    An error tells its statement without the values: contacts are among them, and errors are logged.
    """
    if not url.startswith("sqlite"):
        if url.startswith(("postgresql://", "postgres://")):
            url = "postgresql+psycopg://" + url.split("://", 1)[1]
        return create_engine(url, pool_pre_ping=True, **_KEPT)
    made = create_engine(url, connect_args={"timeout": 30}, **_KEPT)

    @event.listens_for(made, "connect")
    def _configure(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=30000"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(made, "begin")
    def _begin(connection: Connection) -> None:
        reading = connection.get_execution_options().get("reading", False)
        connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")

    return made


@contextmanager
def transaction(made: Engine) -> Iterator[Connection]:
    """One transaction: all of it or nothing.

    Raises: UnavailableError when the database cannot be reached, is full, read-only or stays locked.
    """
    try:
        with made.begin() as connection:
            yield connection
    except DBAPIError as error:
        raise _explained(error) from error


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
    try:
        with made.connect().execution_options(reading=True) as connection, connection.begin():
            yield connection
    except DBAPIError as error:
        raise _explained(error) from error


_OTHER_VERSION = ("数据库和程序不是同一个版本", "请运行 banli init 升级数据库；数据库更新的，请换用新版本的程序。")
_SENTENCES = (
    ("disk is full", "磁盘已满，没有写入任何内容", "请腾出空间后重试。"),
    ("disk i/o error", "写不进磁盘，没有写入任何内容", "请检查磁盘空间、配额和磁盘状况后重试。"),
    ("readonly", "数据库是只读的，没有写入任何内容", "请检查文件权限后重试。"),
    ("deadlock", "数据库正忙，没有写入任何内容", "请稍后重试。"),
    ("locked", "数据库正忙，没有写入任何内容", "请稍后重试。"),
    ("unable to open", "打不开数据库", "请检查 BANLI_HOME 或 BANLI_DATABASE_URL 是否正确、目录是否可写。"),
    ("no such table", "数据库还没有建好", "请先运行 banli up 或 banli init。"),
    ("no such column|column .* does not exist", *_OTHER_VERSION),
    ("does not exist", "数据库还没有建好", "请先运行 banli up 或 banli init。"),
    ("malformed", "数据库文件已损坏", "请运行 banli doctor 检查，并从备份恢复。"),
    ("not a database", "数据库文件已损坏", "请运行 banli doctor 检查，并从备份恢复。"),
)


def _explained(error: DBAPIError) -> Exception:
    """A database's own words as a sentence for people, where the cause lies outside our code."""
    said = str(error.orig).lower()
    if isinstance(error, IntegrityError) and "unique" in said:
        what = "与同时进行的另一次登记相冲突，没有写入任何内容"
        return UnavailableError(Fault("", what, "请重试一次。"))
    for sign, what, remedy in _SENTENCES:
        if re.search(sign, said):
            return UnavailableError(Fault("", what, remedy))
    if isinstance(error, OperationalError) and not isinstance(error.orig, sqlite3.Error):
        return UnavailableError(Fault("", "连不上数据库", "请检查数据库是否在运行，稍后重试。"))
    return error
