"""Writing the public site (公开网站): what changed is made, all else is taken over, and all of it is turned at once."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache, partial
from itertools import groupby
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from models.errors import Fault, InputError
from notifications.case_page import case_page
from notifications.feeds import (
    FEED_LENGTH,
    atom,
    json_feed,
    open_data_csv,
    open_data_json,
    open_data_rows,
    sitemap,
)
from notifications.listings import home_page, list_pages, search_page
from notifications.pages import Entry, Made, Office, SiteCase, check_case, day_of, digest_of, entry
from notifications.rendering import TEMPLATES, render
from notifications.search_index import words_of
from tasks.site_records import AT_ONCE, Page, Records, Remembered, WordFiles, read_records, write_records
from tasks.site_search import Changes, write_search
from tasks.site_versions import PUBLIC, NewVersion, new_version

ASSETS: Final = ("site.css", "site.js", "mark.svg")


@dataclass(frozen=True, slots=True)
class Source:
    """Where pages come from."""

    stamps: Mapping[int, str]
    """For every source what decides how its pages read; an empty stamp is always looked at."""
    pages: Callable[[Sequence[int]], Iterable[tuple[int, SiteCase]]]
    """The pages of these sources, each with its source and in their order; a source may have none."""


@dataclass(frozen=True, slots=True)
class SiteReport:
    """What one writing did; `pages` are the case pages by slug."""

    written: int
    unchanged: int
    removed: int
    pages: dict[str, Path]


def write_site(folder: Path, source: Source, *, office: Office, built_at: datetime, base_url: str) -> SiteReport:
    """Write the site below `folder`: only sources whose stamp changed are read, only files that change are made.

    What comes out is, byte for byte, what writing everything anew would give. Pages are not kept in memory.

    Raises: InputError for a case that cannot be shown; UnavailableError when the disk is full or not writable.
    """
    base = _base(base_url)
    made_with = digest_of(_sources_digest(), office, base)
    with new_version(folder) as site:
        for name in ASSETS:
            site.write(f"{PUBLIC}assets/{name}", (TEMPLATES / "site" / name).read_text(encoding="utf-8"))
        before = read_records(site, made_with=made_with)
        words = WordFiles(site)
        writing = _Writing(site, words, before, source, partial(case_page, office=office, base_url=base))
        records = writing.all_pages()
        items = sorted(records.entries, key=lambda item: (day_of(item), item.place), reverse=True)
        changes = writing.changes if before.sources else None
        write_search(site, words, items, postings=records.postings, before=before.postings, changes=changes)
        for made in _overviews(items, office=office, base_url=base, built_at=built_at):
            site.make(f"{PUBLIC}{made.name}", digest_of(made_with, made.of), made.make)
        write_records(site, records)
    pages = {item.slug: folder / item.path for item in items}
    return SiteReport(len(site.written), site.unchanged, len(site.removed), pages)


class _Writing:
    """The case pages, a chunk of sources at a time."""

    def __init__(
        self,
        site: NewVersion,
        words: WordFiles,
        before: Records,
        source: Source,
        page: Callable[[SiteCase, Entry], str],
    ) -> None:
        self._site, self._words, self._before, self._source, self._page = site, words, before, source, page
        self.changes = Changes()
        self._slugs: set[str] = set()

    def all_pages(self) -> Records:
        """Write or take over every page; what is to be remembered of them."""
        known = self._before.sources
        records = Records(self._before.made_with, {})
        for chunk, ids in groupby(sorted(known.keys() | self._source.stamps.keys()), lambda one: one // AT_ONCE):
            self._chunk(chunk, list(ids), records)
        return records

    def _chunk(self, chunk: int, ids: list[int], records: Records) -> None:
        known, stamps = self._before.sources, self._source.stamps
        same = {one for one in ids if one in known and stamps.get(one) and known[one].stamp == stamps[one]}
        same = {one for one in same if all(self._site.keep(_path(page.entry)) for page in known[one].pages)}
        records.sources.update({one: known[one] for one in same})
        for one in same:
            self._slugs.update(page.entry.slug for page in known[one].pages)
        if len(same) == len(ids) and self._words.keep(chunk):
            return
        old = self._words.old(chunk)
        lost = old is None and any(one in known for one in ids)
        if lost:  # the words of unchanged pages are needed too
            self.changes.give_up()
        wanted = [one for one in ids if one in stamps and (lost or one not in same)]
        rows = {at: groups for at, groups in (old or {}).items() if at[0] in same and not lost}
        made: dict[int, list[Page]] = {one: [] for one in wanted}
        for source, case in self._source.pages(wanted):
            page, rows[source, case.place] = self._one(case, kept=source in same)
            made[source].append(page)
        records.sources.update({one: Remembered(stamps[one], tuple(pages)) for one, pages in made.items()})
        for at in {**(old or {}), **rows}:
            before, after = (old or {}).get(at, ()), rows.get(at, ())
            if before != after:
                self.changes.add(at[1], before, after)
        if rows:
            self._words.write(chunk, rows)

    def _one(self, case: SiteCase, *, kept: bool) -> tuple[Page, tuple[str, ...]]:
        check_case(case)
        item, words, key = entry(case), words_of(case), digest_of(self._before.made_with, case)
        if not kept:
            if case.slug in self._slugs:
                raise InputError(Fault(case.ref, f"页面名“{case.slug}”重复", "请检查是否有两件编号相同。"))
            self._slugs.add(case.slug)
            self._site.make(_path(item), key, partial(self._page, case, item))
        return Page(key, words.count, item), words.groups


def _path(item: Entry) -> str:
    return f"{PUBLIC}{item.path}"


def _overviews(items: Sequence[Entry], *, office: Office, base_url: str, built_at: datetime) -> Iterator[Made]:
    """Everything that names more than one case; the newest come first."""
    yield from list_pages(items, office=office)
    yield search_page(items, office=office)
    yield home_page(items, office=office, base_url=base_url)
    everything = [item.digest for item in items]
    rows = cache(partial(open_data_rows, items, base_url=base_url))
    yield Made("data/replies.csv", everything, lambda: open_data_csv(rows()))
    yield Made("data/replies.json", everything, lambda: open_data_json(rows(), office=office, base_url=base_url))
    yield Made("sitemap.xml", everything, lambda: sitemap(items, base_url=base_url))
    latest = sorted(items, key=lambda item: item.updated_on or date.min, reverse=True)[:FEED_LENGTH]
    listed = [item.digest for item in latest]
    for name, feed in (("feed.xml", atom), ("feed.json", json_feed)):
        yield Made(name, listed, partial(feed, latest, office=office, base_url=base_url, built_at=built_at))
    yield Made("robots.txt", "", partial(render, "site/robots.txt", base_url=base_url))


@cache
def _sources_digest() -> str:
    """Of the program and its templates: after an upgrade everything is made anew."""
    root = TEMPLATES.parents[1]
    code = [path for name in ("models", "notifications", "tasks") for path in (root / name).rglob("*.py")]
    said = [path for path in (TEMPLATES / "site").iterdir() if path.suffix in {".html", ".xml", ".txt"}]
    digest = hashlib.sha256()
    for path in sorted([*code, *said, TEMPLATES / "letters" / "letter.html"]):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _base(base_url: str) -> str:
    """The site's address, ending in a slash; feeds and sitemap cannot do without."""
    parts = urlsplit(base_url)
    if parts.scheme not in {"http", "https"} or not parts.netloc:
        raise InputError(Fault("网站地址", f"“{base_url}”不是网址", "请填写以 http:// 或 https:// 开头的完整网址。"))
    return base_url.rstrip("/") + "/"
