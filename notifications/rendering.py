"""The one Jinja2 environment. Unknown variables fail, HTML is escaped, texts are not."""

from __future__ import annotations

import re
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

TEMPLATES = Path(__file__).parent / "templates"
BEIJING = ZoneInfo("Asia/Shanghai")


def zh_date(day: date | None) -> str:
    """`2026年7月5日`, no leading zeros; empty for None."""
    return f"{day.year}年{day.month}月{day.day}日" if day else ""


def iso_date(text: str) -> str:
    """A day written `2026-07-05`, as facts keep it, in words."""
    return zh_date(date.fromisoformat(text))


def zh_time(at: datetime | None) -> str:
    """An instant in Beijing time, `2026年7月5日 09:30`; empty for None."""
    if at is None:
        return ""
    local = at.astimezone(BEIJING)
    return f"{zh_date(local.date())} {local:%H:%M}"


_MARKUP = re.compile(r"([\\`*_\[\]<>#|~])")
_LIST_MARK = re.compile(r"(?m)^(\s*\d*)(?=[-+=.)])")


def plain_markdown(text: str) -> str:
    """A text as Markdown that shows it as it is: no markup of its own, every line break kept as a paragraph's."""
    marked = _LIST_MARK.sub(r"\1\\", _MARKUP.sub(r"\\\1", text))
    return "\n\n".join(line.strip() for line in marked.splitlines() if line.strip())


@cache
def environment() -> Environment:
    """Made once; templates are named by their path under `templates/`."""
    env = Environment(
        loader=FileSystemLoader(TEMPLATES),
        undefined=StrictUndefined,
        autoescape=select_autoescape(enabled_extensions=("html", "xml")),
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        auto_reload=False,  # templates come with the program; no look at the disk for every page
    )
    env.filters["zh_date"] = zh_date
    env.filters["iso_date"] = iso_date
    env.filters["zh_time"] = zh_time
    env.filters["md"] = plain_markdown
    return env


def render(template: str, **values: Any) -> str:
    """Fill one template.

    Raises: jinja2.UndefinedError when the template asks for a value it was not given.
    """
    return environment().get_template(template).render(**values)
