"""Follow-up (跟踪、办结、归档)."""

from __future__ import annotations

from typing import Annotated

from prefect import State, flow

from flows.naming import run_name
from flows.parcels import ASKED, Given, Outcomes, form
from flows.recording import ended, record
from models.actions.tracking import Archive, Close, ReportProgress, ReportPromise


@flow(name="跟踪", flow_run_name=run_name("跟踪"), validate_parameters=False, persist_result=False)
def track(
    actions: Annotated[Given, form(ReportPromise, ReportProgress, Close, Archive), ASKED],
) -> State[Outcomes]:
    """承诺进展、定期报告、办结、归档。"""
    return ended(record(actions, ReportPromise, ReportProgress, Close, Archive))
