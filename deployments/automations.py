"""What goes wrong is seen (自动化): the automations `banli up` keeps on the Prefect server, as data.

One that is missing is made. One made by an earlier version is replaced. One changed by hand is left alone, and said.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import Any, Final

from deployments.server_api import ServerApi

ALERT: Final = "告警"
"""The deployment each automation runs."""
TAG: Final = "banli:"
_HOUR: Final = 3600


@dataclass(frozen=True, slots=True)
class Wanted:
    """One automation: what it waits for and what it says. Texts are Jinja templates over Prefect's event."""

    name: str
    about: str
    trigger: dict[str, Any]
    what: str
    parameters: dict[str, str] = field(default_factory=dict)


def _trigger(*expect: str, **more: Any) -> dict[str, Any]:
    plain = {"type": "event", "posture": "Reactive", "threshold": 1, "within": 0, "for_each": [], "after": []}
    return plain | {"expect": list(expect), "match": {}, "match_related": {}} | more


WANTED: Final = (
    Wanted(
        "办理：运行失败",
        "任何运行失败或崩溃，都告诉督办单位。",
        _trigger(
            "prefect.flow-run.Failed",
            "prefect.flow-run.Crashed",
            match={"prefect.resource.id": "prefect.flow-run.*", "prefect.resource.name": f"!{ALERT}*"},
        ),
        "运行没有成功：{{ flow_run.name }}",
        {
            "detail": "步骤：{{ flow.name }}，状态：{{ flow_run.state.name }}",
            "link": "/runs/flow-run/{{ flow_run.id }}",
        },
    ),
    Wanted(
        "办理：催办没有运行",
        "二十六小时没有一次催办完成（休息日也会运行，只是不催办）。",
        _trigger(
            "prefect.flow-run.Completed",
            match={"prefect.resource.id": "prefect.flow-run.*"},
            match_related={"prefect.resource.role": "flow", "prefect.resource.name": "催办"},
            posture="Proactive",
            within=26 * _HOUR,
        ),
        "催办没有按时运行",
        {"detail": "二十六小时内没有一次“催办”完成。请看服务和 worker 是否在运行，或在界面里运行一次“催办”。"},
    ),
    Wanted(
        "办理：通知没有发出去",
        "有通知试过各种渠道都没有发出去。",
        _trigger("banli.notice.undelivered"),
        "通知没有发出去",
        {"detail": "{{ event.payload.message }}"},
    ),
    Wanted(
        "办理：无人签收",
        "交办满三个工作日，承办单位还没有签收。",
        _trigger("banli.case.unsigned"),
        "交办后无人签收",
        {"detail": "{{ event.payload.message }}"},
    ),
)


def body_of(one: Wanted, deployment_id: str) -> dict[str, Any]:
    """The automation as the server takes it; its tag tells which version of it was made."""
    texts = {"what": one.what, **one.parameters}
    parameters = {name: {"__prefect_kind": "jinja", "template": text} for name, text in texts.items()}
    action = {
        "type": "run-deployment", "source": "selected", "deployment_id": deployment_id, "parameters": parameters,
    }  # fmt: skip
    body = {"name": one.name, "description": one.about, "trigger": one.trigger, "actions": [action]}
    return body | {"enabled": True, "tags": [TAG + _print_of(body)]}


def ensure(api: ServerApi, wanted: tuple[Wanted, ...] = WANTED) -> list[str]:
    """Make what is missing, renew what is old; returns a sentence for each that was changed or left alone."""
    deployments = {one["name"]: one["id"] for one in api.all_of("/deployments/filter")}
    present = {one["name"]: one for one in api.all_of("/automations/filter")}
    said: list[str] = []
    for one in wanted:
        body = body_of(one, deployments[ALERT])
        there = present.get(one.name)
        if there is None:
            api.call("POST", "/automations/", body)
            said.append(f"已建立自动化“{one.name}”。")
        elif body["tags"][0] not in there["tags"]:
            api.call("PUT", f"/automations/{there['id']}", body | {"enabled": there["enabled"]})
            said.append(f"已更新自动化“{one.name}”。")
        elif not _same(body, there):
            said.append(f"自动化“{one.name}”在界面里改过，保留不动；删去它，下次启动会重新建立。")
    return said


def _same(body: dict[str, Any], there: dict[str, Any]) -> bool:
    """Whether the server's has what was asked for; it may have more, which is its own."""
    keys = ("expect", "match", "match_related", "posture", "threshold")
    same = all(_plain(there["trigger"].get(key)) == _plain(body["trigger"][key]) for key in keys)
    actions = [
        {key: given.get(key) for key in asked} for given, asked in zip(there["actions"], body["actions"], strict=False)
    ]
    return same and actions == body["actions"] and float(there["trigger"]["within"]) == float(body["trigger"]["within"])


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return sorted(value)
    if isinstance(value, dict):
        return {key: [one] if isinstance(one, str) else one for key, one in value.items()}
    return value


def _print_of(body: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(body, sort_keys=True, ensure_ascii=False).encode()).hexdigest()[:12]
