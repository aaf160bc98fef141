"""Deadlines (时限): derived from rule, start, calendar, pauses and extensions, with every step said in words.

Source: 民法典第二百条至第二百零四条 (start day excluded; corresponding day or month-end; a rest day rolls forward),
applied to suggestions and proposals by analogy; 行政许可法第八十二条 (working days leave out statutory rest days).
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import Final

from models.deadline_words import UNIT_WORDS, counting, full, left_out, opening
from models.errors import Fault, InputError, PolicyError
from models.ladders import Ladder, RungDate, escalate_on, light, next_rung_on, remaining, rungs
from models.policy import ClockRule, ExtensionRule
from models.vocabulary import Unit
from models.workdays import Calendar

__all__ = [
    "DueDate",
    "Extension",
    "Ladder",
    "Pause",
    "RungDate",
    "due",
    "escalate_on",
    "explain",
    "light",
    "next_rung_on",
    "remaining",
    "rungs",
]


FIRST_YEAR: Final = 1950
LAST_YEAR: Final = 2100
"""Years between which feasts are known; `banli calendar show` takes the same."""


@dataclass(frozen=True, slots=True)
class Pause:
    """A stretch that does not count (中止): `from_on` excluded, `until_on` included; None while it still runs."""

    from_on: date
    until_on: date | None
    reason: str


@dataclass(frozen=True, slots=True)
class Extension:
    """A granted 延期: `length` on top when `added`, else the new total length from the start."""

    length: int
    unit: Unit
    added: bool
    granted_on: date
    consented_by: str | None
    reason: str


@dataclass(frozen=True, slots=True)
class DueDate:
    """The last permitted day and how it came about.

    `legal_on` is the day before rolling over a rest day; `original_on` the one without extensions and pauses.
    """

    due_on: date
    legal_on: date
    original_on: date
    provisional: bool
    steps: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Span:
    """A length counted from an anchor day, the day itself excluded."""

    anchor_on: date
    length: int
    unit: Unit

    def end(self, calendar: Calendar) -> date:
        if self.unit is Unit.WORKDAYS:
            return calendar.add(self.anchor_on, self.length)
        if self.unit is Unit.MONTHS:
            return corresponding_day(self.anchor_on, self.length)
        return self.anchor_on + timedelta(days=self.length)

    def extended(self, extension: Extension, start_on: date, calendar: Calendar) -> _Span:
        if not extension.added:
            return _Span(start_on, extension.length, extension.unit)
        if extension.unit is self.unit:
            return replace(self, length=self.length + extension.length)
        return _Span(self.end(calendar), extension.length, extension.unit)


def due(
    rule: ClockRule,
    start_on: date,
    *,
    calendar: Calendar,
    pauses: Sequence[Pause] = (),
    extensions: Sequence[Extension] = (),
    today: date | None = None,
) -> DueDate:
    """When `rule` ends for a clock started on `start_on`.

    `today` ends a pause that still runs, and refuses what lies in the future when given.
    Raises: InputError for impossible pauses, extensions or starts; PolicyError for an extension the rule has not.
    """
    if today is not None and start_on > today:
        raise InputError(
            Fault(rule.step, f"起算日{full(start_on)}晚于今天{full(today)}", "请核对日期，到起算日再登记。")
        )
    if not FIRST_YEAR <= start_on.year <= LAST_YEAR:
        what = f"起算日{full(start_on)}没有可用的日历"
        raise InputError(Fault(rule.step, what, f"请核对年份，可用{FIRST_YEAR}年至{LAST_YEAR}年。"))
    original = _plain(rule, start_on, calendar)
    if not pauses and not extensions:
        return original
    stretches = _stretches(rule, pauses, today=today)
    span, said = _extend(rule, start_on, calendar, extensions)
    legal_on = span.end(calendar)
    steps = [*opening(rule, start_on), *counting(rule, start_on, _base(rule, start_on).end(calendar), calendar), *said]
    for pause, until_on in stretches:
        legal_on, step = _paused(rule, start_on, legal_on, calendar=calendar, pause=pause, until_on=until_on)
        steps.append(step)
    closed = _closed(rule, start_on, legal_on, calendar)
    return replace(closed, original_on=original.due_on, steps=(*steps, *closed.steps))


def explain(found: DueDate) -> str:
    """The derivation in words, as notices, artifacts and the command line print it."""
    return "\n".join(f"{number}. {step}" for number, step in enumerate(found.steps, start=1))


@lru_cache(maxsize=65536)
def _plain(rule: ClockRule, start_on: date, calendar: Calendar) -> DueDate:
    """The deadline without pauses and extensions: the same for every clock of this rule and day."""
    legal_on = _base(rule, start_on).end(calendar)
    closed = _closed(rule, start_on, legal_on, calendar)
    steps = (*opening(rule, start_on), *counting(rule, start_on, legal_on, calendar), *closed.steps)
    return replace(closed, steps=steps)


def _base(rule: ClockRule, start_on: date) -> _Span:
    if rule.month_day is not None:
        return _Span(_next_fixed(rule.month_day, start_on), 0, Unit.DAYS)
    if rule.length is None or rule.unit is None:
        raise PolicyError(Fault(rule.rule_id, "既没有时限也没有固定日期", "请在规则包中补上 length 和 unit。"))
    return _Span(start_on, rule.length, rule.unit)


def _next_fixed(month_day: str, start_on: date) -> date:
    """The first such day after `start_on`."""
    month, day = (int(part) for part in month_day.split("-"))
    this_year = date(start_on.year, month, day)
    return this_year if this_year > start_on else date(start_on.year + 1, month, day)


def corresponding_day(day: date, months: int) -> date:
    """The day of the same number `months` later, or the month's last (民法典第二百零二条)."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _closed(rule: ClockRule, start_on: date, legal_on: date, calendar: Calendar) -> DueDate:
    """Roll the last day over rest days and say whether the date may still move."""
    due_on = calendar.roll(legal_on) if rule.roll else legal_on
    steps = []
    if due_on != legal_on:
        steps.append(
            f"{full(legal_on)}是休息日（{calendar.why(legal_on)}），参照民法典第二百零三条顺延至{full(due_on)}。"
        )
    elif not calendar.is_workday(legal_on):
        steps.append(f"{full(legal_on)}是休息日（{calendar.why(legal_on)}），本规则不顺延。")
    elif calendar.makeups(legal_on - timedelta(days=1), legal_on):
        steps.append(f"{full(legal_on)}调休上班，是工作日，不顺延。")
    counted_from = start_on + timedelta(days=1) if rule.unit is Unit.WORKDAYS else legal_on
    crossed = range(counted_from.year, due_on.year + 1)
    open_years = [year for year in crossed if year not in calendar.published_years]
    provisional = bool(open_years) or calendar.is_provisional(due_on)
    if provisional:
        year = open_years[0] if open_years else due_on.year + 1
        steps.append(f"{year}年放假通知尚未载入，按周末和法定节日推算，期限暂定为{full(due_on)}。")
    return DueDate(due_on, legal_on, due_on, provisional, tuple(steps))


