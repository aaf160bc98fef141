"""Reading a date as printed (日期). A date that lost its 年月日 is said to be damaged, never completed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

_DIGITS = {"〇": 0, "○": 0, "零": 0, "O": 0, "o": 0, "0": 0} | {
    sign: n for n, sign in enumerate("一二三四五六七八九", 1)
}
_CHINESE_YEAR = r"[一二][〇○零Oo0一二三四五六七八九]{3}"
_CHINESE_DAY = r"[一二三四五六七八九十]{1,3}"

_WHOLE = re.compile(
    r"(?<!\d)(?P<y>(?:19|20)\d\d)\s*(?:年\s*(?P<m>\d{1,2})\s*月\s*(?P<d>\d{1,2})\s*日"
    r"|(?P<sep>[-./])\s*(?P<m2>\d{1,2})\s*(?P=sep)\s*(?P<d2>\d{1,2})(?!\d))"
    rf"|(?P<cy>{_CHINESE_YEAR})\s*年\s*(?P<cm>{_CHINESE_DAY})\s*月\s*(?P<cd>{_CHINESE_DAY})\s*日",
)
_BROKEN = re.compile(
    r"(?<!\d)(?:19|20)\d\d(?!\s*号)\s*(?:[年./-]\s*\d{0,4}|\d{1,4}(?!\d))\s*(?:[月./-]\s*\d{0,2})?\s*日?(?!\d)"
    rf"|{_CHINESE_YEAR}\s*年?\s*(?:{_CHINESE_DAY})?\s*月?\s*(?:{_CHINESE_DAY})?\s*日?"
    r"|年\s*月\s*日",
)
_COMPACT = re.compile(r"(?<!\d)(?P<y>(?:19|20)\d\d)(?P<m>\d\d)(?P<d>\d\d)(?!\d)")


@dataclass(frozen=True, slots=True)
class DateRead:
    """A date in a folded text, with the offsets of its words; no `on` where it is damaged, and then why."""

    on: date | None
    start: int
    end: int
    damaged: str = ""


def chinese_number(words: str) -> int:
    """The number 一…九十九 in words, or digits; 0 where it is none."""
    if words.isdecimal():
        return int(words)
    tens, ten, ones = words.rpartition("十")
    if len(tens) > 1 or len(ones) > 1 or not words:
        return 0
    return (_DIGITS.get(tens, 1) * 10 if ten else 0) + _DIGITS.get(ones, 0)


def read_date(text: str, start: int = 0, *, anchored: bool = False, compact: bool = False) -> DateRead | None:
    """The first date in a folded text from `start` on, whole or damaged; with `anchored`, only right there.

    `compact` also reads 20240508, which is how the tags of a page's head write it; in a letter those eight
    digits are a date that lost its signs.
    """
    for pattern in (_WHOLE, _COMPACT, _BROKEN) if compact else (_WHOLE, _BROKEN):
        match = pattern.match(text, start) if anchored else pattern.search(text, start)
        if match is None or not match.group().strip():
            continue
        words = match.group().rstrip()
        if pattern is _BROKEN:
            return DateRead(None, match.start(), match.start() + len(words), f"日期残缺，原文为“{words}”")
        try:
            return DateRead(_date(match), match.start(), match.start() + len(words))
        except ValueError:
            return DateRead(None, match.start(), match.start() + len(words), f"没有这一天:“{words}”")
    return None


def _date(match: re.Match[str]) -> date:
    part = match.groupdict()
    if part.get("cy"):
        year = int("".join(str(_DIGITS[sign]) for sign in part["cy"]))
        return date(year, chinese_number(part["cm"]), chinese_number(part["cd"]))
    return date(int(part["y"]), int(part["m"] or part["m2"]), int(part["d"] or part["d2"]))
