"""All running clocks worked out again (重新计算期限): read in chunks, only what differs is written.

Safe to stop and to run again at any time: a clock that stands right is left alone, and those concerned are told, at the
end, of everything the history holds under the same batch.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Engine, bindparam, select, update

from models import actions as a
from models import rederiving as rules
from models import schema
from models.rederiving import moved, rederived
from models.rulings import World
from models.values.case import Case
from models.workdays import Calendar
from tasks import clock
from tasks.database import IN_CHUNK, reading, transaction
from tasks.loading import chunked, load_cases
from tasks.moved_notices import prefix
from tasks.moved_notices import tell as tell_concerned
from tasks.recording import record
from tasks.world import world_on

CLOCKS: Final = schema.CLOCKS
FACTS: Final = ("assignments", "clocks", "pauses", "extensions")
"""What a date depends on."""
TRIES: Final = 3
"""How often a case that is worked on at the same moment is looked at again."""


@dataclass(frozen=True, slots=True)
class Moved:
    """One clock's date before and after."""

    case: str
    title: str
    change: a.ClockMoved


@dataclass(frozen=True, slots=True)
class Unclear:
    """A clock that keeps its date because it cannot be worked out, and why."""

    case: str
    clock: str
    why: str


@dataclass(slots=True)
class Rederived:
    """What a re-derivation found and did."""

    cases: int = 0
    """Cases with a running clock."""
    moved: list[Moved] = field(default_factory=list)
    unclear: list[Unclear] = field(default_factory=list)
    reminders: int = 0
    """Clocks whose date stands and whose next reminder falls on another day."""
    notices: int = 0


Tell = Callable[[int], None]
"""Is told how many cases were looked at so far."""


def tried(engine: Engine, change: Callable[[World], World], *, tell: Tell = lambda _done: None) -> Rederived:
    """What another calendar or other rules would do; nothing is written."""
    found = Rederived()
    for cases, world in _running(engine, found, tell):
        for case in cases:
            _compare(case, change(world), found)
    return found


def rederive(engine: Engine, *, reason: str, batch: str, at: datetime, tell: Tell = lambda _done: None) -> Rederived:
    """Work out every running clock by the rules and calendar in force, record what moved, tell those concerned.

    `batch` names the occasion: a second run of the same one goes on where the first was stopped.
    """
    found = Rederived()
    for cases, world in _running(engine, found, tell):
        differing = []
        for case in cases:
            after, unclear = rederived(case, world)
            if after.clocks != case.clocks:
                differing.append(case.id)
            else:
                found.unclear += _named(case, unclear)
        _settle(engine, differing, found, reason=reason, batch=batch)
    found.notices = tell_concerned(engine, reason, batch, at=at)
    return found


def running_cases(engine: Engine, only: Sequence[str] = FACTS) -> Iterator[tuple[list[Case], World]]:
    """Every case with a running clock, in chunks by id, with the world of today; memory does not grow with them."""
    after = 0
    while True:
        with reading(engine) as connection:
            world = world_on(connection, clock.today())
            statement = (
                select(CLOCKS.c.case_id)
                .where(CLOCKS.c.stopped_on.is_(None), CLOCKS.c.superseded.is_(False), CLOCKS.c.case_id > after)
                .distinct()
                .order_by(CLOCKS.c.case_id)
                .limit(IN_CHUNK)
            )
            ids = list(connection.scalars(statement))
            cases = list(load_cases(connection, ids, only=only).values())
        if not ids:
            return
        yield cases, world
        after = ids[-1]


def _running(engine: Engine, found: Rederived, tell: Tell) -> Iterator[tuple[list[Case], World]]:
    for cases, world in running_cases(engine):
        yield cases, world
        found.cases += len(cases)
        tell(found.cases)


def _compare(case: Case, world: World, found: Rederived) -> tuple[a.ClockMoved, ...]:
    """Note what differs in one case."""
    after, unclear = rederived(case, world)
    found.unclear += _named(case, unclear)
    changes = moved(case, after, world)
    found.moved += [Moved(case.ref, case.title, one) for one in changes]
    if not changes:
        found.reminders += sum(old != new for old, new in zip(case.clocks, after.clocks, strict=True))
    return changes


def _named(case: Case, unclear: Iterable[rules.Unclear]) -> list[Unclear]:
    return [Unclear(case.ref, one.clock.value, one.why) for one in unclear]


def _settle(engine: Engine, ids: Iterable[int], found: Rederived, *, reason: str, batch: str) -> None:
    """Record the differences of these cases; one that somebody works on at the same moment is looked at again."""
    left = list(ids)
    for _ in range(TRIES):
        refused = []
        for chunk in chunked(left):
            part = Rederived()
            actions = _reminders_and_actions(engine, chunk, part, reason=reason, batch=batch)
            outcomes = record(engine, list(actions.values()))
            again = {one.case for one in outcomes if one.refused}
            refused += [case_id for case_id, one in actions.items() if one.case in again]
            found.moved += [one for one in part.moved if one.case not in again]
            found.unclear += [one for one in part.unclear if one.case not in again]
            found.reminders += part.reminders
        if not refused:
            return
        left = refused
    with reading(engine) as connection:
        for case in load_cases(connection, left, only=()).values():
            found.unclear.append(Unclear(case.ref, "", "同时有人在办理，期限没有重算。请稍后再运行一次。"))


def _reminders_and_actions(
    engine: Engine, ids: Sequence[int], found: Rederived, *, reason: str, batch: str
) -> dict[int, a.Rederive]:
    """Put right the day of the next reminder where that alone differs; the action of each case whose dates moved."""
    actions: dict[int, a.Rederive] = {}
    rungs: list[dict[str, Any]] = []
    with transaction(engine) as connection:
        world = world_on(connection, clock.today())
        for case in load_cases(connection, ids, lock=True, only=FACTS).values():
            changes = _compare(case, world, found)
            if changes:
                key = f"{prefix(batch)}{case.id}:{case.history_length}"
                actions[case.id] = a.Rederive(
                    case=case.ref, by=a.SYSTEM, key=key, reason=reason, batch=batch, changes=changes
                )
            else:
                after = rederived(case, world)[0].clocks
                rungs += [
                    {"key_case": case.id, "key_no": new.no, "on": new.next_rung_on}
                    for old, new in zip(case.clocks, after, strict=True)
                    if old != new
                ]
        if rungs:
            statement = update(CLOCKS).where(
                CLOCKS.c.case_id == bindparam("key_case"), CLOCKS.c.no == bindparam("key_no")
            )
            connection.execute(statement.values(next_rung_on=bindparam("on")), rungs)
    return actions


def with_calendar(calendar: Calendar) -> Callable[[World], World]:
    """The world with another calendar."""
    return lambda world: replace(world, calendar=calendar)
