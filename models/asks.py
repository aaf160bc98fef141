"""The numbered asks (建议条目) of a proposal or 建议案, as its own numbering divides them; none is made up."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from models.published_dates import chinese_number
from models.published_text import fold, tidy

_CHINESE = "[一二三四五六七八九十]{1,3}"
_SPACE = r"^[\s#*>]*"
_LEVELS = {
    "一、": re.compile(rf"{_SPACE}(?P<mark>(?P<n>{_CHINESE})\s*[、..])"),
    "建议一:": re.compile(rf"{_SPACE}(?P<mark>建议\s*(?P<n>{_CHINESE}|\d{{1,2}})\s*[:、])"),
    "第一,": re.compile(rf"{_SPACE}(?P<mark>第(?P<n>{_CHINESE})\s*[,、:])"),
    "(一)": re.compile(rf"{_SPACE}(?P<mark>\(\s*(?P<n>{_CHINESE})\s*\)[、,.]?)"),
    "1、": re.compile(rf"{_SPACE}(?P<mark>(?P<n>\d{{1,3}})\s*(?:[、,]|\.(?!\d)|(?<=\d)\)))"),
    "(1)": re.compile(rf"{_SPACE}(?P<mark>\(\s*(?P<n>\d{{1,3}})\s*\)[、,.]?)"),
}
_INLINE = re.compile(rf"(?:(?<=[。;:,!])|^\s*)\s*(?P<mark>(?P<n>{_CHINESE})(?:是|要))")
_CUE = re.compile(
    r"(?:建议|意见)(?:和?对策)?如下|(?:提出|有|作)(?:出)?(?:如下|以下|下列)[^。;]{0,12}(?:建议|意见|对策)"
    r"|(?:为此|对此|因此|特此)[,、]?[^。;]{0,24}(?:建议|提出)|^\s*(?:[一二三四五六七八九十]+、\s*)?(?:具体|几点|相关|工作|对策|意见|有关|主要|我们的|解决)?(?:和|与|及)?"
    r"(?:建议|对策|办法|措施)(?:和|与|及)?(?:建议|对策|办法|措施|意见)?\s*:?\s*$|^\s*建议\s*:",
)
_CLOSING = re.compile(r"\s*(?:以上(?:建议|意见|提案)|此案|特此|当否|妥否|是否妥当|请予|附件)")


@dataclass(frozen=True, slots=True)
class Ask:
    """One ask: its number, its heading sentence, everything said behind the number (heading included), the section
    it stands under, and the line and column (from 1) of its `marker` as printed.
    """

    number: int
    title: str
    text: str
    under: str
    line: int
    column: int
    marker: str


@dataclass(frozen=True, slots=True)
class _Mark:
    level: str
    number: int
    index: int
    start: int
    end: int


def split_asks(text: str) -> tuple[Ask, ...]:
    """The asks of a text; places count its lines from 1."""
    return asks_in(list(enumerate(text.split("\n"), 1)))


def asks_in(lines: Sequence[tuple[int, str]]) -> tuple[Ask, ...]:
    """The asks of numbered lines: of the part that recommends, where the text says where it begins.

    The level that carries them is the highest numbered one, unless a lower one runs on from 1 across its
    headings: then those are the asks, and the headings are what they stand under.
    """
    folded = [fold(line) for _, line in lines]
    start, stop = _region(folded)
    cued = start > 0
    marks = [mark for index in range(start, stop) if (mark := _mark(folded[index], index))]
    level = _carrier(marks, cued=cued)
    if not level:
        return _inline_asks(lines, folded, (max(start - 1, 0), stop)) if cued else ()
    upper = _ranked(marks)[: _ranked(marks).index(level)]
    asks: list[Ask] = []
    under = ""
    for mark in marks:
        if mark.level in upper:
            under = tidy(lines[mark.index][1])
        elif mark.level == level:
            asks.append(_ask(lines, mark, under, _until(folded, marks, mark, stop, {*upper, level})))
    return tuple(asks)


def _region(folded: Sequence[str]) -> tuple[int, int]:
    """From behind the last words that announce recommendations up to the next section of the same level."""
    for index in range(len(folded) - 1, -1, -1):
        if _CUE.search(folded[index]) is None:
            continue
        rest = [mark for at in range(index + 1, len(folded)) if (mark := _mark(folded[at], at))]
        own = _mark(folded[index], index)
        opens = bool(rest) and rest[0].number == 1 and not (own and rest[0].level == own.level)
        if not opens and _INLINE.search(folded[index]) is None:
            continue
        stop = next((mark.index for mark in rest if own and mark.level == own.level), len(folded))
        return index + 1, stop
    return 0, len(folded)


def _mark(text: str, index: int) -> _Mark | None:
    for level, pattern in _LEVELS.items():
        match = pattern.match(text)
        if match and (number := chinese_number(match["n"])) and text[match.end() :].strip():
            return _Mark(level, number, index, match.start("mark"), match.end("mark"))
    return None


def _ranked(marks: Sequence[_Mark]) -> list[str]:
    """The levels present, highest first: by which opens first."""
    return list(dict.fromkeys(mark.level for mark in marks))


def _carrier(marks: Sequence[_Mark], *, cued: bool) -> str:
    ranked = _ranked(marks)
    for level in reversed(ranked[1:]):
        if _runs(marks, level) and _sections(marks, level, set(ranked[: ranked.index(level)])) > 1:
            return level
    if not ranked or not _runs(marks, ranked[0]):
        return ""
    return ranked[0] if cued or ranked[0] in {"1、", "建议一:"} else ""


def _runs(marks: Sequence[_Mark], level: str) -> bool:
    """Whether a level's numbers begin with 1 and only rise."""
    numbers = [mark.number for mark in marks if mark.level == level]
    return numbers[0] == 1 and all(low < high for low, high in pairwise(numbers))


