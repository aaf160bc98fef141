"""The office's decisions as suspended runs of the Prefect server (决定的运行), opened and closed through its API alone.

A flow suspends itself with `suspend_flow_run`, which takes an interpreter and seconds. What that leaves behind is a run
in the state `Suspended`, the form's schema and the text above it as the run's inputs, and the suspension's key in the
run's policy; here the same is written directly, some fifty milliseconds each. Only an answer costs a process.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import httpx
import orjson
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.filters import (
    DeploymentFilter,
    DeploymentFilterId,
    FlowRunFilter,
    FlowRunFilterState,
    FlowRunFilterStateType,
)
from prefect.client.schemas.objects import FlowRun, StateType
from prefect.exceptions import ObjectNotFound
from prefect.input import keyset_from_base_key
from prefect.states import AwaitingRetry, Cancelled, Crashed, Suspended
from pydantic import BaseModel

from models.errors import Fault, UnavailableError
from tasks.labelling import Label

ONE: Final = "决定"
MANY: Final = "一并决定"
"""The two flows, each with one deployment of the same name."""
OPENING: Final = "Opening"
"""The state of a run whose form is not stored yet; the next sweep finishes it."""
WAITS: Final = "待决定"
"""The tag of what waits; a run that has ended bears it no more."""
FIRST: Final = "1"
"""The key of a run's first suspension; those after a refused answer count on."""
ATTEMPTS: Final = 20
"""How often a decision is opened anew after its runs were cancelled by hand or could not be carried out."""
RETRIES: Final = 3
"""How often one run is tried with the answer it holds."""
LOST_SECONDS: Final = 600
"""A run that has been going for so long has lost its process: deciding takes seconds."""
PAGE: Final = 200

_RENEWED: Final = frozenset({"灯", "单位"})
_LIVING: Final = [StateType.SCHEDULED, StateType.PENDING, StateType.RUNNING, StateType.PAUSED, StateType.CANCELLING]


@dataclass(frozen=True, slots=True)
class Opening:
    """A run to open. `key` names what it decides, whoever opens it."""

    key: str
    name: str
    parameters: Mapping[str, Any]
    tags: Sequence[str]
    form: type[BaseModel]
    description: str


def keyset(key: str) -> dict[str, str]:
    """Under which names a suspension's form, text and answer are stored, as Prefect names them."""
    return {str(name): value for name, value in keyset_from_base_key(f"suspended-{key}").items()}


