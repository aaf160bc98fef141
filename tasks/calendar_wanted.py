"""The office is asked for a holiday notice that is missing (请载入放假通知), once on each day the sweep runs."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import Connection, Engine, func, select

from models import schema
from models.notice_vocabulary import MessageKind, NoticeStatus
from models.quiet import send_at
from models.rulings import OFFICE
from tasks.calendars import wanted_year
from tasks.database import transaction
from tasks.loading import CASES
from tasks.notices import enqueue
from tasks.world import calendar, packs

CLOCKS: Final = schema.CLOCKS


def ask_for_calendar(engine: Engine, *, today: date, at: datetime) -> int:
    """Write the day's notice while a notice is missing that should be there; returns how many are new.

    It stands with the case whose provisional date is the nearest. An office without a case is asked by `doctor` alone.
    """
    found = calendar()
    year = wanted_year(found, today)
    if year is None:
        return 0
    with transaction(engine) as connection:
        first = _nearest(connection)
        if first is None:
            return 0
        row = {
            "key": f"calendar_wanted:{year}:{today}",
            "case_id": first.id,
            "kind": MessageKind.CALENDAR_WANTED,
            "recipient": OFFICE,
            "facts": {"year": year, "provisional": _provisional(connection)},
            "clock_no": None,
            "valid_until_seq": None,
            "created_at": at,
            "not_before_at": send_at(at, packs()[first.pack], found),
            "status": NoticeStatus.WAITING,
            "attempts": 0,
        }
        return enqueue(connection, [row])


def _running() -> Any:
    return CLOCKS.c.stopped_on.is_(None) & CLOCKS.c.superseded.is_(False) & CLOCKS.c.provisional.is_(True)


def _provisional(connection: Connection) -> int:
    return connection.scalar(select(func.count()).select_from(CLOCKS).where(_running())) or 0


def _nearest(connection: Connection) -> Any:
    """The case with the nearest provisional date, else the newest case."""
    dated = (
        select(CASES.c.id, CASES.c.pack)
        .join(CLOCKS, CLOCKS.c.case_id == CASES.c.id)
        .where(_running())
        .order_by(CLOCKS.c.due_on, CASES.c.id)
        .limit(1)
    )
    newest = select(CASES.c.id, CASES.c.pack).order_by(CASES.c.id.desc()).limit(1)
    return connection.execute(dated).first() or connection.execute(newest).first()
