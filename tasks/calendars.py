"""Holiday calendars (工作日历) read from the package and, where an office keeps its own, from a folder."""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Final

import models
from models.errors import Fault, PolicyError, UnavailableError
from models.workdays import Calendar, CalendarYear, parse_year

OVERLAYS = "overlays"
"""Subfolder of an office's folder for days of its own place (local feasts, emergency closures)."""
ASK_FROM: Final = (12, 1)
"""From this day on next year's notice should be there: the State Council publishes it in November."""


def load_calendar(folder: Path | None = None, *, tried: CalendarYear | None = None) -> Calendar:
    """The calendar of the package; a year in `folder` replaces the packaged one, `folder/overlays` comes on top.

    `tried` stands in for its year, to see what it would do.

    Raises: PolicyError for a file that is wrong; UnavailableError when the folder cannot be read.
    """
    years = {one.year: one for one in packaged_years()}
    overlays: tuple[CalendarYear, ...] = ()
    if folder is not None:
        years |= _own(folder)
        places = folder / OVERLAYS
        overlays = _read(places) if places.is_dir() else ()
    if tried is not None:
        years[tried.year] = tried
    return Calendar.of(years.values(), overlays)


def wanted_year(found: Calendar, today: date) -> int | None:
    """The year whose notice is missing and should be there: this one, and from December on the next."""
    due = (today.year, today.year + 1) if (today.month, today.day) >= ASK_FROM else (today.year,)
    return next((year for year in due if year not in found.published_years), None)


def _own(folder: Path) -> dict[int, CalendarYear]:
    found: dict[int, CalendarYear] = {}
    for path in year_files(folder):
        one = read_year(path)
        if one.year in found:
            what = f"{one.year}年已有另一份放假通知"
            raise PolicyError(Fault(str(path), what, "请只保留一份；更换放假通知请用 banli calendar load。"))
        found[one.year] = one
    return found


@lru_cache(maxsize=1)
def packaged_years() -> tuple[CalendarYear, ...]:
    """The notices shipped with the package, by year."""
    return _read(Path(models.__file__).with_name("calendars"))


def read_year(path: Path) -> CalendarYear:
    """One notice from a file. Raises: PolicyError; UnavailableError when it cannot be read."""
    try:
        return parse_year(path.read_text(encoding="utf-8"), path.name)
    except (OSError, UnicodeDecodeError) as wrong:
        raise UnavailableError(
            Fault(str(path), f"读不出日历文件（{wrong}）", "请核对路径、权限和编码(UTF-8)。")
        ) from wrong


def year_files(folder: Path) -> list[Path]:
    """The office's own notices, by name."""
    if not folder.is_dir():
        raise UnavailableError(Fault(str(folder), "没有这个日历文件夹", "请建立文件夹，或改正设置。"))
    return sorted(folder.glob("*.toml"))


def _read(folder: Path) -> tuple[CalendarYear, ...]:
    return tuple(map(read_year, year_files(folder)))
