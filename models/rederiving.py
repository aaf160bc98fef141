"""What a new calendar or rule makes of a case's running clocks (重新计算期限), by rules alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from models import clocks
from models.deadline_words import opening
from models.errors import BanliError
from models.rulings import World
from models.values.case import Case
from models.values.handling import Clock
from models.vocabulary import ClockKind

if TYPE_CHECKING:
    from models.actions.upkeep import ClockMoved


@dataclass(frozen=True, slots=True)
class Unclear:
    """A running clock whose date cannot be worked out any more, and why; it keeps the date it had."""

    clock_no: int
    clock: ClockKind
    why: str


def rederived(case: Case, world: World) -> tuple[Case, tuple[Unclear, ...]]:
    """The case with every running clock worked out again; one that stands still is left until it goes on."""
    unclear = []
    for clock in case.clocks:
        if not clock.runs or clocks.waits(case, clock):
            continue
        try:
            case = clocks.rederive(case, clock, world)
        except BanliError as error:
            fault = error.faults[0]
            unclear.append(Unclear(clock.no, clock.kind, f"{fault.what}。{fault.remedy}"))
    return case, tuple(unclear)


def moved(before: Case, after: Case, world: World) -> tuple[ClockMoved, ...]:
    """The clocks whose date, or whose being 暂定, differs between the two; a reminder's day alone is no move."""
    from models.actions.upkeep import ClockMoved  # noqa: PLC0415 - forms nobody needs who only looks at cases

    found = []
    for old, new in zip(before.clocks, after.clocks, strict=True):
        if (old.due_on, old.original_on, old.provisional) != (new.due_on, new.original_on, new.provisional):
            found.append(
                ClockMoved(
                    clock_no=new.no,
                    clock=new.kind,
                    before_on=old.due_on,
                    after_on=new.due_on,
                    was_provisional=old.provisional,
                    is_provisional=new.provisional,
                    agencies=clocks.holders(after, new),
                    why=_why(after, new, world),
                )
            )
    return tuple(found)


def _why(case: Case, clock: Clock, world: World) -> str:
    """The sentences of the derivation behind rule and start, which did not change."""
    if clocks.is_manual(clock):
        return "期限由人指定，不随日历变动。"
    part = next((part for part in case.assignments if part.no == clock.assignment_no), None)
    rule = clocks.rule_of(case, clock.kind, world, role=part.role if part else None)
    known = opening(rule, clock.started_on) if rule else []
    return "".join(step for step in clocks.derive(case, clock, world).steps if step not in known)
