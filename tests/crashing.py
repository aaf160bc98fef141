"""A process that records batch after batch, to be killed at any moment and started again with the same keys.

Importing takes seconds and recording a fraction of one, so one process imports and forks a worker at each line it
reads; it writes the worker's number and, once that has ended, how.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from datetime import date

from builders import proposed, road

from models import actions as a
from tasks import clock, database
from tasks.recording import record

COUNT = 12
"""Cases taken from receipt to their end."""


def batches() -> Iterator[tuple[date, list[a.Action]]]:
    """Each step of the usual road for all cases at once, under keys that are the same in every run."""
    numbers = [f"{n:04}" for n in range(1, COUNT + 1)]
    yield date(2026, 1, 21), [proposed(number, key=f"收:{number}") for number in numbers]
    for place, (on, action) in enumerate(road()):
        if action.kind == "归档":
            continue
        given = action.model_dump(exclude={"key", "case"})
        yield on, [type(action)(**given, case=number, key=f"{place}:{number}") for number in numbers]


def work() -> int:
    """Record everything; what was recorded before is answered from the history."""
    for on, batch in batches():
        with clock.moved_to(clock.morning_of(on)):
            refused = [one.message for one in record(database.engine(), batch) if one.refused]
        if refused:
            sys.stdout.write("\n".join(refused))
            return 1
    return 0


def main() -> None:
    """Fork a worker for each line; say its number, then its end."""
    record(database.engine(), [])  # what is loaded and compiled once
    database.engine().dispose()  # a worker connects by itself
    for _line in sys.stdin:
        number = os.fork()
        if number == 0:
            os._exit(work())
        sys.stdout.write(f"{number}\n")
        sys.stdout.flush()
        _, status = os.waitpid(number, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
