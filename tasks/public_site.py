"""Writing the public site (公开网站): whole files only, only those that changed, one writer at a time."""

from __future__ import annotations

import fcntl
import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import httpx

from models.errors import Fault, InputError, UnavailableError
from notifications.case_page import case_page
from notifications.feeds import atom, json_feed, open_data_csv, open_data_json, sitemap
from notifications.listings import FACETS, home_page, list_pages, search_page
from notifications.pages import Entry, Office, SiteCase, check_case, entry
from notifications.readback import text_of_page
from notifications.rendering import TEMPLATES, render
from notifications.search_index import SearchIndex
from tasks.atomic import PREFIX, remove_leftovers, write_bytes

ASSETS: Final = ("site.css", "site.js", "mark.svg")
OWN_FOLDERS: Final = ("cases", "all", "search", "data", "assets", *(facet.folder for facet in FACETS))
"""Only in these does the site delete pages that are no longer made."""
MANIFEST: Final = ".manifest.json"


@dataclass(frozen=True, slots=True)
class SiteReport:
    """What one writing did; `pages` are the case pages by slug."""

    written: int
    unchanged: int
    removed: int
    pages: dict[str, Path]


@dataclass(slots=True)
class _Folder:
    """The site on disk while it is being written."""

    root: Path
    written: int = 0
    unchanged: int = 0
    hashes: dict[str, str] = field(default_factory=dict)

    def put(self, name: str, text: str) -> Path:
        """Write one file unless it already says the same."""
        path, content = self.root / name, text.encode()
        self.hashes[name] = hashlib.sha256(content).hexdigest()
        if _content(path) == content:
            self.unchanged += 1
        else:
            write_bytes(path, content)
            self.written += 1
        return path

    def remove_others(self) -> int:
        """Delete what this writing did not make."""
        others = [
            path
            for name in OWN_FOLDERS
            for path in (self.root / name).glob("*")
            if path.is_file() and f"{name}/{path.name}" not in self.hashes
        ]
        for path in others:
            path.unlink()
        return len(others)


def write_site(
    folder: Path, cases: Iterable[SiteCase], *, office: Office, built_at: datetime, base_url: str
) -> SiteReport:
    """Write the whole site below `folder`; cases may come from a generator and are not kept.

    A second writing of the same cases changes no byte. Pages come before the lists that name them, and what is no
    longer made is deleted last, so a reader never follows a dead link.

    Raises: InputError for a case that cannot be shown; UnavailableError when the disk is full or not writable.
    """
    base = _base(base_url)
    with _only_writer(folder):
        remove_leftovers(folder)
        site = _Folder(folder)
        for name in ASSETS:
            site.put(f"assets/{name}", (TEMPLATES / "site" / name).read_text(encoding="utf-8"))
        pages, items, index = _write_cases(site, cases, office=office, base_url=base)
        for name, text in _overviews(items, index, office=office, base_url=base, built_at=built_at):
            site.put(name, text)
        removed = site.remove_others()
        manifest = {"built_at": built_at.isoformat(), "files": dict(sorted(site.hashes.items()))}
        if site.written or removed or not (folder / MANIFEST).exists():
            write_bytes(folder / MANIFEST, json.dumps(manifest, ensure_ascii=False, indent=1).encode())
    return SiteReport(written=site.written, unchanged=site.unchanged, removed=removed, pages=pages)


def _write_cases(
    site: _Folder, cases: Iterable[SiteCase], *, office: Office, base_url: str
) -> tuple[dict[str, Path], list[Entry], SearchIndex]:
    pages: dict[str, Path] = {}
    items: list[Entry] = []
    index = SearchIndex()
    for case in cases:
        check_case(case)
        if case.slug in pages:
            raise InputError(Fault(case.ref, f"页面名“{case.slug}”重复", "请检查是否有两件编号相同。"))
        pages[case.slug] = site.put(f"cases/{case.slug}.html", case_page(case, office=office, base_url=base_url))
        items.append(entry(case))
        index.add(case)
    return pages, items, index


