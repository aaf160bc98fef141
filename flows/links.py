"""Links within the Prefect UI (界面链接): to a case's runs, its open decision, the form that moves it on.

They are relative, because the address under which the browser reaches the server is the browser's own affair.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterState, FlowRunFilterStateType
from prefect.client.schemas.objects import StateType

AT_ONCE: Final = 200
MOST: Final = 5_000
"""Waiting runs looked at."""
TAG: Final = "件:"


@dataclass(frozen=True, slots=True)
class Links:
    """Deployments by the function name of their flow's entrypoint, and runs that wait for a decision by case number."""

    deployments: Mapping[str, str]
    waiting: Mapping[str, str]

    @classmethod
    def of(cls, client: SyncPrefectClient) -> Links:
        """Ask the server."""
        found = client.read_deployments(limit=AT_ONCE)
        deployments = {str(one.entrypoint).rpartition(".")[2]: str(one.id) for one in found if one.entrypoint}
        return cls(deployments, _waiting(client))

    def case(self, number: str) -> str:
        """The number, leading to all runs of this case."""
        tags = quote(TAG + number)
        return f"[{number}](/v2/runs?tags={tags})" if number else ""

    def act(self, number: str, case: str, *, flow: str, action: str) -> str:
        """The run that waits for a decision, else the step's form filled in as far as it can be."""
        if run := self.waiting.get(number):
            return f"[决定](/v2/runs/flow-run/{run})"
        if flow not in self.deployments:
            return action
        return f"[{action}]({self.form(flow, {'actions': {'cases': [case], 'kind': action}})})"

    def form(self, flow: str, parameters: Mapping[str, Any]) -> str:
        """The custom-run form of a flow's deployment."""
        filled = quote(json.dumps(parameters, ensure_ascii=False))
        return f"/v2/deployments/deployment/{self.deployments[flow]}/run?parameters={filled}"

    @staticmethod
    def artifact(key: str) -> str:
        """An artifact with its history."""
        return f"/v2/artifacts/key/{key}"


def _waiting(client: SyncPrefectClient) -> dict[str, str]:
    paused = FlowRunFilter(state=FlowRunFilterState(type=FlowRunFilterStateType(any_=[StateType.PAUSED])))
    found: dict[str, str] = {}
    for offset in range(0, MOST, AT_ONCE):
        runs = client.read_flow_runs(flow_run_filter=paused, limit=AT_ONCE, offset=offset)
        found |= {tag.removeprefix(TAG): str(run.id) for run in runs for tag in run.tags if tag.startswith(TAG)}
        if len(runs) < AT_ONCE:
            break
    return found
