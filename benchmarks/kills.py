"""Kill -9 while a session runs (杀进程): workers, API servers, services, pages and commands, at random moments.

    .venv/bin/python benchmarks/kills.py [--kills 200] [--seed 1]

The machines of tests/test_cluster.py: two of each part on one PostgreSQL and one Redis. Every round gives one step of a
few cases to a command, with a delivery on the workers beside it (filing goes to a worker, signing to the pages), kills
one part or the command after a random while, has the step finished under the same keys, and runs the audit. At the end
every case is closed, every step is recorded once, every notice is sent once. Half an hour for 200 on two cores.
"""

from __future__ import annotations

import argparse
import os
import pickle
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

sys.path.append(str(Path(__file__).parents[1] / "tests"))
CHUNK = 5
"""Cases in one round."""
LONGEST_SECONDS = 8.0
COMMAND = "import pickle, sys; from flows.registry import perform_all; perform_all(pickle.load(sys.stdin.buffer))"
VICTIMS = ("command", "worker-1", "worker-2", "prefect-api-1", "prefect-api-2", "prefect-services", "web-1", "web-2")


def command(actions: Sequence[Any]) -> subprocess.Popen[bytes]:
    """The batch as `banli do` runs it, in a process of its own."""
    process = subprocess.Popen((sys.executable, "-c", COMMAND), stdin=subprocess.PIPE, stderr=subprocess.DEVNULL)
    assert process.stdin is not None
    process.stdin.write(pickle.dumps(list(actions)))
    process.stdin.close()
    return process


def kill(session: Any, victim: str, running: subprocess.Popen[bytes]) -> None:
    """-9 to it; a part is started again at once."""
    if victim == "command":
        running.kill()
        return
    session.cluster.kill(victim)
    session.cluster.start(victim, "worker" if victim.startswith("worker") else "")


def ready(session: Any, victim: str) -> None:
    """Wait for the twin of what is to be killed: one of a pair answers at any time."""
    paths = {"prefect-api": "/api/health", "web": "/readyz"}
    for name, path in paths.items():
        for number in (1, 2):
            if victim.startswith(name) and victim != f"{name}-{number}":
                session.cluster.ready(f"{name}-{number}", path)


def one_round(session: Any, on: Any, actions: Sequence[Any], *, victim: str, seconds: float) -> bool:
    """Begin a step, kill, finish it; returns whether the kill left something undone."""
    from models import actions as a

    numbers = [one.case for one in actions]
    ready(session, victim)
    session.is_on(on)
    before = len(session.desk.rows(_history()))
    session.fills_in("发送通知", os.urandom(8).hex())
    with ThreadPoolExecutor(CHUNK) as clerks:
        if isinstance(actions[0], a.SignFor):
            for link in session.links(numbers):
                clerks.submit(session.posts, link)
        if isinstance(actions[0], a.Accept):
            plain = [one.model_dump(mode="json") for one in actions]
            session.fills_in("审查立案", os.urandom(8).hex(), actions=plain)
        running = command([] if isinstance(actions[0], (a.SignFor, a.Accept)) else actions)
        time.sleep(seconds)
        kill(session, victim, running)
    running.wait()  # one that nobody has killed gets through by itself
    undone = len(session.desk.rows(_history())) < before + len(actions)
    if not isinstance(actions[0], a.SignFor):  # clerks press again until they are answered
        session.does(on, *actions)
    return undone


def _history() -> Any:
    from models import tables as t

    return t.HistoryRow


def assert_sound(session: Any) -> None:
    """`banli audit` finds nothing; what waits for its turn is no fault here, where days pass in a second."""
    from tasks import clock
    from tasks.auditing import Scene, audit

    made = audit(Scene(session.engine, session.cluster.folder / "home" / "site", clock.now()))
    assert [one for one in made.findings if one.rule != "通知及时"] == [], made.findings


def session_of(cases: int, cluster: Any, kills: int, chosen: random.Random) -> tuple[Counter[str], int]:
    """The whole session; returns the kills by part and how many left something undone."""
    import test_cluster as t
    from builders import day, proposed, road

    from models import actions as a

    session = t.Session(cluster)
    numbers = [f"{n:04}" for n in range(1, cases + 1)]
    chunks = [numbers[at : at + CHUNK] for at in range(0, cases, CHUNK)]
    steps = [(day(1, 21), None), *road(co_handlers=())[:-1]]
    killed: Counter[str] = Counter()
    undone = 0
    for on, action in steps:
        if isinstance(action, a.Publish):
            session.is_on(on)
            session.runs_here("publish")
            continue
        for chunk in chunks:
            make = [proposed(n, f"委员{n}") if action is None else t.for_case(action, n) for n in chunk]
            if killed.total() < kills:
                victim = chosen.choice(VICTIMS)
                caught = one_round(session, on, make, victim=victim, seconds=chosen.uniform(0, LONGEST_SECONDS))
                killed[victim] += 1
                undone += caught
                assert_sound(session)
                print(
                    f"{killed.total():4} {victim:17} {chunk[0]} {make[0].kind}{' 未完成，已补办' if caught else ''}",
                    flush=True,
                )
            else:
                session.does(on, *make)
    session.is_on(day(4, 7))
    session.delivers_everything()
    assert_sound(session)
    t.assert_all_closed(session, cases)
    t.assert_sent_once(session, cases)
    return killed, undone


def main() -> None:
    """Bring the machines up, run the session, tell what was killed."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--kills", type=int, default=200)
    asked.add_argument("--seed", type=int, default=1)
    given = asked.parse_args()
    os.environ["BANLI_LOG_FORMAT"] = "text"
    import conftest  # noqa: F401 - clears what the user has set, before Prefect is imported
    import test_cluster as t

    rounds = 14  # steps of the road that are recorded by people
    cases = CHUNK * max(1, -(-given.kills // rounds))
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="banli-kills-")))
        cluster = stack.enter_context(t.office_on(folder, folder / "home", os.environ.__setitem__))
        t.bring_up(cluster)
        began = time.monotonic()
        killed, undone = session_of(cases, cluster, given.kills, random.Random(given.seed))
    seconds = round(time.monotonic() - began)
    print({"cases": cases, "kills": killed.total(), "by_part": dict(killed), "left_undone": undone, "seconds": seconds})


if __name__ == "__main__":
    main()
