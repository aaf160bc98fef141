"""What the site remembers of its pages (记录), so that one changed case costs one page: no text is read twice."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import date
from operator import attrgetter
from typing import Any, Final

from notifications.pages import Entry
from tasks.site_versions import RECORDS, NewVersion

_PAGES: Final = f"{RECORDS}pages.json"
AT_ONCE: Final = 200
"""Sources whose words lie in one file."""
_NAMES: Final = tuple(field.name for field in fields(Entry))
_VALUES: Final = attrgetter(*_NAMES)
_DATES: Final = frozenset({"letter_on", "published_on", "updated_on", "corrected_on", "taken_down_on"})
_LISTS: Final = frozenset({"co_handlers", "proposers"})


@dataclass(frozen=True, slots=True)
class Page:
    """One page as it was written."""

    key: str
    words: int
    """How many words it is found by."""
    entry: Entry


@dataclass(frozen=True, slots=True)
class Remembered:
    """What a source said of itself when its pages were made, and the pages."""

    stamp: str
    pages: tuple[Page, ...]


@dataclass(frozen=True, slots=True)
class Records:
    """All of it: by source, and with which texts, templates and rules it was made."""

    made_with: str
    sources: dict[int, Remembered]

    @property
    def entries(self) -> list[Entry]:
        """What the lists show, in no order."""
        return [page.entry for known in self.sources.values() for page in known.pages]

    @property
    def postings(self) -> int:
        """Words times pages."""
        return sum(page.words for known in self.sources.values() for page in known.pages)


def read_records(site: NewVersion, *, made_with: str) -> Records:
    """What was remembered; nothing where the records are missing or damaged, or made with something else."""
    text = site.old_text(_PAGES)
    if text is None:
        return Records(made_with, {})
    read = json.loads(text)
    if read["made_with"] != made_with:
        return Records(made_with, {})
    one_of: dict[str, str] = {}
    sources = {
        int(source): Remembered(stamp, tuple(Page(key, words, _entry(row, one_of)) for key, words, row in pages))
        for source, (stamp, pages) in read["sources"].items()
    }
    return Records(made_with, sources)


def write_records(site: NewVersion, records: Records) -> None:
    """Keep it with the new version."""
    sources = {
        source: (known.stamp, [(page.key, page.words, _VALUES(page.entry)) for page in known.pages])
        for source, known in sorted(records.sources.items())
    }
    said = {"made_with": records.made_with, "sources": sources}
    site.write(_PAGES, json.dumps(said, ensure_ascii=False, default=date.isoformat))


def _entry(row: list[Any], one_of: dict[str, str]) -> Entry:
    """An entry; names that recur on thousands of cases are held once."""
    values = dict(zip(_NAMES, row, strict=True))
    for name, value in values.items():
        if name in _DATES:
            values[name] = date.fromisoformat(value) if value else None
        elif name in _LISTS:
            values[name] = tuple(value)
        elif isinstance(value, str):
            values[name] = one_of.setdefault(value, value)
    return Entry(**values)


class WordFiles:
    """The words of every page, by source: lines of source, place and the groups, between tabs."""

    def __init__(self, site: NewVersion) -> None:
        self._site = site
        self._chunks: set[int] = set()

    def old(self, chunk: int) -> dict[tuple[int, int], tuple[str, ...]] | None:
        """A chunk of the old version by source and place; None where it cannot be relied on."""
        text = self._site.old_text(_name(chunk))
        return None if text is None else {(source, place): groups for source, place, groups in _rows(text)}

    def keep(self, chunk: int) -> bool:
        """Take a chunk over unchanged."""
        self._chunks.add(chunk)
        return self._site.keep(_name(chunk))

    def write(self, chunk: int, rows: Mapping[tuple[int, int], tuple[str, ...]]) -> None:
        """Put a chunk in."""
        self._chunks.add(chunk)
        lines = ("\t".join((str(source), str(place), *groups)) for (source, place), groups in sorted(rows.items()))
        self._site.write(_name(chunk), "\n".join(lines))

    def group(self, group: int) -> Iterator[tuple[int, str]]:
        """One group of every page, with the page's place; read a chunk at a time."""
        for chunk in sorted(self._chunks):
            for line in self._site.path(_name(chunk)).read_bytes().splitlines():
                parts = line.split(b"\t", 3 + group)
                yield int(parts[1]), parts[2 + group].decode()

    def groups(self, wanted: Iterable[int]) -> Iterator[tuple[int, str]]:
        """Several groups of every page, one after another."""
        for group in wanted:
            yield from self.group(group)


def _rows(text: str) -> Iterator[tuple[int, int, tuple[str, ...]]]:
    for line in text.split("\n") if text else ():
        source, place, *groups = line.split("\t")
        yield int(source), int(place), tuple(groups)


def _name(chunk: int) -> str:
    return f"{RECORDS}words-{chunk}.txt"
