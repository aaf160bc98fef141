"""Handling (办理)."""

from __future__ import annotations

from typing import Annotated, Final

from prefect import State, flow

from flows.naming import run_name
from flows.parcels import ASKED, Given, Outcomes, form
from flows.recording import ended, record
from models.actions.handling import (
    AskClarification,
    Clarify,
    GiveOpinion,
    GrantExtension,
    InterimReply,
    RecordContact,
    RefuseExtension,
    RequestExtension,
    Retract,
    SendBackOpinion,
    WaiveContact,
)
from models.actions.upkeep import RenewLinks

HANDLING: Final = (
    RecordContact, WaiveContact, AskClarification, Clarify, Retract, RequestExtension, GrantExtension, RefuseExtension,
    InterimReply,
)  # fmt: skip
"""What people do by its form; sending a link again is asked by command alone."""


@flow(name="办理", flow_run_name=run_name("办理"), validate_parameters=False, persist_result=False)
def handle(actions: Annotated[Given, form(*HANDLING), ASKED]) -> State[Outcomes]:
    """沟通、说明、撤回、延期、阶段答复。"""
    return ended(record(actions, *HANDLING, RenewLinks))


@flow(name="会办意见", flow_run_name=run_name("会办意见"), validate_parameters=False, persist_result=False)
def give_opinion(actions: Annotated[Given, form(GiveOpinion, SendBackOpinion), ASKED]) -> State[Outcomes]:
    """会办单位提出意见，主办单位可以退回一次。"""
    return ended(record(actions, GiveOpinion, SendBackOpinion))
