"""A thread of a process's own (后台线程): begins, is told of changes, ends when asked and is waited for."""

from __future__ import annotations

from abc import ABC, abstractmethod
from threading import Condition, Thread


class Background(ABC):
    """Subclasses work in `_run` until `_stopping`; whoever changes what they work on holds `_changed`."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._changed = Condition()
        self._stopping = False
        self._thread: Thread | None = None

    def start(self) -> None:
        """Begin."""
        self._stopping = False
        self._thread = Thread(target=self._run, name=self._name, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End what is in hand, then the thread."""
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join()

    @property
    def alive(self) -> bool:
        """Whether the work is being done."""
        return self._thread is not None and self._thread.is_alive()

    @abstractmethod
    def _run(self) -> None:
        """The work."""
