"""The sweep (催办): which running clocks have a reminder due, found through an index and written in sets.

Each clock's row carries the day of its next reminder, so a sweep touches only what is due and a second one on the
same day finds nothing. What is said depends on pack, kind and last day alone (`models/reminding.py`), so the rules
are asked once for each of these and the database writes the notices of all the clocks that share them: memory and
statements do not grow with the number of clocks in a batch.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import Connection, Engine, false, select

from models import actions as a
from models.values.case import case_ref
from models.vocabulary import ClockKind, Stage
from tasks.database import reading, transaction
from tasks.loading import CASES
from tasks.reminder_sets import CLOCKS, advance, ask_rules, gather, write_notices

BATCH: Final = 10_000
"""Clocks in one transaction: large enough to be near the database's floor, short enough to let others write."""


@dataclass(frozen=True, slots=True)
class Sweep:
    """What one sweep found."""

    clocks: int
    notices: int


def sweep(engine: Engine, *, today: date, at: datetime) -> Sweep:
    """Write the notices of every rung that is due and unsaid; safe to run at any time, as often as wanted.

    Cases somebody works on at this moment come last.
    """
    clocks = notices = 0
    for waiting in (False, True):
        for one in _batches(engine, today=today, at=at, waiting=waiting):
            clocks += one.clocks
            notices += one.notices
    return Sweep(clocks=clocks, notices=notices)


def _batches(engine: Engine, *, today: date, at: datetime, waiting: bool) -> Iterator[Sweep]:
    while True:
        with transaction(engine) as connection:
            found = gather(connection, today, limit=BATCH, waiting=waiting)
            if found:
                ask_rules(connection, today=today, at=at)
                written = write_notices(connection, at=at)
                advance(connection)
        if not found:
            return
        yield Sweep(clocks=found, notices=written)


def closing_windows(connection: Connection, before: date) -> Sequence[Any]:
    """Feedback windows that still run although their last day lies before `before`."""
    statement = (
        select(CASES.c.id, CASES.c.session, CASES.c.in_recess, CASES.c.number, CLOCKS.c.no, CLOCKS.c.due_on)
        .join(CLOCKS, CLOCKS.c.case_id == CASES.c.id)
        .where(
            CASES.c.stage == Stage.REPLIED,
            CLOCKS.c.kind == ClockKind.FEEDBACK,
            CLOCKS.c.stopped_on.is_(None),
            CLOCKS.c.superseded == false(),
            CLOCKS.c.due_on < before,
        )
        .order_by(CLOCKS.c.due_on, CASES.c.id)
    )
    return connection.execute(statement).all()


def silent_cases(engine: Engine, today: date) -> list[a.CloseFeedback]:
    """Cases whose feedback window is over: what was not said is recorded as not said."""
    with reading(engine) as connection:
        return [
            a.CloseFeedback(
                case=case_ref(row.session, row.number, in_recess=row.in_recess),
                by=a.SYSTEM,
                key=f"silent:{row.id}:{row.no}",
            )
            for row in closing_windows(connection, today)
        ]
