"""How fast people at action pages are answered (办理页面的快慢): a real web process and a real Prefect server.

    .venv/bin/python benchmarks/posts.py [--at-once 1 50 500] [--people 300] [--processes 0] [--postgresql] [--json]

Every person has a case and a link of his own, opens the page and sends the form back (签收). Three ways to come:

- closed loop: so many at once, each presses as soon as he sees the page, and the next comes when one has gone
- burst: fifty have the page before them and press at the same instant
- readers: fifty people who each read five to ten seconds before they press, then take up the next case

The last round is run with the Prefect server killed; then it is started again and everything posted must have been
carried out. The client shares the machine with the servers; its own CPU is reported apart. Compare figures only within
one run.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import resource
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from measuring import new_database, postgresql
from posts_people import WAYS, Round

if TYPE_CHECKING:
    from deployments.processes import Child, Processes
    from models.settings import Settings

DAY = date(2026, 2, 26)
WARM = 40
SESSION, LEAD = "云岭市政协六届五次会议", "市民政局"
PARAGRAPH = "社区工作者人手不足，经费保障标准多年未变，居民办事往返多次。建议增加专职人员，完善经费保障。"


def _shares(times: Sequence[float]) -> dict[str, float]:
    ordered = sorted(times)
    if not ordered:
        return {}
    at = {"p50": 0.5, "p95": 0.95, "p99": 0.99}
    return {name: round(1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))]) for name, share in at.items()}


def _cpu_of(*pids: int) -> float:
    """CPU seconds of processes."""
    used = 0.0
    for pid in pids:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        used += (int(stat[11]) + int(stat[12])) / os.sysconf("SC_CLK_TCK")
    return used


def _pages_of(pid: int) -> list[int]:
    """The processes that answer, by the one that was started: its children where it has several, else itself."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="utf-8").split()
    return [int(one) for one in children if b"spawn_main" in Path(f"/proc/{one}/cmdline").read_bytes()] or [pid]


def _mine() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _links(count: int) -> list[str]:
    """Cases assigned to one agency, and a link to sign for each."""
    from models import actions as a
    from models import schema
    from models.vocabulary import ProposalKind, ProposerKind, Role, Stage, Track
    from tasks import clock, database
    from tasks.links import Wanted, expiry, issue_links
    from tasks.loading import chunked, session_key
    from tasks.recording import record

    engine = database.engine()
    with database.transaction(engine) as connection:
        row = {"name": SESSION, "canonical": session_key(SESSION), "track": Track.CPPCC, "pack": "national_cppcc"}
        connection.execute(schema.SESSIONS.insert(), [row | {"opened_on": date(2026, 1, 20)}])
        names = [{"name": name, "full_name": f"云岭{name}"} for name in (LEAD, *(f"第{n}局" for n in range(30)))]
        connection.execute(schema.AGENCIES.insert(), names)
    given = tuple(a.ProposerGiven(name=name, kind=ProposerKind.MEMBER) for name in ("张三", "李四"))
    refs, text = [f"{n + 1:05}" for n in range(count)], "\n".join([PARAGRAPH] * 55)
    days: tuple[tuple[date, Any], ...] = (
        (date(2026, 1, 21), lambda r: a.Receive(case=r, session=SESSION, proposal_kind=ProposalKind.PROPOSAL, text=text,
         title=f"关于加强社区治理的提案之{r}", proposers=given, submitted_on=date(2026, 1, 20))),
        (date(2026, 2, 2), lambda r: a.Accept(case=r)),
        (DAY, lambda r: a.Assign(case=r, lead=LEAD, co_handlers=("第1局",))),
    )  # fmt: skip
    ids = []
    for on, make in days:
        with clock.moved_to(clock.morning_of(on)):
            for some in chunked(refs):
                outcomes = record(engine, [make(ref) for ref in some])
                assert not any(one.refused for one in outcomes)
                ids += [int(str(one.receipt).split("-")[0]) for one in outcomes] if on.month == 1 else []
    with clock.moved_to(clock.morning_of(DAY)), database.transaction(engine) as connection:
        wanted = [Wanted(id_, "签收", Role.LEAD, LEAD, LEAD, None, Stage.ASSIGNED) for id_ in ids]
        return issue_links(connection, wanted, expires_on=expiry(DAY))


def _left() -> int:
    """Posts whose flow run is still to come."""
    from tasks import database
    from tasks.posts import pending

    return len(pending(database.engine()))


def _wait_for_none(seconds: float) -> float:
    began = time.monotonic()
    while _left() and time.monotonic() - began < seconds:
        time.sleep(0.2)
    return time.monotonic() - began


@dataclass
class Office:
    """The processes under test."""

    port: int
    webs: list[int]
    servers: list[int]

    def round(self, links: Iterator[str], *, at_once: int, people: int, way: str = "closed loop") -> dict[str, Any]:
        """So many people, so many of them at a time."""
        tokens = [next(links) for _ in range(people)]
        before, own = _cpu_of(*self.webs), _mine()
        other = _cpu_of(*self.servers)
        began, seen = time.perf_counter(), Round()
        asyncio.run(WAYS[way](self.port, tokens, seen, at_once))
        wall = time.perf_counter() - began
        answered, own = _cpu_of(*self.webs), _mine() - own
        waited = _wait_for_none(60) if self.servers else 0.0
        return {
            "way": way,
            "at_once": at_once,
            "people": people,
            "posts_per_second": round(people / wall, 1),
            "get_ms": _shares(seen.gets),
            "post_ms": _shares(seen.posts),
            "said": dict(seen.said),
            "web_cpu_ms_per_pair": round(1000 * (answered - before) / people, 1),
            "server_cpu_ms_per_pair": round(1000 * (_cpu_of(*self.servers) - other) / people, 1),
            "client_cpu_ms_per_pair": round(1000 * own / people, 1),
            "seconds_until_carried_out": round(waited, 1),
        }


