"""The whole history looked through (办理记录核对), behind `banli history verify` and `banli doctor`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Engine, select

from models import schema
from tasks import history
from tasks.database import reading

CASES: Final = schema.CASES
HISTORY: Final = schema.HISTORY
AT_ONCE: Final = 500
"""Cases whose history is read in one go."""


@dataclass(frozen=True, slots=True)
class HistoryReport:
    """What a look through the history found."""

    cases: int
    entries: int
    breaks: tuple[history.Break, ...]


def verify_history(made: Engine, progress: Callable[[int, int], None] | None = None) -> HistoryReport:
    """Look through the whole history, a few hundred cases at a time; `progress` is told how many of how many."""
    entries = 0
    breaks: list[history.Break] = []
    with reading(made) as connection:
        heads = {
            row.id: (row.history_length, row.history_hash)
            for row in connection.execute(
                select(CASES.c.id, CASES.c.history_length, CASES.c.history_hash).order_by(CASES.c.id)
            )
        }
        ids = list(heads)
        for start in range(0, len(ids), AT_ONCE):
            part = ids[start : start + AT_ONCE]
            within = HISTORY.c.case_id.between(part[0], part[-1])
            found = connection.execute(select(HISTORY).where(within).order_by(HISTORY.c.case_id, HISTORY.c.seq))
            rows = [dict(row) for row in found.mappings()]
            entries += len(rows)
            breaks += history.verify(rows, {case_id: heads[case_id] for case_id in part})
            if progress:
                progress(start + len(part), len(ids))
    return HistoryReport(len(heads), entries, tuple(breaks))
