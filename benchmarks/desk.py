"""How the coordinators' desk bears many waiting decisions (待决定的快慢): real forms on a real Prefect server.

    .venv/bin/python benchmarks/desk.py [--waiting 5000] [--bound 50 2000 5000] [--events 10000] [--browser] [--json]

So many proposals wait for 审查立案; the sweep opens at most `bound` of them as suspended runs with their forms. For each
bound: what opening costs, a sweep that finds nothing to do, the requests the UI's list makes, the pages in chromium, and
the server's memory. Compare figures only within one run.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

DAY = date(2026, 1, 21)
SESSION = "云岭市政协六届五次会议"
PARAGRAPH = "社区工作者人手不足，经费保障标准多年未变，居民办事往返多次。建议增加专职人员，完善经费保障。"
CHROMIUM = "/usr/bin/chromium"
TIMES = 20
PERSISTED_SECONDS = 25
"""After so long the server has stored the events it was told."""
WAITS = "待决定"
LIST = {"sort": "START_TIME_DESC", "limit": 100}
"""What the UI's list of runs asks for."""


def receive(count: int) -> None:
    """An office in which so many proposals of 2,500 characters wait for a decision."""
    from models import actions as a
    from models import schema
    from models.vocabulary import ProposalKind, ProposerKind, Track
    from tasks import clock, database
    from tasks.loading import chunked, session_key
    from tasks.recording import record

    engine = database.engine()
    with database.transaction(engine) as connection:
        row = {"name": SESSION, "canonical": session_key(SESSION), "track": Track.CPPCC, "pack": "national_cppcc"}
        connection.execute(schema.SESSIONS.insert(), [row | {"opened_on": date(2026, 1, 20)}])
    given, text = (a.ProposerGiven(name="张三", kind=ProposerKind.MEMBER),), "\n".join([PARAGRAPH] * 55)
    with clock.moved_to(clock.morning_of(DAY)):
        for some in chunked([f"{n + 1:05}" for n in range(count)]):
            actions = [
                a.Receive(case=ref, session=SESSION, proposal_kind=ProposalKind.PROPOSAL, text=text, proposers=given,
                          title=f"关于加强社区治理的提案之{ref}", submitted_on=date(2026, 1, 20))
                for ref in some
            ]  # fmt: skip
            assert not any(one.refused for one in record(engine, actions))


def shares(taken: Sequence[float]) -> dict[str, int]:
    """The median and the 95th of a hundred, in milliseconds."""
    ordered = sorted(taken)
    return {
        "p50": round(1000 * statistics.median(ordered)),
        "p95": round(1000 * ordered[int(0.95 * (len(ordered) - 1))]),
    }


def timed(work: Callable[[], Any], times: int = TIMES) -> dict[str, int]:
    """How long it takes, many times."""
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        work()
        taken.append(time.perf_counter() - began)
    return shares(taken)


