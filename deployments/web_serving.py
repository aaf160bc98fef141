"""How the pages are served (监听): limits that hold before a request reaches the application."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from collections.abc import Callable
from functools import partial
from typing import Any, Final

import uvicorn
from fastapi import FastAPI
from uvicorn.config import STARTUP_FAILURE
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.supervisors import Multiprocess

from deployments.web_runs import Runs

HEAD_SECONDS: Final = 10.0
"""How long a request's first lines may take to arrive, and how long one may be idle."""
HEAD_BYTES: Final = 16 * 1024
CONNECTIONS: Final = 900
"""At once; below the 1,024 files a process may usually hold open."""
MOST_PROCESSES: Final = 4
"""More would wait for the database's one writer, and each takes about 100 MB."""
HUNG_SECONDS: Final = 60
"""A process that does not say a word for so long is started anew."""


class Patience(H11Protocol):
    """Closes a connection whose request does not begin in time: uvicorn itself waits for ever (slow loris)."""

    def __init__(self, *given: Any, head_seconds: float = HEAD_SECONDS, **options: Any) -> None:
        super().__init__(*given, **options)
        self._head_seconds = head_seconds
        self._patience: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's own
        """The clock runs from the first moment."""
        super().connection_made(transport)
        self._wait()

    def data_received(self, data: bytes) -> None:
        """It stops when the head is complete, and runs again for what comes after the answer."""
        super().data_received(data)
        if self.cycle is None or self.cycle.response_complete:
            self._wait()
        else:
            self._stop_waiting()

    def connection_lost(self, exc: Exception | None) -> None:
        """No clock outlives its connection."""
        self._stop_waiting()
        super().connection_lost(exc)

    def _wait(self) -> None:
        if self._patience is None:
            self._patience = self.loop.call_later(self._head_seconds, self._lose_patience)

    def _stop_waiting(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None

    def _lose_patience(self) -> None:
        self._patience = None
        if not self.transport.is_closing() and (self.cycle is None or self.cycle.response_complete):
            self.transport.close()


def usual_processes() -> int:
    """One for each core this process may use: Python answers on one at a time."""
    return min(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1, MOST_PROCESSES)


class _Several(Multiprocess):
    """Processes that share one port; one that ends is started again, Ctrl-C ends them all."""

    def init_processes(self) -> None:
        """They never see Ctrl-C themselves, which would interrupt their start with a traceback: they inherit this."""
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        super().init_processes()
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})


def listen(host: str, port: int) -> socket.socket:
    """The socket people come to. Raises: SystemExit where the port is taken."""
    try:
        return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as error:
        raise SystemExit(f"监听不了 {host}:{port}。请检查端口是否已被占用。") from error


class _Port(socket.socket):
    """Holds a port for processes that each listen to it: it reaches a process as a socket of that process's own.

    With one socket for all, the first process to wake takes every connection of a burst; Linux deals them out between
    sockets.
    """

    def __reduce__(self) -> tuple[Callable[..., socket.socket], tuple[object, ...]]:
        return _bound, (socket.socket, self.family, self.getsockname())


def _bound(kind: type[socket.socket], family: int, address: Any) -> socket.socket:
    made = kind(family, socket.SOCK_STREAM)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # connections of an earlier start may linger
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    made.bind(address)
    return made


def share(listening: socket.socket) -> socket.socket:
    """The port of `listening`, to be handed to several processes; `listening` itself where the system cannot deal out."""
    if sys.platform != "linux":
        return listening
    family, address = listening.family, listening.getsockname()
    listening.close()
    return _bound(_Port, family, address)


def serve_several(app: Callable[[], FastAPI], runs: Runs, listening: socket.socket, *, processes: int) -> None:
    """Serve until stopped; `app` is made in each process, `runs` are made beside this one, their parent.

    Raises: SystemExit where a process cannot begin.
    """
    with share(listening) as port:
        parent = _Several(served(app, processes=processes), [port])  # it hears signals from here on
        runs.start()
        try:
            parent.run()
        finally:
            runs.stop()
    if any(one.exitcode == STARTUP_FAILURE for one in parent.processes):
        raise SystemExit(STARTUP_FAILURE)


def served(
    app: FastAPI | Callable[[], FastAPI], *, processes: int = 1, head_seconds: float = HEAD_SECONDS
) -> uvicorn.Config:
    """The server's settings: no access log, which would hold tokens; no word about what serves."""
    return uvicorn.Config(
        app,
        factory=not isinstance(app, FastAPI),
        workers=processes,
        timeout_worker_healthcheck=HUNG_SECONDS,
        http=partial(Patience, head_seconds=head_seconds),  # type: ignore[arg-type]  # called like the class
        ws="none",
        access_log=False,
        server_header=False,
        date_header=False,
        log_level="warning",
        log_config=None,  # as this process logs
        limit_concurrency=CONNECTIONS,
        h11_max_incomplete_event_size=HEAD_BYTES,
        timeout_keep_alive=5,
    )
