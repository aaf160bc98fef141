"""Numbers (编号) and sessions (届次) as offices write them. A number stays the opaque string it was given as, leading
zeros and all; only spellings that mean the same are brought together, and a sort key is kept apart.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from string import Formatter
from typing import Final, Self
from unicodedata import normalize

from models.errors import Fault, InputError
from models.vocabulary import Track

# Patterns as texts: `re` compiles each when it is first used, and keeps it.
_SPACES: Final = r"[\s\u200b\ufeff]+"
_HYPHENS: Final = r"[‐-―−]"
_YEAR_IN_BRACKETS: Final = r"[\[〔【((](\d{4})[\]〕】))]"
_WRAPPED: Final = r"第?([0-9A-Z-]+)号?"
_PARTS: Final = r"(\d+)"

_DIGITS: Final = "〇一二三四五六七八九"
_UNITS: Final = {"十": 10, "百": 100, "千": 1000}
_NUMERAL: Final = rf"(?:\d+|[{_DIGITS}零两十百千]+)"
_TERM: Final = rf"第?({_NUMERAL})届"
_MEETING: Final = rf"第?({_NUMERAL})次(?:全体)?(?:会议|大会)?"
_RECESS: Final = r"闭会期间|闭会后|闭会"
_BODIES: Final = (
    (r"(?:中国)?人民政治协商会议|政协", Track.CPPCC),
    (r"人民代表大会|人大", Track.NPC),
)
_PLACE: Final = r"[\u4e00-\u9fff]*[省市区县州盟旗乡镇]|全国|"


def normalise(text: str) -> str:
    """A number in one spelling: half width, no spaces, 〔〕 around a year, without the words 第…号 about a bare one."""
    if text.isascii() and text.isalnum():
        return text.upper()  # most numbers are digits and need no more
    bare = normalize("NFKC", re.sub(_SPACES, "", normalize("NFKC", text)).upper())
    bare = re.sub(_YEAR_IN_BRACKETS, r"〔\1〕", re.sub(_HYPHENS, "-", bare))
    wrapped = re.fullmatch(_WRAPPED, bare)
    return wrapped[1] if wrapped else bare


def sort_key(number: str) -> tuple[tuple[int, str], ...]:
    """Orders numbers as a clerk does: 9 before 10, 0050 beside 50; the text itself decides between equals."""
    written = normalise(number)
    parts = re.split(_PARTS, written)
    return (*((int(part), "") if part.isdecimal() else (-1, part) for part in parts), (-1, written))


def next_number(existing: Iterable[str], pattern: str, *, prefix: str = "", year: int | None = None) -> str:
    """The number after the highest of `existing` that fits `pattern`, such as "{prefix}〔{year}〕{serial}号".

    `existing` may be the last number alone. Numbers of another prefix or year do not count.
    Raises: InputError when the pattern asks for a year and none is given.
    """
    if "{year" in pattern and year is None:
        raise InputError(Fault("编号", f"格式 {pattern} 需要年份", "请给出年份。"))
    fitting = _fits(pattern, prefix=prefix, year=year)
    numbers = (existing,) if isinstance(existing, str) else existing
    found = (fitting.fullmatch(normalise(number)) for number in numbers)
    last = max((int(match["serial"]) for match in found if match), default=0)
    return pattern.format(serial=last + 1, prefix=prefix, year=year)


def _fits(pattern: str, *, prefix: str, year: int | None) -> re.Pattern[str]:
    words = {"prefix": re.escape(normalise(prefix)), "year": str(year), "serial": r"(?P<serial>\d+)"}
    pieces = []
    for literal, name, _, _ in Formatter().parse(pattern):
        pieces.append(re.escape(re.sub(_SPACES, "", normalize("NFKC", literal))))
        pieces.append(words[name] if name else "")
    whole = "".join(pieces)
    # The words of a pattern like 第{serial}号 are gone from a normalised number.
    return re.compile(whole.removeprefix("第").removesuffix("号") + "号?")


def to_chinese(number: int) -> str:
    """1 to 9999 in Chinese numerals: 10 is 十, 12 十二, 105 一百零五.

    Raises: ValueError outside that range.
    """
    if not 1 <= number <= 9999:
        raise ValueError(number)
    written, gap = "", False
    for unit, value in (("千", 1000), ("百", 100), ("十", 10), ("", 1)):
        digit = number // value % 10
        if digit:
            written += ("零" if gap and written else "") + _DIGITS[digit] + unit
        gap = not digit
    return written.removeprefix("一") if written.startswith("一十") else written


def from_chinese(text: str) -> int | None:
    """A numeral in Chinese (十二, 一百零五, 二〇二六) or Arabic digits; None when it is none."""
    plain = normalize("NFKC", text).replace("零", "〇").replace("两", "二")
    if plain.isdecimal():
        return int(plain)
    if not plain or any(sign not in _DIGITS and sign not in _UNITS for sign in plain):
        return None
    if not any(sign in _UNITS for sign in plain):
        return int("".join(str(_DIGITS.index(sign)) for sign in plain))
    total = digit = 0
    for sign in plain:
        if sign in _UNITS:
            total += (digit or 1) * _UNITS[sign]
            digit = 0
        else:
            digit = _DIGITS.index(sign)
    return total + digit


@dataclass(frozen=True, slots=True)
class SessionName:
    """A session (届次会议): whose, which body, term and meeting; equal for every spelling of it."""

    place_words: str
    body: Track
    term: int
    meeting: int | None

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """Read a session in any of the usual orders; None when it is none."""
        rest = re.sub(_RECESS, "", re.sub(_SPACES, "", normalize("NFKC", text)))
        named = next(((sign, body) for sign, body in _BODIES if re.search(sign, rest)), None)
        if named is None:
            return None
        sign, body = named
        rest, term = _take(_TERM, re.sub(sign, "", rest, count=1))
        rest, meeting = _take(_MEETING, rest)
        place = rest.removesuffix("会议").removesuffix("委员会")
        if term is None or not re.fullmatch(_PLACE, place):
            return None
        return cls(place, body, term, meeting)

    @property
    def canonical(self) -> str:
        """The one spelling we print."""
        meeting = f"{to_chinese(self.meeting)}次会议" if self.meeting else ""
        term = f"{to_chinese(self.term)}届"
        if self.body is Track.CPPCC:
            return f"{self.place_words}政协{term}{meeting}"
        if self.place_words == "全国":
            return f"{term}全国人大{meeting}"
        return f"{self.place_words}{term}人大{meeting}"

    def is_same(self, other: SessionName) -> bool:
        """Whether both may name one session: an office writes 市政协 where others write 台州市政协."""
        same_place = self.place_words.endswith(other.place_words) or other.place_words.endswith(self.place_words)
        return same_place and (self.body, self.term, self.meeting) == (other.body, other.term, other.meeting)


def parse_session(text: str) -> SessionName | None:
    """`SessionName.parse`, for those who pass a function."""
    return SessionName.parse(text)


def _take(sign: str, text: str) -> tuple[str, int | None]:
    """Cut the first `sign` out of `text` and read its number."""
    found = re.search(sign, text)
    if found is None:
        return text, None
    return text[: found.start()] + text[found.end() :], from_chinese(found[1])
