"""The schema's versions (数据库升级): whoever starts first brings it to the newest, everybody else waits and finds it."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, func, select

from models.errors import Fault, UnavailableError
from models.settings import Settings
from tasks.database import engine, reading, transaction

MIGRATIONS = Path(__file__).parent / "migrations"
_MIGRATING: Final = 0x62616E6C69
"""Our number among PostgreSQL's advisory locks: "banli" in ASCII."""


def migrate(settings: Settings) -> str:
    """Make the home folder and bring its database to the newest version; returns that version."""
    make_home(settings)
    made = engine(settings.database_url)
    with _one_at_a_time(settings):
        upgrade(made)
    return newest()


def make_home(settings: Settings) -> None:
    """Make the home folder. Raises: UnavailableError when it cannot be made."""
    try:
        settings.home.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        fault = Fault(str(settings.home), f"建不了数据目录（{error.strerror}）", "请检查 BANLI_HOME 和权限。")
        raise UnavailableError(fault) from error


def upgrade(made: Engine, revision: str = "head") -> None:
    """Run the migrations up to a revision, in one transaction; on PostgreSQL one at a time, from any machine.

    Raises: UnavailableError when a newer program has brought the database to a version this one does not know.
    """
    with transaction(made) as connection:
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql("SET LOCAL lock_timeout = 0")  # however long the one at work takes
            connection.execute(select(func.pg_advisory_xact_lock(_MIGRATING)))
        _refuse_newer(connection)
        command.upgrade(_config(connection), revision)


def _refuse_newer(connection: Connection) -> None:
    version = MigrationContext.configure(connection).get_current_revision()
    known = {one.revision for one in ScriptDirectory(str(MIGRATIONS)).walk_revisions()}
    if version is not None and version not in known:
        what = f"数据库已由更新版本的程序升级（版本 {version}，本程序到 {newest()}）"
        raise UnavailableError(
            Fault("", what, "请换用新版本的程序；要退回这一版，请恢复升级前的备份（banli restore）。")
        )


def downgrade(made: Engine, revision: str) -> None:
    """Run the migrations back to a revision (`base` for none)."""
    with transaction(made) as connection:
        command.downgrade(_config(connection), revision)


def newest() -> str:
    """The newest version there is."""
    head = ScriptDirectory(str(MIGRATIONS)).get_current_head()
    return head or ""


def current(made: Engine) -> str | None:
    """The version the database is at; None for an empty one."""
    with reading(made) as connection:
        return MigrationContext.configure(connection).get_current_revision()


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    return config


@contextmanager
def _one_at_a_time(settings: Settings) -> Iterator[None]:
    """One process of this machine at a time, however long a SQLite file takes; PostgreSQL has `upgrade`'s own lock."""
    if not settings.database_url.startswith("sqlite"):
        yield
        return
    with (settings.home / ".migrating.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
