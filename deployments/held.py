"""A home for one alone (独占): `banli up` holds it from its first moment to its last, `banli restore` while it works.

The kernel lets go when the process ends, however it ends; a file that says so would stay.
"""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager

from deployments.wiring import read_running
from models.errors import Fault, UnavailableError
from models.settings import Settings


@contextmanager
def held(found: Settings, remedy: str) -> Iterator[None]:
    """Hold this home. Raises: UnavailableError with this `remedy` when another process does."""
    if not found.home.is_dir():  # nobody runs there, and whoever makes it may want it empty
        yield
        return
    with (found.home / "up.lock").open("a", encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            other = read_running(found)
            where = other.web_url if other else "正在启动"
            what = f"本数据目录已有 banli 在运行（{where}）"
            raise UnavailableError(Fault(str(found.home), what, remedy)) from error
        yield
