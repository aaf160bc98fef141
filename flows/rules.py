"""New rules (规则、日历有变动): the running clocks worked out again."""

from __future__ import annotations

from typing import Annotated

from prefect import State, flow, get_run_logger
from prefect.artifacts import create_table_artifact
from prefect.runtime import flow_run
from prefect.states import Completed
from pydantic import WithJsonSchema

from flows.form_fields import shown
from flows.parcels import NONE_GIVEN, Given
from flows.recording import ended, record
from flows.retried import retried
from models.actions.upkeep import Rederive
from tasks import clock, database, rederiving

SHOWN = 500
"""Rows of the artifact; the history holds them all."""


@flow(
    name="重新计算期限", flow_run_name=lambda: f"重新计算期限 {clock.today()}", validate_parameters=False,
    persist_result=False,
)  # fmt: skip
def rederive(
    actions: Annotated[
        Given, WithJsonSchema({"type": "object"}), shown("某几件", "由系统填写，请留空：在办的全部。")
    ] = NONE_GIVEN,
    reason: Annotated[str, shown("缘由", "写进通知和办理记录。")] = "规则或日历有变动",
    batch: Annotated[str, shown("批次", "由系统填写，请留空：同一批次不重复通知。")] = "",
) -> State[rederiving.Rederived]:
    """按现行日历和规则重算在办各件的期限：有变动的记入办理记录，列出前后日期，每个有关单位一条通知。"""
    if actions:
        return ended(record(actions, Rederive))
    found = work_out(reason, batch or str(flow_run.id))
    said = (
        f"查了{found.cases}件，{len(found.moved)}个期限有变动，发出通知{found.notices}条，{len(found.unclear)}个算不出"
    )
    log = get_run_logger()
    log.info(said)
    for one in found.unclear[:SHOWN]:
        log.warning("%s %s：%s", one.case, one.clock, one.why)
    if found.moved:
        create_table_artifact(table_of(found), key="dates-moved", description=f"{reason}：{said}")
    return Completed(message=said, data=found)


def table_of(found: rederiving.Rederived) -> list[dict[str, str]]:
    """Before and after, as the coordinator reads it."""
    return [
        {
            "件": one.case,
            "时限": one.change.clock.value,
            "原期限": f"{one.change.before_on}{'（暂定）' if one.change.was_provisional else ''}",
            "现期限": f"{one.change.after_on}{'（暂定）' if one.change.is_provisional else ''}",
            "算法": one.change.why,
        }
        for one in found.moved[:SHOWN]
    ]


@retried("重算", times=3, after_seconds=10)
def work_out(reason: str, batch: str) -> rederiving.Rederived:
    """Safe to run again: what was put right stays right, and nobody is told twice."""
    return rederiving.rederive(database.engine(), reason=reason, batch=batch, at=clock.now())
