"""What waits for whom, by when (待办): behind `banli next`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import Connection, and_, false, func, or_, select

from models import schema
from models.ladders import light, remaining
from models.lifecycle import ENDS
from models.rulings import OFFICE, World
from models.values.case import Case
from models.values.handling import Clock
from models.vocabulary import AssignmentStatus, ClockKind, Light, Role, Stage
from models.waiting import PROPOSER, waits_for
from tasks.case_actions import ASIDE, open_actions, role_in
from tasks.case_entries import Viewer
from tasks.loading import CASES, chunked, load_cases
from tasks.world import world_on

CLOCKS: Final = schema.CLOCKS
PARTS: Final = schema.ASSIGNMENTS
AT_ONCE: Final = 200
"""Cases read in one go while looking for enough that fit."""


class Holder(StrEnum):
    """Whose hands a case can be in, in a word."""

    OFFICE = "督办"
    AGENCY = "单位"
    PROPOSER = "提案人"


@dataclass(frozen=True, slots=True)
class Due:
    """The nearest running deadline. `left_workdays` counts the last day in; negative: working days late."""

    kind: ClockKind
    due_on: date
    provisional: bool
    left_workdays: int
    is_late: bool
    light: Light

    @property
    def words(self) -> str:
        """`剩3工作日`, `今天到期` or `逾期2工作日`."""
        if self.is_late:
            return f"逾期{-self.left_workdays}工作日" if self.left_workdays else "已逾期"
        return f"剩{self.left_workdays}工作日" if self.left_workdays else "今天到期"


@dataclass(frozen=True, slots=True)
class WorkItem:
    """One case that waits for somebody."""

    case_id: int
    case: str
    number: str
    kind: str
    title: str
    stage: Stage
    held_by: Holder
    holders: tuple[str, ...]
    due: Due | None
    actions: tuple[str, ...]


def worklist(
    connection: Connection,
    today: date,
    *,
    agency: str | None = None,
    held_by: Holder | None = None,
    overdue: bool = False,
    limit: int = 0,
) -> tuple[list[WorkItem], bool]:
    """What waits, the nearest deadline first, and whether more is left beyond `limit` (0: everything).

    `agency` keeps what that agency holds now, dated by its own deadlines and the case's.
    """
    world = world_on(connection, today)
    found: list[WorkItem] = []
    ids = cases_by_date(connection, agency, before=today if overdue else None, stages=())
    enough = limit * 2 if held_by or agency else limit + 1
    for chunk in chunked(ids, min(AT_ONCE, enough) if limit else AT_ONCE):
        cases = load_cases(connection, chunk)
        for case in (cases[n] for n in chunk):
            item = _item(case, world, agency)
            if (agency and agency not in item.holders) or (held_by and item.held_by is not held_by):
                continue
            if limit and len(found) == limit:
                return found, True
            found.append(item)
    return found, False


def nearest(case: Case, world: World, agency: str | None = None) -> Due | None:
    """The running deadline that ends first: of the case, and of one agency's part or of any."""
    own = {part.no for part in case.open_assignments if part.agency == agency}
    duties = (one for one in case.clocks if one.runs and not one.kind.is_window)
    running = [one for one in duties if (not agency or one.assignment_no in {None, *own})]
    return due_of(case, min(running, key=lambda one: one.due_on), world) if running else None


def due_of(case: Case, one: Clock, world: World) -> Due:
    """How near one deadline is."""
    return Due(
        kind=one.kind,
        due_on=one.due_on,
        provisional=one.provisional,
        left_workdays=remaining(one.due_on, world.today, world.calendar),
        is_late=one.due_on < world.today,
        light=light(one.due_on, world.today, calendar=world.calendar, ladder=world.pack(case).reminder_ladder),
    )


def holder_actions(case: Case) -> tuple[str, ...]:
    """What those who hold the case can do with it now, the main thing first."""
    viewers = (viewer_of(case, name) for name in waits_for(case))
    able = tuple(dict.fromkeys(kind for viewer in viewers for kind in open_actions(case, viewer)))
    return tuple(sorted(able, key=ASIDE.__contains__))


def cases_by_date(
    connection: Connection, agency: str | None, *, before: date | None, stages: Sequence[Stage]
) -> Iterator[int]:
    """Open cases by their nearest deadline, those without one last; `before` keeps those already over.

    They are read as they are asked for: whoever shows thirty of ten thousand needs no more.
    """
    due = func.min(CLOCKS.c.due_on)
    duties = [kind for kind in ClockKind if not kind.is_window]
    runs = and_(
        CLOCKS.c.case_id == CASES.c.id,
        CLOCKS.c.stopped_on.is_(None),
        CLOCKS.c.superseded == false(),
        CLOCKS.c.kind.in_(duties),
    )
    statement: Any = select(CASES.c.id)
    if agency:
        holds = and_(
            PARTS.c.case_id == CASES.c.id, PARTS.c.agency == agency, PARTS.c.status != AssignmentStatus.RETURNED
        )
        whose = or_(CLOCKS.c.assignment_no.is_(None), CLOCKS.c.assignment_no == PARTS.c.no)
        statement = statement.join(PARTS, holds).outerjoin(CLOCKS, and_(runs, whose))
    else:
        statement = statement.outerjoin(CLOCKS, runs)
    statement = statement.where(CASES.c.stage.not_in(sorted(ENDS)))
    if stages:
        statement = statement.where(CASES.c.stage.in_(stages))
    statement = statement.group_by(CASES.c.id, CASES.c.number_key).order_by(
        due.is_(None), due, CASES.c.number_key, CASES.c.id
    )
    if before:
        statement = statement.having(due < before)
    with closing(connection.scalars(statement)) as found:
        yield from found


def _item(case: Case, world: World, agency: str | None) -> WorkItem:
    holders = waits_for(case)
    return WorkItem(
        case_id=case.id,
        case=case.ref,
        number=case.number,
        kind=case.kind.value,
        title=case.title,
        stage=case.stage,
        held_by=_held_by(case, holders),
        holders=holders,
        due=nearest(case, world, agency),
        actions=agency_actions(case, agency) if agency else holder_actions(case),
    )


def _held_by(case: Case, holders: Sequence[str]) -> Holder:
    if OFFICE in holders or not holders:
        return Holder.OFFICE
    agencies = {part.agency for part in case.open_assignments}
    return Holder.AGENCY if agencies.intersection(holders) else Holder.PROPOSER


def viewer_of(case: Case, name: str) -> Viewer:
    """The eyes of one who has to do with the case: the office, an agency, a proposer."""
    if name == OFFICE:
        return Viewer(Role.COORDINATOR, None, OFFICE)
    if role := role_in(case, name):
        return Viewer(role, name, name)
    return Viewer(Role.PROPOSER, None, case.proposers[0].name if name == PROPOSER else name)


def agency_actions(case: Case, agency: str) -> tuple[str, ...]:
    """What one agency can do with the case now."""
    return open_actions(case, viewer_of(case, agency)) if role_in(case, agency) else ()
