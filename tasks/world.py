"""What rules may know beside the case, gathered once for a batch."""

from __future__ import annotations

import os
from datetime import date
from functools import lru_cache
from pathlib import Path

from sqlalchemy import Connection, select

from models.policy import Pack
from models.rulings import World
from models.settings import settings_from
from models.tables import AgencyRow, core
from models.workdays import Calendar
from tasks.calendars import load_calendar
from tasks.policies import load_packs


def packs() -> dict[str, Pack]:
    """The policy packs: the package's, with the office's own from `policies/` in its home on top."""
    return _packs(_own("policies"))


def calendar() -> Calendar:
    """The holiday calendar: the package's, with the office's own from `calendars/` in its home on top."""
    return _calendar(_own("calendars"))


@lru_cache(maxsize=4)
def _packs(folder: Path | None) -> dict[str, Pack]:
    return load_packs(folder)


@lru_cache(maxsize=4)
def _calendar(folder: Path | None) -> Calendar:
    return load_calendar(folder)


def _own(name: str) -> Path | None:
    """The office's own folder of that name, where it keeps one."""
    folder = settings_from(os.environ).home / name
    return folder if folder.is_dir() else None


def world_on(connection: Connection, today: date) -> World:
    """The world as it is on a day."""
    agencies = frozenset(connection.scalars(select(core(AgencyRow).c.name)))
    return World(today=today, calendar=calendar(), packs=packs(), agencies=agencies)
