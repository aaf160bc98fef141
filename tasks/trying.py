"""What changed rules would do to the cases that run now (规则试算); nothing is written."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from sqlalchemy import Engine

from models.foreseeing import reminders
from models.policy import Pack
from models.rederiving import moved, rederived
from models.rulings import World
from models.values.case import Case
from tasks.rederiving import FACTS, Moved, Unclear, running_cases

LISTED = 50
"""Dates that move, listed one by one."""


@dataclass(slots=True)
class Trial:
    """What would change; `dates` lists the first of the `moved`."""

    until: date
    cases: int = 0
    """Cases with a running clock."""
    concerned: int = 0
    """Those of them whose pack would change."""
    moved: int = 0
    dates: list[Moved] = field(default_factory=list)
    becoming_late: int = 0
    no_longer_late: int = 0
    notices_now: int = 0
    notices_then: int = 0
    """Reminders after today up to `until`, as things are and as they would be."""
    unclear: list[Unclear] = field(default_factory=list)


def try_packs(
    engine: Engine,
    packs: Mapping[str, Pack],
    *,
    today: date,
    days: int,
    tell: Callable[[int], None] = lambda _done: None,
) -> Trial:
    """Hold every running clock against these packs instead of those in force."""
    found = Trial(today + timedelta(days=days))
    for cases, world in running_cases(engine, only=(*FACTS, "proposers", "feedback")):
        other = replace(world, packs=packs)
        changed = {code for code in {case.pack for case in cases} if world.packs.get(code) != packs.get(code)}
        for case in cases:
            if case.pack in changed:
                _compare(case, world, other, found=found)
        found.cases += len(cases)
        tell(found.cases)
    return found


def _compare(case: Case, world: World, other: World, *, found: Trial) -> None:
    after, unclear = rederived(case, other)
    found.concerned += 1
    found.unclear += [Unclear(case.ref, one.clock.value, one.why) for one in unclear]
    for change in moved(case, after, other):
        if change.before_on != change.after_on:
            found.moved += 1
            duty = not change.clock.is_window
            found.becoming_late += duty and change.after_on < world.today <= change.before_on
            found.no_longer_late += duty and change.before_on < world.today <= change.after_on
            if len(found.dates) < LISTED:
                found.dates.append(Moved(case.ref, case.title, change))
    found.notices_now += reminders(case, world, found.until)
    found.notices_then += reminders(after, other, found.until)