class DeskRuns:
    """The runs of the two flows on one server."""

    def __init__(self, client: SyncPrefectClient) -> None:
        self.client = client
        self.deployments = {name: self._deployment(name) for name in (ONE, MANY)}

    def _deployment(self, name: str) -> UUID:
        try:
            return self.client.read_deployment_by_name(f"{name}/{name}").id
        except ObjectNotFound as error:
            remedy = "请先运行 banli up，或 prefect deploy --prefect-file deployments/prefect.yaml --all。"
            raise UnavailableError(Fault("", f"Prefect 服务里还没有部署“{name}”", remedy)) from error

    def living(self, name: str) -> list[FlowRun]:
        """The runs of a flow that have not ended."""
        deployment = DeploymentFilter(id=DeploymentFilterId(any_=[self.deployments[name]]))
        wanted = FlowRunFilter(state=FlowRunFilterState(type=FlowRunFilterStateType(any_=_LIVING)))
        found: list[FlowRun] = []
        while True:
            page = self.client.read_flow_runs(
                flow_run_filter=wanted, deployment_filter=deployment, limit=PAGE, offset=len(found)
            )
            found += page
            if len(page) < PAGE:
                return found

    def open(self, name: str, one: Opening) -> bool:
        """Bring a run to its suspension unless there is one; whether it is new. Safe to do twice, and at once."""
        for attempt in range(1, ATTEMPTS + 1):
            run = self._create(name, one, f"{one.key}#{attempt}")
            if run.state_name == OPENING:
                self._suspend(run.id, one)
                return True
            if run.state_type not in {StateType.COMPLETED, StateType.CANCELLED, StateType.FAILED, StateType.CRASHED}:
                return False
            if run.state_type in {StateType.FAILED, StateType.CRASHED} and (run.run_count or 0) < RETRIES:
                self.client.set_flow_run_state(run.id, AwaitingRetry(message="重新办理已提交的决定"), force=True)
                return False
        return False

    def _create(self, name: str, one: Opening, key: str) -> FlowRun:
        body = {
            "name": one.name,
            "parameters": dict(one.parameters),
            "tags": list(one.tags),
            "idempotency_key": key,
            "empirical_policy": {"pause_keys": [FIRST]},
            "state": {"type": "PENDING", "name": OPENING},
        }
        answer = self.client.request(
            "POST", "/deployments/{id}/create_flow_run", path_params={"id": self.deployments[name]}, json=body
        )
        return FlowRun.model_validate(answer.json())

    def _suspend(self, run: UUID, one: Opening) -> None:
        keys = keyset(FIRST)
        schema = one.form.model_json_schema(ref_template="#/definitions/{model}")
        schema["definitions"] = schema.pop("$defs", {})
        self._put(run, keys["schema"], schema)
        self._put(run, keys["description"], one.description)
        state: Any = Suspended(message="等待督办单位决定", pause_key=FIRST)
        state.state_details.run_input_keyset = keys
        self.client.set_flow_run_state(run, state, force=True)

    def _put(self, run: UUID, key: str, value: Any) -> None:
        try:
            self.client.create_flow_run_input(run, key, orjson.dumps(value).decode())
        except httpx.HTTPStatusError as error:
            if error.response.status_code != httpx.codes.CONFLICT:  # stored already by one who opens it too
                raise

    def close(self, run: FlowRun, why: str) -> None:
        """End a run that nobody need answer any more, and take the texts off the server."""
        self.client.set_flow_run_state(run.id, Cancelled(message=why))
        untag(self.client, run.id, run.tags)
        if run.state is not None and run.state.state_details.run_input_keyset:
            forget(self.client, run.id, run.state.state_details.run_input_keyset)

    def relabel(self, run: FlowRun, label: Label) -> None:
        """Call and tag a run anew where that has changed; tags somebody added stay."""
        own = {tag for tag in run.tags if ":" not in tag or tag.partition(":")[0] not in _RENEWED}
        tags = own | set(label.tags)
        if (run.name, set(run.tags)) != (label.name, tags):
            self.client.update_flow_run(run.id, name=label.name, tags=tags)

    def take_up_lost(self, run: FlowRun) -> bool:
        """Try a run again whose process has gone without a word; whether it was one."""
        spent = run.estimated_run_time if run.state_type is StateType.RUNNING else run.estimated_start_time_delta
        if run.state_name == OPENING or run.state_type not in {StateType.RUNNING, StateType.PENDING}:
            return False
        if spent.total_seconds() < LOST_SECONDS:
            return False
        self.client.set_flow_run_state(run.id, Crashed(message="办理的进程已不在"), force=True)
        self.client.set_flow_run_state(run.id, AwaitingRetry(message="重新办理已提交的决定"), force=True)
        return True


def untag(client: SyncPrefectClient, run: UUID, tags: Iterable[str]) -> None:
    """Take a run that has ended off the list of those that wait."""
    if WAITS in (bears := set(tags)):
        client.update_flow_run(run, tags=bears - {WAITS})


def forget(client: SyncPrefectClient, run: UUID, keys: Mapping[str, str]) -> None:
    """Take the text above a form off the server; it was only needed to decide."""
    try:
        client.delete_flow_run_input(run, keys["description"])
    except httpx.HTTPStatusError as error:
        if error.response.status_code != httpx.codes.NOT_FOUND:
            raise


@contextmanager
def desk_runs() -> Iterator[DeskRuns]:
    """The runs on the server this process is pointed at.

    Raises: UnavailableError when the server does not answer or knows nothing of the flows.
    """
    try:
        with get_client(sync_client=True) as client:
            yield DeskRuns(client)
    except httpx.HTTPError as error:
        what = f"Prefect 服务没有回答（{type(error).__name__}）"
        raise UnavailableError(Fault("", what, "请确认 banli up 在运行，再试一次。")) from error
