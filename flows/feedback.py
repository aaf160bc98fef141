"""Feedback (征询意见、重新办理)."""

from __future__ import annotations

from typing import Annotated

from prefect import State, flow

from flows.naming import run_name
from flows.parcels import ASKED, Given, Outcomes, form
from flows.recording import ended, record
from models.actions.feedback import CloseFeedback, GiveFeedback, OrderRedo, Uphold


@flow(name="征询意见", flow_run_name=run_name("征询意见"), validate_parameters=False, persist_result=False)
def take_feedback(
    actions: Annotated[Given, form(GiveFeedback, CloseFeedback, OrderRedo, Uphold), ASKED],
) -> State[Outcomes]:
    """反馈、反馈期满、重新办理、维持答复。"""
    return ended(record(actions, GiveFeedback, CloseFeedback, OrderRedo, Uphold))
