"""Search without a server: an index of two-character words, cut into small files the browser fetches as needed."""

from __future__ import annotations

import json
import re
import unicodedata
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import Final

from notifications.listings import FACETS
from notifications.pages import Entry, SiteCase, day_of, shown_lines

CHUNK: Final = 200
"""Places to a file of entries."""
GROUPS: Final = 16
"""A page's words are kept in so many groups, so that the index can be made a part at a time; a power of two."""
_SHARD_POSTINGS: Final = 8_000
"""Words times cases in one file at most, about 25 kB; the number of files is a power of two, so it seldom changes."""
_MOST_SHARDS: Final = 4_096
IN_TITLE: Final = "!"
"""Behind a word that stands in the title or number: those cases are listed first."""
_BREAK: Final = re.compile(r"[\W_]+")
_DIGITS: Final = "0123456789abcdefghijklmnopqrstuvwxyz"
_RUN: Final = re.compile(r"(?<![^,])1(?:,1){2,}(?![^,])")
_SHORT_RUN: Final = re.compile(r"~([0-9a-z]+)")


@dataclass(frozen=True, slots=True)
class Words:
    """The words of one page: in each group those of the text, a `!`, and those of the title and number."""

    groups: tuple[str, ...]
    count: int


@dataclass(slots=True)
class Moves:
    """The places a word leaves and those it comes to."""

    gone: set[int]
    come: set[int]


def words_of(case: SiteCase) -> Words:
    """All two-character words a page is found by."""
    title = pairs(f"{case.title}\n{case.number}")
    groups: list[list[str]] = [[] for _ in range(GROUPS)]
    marked: list[list[str]] = [[] for _ in range(GROUPS)]
    text = pairs(searchable(case))
    for pair in sorted(text):
        groups[shard_of(pair, GROUPS)].append(pair)
    for pair in sorted(title):
        marked[shard_of(pair, GROUPS)].append(pair)
    kept = tuple(f"{''.join(one)}{IN_TITLE}{''.join(other)}" for one, other in zip(groups, marked, strict=True))
    return Words(kept, len(text) + len(title))


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


def shards_for(postings: int) -> int:
    """How many files hold so many words times cases: a power of two."""
    wanted = max(1, -(-postings // _SHARD_POSTINGS))
    return min(_MOST_SHARDS, 1 << (wanted - 1).bit_length())


def keys_in(group: str) -> Iterator[str]:
    """The words of a group as they stand in the index: those of the title carry a mark."""
    text, _, title = group.partition(IN_TITLE)
    yield from (text[at : at + 2] for at in range(0, len(text), 2))
    yield from (title[at : at + 2] + IN_TITLE for at in range(0, len(title), 2))


def passes(shards: int) -> int:
    """In how many parts the index is made: with few files all at once."""
    return min(GROUPS, shards)


def shard_files(rows: Iterable[tuple[int, str]], part: int, shards: int) -> Iterator[tuple[str, str]]:
    """One part of the index from (place, group) of every page: the files whose number leaves this remainder."""
    postings: dict[str, array[int]] = {}
    for place, group in rows:
        for key in keys_in(group):
            postings.setdefault(key, array("I")).append(place)
    listed: dict[int, list[str]] = {shard: [] for shard in range(part, shards, passes(shards))}
    for key in sorted(postings):
        listed[shard_of(key, shards)].append(f"{key}:{_deltas(sorted(postings.pop(key)))}")
    for shard, rows_of in listed.items():
        yield shard_path(shard), _shard(shard, rows_of)


def shard_path(shard: int) -> str:
    """Where one file of the index lies."""
    return f"search/words-{shard}.js"


def patched(script: str, shard: int, changes: Mapping[str, Moves]) -> str:
    """One file of the index after some words came to pages and left others."""
    held = script.partition('"')[2].rpartition('"')[0]
    rows = dict(row.split(":") for row in held.split(";")) if held else {}
    for key, moved in changes.items():
        row = _moved(rows.get(key, ""), moved)
        if row:
            rows[key] = row
        else:
            rows.pop(key, None)
    return _shard(shard, [f"{key}:{rows[key]}" for key in sorted(rows)])


def _shard(shard: int, rows: Sequence[str]) -> str:
    return _call("words", shard, ";".join(rows))


def _deltas(places: Sequence[int]) -> str:
    """Rising places as differences to base 36, joined by commas; `~n` is n cases in a row."""
    return _folded([_base36(place - before) for before, place in pairwise([0, *places])])


def _folded(steps: Sequence[str]) -> str:
    said = ",".join(steps)
    return _RUN.sub(lambda run: f"~{_base36((len(run[0]) + 1) // 2)}", said) if "1,1,1" in said else said


def _unfolded(row: str) -> list[str]:
    said = _SHORT_RUN.sub(lambda run: ",".join("1" * int(run[1], 36)), row) if "~" in row else row
    return said.split(",") if said else []


class _Numbers(dict[str, int]):
    """What digits to base 36 say; the short ones are looked up."""

    def __missing__(self, digits: str) -> int:
        return int(digits, 36)


def _moved(row: str, moved: Moves) -> str:
    """A row after some places went and others came; only the steps beside them are reckoned again."""
    steps = _unfolded(row)
    places = list(accumulate(map(_NUMBERS.__getitem__, steps)))
    for place in moved.gone:
        at = bisect_left(places, place)
        if places[at : at + 1] == [place]:
            del places[at]
            steps[at : at + 2] = _steps(places, at, at + 1)
    for place in moved.come:
        at = bisect_left(places, place)
        if places[at : at + 1] != [place]:
            places.insert(at, place)
            steps[at : at + 1] = _steps(places, at, at + 2)
    return _folded(steps)


def _steps(places: Sequence[int], start: int, stop: int) -> list[str]:
    before = places[start - 1] if start else 0
    return [_base36(place - earlier) for earlier, place in pairwise([before, *places[start:stop]])]


def _base36(number: int) -> str:
    if number < len(_TWO_DIGITS):
        return _TWO_DIGITS[number]
    digits = ""
    while number >= 36:
        number, rest = divmod(number, 36)
        digits = _DIGITS[rest] + digits
    return _DIGITS[number] + digits


_TWO_DIGITS: Final = tuple(high.strip("0") + low for high in _DIGITS for low in _DIGITS)
_NUMBERS: Final = _Numbers({digits: number for number, digits in enumerate(_TWO_DIGITS)})


def meta_file(items: Sequence[Entry], shards: int) -> str:
    """What the script reads first: which places there are, and their days so that the newest can come first.

    A day is days since the year 1 to base 36; one that is like the day before it is left empty.
    """
    rising = sorted(items, key=lambda item: item.place)
    days = [day_of(item).toordinal() for item in rising]
    said = ["" if day == before else _base36(day) for before, day in pairwise([0, *days])]
    places = _deltas([item.place for item in rising])
    return _call("meta", {"shards": shards, "chunk": CHUNK, "places": places, "days": ",".join(said)})


def items_file(chunk: int, items: Iterable[Entry]) -> str:
    """Entries by their place in this chunk."""
    return _call("items", chunk, {item.place % CHUNK: _row(item) for item in items})


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
