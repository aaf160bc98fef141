"""What is said of a running deadline on a day (催办), by rules alone.

It depends on the ladder, the kind of deadline, its last day and today, and on nothing else: a sweep asks once for all
the clocks that share them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from models.clocks import OF_THE_OFFICE
from models.ladders import Ladder, RungDate, escalate_on, next_rung_on, rungs
from models.notice_vocabulary import MessageKind
from models.vocabulary import ClockKind, EscalationTarget
from models.workdays import Calendar


@dataclass(frozen=True, slots=True)
class Said:
    """The message of the newest rung reached, and to whom it is taken as well (升级督办)."""

    kind: MessageKind
    rung: RungDate
    higher: tuple[EscalationTarget, ...] = ()


def said(ladder: Ladder, kind: ClockKind, due_on: date, *, today: date, calendar: Calendar) -> Said | None:
    """What is said on `today` of a deadline of that kind ending on `due_on` (inclusive); None: nothing.

    After a standstill the newest rung stands for those that were missed. What an agency owes is taken
    higher from the ladder's day of escalation on; a right nobody must use is never spoken of.
    """
    if kind.is_window:
        return None
    passed = [rung for rung in rungs(ladder, due_on, calendar, until=today) if rung.on <= today]
    if not passed:
        return None
    late = due_on < today
    higher = _higher(ladder, kind, due_on, today=today, calendar=calendar) if late else ()
    if kind is ClockKind.PROMISE:
        return Said(MessageKind.PROMISE_DUE, passed[-1], higher)
    return Said(MessageKind.OVERDUE if late else MessageKind.REMINDER, passed[-1], higher)


def _higher(
    ladder: Ladder, kind: ClockKind, due_on: date, *, today: date, calendar: Calendar
) -> tuple[EscalationTarget, ...]:
    """To whom it is taken; what the office or a proposer owes is taken to nobody."""
    on = escalate_on(ladder, due_on, calendar)
    kept_low = kind in OF_THE_OFFICE or kind is ClockKind.FEEDBACK
    return ladder.escalation.to if ladder.escalation and on and on <= today and not kept_low else ()


def next_on(ladder: Ladder, due_on: date, *, today: date, calendar: Calendar) -> date | None:
    """The day of the next reminder after `today`."""
    return next_rung_on(ladder, due_on, today, calendar)
