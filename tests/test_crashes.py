"""Killed at any moment, on a full or read-only disk, without its server: a clear sentence or a clean restart."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from builders import LEAD, OFFICE, day, proposed
from crashing import COUNT, batches
from desk import Desk
from sqlalchemy import event

from deployments.processes import Processes, answers, free_port
from models import actions as a
from models import tables as t
from models.errors import UnavailableError
from models.vocabulary import Stage
from tasks.database import make_engine, transaction

HERE = Path(__file__).parent


@pytest.fixture
def office_of_its_own(office, home) -> Iterator[tuple[Desk, Callable[[], int], Callable[[], int]]]:
    """Its records, a way to start a worker on them, and a way to learn how that ended."""
    with subprocess.Popen(
        [sys.executable, str(HERE / "crashing.py")],
        env={**os.environ, "PYTHONPATH": str(HERE.parent)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None

        def start() -> int:
            process.stdin.write("work\n")
            process.stdin.flush()
            return int(process.stdout.readline())

        yield Desk(office), start, lambda: int(process.stdout.readline())
        process.stdin.close()


@pytest.mark.slow
def test_killed_at_any_moment_every_case_is_whole_and_the_rest_follows(office_of_its_own):
    """The worker is killed while it records; then it starts again with the same keys, until it gets through."""
    desk, start, ended = office_of_its_own
    lengths, ends, latest = [0], [], 0.02
    for seed in range(20):
        number = start()
        time.sleep(random.Random(seed).uniform(0.0, latest))
        with suppress(ProcessLookupError):  # it was through already
            os.kill(number, signal.SIGKILL)
        ends.append(ended())
        desk.assert_whole()
        lengths.append(len(desk.rows(t.HistoryRow)))
        latest *= 1.5 if lengths[-1] == lengths[-2] else 1.0  # a busy machine comes no further in that time
    assert lengths == sorted(lengths)
    assert lengths[-1] > 0
    assert ends.count(-signal.SIGKILL) >= 5
    start()
    assert ended() == 0
    desk.assert_whole()
    assert {row.stage for row in desk.rows(t.CaseRow)} == {Stage.CLOSED}
    assert len(desk.rows(t.CaseRow)) == COUNT
    assert len(desk.rows(t.IdempotencyKeyRow)) == sum(len(batch) for _, batch in batches())


@pytest.mark.sqlite
def test_a_full_disk_is_named_and_nothing_is_half_applied(office):
    desk = Desk(office)
    desk.do(day(1, 21), proposed())

    @event.listens_for(office, "begin")
    def _full(connection):
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")

    batch = [a.Accept(case="0001", by=OFFICE), *(proposed(f"{n:04}", text="长" * 100_000) for n in range(2, 9))]
    with pytest.raises(UnavailableError, match=r"磁盘已满.没有写入任何内容。请腾出空间后重试。"):
        desk.ask(day(2, 2), *batch)
    event.remove(office, "begin", _full)
    office.dispose()
    desk.assert_whole()
    assert (desk.case().stage, len(desk.rows(t.CaseRow))) == (Stage.SUBMITTED, 1)
    desk.do(day(2, 2), *batch)
    assert len(desk.rows(t.CaseRow)) == 8


@pytest.mark.sqlite
def test_a_read_only_database_is_named(office, home):
    desk = Desk(office)
    desk.do(day(1, 21), proposed())
    office.dispose()
    engine = make_engine(f"sqlite:///file:{home / 'banli.sqlite'}?mode=ro&uri=true")
    with pytest.raises(UnavailableError, match=r"数据库是只读的.没有写入任何内容"):
        Desk(engine).ask(day(2, 2), a.Accept(case="0001", by=OFFICE))
    engine.dispose()
    assert desk.case().stage is Stage.SUBMITTED


def test_a_database_that_is_not_there_or_not_ready_is_named(tmp_path):
    nowhere = make_engine(f"sqlite:///{tmp_path / 'no' / 'folder.sqlite'}")
    with pytest.raises(UnavailableError, match=r"打不开数据库。请检查 BANLI_HOME"):
        Desk(nowhere).ask(day(1, 21), proposed())
    empty = make_engine(f"sqlite:///{tmp_path / 'empty.sqlite'}")
    with pytest.raises(UnavailableError, match=r"数据库还没有建好。请先运行 banli up"):
        Desk(empty).ask(day(1, 21), proposed())
    empty.dispose()


def test_a_damaged_database_is_named(tmp_path):
    path = tmp_path / "banli.sqlite"
    path.write_bytes(b"SQLite format 3\x00" + os.urandom(8192))
    broken = make_engine(f"sqlite:///{path}")
    with pytest.raises(UnavailableError, match=r"数据库文件已损坏"):
        Desk(broken).ask(day(1, 21), proposed())
    broken.dispose()


def test_a_program_that_still_runs_works_on_the_next_version(office):
    """During an upgrade the old pages answer on the new schema: tables and columns may be added, none is demanded."""
    desk = Desk(office)
    desk.walk(Stage.ASSIGNED, "0001")
    with transaction(office) as connection:
        connection.exec_driver_sql("CREATE TABLE from_tomorrow (id INTEGER PRIMARY KEY)")
        for table in ("cases", "history", "notices", "clocks", "drafts"):
            connection.exec_driver_sql(f"ALTER TABLE {table} ADD COLUMN from_tomorrow TEXT")
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    desk.do(day(2, 26), a.SignFor(case="0001", by=LEAD))
    desk.walk(Stage.CLOSED, "0002")
    desk.assert_whole()


@pytest.mark.sqlite
def test_a_database_another_process_holds_is_waited_for_and_then_named(office, monkeypatch):
    desk = Desk(office)
    holder = make_engine(str(office.url))
    with holder.begin():
        event.listen(office, "connect", lambda raw, _record: raw.execute("PRAGMA busy_timeout=50"))
        office.dispose()
        with pytest.raises(UnavailableError, match=r"数据库正忙.没有写入任何内容。请稍后重试。"):
            desk.ask(day(1, 21), proposed())
    holder.dispose()
    desk.do(day(1, 21), proposed())


@pytest.mark.slow
def test_the_server_gone_in_the_middle_of_a_batch_loses_nothing(office, tmp_path, monkeypatch):
    """The first chunk is recorded, then the server dies; a sentence says so, and the same batch ends it elsewhere."""
    from prefect.settings import (  # noqa: PLC0415 - a second that only this test needs
        PREFECT_API_URL,
        PREFECT_CLIENT_MAX_RETRIES,
        temporary_settings,
    )

    from flows import recording as step  # noqa: PLC0415
    from flows.registry import perform_all  # noqa: PLC0415
    from tasks import recording  # noqa: PLC0415

    url = f"http://127.0.0.1:{free_port(0)}/api"
    port = url.rpartition(":")[2].removesuffix("/api")
    command = (sys.executable, "-m", "prefect", "server", "start", "--host", "127.0.0.1", "--port", port)
    batch = [proposed(f"{n:04}", key=f"收-{n}") for n in range(1, 7)]
    monkeypatch.setattr(step, "CHUNK", 2)
    recorded = recording.record
    with Processes(tmp_path / "logs", {"PREFECT_HOME": str(tmp_path / "prefect")}) as processes:
        server = processes.start("server", command)
        processes.wait_until(lambda: answers(f"{url}/health"), "Prefect")

        def and_then_the_server_dies(engine, actions):
            outcomes = recorded(engine, actions)
            if server.process.poll() is None:
                os.killpg(server.process.pid, signal.SIGKILL)
                server.process.wait()
            return outcomes

        monkeypatch.setattr(recording, "record", and_then_the_server_dies)
        settings = {PREFECT_API_URL: url, PREFECT_CLIENT_MAX_RETRIES: 0}
        with temporary_settings(updates=settings), pytest.raises(UnavailableError, match=r"Prefect 服务没有回答"):
            perform_all(batch)
    monkeypatch.setattr(recording, "record", recorded)
    desk = Desk(office)
    desk.assert_whole()
    before = len(desk.rows(t.CaseRow))
    assert before >= 2
    outcomes = desk.do(day(1, 21), *batch)
    assert [one.result for one in outcomes] == ["已办过"] * before + ["已办理"] * (len(batch) - before)
    desk.assert_whole()
