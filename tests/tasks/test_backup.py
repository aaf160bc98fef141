"""Everything that cannot be made again is copied whole while the office works, and comes back as it was."""

import json
import os
import shutil
import sqlite3
from datetime import UTC, datetime
from threading import Event, Thread

import pytest
from builders import day, proposed
from databases import ON_POSTGRES
from desk import Desk
from sqlalchemy import text

from deployments.migrating import current, newest
from models.errors import InputError, UnavailableError
from models.settings import settings_from
from tasks.backup import CASES_DUMP, CASES_SQLITE, back_up, read_backup, restore
from tasks.database import make_engine, reading
from tasks.history_reading import verify_history

AT = datetime(2026, 3, 2, 1, tzinfo=UTC)
CASES = CASES_DUMP if ON_POSTGRES else CASES_SQLITE


@pytest.fixture
def settings(home, request):
    if ON_POSTGRES:
        request.getfixturevalue("tools")
        request.getfixturevalue("engine")
    return settings_from(os.environ)


def test_a_copy_made_while_others_write_is_whole(office, home, settings, databases, tmp_path):
    desk = Desk(office)
    desk.do(day(1, 21), *(proposed(f"{n:04}") for n in range(1, 30)))
    (home / "web.key").write_text("secret")
    (home / "logs").mkdir()
    stop = Event()

    def write() -> None:
        number = 100
        while not stop.is_set():
            desk.do(day(1, 21), proposed(f"{number:04}"))
            number += 1

    writer = Thread(target=write)
    writer.start()
    try:
        made = back_up(settings, tmp_path / "copy", at=AT)
    finally:
        stop.set()
        writer.join()
    assert {CASES, "web.key", "policies/yunling.toml"} <= set(made.files)
    assert not any(name.startswith(("logs", "banli.sqlite-")) for name in made.files)
    assert made.size_bytes > 0
    url = databases.empty(tmp_path / "other" / "banli.sqlite")
    other = settings_from({"BANLI_HOME": str(tmp_path / "other"), "BANLI_DATABASE_URL": url})
    restore(other, read_backup(tmp_path / "copy"), aside=None)
    engine = make_engine(other.database_url)
    report = verify_history(engine)
    engine.dispose()
    assert report.cases >= 29
    assert report.breaks == ()
    assert (tmp_path / "other" / "web.key").read_text() == "secret"
    databases.drop(tmp_path / "other")


def test_what_is_there_is_moved_aside_and_never_overwritten(office, home, settings, tmp_path):
    made = back_up(settings, tmp_path / "copy", at=AT)
    with pytest.raises(InputError, match="--replace"):
        restore(settings, made, aside=None)
    with pytest.raises(InputError, match="已有内容"):
        back_up(settings, tmp_path / "copy", at=AT)
    (home / "mine.txt").write_text("x")
    restore(settings, made, aside=tmp_path / "aside")
    assert (tmp_path / "aside" / "mine.txt").exists()
    assert current(office) == newest()


def test_a_damaged_backup_is_refused(office, settings, tmp_path):
    back_up(settings, tmp_path / "copy", at=AT)
    (tmp_path / "copy" / CASES).write_bytes(b"x")
    with pytest.raises(InputError, match="与备份时不同"):
        read_backup(tmp_path / "copy")
    with pytest.raises(InputError, match="不是完整的备份"):
        read_backup(tmp_path)
    manifest = tmp_path / "copy" / "manifest.json"
    manifest.write_text(json.dumps({"made_at": AT.isoformat(), "files": {f"../copy/{CASES}": ""}}))
    with pytest.raises(InputError):
        read_backup(tmp_path / "copy")


@pytest.mark.sqlite
def test_a_broken_database_is_not_backed_up(home, settings, tmp_path):
    home.mkdir()
    (home / "banli.sqlite").write_bytes(b"not a database" * 100)
    with pytest.raises(UnavailableError, match="备份不了"):
        back_up(settings, tmp_path / "copy", at=AT)
    (home / "banli.sqlite").unlink()
    with pytest.raises(InputError, match="没有案件数据库"):
        back_up(settings, tmp_path / "copy2", at=AT)


@pytest.mark.sqlite
def test_a_disk_on_which_nothing_can_be_made_any_more_is_still_backed_up(office, home, tmp_path):
    """As after the power went on a disk that comes back read-only: the log beside the database holds the last cases."""
    desk = Desk(office)
    desk.do(day(1, 21), *(proposed(f"{n:04}") for n in range(1, 4)))
    left = tmp_path / "left"
    left.mkdir()
    for name in ("banli.sqlite", "banli.sqlite-wal"):
        shutil.copyfile(home / name, left / name)
    assert (left / "banli.sqlite-wal").stat().st_size > 0
    # What SQLite needs beside the database cannot be made.
    (left / "banli.sqlite-shm").symlink_to(tmp_path / "nowhere" / "file")
    found = settings_from({"BANLI_HOME": str(left)})
    with pytest.raises(UnavailableError, match=r"打不开数据库|写不进磁盘"):
        Desk(make_engine(found.database_url)).case()
    back_up(found, tmp_path / "copy", at=AT)
    assert not list((tmp_path / "copy").glob("banli.sqlite-*"))
    other = settings_from({"BANLI_HOME": str(tmp_path / "other")})
    restore(other, read_backup(tmp_path / "copy"), aside=None)
    engine = make_engine(other.database_url)
    report = verify_history(engine)
    engine.dispose()
    assert (report.cases, report.breaks) == (3, ())


def test_prefects_own_database_comes_along(office, home, settings, tmp_path):
    (home / "prefect").mkdir()
    with sqlite3.connect(home / "prefect" / "prefect.db") as connection:
        connection.execute("CREATE TABLE runs (id)")
    connection.close()
    made = back_up(settings, tmp_path / "copy", at=AT)
    assert "prefect/prefect.db" in made.files


def test_postgresql_is_dumped_and_restored_by_its_own_tools(postgres_url, tools, tmp_path, monkeypatch):
    found = settings_from({"BANLI_HOME": str(tmp_path / "home"), "BANLI_DATABASE_URL": postgres_url})
    (tmp_path / "home").mkdir()
    with monkeypatch.context() as patch:
        patch.setenv("PATH", "/nowhere")
        with pytest.raises(UnavailableError, match="没有找到 pg_dump"):
            back_up(found, tmp_path / "none", at=AT)
    engine = make_engine(postgres_url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE kept (n integer)"))
        connection.execute(text("INSERT INTO kept VALUES (7)"))
    made = back_up(found, tmp_path / "copy", at=AT)
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM kept"))
    (tmp_path / "home" / "x").write_text("")
    restore(found, made, aside=tmp_path / "aside")
    with reading(engine) as connection:
        assert connection.scalar(text("SELECT n FROM kept")) == 7
    engine.dispose()
