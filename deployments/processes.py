"""The processes behind `banli up`: started together, stopped together, none left behind (进程)."""

from __future__ import annotations

import ctypes
import fcntl
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Self

from models.errors import Fault, UnavailableError

_PR_SET_PDEATHSIG = 1
_GRACE_SECONDS = 15
_POLL_SECONDS = 0.1
_NEIGHBOURS = 100
"""Ports tried from the wanted one on."""


_claims: list[IO[str]] = []
"""Open claims on ports, kept until this process ends."""


def free_port(wanted: int, *, wait_seconds: float = 0) -> int:
    """`wanted`, or the next port that is free and that no other banli of this machine has claimed (0: any).

    Whoever holds `wanted` is given `wait_seconds` to let go of it.
    """
    until = time.monotonic() + wait_seconds
    while not (found := _take(wanted)) and time.monotonic() < until:
        time.sleep(_POLL_SECONDS)
    others = range(wanted + 1, wanted + _NEIGHBOURS) if wanted else ()
    found = found or next(filter(None, map(_take, others)), None)
    if not found:
        raise UnavailableError(Fault("", "没有可用的端口", "请关闭占用端口的程序后重试。"))
    return found


def _take(port: int) -> int | None:
    """The port (0: any), claimed, where it is free."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return None
        bound = int(probe.getsockname()[1])
        return bound if _claim(bound) else None


def _claim(port: int) -> bool:
    """Keep a port for this process: between choosing it and a child's listening on it nobody else may choose it."""
    try:
        lock = (Path(tempfile.gettempdir()) / f"banli-port-{port}.lock").open("a", encoding="utf-8")
    except OSError:
        return False  # another user's claim
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        lock.close()
        return False
    _claims.append(lock)
    return True


def _begin() -> None:
    """What a shell started in the background ignores Ctrl-C for good, but a Prefect worker ends by sending it to itself."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    die_with_parent()


def die_with_parent() -> None:
    """Ask the kernel for SIGTERM when the parent is killed; where that does not exist, `stop` does it alone."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


@dataclass(frozen=True, slots=True)
class Child:
    """One process and where it writes its log."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path
    command: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    began: float = field(default_factory=time.monotonic)
    """By the monotonic clock, in seconds."""

    @property
    def last_words(self) -> str:
        """The end of its log, for the sentence that says it died."""
        lines = self.log.read_text(errors="replace").strip().splitlines()
        return lines[-1] if lines else ""


class Processes:
    """Children of this process. Use as a context: leaving it stops them all, newest first."""

    def __init__(self, logs: Path, environment: Mapping[str, str]) -> None:
        self.logs = logs
        self.environment = {**os.environ, **environment}
        self.children: list[Child] = []

    def __enter__(self) -> Self:
        self.logs.mkdir(parents=True, exist_ok=True)
        return self

    def __exit__(self, *_error: object) -> None:
        self.stop()

    def start(self, name: str, command: Sequence[str], **environment: str) -> Child:
        """Start one; its output goes to `<logs>/<name>.log`."""
        log = self.logs / f"{name}.log"
        with log.open("ab") as out:
            process = subprocess.Popen(  # noqa: S603 - our own commands
                list(command),
                env={**self.environment, **environment},
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=_begin,  # noqa: PLW1509 - no thread has been started yet
            )
        child = Child(name, process, log, tuple(command), environment)
        self.children.append(child)
        return child

    def check(self) -> None:
        """Raises: UnavailableError when a child has ended by itself."""
        for child in self.children:
            if child.process.poll() is not None:
                what = f"{child.name}意外停止：{child.last_words}"
                raise UnavailableError(Fault("", what, f"详情见 {child.log}，可重新运行 banli up。"))

    def drop(self, child: Child) -> None:
        """Forget one that has ended, and end what it has left in its group."""
        _signal_group(child.process, signal.SIGKILL)
        self.children.remove(child)

    def wait_until(self, ready: Callable[[], bool], what: str, *, seconds: float = 120) -> None:
        """Wait for a child to be ready. Raises: UnavailableError when it dies or takes too long."""
        until = time.monotonic() + seconds
        while not ready():
            self.check()
            if time.monotonic() > until:
                raise UnavailableError(Fault("", f"{what}没有在{seconds:.0f}秒内就绪", f"详情见 {self.logs}。"))
            time.sleep(_POLL_SECONDS)

    def stop(self) -> None:
        """Ask all to end, newest first; whoever does not within the grace period is killed with its children."""
        for child in reversed(self.children):
            _signal(child.process, signal.SIGTERM)
        until = time.monotonic() + _GRACE_SECONDS
        for child in reversed(self.children):
            with suppress(subprocess.TimeoutExpired):  # who does not end in time is killed with its group
                child.process.wait(max(0.1, until - time.monotonic()))
            _signal_group(child.process, signal.SIGKILL)
            child.process.wait()
        self.children.clear()


def _signal(process: subprocess.Popen[Any], number: signal.Signals) -> None:
    if process.poll() is None:
        process.send_signal(number)


def _signal_group(process: subprocess.Popen[Any], number: signal.Signals) -> None:
    try:
        os.killpg(process.pid, number)
    except ProcessLookupError:
        return  # the group ended with its leader


def answers(url: str) -> bool:
    """Whether an address answers with success."""
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:  # noqa: S310 - an http address of our own
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False
