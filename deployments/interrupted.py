"""Runs that a stopped `banli up` left unfinished (中断的运行), ended with a sentence when it starts again.

A worker that is killed says nothing: its runs stay Pending or Running for ever, and each goes on holding the slot of a
deployment that runs once at a time, so that the next 晨报 would wait without end.
"""

from __future__ import annotations

from typing import Any, Final

from deployments.server_api import ServerApi

WORKER: Final = "banli"
"""The worker of `banli up`, by name; another machine's has a name of its own and may live."""
RESUMED: Final = frozenset({"决定", "一并决定"})
"""Deployments whose run holds a person's answer, and goes on with it."""
OPENING: Final = "Opening"
"""A decision's run whose form is not stored yet; the sweep finishes it, no process does."""
LOST_SECONDS: Final = 3600
"""After so long a run of a command or of the pages has lost its process: such runs take seconds, at most minutes."""
NAMED: Final = 3
WHY: Final = "banli 停止时还没有运行完。已经登记的都在，没有登记的请再运行一次。"
AGAIN: Final = "继续办理已提交的决定"
_UNFINISHED: Final = ["PENDING", "RUNNING", "CANCELLING"]


def end_interrupted(api: ServerApi) -> list[str]:
    """End every run whose process cannot live any more; decisions go on with their answers. Returns what to say of it.

    Only for a server that was started with this `banli up`, and before its worker is.
    """
    deployments = {one["id"]: one["name"] for one in api.all_of("/deployments/filter")}
    wanted = {"flow_runs": {"state": {"type": {"any_": _UNFINISHED}}}, "sort": "ID_DESC"}
    gone = [run for run in api.all_of("/flow_runs/filter", wanted) if _is_gone(run)]
    for run in gone:
        _set_state(api, run, "CRASHED", "Crashed", WHY)
        if deployments.get(run["deployment_id"]) in RESUMED:
            _set_state(api, run, "SCHEDULED", "AwaitingRetry", AGAIN)
    names = "、".join(_called(run, deployments) for run in gone[:NAMED])
    return [f"上次停止时还在运行的{len(gone)}项已结束：{names}{'等' if len(gone) > NAMED else ''}。"] if gone else []


def _called(run: dict[str, Any], deployments: dict[str, str]) -> str:
    """The run's name, which it has only once it has begun; before that its deployment's."""
    deployment = deployments.get(run["deployment_id"], "")
    name = str(run["name"])
    return name if deployment in name else deployment


def _is_gone(run: dict[str, Any]) -> bool:
    if run["state_name"] == OPENING:
        return False
    if run["work_pool_name"]:
        return bool(run["labels"].get("prefect.worker.name", WORKER) == WORKER)
    return bool(run["estimated_run_time"] > LOST_SECONDS)


def _set_state(api: ServerApi, run: dict[str, Any], kind: str, name: str, message: str) -> None:
    state = {"type": kind, "name": name, "message": message}
    api.call("POST", f"/flow_runs/{run['id']}/set_state", {"state": state, "force": True})
