"""Delivery of notices (通知发送)."""

from __future__ import annotations

import json
import os
import socket
from typing import Annotated, Any, Final

from prefect import State, flow, get_run_logger
from prefect.blocks.system import Secret
from prefect.states import Completed

from flows.events import tell_undelivered
from flows.form_fields import shown
from flows.retried import retried
from models.errors import Fault, InputError
from models.settings import settings_from
from tasks import clock, database, posting
from tasks.notices import Delivery
from tasks.world import calendar

SECRETS: Final = "banli-notify"
"""The Prefect Secret block with the keys of the notice routes."""


@flow(
    name="发送通知",
    flow_run_name=lambda: f"发送通知 {clock.now().astimezone(clock.BEIJING):%m-%d %H:%M}",
    persist_result=False,
)
def deliver_notices(limit: Annotated[int, shown("最多发多少条", "其余下一次再发。")] = 5000) -> State[int]:
    """发出到时的通知：先认领，再核对案件现状，不再适用的作废，同一收件人的合并，发完登记。"""
    today = clock.today()
    if not calendar().is_workday(today):
        return Completed(message=f"{today}休息，不发送", data=0)
    found = send(limit)
    by_channel = "、".join(f"{name}{count}" for name, count in found.by_channel.items())
    said = f"发出{found.sent}条（{by_channel or '无'}），作废{found.expired}条，待重试{found.retried}条，失败{found.failed}条"
    log = get_run_logger()
    (log.error if found.failed else log.info)(said)
    if found.failed:
        tell_undelivered(found.failed)
    return Completed(message=said, data=found.sent)


@retried("发送", times=2, after_seconds=30)
def send(limit: int) -> Delivery:
    """Claim, send, mark; safe to run several at once."""
    settings = settings_from(os.environ)
    worker = f"{socket.gethostname()}-{os.getpid()}"
    return posting.post(
        database.engine(), settings, now=clock.now(), worker=worker, limit=limit, secrets=routes_secrets()
    )


def routes_secrets() -> dict[str, str]:
    """What fills `${NAME}` in the notice routes: the Secret block `banli-notify`, a JSON object; empty without one.

    Raises: InputError when the block holds something else.
    """
    try:
        held: Any = Secret.load(SECRETS)
    except ValueError:  # Prefect's way of saying that there is no such block
        return {}
    value = held.get()
    try:
        found = json.loads(value) if isinstance(value, str) else value
    except ValueError:
        found = None
    if not isinstance(found, dict):
        what, remedy = "内容不是名称和值的对照表", '请写成 {"名称": "值"} 这样的 JSON。'
        raise InputError(Fault(f"Prefect Secret {SECRETS}", what, remedy))
    return {str(name): str(given) for name, given in found.items()}
