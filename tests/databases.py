"""Where the offices of a test run keep their records: files of SQLite, or databases of one PostgreSQL for all."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy import Connection, NullPool, create_engine, inspect, make_url, text

from tasks.database import engine

ON_POSTGRES = os.environ.get("BANLI_TEST_DATABASE", "sqlite") == "postgresql"
CARELESS = ("fsync", "synchronous_commit", "full_page_writes")
"""What PostgreSQL does for the day its machine loses power, which no test waits for; without it the suite is shorter."""


class Databases(Protocol):
    """Empty databases and copies, each at a path of the test that asked; on PostgreSQL the path only names it."""

    def empty(self, at: Path) -> str: ...

    def copy(self, url: str, at: Path) -> str:
        """Nobody may be connected to what is copied."""
        ...

    def drop(self, below: Path) -> None:
        """What was made for paths below this one is needed no more."""
        ...


class Files:
    """SQLite; pytest takes its folders away."""

    def empty(self, at: Path) -> str:
        return f"sqlite:///{at}"

    def copy(self, url: str, at: Path) -> str:
        shutil.copyfile(url.removeprefix("sqlite:///"), at)
        return self.empty(at)

    def drop(self, below: Path) -> None:
        pass


class Server:
    """PostgreSQL; a copy (CREATE DATABASE … TEMPLATE) takes 25 ms, the migrations a second."""

    def __init__(self, admin: Connection) -> None:
        self._admin = admin
        self._made: dict[Path, str] = {}
        self._number = count(1)

    def empty(self, at: Path) -> str:
        return self._create(at, "")

    def copy(self, url: str, at: Path) -> str:
        return self._create(at, f" TEMPLATE {make_url(url).database}")

    def drop(self, below: Path) -> None:
        for at in [at for at in self._made if at.is_relative_to(below)]:
            self._say(f"DROP DATABASE {self._made.pop(at)} WITH (FORCE)")

    def _create(self, at: Path, how: str) -> str:
        self.drop(at)
        name = self._made[at] = f"banli_{next(self._number)}"
        self._say(f"CREATE DATABASE {name}{how}")
        return self._admin.engine.url.set(database=name).render_as_string(hide_password=False)

    def _say(self, statement: str) -> None:
        self._admin.execute(text(statement))


@contextmanager
def server(url: str) -> Iterator[Server]:
    """The databases of a PostgreSQL the test run has to itself."""
    made = create_engine(
        make_url(url).set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT", poolclass=NullPool
    )
    with made.connect() as admin:
        for name in CARELESS:
            admin.execute(text(f"ALTER SYSTEM SET {name} = off"))
        admin.execute(text("SELECT pg_reload_conf()"))
        yield Server(admin)


def rows(url: str, statement: str) -> list[tuple[Any, ...]]:
    """What a statement answers, past all our code."""
    with engine(url).connect() as connection:
        return [tuple(row) for row in connection.exec_driver_sql(statement)]


def say(url: str, *statements: str) -> None:
    """Change an office's records behind its back; SQLite then checks no references."""
    with create_engine(url, poolclass=NullPool).begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)


def everything(url: str) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table, to see that nothing changed."""
    return {
        name: sorted(rows(url, f"SELECT * FROM {name}"), key=repr) for name in inspect(engine(url)).get_table_names()
    }
