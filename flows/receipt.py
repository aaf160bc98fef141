"""Receipt (收件)."""

from __future__ import annotations

from typing import Annotated

from prefect import State, flow

from flows.naming import run_name
from flows.parcels import ASKED, Given, Outcomes, form
from flows.recording import ended, record
from models.actions.receipt import Receive, Supplement, Withdraw


@flow(name="收件", flow_run_name=run_name("收件"), validate_parameters=False, persist_result=False)
def receive(actions: Annotated[Given, form(Receive, Supplement, Withdraw), ASKED]) -> State[Outcomes]:
    """登记收到的建议、提案，补正和撤案。"""
    return ended(record(actions, Receive, Supplement, Withdraw))
