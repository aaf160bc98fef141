"""The rows of a sheet of work (办理表): every open case with what the office, or one agency, can do with it now.

Apart from `worklist`, because the spreadsheet library loads slowly and `banli next` needs none.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from sqlalchemy import Connection

from models.lifecycle import offers
from models.rulings import OFFICE
from models.values.case import Case
from models.vocabulary import Role, Stage
from models.waiting import waits_for
from tasks.action_sheets import Waiting
from tasks.case_actions import open_actions
from tasks.loading import chunked, load_cases
from tasks.worklist import AT_ONCE, agency_actions, cases_by_date, nearest, viewer_of
from tasks.world import world_on


def sheet_rows(
    connection: Connection, today: date, *, agency: str | None = None, stages: Sequence[Stage] = ()
) -> Iterator[Waiting]:
    """Open cases with something to do, the nearest deadline first."""
    world = world_on(connection, today)
    for chunk in chunked(cases_by_date(connection, agency, before=None, stages=stages), AT_ONCE):
        cases = load_cases(connection, chunk)
        for case in (cases[n] for n in chunk):
            actions = agency_actions(case, agency) if agency else office_actions(case)
            if actions:
                due = nearest(case, world, agency)
                held = "、".join(waits_for(case))
                yield Waiting(case.ref, case.title, case.stage, held, due.due_on if due else None, actions)


def office_actions(case: Case) -> tuple[str, ...]:
    """What the office can do, and what it can enter for those who told it on paper."""
    agencies = [part.agency for part in case.open_assignments]
    people = [one.proposer.name for one in case.addressees]
    fitting = {kind for name in (OFFICE, *agencies, *people) for kind in open_actions(case, viewer_of(case, name))}
    return tuple(kind for kind in offers(case.stage, Role.COORDINATOR) if kind in fitting)
