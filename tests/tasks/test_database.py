"""One transaction, all or nothing; instants and words as both databases keep them."""

import traceback
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Column, Integer, MetaData, Table, create_engine, insert, select, text
from sqlalchemy.exc import DBAPIError, StatementError

from models.columns import UtcDateTime, Word
from models.errors import UnavailableError
from models.vocabulary import Stage
from tasks import database
from tasks.database import make_engine, reading, transaction

METADATA = MetaData()
THINGS = Table(
    "things", METADATA, Column("id", Integer, primary_key=True), Column("at", UtcDateTime), Column("stage", Word(Stage))
)


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request, tmp_path):
    url = (
        f"sqlite:///{tmp_path / 'things.sqlite'}"
        if request.param == "sqlite"
        else request.getfixturevalue("postgres_url")
    )
    made = make_engine(url)
    METADATA.create_all(made)
    yield made
    made.dispose()


def test_an_error_takes_everything_back(engine):
    def write_and_fail(connection):
        connection.execute(insert(THINGS), [{"id": 1}])
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), transaction(engine) as connection:
        write_and_fail(connection)
    with reading(engine) as connection:
        assert connection.execute(select(THINGS)).all() == []


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seconds=st.integers(-2_000_000_000, 4_000_000_000), micros=st.integers(0, 999_999), hours=st.integers(-12, 14))
def test_an_instant_comes_back_as_the_same_instant_in_utc(engine, seconds, micros, hours):
    at = datetime.fromtimestamp(seconds, timezone(timedelta(hours=hours))).replace(microsecond=micros)
    with transaction(engine) as connection:
        connection.execute(THINGS.delete())
        connection.execute(insert(THINGS), [{"id": 1, "at": at}])
    with reading(engine) as connection:
        back = connection.scalar(select(THINGS.c.at))
    assert (back, back.tzinfo) == (at, UTC)


def test_instants_compare_in_the_database_as_they_do_outside(engine):
    noon = datetime(2026, 3, 1, 12, tzinfo=UTC)
    elsewhere = noon.astimezone(timezone(timedelta(hours=8)))
    with transaction(engine) as connection:
        connection.execute(insert(THINGS), [{"id": 1, "at": noon}, {"id": 2, "at": noon + timedelta(seconds=1)}])
        assert connection.scalars(select(THINGS.c.id).where(THINGS.c.at <= elsewhere)).all() == [1]


def test_nothing_is_nothing(engine):
    with transaction(engine) as connection:
        connection.execute(insert(THINGS), [{"id": 1, "at": None, "stage": None}])
        assert connection.execute(select(THINGS)).one()[1:] == (None, None)


def test_a_naive_instant_is_refused(engine):
    with pytest.raises(StatementError, match="an instant needs a time zone"), transaction(engine) as connection:
        connection.execute(insert(THINGS), [{"id": 1, "at": datetime(2026, 1, 1)}])  # noqa: DTZ001 - that is the point


def test_a_word_is_stored_as_itself_and_a_strange_one_refused(engine):
    with transaction(engine) as connection:
        connection.execute(insert(THINGS), [{"id": 1, "stage": Stage.HANDLING}])
        assert connection.scalar(text("SELECT stage FROM things")) == "办理中"
        assert connection.scalar(select(THINGS.c.stage)) is Stage.HANDLING
    with pytest.raises(StatementError), transaction(engine) as connection:
        connection.execute(insert(THINGS), [{"id": 2, "stage": "在途"}])


def test_two_that_insert_the_same_are_told_to_try_again(engine):
    with pytest.raises(UnavailableError, match="相冲突"), transaction(engine) as connection:
        connection.execute(insert(THINGS), [{"id": 1}, {"id": 1}])


def test_a_mistake_of_ours_is_not_passed_off_as_the_database_s(engine):
    with pytest.raises(DBAPIError, match="syntax"), transaction(engine) as connection:
        connection.execute(text("SELEC at FROM things"))


def test_an_error_says_nothing_of_the_values(engine):
    statement = insert(Table("nowhere", MetaData(), Column("phone", Integer)))
    rows = [{"phone": 13955501000 + number} for number in range(2)]
    with pytest.raises(UnavailableError) as raised, transaction(engine) as connection:
        connection.execute(statement, rows)
    said = "".join(traceback.format_exception(raised.value))
    assert "INSERT INTO nowhere" in said
    assert "1395550100" not in said


def test_sqlite_keeps_what_it_was_told_to_keep(tmp_path):
    made = make_engine(f"sqlite:///{tmp_path / 'a.sqlite'}")
    with reading(made) as connection:
        kept = [
            connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        ]
    assert kept == ["wal", 2, 1]
    made.dispose()


