"""What machines read of the public site: Atom (RFC 4287), JSON Feed 1.1, sitemap, open data as CSV and JSON."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Final

from notifications.pages import Entry, Office
from notifications.rendering import BEIJING, render, zh_date

FEED_LENGTH: Final = 50
_FORMULA_STARTS: Final = frozenset("=+-@\t\r＝＋－＠")


def _text(values: tuple[str, ...]) -> str:
    return "、".join(values)


def _day(day: date | None) -> str:
    return day.isoformat() if day else ""


_COLUMNS: Final[tuple[tuple[str, Callable[[Entry], str]], ...]] = (
    ("届次会议", lambda item: item.session),
    ("类别", lambda item: item.kind),
    ("编号", lambda item: item.number),
    ("案由", lambda item: item.title),
    ("提案人", lambda item: _text(item.proposers)),
    ("主办单位", lambda item: item.agency),
    ("会办单位", lambda item: _text(item.co_handlers)),
    ("主题分类", lambda item: item.topic or ""),
    ("办理结果", lambda item: item.class_label),
    ("结果含义", lambda item: item.class_meaning or ""),
    ("结果分类依据", lambda item: item.class_scheme),
    ("名称", lambda item: item.name),
    ("文号", lambda item: item.document_number or ""),
    ("索引号", lambda item: item.index_number or ""),
    ("成文日期", lambda item: _day(item.letter_on)),
    ("发布日期", lambda item: _day(item.published_on)),
    ("更正日期", lambda item: _day(item.corrected_on)),
    ("撤回日期", lambda item: _day(item.taken_down_on)),
    ("公开方式", lambda item: "已撤回" if item.taken_down else item.mode),
    ("反馈意见", lambda item: item.satisfaction or ""),
)


def open_data_rows(items: Iterable[Entry], *, base_url: str) -> list[dict[str, str]]:
    """What both downloads say of each case."""
    return [{name: value(item) for name, value in _COLUMNS} | {"网址": f"{base_url}{item.path}"} for item in items]


def safe_cell(value: str) -> str:
    """A cell no spreadsheet takes for a formula: an apostrophe goes before what would start one."""
    starts = value[:1] in _FORMULA_STARTS or value.lstrip()[:1] in _FORMULA_STARTS
    return f"'{value}" if starts else value


def open_data_csv(rows: Sequence[Mapping[str, str]]) -> str:
    """One row a case, RFC 4180, with a byte order mark so that Excel reads it as UTF-8."""
    sheet = io.StringIO()
    sheet.write("\ufeff")
    writer = csv.writer(sheet)
    writer.writerow([*(name for name, _ in _COLUMNS), "网址"])
    writer.writerows([safe_cell(value) for value in row.values()] for row in rows)
    return sheet.getvalue()


def open_data_json(rows: Sequence[Mapping[str, str]], *, office: Office, base_url: str) -> str:
    """The same rows as JSON, one on a line; the class is given with its meaning, because letters differ by place."""
    about = json.dumps({"发布机构": office.name, "网址": base_url, "件数": len(rows)}, ensure_ascii=False)
    listed = ",\n".join([json.dumps(row, ensure_ascii=False) for row in rows])
    return f'{about[:-1]}, "答复": [\n{listed}\n]}}\n'


def stamp(day: date | None, built_at: datetime) -> str:
    """RFC 3339 in Beijing time; a day without an hour is its first minute."""
    if day is None:
        return built_at.astimezone(BEIJING).replace(microsecond=0).isoformat()
    return datetime(day.year, day.month, day.day, tzinfo=BEIJING).isoformat()


def _said(item: Entry) -> str:
    """What a reader of the feed is told, a correction first."""
    note = f"（{zh_date(item.corrected_on)}更正）" if item.corrected_on and not item.taken_down else ""
    return f"{note}{item.lead}"


def atom(items: Sequence[Entry], *, office: Office, base_url: str, built_at: datetime) -> str:
    """The newest pages, newest first. `updated` follows the content, so an unchanged site has an unchanged feed."""
    shown = items[:FEED_LENGTH]
    newest = max((item.updated_on for item in shown if item.updated_on), default=None)
    return render(
        "site/feed.xml",
        office=office,
        base_url=base_url,
        updated=stamp(newest, built_at),
        items=[
            (item, _said(item), stamp(item.updated_on, built_at), stamp(item.published_on or item.letter_on, built_at))
            for item in shown
        ],
    )


def json_feed(items: Sequence[Entry], *, office: Office, base_url: str, built_at: datetime) -> str:
    """https://www.jsonfeed.org/version/1.1/"""
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": office.site_name,
        "home_page_url": f"{base_url}index.html",
        "feed_url": f"{base_url}feed.json",
        "language": "zh-CN",
        "authors": [{"name": office.name}],
        "items": [
            {
                "id": f"{base_url}{item.path}",
                "url": f"{base_url}{item.path}",
                "title": item.name,
                "content_text": _said(item),
                "date_published": stamp(item.published_on or item.letter_on, built_at),
                "date_modified": stamp(item.updated_on, built_at),
                "authors": [{"name": item.agency}],
                "tags": [tag for tag in (item.kind, item.session, item.topic) if tag],
            }
            for item in items[:FEED_LENGTH]
        ],
    }
    return json.dumps(feed, ensure_ascii=False, indent=1) + "\n"


def sitemap(items: Sequence[Entry], *, base_url: str) -> str:
    """Pages a search engine may list; withdrawn ones and those with nothing public are left out."""
    shown = [item for item in items if not item.taken_down and item.mode != "不予公开"]
    return render("site/sitemap.xml", base_url=base_url, items=shown)
