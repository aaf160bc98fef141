"""Assignment and sign-for (交办、签收)."""

from __future__ import annotations

from typing import Annotated

from prefect import State, flow

from flows.naming import run_name
from flows.parcels import ASKED, Given, Outcomes, form
from flows.recording import ended, record
from models.actions.assignment import Assign, GrantReturn, RefuseReturn, RequestReturn, SignFor


@flow(name="交办", flow_run_name=run_name("交办"), validate_parameters=False, persist_result=False)
def assign(actions: Annotated[Given, form(Assign), ASKED]) -> State[Outcomes]:
    """确定主办、会办单位，开始计算期限。"""
    return ended(record(actions, Assign))


@flow(name="签收", flow_run_name=run_name("签收"), validate_parameters=False, persist_result=False)
def sign_for(
    actions: Annotated[Given, form(SignFor, RequestReturn, GrantReturn, RefuseReturn), ASKED],
) -> State[Outcomes]:
    """签收、申请退办、同意或不同意退办。"""
    return ended(record(actions, SignFor, RequestReturn, GrantReturn, RefuseReturn))
