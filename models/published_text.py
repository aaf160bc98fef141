"""What every reader of a published page shares: rows that keep their columns while they are compared, and findings
that say where they stand.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")

_SPACES = "\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u200b\u202f\u205f\u3000\ufeff"
_DASHES = "\u2010\u2011\u2012\u2013\u2014\u2015\u2212"
_FOLD = {chr(code): chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}
_FOLD |= dict.fromkeys(_SPACES, " ")
_FOLD |= dict.fromkeys(_DASHES, "-")
_FOLDED = re.compile(f"[{re.escape(''.join(_FOLD))}]")
_UNBREAK = dict.fromkeys(map(ord, _SPACES), " ")

HAN = "一-鿿㐀-䶿〇○"
NUMERAL = "[一二三四五六七八九十百零〇○0-9]"
_ORGANISATION_END = (
    "局|厅|部|委|办|署|院|会|府|处|站|所|室|社|科|馆|行|组|联|中心|公司|集团|大队|支队|总队|学校|大学|中学|小学|政协|"
    "人大|党校|银行|电台|报社|开发区|街道|新区"
)
_ORGANISATION = re.compile(
    rf"(?![一二三四五六七八九十]+、)[{HAN}A-Za-z()·、]{{1,38}}?(?:{_ORGANISATION_END})"
    r"(?P<seal>\s*\((?:盖章|公章|印章|章|代章|印)\))?",
)


def fold(text: str) -> str:
    """The text with full-width signs, odd spaces and dashes made plain; character by character, so columns hold."""
    for sign in set(_FOLDED.findall(text)):  # few signs, of fewer kinds: `translate` would look up every one
        text = text.replace(sign, _FOLD[sign])
    return text


def tidy(text: str) -> str:
    """The text as printed, its no-break spaces made plain and its indentation taken off."""
    return text.translate(_UNBREAK).strip()


def squeeze(text: str) -> str:
    """The text without any space."""
    return re.sub(r"\s+", "", text.translate(_UNBREAK))


def is_organisation(text: str) -> bool:
    """Whether the words are the name of an office and nothing else."""
    return _ORGANISATION.fullmatch(squeeze(fold(text))) is not None


@dataclass(frozen=True, slots=True)
class Place:
    """Where something was found: line and column, both from 1; or, with `meta`, a tag in the page's head."""

    line: int
    column: int
    meta: str = ""


@dataclass(frozen=True, slots=True)
class Found(Generic[T]):
    """Something read from a page: its value, its place and its raw words. `damaged` says what is wrong with it."""

    value: T | None
    place: Place
    text: str
    damaged: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One line that is not empty: its number, its raw words, and the same words folded, column for column."""

    number: int
    raw: str
    text: str

    @property
    def bare(self) -> str:
        """The folded words without indentation."""
        return self.text.strip()

    def found(self, value: T | None, start: int, end: int, *, damaged: str = "") -> Found[T]:
        """A finding in this row, from `start` up to `end` (offsets), spaces at both ends left out."""
        words = self.text[start:end]
        start += len(words) - len(words.lstrip())
        end -= len(words) - len(words.rstrip())
        return Found(value, Place(self.number, start + 1), self.raw[start:end], damaged)

    def whole(self, value: T | None, *, damaged: str = "") -> Found[T]:
        """A finding that is the whole row."""
        return self.found(value, 0, len(self.text), damaged=damaged)


@dataclass(frozen=True, slots=True)
class Page:
    """A page to be read: its rows, and the tags of its head by lower-case name."""

    rows: tuple[Row, ...]
    meta: Mapping[str, tuple[str, str]]

    @classmethod
    def of(cls, lines: Iterable[tuple[int, str]], meta: Mapping[str, str]) -> Page:
        """Fold the lines and leave out the empty ones."""
        folded = ((number, raw, fold(raw)) for number, raw in lines)
        rows = tuple(Row(number, raw, text) for number, raw, text in folded if text.strip())
        return cls(rows, {name.lower(): (name, content) for name, content in meta.items() if content.strip()})


def spaced(word: str) -> str:
    """A pattern for a label whose characters may stand apart (名 称)."""
    return r"\s*".join(map(re.escape, word))


def label(words: Sequence[str]) -> str:
    """A pattern for one of these labels with its colon or the border of its table cell, not inside a longer word."""
    choice = "|".join(spaced(word) for word in sorted(words, key=len, reverse=True))
    return rf"(?<![{HAN}])(?:{choice})(?:\s*:|[ ]*\t)\s*"


def labelled(rows: Sequence[Row], pattern: re.Pattern[str]) -> Iterable[tuple[Row, int]]:
    """Where the value behind a label begins: in the same row, or in the next when the label stands alone."""
    for index, row in enumerate(rows):
        for match in pattern.finditer(row.text):
            if match.end() < len(row.text.rstrip()):
                yield row, match.end()
            elif index + 1 < len(rows):
                yield rows[index + 1], 0
