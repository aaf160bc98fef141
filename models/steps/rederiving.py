"""A new calendar or rule (重新计算期限)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.deadline_words import full
from models.rederiving import moved, rederived
from models.rulings import Effect, Refusal, World
from models.values.case import Case

if TYPE_CHECKING:
    from models.actions.upkeep import ClockMoved, Rederive


def rederive(case: Case, action: Rederive, world: World) -> Effect:
    """Take over the dates as the rules give them today; the entry says before and after, so both must be true."""
    after, _ = rederived(case, world)
    if moved(case, after, world) != action.changes:
        raise Refusal("算出的期限与所报的变动不一致", "请重新计算一次。")
    if not action.changes:
        raise Refusal("本件的期限没有变动", "不必登记。")
    said = "；".join(map(_sentence, action.changes))
    return Effect(after, f"{action.reason}：{said}")


def _sentence(one: ClockMoved) -> str:
    now = f"{full(one.after_on)}{'（暂定）' if one.is_provisional else ''}"
    if one.before_on != one.after_on:
        return f"{one.clock}期限由{full(one.before_on)}调整为{now}"
    if one.was_provisional and not one.is_provisional:
        return f"{one.clock}期限{now}不再是暂定"
    if one.is_provisional and not one.was_provisional:
        return f"{one.clock}期限{now}改为暂定"
    return f"{one.clock}未计延期和暂停的期限有变动，现期限仍为{now}"