def _extend(
    rule: ClockRule, start_on: date, calendar: Calendar, extensions: Sequence[Extension]
) -> tuple[_Span, list[str]]:
    """The span after all extensions, in the order they were granted, and what to say of each."""
    span = _base(rule, start_on)
    steps = []
    for extension in sorted(extensions, key=lambda one: one.granted_on):
        before_on, length = span.end(calendar), f"{extension.length}{UNIT_WORDS[extension.unit]}"
        allowed = _allowed(rule, extension, start_on)
        span = span.extended(extension, start_on, calendar)
        after_on, cap_on = span.end(calendar), _cap(rule, allowed, start_on, calendar=calendar)
        if after_on <= before_on:
            raise InputError(Fault(rule.step, f"延期{length}没有晚于原期限{full(before_on)}", "请核对延期的长度。"))
        if after_on > cap_on:
            raise PolicyError(
                Fault(rule.step, f"延期{length}至{full(after_on)}，超过上限", f"最迟可延至{full(cap_on)}。")
            )
        by = f"经{extension.consented_by}同意" if extension.consented_by else ""
        kind = "延长" if extension.added else "总时限延至"
        met = left_out(before_on, after_on, calendar) if extension.unit is Unit.WORKDAYS else ""
        said = f"{full(extension.granted_on)}{by}{kind}{length}，原因：{extension.reason}"
        steps.append(f"{said}；期限移至{full(after_on)}{met}。")
    return span, steps


