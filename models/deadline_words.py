"""The sentences that say how a deadline came about, from the rule to the last counted day."""

from __future__ import annotations

from datetime import date
from typing import Final

from models.policy import ClockRule
from models.vocabulary import StartEvent, Unit
from models.workdays import Calendar, Run

UNIT_WORDS: Final = {Unit.WORKDAYS: "个工作日", Unit.DAYS: "日", Unit.MONTHS: "个月"}


def opening(rule: ClockRule, start_on: date) -> list[str]:
    """Rule and source, start event and day."""
    if rule.month_day is not None:
        month, day = (int(part) for part in rule.month_day.split("-"))
        since = "" if rule.start is StartEvent.FIXED else f"自{rule.start}{full(start_on)}之后算起。"
        return [f"{rule.step}的期限是每年{month}月{day}日（{rule.source}）。", *([since] if since else [])]
    length = f"{rule.length}{UNIT_WORDS[rule.unit]}" if rule.unit else ""
    silent = "（来源未写明起算日，此为推定）" if rule.start_confidence else ""
    return [
        f"{rule.step}时限为{length}（{rule.source}）。",
        f"自{rule.start}{full(start_on)}起算{silent}，当日不计。",
    ]


def counting(rule: ClockRule, start_on: date, end_on: date, calendar: Calendar) -> list[str]:
    """What was counted and what was left out."""
    if rule.month_day is not None:
        return [f"起算后的第一个该日是{full(end_on)}。"]
    if rule.unit is Unit.MONTHS:
        same = end_on.day == start_on.day
        return [f"满{rule.length}个月的{'对应日' if same else '当月没有对应日，月末'}是{full(end_on)}。"]
    if rule.unit is Unit.DAYS:
        return [f"第{rule.length}日是{full(end_on)}（休息日计入）。"]
    skipped = "、".join(_run(run) for run in calendar.feasts(start_on, end_on))
    worked = "、".join(f"{day.month}月{day.day}日" for day in calendar.makeups(start_on, end_on))
    return [
        f"{skipped}不计，周末不计。" if skipped else "周末不计。",
        *([f"{worked}调休上班，计入。"] if worked else []),
        f"第{rule.length}个工作日是{full(end_on)}。",
    ]


def left_out(after: date, until: date, calendar: Calendar) -> str:
    """Feasts and make-up days met while working days were moved on, in brackets; empty when there were none."""
    met = [f"{_run(run)}不计" for run in calendar.feasts(after, until)]
    met += [f"{day.month}月{day.day}日调休上班，计入" for day in calendar.makeups(after, until)]
    return f"（{'、'.join(met)}）" if met else ""


def _run(run: Run) -> str:
    first, last = run.from_on, run.until_on
    start = f"{first.month}月{first.day}日"
    if first == last:
        return f"{start}{run.name}"
    return f"{start}至{'' if first.month == last.month else f'{last.month}月'}{last.day}日{run.name}"


def full(day: date) -> str:
    """A day with its year, as letters write it."""
    return f"{day.year}年{day.month}月{day.day}日"
