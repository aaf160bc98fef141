"""The flow runs of what was posted (随后办理), in a process of their own: they never take a page's turn.

The web process starts it, starts it again when it ends, and takes it along when it goes. Nothing is handed over: posts
are durable, and the process looks for those whose run is still to come. Of several on one office's folder one works;
the next takes over when it ends.
"""

from __future__ import annotations

import fcntl
import logging
import os
import signal
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from threading import Event, Thread
from time import monotonic
from typing import Final, Protocol

from sqlalchemy import Engine

from deployments import logs
from deployments.web_effects import Follower
from models.actions.action import Action, Outcome
from models.errors import BanliError, Fault, UnavailableError
from models.settings import settings_from
from tasks import database
from tasks.coalescing import Coalescer
from tasks.posts import Job, count_pending
from tasks.renewing import new_links_due

COMMAND: Final = (sys.executable, "-m", "deployments.web_runs")
LOCK: Final = "runs.lock"
"""Held in the office's folder by whoever makes its runs."""
NICE: Final = 10
"""Below the pages: a run may wait, a person may not."""
LOOK_SECONDS: Final = 0.5
AGAIN_SECONDS: Final = (0.5, 2.0, 10.0, 60.0)
"""How long to wait before the process is started again, after each end in a row; the last one repeats."""
WELL_SECONDS: Final = 60.0
"""A process that lived so long was well: what ended it is not counted with what came before."""
GRACE_SECONDS: Final = 8.0
"""How long a run in hand may still take when the pages stop; then it is cut off and made again at the next start."""
log = logging.getLogger("banli.posts")


class Runs(Protocol):
    """Whoever has runs made for what was answered."""

    @property
    def alive(self) -> bool:
        """Whether runs are being made."""

    @property
    def waiting(self) -> int:
        """Posts whose run is still to come."""

    def start(self) -> None:
        """Begin."""

    def stop(self) -> None:
        """End; what has no run yet stays kept."""

    def submit(self, jobs: Iterable[Job]) -> None:
        """Told of what was just answered."""


