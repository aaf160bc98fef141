"""Two versions of a text compared (修改对照): what changed, paragraph by paragraph and word by word; the rest counted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum
from itertools import zip_longest
from typing import Final

ALIKE: Final = 0.5
"""Paragraphs less alike than this are shown as one taken out and one put in; marks within would only confuse."""
SHORT: Final = 2
"""What stayed between two changes is shown with them when it is shorter than this; single characters match by chance."""


class Mark(StrEnum):
    """What became of a piece."""

    SAME = "same"
    NEW = "new"
    OLD = "old"


@dataclass(frozen=True, slots=True)
class Piece:
    """Some characters of a paragraph."""

    mark: Mark
    text: str


@dataclass(frozen=True, slots=True)
class Passage:
    """One changed paragraph in pieces; or, without pieces, how many paragraphs in a row stayed as they were."""

    pieces: tuple[Piece, ...] = ()
    unchanged: int = 0


def lines_of(text: str | None) -> tuple[str, ...]:
    """A text's paragraphs, blank ones left out."""
    return tuple(line.strip() for line in (text or "").splitlines() if line.strip())


def compare(before: str | None, after: str | None) -> tuple[Passage, ...]:
    """The changed paragraphs in reading order, what stayed between them counted; nothing where nothing changed."""
    old, new = lines_of(before), lines_of(after)
    if old == new:
        return ()
    return tuple(_passages(old, new))


def _passages(old: tuple[str, ...], new: tuple[str, ...]) -> Iterator[Passage]:
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            yield Passage(unchanged=j2 - j1)
            continue
        for was, now in zip_longest(old[i1:i2], new[j1:j2], fillvalue=""):
            yield from (Passage(pieces) for pieces in _paragraph(was, now))


def _paragraph(was: str, now: str) -> Iterator[tuple[Piece, ...]]:
    matcher = SequenceMatcher(None, was, now, autojunk=False)
    if was and now and matcher.ratio() >= ALIKE:
        yield tuple(_pieces(was, now, matcher))
        return
    if was:
        yield (Piece(Mark.OLD, was),)
    if now:
        yield (Piece(Mark.NEW, now),)


def _pieces(was: str, now: str, matcher: SequenceMatcher[str]) -> Iterator[Piece]:
    out = came = ""
    for tag, i1, i2, j1, j2 in matcher.get_opcodes():
        changed = tag != "equal"
        if changed or ((out or came) and i2 - i1 < SHORT and i2 < len(was) and j2 < len(now)):
            out, came = out + was[i1:i2], came + now[j1:j2]
            continue
        yield from _changed(out, came)
        out = came = ""
        yield Piece(Mark.SAME, now[j1:j2])
    yield from _changed(out, came)


def _changed(out: str, came: str) -> Iterator[Piece]:
    if out:
        yield Piece(Mark.OLD, out)
    if came:
        yield Piece(Mark.NEW, came)
