"""Reminder ladders (催办阶梯): on which working days before, on and after a deadline something is said, and the lights.

A rung's place is an offset in working days from the deadline: -7 before it, 0 on the day, 3 after it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from itertools import count as count_up
from itertools import takewhile
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from models.vocabulary import EscalationTarget, Light
from models.workdays import Calendar

_ONE_DAY = timedelta(days=1)
_TWO_YEARS = 500


class Rung(BaseModel):
    """One line of a ladder: an offset, or several at a fixed distance up to `to_workdays` (None = for ever)."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, defer_build=True)

    from_workdays: Annotated[int, Field(ge=-250, le=250)]
    to_workdays: Annotated[int, Field(ge=-250, le=250)] | None = None
    every_workdays: Annotated[int, Field(ge=1, le=250)] | None = None
    """Absent: this rung is said once."""
    text: Annotated[str, Field(min_length=1)]

    def offsets(self) -> Iterator[int]:
        """The working-day offsets of this rung, rising, perhaps without end."""
        if self.every_workdays is None:
            return iter((self.from_workdays,))
        if self.to_workdays is None:
            return count_up(self.from_workdays, self.every_workdays)
        return iter(range(self.from_workdays, self.to_workdays + 1, self.every_workdays))

    def within_years(self) -> list[int]:
        """The offsets within two years of the deadline, for comparing rungs that may have no end."""
        return list(takewhile(lambda offset: offset <= _TWO_YEARS, self.offsets()))


class Escalation(BaseModel):
    """When an unmet deadline is taken higher (升级督办), and to whom; each is told once for each date."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, defer_build=True)

    after_workdays: Annotated[int, Field(ge=0, le=250)]
    to: Annotated[tuple[EscalationTarget, ...], Field(min_length=1)]
    source: Annotated[str, Field(min_length=1)]
    confidence: Literal["V", "E", "M", "C", "I"]


class Ladder(BaseModel):
    """A preset: its rungs, the lights' thresholds and the escalation; without one nothing is taken higher."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, defer_build=True)

    rungs: Annotated[tuple[Rung, ...], Field(min_length=1)]
    yellow_workdays: Annotated[int, Field(ge=0, le=250)]
    red_workdays: Annotated[int, Field(ge=0, le=250)]
    escalation: Escalation | None = None
    source: str
    confidence: str

    def __hash__(self) -> int:
        return hash((len(self.rungs), self.yellow_workdays, self.red_workdays, self.escalation))


@dataclass(frozen=True, slots=True)
class RungDate:
    """When a rung is said; `key` is the same for the same rung of the same clock whatever the date becomes."""

    key: str
    on: date
    offset_workdays: int
    text: str


def remaining(due_on: date, today: date, calendar: Calendar) -> int:
    """Working days left (today excluded, the last day included); negative: working days late."""
    return calendar.count(today, due_on) if today <= due_on else -calendar.count(due_on, today)


def light(due_on: date, today: date, *, calendar: Calendar, ladder: Ladder) -> Light:
    """Red when late or nearly so, yellow when near, else green."""
    left = remaining(due_on, today, calendar)
    if today > due_on or left <= ladder.red_workdays:
        return Light.RED
    return Light.YELLOW if left <= ladder.yellow_workdays else Light.GREEN


def escalate_on(ladder: Ladder, due_on: date, calendar: Calendar) -> date | None:
    """The day an unmet deadline is taken higher; None where the place takes nothing higher."""
    return calendar.add(due_on, ladder.escalation.after_workdays) if ladder.escalation else None


def rungs(ladder: Ladder, due_on: date, calendar: Calendar, *, until: date | None = None) -> tuple[RungDate, ...]:
    """Every rung up to `until` (inclusive; the deadline itself when absent), earliest first."""
    last = due_on if until is None else until
    return tuple(sorted(_dated(ladder, due_on, calendar, until=last), key=lambda rung: (rung.on, rung.offset_workdays)))


@lru_cache(maxsize=65536)
def next_rung_on(ladder: Ladder, due_on: date, after: date, calendar: Calendar) -> date | None:
    """The first day later than `after` on which a rung is said; None when the ladder has ended."""
    return min((found for rung in ladder.rungs if (found := _first_after(rung, due_on, after, calendar))), default=None)


def _first_after(rung: Rung, due_on: date, after: date, calendar: Calendar) -> date | None:
    return next((on for offset in rung.offsets() if (on := _on(offset, due_on, calendar)) > after), None)


def _dated(ladder: Ladder, due_on: date, calendar: Calendar, *, until: date) -> Iterator[RungDate]:
    for rung in ladder.rungs:
        for offset in rung.offsets():
            if (on := _on(offset, due_on, calendar)) > until:
                break
            yield RungDate(f"{offset:+d}", on, offset, rung.text)


def _on(offset: int, due_on: date, calendar: Calendar) -> date:
    """Messages go out on working days: a last day that is a rest day is spoken of on the working day before it."""
    return calendar.add(due_on, offset) if offset else calendar.add(due_on + _ONE_DAY, -1)
