"""How actions reach a flow (批次).

A form sends a list; programs hand over a `Parcel`, of which the Prefect API sees the number and nothing else: texts
would swell its database, and proposers' contact data must not reach it. The flow body gets the actions themselves.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, overload

from pydantic import BaseModel, Field, PrivateAttr, ValidationError, WithJsonSchema

from flows.form_fields import shown
from models.actions.action import Action, Actor, Outcome
from models.forms import faults_from
from models.step_forms import actions_in, schema_of
from models.vocabulary import Channel
from tasks.labelling import Label


class Parcel(BaseModel):
    """A batch handed to a flow in the same process.

    Who made it empties it when the run is over: Prefect's timers hold a run's context, and with it what the run was
    called with, for up to a minute after its end.
    """

    count: int = Field(title="件数")
    _actions: tuple[Action, ...] = PrivateAttr(default=())
    _label: Label | None = PrivateAttr(default=None)
    _outcomes: tuple[Outcome, ...] = PrivateAttr(default=())

    @classmethod
    def of(cls, actions: Sequence[Action], label: Label | None = None, *, outcomes: Sequence[Outcome] = ()) -> Parcel:
        """Wrap a batch; `label` names its run.

        With `outcomes` it was recorded before, and only what follows is left to do.
        """
        parcel = cls(count=len(actions))
        parcel._actions = tuple(actions)
        parcel._label = label
        parcel._outcomes = tuple(outcomes)
        return parcel

    def empty(self) -> None:
        """Let go of the batch; its run is over."""
        self._actions, self._outcomes = (), ()

    @property
    def actions(self) -> tuple[Action, ...]:
        """What was handed over."""
        return self._actions

    @property
    def label(self) -> Label | None:
        """What its run is called, where that was worked out before."""
        return self._label

    @property
    def outcomes(self) -> tuple[Outcome, ...]:
        """What was recorded before the run; empty where the run records."""
        return self._outcomes


class Outcomes(Sequence[Outcome]):
    """What a flow or its recording hands back, an outcome for each action.

    Prefect looks through every list, mapping and model that a run returns, field by field, for runs to wait for: half a
    batch's time. This it takes as it is, and holds as long as the run's context: hence `taken`.
    """

    def __init__(self, found: Iterable[Outcome]) -> None:
        self._found: tuple[Outcome, ...] = tuple(found)

    def taken(self) -> list[Outcome]:
        """All of them, and none is left here."""
        found, self._found = list(self._found), ()
        return found

    def __len__(self) -> int:
        """How many."""
        return len(self._found)

    @overload
    def __getitem__(self, place: int) -> Outcome: ...

    @overload
    def __getitem__(self, place: slice) -> Sequence[Outcome]: ...

    def __getitem__(self, place: int | slice) -> Outcome | Sequence[Outcome]:
        """By its place in the batch."""
        return self._found[place]


Given = Parcel | Mapping[str, Any] | Sequence[Any]
"""What a flow is called with: a parcel, or the plain values of a form, or several of these."""


ASKED: Final = shown("要办的事")
"""What a step's one parameter is called, beside its `form`."""
NONE_GIVEN: Final[Mapping[str, Any]] = {}
"""What a step is called with that has something to do without any action, too."""


def form(*kinds: type[Action], alone: bool = False) -> WithJsonSchema:
    """What the Prefect UI shows of a step's one parameter: a form for all its actions."""
    return WithJsonSchema(schema_of(*kinds, alone=alone))


def plain_actions(given: Given, *allowed: type[Action]) -> list[Any]:
    """What was given, one action an entry: the values of a form are spread over its cases."""
    if isinstance(given, Parcel):
        return list(given.actions)
    if not given:
        return []
    items = [given] if isinstance(given, Mapping) else given
    forms = (actions_in(item, *allowed) if "cases" in item else [item] for item in items)
    return [action for found in forms for action in found]


def open_parcel(given: Given, *allowed: type[Action]) -> tuple[list[Action], list[Outcome]]:
    """The actions given, and an outcome for each form entry that is not a valid one of the allowed kinds."""
    if isinstance(given, Parcel):
        return list(given.actions), []
    by_kind = {kind.model_fields["kind"].default: kind for kind in allowed}
    actions: list[Action] = []
    wrong: list[Outcome] = []
    for item in plain_actions(given, *allowed):
        if isinstance(item, Action):
            actions.append(item)
            continue
        kind = by_kind.get(item.get("kind"), allowed[0])
        try:
            actions.append(kind.model_validate({"by": Actor(channel=Channel.FORM), **item}))
        except ValidationError as error:
            said = "；".join(f"{title}：{what}，{remedy}" for title, what, remedy in faults_from(error, kind))
            name = str(kind.model_fields["kind"].default)
            case = str(item.get("case", ""))
            wrong.append(Outcome(key="", case=case, action=name, result="未办理", message=said))
    return actions, wrong