def _overviews(
    items: Sequence[Entry], index: SearchIndex, *, office: Office, base_url: str, built_at: datetime
) -> Iterator[tuple[str, str]]:
    """Everything that names more than one case."""
    # Oldest first is stable for the search index: a new case is appended, and only the last files change.
    rising = sorted(range(len(items)), key=lambda at: (_day(items[at]), items[at].slug))
    order = [0] * len(items)
    for place, at in enumerate(rising):
        order[at] = place
    oldest_first = [items[at] for at in rising]
    newest_first = oldest_first[::-1]
    yield from index.files(oldest_first, order)
    yield from list_pages(newest_first, office=office)
    yield "data/replies.csv", open_data_csv(newest_first, base_url=base_url)
    yield "data/replies.json", open_data_json(newest_first, office=office, base_url=base_url)
    yield "search.html", search_page(newest_first, office=office)
    yield "index.html", home_page(newest_first, office=office, base_url=base_url)
    by_change = sorted(newest_first, key=lambda item: item.updated_on or date.min, reverse=True)
    yield "feed.xml", atom(by_change, office=office, base_url=base_url, built_at=built_at)
    yield "feed.json", json_feed(by_change, office=office, base_url=base_url, built_at=built_at)
    yield "sitemap.xml", sitemap(newest_first, base_url=base_url)
    yield "robots.txt", render("site/robots.txt", base_url=base_url)


def _day(item: Entry) -> date:
    return item.published_on or item.letter_on or date.min


def _base(base_url: str) -> str:
    """The site's address, ending in a slash; feeds and sitemap cannot do without."""
    parts = urlsplit(base_url)
    if parts.scheme not in {"http", "https"} or not parts.netloc:
        raise InputError(Fault("网站地址", f"“{base_url}”不是网址", "请填写以 http:// 或 https:// 开头的完整网址。"))
    return base_url.rstrip("/") + "/"


@contextmanager
def _only_writer(folder: Path) -> Iterator[None]:
    """Wait until no other process writes this site."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / f"{PREFIX[:-1]}.lock").open("a")
    except OSError as error:
        fault = Fault(str(folder), f"网站目录不可写（{error.strerror or error}）", "请检查磁盘空间和目录权限后重试。")
        raise UnavailableError(fault) from error
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _content(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def read_back(page_path: Path) -> str:
    """The reply as the page on disk gives it to the public, to be compared with the signed text.

    Raises: UnavailableError when the page cannot be read or carries no reply.
    """
    try:
        page = page_path.read_bytes().decode()
    except (OSError, UnicodeDecodeError) as error:
        raise UnavailableError(Fault(str(page_path), f"公开页面读不出来（{error}）", "请重新公开后再核对。")) from error
    return _reply_of(page, str(page_path))


def fetch_back(address: str) -> str:
    """The same, as the public's web server gives it: fetched, not from a cache.

    Raises: UnavailableError when it does not come, comes as something else, or carries no reply.
    """
    try:
        answer = httpx.get(address, headers={"Cache-Control": "no-cache"}, timeout=_PATIENCE_SECONDS)
        answer.raise_for_status()
        page = answer.content.decode()
    except (httpx.HTTPError, httpx.InvalidURL, UnicodeDecodeError) as error:
        said = f"{error.response.status_code}" if isinstance(error, httpx.HTTPStatusError) else type(error).__name__
        fault = Fault(
            address, f"公开页面从网上取不到（{said}）", "请检查网站是否已经更新、能否访问；下次公开时再核对。"
        )
        raise UnavailableError(fault) from error
    return _reply_of(page, address)


_PATIENCE_SECONDS: Final = 10.0


def _reply_of(page: str, where: str) -> str:
    text = text_of_page(page)
    if text is None:
        raise UnavailableError(Fault(where, "公开页面上没有答复正文", "请核对公开方式，或重新公开。"))
    return text
