"""Quiet hours (免打扰时段): when what is written now may be sent, by the place's hours and working days."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from models.policy import LadderUse, Pack
from models.workdays import Calendar

BEIJING: Final = ZoneInfo("Asia/Shanghai")
"""The hours in a pack are the office's, on Beijing time."""
_ONE_DAY: Final = timedelta(days=1)


def is_quiet(hour: int, ladder: LadderUse) -> bool:
    """Whether nothing is sent in this hour of a working day; the same hour twice in a pack means no quiet hours."""
    first, until = ladder.quiet_from_hour, ladder.quiet_until_hour
    return first <= hour < until if first <= until else hour >= first or hour < until


def send_at(now: datetime, pack: Pack, calendar: Calendar) -> datetime:
    """The earliest instant from `now` on (aware) that lies on a working day and outside the pack's quiet hours.

    What is written in working time is sent at once; in the evening or on a rest day, the next working morning.
    """
    here = now.astimezone(BEIJING)
    day = here.date()
    hours = range(here.hour, 24)
    while True:
        found = next((hour for hour in hours if not is_quiet(hour, pack.ladder)), None)
        if found is not None and calendar.is_workday(day):
            begins = datetime.combine(day, time(found), BEIJING).astimezone(now.tzinfo)
            return max(now, begins)
        day += _ONE_DAY
        hours = range(24)
