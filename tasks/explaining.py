"""How each date came about (期限说明), in the same words for notice, page and command line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection

from models import clocks
from models.deadline_words import full
from models.errors import BanliError
from models.rulings import World
from models.values.case import Case
from models.values.handling import Clock
from tasks import clock as time
from tasks.loading import load_cases
from tasks.world import world_on


def steps_of(case: Case, one: Clock, world: World) -> tuple[str, ...]:
    """The sentences behind one clock: rule and source, start, what was skipped and added, the day; and where the rules
    in force say otherwise than the record, or nothing any more, that too. Never refuses: what is sent must not wait.
    """
    if clocks.is_manual(one):
        said = "承诺的兑现日期" if one.rule != clocks.MANUAL else "期限由督办单位指定"
        return (f"{said}：{full(one.due_on)}。",)
    try:
        found = clocks.derive(case, one, world)
    except BanliError as error:
        return (f"{error.faults[0].what}；登记时算得{full(one.due_on)}。",)
    if found.due_on == one.due_on or clocks.waits(case, one):
        return found.steps
    return (*found.steps, f"登记的期限是{full(one.due_on)}；规则或日历已有变动，尚未重算。")


def explain(
    connection: Connection, wanted: Sequence[tuple[int, int]], *, cases: Mapping[int, Case] | None = None
) -> Mapping[tuple[int, int], tuple[str, ...]]:
    """The sentences of many clocks at once, by case id and number; `cases` where they have been read."""
    world = world_on(connection, time.today())
    cases = cases or load_cases(connection, {case_id for case_id, _ in wanted})
    return {(case_id, no): steps_of(cases[case_id], cases[case_id].clocks[no - 1], world) for case_id, no in wanted}
