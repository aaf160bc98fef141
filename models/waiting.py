"""In whose hands a case is (等谁办)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from models.rulings import OFFICE
from models.signing import missing_countersigners
from models.steps.feedback import awaited
from models.values.case import Case
from models.vocabulary import AssignmentStatus, Stage

PROPOSER: Final = "提案人"


def _nobody(_case: Case) -> tuple[str, ...]:
    return ()


def _office(_case: Case) -> tuple[str, ...]:
    return (OFFICE,)


def _proposer(_case: Case) -> tuple[str, ...]:
    return (PROPOSER,)


def _handlers(case: Case) -> tuple[str, ...]:
    """The office while something asked of it is open, the proposer while he owes a clarification, else the lead.

    Co-handlers that have yet to sign for or give their opinion wait beside the lead.
    """
    asked = any(part.status is AssignmentStatus.RETURN_REQUESTED for part in case.open_assignments)
    if asked or case.open_extension is not None:
        return (OFFICE,)
    if case.asked_on is not None:
        return (PROPOSER,)
    owing = {AssignmentStatus.ASSIGNED, AssignmentStatus.SIGNED}
    co_handlers = tuple(part.agency for part in case.co_handlers if part.status in owing)
    leads = tuple(part.agency for part in case.open_assignments if part.leads)
    return leads + co_handlers


def _lead(case: Case) -> tuple[str, ...]:
    return (case.lead.agency,) if case.lead else (OFFICE,)


_HOLDERS: Final[dict[Stage, Callable[[Case], tuple[str, ...]]]] = {
    Stage.SUBMITTED: _office,
    Stage.RETURNED: _proposer,
    Stage.FILED: _office,
    Stage.MERGED: _nobody,
    Stage.NOT_FILED: _nobody,
    Stage.WITHDRAWN: _nobody,
    Stage.ASSIGNED: _handlers,
    Stage.HANDLING: _handlers,
    Stage.COUNTERSIGNING: missing_countersigners,
    Stage.APPROVING: _lead,
    Stage.PRE_REVIEW: _office,
    Stage.APPROVED: _lead,
    Stage.REPLIED: lambda case: tuple(one.proposer.name for one in awaited(case)),
    Stage.DISSATISFIED: _office,
    Stage.ANSWERED: _office,
    Stage.TRACKING: _lead,
    Stage.CLOSED: _nobody,
    Stage.ARCHIVED: _nobody,
}


def waits_for(case: Case) -> tuple[str, ...]:
    """Who holds the case now; empty where nothing is owed."""
    return _HOLDERS[case.stage](case)
