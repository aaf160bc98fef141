"""What goes wrong is seen: automations on a real server, as `banli up` makes them."""

import dataclasses
import time

import pytest

from deployments.automations import ALERT, WANTED, ensure
from deployments.server_api import ServerApi

SILENT = "办理：催办没有运行"


@pytest.fixture
def api(prefect_server) -> ServerApi:
    """A server that knows the deployment every automation runs."""
    made = ServerApi(prefect_server)
    flow = made.call("POST", "/flows/", {"name": ALERT})["id"]
    schema = {"type": "object", "properties": {name: {"type": "string"} for name in ("what", "detail", "link")}}
    made.call("POST", "/deployments/", {"name": ALERT, "flow_id": flow, "parameter_openapi_schema": schema})
    for one in made.all_of("/automations/filter"):
        made.call("DELETE", f"/automations/{one['id']}")
    return made


def alarms(api: ServerApi, what: str, *, seconds: float = 60) -> dict[str, str]:
    """The parameters of the run an automation started, as soon as it is there."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        runs = api.all_of("/flow_runs/filter", {"deployments": {"name": {"any_": [ALERT]}}})
        found = [run["parameters"] for run in runs if what in run["parameters"].get("what", "")]
        if found:
            return found[0]
        time.sleep(0.5)
    raise AssertionError(what)


def test_they_are_made_once_and_a_hand_is_respected(api):
    assert ensure(api) == [f"已建立自动化“{one.name}”。" for one in WANTED]
    assert ensure(api) == []
    first = {one["name"]: one for one in api.all_of("/automations/filter")}[WANTED[0].name]
    kept = {key: first[key] for key in ("name", "description", "trigger", "actions", "tags")}
    api.call(
        "PUT", f"/automations/{first['id']}", kept | {"enabled": False, "trigger": first["trigger"] | {"threshold": 5}}
    )
    assert ensure(api) == [f"自动化“{WANTED[0].name}”在界面里改过，保留不动；删去它，下次启动会重新建立。"]
    newer = (dataclasses.replace(WANTED[0], about="新的说明"), *WANTED[1:])
    assert ensure(api, newer) == [f"已更新自动化“{WANTED[0].name}”。"]
    again = {one["name"]: one for one in api.all_of("/automations/filter")}[WANTED[0].name]
    assert (again["enabled"], again["trigger"]["threshold"]) == (False, 1)


def test_they_fire(api):
    quick = tuple(
        dataclasses.replace(one, trigger=one.trigger | {"within": 10}) if one.name == SILENT else one for one in WANTED
    )
    ensure(api, quick)
    time.sleep(2)  # the server's triggers learn of new automations
    flow = api.call("POST", "/flows/", {"name": "审签"})["id"]
    run = api.call("POST", "/flow_runs/", {"flow_id": flow, "name": "审签 0001", "state": {"type": "RUNNING"}})["id"]
    api.call("POST", f"/flow_runs/{run}/set_state", {"state": {"type": "FAILED", "name": "Failed"}, "force": True})
    from flows.events import tell_undelivered, tell_unsigned  # noqa: PLC0415 - after the server is there

    tell_undelivered(3)
    tell_unsigned([("民政局", 2)], 3)
    failed = alarms(api, "审签 0001")
    assert failed["link"].endswith(run)
    assert failed["detail"] == "步骤：审签，状态：Failed"
    assert alarms(api, "通知没有发出去")["detail"].startswith("3条通知没有发出去")
    assert alarms(api, "无人签收")["detail"] == "交办满3个工作日无人签收：民政局2件"
    assert alarms(api, "催办没有按时运行")["detail"].startswith("二十六小时")
