"""Links within the Prefect UI (界面链接): to a case's runs, its open decision, the form that moves it on.

They are relative, because the address under which the browser reaches the server is the browser's own affair.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import quote

from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.filters import (
    FlowRunFilter,
    FlowRunFilterState,
    FlowRunFilterStateType,
    FlowRunFilterTags,
)
from prefect.client.schemas.objects import FlowRun, StateType

from tasks.desk_runs import WAITS

AT_ONCE: Final = 200
MOST: Final = 5_000
"""Waiting runs looked at."""
TAG: Final = "件:"


@dataclass(frozen=True, slots=True)
class Links:
    """Deployments by the function name of their flow's entrypoint; runs that wait for a decision by the case's reference,
    and those that decide many, by what they are called.
    """

    deployments: Mapping[str, str]
    waiting: Mapping[str, Sequence[tuple[str, str]]]
    lists: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, client: SyncPrefectClient) -> Links:
        """Ask the server."""
        found = client.read_deployments(limit=AT_ONCE)
        deployments = {str(one.entrypoint).rpartition(".")[2]: str(one.id) for one in found if one.entrypoint}
        runs = list(_waiting(client))
        ones: dict[str, list[tuple[str, str]]] = {}
        for run in (one for one in runs if one.parameters.get("case")):
            ones.setdefault(str(run.parameters["case"]), []).append((str(run.parameters["decision"]), str(run.id)))
        return cls(deployments, ones, {run.name: str(run.id) for run in runs if "listed" in run.parameters})

    def case(self, number: str) -> str:
        """The number, leading to all runs of this case."""
        return f"[{number}]({self.tagged(TAG + number)})" if number else ""

    def act(self, case: str, *, flow: str, action: str) -> str:
        """The runs that wait for decisions, else the step's form filled in as far as it can be."""
        if runs := self.waiting.get(case):
            return "、".join(f"[决定{kind}]({self.run(run)})" for kind, run in runs)
        if flow not in self.deployments:
            return action
        return f"[{action}]({self.form(flow, {'actions': {'cases': [case], 'kind': action}})})"

    def form(self, flow: str, parameters: Mapping[str, Any]) -> str:
        """The custom-run form of a flow's deployment."""
        filled = quote(json.dumps(parameters, ensure_ascii=False))
        return f"/v2/deployments/deployment/{self.deployments[flow]}/run?parameters={filled}"

    @staticmethod
    def tagged(tag: str) -> str:
        """The runs with one tag, whenever they were."""
        return f"/v2/runs?tags={quote(tag)}"

    @staticmethod
    def run(run: str) -> str:
        """A run's page, where a decision is made."""
        return f"/v2/runs/flow-run/{run}"

    @staticmethod
    def artifact(key: str) -> str:
        """An artifact with its history."""
        return f"/v2/artifacts/key/{key}"


def _waiting(client: SyncPrefectClient) -> Iterator[FlowRun]:
    state = FlowRunFilterState(type=FlowRunFilterStateType(any_=[StateType.PAUSED]))
    paused = FlowRunFilter(state=state, tags=FlowRunFilterTags(all_=[WAITS]))
    for offset in range(0, MOST, AT_ONCE):
        runs = client.read_flow_runs(flow_run_filter=paused, limit=AT_ONCE, offset=offset)
        yield from runs
        if len(runs) < AT_ONCE:
            break
