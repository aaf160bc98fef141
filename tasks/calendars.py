"""Holiday calendars (工作日历) read from the package and, where an office keeps its own, from a folder."""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files
from pathlib import Path

from models.errors import Fault, UnavailableError
from models.workdays import Calendar, CalendarYear, parse_year

OVERLAYS = "overlays"
"""Subfolder of an office's folder for days of its own place (local feasts, emergency closures)."""


def load_calendar(folder: Path | None = None) -> Calendar:
    """The calendar of the package; a year in `folder` replaces the packaged one, `folder/overlays` comes on top.

    Raises: PolicyError for a file that is wrong; UnavailableError when the folder cannot be read.
    """
    years = {one.year: one for one in packaged_years()}
    overlays: tuple[CalendarYear, ...] = ()
    if folder is not None:
        years |= {one.year: one for one in _read(folder)}
        places = folder / OVERLAYS
        overlays = _read(places) if places.is_dir() else ()
    return Calendar.of(years.values(), overlays)


@lru_cache(maxsize=1)
def packaged_years() -> tuple[CalendarYear, ...]:
    """The notices shipped with the package, by year."""
    found = sorted(files("models").joinpath("calendars").iterdir(), key=lambda entry: entry.name)
    return tuple(
        parse_year(entry.read_text(encoding="utf-8"), entry.name) for entry in found if entry.name.endswith(".toml")
    )


def read_year(path: Path) -> CalendarYear:
    """One notice from a file. Raises: PolicyError; UnavailableError when it cannot be read."""
    try:
        return parse_year(path.read_text(encoding="utf-8"), path.name)
    except (OSError, UnicodeDecodeError) as wrong:
        raise UnavailableError(
            Fault(str(path), f"读不出日历文件({wrong})", "请核对路径、权限和编码(UTF-8)。")
        ) from wrong


def _read(folder: Path) -> tuple[CalendarYear, ...]:
    if not folder.is_dir():
        raise UnavailableError(Fault(str(folder), "没有这个日历文件夹", "请建立文件夹,或改正设置。"))
    return tuple(read_year(path) for path in sorted(folder.glob("*.toml")))