def main(
    at_once: Sequence[int], *, people: int, processes: int, down: bool, on_postgresql: bool = False
) -> dict[str, Any]:
    """Bring up an office, send people, report."""
    with ExitStack() as stack:
        if on_postgresql:
            os.environ["BANLI_DATABASE_URL"] = new_database(stack.enter_context(postgresql()), "posts")
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="banli-bench-"))
        os.environ["BANLI_HOME"] = folder
        from deployments.migrating import migrate
        from deployments.wiring import settings
        from tasks import clock, database

        found = settings()
        migrate(found)
        stack.callback(database.close)
        clock.keep_offset(found.clock, clock.morning_of(DAY, 10))
        rounds = [("closed loop", n, max(n, min(people, 40 * n))) for n in at_once]
        rounds += [("burst", 50, 200), ("readers", 50, 200)]
        links = iter(_links(sum(count for _, _, count in rounds) + people + WARM))
        running = stack.enter_context(_running(found, processes))
        office = running.office
        office.round(links, at_once=10, people=WARM)  # imports and caches
        figures: dict[str, Any] = {
            "database": database.engine().name,
            "web_processes": len(office.webs),
            "rounds": [office.round(links, at_once=n, people=count, way=way) for way, n, count in rounds],
        }
        return figures | (running.without_server(links, people) if down else {})


@contextmanager
def _running(found: Settings, processes: int) -> Iterator[Running]:
    """The office's pages and its Prefect server, once both answer."""
    from deployments.processes import Processes, answers, free_port
    from deployments.wiring import prefect_environment

    api_port, port = free_port(4300), free_port(8750)
    api = f"http://127.0.0.1:{api_port}/api"
    server = (sys.executable, "-m", "prefect", "server", "start", "--host", "127.0.0.1", "--port", str(api_port))
    pages = (sys.executable, "-m", "deployments.web", "--port", str(port), "--processes", str(processes))
    with Processes(found.home / "logs", prefect_environment(found, api)) as children:
        prefect = children.start("server", server)
        children.wait_until(lambda: answers(f"{api}/health"), "Prefect")
        web = children.start("web", pages)
        children.wait_until(lambda: answers(f"http://127.0.0.1:{port}/readyz"), "web")
        time.sleep(3)  # the other processes have begun as well
        yield Running(children, prefect, api, Office(port, _pages_of(web.process.pid), [prefect.process.pid]))


@dataclass
class Running:
    """An office at work, whose Prefect server can be killed."""

    parts: Processes
    prefect: Child
    api: str
    office: Office

    def without_server(self, links: Iterator[str], people: int) -> dict[str, Any]:
        """A round while the server is dead, and how long what waits for it takes once it is back."""
        from deployments.processes import answers

        self.parts.children.remove(self.prefect)
        self.prefect.process.kill()
        self.prefect.process.wait()
        self.office.servers = []
        dead = self.office.round(links, at_once=min(50, people), people=people)
        waiting = _left()
        self.parts.start("server-again", self.prefect.command)
        self.parts.wait_until(lambda: answers(f"{self.api}/health"), "Prefect")
        seconds = round(_wait_for_none(150), 1)
        return {"server_down": [dead], "afterwards": [{"waiting": waiting, "left": _left(), "seconds": seconds}]}


def _table(figures: dict[str, Any]) -> str:
    lines = []
    for name in ("rounds", "server_down"):
        for one in figures.get(name, ()):
            get, post = (
                " / ".join(f"{one[what][p]:.0f}" for p in ("p50", "p95", "p99")) for what in ("get_ms", "post_ms")
            )
            lines.append(
                f"{'server down, ' if name != 'rounds' else ''}{one['way']}: {one['at_once']} at once, {one['people']} people: "
                f"{one['posts_per_second']} posts/s, GET {get} ms, POST {post} ms (p50 / p95 / p99), "
                f"CPU {one['web_cpu_ms_per_pair']} ms a pair ("
                f"server {one['server_cpu_ms_per_pair']}, client {one['client_cpu_ms_per_pair']}), {one['said']}"
            )
    return "\n".join([*lines, *(str(one) for one in figures.get("afterwards", ()))])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--at-once", type=int, nargs="+", default=[1, 50, 500])
    parser.add_argument("--people", type=int, default=300, help="people in a round, at least as many as are at once")
    parser.add_argument("--processes", type=int, default=0, help="web processes; 0 as `banli up`")
    parser.add_argument("--postgresql", action="store_true", help="cases on PostgreSQL instead of SQLite")
    parser.add_argument("--no-down", action="store_true", help="leave out the round without a Prefect server")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    found = main(
        given.at_once,
        people=given.people,
        processes=given.processes,
        down=not given.no_down,
        on_postgresql=given.postgresql,
    )
    print(json.dumps(found, ensure_ascii=False) if given.json else _table(found))
