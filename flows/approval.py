"""Countersigning and approval (会签、审签、预审)."""

from __future__ import annotations

from typing import Annotated

from prefect import State, flow

from flows.naming import run_name
from flows.parcels import ASKED, Given, Outcomes, form
from flows.recording import ended, record
from models.actions.reply import Amend, Approve, Countersign, PassReview, SendBack


@flow(name="审签", flow_run_name=run_name("审签"), validate_parameters=False, persist_result=False)
def approve(
    actions: Annotated[Given, form(Countersign, Approve, Amend, SendBack, PassReview), ASKED],
) -> State[Outcomes]:
    """会签、逐级审签、退回修改、预审。"""
    return ended(record(actions, Countersign, Approve, Amend, SendBack, PassReview))
