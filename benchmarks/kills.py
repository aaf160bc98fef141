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
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from threading import Event, Thread
from typing import Any

sys.path.append(str(Path(__file__).parents[1] / "tests"))
WEIGHTS = {
    "command": 60, "page process": 30, "runs of posts": 20, "flow run": 20, "worker": 14, "web": 8, "prefect server": 7,
    "banli up": 3, "power": 2,
}  # fmt: skip
"""How often each is chosen where all of them run."""
MARKS = (
    ("deployments.web_runs", "runs of posts"),
    ("spawn_main", "page process"),
    ("deployments.web", "web"),
    ("prefect server start", "prefect server"),
    ("prefect worker start", "worker"),
    ("flow-run", "flow run"),
    ("prefect.flow_engine", "flow run"),
    ("prefect.engine", "flow run"),
)
"""By what in its command line a process is known."""
PAUSE_SECONDS = (0.5, 6.0)
PEOPLE = 6
TOGETHER = 3
"""Cases that somebody takes on together."""
SWEEPS = ("发送通知", "催办", "发送通知", "整理待决定", "发送通知", "公开")
SWEEP_SECONDS = 4.0
SWEEP_PATIENCE_SECONDS = 45.0
DAYS_TO_REST = 3
"""After so many days everything comes to its end and is looked at."""
ROUNDS = 40
"""Deliveries at one rest before what is left is called stuck."""


@dataclass
class Office:
    """`banli up` in one home, and whoever starts it again."""

    home: Path
    environment: dict[str, str]
    process: subprocess.Popen[bytes] | None = None
    starts: int = 0

    def keep_up(self) -> None:
        """Start it unless it runs."""
        if self.process is None or self.process.poll() is not None:
            with (self.home.parent / "up.log").open("ab") as out:
                command = [str(Path(sys.executable).parent / "banli"), "up"]
                self.process = subprocess.Popen(command, env=self.environment, stdout=out, stderr=out)
            self.starts += 1

    def parts(self) -> dict[str, list[int]]:
        """The processes that run now, by what they are."""
        from cluster import descendants

        found: dict[str, list[int]] = defaultdict(list)
        if self.process is not None and self.process.poll() is None:
            found["banli up"].append(self.process.pid)
            for number in descendants(self.process.pid):
                with suppress(OSError):
                    words = Path(f"/proc/{number}/cmdline").read_bytes().replace(b"\0", b" ").decode()
                    name = next((name for mark, name in MARKS if mark in words), "other")
                    found[name].append(number)
        return found

    def running(self) -> dict[str, str]:
        """The addresses it has told, once it runs."""
        with suppress(OSError, ValueError):
            return dict(json.loads((self.home / "running.json").read_text()))
        return {}

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait()


@dataclass
class Post:
    """A real SMTP server that counts what it took, by Message-ID; alerts (告警) apart, which are no notices."""

    ids: list[str] = field(default_factory=list)
    alerts: list[str] = field(default_factory=list)

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        """Take it."""
        from email import message_from_bytes, policy

        from tasks.alerting import SUBJECT

        mail = message_from_bytes(envelope.content, policy=policy.default)
        kept = self.alerts if str(mail["Subject"]).startswith(SUBJECT) else self.ids
        kept.append(str(mail["Message-ID"]).strip("<>").partition("@")[0])
        return "250 OK"

    @contextmanager
    def open(self) -> Iterator[str]:
        from aiosmtpd.controller import Controller

        from deployments.processes import free_port

        controller = Controller(self, hostname="127.0.0.1", port=free_port(0))
        controller.start()
        yield f"smtp://127.0.0.1:{controller.port}?from=duban@office.example"
        controller.stop()


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
        goal = self.killed.total() + kills
        with ThreadPoolExecutor(PEOPLE) as crowd:
            asked = [crowd.submit(job) for job in jobs]
            while self.killed.total() < goal or not all(one.done() for one in asked):
                time.sleep(self.chosen.uniform(*PAUSE_SECONDS))
                if any(one.done() and one.exception() for one in asked):
                    self.people.stopping.set()  # the others let go; what went wrong is told below
                    break
                if self.killed.total() < goal:
                    self.kill_one()
                self.office.keep_up()
        for one in asked:
            one.result()
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
        from models.vocabulary import NoticeStatus
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
        self.letters()

    def letters(self) -> dict[str, int]:
        """Notices sent, and those mailed twice with and without a doubt on record."""
        from cluster import message_id

        from models import tables as t
        from models.vocabulary import NoticeStatus
        from tasks.database import reading

        rows = t.core(t.NoticeRow)
        messages: dict[tuple[str, Any], list[Any]] = defaultdict(list)
        with reading(self.people.engine) as connection:
            found = connection.execute(rows.select()).all()
        for row in found:
            if row.status is NoticeStatus.SENT:
                messages[row.recipient, row.sent_at].append(row)
        expected = {
            message_id([one.key for one in group]): max(one.doubts for one in group) for group in messages.values()
        }
        times = Counter(self.post.ids)
        lost = set(expected) - set(times)
        unknown = set(times) - set(expected)
        repeated = {one for one, count in times.items() if count > 1}
        plain = {one for one in repeated if times[one] > 1 + expected.get(one, 0)}
        told = {
            "notices": len(found),
            "sent": sum(map(len, messages.values())),
            "expired": sum(row.status is NoticeStatus.EXPIRED for row in found),
            "failed": sum(row.status is NoticeStatus.FAILED for row in found),
            "messages": len(expected),
            "doubtful": sum(row.doubts > 0 for row in found),
            "mailed_twice_with_doubt": len(repeated - plain),
            "mailed_twice_without": len(plain),
            "mailed_and_unknown": len(unknown),
            "lost": len(lost),
        }
        assert not lost | plain, told
        assert not unknown or told["doubtful"], told
        return told


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


