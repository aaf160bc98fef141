"""The office of benchmarks/kills.py (一个机关): `banli up` in one home, a mail server, and who starts them again."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

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


@contextmanager
def office_at(folder: Path, chosen: random.Random) -> Iterator[tuple[Office, Any, Post]]:
    """A furnished home, `banli up` and the people; they know the pages by the address of the first start."""
    from builders import POLICIES, furnish
    from cluster import until

    from deployments.migrating import migrate
    from deployments.processes import free_port
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

        people = People(engine, home, told["api_url"], told["web_url"], chosen)
        until(lambda: len(office.parts().get("worker", [])), "the worker")
        try:
            yield office, people, post
        finally:
            people.stopping.set()
            office.stop()
            engine.dispose()
