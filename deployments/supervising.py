"""Parts that end by themselves are started again (守护): an office goes on when one of its processes is killed."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from deployments.processes import Child, Processes

AGAIN_SECONDS: Final = (0.0, 2.0, 10.0, 30.0)
"""How long to wait before each start after ends in a row; a part that ends once more cannot be helped."""
WELL_SECONDS: Final = 20.0
"""A part that lived so long was well: what ended it is not counted with what came before."""
OUTLIVE_SECONDS: Final = 120.0
"""How long what a killed part was running may still take to come to its end."""
_PR_SET_CHILD_SUBREAPER: Final = 36

Ready = Callable[[], bool]


@dataclass(slots=True)
class Supervisor:
    """Looks after the parts; `before` says, by name, whether a part may be started again yet."""

    processes: Processes
    before: Mapping[str, Ready] = field(default_factory=dict)
    again_seconds: tuple[float, ...] = AGAIN_SECONDS
    _ends: dict[str, int] = field(default_factory=dict)
    _due: dict[str, tuple[Child, float]] = field(default_factory=dict)

    def look(self) -> list[str]:
        """Start again what ended by itself; returns what to say of it.

        Raises: UnavailableError for a part that does not stay up.
        """
        said = [self._ended(child) for child in self.processes.children if child.process.poll() is not None]
        for name, (child, due) in list(self._due.items()):
            if time.monotonic() >= due and self.before.get(name, _at_once)():
                del self._due[name]
                self.processes.start(name, child.command, **child.environment)
        return said

    def _ended(self, child: Child) -> str:
        well = time.monotonic() - child.began > WELL_SECONDS
        count = self._ends[child.name] = 1 if well else self._ends.get(child.name, 0) + 1
        if count > len(self.again_seconds):
            self.processes.check()
        said = f"{child.name}意外停止（{_how(child)}），正在重新启动；详情见 {child.log}。"
        self.processes.drop(child)
        self._due[child.name] = (child, time.monotonic() + self.again_seconds[count - 1])
        return said


def _at_once() -> bool:
    return True


def _how(child: Child) -> str:
    code = child.process.returncode
    with suppress(ValueError):
        return signal.Signals(-code).name
    return f"退出码{code}"


def adopt() -> None:
    """Become the parent of whatever a killed child leaves running (Linux); elsewhere nobody is adopted."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1)


@dataclass(slots=True)
class Orphans:
    """What killed children left running: it may come to its end, and is killed when that takes too long."""

    processes: Processes
    outlive_seconds: float = OUTLIVE_SECONDS
    _since: float | None = None

    @property
    def gone(self) -> bool:
        """Whether none is left; to be asked again and again until then."""
        left = self._left()
        if not left:
            self._since = None
            return True
        now = time.monotonic()
        self._since = self._since or now
        if now - self._since > self.outlive_seconds:
            for number in left:
                os.kill(number, signal.SIGKILL)
        return False

    def _left(self) -> list[int]:
        own = {child.process.pid for child in self.processes.children}
        return [number for number in _children() if number not in own and _runs(number)]


def _children() -> list[int]:
    """The children of this process, of all its threads (Linux)."""
    found: list[int] = []
    for file in Path("/proc/self/task").glob("*/children"):
        with suppress(OSError):  # a thread that ended meanwhile
            found += map(int, file.read_text().split())
    return found


def _runs(number: int) -> bool:
    """Whether it runs; one that has ended is collected."""
    try:
        return os.waitpid(number, os.WNOHANG) == (0, 0)
    except ChildProcessError:
        return False  # whoever started it has collected it
