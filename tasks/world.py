"""What rules may know beside the case, gathered once for a batch."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from dataclasses import fields
from datetime import date
from functools import lru_cache
from pathlib import Path

from sqlalchemy import Connection, select

from models import schema
from models.policy import Pack
from models.rulings import World
from models.settings import settings_from
from models.values.reply import Substitution
from models.workdays import Calendar
from tasks.calendars import OVERLAYS, load_calendar
from tasks.policies import load_packs

_AGENCIES = select(schema.AGENCIES.c.name)
_SUBSTITUTES = schema.SUBSTITUTIONS
_SUBSTITUTIONS = select(*(_SUBSTITUTES.c[one.name] for one in fields(Substitution))).order_by(_SUBSTITUTES.c.no)
State = tuple[tuple[str, int, int], ...]


def packs() -> Mapping[str, Pack]:
    """The policy packs: the package's, with the office's own from `policies/` in its home on top."""
    folder = own_folder("policies")
    return _packs(folder, _state(folder))


def calendar() -> Calendar:
    """The holiday calendar: the package's, with the office's own from `calendars/` in its home on top."""
    folder = own_folder("calendars")
    return _calendar(folder, _state(folder))


@lru_cache(maxsize=4)
def _packs(folder: Path | None, _state: State) -> Mapping[str, Pack]:
    return load_packs(folder)


@lru_cache(maxsize=4)
def _calendar(folder: Path | None, _state: State) -> Calendar:
    return load_calendar(folder)


def own_folder(name: str) -> Path | None:
    """The office's own folder of that name, where it keeps one."""
    folder = settings_from(os.environ).home / name
    return folder if folder.is_dir() else None


def _state(folder: Path | None) -> State:
    """Name, time and size of every file, so that a process that runs for months sees what is loaded meanwhile."""
    return () if folder is None else _looked_at(folder, int(time.monotonic()))


@lru_cache(maxsize=4)
def _looked_at(folder: Path, _second: int) -> State:
    """A folder is looked at once a second at most."""
    found = (*folder.glob("*.toml"), *(folder / OVERLAYS).glob("*.toml"))
    return tuple(sorted((str(one), (stat := one.stat()).st_mtime_ns, stat.st_size) for one in found))


def look_again() -> None:
    """Forget what was looked at within this second: this process has just changed it."""
    _looked_at.cache_clear()


def world_on(connection: Connection, today: date) -> World:
    """The world as it is on a day."""
    agencies = frozenset(connection.scalars(_AGENCIES))
    return World(
        today=today,
        calendar=calendar(),
        packs=packs(),
        agencies=agencies,
        substitutions=substitutions(connection),
    )


def substitutions(connection: Connection) -> tuple[Substitution, ...]:
    """Everybody who was ever named to sign for another, in the order they were; those taken back too."""
    return tuple(Substitution(*row) for row in connection.execute(_SUBSTITUTIONS))
