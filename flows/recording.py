"""The one task every step shares: a chunk of actions, one transaction (登记)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from prefect import State, get_run_logger
from prefect.artifacts import create_progress_artifact, update_progress_artifact
from prefect.states import Completed

from flows.events import tell_cases
from flows.naming import add_tags
from flows.parcels import Given, Outcomes, Parcel, open_parcel
from flows.retried import retried
from models.actions.action import Action, Outcome
from tasks import database, recording
from tasks.loading import chunked

CHUNK = 1_000
"""Actions in one transaction: large enough to be near the database's floor, short enough to hold its lock briefly."""
LONG = 10
"""Chunks of a batch from which on a bar shows how far it is; fewer are done in a few seconds."""
SHOWN = 20
"""Refusals written to the log one by one; the rest is a number."""


@retried("登记", times=3, after_seconds=[1, 5, 20], run_name="登记{count}项")
def record_chunk(parcel: Parcel, count: int) -> Outcomes:  # noqa: ARG001 - the count names the run
    """Record one chunk in one transaction."""
    return Outcomes(recording.record(database.engine(), parcel.actions))


def record(given: Given, *allowed: type[Action]) -> list[Outcome]:
    """Record everything given, a transaction a chunk, and tell the story in one line.

    What a page recorded when it answered is told and not recorded again.
    """
    if isinstance(given, Parcel) and given.outcomes:
        tell(list(given.outcomes))
        tell_cases(given.outcomes)
        return list(given.outcomes)
    actions, outcomes = open_parcel(given, *allowed)
    if not isinstance(given, Parcel):
        add_tags(actions)
    progress = create_progress_artifact(0, description=f"共{len(actions)}项") if len(actions) > LONG * CHUNK else None
    for at, chunk in enumerate(chunked(actions, CHUNK)):
        parcel = Parcel.of(chunk)
        done = record_chunk(parcel, len(chunk)).taken()
        parcel.empty()
        outcomes += done
        tell_cases(done)
        if isinstance(progress, UUID):
            update_progress_artifact(progress, 100 * min(1, (at + 1) * CHUNK / len(actions)))
    tell(outcomes)
    return outcomes


def tell(outcomes: list[Outcome]) -> None:
    """Log what became of a batch: one line, and one for each of the first refusals."""
    log = get_run_logger()
    refused = [outcome for outcome in outcomes if outcome.refused]
    log.info(summary(outcomes))
    for outcome in refused[:SHOWN]:
        log.warning("%s %s：%s", outcome.action, outcome.case, outcome.message)


def summary(outcomes: list[Outcome]) -> str:
    """`已办理47项，已办过1项`."""
    counts = {
        result: sum(outcome.result == result for outcome in outcomes) for result in ("已办理", "已办过", "未办理")
    }
    return "，".join(f"{result}{count}项" for result, count in counts.items() if count) or "没有要办的事项"


def ended(outcomes: list[Outcome]) -> State[Any]:
    """The run's final state carries the story, so that the list of runs shows it."""
    return Completed(message=summary(outcomes), data=Outcomes(outcomes))
