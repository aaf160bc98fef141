"""All steps by name (步骤), and how programs run one."""

from __future__ import annotations

import gc
import logging
from collections import defaultdict
from collections.abc import Sequence
from typing import Any, Final

import httpx
from prefect import tags
from prefect.context import SettingsContext, get_settings_context
from prefect.logging.handlers import APILogWorker
from prefect.settings import PREFECT_FLOWS_HEARTBEAT_FREQUENCY, Settings

from flows.alerting import alert
from flows.approval import approve
from flows.assignment import assign, sign_for
from flows.deadlines import watch_deadlines
from flows.decisions import decide, decide_many, keep_desk
from flows.drafting import draft
from flows.feedback import take_feedback
from flows.handling import give_opinion, handle
from flows.morning import morning
from flows.naming import label_of
from flows.notices import deliver_notices
from flows.parcels import Outcomes, Parcel
from flows.publication import publish
from flows.receipt import receive
from flows.rehearsal import rehearse
from flows.reply import reply
from flows.review import review
from flows.rules import rederive
from flows.substitution import name_substitute
from flows.timeline import tell
from flows.tracking import track
from models.actions.action import Action, Outcome
from models.actions.receipt import Receive
from models.errors import Fault, UnavailableError
from models.lifecycle import STEP_OF

FLOWS: Final[dict[str, Any]] = {
    flow.fn.__name__: flow
    for flow in (
        receive, review, assign, sign_for, handle, give_opinion, draft, approve, reply, take_feedback, publish, track,
        rederive, watch_deadlines, deliver_notices, morning, tell, alert, rehearse, decide, decide_many, keep_desk,
        name_substitute,
    )
}  # fmt: skip
"""Every flow, by its function's name: the steps of the table in its order, then the sweeps and the rehearsal."""

gc.freeze()  # what is imported by now lives as long as the process; not looking through it again saves a tenth


def flow_of(action: Action) -> str:
    """The flow that takes this kind of action."""
    return "receive" if isinstance(action, Receive) else STEP_OF[action.kind].flow  # type: ignore[attr-defined]  # every concrete action has a kind


def run(step: str, *given: Any, named: Sequence[str] = ()) -> Any:
    """Run a flow here and now, in this process, through the Prefect API.

    Such a run lasts seconds, so it needs no heartbeat, whose thread would add one to each.

    Raises: UnavailableError when the Prefect server does not answer, before the run or in the middle of it.
    """
    flow = FLOWS[step]
    try:
        with _without_heartbeat(), tags(f"步骤:{flow.name}", *named):
            return flow(*given)
    except httpx.HTTPError as error:
        what = f"Prefect 服务没有回答，“{flow.name}”没有办完（{type(error).__name__}）"
        remedy = "已经登记的不会丢，也不会重复登记。请确认服务在运行（banli doctor），再办一次。"
        raise UnavailableError(Fault("", what, remedy)) from error


class _ToldAsASentence(logging.Filter):
    """Keeps back Prefect's own account, a traceback, of a run that ended because its server is gone."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the record may be shown."""
        return not (record.exc_info and isinstance(record.exc_info[1], httpx.HTTPError))


logging.getLogger("prefect.flow_runs").addFilter(_ToldAsASentence())


_quiet: tuple[Settings, Settings] | None = None
"""The last settings seen and the same without heartbeat: making a copy costs as much as a small run."""


def _without_heartbeat() -> SettingsContext:
    global _quiet  # noqa: PLW0603 - a cache of one
    context = get_settings_context()
    if _quiet is None or _quiet[0] is not context.settings:
        updates: dict[Any, Any] = {PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None}
        _quiet = (context.settings, context.settings.copy_with_update(updates=updates))
    return SettingsContext(profile=context.profile, settings=_quiet[1])


def flush_logs() -> None:
    """Send the log lines still waiting; before a server that was started here is stopped."""
    APILogWorker.drain_all(timeout=30)


def perform(step: str, actions: Sequence[Action], recorded: Sequence[Outcome] = ()) -> list[Outcome]:
    """Run one step's flow on a batch of actions and return an outcome for each.

    With `recorded`, the outcomes of a batch that stands in the records already, the run does what follows from them.
    """
    named = label_of(FLOWS[step].name, actions)
    parcel = Parcel.of(actions, named, outcomes=recorded)
    try:
        found: Outcomes = run(step, parcel, named=named.tags)
    finally:
        parcel.empty()
    return found.taken()


def perform_all(actions: Sequence[Action]) -> list[Outcome]:
    """Run each action through its own step, in the order given; neighbours of one step share a run."""
    outcomes: list[Outcome] = []
    batch: list[Action] = []
    for action in actions:
        if batch and flow_of(action) != flow_of(batch[0]):
            outcomes += perform(flow_of(batch[0]), batch)
            batch = []
        batch.append(action)
    if batch:
        outcomes += perform(flow_of(batch[0]), batch)
    return outcomes


def steps_of(actions: Sequence[Action]) -> dict[str, list[Action]]:
    """The actions by step."""
    found: dict[str, list[Action]] = defaultdict(list)
    for action in actions:
        found[flow_of(action)].append(action)
    return found
