"""Drafting (起草)."""

from __future__ import annotations

from typing import Annotated

from prefect import State, flow

from flows.naming import run_name
from flows.parcels import ASKED, Given, Outcomes, form
from flows.recording import ended, record
from models.actions.reply import GiveView, SubmitDraft


@flow(name="起草", flow_run_name=run_name("起草"), validate_parameters=False, persist_result=False)
def draft(actions: Annotated[Given, form(SubmitDraft, GiveView), ASKED]) -> State[Outcomes]:
    """提交答复稿送审；提案人对答复稿的意见。"""
    return ended(record(actions, SubmitDraft, GiveView))
