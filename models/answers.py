"""Which paragraph of a reply answers which ask (逐条回应), as its drafter says; written as one line for each ask."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from models.rulings import Refusal

if TYPE_CHECKING:
    from models.actions.reply import AskAnswered

_PARTS: Final = r"[、,，;；\s]+"
_SPAN: Final = r"第?(\d{1,4})(?:[-—–~～至到](\d{1,4}))?段?"


@dataclass(frozen=True, slots=True)
class Answer:
    """One ask's paragraphs (from 1, blank lines not counted), or why there are none."""

    ask: int
    paragraphs: tuple[int, ...]
    reason: str | None


def written(given: Sequence[AskAnswered], text: str) -> str | None:
    """The drafter's list as it is kept: `ask|paragraphs|reason`, a line each; None where he gave none.

    Raises: Refusal when a line says nothing, is said twice, or names a paragraph the text does not have.
    """
    last = sum(1 for line in text.splitlines() if line.strip())
    seen: set[int] = set()
    for one in given:
        where = f"逐条回应的第{one.ask}条建议"
        if one.ask in seen:
            raise Refusal(f"{where}写了两次", "每条建议只写一行。")
        seen.add(one.ask)
        if not one.paragraphs and not one.reason:
            raise Refusal(f"{where}没有写段落", "请写由第几段回应；没有回应的，写明理由。")
        if beyond := [number for number in _numbers(one.paragraphs or "", where) if not 1 <= number <= last]:
            raise Refusal(f"{where}写了第{beyond[0]}段，正文只有{last}段", "请核对段落，空行不算。")
    return "\n".join(f"{one.ask}|{one.paragraphs or ''}|{_line(one.reason or '')}" for one in given) or None


def read_answers(kept: str | None) -> dict[int, Answer]:
    """What `written` kept, by ask."""
    found = {}
    for line in (kept or "").splitlines():
        ask, paragraphs, reason = line.split("|", 2)
        found[int(ask)] = Answer(int(ask), tuple(dict.fromkeys(_numbers(paragraphs, ""))), reason or None)
    return found


def _line(text: str) -> str:
    return " ".join(text.split())


def _numbers(text: str, where: str) -> Iterator[int]:
    for part in filter(None, re.split(_PARTS, text)):
        span = re.fullmatch(_SPAN, part)
        if span is None:
            raise Refusal(f"{where}的“{part}”看不出是第几段", "请写成 2、3 或 2-4。")
        first = int(span[1])
        yield from range(first, int(span[2] or first) + 1)