def ask(api: str, path: str, body: Any) -> Any:
    """One request of the UI's."""
    request = urllib.request.Request(f"{api}{path}", json.dumps(body).encode(), {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=120) as answer:
        return json.load(answer)


def lists(api: str) -> dict[str, dict[str, int]]:
    """The list of runs, by everything, by the tag of what waits, by one case; and its count."""
    waits = {"flow_runs": {"tags": {"all_": [WAITS]}}}
    case = {"flow_runs": {"tags": {"all_": ["件:00007"]}}}
    return {
        "list": timed(lambda: ask(api, "/flow_runs/paginate", LIST)),
        "by_tag": timed(lambda: ask(api, "/flow_runs/paginate", LIST | waits)),
        "by_case": timed(lambda: ask(api, "/flow_runs/paginate", LIST | case)),
        "count": timed(lambda: ask(api, "/flow_runs/count", waits)),
    }


def pages(ui: str) -> dict[str, dict[str, int]]:
    """The same as a person sees it, from the address to the first line; and the form of a decision."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.set_default_timeout(120_000)
        tag = urllib.parse.quote(WAITS)

        def opens(path: str) -> None:
            page.goto("about:blank")
            page.goto(f"{ui}{path}")
            page.get_by_role("link", name="审查立案 0").first.wait_for()

        opens("/v2/runs")
        found = {"v2 runs": timed(lambda: opens(f"/v2/runs?tags={tag}"), 7)}
        opens("/runs")
        found["classic runs"] = timed(lambda: opens("/runs"), 7)
        browser.close()
    return found


def memory_mb(pid: int) -> int:
    """Resident memory of a process."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) // 1024 for line in lines if line.startswith("VmRSS"))


def sweeping(bound: int) -> dict[str, Any]:
    """The sweep that opens what fits, and one that finds nothing to do."""
    from tasks import clock, database, desk_sweep
    from tasks.desk_runs import desk_runs

    desk_sweep.AT_ONCE = desk_sweep.ON_A_LIST = bound  # type: ignore[misc]  # the figure under test
    if bound < 200:
        desk_sweep.ON_A_LIST = 200  # type: ignore[misc]  # as delivered
    seconds = []
    with clock.moved_to(clock.morning_of(DAY, 10)):
        for _ in range(2):
            began = time.perf_counter()
            with desk_runs() as runs:
                found = desk_sweep.sweep(database.engine(), runs)
            seconds.append(round(time.perf_counter() - began, 1))
    open_ = sum(one.open for one in found.queues)
    return {
        "waiting": sum(one.waiting for one in found.queues),
        "open": open_,
        "opening_s": seconds[0],
        "sweep_s": seconds[1],
    }


def cpu_s(pid: int) -> float:
    """CPU seconds a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def events(count: int, pid: int) -> dict[str, Any]:
    """What telling so many cases one by one would cost here, and what telling the batch does."""
    from prefect.events.worker import EventsWorker

    from flows.events import BOUND, tell_cases
    from models.actions.action import Outcome

    done = [Outcome(key=str(n), case=f"{SESSION}/{n:05}", action="立案", result="已办理", message="予以立案", receipt=f"{n}-1")
            for n in range(count)]  # fmt: skip
    began, cpu = time.perf_counter(), time.process_time()
    tell_cases(done)
    EventsWorker.instance().wait_until_empty()
    batch = (time.perf_counter() - began, time.process_time() - cpu)
    time.sleep(PERSISTED_SECONDS)
    there = cpu_s(pid)
    began, cpu = time.perf_counter(), time.process_time()
    for at in range(0, count, BOUND):
        tell_cases(done[at : at + BOUND])
    EventsWorker.instance().wait_until_empty()
    single = (time.perf_counter() - began, time.process_time() - cpu)
    time.sleep(PERSISTED_SECONDS)
    return {
        "events": count,
        "batch_ms": round(1000 * batch[0], 1),
        "one_by_one_s": round(single[0], 1),
        "one_by_one_cpu_ms_each": round(1000 * single[1] / count, 2),
        "server_cpu_ms_each": round(1000 * (cpu_s(pid) - there) / count, 2),
    }


@contextmanager
def server(folder: Path) -> Iterator[tuple[str, int]]:
    """A Prefect server as `banli up` runs it, with the two deployments of decisions; its address and process."""
    from deployments.processes import Processes, answers, free_port
    from deployments.wiring import apply, prefect_environment, settings

    port = free_port(4300)
    api = f"http://127.0.0.1:{port}/api"
    environment = prefect_environment(settings(), api)
    apply(environment)
    command = (sys.executable, "-m", "prefect", "server", "start", "--host", "127.0.0.1", "--port", str(port))
    with Processes(folder / "logs", environment) as running:
        child = running.start("prefect", command)
        running.wait_until(lambda: answers(f"{api}/health"), "Prefect", seconds=180)
        yield api, child.process.pid


def deploy() -> None:
    """The deployments decisions wait in, without a worker: nobody answers here."""
    from prefect.client.orchestration import get_client

    from flows.decisions import decide, decide_many

    with get_client(sync_client=True) as client:
        for flow in (decide, decide_many):
            client.create_deployment(
                flow_id=client.create_flow(flow), name=flow.name, entrypoint="flows.decisions.decide"
            )


def main(waiting: int, bounds: Sequence[int], *, told: int, browser: bool) -> dict[str, Any]:
    """Bring up an office and a server, open the forms, measure."""
    with tempfile.TemporaryDirectory(prefix="banli-bench-") as name:
        os.environ["BANLI_HOME"] = name
        from deployments.migrating import migrate
        from deployments.wiring import settings

        migrate(settings())
        receive(waiting)
        with server(Path(name)) as (api, pid):
            deploy()
            rows = []
            for bound in sorted(bounds):
                row = {"bound": bound, **sweeping(bound), **lists(api)}
                row |= pages(api.removesuffix("/api")) if browser else {}
                rows.append(row | {"server_mb": memory_mb(pid)})
                print(json.dumps(rows[-1], ensure_ascii=False), file=sys.stderr, flush=True)
            found: dict[str, Any] = {"rows": rows, "load": os.getloadavg()[0]}
            return found | ({"events": events(told, pid)} if told else {})


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--waiting", type=int, default=5000)
    parser.add_argument("--bound", type=int, nargs="+", default=[50, 2000, 5000])
    parser.add_argument("--events", type=int, default=10_000, help="0: leave them out")
    parser.add_argument("--browser", action="store_true", help="the pages in chromium, too")
    given = parser.parse_args()
    print(json.dumps(main(given.waiting, given.bound, told=given.events, browser=given.browser), ensure_ascii=False))
