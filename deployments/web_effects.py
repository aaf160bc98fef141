"""What follows a post without keeping anybody waiting (随后发送): its notices go out at once, not at the next round."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from threading import Event, Thread
from time import monotonic

from models.actions import Action, Outcome
from models.errors import UnavailableError
from tasks.coalescing import MOST_REST_SECONDS, REST, Perform

_log = logging.getLogger(__name__)


class Follower:
    """Performs posts, and after each round lets `deliver` run once in the background.

    Posts that arrive while it runs are followed by one more run. What fails here is not lost: the schedule delivers
    whatever still waits.
    """

    def __init__(self, perform: Perform, deliver: Callable[[], object]) -> None:
        self._perform = perform
        self._deliver = deliver
        self._wanted = Event()
        self._rest = Event()  # never set: it only gives a delivery's time back to the people at the pages
        Thread(target=self._follow, name="deliver", daemon=True).start()

    def __call__(self, flow: str, actions: Sequence[Action], recorded: Sequence[Outcome]) -> Sequence[Outcome]:
        """Perform, then ask for a delivery if anything was recorded."""
        outcomes = self._perform(flow, actions, recorded)
        if any(not outcome.refused for outcome in outcomes):
            self._wanted.set()
        return outcomes

    def _follow(self) -> None:
        while True:
            self._wanted.wait()
            self._wanted.clear()
            began = monotonic()
            try:
                self._deliver()
            except UnavailableError as error:
                _log.warning("通知留待下次发送：%s", error)
            self._rest.wait(min(MOST_REST_SECONDS, REST * (monotonic() - began)))