def _sections(marks: Sequence[_Mark], level: str, upper: set[str]) -> int:
    section = 0
    held: set[int] = set()
    for mark in marks:
        section += mark.level in upper
        if mark.level == level:
            held.add(section)
    return len(held)


def _until(folded: Sequence[str], marks: Sequence[_Mark], mark: _Mark, stop: int, levels: set[str]) -> int:
    following = next((each.index for each in marks if each.index > mark.index and each.level in levels), stop)
    return next((at for at in range(mark.index + 1, following) if _CLOSING.match(folded[at])), following)


def _ask(lines: Sequence[tuple[int, str]], mark: _Mark, under: str, until: int) -> Ask:
    number, raw = lines[mark.index]
    words = [tidy(raw[mark.end :]), *(tidy(line) for _, line in lines[mark.index + 1 : until])]
    text = "\n".join(word for word in words if word)
    return Ask(mark.number, _title(words[0]), text, under, number, mark.start + 1, raw[mark.start : mark.end])


def _title(words: str) -> str:
    return re.split(r"[。；;：:]", words, maxsplit=1)[0].strip()


def _inline_asks(lines: Sequence[tuple[int, str]], folded: Sequence[str], region: tuple[int, int]) -> tuple[Ask, ...]:
    """The asks told within paragraphs: 一是…;二是…."""
    asks: list[Ask] = []
    for index in range(*region):
        number, raw = lines[index]
        cue = _CUE.search(folded[index]) if index == region[0] else None
        matches = list(_INLINE.finditer(folded[index], cue.end() if cue else 0))
        for at, match in enumerate(matches):
            counted = chinese_number(match["n"])
            if counted != len(asks) + 1:
                return tuple(asks)
            end = matches[at + 1].start() if at + 1 < len(matches) else len(raw)
            text = tidy(raw[match.end() : end]).rstrip("；;")
            place = match.start("mark")
            asks.append(Ask(counted, _title(text), text, "", number, place + 1, raw[place : match.end()]))
    return tuple(asks) if len(asks) > 1 else ()
