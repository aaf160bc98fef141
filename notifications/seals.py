"""The seal of a letter's words (文本校验码), carried inside every file made from it, so that a file can be checked alone.

It holds the hash of the canonical text and, for each of its lines, the length and a short hash: enough to say which line
was changed without the original. It proves that words are unchanged, not who wrote them: that the case file does.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import Final

from notifications.letters import LetterText, lines, text_sha256

NAME: Final = "banli-seal"
"""The meta tag of a page."""
_SCHEME: Final = "banli1"
_SEAL: Final = re.compile(rf"{_SCHEME}:([0-9a-f]{{64}}):((?:\d+-[0-9a-f]{{8}}\.?)+)")
_UNSEEN: Final = re.compile(r"[\s\u200b-\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff\u00ad]+")


@dataclass(frozen=True, slots=True)
class Seal:
    """A seal read from a file: the hash of the text, and length and hash of each line without white space."""

    sha256: str
    lines: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class Change:
    """A line (from 1) that does not stand in the file as it was sealed, and what stands between its neighbours now."""

    line: int
    now: str


@dataclass(frozen=True, slots=True)
class Verified:
    """What a file says against its seal: lines that changed, words among its lines that were put in, words around it."""

    changed: tuple[Change, ...]
    added: tuple[Change, ...]
    around: tuple[str, ...]

    @property
    def holds(self) -> bool:
        """Whether every word stands as sealed."""
        return not self.changed and not self.added


def squeeze(text: str) -> str:
    """The words alone: a page breaks lines where it must, and that changes no letter."""
    if text.isprintable():  # no white space but the plain one
        return text.replace(" ", "")
    return _UNSEEN.sub("", text)


def seal_of(letter: LetterText) -> str:
    """The seal of a letter's canonical text."""
    parts = [squeeze(line.text) for line in lines(letter)]
    return f"{_SCHEME}:{text_sha256(letter)}:" + ".".join([f"{len(part)}-{_short(part)}" for part in parts])


def read_seal(text: str) -> Seal | None:
    """The seal somewhere in a text; None where there is none."""
    found = _SEAL.search(text)
    if found is None:
        return None
    pairs = (part.split("-") for part in found[2].strip(".").split("."))
    return Seal(found[1], tuple((int(length), short) for length, short in pairs))


def verify(seal: Seal, text: str) -> Verified:
    """Look for every sealed line among the words of a file, each behind the one before it where it can be."""
    words = squeeze(text)
    places: list[tuple[int, int] | None] = []
    end = 0
    for length, short in seal.lines:
        start = _find(words, length, short, end)
        places.append(None if start is None else (start, start + length))
        end = end if start is None else start + length
    return Verified(tuple(_changed(words, places)), tuple(_added(words, places)), tuple(_around(words, places)))


def _short(part: str) -> str:
    return hashlib.sha256(part.encode()).hexdigest()[:8]


def _find(words: str, length: int, short: str, after: int) -> int | None:
    """Where a line stands: behind the last one if possible, else anywhere (a template may order them otherwise)."""
    behind = range(after, len(words) - length + 1)
    before = range(min(after, len(words) - length + 1))
    fitting = (place for place in (*behind, *before) if _short(words[place : place + length]) == short)
    return next(fitting, None)


def _changed(words: str, places: list[tuple[int, int] | None]) -> list[Change]:
    found = []
    for index, place in enumerate(places):
        if place is None:
            start = next((one[1] for one in reversed(places[:index]) if one), 0)
            stop = next((one[0] for one in places[index + 1 :] if one and one[0] >= start), len(words))
            found.append(Change(index + 1, words[start:stop]))
    return found


def _added(words: str, places: list[tuple[int, int] | None]) -> list[Change]:
    """Words between two sealed lines that follow each other; a line of the letter told again is none."""
    known = {words[one[0] : one[1]] for one in places if one}
    found = []
    for index in range(1, len(places)):
        before, here = places[index - 1], places[index]
        if before and here and here[0] > before[1]:
            between = words[before[1] : here[0]]
            if between not in known:
                found.append(Change(index + 1, between))
    return found


def _around(words: str, places: list[tuple[int, int] | None]) -> list[str]:
    stood = [one for one in places if one]
    if not stood:
        return []
    first, last = min(one[0] for one in stood), max(one[1] for one in stood)
    known = {words[one[0] : one[1]] for one in stood}
    return [part for part in (words[:first], words[last:]) if part and part not in known]
