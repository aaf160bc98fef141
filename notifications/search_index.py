"""Search without a server: an index of two-character words, cut into small files the browser fetches as needed."""

from __future__ import annotations

import json
import re
import unicodedata
from array import array
from collections.abc import Iterator, Sequence
from typing import Final

from models.vocabulary import PublicationMode
from notifications.letters import opening
from notifications.listings import FACETS
from notifications.pages import Entry, SiteCase

CHUNK: Final = 200
"""Entries to a file."""
_SHARDS: Final = ((300, 1), (3000, 16))
_MOST_SHARDS: Final = 64
_BREAK: Final = re.compile(r"[\W_]+")
_DIGITS: Final = "0123456789abcdefghijklmnopqrstuvwxyz"


class SearchIndex:
    """Collects words case by case; holds four bytes for each word and case, never the texts."""

    def __init__(self) -> None:
        self._postings: dict[str, array[int]] = {}
        self._count = 0

    def add(self, case: SiteCase) -> None:
        """Take in the next case."""
        for pair in sorted(pairs(searchable(case))):
            self._postings.setdefault(pair, array("I")).append(self._count)
        self._count += 1

    def files(self, items: Sequence[Entry], order: Sequence[int]) -> Iterator[tuple[str, str]]:
        """The index as (path, script). `order[n]` is the place in `items` of the n-th case taken in."""
        shards = next((count for limit, count in _SHARDS if self._count <= limit), _MOST_SHARDS)
        words: list[list[str]] = [[] for _ in range(shards)]
        for pair in sorted(self._postings):
            places = sorted(order[at] for at in self._postings[pair])
            words[shard_of(pair, shards)].append(f"{pair}:{_deltas(places)}")
        yield "search/meta.js", _call("meta", {"shards": shards, "chunk": CHUNK, "count": len(items)})
        for shard, listed in enumerate(words):
            yield f"search/words-{shard}.js", _call("words", shard, ";".join(listed))
        for start in range(0, len(items), CHUNK):
            rows = [_row(item) for item in items[start : start + CHUNK]]
            yield f"search/items-{start // CHUNK}.js", _call("items", start // CHUNK, rows)


def searchable(case: SiteCase) -> str:
    """What is searched: names and numbers, headings, the summary and what is public of the first paragraphs."""
    parts = [case.title, case.number, case.session, case.agency, case.topic or "", *case.co_handlers, *case.proposers]
    if case.taken_down_on is None and case.mode is PublicationMode.FULL and case.letter is not None:
        parts += [case.letter.title, case.letter.document_number or ""]
        parts += [opening(line).heading for line in case.letter.paragraphs]
        parts += [line[:200] for line in case.letter.paragraphs[:2]]
    if case.taken_down_on is None and case.mode is PublicationMode.SUMMARY:
        parts.append(case.summary or "")
    return "\n".join(part for part in parts if part)


def pairs(text: str) -> set[str]:
    """All two-character words of a text, half-width and in lower case; none spans a punctuation mark."""
    runs = _BREAK.split(unicodedata.normalize("NFKC", text).lower())
    return {run[at : at + 2] for run in runs for at in range(len(run) - 1)}


def shard_of(pair: str, shards: int) -> int:
    """Which file a word is in; the script computes the same."""
    return (ord(pair[0]) * 31 + ord(pair[1])) % shards


def _deltas(places: Sequence[int]) -> str:
    """Rising places as differences to base 36, joined by commas."""
    return ",".join(_base36(place - before) for before, place in zip([0, *places], places, strict=False))


def _base36(number: int) -> str:
    digits = ""
    while number >= 36:
        number, rest = divmod(number, 36)
        digits = _DIGITS[rest] + digits
    return _DIGITS[number] + digits


def _row(item: Entry) -> list[object]:
    """Path, title, number, facts for the filters in the order of `FACETS`, date, lead, withdrawn."""
    day = item.published_on or item.letter_on
    facts = [facet.value(item) for facet in FACETS]
    return [item.slug, item.title, item.number, facts, day.isoformat() if day else "", item.lead[:60], item.taken_down]


def _call(name: str, *values: object) -> str:
    """A script that hands over its data: a page opened from a folder may load scripts but not fetch files."""
    said = ",".join(json.dumps(value, ensure_ascii=False, separators=(",", ":")) for value in values)
    # A line separator ends a statement in older browsers; `</` would end an inlined script.
    said = said.replace("\u2028", "\\u2028").replace("\u2029", "\\u2029").replace("</", "<\\/")
    return f"banli.{name}({said})\n"