def _allowed(rule: ClockRule, extension: Extension, start_on: date) -> ExtensionRule:
    """What the rule says of extensions, once `extension` is possible at all."""
    if rule.extension is None:
        raise PolicyError(Fault(rule.step, f"规则 {rule.rule_id} 没有规定可以延期", "请按原期限办理。"))
    if extension.length <= 0:
        raise InputError(Fault(rule.step, f"延期长度{extension.length}不是正数", "请写明延长多少。"))
    if extension.granted_on < start_on:
        raise InputError(
            Fault(
                rule.step,
                f"延期批准日{full(extension.granted_on)}早于起算日{full(start_on)}",
                "请核对批准日期。",
            )
        )
    if rule.extension.consent and not extension.consented_by:
        raise InputError(Fault(rule.step, "延期没有写明由谁同意", f"须经{rule.extension.consent}同意，请补上。"))
    return rule.extension


def _cap(rule: ClockRule, allowed: ExtensionRule, start_on: date, *, calendar: Calendar) -> date:
    """The latest day the rule lets an extension reach."""
    length = allowed.total_length or allowed.added_length or 0
    widest = Extension(length, allowed.unit, allowed.total_length is None, start_on, None, "")
    return _base(rule, start_on).extended(widest, start_on, calendar).end(calendar)


def _stretches(rule: ClockRule, pauses: Sequence[Pause], *, today: date | None) -> list[tuple[Pause, date]]:
    """Each pause with its last day, in order; impossible ones are refused."""
    ended = []
    for pause in sorted(pauses, key=lambda one: (one.from_on, one.until_on or date.max)):
        until_on = pause.until_on or today
        if until_on is None:
            raise InputError(Fault(rule.step, f"{full(pause.from_on)}起的暂停尚未结束", "请给出今天的日期再计算。"))
        if today is not None and pause.from_on > today:
            raise InputError(Fault(rule.step, f"暂停始于将来的{full(pause.from_on)}", "请核对日期，到当日再登记。"))
        if until_on < pause.from_on:
            raise InputError(
                Fault(rule.step, f"暂停止日{full(until_on)}早于起日{full(pause.from_on)}", "请核对两个日期。")
            )
        ended.append((pause, until_on))
    for (one, until_on), (other, _) in pairwise(ended):
        if one.until_on is None or other.from_on < until_on:
            raise InputError(
                Fault(
                    rule.step,
                    f"{full(one.from_on)}起和{full(other.from_on)}起的两次暂停重叠",
                    "请合并成一次，或改正起止日期。",
                )
            )
    return ended


def _paused(
    rule: ClockRule, start_on: date, legal_on: date, *, calendar: Calendar, pause: Pause, until_on: date
) -> tuple[date, str]:
    """Move the last day by the pause's days, counted in the rule's own unit (months pause by calendar days)."""
    from_on = max(pause.from_on, start_on)
    span = f"{full(pause.from_on)}至{full(until_on) if pause.until_on else '今'}暂停（{pause.reason}）"
    if until_on <= from_on:
        return legal_on, f"{span}，未占用时限。"
    if from_on >= legal_on:
        return legal_on, f"{span}，始于期满之后，不影响期限。"
    if rule.unit is Unit.WORKDAYS:
        counted = calendar.count(from_on, until_on)
        moved_on = calendar.add(legal_on, counted)
        met = left_out(legal_on, moved_on, calendar)
        return moved_on, f"{span}，{counted}个工作日不计，期限移至{full(moved_on)}{met}。"
    counted = (until_on - from_on).days
    moved_on = legal_on + timedelta(days=counted)
    return moved_on, f"{span}，{counted}日不计，期限移至{full(moved_on)}。"
