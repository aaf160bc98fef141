"""Review and filing (审查立案)."""

from __future__ import annotations

from typing import Annotated

from prefect import State, flow

from flows.naming import run_name
from flows.parcels import ASKED, Given, Outcomes, form
from flows.recording import ended, record
from models.actions.receipt import Accept, Merge, NotAccept, ReturnToProposer, Unmerge


@flow(name="审查立案", flow_run_name=run_name("审查立案"), validate_parameters=False, persist_result=False)
def review(
    actions: Annotated[Given, form(Accept, Merge, Unmerge, NotAccept, ReturnToProposer), ASKED],
) -> State[Outcomes]:
    """立案、并案、撤销并案、不予立案、退回补正。"""
    return ended(record(actions, Accept, Merge, Unmerge, NotAccept, ReturnToProposer))
