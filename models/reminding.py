"""What is said of a running deadline on a day (催办), by rules alone.

It depends on the ladder, the kind of deadline, its last day and today, and on nothing else: a sweep asks once for all
the clocks that share them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from models.clocks import OF_THE_OFFICE
from models.ladders import Ladder, RungDate, escalate_on, next_rung_on, rungs
from models.vocabulary import ClockKind, MessageKind
from models.workdays import Calendar


@dataclass(frozen=True, slots=True)
class Said:
    """The message of the newest rung reached, and whether the case goes up as well."""

    kind: MessageKind
    rung: RungDate
    escalates: bool


def said(ladder: Ladder, kind: ClockKind, due_on: date, *, today: date, calendar: Calendar) -> Said | None:
    """What is said on `today` of a deadline of that kind ending on `due_on` (inclusive); None: nothing.

    After a standstill the newest rung stands for those that were missed. What an agency owes goes to the office too
    from the ladder's day of escalation on; a right nobody must use is never spoken of.
    """
    if kind.is_window:
        return None
    passed = [rung for rung in rungs(ladder, due_on, calendar, until=today) if rung.on <= today]
    if not passed:
        return None
    late = due_on < today
    held_by_others = kind not in OF_THE_OFFICE and kind is not ClockKind.FEEDBACK
    escalates = late and held_by_others and escalate_on(ladder, due_on, calendar) <= today
    if kind is ClockKind.PROMISE:
        return Said(MessageKind.PROMISE_DUE, passed[-1], escalates)
    return Said(MessageKind.OVERDUE if late else MessageKind.REMINDER, passed[-1], escalates)


def next_on(ladder: Ladder, due_on: date, *, today: date, calendar: Calendar) -> date | None:
    """The day of the next reminder after `today`."""
    return next_rung_on(ladder, due_on, today, calendar)