def test_a_reader_does_not_wait_for_a_writer(tmp_path):
    made = make_engine(f"sqlite:///{tmp_path / 'a.sqlite'}")
    METADATA.create_all(made)
    with transaction(made) as writer:
        writer.execute(insert(THINGS), [{"id": 1}])
        with reading(made) as reader:
            assert reader.execute(select(THINGS)).all() == []
    made.dispose()


def test_a_postgresql_that_is_not_there_is_named():
    nowhere = make_engine("postgres://nobody@127.0.0.1:1/none")
    assert nowhere.url.drivername == "postgresql+psycopg"
    with pytest.raises(UnavailableError, match="连不上数据库"), reading(nowhere):
        pass


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_database_of_another_version_is_not_said_to_be_missing(kind, tmp_path, request):
    url = f"sqlite:///{tmp_path / 'a.sqlite'}" if kind == "sqlite" else request.getfixturevalue("postgres_url")
    made = make_engine(url)
    METADATA.create_all(made)
    with pytest.raises(UnavailableError, match=r"不是同一个版本.*banli init"), reading(made) as connection:
        connection.execute(select(text("added_since")).select_from(THINGS))
    with pytest.raises(UnavailableError, match="还没有建好"), reading(made) as connection:
        connection.execute(text("SELECT 1 FROM not_yet_there"))
    made.dispose()


def test_a_process_has_one_engine_for_its_office(home):
    url = f"sqlite:///{home / 'banli.sqlite'}"
    assert database.engine() is database.engine() is database.engine(url)
    assert str(database.engine().url) == url
    database.close()
    assert str(database.engine(url).url) == url


def test_a_look_is_one_moment(engine):
    with transaction(engine) as connection:
        connection.execute(insert(THINGS), [{"id": 1}])
    with reading(engine) as look:
        assert look.scalars(select(THINGS.c.id)).all() == [1]
        with transaction(engine) as connection:
            connection.execute(insert(THINGS), [{"id": 2}])
        assert look.scalars(select(THINGS.c.id)).all() == [1]
    with reading(engine) as look:
        assert len(look.scalars(select(THINGS.c.id)).all()) == 2


def test_postgresql_looks_without_writing(postgres_url):
    made = make_engine(postgres_url)
    METADATA.create_all(made)
    with pytest.raises(UnavailableError, match="只读"), reading(made) as look:
        look.execute(insert(THINGS), [{"id": 1}])
    with transaction(made) as connection:  # the same connection writes again
        connection.execute(insert(THINGS), [{"id": 1}])
    made.dispose()


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("23505", "相冲突"),
        ("40P01", "正忙"),
        ("55P03", "正忙"),
        ("42P01", "还没有建好"),
        ("42703", "不是同一个版本"),
        ("42501", "没有这项权限"),
        ("25006", "是不是主库"),
        ("53100", "磁盘已满"),
        ("53300", "连接已经用完"),
        ("57P01", "连不上数据库"),
    ],
)
def test_postgresql_may_say_it_in_its_own_language(postgres_url, code, words):
    made = make_engine(postgres_url)
    with pytest.raises(UnavailableError, match=words), transaction(made) as connection:
        connection.exec_driver_sql(f"DO $$ BEGIN RAISE EXCEPTION '在本地语言里说' USING ERRCODE = '{code}'; END $$")
    made.dispose()


def test_a_database_that_was_not_made_is_named(postgres_url):
    made = make_engine(postgres_url.replace("/banli_", "/nobody_made_"))
    with pytest.raises(UnavailableError, match="createdb"), reading(made):
        pass
    made.dispose()


def test_a_lock_on_postgresql_is_waited_for_no_longer_than_on_sqlite(postgres_url):
    made = make_engine(postgres_url)
    METADATA.create_all(made)

    def write_when_it_is_free():
        with transaction(made) as connection:
            assert connection.scalar(text("SHOW lock_timeout")) == f"{database.WAIT_SECONDS}s"
            connection.exec_driver_sql("SET LOCAL lock_timeout = '50ms'")
            connection.execute(insert(THINGS), [{"id": 1}])

    with transaction(made) as holder:
        holder.exec_driver_sql("LOCK TABLE things")
        with pytest.raises(UnavailableError, match="正忙"):
            write_when_it_is_free()
    made.dispose()


def test_more_at_once_than_connections_is_busy_and_no_traceback(postgres_url):
    made = create_engine(postgres_url, pool_size=1, max_overflow=0, pool_timeout=0.05)
    with reading(made), pytest.raises(UnavailableError, match="正忙"), reading(made):
        pass
    made.dispose()