class RunsElsewhere:
    """Keeps the process alive. It ends when the pipe to it closes, so also when this process is killed."""

    def __init__(
        self, engine: Engine, command: Sequence[str] = COMMAND, *, again_seconds: Sequence[float] = AGAIN_SECONDS
    ) -> None:
        self._engine = engine
        self._command = tuple(command)
        self._again = tuple(again_seconds)
        self._stopping = Event()
        self._thread: Thread | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._ends = 0

    @property
    def alive(self) -> bool:
        """Whether runs are being made, or will be again in a moment."""
        return self._thread is not None and self._thread.is_alive() and self._ends < len(self._again)

    @property
    def waiting(self) -> int:
        """Posts whose run is still to come, whoever answered them."""
        return count_pending(self._engine)

    @property
    def pid(self) -> int | None:
        """The process, while there is one."""
        return self._process.pid if self._process else None

    def start(self) -> None:
        """Start the process and stay by it."""
        self._stopping.clear()
        self._thread = Thread(target=self._stay_by, name="banli-runs", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Let the run in hand end, then the process."""
        self._stopping.set()
        process = self._process
        if process is not None and process.stdin is not None:
            process.stdin.close()
            try:
                process.wait(GRACE_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
        if self._thread is not None:
            self._thread.join()

    def submit(self, jobs: Iterable[Job]) -> None:
        """Nothing to do: the other process sees what was kept within half a second."""

    def _stay_by(self) -> None:
        while not self._stopping.is_set():
            began = monotonic()
            with subprocess.Popen(self._command, stdin=subprocess.PIPE) as process:  # noqa: S603 - our own command
                self._process = process
                if self._stopping.is_set() and process.stdin is not None:
                    process.stdin.close()  # asked to stop while it started
                code = process.wait()
            if self._stopping.is_set():
                return
            self._ends = 1 if monotonic() - began > WELL_SECONDS else self._ends + 1
            wait = self._again[min(self._ends, len(self._again)) - 1]
            log.warning("办理运行的进程停止了（%s），%s秒后重新启动；已登记的提交不受影响", code, wait)
            self._stopping.wait(wait)


class RunsBeside:
    """Of several web processes on one port none makes runs: their parent has them made."""

    def __init__(self, engine: Engine, home: Path) -> None:
        self._engine = engine
        self._lock = home / LOCK

    @property
    def alive(self) -> bool:
        """Whether some process of this office makes runs."""
        with self._lock.open("a", encoding="utf-8") as held:
            try:
                fcntl.flock(held, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
        return False

    @property
    def waiting(self) -> int:
        """Posts whose run is still to come, whoever answered them."""
        return count_pending(self._engine)

    def start(self) -> None:
        """Nothing to do."""

    def stop(self) -> None:
        """Nothing to do."""

    def submit(self, jobs: Iterable[Job]) -> None:
        """Nothing to do: who makes the runs sees what was kept."""


def perform_by_flow(flow: str, actions: Sequence[Action], recorded: Sequence[Outcome]) -> Sequence[Outcome]:
    """Run a Prefect flow on a batch that was recorded. Raises: UnavailableError when the Prefect server is silent."""
    from flows.registry import perform  # noqa: PLC0415 - Prefect takes seconds to load

    with _connected():
        return perform(flow, actions, recorded)


def deliver_by_flow() -> None:
    """Send what waits. Raises: UnavailableError when the Prefect server does not answer."""
    from flows.registry import run  # noqa: PLC0415 - as above

    with _connected():
        run("deliver_notices")


@contextmanager
def _connected() -> Iterator[None]:
    try:
        yield
    except Exception as error:
        if _is_connection_lost(error):
            raise UnavailableError(Fault("", "连不上 Prefect 服务", "请检查服务是否在运行，稍后重试。")) from error
        raise


def _is_connection_lost(error: BaseException | None) -> bool:
    """Whether Prefect's client gave up on the network; it wraps its library's errors in its own."""
    while error is not None:
        if type(error).__module__.partition(".")[0] in {"httpx", "httpcore"} or isinstance(error, ConnectionError):
            return True
        error = error.__cause__ or error.__context__
    return False


@contextmanager
def _alone(lock: Path, gone: Event) -> Iterator[None]:
    """Wait until no other process makes this office's runs, or `gone`."""
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("a", encoding="utf-8") as held:
        while not gone.is_set():
            try:
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                gone.wait(LOOK_SECONDS)
            else:
                break
        yield


def work(engine: Engine, home: Path, gone: Event) -> None:
    """Make runs until `gone`; new links that were asked for leave at once."""
    follower = Follower(perform_by_flow, deliver_by_flow)
    coalescer = Coalescer(follower, engine, window_seconds=0.1, look_seconds=LOOK_SECONDS, orphaned=timedelta(0))
    with _alone(home / LOCK, gone):
        if gone.is_set():
            return
        coalescer.start()
        asked: frozenset[str] = frozenset()
        while not gone.wait(2 * LOOK_SECONDS):
            try:
                due = new_links_due(engine)
            except UnavailableError as error:
                log.warning("重发的链接暂时查不到：%s", error)
                continue
            if due - asked:
                follower.ask()
            asked = due
        coalescer.stop()


def main() -> None:
    """`python -m deployments.web_runs`: make runs until the pipe from the web process closes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the web process, which closes the pipe
    os.nice(NICE)
    gone = Event()

    def listen() -> None:
        sys.stdin.buffer.read()
        gone.set()

    Thread(target=listen, name="parent", daemon=True).start()
    settings = settings_from(os.environ)
    try:
        logs.configure(os.environ)
        work(database.engine(settings.database_url), settings.home, gone)
    except BanliError as error:
        raise SystemExit(str(error)) from error


if __name__ == "__main__":
    main()
