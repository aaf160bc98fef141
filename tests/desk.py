"""An office's records under test: actions go in on a day, and what was recorded is looked at whole."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from builders import proposed, road
from sqlalchemy import Engine, select

from models import actions as a
from models import tables as t
from models.values.case import Case
from models.vocabulary import Stage
from tasks import clock, history
from tasks.database import reading
from tasks.loading import COLLECTIONS, load_cases, resolve
from tasks.recording import record

Perform = Callable[[Sequence[a.Action]], list[a.Outcome]]


@dataclass
class Desk:
    """The one place tests act from; `perform` stands for the way actions take (the records themselves, or the flows)."""

    engine: Engine
    perform: Perform | None = None

    def ask(self, on: date, *actions: a.Action) -> list[a.Outcome]:
        """What becomes of these actions on a day."""
        with clock.moved_to(clock.morning_of(on)):
            return self.perform(actions) if self.perform else record(self.engine, actions)

    def do(self, on: date, *actions: a.Action) -> list[a.Outcome]:
        """All of these are accepted."""
        outcomes = self.ask(on, *actions)
        assert [one.message for one in outcomes if one.refused] == []
        return outcomes

    def refusal(self, on: date, action: a.Action) -> str:
        """This one is refused, in these words."""
        (outcome,) = self.ask(on, action)
        assert outcome.refused, outcome
        return outcome.message

    def case(self, ref: str = "0001") -> Case:
        """A case with its long texts."""
        with reading(self.engine) as connection:
            found = resolve(connection, [ref])[ref]
            assert isinstance(found, int), found
            return load_cases(connection, [found], long=True)[found]

    def rows(self, row: Any) -> list[Any]:
        """A whole table in the order of its key."""
        table = t.core(row)
        with reading(self.engine) as connection:
            return list(connection.execute(select(table).order_by(*table.primary_key)))

    def walk(self, stage: Stage, *numbers: str, co_handlers: Sequence[str] = ("财政局",)) -> None:
        """Receive cases and take them along the usual road to a stage."""
        numbers = numbers or ("0001",)
        self.do(date(2026, 1, 21), *(proposed(number) for number in numbers))
        for on, action in road(co_handlers):
            now = self.case(numbers[0]).stage
            if now is stage:
                return
            if not isinstance(action, a.PassReview) or now is Stage.PRE_REVIEW:
                fresh = {"key": None}
                given = action.model_dump(exclude=set(fresh))
                self.do(on, *(type(action).model_validate(given | {"case": number}) for number in numbers))
        assert self.case(numbers[0]).stage is stage

    def assert_whole(self) -> None:
        """Every case is whole: its chain holds, its stage is the last entry's, its parts are complete."""
        with reading(self.engine) as connection:
            entries = t.core(t.HistoryRow)
            rows = [
                row._mapping for row in connection.execute(select(entries).order_by(entries.c.case_id, entries.c.seq))
            ]
            cases = connection.execute(select(t.core(t.CaseRow))).all()
            loaded = load_cases(connection, [row.id for row in cases])
            texts = {row.case_id for row in connection.execute(select(t.core(t.ProposalTextRow)))}
            keys = {(row.case_id, row.seq) for row in connection.execute(select(t.core(t.IdempotencyKeyRow)))}
        heads = {row.id: (row.history_length, row.history_hash) for row in cases}
        assert history.verify(rows, heads) == []
        last = {row["case_id"]: row["to_stage"] for row in rows}
        assert last == {row.id: row.stage for row in cases}
        assert texts == set(loaded)
        assert keys == {(row["case_id"], row["seq"]) for row in rows}
        for case in loaded.values():
            assert case.proposers
            for name in COLLECTIONS:
                assert [one.no for one in getattr(case, name)] == list(range(1, len(getattr(case, name)) + 1))
