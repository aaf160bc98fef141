"""What rules may know beside the case, gathered once for a batch."""

from __future__ import annotations

from datetime import date
from functools import lru_cache

from sqlalchemy import Connection, select

from models.policy import Pack
from models.rulings import World
from models.tables import AgencyRow, core
from models.workdays import Calendar
from tasks.calendars import load_calendar
from tasks.policies import load_packs


@lru_cache(maxsize=1)
def packs() -> dict[str, Pack]:
    """The policy packs of this process."""
    return load_packs()


@lru_cache(maxsize=1)
def calendar() -> Calendar:
    """The holiday calendar of this process."""
    return load_calendar()


def world_on(connection: Connection, today: date) -> World:
    """The world as it is on a day."""
    agencies = frozenset(connection.scalars(select(core(AgencyRow).c.name)))
    return World(today=today, calendar=calendar(), packs=packs(), agencies=agencies)
