"""Posts arriving together are done together (合并办理): one flow run for all of a kind, one answer for each."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from threading import Condition, Thread
from time import monotonic
from typing import Final

from sqlalchemy import Engine

from models.actions import Action, Outcome
from models.errors import BanliError, UnavailableError
from models.lifecycle import STEP_OF
from tasks.posts import finish, pending

Perform = Callable[[str, Sequence[Action]], Sequence[Outcome]]
"""Runs the flow of that name on a batch and returns an outcome for each action, in order."""

WINDOW_SECONDS: Final = 0.02
"""How long the first post waits for others: short against what a flow run costs."""
RETRY_SECONDS: Final = (1.0, 2.0, 5.0, 15.0, 60.0)
"""How long to wait after each failure in a row; the last one repeats."""
AT_ONCE: Final = 500
"""Actions in one run."""

log = logging.getLogger("banli.posts")


@dataclass(slots=True)
class _Job:
    action: Action
    answer: Future[Outcome] = field(default_factory=Future)
    failures: int = 0
    not_before: float = 0.0


def flow_of(action: Action) -> str:
    """The flow that does an action."""
    step = STEP_OF.get(action.kind)  # type: ignore[attr-defined]  # every concrete action has a kind
    return step.flow if step else "receive"


class Coalescer:
    """One background thread that does what was kept. `submit` only after `tasks.posts.keep`."""

    def __init__(
        self,
        perform: Perform,
        engine: Engine,
        *,
        window_seconds: float = WINDOW_SECONDS,
        retry_seconds: Sequence[float] = RETRY_SECONDS,
    ) -> None:
        self._perform = perform
        self._engine = engine
        self._window = window_seconds
        self._retry = tuple(retry_seconds)
        self._jobs: dict[str, _Job] = {}
        self._changed = Condition()
        self._stopping = False
        self._thread: Thread | None = None

    def start(self) -> None:
        """Take up what a crash left and begin. Raises: UnavailableError when the database cannot be read."""
        with self._changed:
            self._jobs.update({action.key: _Job(action) for action in pending(self._engine)})
            self._stopping = False
        self._thread = Thread(target=self._run, name="banli-posts", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Finish the run in hand and end; what is not done stays kept and is taken up at the next start."""
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join()
        for job in self._jobs.values():
            job.answer.cancel()

    @property
    def alive(self) -> bool:
        """Whether posts are being done."""
        return self._thread is not None and self._thread.is_alive()

    @property
    def waiting(self) -> int:
        """Posts not yet answered."""
        return len(self._jobs)

    def submit(self, action: Action) -> Future[Outcome]:
        """Have a kept post done; the same key twice is one job with one answer."""
        with self._changed:
            job = self._jobs.setdefault(action.key, _Job(action))
            self._changed.notify_all()
            return job.answer

    def watch(self, key: str) -> Future[Outcome] | None:
        """The answer to come of a post that was submitted and is not yet done."""
        with self._changed:
            job = self._jobs.get(key)
            return job.answer if job else None

    def _run(self) -> None:
        while (jobs := self._next()) is not None:
            groups: dict[str, list[_Job]] = defaultdict(list)
            for job in jobs:
                groups[flow_of(job.action)].append(job)
            for flow, group in groups.items():
                for some in _parcels(group):
                    self._do(flow, some)

    def _next(self) -> list[_Job] | None:
        """The jobs whose time has come, once the window has passed; None when it is time to stop."""
        with self._changed:
            while not self._stopping:
                times = [job.not_before for job in self._jobs.values()]
                soonest = min(times, default=None)
                if soonest is not None and soonest <= monotonic():
                    break
                self._changed.wait(None if soonest is None else soonest - monotonic())
            gathered_until = monotonic() + self._window
            while not self._stopping and (left := gathered_until - monotonic()) > 0:
                self._changed.wait(left)
            if self._stopping:
                return None
            return [job for job in self._jobs.values() if job.not_before <= monotonic()]

    def _do(self, flow: str, jobs: list[_Job]) -> None:
        """One run; where a run of several fails for a reason of its own, each is tried alone."""
        try:
            outcomes = {one.key: one for one in self._perform(flow, [job.action for job in jobs])}
            finish(self._engine, outcomes.values())
        except UnavailableError as error:
            self._put_off(jobs, str(error))
        except Exception as error:
            if len(jobs) > 1:
                for job in jobs:
                    self._do(flow, [job])
                return
            said = str(error) if isinstance(error, BanliError) else type(error).__name__
            log.exception("post %s (%s) failed and will be tried again", jobs[0].action.key, flow)
            self._put_off(jobs, said)
        else:
            missing = [job for job in jobs if job.action.key not in outcomes]
            self._answer([job for job in jobs if job.action.key in outcomes], outcomes)
            if missing:
                self._put_off(missing, "the flow returned no outcome")

    def _answer(self, jobs: list[_Job], outcomes: dict[str, Outcome]) -> None:
        with self._changed:
            for job in jobs:
                self._jobs.pop(job.action.key, None)
        for job in jobs:
            job.answer.set_result(outcomes[job.action.key])

    def _put_off(self, jobs: list[_Job], why: str) -> None:
        with self._changed:
            for job in jobs:
                wait = self._retry[min(job.failures, len(self._retry) - 1)]
                job.failures += 1
                job.not_before = monotonic() + wait
        log.warning("%d post(s) kept and put off: %s", len(jobs), why)


def _parcels(jobs: list[_Job]) -> list[list[_Job]]:
    return [jobs[start : start + AT_ONCE] for start in range(0, len(jobs), AT_ONCE)]
