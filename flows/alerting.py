"""What goes wrong is told (告警): automations start this flow, which writes to the office by its own routes."""

from __future__ import annotations

import os
from datetime import timedelta
from typing import Annotated, Final

from prefect import State, flow, get_run_logger
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import (
    FlowRunFilter,
    FlowRunFilterName,
    FlowRunFilterStartTime,
    FlowRunFilterState,
    FlowRunFilterStateName,
)
from prefect.runtime import flow_run
from prefect.settings import PREFECT_UI_URL
from prefect.states import Completed, Failed

from flows.form_fields import shown
from flows.notices import routes_secrets
from models.settings import settings_from
from tasks import alerting, database

QUIET: Final = timedelta(hours=1)
"""The same thing is told once in so long a time, however often it happens."""
TOLD: Final = "已告知"


@flow(name="告警", flow_run_name="告警 {what}", persist_result=False)
def alert(
    what: Annotated[str, shown("什么事", "一句话。")],
    detail: Annotated[str, shown("说明", "细节，可留空。")] = "",
    link: Annotated[str, shown("链接", "以 / 开头的，指本界面里的一页。")] = "",
) -> State[bool]:
    """把出错的事告诉督办单位（通知路由里的“督办”）；同一件事一小时内只说一次。"""
    if _told_lately(f"告警 {what}"):
        return Completed(message="一小时内已经告知过", data=False)
    address = f"{PREFECT_UI_URL.value() or ''}{link}" if link.startswith("/") else link
    answer = alerting.tell_office(
        database.engine(), settings_from(os.environ), what=what, lines=(detail, address), secrets=routes_secrets()
    )
    if answer.way is None:
        get_run_logger().error("告警没有发出去：%s", answer.why)
        return Failed(message=f"没有发出去：{answer.why}")
    return Completed(name=TOLD, message=f"{answer.way}：{what}", data=True)


def _told_lately(name: str) -> bool:
    since = FlowRunFilterStartTime(after_=flow_run.scheduled_start_time - QUIET)
    told = FlowRunFilterState(name=FlowRunFilterStateName(any_=[TOLD]))
    wanted = FlowRunFilter(name=FlowRunFilterName(any_=[name]), state=told, start_time=since)
    with get_client(sync_client=True) as client:
        return bool(client.read_flow_runs(flow_run_filter=wanted, limit=1))
