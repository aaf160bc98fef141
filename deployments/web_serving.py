"""How the pages are served (监听): limits that hold before a request reaches the application."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any, Final

import uvicorn
from fastapi import FastAPI
from uvicorn.protocols.http.h11_impl import H11Protocol

HEAD_SECONDS: Final = 10.0
"""How long a request's first lines may take to arrive, and how long one may be idle."""
HEAD_BYTES: Final = 16 * 1024
CONNECTIONS: Final = 900
"""At once; below the 1,024 files a process may usually hold open."""


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


def served(
    app: FastAPI, *, host: str = "127.0.0.1", port: int = 0, head_seconds: float = HEAD_SECONDS
) -> uvicorn.Config:
    """The server's settings: no access log, which would hold tokens; no word about what serves."""
    return uvicorn.Config(
        app,
        host=host,
        port=port,
        http=partial(Patience, head_seconds=head_seconds),  # type: ignore[arg-type]  # called like the class
        ws="none",
        access_log=False,
        server_header=False,
        date_header=False,
        log_level="warning",
        limit_concurrency=CONNECTIONS,
        h11_max_incomplete_event_size=HEAD_BYTES,
        timeout_keep_alive=5,
    )
