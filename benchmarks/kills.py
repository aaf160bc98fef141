"""Kill -9 while a session runs (杀进程): any process of `banli up`, `banli up` itself, commands, the power.

    .venv/bin/python benchmarks/kills.py [--kills 200] [--seed 1] [--cases 12] [--json]

One office in one home. People post from pages, type commands and fill in forms that the worker runs, while notices are
delivered to a real SMTP server, reminders and the desk are swept and pages published; every few seconds something is
killed. `banli up` starts its parts again, an operator (this program) starts `banli up` again. Every third day
ends in a rest: all that was asked is done, what waits is delivered, `banli audit` is asked, and everything that was
answered stands in the records. At the end every case is closed, every step recorded once, every notice mailed once, or
twice where its record says that this could not be excluded.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from threading import Event, Thread
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))  # before this folder, which has a desk of its own

from kills_ledger import is_complete, letters
from kills_office import Office, Post, office_at

WEIGHTS = {
    "command": 60, "page process": 30, "runs of posts": 20, "flow run": 20, "worker": 14, "web": 8, "prefect server": 7,
    "banli up": 3, "power": 2,
}  # fmt: skip
"""How often each is chosen where all of them run."""
PAUSE_SECONDS = (0.5, 6.0)
PEOPLE = 6
TOGETHER = 3
"""Cases that somebody takes on together."""
SWEEPS = ("发送通知", "催办", "发送通知", "整理待决定", "发送通知", "公开")
SWEEP_SECONDS = 4.0
SWEEP_PATIENCE_SECONDS = 45.0
DAY_SECONDS = 1_200.0
"""A day that lasts longer is called stuck."""
DAYS_TO_REST = 3
"""After so many days everything comes to its end and is looked at."""
ROUNDS = 40
"""Deliveries at one rest before what is left is called stuck."""


@dataclass
class Session:
    """The session, its killer and what is checked at each rest."""

    office: Office
    people: Any
    post: Post
    chosen: random.Random
    quota: int
    tell: Callable[[str], None]
    killed: Counter[str] = field(default_factory=Counter)
    deliveries: int = 0
    sweeping: Event = field(default_factory=Event)
    rests: int = 0

    def kill_one(self) -> None:
        """-9 to something that runs."""
        parts = self.office.parts()
        commands = [one.pid for one in list(self.people.commands) if one.is_alive()]
        alive = {**parts, "command": commands, "power": parts.get("banli up", [])}
        names = [name for name in WEIGHTS if alive.get(name)]
        if not names:
            return
        name = self.chosen.choices(names, [WEIGHTS[one] for one in names])[0]
        numbers = [self.chosen.choice(alive[name])]
        if name == "power":
            numbers = [*(number for group in parts.values() for number in group), *commands]
        for number in numbers:  # held still first, so that nothing escapes
            with suppress(ProcessLookupError):
                os.kill(number, signal.SIGSTOP)
        for number in numbers:
            with suppress(ProcessLookupError):
                os.kill(number, signal.SIGKILL)
        self.killed[name] += 1
        self.tell(name)

    def day(self, on: date, jobs: Sequence[Callable[[], None]], *, kills: int) -> None:
        """One day: everybody at work, something killed every few seconds."""
        self.is_on(on)
        self.sweeping.set()
        goal, end = self.killed.total() + kills, time.monotonic() + DAY_SECONDS
        with ThreadPoolExecutor(PEOPLE) as crowd:
            asked = [crowd.submit(job) for job in jobs]
            while self.killed.total() < goal or not all(one.done() for one in asked):
                time.sleep(self.chosen.uniform(*PAUSE_SECONDS))
                if time.monotonic() > end or any(one.done() and one.exception() for one in asked):
                    self.people.stopping.set()  # the others let go; what went wrong is told below
                    break
                if self.killed.total() < goal:
                    self.kill_one()
                self.office.keep_up()
        for one in asked:
            one.result()
        assert not self.people.stopping.is_set(), f"{on} is not over after {DAY_SECONDS:.0f} seconds"
        self.sweeping.clear()
        self.settle()

    def settle(self) -> None:
        """What runs comes to its end, before a night passes in an instant."""
        from cluster import until

        until(lambda: (self.office.keep_up(), not self.office.parts().get("flow run"))[1], "the runs", seconds=600)

    def is_on(self, on: date, minutes: int = 0) -> None:
        from tasks import clock

        at = clock.morning_of(on, 10) + timedelta(minutes=minutes)
        clock.keep_offset(self.office.home / "clock.json", at)

    def sweeps(self) -> None:
        """The schedules, far oftener than they come by the clock."""
        place, since, run = 0, 0.0, ""
        while not self.people.stopping.wait(SWEEP_SECONDS):
            waits = run and time.monotonic() - since < SWEEP_PATIENCE_SECONDS and not self.people.ended(run)
            if self.sweeping.is_set() and not waits:
                with suppress(OSError):
                    since, run = time.monotonic(), self.people.starts(SWEEPS[place % len(SWEEPS)])
                    place += 1

    def rest(self, on: date) -> None:
        """Let everything come to its end, and look."""
        from cluster import until

        from deployments.processes import answers
        from models import tables as t
        from models.notice_vocabulary import NoticeStatus
        from tasks.database import reading
        from tasks.posts import count_pending

        self.rests += 1
        people, left = self.people, 1
        until(lambda: (self.office.keep_up(), answers(f"{people.pages}/readyz"))[1], "the pages")
        until(lambda: (self.office.keep_up(), answers(f"{people.api.url}/health"))[1], "the server")
        until(lambda: (self.office.keep_up(), count_pending(people.engine) == 0)[1], "the runs of posts", seconds=600)
        for minutes in range(15, 15 * ROUNDS, 15):
            self.is_on(on, minutes)
            self.delivers()
            rows = t.core(t.NoticeRow)
            waiting = rows.c.status.in_([NoticeStatus.WAITING, NoticeStatus.SENDING])
            with reading(people.engine) as connection:
                left = len(connection.execute(rows.select().where(waiting)).all())
            if not left:
                break
        assert not left, f"{left} notices still wait"
        self.is_sound()

    def delivers(self, flow: str = "发送通知") -> None:
        """One run of this deployment on the worker, to its end; once more where it was lost."""
        from cluster import until

        def run() -> str | None:
            self.office.keep_up()
            with suppress(OSError):
                return str(self.people.starts(flow))
            return None

        found = until(run, flow)
        until(lambda: (self.office.keep_up(), self.people.ended(found))[1], flow, seconds=600)
        self.deliveries += 1

    def is_sound(self) -> None:
        """`banli audit` finds nothing, every answer stands in the records, and nothing was told oftener than it may be."""
        said = self.people.command("audit")
        assert said["sound"], said["findings"]
        for (number, kind), count in self.people.answered.items():
            assert self.people.recorded(number, kind) >= min(count, 1), (number, kind)
        letters(self.people.engine, self.post)


def take_through(session: Session, numbers: Sequence[str]) -> None:
    """The days of the road; the kills are spread over them."""
    from builders import day
    from kills_people import door_for, steps_for

    people, chosen = session.people, session.chosen
    roads = {number: [(on, action) for on, action in steps_for(number)] for number in numbers}
    days = sorted({on for road in roads.values() for on, _ in road} | {day(1, 21), day(4, 2)})
    for place, on in enumerate(days):
        jobs: list[Callable[[], None]] = []
        for group in (numbers[at : at + TOGETHER] for at in range(0, len(numbers), TOGETHER)):
            if place == 0:
                jobs.append(lambda some=group: people.receive(some))
                continue
            plan, times = [], Counter[str]()
            for kind in [action.kind for when, action in roads[group[0]] if when == on]:
                times[kind] += 1
                actions = [
                    [action for when, action in roads[number] if when == on and action.kind == kind][times[kind] - 1]
                    for number in group
                ]
                plan.append((actions, times[kind], door_for(kind, chosen)))
            if plan:
                jobs.append(lambda plan=plan: [people.does(*one) for one in plan])
        share = session.quota * (place + 1) // len(days) - session.quota * place // len(days)
        session.day(on, jobs, kills=share)
        if on == day(4, 2):
            session.delivers("公开")
        if place % DAYS_TO_REST == DAYS_TO_REST - 1:
            session.rest(on)


def main() -> None:
    """Bring the office up, take the session through, tell what was killed."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--kills", type=int, default=200)
    asked.add_argument("--seed", type=int, default=1)
    asked.add_argument("--cases", type=int, default=12)
    asked.add_argument("--keep", type=Path, help="a folder to leave everything in")
    asked.add_argument("--json", action="store_true")
    given = asked.parse_args()
    for name in [name for name in os.environ if name.startswith(("BANLI_", "PREFECT_"))]:
        del os.environ[name]  # nothing of the user's
    from rich.console import Console
    from rich.progress import Progress

    chosen = random.Random(given.seed)
    numbers = [f"{n:04}" for n in range(1, given.cases + 1)]
    folder = given.keep or Path(tempfile.mkdtemp(prefix="banli-kills-"))
    folder.mkdir(parents=True, exist_ok=True)
    console = Console(stderr=True)
    console.print(f"seed {given.seed}, {folder}")
    with office_at(folder, chosen) as (office, people, post), Progress(console=console) as bar:
        task = bar.add_task("kills", total=given.kills)

        def tell(name: str) -> None:
            bar.advance(task)
            bar.console.print(f"{time.strftime('%H:%M:%S')} {name}")

        session = Session(office, people, post, chosen, given.kills, tell)
        Thread(target=session.sweeps, daemon=True).start()
        began = time.monotonic()
        take_through(session, numbers)
        seconds = round(time.monotonic() - began)
        is_complete(people.engine, numbers)
        told = {
            "seed": given.seed, "cases": given.cases, "kills": session.killed.total(), "by_part": dict(session.killed),
            "starts_of_banli_up": office.starts, "rests_audited": session.rests, "doors": dict(people.doors),
            **letters(people.engine, post), "alerts": len(post.alerts), "seconds": seconds,
        }  # fmt: skip
    print(json.dumps(told, ensure_ascii=False) if given.json else "\n".join(f"{k}: {v}" for k, v in told.items()))
    if given.keep is None:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
