"""Search without a server: an index of two-character words, cut into small files the browser fetches as needed."""

from __future__ import annotations

import json
import re
import unicodedata
from array import array
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Final

from notifications.listings import FACETS
from notifications.pages import Entry, SiteCase, shown_lines

CHUNK: Final = 200
"""Entries to a file."""
_SHARD_POSTINGS: Final = 8_000
"""Words times cases in one file at most, about 25 kB; the number of files is a power of two, so it seldom changes."""
_MOST_SHARDS: Final = 4_096
IN_TITLE: Final = "!"
"""Behind a word that stands in the title or number: those cases are listed first."""
_LONG_RUN: Final = 3
_BREAK: Final = re.compile(r"[\W_]+")
_DIGITS: Final = "0123456789abcdefghijklmnopqrstuvwxyz"


class SearchIndex:
    """Collects words case by case; holds four bytes for each word and case, never the texts."""

    def __init__(self) -> None:
        self._postings: dict[str, array[int]] = {}
        self._count = 0

    def add(self, case: SiteCase) -> None:
        """Take in the next case."""
        title = {pair + IN_TITLE for pair in pairs(f"{case.title}\n{case.number}")}
        for pair in pairs(searchable(case)) | title:
            self._postings.setdefault(pair, array("I")).append(self._count)
        self._count += 1

    def files(self, items: Sequence[Entry], order: Sequence[int]) -> Iterator[tuple[str, str]]:
        """The index as (path, script). `order[n]` is the place in `items` of the n-th case taken in."""
        shards = _shards(sum(map(len, self._postings.values())))
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


def _shards(postings: int) -> int:
    """How many files hold so many words times cases."""
    wanted = max(1, -(-postings // _SHARD_POSTINGS))
    return min(_MOST_SHARDS, 1 << (wanted - 1).bit_length())


def searchable(case: SiteCase) -> str:
    """What is searched (全文检索): names and numbers, and every word of reply and proposal that is public."""
    parts = [case.title, case.number, case.session, case.agency, case.topic or "", *case.co_handlers, *case.proposers]
    if case.taken_down_on is None:
        parts += shown_lines(case)
        parts += [case.document_number or "", case.proposal_text or "", *(one.text for one in case.promises)]
    return "\n".join(part for part in parts if part)


def pairs(text: str) -> set[str]:
    """All two-character words of a text, half-width and in lower case; none spans a punctuation mark."""
    runs = _BREAK.split(unicodedata.normalize("NFKC", text).lower())
    return {run[at : at + 2] for run in runs for at in range(len(run) - 1)}


def shard_of(pair: str, shards: int) -> int:
    """Which file a word is in; the script computes the same."""
    return (ord(pair[0]) * 31 + ord(pair[1])) % shards


def _deltas(places: Sequence[int]) -> str:
    """Rising places as differences to base 36, joined by commas; `~n` is n cases in a row."""
    steps: list[str] = []
    for step, group in groupby(place - before for before, place in zip([0, *places], places, strict=False)):
        times = sum(1 for _ in group)
        long = step == 1 and times >= _LONG_RUN
        steps += [f"~{_base36(times)}"] if long else [_base36(step)] * times
    return ",".join(steps)


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
