"""How many reminders a case's running clocks bring about within some days, by rules alone."""

from __future__ import annotations

from datetime import date

from models import clocks, deadlines
from models.rulings import World, agency_recipient, escalation_recipients
from models.steps.feedback import awaited
from models.values.case import Case
from models.values.handling import Clock
from models.vocabulary import ClockKind


def reminders(case: Case, world: World, until: date) -> int:
    """Notices of rungs after today up to `until` (inclusive), one for each recipient, and of escalations."""
    return sum(_of(case, clock, world, until) for clock in case.clocks if clock.runs and not clocks.waits(case, clock))


def _of(case: Case, clock: Clock, world: World, until: date) -> int:
    if clock.kind.is_window or case.pack not in world.packs:
        return 0
    ladder = world.pack(case).reminder_ladder
    said = deadlines.rungs(ladder, clock.due_on, world.calendar, until=until)
    rungs = sum(rung.on > world.today for rung in said)
    return rungs * _recipients(case, clock) + _escalations(case, clock, world, until)


def _escalations(case: Case, clock: Clock, world: World, until: date) -> int:
    """Notices to those it is taken to; what the office or a proposer owes is taken to nobody."""
    ladder = world.pack(case).reminder_ladder
    on = deadlines.escalate_on(ladder, clock.due_on, world.calendar)
    kept_low = clock.kind in clocks.OF_THE_OFFICE or clock.kind is ClockKind.FEEDBACK
    if kept_low or on is None or not world.today < on <= until:
        return 0
    holders = [agency_recipient(name) for name in clocks.holders(case, clock)]
    return len(escalation_recipients(ladder.escalation.to, holders)) if ladder.escalation else 0


def _recipients(case: Case, clock: Clock) -> int:
    if clock.kind in clocks.OF_THE_OFFICE:
        return 1
    if clock.kind is ClockKind.FEEDBACK:
        return len(awaited(case))
    return len(clocks.holders(case, clock))
