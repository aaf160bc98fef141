"""The schema's versions: from empty and back, on both databases, agreeing with the records."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect
from sqlmodel import SQLModel

from deployments.migrating import MIGRATIONS, current, downgrade, migrate, newest, upgrade
from models import tables
from models.errors import UnavailableError
from models.settings import settings_from
from tasks import database
from tasks.database import make_engine, reading, transaction

assert tables


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request, tmp_path):
    url = f"sqlite:///{tmp_path / 'a.sqlite'}" if request.param == "sqlite" else request.getfixturevalue("postgres_url")
    made = make_engine(url)
    yield made
    made.dispose()


def test_up_down_and_up_again(engine):
    assert current(engine) is None
    upgrade(engine)
    first = set(inspect(engine).get_table_names())
    assert first >= set(SQLModel.metadata.tables)
    downgrade(engine, "base")
    assert set(inspect(engine).get_table_names()) <= {"alembic_version"}
    upgrade(engine)
    upgrade(engine)
    assert current(engine) == newest()
    assert set(inspect(engine).get_table_names()) == first


def test_the_schema_is_the_one_the_records_describe(engine):
    upgrade(engine)
    with reading(engine) as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, SQLModel.metadata) == []


def test_whoever_comes_second_waits_and_finds_it_done(home):
    settings = settings_from({"BANLI_HOME": str(home)})
    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(lambda _: migrate(settings), range(4))) == {newest()}


def test_of_several_machines_on_one_postgresql_one_migrates(tmp_path, postgres_url):
    homes = [settings_from({"BANLI_HOME": str(tmp_path / name), "BANLI_DATABASE_URL": postgres_url}) for name in "abcd"]
    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(migrate, homes)) == {newest()}
    database.engine(postgres_url).dispose()


def test_a_home_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(UnavailableError, match="建不了数据目录"):
        migrate(settings_from({"BANLI_HOME": str(tmp_path / "file" / "home")}))


def test_a_database_a_newer_program_has_upgraded_is_left_alone(engine):
    upgrade(engine)
    with transaction(engine) as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(UnavailableError, match=r"更新版本的程序升级（版本 9999.*请换用新版本的程序"):
        upgrade(engine)
    assert current(engine) == "9999"


STANDSTILL = {"0003", "0005"}
"""Versions that old programs cannot write to: everything stands still while they come (docs/operations.md, Upgrade)."""


def test_no_version_demands_what_the_program_before_it_does_not_write(tmp_path):
    """Between two versions a column that comes along may stay empty, and none goes away that was written."""
    versions = [one.revision for one in ScriptDirectory(str(MIGRATIONS)).walk_revisions()][::-1]
    made = make_engine(f"sqlite:///{tmp_path / 'a.sqlite'}")
    before: dict[str, set[str]] = {}
    for version in versions:
        upgrade(made, version)
        now = {table: inspect(made).get_columns(table) for table in inspect(made).get_table_names()}
        for table, columns in before.items():
            assert columns <= {one["name"] for one in now[table]}, (version, table)
            demanded = {one["name"] for one in now[table] if not (one["nullable"] or one["default"])}
            assert demanded <= columns or version in STANDSTILL, (version, table, demanded - columns)
        before = {table: {one["name"] for one in columns} for table, columns in now.items()}
    made.dispose()
