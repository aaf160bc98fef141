"""Names and tags of runs (运行名称、标签), so that the list of runs reads like the office's diary."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from prefect.client.orchestration import get_client
from prefect.runtime import flow_run
from pydantic import ConfigDict

from flows.parcels import Parcel
from models.actions.action import Action, Actor
from models.errors import UnavailableError
from tasks import clock, database
from tasks.labelling import Label, label, tags_of


def label_of(step: str, actions: Sequence[Action]) -> Label:
    """What a run is called; the bare step where the database is not to be had: the run itself will say so."""
    try:
        return label(database.engine(), step, actions, clock.today())
    except UnavailableError:
        return Label(f"{step} {len(actions)}件")


def run_name(step: str) -> Callable[[], str]:
    """`交办 48件 · 市政协六届二次`, `签收 2023128 …` for one, `公开 2026-07-31` for a round without any."""

    def name() -> str:
        given = flow_run.parameters.get("actions") or ()
        if isinstance(given, Parcel):
            return (given.label or label_of(step, given.actions)).name if given.actions else f"{step} {clock.today()}"
        actions = [
            sketch for item in ([given] if isinstance(given, Mapping) else given) for sketch in _sketches(step, item)
        ]
        return label_of(step, actions).name if actions else f"{step} {clock.today()}"

    return name


class _Sketch(Action):
    """An action as far as a form was filled in."""

    model_config = ConfigDict(extra="allow")
    kind: str


def _sketches(step: str, item: Any) -> list[Action]:
    """What a form asks for, unchecked: a name may be made of what the run itself will refuse."""
    if isinstance(item, Action):
        return [item]
    by = item.get("by") or {"agency": item.get("by_agency")}
    known = {"kind": item.get("kind") or step, "by": by if isinstance(by, Actor) else Actor.model_construct(**by)}
    cases = item.get("cases") or [item.get("case") or ""]
    return [_Sketch.model_construct(**{**item, **known, "case": str(case)}) for case in cases]


def add_tags(actions: Sequence[Action]) -> None:
    """Let a run that was started by a form be found by the cases it is about, as one that a program started."""
    _add(label_of("", actions).tags if actions else ())


def add_case_tags(numbers: Sequence[str]) -> None:
    """Let the running flow be found by these cases."""
    _add(tags_of(件=numbers))


def _add(tags: Sequence[str]) -> None:
    if tags and flow_run.id:
        with get_client(sync_client=True) as client:
            client.update_flow_run(flow_run.id, tags={*flow_run.tags, *tags})
