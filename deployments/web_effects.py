"""What follows a post without keeping anybody waiting (随后发送): its notices go out at once, not at the next round."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from threading import Event, Thread
from time import monotonic

from models.actions.action import Action, Outcome
from models.errors import UnavailableError
from tasks.coalescing import MOST_REST_SECONDS, REST, RETRY_SECONDS, Perform

log = logging.getLogger(__name__)


class Follower:
    """Performs posts, and after each round lets `deliver` run once in the background.

    Posts that arrive while it runs are followed by one more run. What fails here is not lost: a server that is silent
    leaves it to the schedule, which delivers whatever still waits; anything else is said and tried again.
    """

    def __init__(
        self, perform: Perform, deliver: Callable[[], object], *, retry_seconds: Sequence[float] = RETRY_SECONDS
    ) -> None:
        self._perform = perform
        self._deliver = deliver
        self._retry = tuple(retry_seconds)
        self._wanted = Event()
        self._rest = Event()  # never set: it only gives a delivery's time back to the people at the pages
        Thread(target=self._follow, name="deliver", daemon=True).start()

    def __call__(self, flow: str, actions: Sequence[Action], recorded: Sequence[Outcome]) -> Sequence[Outcome]:
        """Perform, then ask for a delivery if anything was recorded."""
        outcomes = self._perform(flow, actions, recorded)
        if any(not outcome.refused for outcome in outcomes):
            self.ask()
        return outcomes

    def ask(self) -> None:
        """Have what waits delivered soon."""
        self._wanted.set()

    def _follow(self) -> None:
        failures = 0
        while True:
            self._wanted.wait()
            self._wanted.clear()
            began = monotonic()
            try:
                self._deliver()
            except UnavailableError as error:
                log.warning("通知留待下次发送：%s", error)
            except Exception:
                wait = self._retry[min(failures, len(self._retry) - 1)]
                failures += 1
                log.exception("通知没有发完，%s秒后再发", wait)
                self._rest.wait(wait)
                self._wanted.set()
            else:
                failures = 0
            self._rest.wait(min(MOST_REST_SECONDS, REST * (monotonic() - began)))
