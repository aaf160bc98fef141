"""What machines do to an office: a page of the database goes bad, the disk takes no more, the clock jumps."""

import resource
import sqlite3
from contextlib import closing, contextmanager
from datetime import date, timedelta

import pytest
from builders import proposed

from models import actions as a
from models.errors import UnavailableError
from tasks import clock, database
from tasks.auditing import Scene, audit
from tasks.deadlines import sweep
from tasks.history_reading import verify_history
from tasks.recording import record

PAGE = 4096
SESSION = "云溪市政协六届二次会议"


def spoil(file, table):
    """Overwrite the pages of a table with what a failing disk might return."""
    database.engine(f"sqlite:///{file}").dispose()
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        (root,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", (table,)).fetchone()
    with file.open("r+b") as content:
        content.seek((root - 1) * PAGE)
        content.write(bytes(range(256)) * (PAGE // 256))


@pytest.mark.sqlite
@pytest.mark.parametrize("table", ["history", "ix_cases_stage", "notices"])
def test_a_page_gone_bad_is_found_and_the_backup_brings_everything_back(banli, office, tmp_path, table):
    assert banli("backup", tmp_path / "copy").code == 0
    before = verify_history(database.engine(office.database_url))
    spoil(office.home / "banli.sqlite", table)
    ended = banli("doctor", "--json")
    checks = {one["name"]: one for one in ended.document["checks"]}
    assert ended.code == 1
    assert checks["数据库完整"]["health"] == "异常"
    assert "banli restore 备份目录 --replace" in checks["数据库完整"]["remedy"]
    database.engine(office.database_url).dispose()
    assert banli("restore", tmp_path / "copy", "--replace").code == 0
    assert banli("doctor").code == 0
    assert verify_history(database.engine(office.database_url)) == before


@pytest.mark.sqlite
def test_reading_a_page_gone_bad_ends_in_a_sentence(banli, office):
    spoil(office.home / "banli.sqlite", "history")
    for command in ("audit", "history"):
        ended = banli(command, *(["verify"] if command == "history" else []))
        assert ended.code == 3
        assert "数据库文件已损坏" in ended.err
        assert "banli doctor" in ended.err


@contextmanager
def files_end_at(size):
    """The operating system lets no file of this process grow beyond that."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.sqlite
def test_a_disk_that_takes_no_more_is_named_and_nothing_is_half_written(office):
    engine = database.engine(office.database_url)
    before = verify_history(engine)
    long = [proposed(f"1{n:03}", session=SESSION, text="长" * 100_000) for n in range(5)]
    with files_end_at(1 << 19), pytest.raises(UnavailableError, match=r"没有写入任何内容。请"):
        record(engine, [a.Accept(case="0001"), *long])
    engine.dispose()
    assert verify_history(engine) == before
    assert [one.result for one in record(engine, [a.Accept(case="0001")])] == ["已办理"]


def test_a_clock_that_jumps_ahead_and_back_loses_and_repeats_nothing(office):
    """Between two batches the machine's clock is a year ahead for a moment, then a week behind."""
    engine = database.engine(office.database_url)
    today = date(2026, 6, 10)

    def at(day, *actions):
        with clock.moved_to(clock.morning_of(day)):
            swept = sweep(engine, today=day, at=clock.now())
            return record(engine, actions), swept.notices

    (first,), _ = at(today, a.Accept(case="0001"))
    (second,), ahead = at(today + timedelta(days=400), a.Assign(case="0002", lead="教育局"))
    (third, fourth), behind = at(
        today - timedelta(days=7),
        a.SignFor(case="0002", by=a.Actor(role="主办单位", name="赵科长", agency="教育局")),
        a.Assign(case="0001", lead="交通局"),
    )
    (again,), _ = at(today + timedelta(days=400), a.Accept(case="0001", key=first.key))
    _, once_more = at(today + timedelta(days=400))
    assert [one.result for one in (first, second, third, fourth, again)] == ["已办理"] * 4 + ["已办过"]
    assert (ahead > 0, behind, once_more) == (True, 0, 0)
    assert verify_history(engine).breaks == ()
    found = audit(Scene(engine, office.site, clock.morning_of(today - timedelta(days=7)))).findings
    assert {one.rule for one in found} <= {"通知及时"}
