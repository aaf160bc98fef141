"""The life of a proposal as a Viewflow class: a start, fourteen handles, an end."""

from typing import Any

from viewflow import this
from viewflow.workflow import flow
from viewflow.workflow.models import Process

STEPS = 15


def _nodes() -> dict[str, object]:
    found: dict[str, object] = {"act0": flow.StartHandle(this.begin).Next(this.act1)}
    for n in range(1, STEPS):
        following = this.end if n == STEPS - 1 else getattr(this, f"act{n + 1}")
        found[f"act{n}"] = flow.Handle().Next(following)
    return found | {"end": flow.End()}


def _begin(_flow: flow.Flow, activation: Any, text: str) -> Process:
    activation.process.data = {"text": text}
    return activation.process


Handling = type(
    "Handling",
    (flow.Flow,),
    {"__module__": __name__, "process_class": Process, "begin": _begin, **_nodes()},
)
