"""A flow's own piece of work (任务): tried again where that may help, and nothing is kept of it.

It carries no tags. Prefect holds a thread, a connection and the run's whole context for each set of tags that a task
ever had, to look for limits on them, and asks its server once a run: a process that works for weeks would grow by
every case it was told of. The tags that people look for stand on the flow run.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from prefect import State, task
from prefect.cache_policies import NO_CACHE
from prefect.context import TagsContext

from models.errors import UnavailableError

P = ParamSpec("P")
T = TypeVar("T")


def passes(_task: Any, _run: Any, state: State[Any]) -> bool:
    """Whether trying again may help: a busy or unreachable database, never a rule's answer."""
    error = state.result(raise_on_failure=False)
    return isinstance(error, UnavailableError)


def retried(
    name: str, *, times: int, after_seconds: float | list[float], run_name: str | None = None
) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """A task of this name, tried again so many times; `run_name` may name its parameters in braces."""
    made = task(
        name=name, task_run_name=run_name, retries=times, retry_delay_seconds=after_seconds, retry_condition_fn=passes,
        cache_policy=NO_CACHE, persist_result=False,
    )  # fmt: skip

    def decorate(function: Callable[P, T]) -> Callable[P, T]:
        work = made(function)

        @wraps(function)
        def untagged(*given: P.args, **named: P.kwargs) -> T:
            with TagsContext(current_tags=set()):
                return work(*given, **named)

        return untagged

    return decorate