def is_complete(session: Session, numbers: Sequence[str]) -> None:
    """Every case is closed by steps taken once each."""
    from desk import Desk

    from models import tables as t

    desk = Desk(session.people.engine)
    desk.assert_whole()
    cases = desk.rows(t.CaseRow)
    assert {row.stage.value for row in cases} == {"已办结"}, Counter(row.stage.value for row in cases)
    assert len(cases) == len(numbers)
    steps = Counter(row.action for row in desk.rows(t.HistoryRow))
    assert steps.pop("审签") == 3 * len(cases)
    assert set(steps.values()) == {len(cases)}, steps


@contextmanager
def office_at(folder: Path, chosen: random.Random) -> Iterator[tuple[Office, Any, Post]]:
    """A furnished home, `banli up` and the people; they know the pages by the address of the first start."""
    from builders import POLICIES, furnish
    from cluster import until

    from deployments.migrating import migrate
    from deployments.processes import free_port
    from deployments.server_api import ServerApi
    from deployments.wiring import prefect_environment, settings
    from tasks import database

    home = folder / "home"
    home.mkdir()
    os.environ["BANLI_HOME"] = str(home)
    shutil.copytree(POLICIES, home / "policies")
    (home / "web.json").write_text(json.dumps({"base_url": f"http://127.0.0.1:{free_port(0)}"}))
    post = Post()
    with post.open() as smtp:
        who = {
            f"BANLI_NOTIFY_{name}": "mailto:desk@office.example" for name in ("OFFICE", "AGENCY", "PROPOSER", "DEFAULT")
        }
        ours = {"BANLI_HOME": str(home), "BANLI_SMTP_URL": smtp, **who, "PREFECT_WORKER_QUERY_SECONDS": "2"}
        office = Office(home, {**os.environ, **ours})
        os.environ |= ours
        migrate(settings())
        engine = database.engine(settings().database_url)
        furnish(engine)
        office.keep_up()
        told = until(office.running, "banli up")
        os.environ |= prefect_environment(settings(), told["api_url"])  # before Prefect is imported
        from kills_people import People

        people = People(engine, home, ServerApi(told["api_url"]), told["web_url"], chosen)
        until(lambda: len(office.parts().get("worker", [])), "the worker")
        try:
            yield office, people, post
        finally:
            people.stopping.set()
            office.stop()
            engine.dispose()


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
        is_complete(session, numbers)
        told = {
            "seed": given.seed, "cases": given.cases, "kills": session.killed.total(), "by_part": dict(session.killed),
            "starts_of_banli_up": office.starts, "rests_audited": session.rests, "doors": dict(people.doors),
            **session.letters(), "alerts": len(post.alerts), "seconds": seconds,
        }  # fmt: skip
    print(json.dumps(told, ensure_ascii=False) if given.json else "\n".join(f"{k}: {v}" for k, v in told.items()))
    if given.keep is None:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
