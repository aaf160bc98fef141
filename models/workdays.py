"""Working days of state organs (工作日): five-day weeks, the State Council's yearly holiday notices and their
make-up working days (调休上班). A year without a notice is reckoned on weekends and statutory feasts and is 暂定.

Source: 国务院关于职工工作时间的规定(1995)第七条; 全国年节及纪念日放假办法(2024)第二条、第七条.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from hashlib import sha256
from itertools import accumulate, groupby, pairwise
from typing import Any, Final

from models.errors import Fault, PolicyError
from models.feasts import statutory

_WEEKDAYS: Final = ("周一", "周二", "周三", "周四", "周五", "周六", "周日")
_SATURDAY: Final = 5
_NEW_YEAR_MOVES: Final = (12, 25)
"""From this month and day on, the next year's New Year break may reach back."""
_KEYS: Final = {"year", "source", "url", "holidays"}
_HOLIDAY_KEYS: Final = {"name", "from", "to", "work"}


@dataclass(frozen=True, slots=True)
class CalendarYear:
    """One notice: the days off of `year` (True) and the rest days worked instead (False), each with its feast."""

    year: int
    source: str
    url: str
    days: Mapping[date, tuple[str, bool]]


@dataclass(frozen=True, slots=True)
class Run:
    """Consecutive days off under one name, both ends inclusive."""

    from_on: date
    until_on: date
    name: str


@dataclass(frozen=True, slots=True)
class _Year:
    """A year counted out: `before[i]` working days lie before its i-th day (from 0); `workdays` are their ordinals."""

    first: int
    before: tuple[int, ...]
    workdays: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Calendar:
    """Published years, overlays of a place and the provisional rest. Equal and hashable by `version`."""

    version: str
    published_years: frozenset[int] = field(compare=False)
    sources: Mapping[int, str] = field(compare=False)
    _named: Mapping[date, tuple[str, bool]] = field(compare=False, repr=False)
    _years: dict[int, _Year] = field(compare=False, repr=False, default_factory=dict)

    @classmethod
    def of(cls, years: Iterable[CalendarYear], overlays: Iterable[CalendarYear] = ()) -> Calendar:
        """Put notices together; an overlay (a minority's feast, an emergency closure) wins over the notice.

        Raises: PolicyError when two notices claim the same year.
        """
        notices = sorted(years, key=lambda one: one.year)
        for one, other in pairwise(notices):
            if one.year == other.year:
                raise PolicyError(Fault(f"{one.year}年日历", "有两份放假通知", "请只保留其中一份。"))
        named: dict[date, tuple[str, bool]] = {}
        for one in (*notices, *overlays):
            named.update(one.days)
        sources = {one.year: one.source for one in notices}
        content = repr((sorted(sources.items()), sorted(named.items())))
        return cls(sha256(content.encode()).hexdigest()[:12], frozenset(sources), sources, named)

    def is_workday(self, day: date) -> bool:
        """Whether offices work on `day`."""
        year = self._year(day.year)
        number = day.toordinal() - year.first
        return year.before[number + 1] > year.before[number]

    def is_provisional(self, day: date) -> bool:
        """Whether `day` may still change (暂定): no notice for its year yet, or late December before next year's
        notice, which may move those days (国办发明电〔2022〕16号 moved 31 December).
        """
        if day.year not in self.published_years:
            return True
        return (day.month, day.day) >= _NEW_YEAR_MOVES and day.year + 1 not in self.published_years

    def why(self, day: date) -> str | None:
        """What is special about `day`, in words; None for an ordinary working day."""
        name, is_off = self._look_up(day)
        return name if is_off or name is None else f"调休上班（{day.month}月{day.day}日）"

    def add(self, start: date, workdays: int) -> date:
        """The day `workdays` working days after `start` (before it when negative); `start` is never counted."""
        if workdays == 0:
            return start
        number, year = start.year, self._year(start.year)
        offset = start.toordinal() - year.first
        position = year.before[offset + 1] + workdays - 1 if workdays > 0 else year.before[offset] + workdays
        while position < 0:
            number -= 1
            year = self._year(number)
            position += len(year.workdays)
        while position >= len(year.workdays):
            position -= len(year.workdays)
            number += 1
            year = self._year(number)
        return date.fromordinal(year.workdays[position])

    def count(self, after: date, until: date) -> int:
        """Working days from `after` (excluded) to `until` (included); negative when `until` comes first."""
        early, late = sorted((after, until))
        # Counting forwards both ends are read in the evening, backwards both in the morning.
        evening = 1 if after <= until else 0
        first, last = self._year(early.year), self._year(late.year)
        counted = last.before[late.toordinal() - last.first + evening]
        counted -= first.before[early.toordinal() - first.first + evening]
        counted += sum(len(self._year(number).workdays) for number in range(early.year, late.year))
        return counted if evening else -counted

    def roll(self, day: date) -> date:
        """`day` itself or the next working day (顺延)."""
        return day if self.is_workday(day) else self.add(day, 1)

    def feasts(self, after: date, until: date) -> tuple[Run, ...]:
        """The days off with a feast's name after `after` up to and including `until`, in runs."""
        off = [(day, name) for day in _days(after, until) if (name := self._feast(day))]
        runs = []
        for _, group in groupby(enumerate(off), key=lambda item: (item[1][0].toordinal() - item[0], item[1][1])):
            members = [member for _, member in group]
            runs.append(Run(members[0][0], members[-1][0], members[0][1]))
        return tuple(runs)

    def makeups(self, after: date, until: date) -> tuple[date, ...]:
        """Rest days worked instead (调休上班) after `after` up to and including `until`."""
        return tuple(day for day in _days(after, until) if self._named.get(day, ("", True))[1] is False)

    def _feast(self, day: date) -> str | None:
        name, is_off = self._look_up(day)
        return name if is_off and name not in _WEEKDAYS else None

    def _look_up(self, day: date) -> tuple[str | None, bool]:
        if day in self._named:
            return self._named[day]
        if day.year not in self.published_years and (name := statutory(day.year).get(day)):
            return name, True
        is_weekend = day.weekday() >= _SATURDAY
        return (_WEEKDAYS[day.weekday()] if is_weekend else None), is_weekend

    def _year(self, number: int) -> _Year:
        if (known := self._years.get(number)) is not None:
            return known
        days = _days(date(number - 1, 12, 31), date(number, 12, 31))
        worked = [not self._look_up(day)[1] for day in days]
        self._years[number] = made = _Year(
            days[0].toordinal(),
            tuple(accumulate(worked, initial=0)),
            tuple(day.toordinal() for day, is_worked in zip(days, worked, strict=True) if is_worked),
        )
        return made


