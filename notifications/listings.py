"""Home, list and search pages of the public site: plain pages that need no script."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from models.vocabulary import PublicationMode
from notifications.pages import Entry, Made, Office, facet_slug, pages_of
from notifications.rendering import render

PER_PAGE: Final = 100
LATEST: Final = 15
TOP: Final = 12


@dataclass(frozen=True, slots=True)
class Facet:
    """One way to list the cases: a folder with an overview and a page for each value."""

    folder: str
    name: str
    value: Callable[[Entry], str]


@dataclass(frozen=True, slots=True)
class Bar:
    """One counted value; `percent` of the largest, for the bar's length only."""

    name: str
    count: int
    percent: int
    link: str | None = None
    words: str | None = None


@dataclass(frozen=True, slots=True)
class Figure:
    """One number of the home page."""

    label: str
    value: int


def _class_of(item: Entry) -> str:
    """Class under its scheme; letters of different schemes are never counted together."""
    if not item.class_label or item.taken_down:
        return ""
    return f"{item.class_label}（{item.class_scheme}）" if item.class_scheme else item.class_label


FACETS: Final = (
    Facet("sessions", "届次会议", lambda item: item.session),
    Facet("agencies", "承办单位", lambda item: item.agency),
    Facet("kinds", "类别", lambda item: item.kind),
    Facet("classes", "办理结果", _class_of),
    Facet("topics", "主题分类", lambda item: item.topic or ""),
    Facet("years", "年份", lambda item: item.year),
)


def list_pages(items: Sequence[Entry], *, office: Office) -> Iterator[Made]:
    """Every list page: all cases, and for each facet an overview and its values."""
    yield from _pages("all", "全部答复", "index", items, office=office)
    for facet in FACETS:
        groups: dict[str, list[Entry]] = defaultdict(list)
        for item in items:
            if facet.value(item):
                groups[facet.value(item)].append(item)
        values = {"bars": _bars(groups, facet), "name": facet.name}
        yield _made(f"{facet.folder}/index.html", "overview", values, of=values, office=office)
        for value, group in groups.items():
            yield from _pages(facet.folder, value, facet_slug(value), group, office=office, facet=facet)


def _pages(
    folder: str, name: str, slug: str, items: Sequence[Entry], *, office: Office, facet: Facet | None = None
) -> Iterator[Made]:
    classes = _counted(items, FACETS[3]) if facet and facet.folder in {"agencies", "sessions"} else []
    for number, count, shown in pages_of(items, PER_PAGE):
        values: dict[str, object] = {
            "name": name,
            "total": len(items),
            "number": number,
            "count": count,
            "page_names": [_page_name(slug, at) for at in range(1, count + 1)],
            "classes": classes if number == 1 else [],
        }
        path, of = f"{folder}/{_page_name(slug, number)}", (values, [item.digest for item in shown])
        yield _made(path, "list", values | {"facet": facet, "items": shown}, of=of, office=office)


def _made(path: str, template: str, values: Mapping[str, object], *, of: object, office: Office) -> Made:
    root = "../" * path.count("/")
    return Made(path, of, partial(render, f"site/{template}.html", office=office, root=root, **values))


def _page_name(slug: str, number: int) -> str:
    return f"{slug}.html" if number == 1 else f"{slug}-p{number}.html"


def _counted(items: Sequence[Entry], facet: Facet) -> list[Bar]:
    groups: dict[str, list[Entry]] = defaultdict(list)
    for item in items:
        if facet.value(item):
            groups[facet.value(item)].append(item)
    return _bars(groups, facet)


def _bars(groups: dict[str, list[Entry]], facet: Facet) -> list[Bar]:
    """Largest first; classes in their own order, because A to D is an order of its own."""
    order: Callable[[str], tuple[object, ...]]
    order = (
        (lambda value: (groups[value][0].class_scheme, value))
        if facet.folder == "classes"
        else (lambda value: (-len(groups[value]), value))
    )
    largest = max((len(group) for group in groups.values()), default=1)
    return [
        Bar(
            name=value,
            count=len(groups[value]),
            percent=max(1, round(100 * len(groups[value]) / largest)),
            link=f"{facet.folder}/{facet_slug(value)}.html",
            words=groups[value][0].class_meaning if facet.folder == "classes" else None,
        )
        for value in sorted(groups, key=order)
    ]


def home_page(items: Sequence[Entry], *, office: Office, base_url: str) -> Made:
    """`index.html`: what was answered, by whom, with what result, and the newest."""
    modes = Counter(item.mode for item in items if not item.taken_down)
    figures = (
        Figure("已公开答复", modes[PublicationMode.FULL.value] + modes[PublicationMode.SUMMARY.value]),
        Figure("全文公开", modes[PublicationMode.FULL.value]),
        Figure("已办复", sum(1 for item in items if item.letter_on is not None)),
        Figure("承办单位", len({item.agency for item in items})),
    )
    values: dict[str, object] = {
        "figures": figures,
        "bars": {facet.folder: _counted(items, facet) for facet in FACETS},
        "total": len(items),
        "newest": max((item.updated_on for item in items if item.updated_on), default=None),
        "address": f"{base_url}index.html",
    }
    latest = items[:LATEST]
    of = (values, [item.digest for item in latest])
    return _made("index.html", "index", values | {"latest": latest, "top": TOP}, of=of, office=office)


def search_page(items: Sequence[Entry], *, office: Office) -> Made:
    """`search.html`: words and filters together, done by the reader's own browser."""
    choices = [(facet, [bar.name for bar in _counted(items, facet)]) for facet in FACETS if facet.folder != "topics"]
    of = [(facet.folder, names) for facet, names in choices]
    return _made("search.html", "search", {"choices": choices, "facets": FACETS}, of=of, office=office)
