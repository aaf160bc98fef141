"""What was posted together is carried out together (合并办理): one flow run for all of a kind, after the answers."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from time import monotonic
from typing import Final

from sqlalchemy import Engine

from models.actions.action import Action, Outcome
from models.errors import BanliError, UnavailableError
from models.lifecycle import STEP_OF
from tasks import clock
from tasks.background import Background
from tasks.posts import Job, finish, pending, unfinished

Perform = Callable[[str, Sequence[Action], Sequence[Outcome]], Sequence[Outcome]]
"""Runs the flow of that name on a batch and returns an outcome for each action. The outcomes handed over were recorded
before; without them the run records."""

WINDOW_SECONDS: Final = 0.5
"""How long the first post waits for others. Nobody waits with it: its answer has left."""
RETRY_SECONDS: Final = (1.0, 2.0, 5.0, 15.0, 60.0)
"""How long to wait after each failure in a row; the last one repeats."""
AT_ONCE: Final = 500
"""Actions in one run."""
REST: Final = 4.0
"""After a run this many times its length passes before the next: runs take a fifth of the time at most, people the
rest."""
MOST_REST_SECONDS: Final = 10.0
LOOK_SECONDS: Final = 60.0
"""How often to look for posts whose process ended before their run."""
ORPHANED: Final = timedelta(minutes=3)
"""A post this old without a run may be anybody's."""

log = logging.getLogger("banli.posts")


@dataclass(slots=True)
class _Waiting:
    job: Job
    failures: int = 0
    not_before: float = 0.0

    @property
    def key(self) -> str:
        return self.job.action.key


def flow_of(action: Action) -> str:
    """The flow that does an action."""
    step = STEP_OF.get(action.kind)  # type: ignore[attr-defined]  # every concrete action has a kind
    return step.flow if step else "receive"


class Coalescer(Background):
    """One background thread that has runs made for what was answered, and for what others left.

    Asked to stop, it ends the run in hand; what has none yet stays kept and is taken up at the next start.
    """

    def __init__(
        self,
        perform: Perform,
        engine: Engine,
        *,
        window_seconds: float = WINDOW_SECONDS,
        retry_seconds: Sequence[float] = RETRY_SECONDS,
        look_seconds: float = LOOK_SECONDS,
        orphaned: timedelta = ORPHANED,
    ) -> None:
        super().__init__("banli-posts")
        self._perform = perform
        self._engine = engine
        self._window = window_seconds
        self._retry = tuple(retry_seconds)
        self._look = look_seconds
        self._orphaned = orphaned
        self._jobs: dict[str, _Waiting] = {}
        self._looked = 0.0
        self._rest_until = 0.0

    def start(self) -> None:
        """Take up what a crash left and begin. Raises: UnavailableError when the database cannot be read."""
        self.submit(pending(self._engine))
        self._looked = monotonic()
        super().start()

    @property
    def waiting(self) -> int:
        """Posts this process has yet to make a run for."""
        return len(self._jobs)

    def submit(self, jobs: Iterable[Job]) -> None:
        """Have runs made for kept posts; the same key twice is one job."""
        with self._changed:
            for job in jobs:
                self._jobs.setdefault(job.action.key, _Waiting(job))
            self._changed.notify_all()

    def _run(self) -> None:
        while (waiting := self._next()) is not None:
            if monotonic() - self._looked >= self._look:
                self._look_around()
            began = monotonic()
            groups: dict[str, list[_Waiting]] = defaultdict(list)
            for one in self._still_to_do(waiting):
                groups[flow_of(one.job.action)].append(one)
            for flow, group in groups.items():
                for some in _parcels(group):
                    self._do(flow, some)
            self._rest_until = monotonic() + min(MOST_REST_SECONDS, REST * (monotonic() - began))

    def _next(self) -> list[_Waiting] | None:
        """The jobs whose time has come, once the window has passed; none to look around; None when it is time to stop."""
        with self._changed:
            look_at = self._looked + self._look
            while not self._stopping:
                soonest = min((one.not_before for one in self._jobs.values()), default=look_at)
                if min(soonest, look_at) <= monotonic():
                    break
                self._changed.wait(min(soonest, look_at) - monotonic())
            gathered_until = max(monotonic() + self._window, self._rest_until)
            while self._jobs and not self._stopping and (left := gathered_until - monotonic()) > 0:
                self._changed.wait(left)
            if self._stopping:
                return None
            return [one for one in self._jobs.values() if one.not_before <= monotonic()]

    def _look_around(self) -> None:
        """Take up what a process that is gone left behind."""
        self._looked = monotonic()
        try:
            known = frozenset(self._jobs)
            self.submit(pending(self._engine, before=clock.now() - self._orphaned, known=known))
        except UnavailableError as error:
            log.warning("posts of other processes could not be looked for: %s", error)

    def _still_to_do(self, waiting: list[_Waiting]) -> list[_Waiting]:
        try:
            unmade = unfinished(self._engine, [one.key for one in waiting])
        except UnavailableError as error:
            self._put_off(waiting, str(error))
            return []
        self._forget(one.key for one in waiting if one.key not in unmade)
        return [one for one in waiting if one.key in unmade]

    def _do(self, flow: str, waiting: list[_Waiting]) -> None:
        """One run; where a run of several fails for a reason of its own, each is tried alone."""
        actions = [one.job.action for one in waiting]
        recorded = [one.job.outcome for one in waiting if one.job.outcome is not None]
        try:
            outcomes = self._perform(flow, actions, recorded if len(recorded) == len(actions) else ())
            finish(self._engine, outcomes)
        except UnavailableError as error:
            self._put_off(waiting, str(error))
        except Exception as error:
            if len(waiting) > 1:
                for one in waiting:
                    self._do(flow, [one])
                return
            said = str(error) if isinstance(error, BanliError) else type(error).__name__
            log.exception("the run of post %s (%s) failed and will be tried again", waiting[0].key, flow)
            self._put_off(waiting, said)
        else:
            done = {one.key for one in outcomes}
            self._forget(done)
            missing = [one for one in waiting if one.key not in done]
            if missing:
                self._put_off(missing, "the flow returned no outcome")

    def _forget(self, keys: Iterable[str]) -> None:
        with self._changed:
            for key in keys:
                self._jobs.pop(key, None)

    def _put_off(self, waiting: list[_Waiting], why: str) -> None:
        with self._changed:
            for one in waiting:
                wait = self._retry[min(one.failures, len(self._retry) - 1)]
                one.failures += 1
                one.not_before = monotonic() + wait
        log.warning("%d post(s) kept, their run put off: %s", len(waiting), why)


def _parcels(waiting: list[_Waiting]) -> list[list[_Waiting]]:
    return [waiting[start : start + AT_ONCE] for start in range(0, len(waiting), AT_ONCE)]