def _days(after: date, until: date) -> list[date]:
    return [after + timedelta(days=number) for number in range(1, (until - after).days + 1)]


def parse_year(text: str, file: str) -> CalendarYear:
    """Read one holiday notice from TOML: year, source, url and per feast name, from, to, work.

    A notice may name days of the December before its year, as 国办发明电〔2022〕16号 did.
    Raises: PolicyError naming file, key and reason, with every mistake found.
    """
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as wrong:
        raise PolicyError(Fault(file, f"不是有效的 TOML({wrong})", "请对照自带的日历文件修改格式。")) from wrong
    faults = _unknown(table, _KEYS, file)
    year, holidays = table.get("year"), table.get("holidays", [])
    if type(year) is not int or not date.min.year < year < date.max.year:
        raise PolicyError(*faults, Fault(f"{file}·year", "缺少年份或年份不是整数", "请写成 year = 2027 这样。"))
    faults += [
        Fault(f"{file}·{key}", "缺少或不是文字", "请写明放假通知的文号和网址，便于日后核对。")
        for key in ("source", "url")
        if not isinstance(table.get(key), str) or not table[key].strip()
    ]
    if not isinstance(holidays, list) or not all(isinstance(one, dict) for one in holidays):
        raise PolicyError(*faults, Fault(f"{file}·holidays", "不是节日列表", "每个节日写成一段 [[holidays]]。"))
    days: dict[date, tuple[str, bool]] = {}
    for number, holiday in enumerate(holidays, start=1):
        faults += _read_holiday(holiday, days, year=year, where=f"{file}·第{number}个节日")
    if faults:
        raise PolicyError(*faults)
    return CalendarYear(year, table["source"], table["url"], days)


def _unknown(table: Mapping[str, Any], known: set[str], where: str) -> list[Fault]:
    return [
        Fault(f"{where}·{key}", "不认识的键", f"可用的键：{'、'.join(sorted(known))}。")
        for key in table
        if key not in known
    ]


def _read_holiday(
    holiday: Mapping[str, Any], days: dict[date, tuple[str, bool]], *, year: int, where: str
) -> list[Fault]:
    """Put one feast's days into `days`; what is wrong comes back."""
    faults = _unknown(holiday, _HOLIDAY_KEYS, where)
    name, first, last, work = (holiday.get(key, default) for key, default in _DEFAULTS)
    if not isinstance(name, str) or not name.strip():
        faults.append(Fault(f"{where}·name", "缺少节日名称", '请写明，例如 name = "春节"。'))
        return faults
    if not (_is_day(first) and _is_day(last) and isinstance(work, list) and all(map(_is_day, work))):
        faults.append(Fault(f"{where}（{name}）", "from、to、work 应为日期", "请写成 2027-02-05 这样，不加引号。"))
        return faults
    if last < first:
        faults.append(Fault(f"{where}（{name}）", f"放假止日{last}早于起日{first}", "请核对 from 和 to。"))
    marked = [(day, True) for day in _days(first - timedelta(days=1), last)] + [(day, False) for day in work]
    for day, is_off in marked:
        faults += _misplaced(day, is_off=is_off, days=days, year=year, where=f"{where}（{name}）")
        days.setdefault(day, (name, is_off))
    return faults


_DEFAULTS: Final[tuple[tuple[str, Any], ...]] = (("name", None), ("from", None), ("to", None), ("work", []))


def _is_day(value: object) -> bool:
    return isinstance(value, date) and not isinstance(value, datetime)


def _misplaced(day: date, *, is_off: bool, days: Mapping[date, tuple[str, bool]], year: int, where: str) -> list[Fault]:
    if day.year != year and (day.year, day.month) != (year - 1, 12):
        return [Fault(where, f"{day}不在{year}年", f"每份文件只写{year}年（及上年12月）的日子。")]
    if day not in days:
        return []
    if days[day][1] != is_off:
        return [Fault(where, f"{day}既放假又上班", "请对照放假通知原文，只保留一种。")]
    return [Fault(where, f"{day}写了两次", "请删去重复的一处。")]
