"""Asking the rules without writing (试办): what would become of a batch, one action after another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Final

from sqlalchemy import Connection, select

from models import schema
from models.actions.action import Action, Outcome
from models.actions.receipt import Merge, Receive
from models.lifecycle import advance
from models.rulings import Accepted, Refused, Ruling, World
from tasks.loading import chunked, load_cases, resolve
from tasks.receiving import Receipt
from tasks.world import world_on

KEYS: Final = schema.IDEMPOTENCY_KEYS


def rehearse(connection: Connection, actions: Sequence[Action], today: date) -> list[Outcome]:
    """The outcome each action would have now, were they done in this order. Nothing is written."""
    return _Rehearsal(connection, actions, world_on(connection, today)).run(actions)


class _Rehearsal:
    def __init__(self, connection: Connection, actions: Sequence[Action], world: World) -> None:
        self.world = world
        self.receipt = Receipt(connection, world, lock=False)
        self.done = {
            key
            for chunk in chunked(action.key for action in actions)
            for key in connection.scalars(select(KEYS.c.key).where(KEYS.c.key.in_(chunk)))
        }
        refs = {ref for action in actions for ref in (action.case, getattr(action, "into", None)) if ref}
        self.ids = resolve(connection, refs)
        wanted = {found for found in self.ids.values() if isinstance(found, int)}
        self.cases = load_cases(connection, wanted)

    def run(self, actions: Sequence[Action]) -> list[Outcome]:
        receipts = [action for action in actions if isinstance(action, Receive)]
        rulings = {id(action): ruling for action, ruling in self.receipt.rule(receipts)} if receipts else {}
        return [self._one(action, rulings.get(id(action))) for action in actions]

    def _one(self, action: Action, ruling: Ruling | None) -> Outcome:
        if action.key in self.done:
            return _outcome(action, Refused("这一动作此前已经办理", "不必再办。"), done=True)
        return _outcome(action, ruling or self._advance(action))

    def _advance(self, action: Action) -> Ruling:
        found = self.ids.get(action.case)
        if found is None:
            return Refused(f"没有找到案号“{action.case}”", "请核对号码，必要时写全届次。")
        if isinstance(found, tuple):
            return Refused(f"号码“{action.case}”不止一件", f"请写全：{'、'.join(found)}。")
        ruling = advance(self.cases[found], action, self._world_for(action))
        if isinstance(ruling, Accepted):
            self.cases[found] = ruling.case
            self.done.add(action.key)
        return ruling

    def _world_for(self, action: Action) -> World:
        into = action.into if isinstance(action, Merge) else ""
        found = self.ids.get(into)
        return replace(self.world, others={into: self.cases[found]}) if isinstance(found, int) else self.world


def _outcome(action: Action, ruling: Ruling, *, done: bool = False) -> Outcome:
    accepted = isinstance(ruling, Accepted)
    return Outcome(
        key=action.key,
        case=action.case,
        action=action.kind,  # type: ignore[attr-defined]  # every concrete action has a kind
        result="已办理" if accepted else "已办过" if done else "未办理",
        message=ruling.summary if isinstance(ruling, Accepted) else str(ruling),
    )
