"""The one module that reads the clock (时钟). Tests, demonstrations and rehearsals move it; everything else asks it."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from tasks.atomic import write_text

BEIJING = ZoneInfo("Asia/Shanghai")
"""The office's time."""

_moved: timedelta | None = None
_kept: dict[Path, tuple[int, timedelta]] = {}


def now() -> datetime:
    """The present instant, in UTC, as far as the clock was moved."""
    return datetime.now(UTC) + _offset()


def today() -> date:
    """The office's date, in Asia/Shanghai."""
    return now().astimezone(BEIJING).date()


def _offset() -> timedelta:
    if _moved is not None:
        return _moved
    home = os.environ.get("BANLI_HOME")
    return kept_offset(Path(home) / "clock.json") if home else timedelta()


def kept_offset(file: Path) -> timedelta:
    """How far the clock of one office was moved for good; zero when it was not."""
    try:
        changed = file.stat().st_mtime_ns
    except FileNotFoundError:
        return timedelta()
    known = _kept.get(file)
    if known is None or known[0] != changed:
        known = (changed, timedelta(seconds=json.loads(file.read_text())["offset_seconds"]))
        _kept[file] = known
    return known[1]


def keep_offset(file: Path, at: datetime) -> None:
    """Let the office's clock go on from `at`, for every process of this office."""
    offset = at - datetime.now(UTC)
    write_text(file, json.dumps({"offset_seconds": offset.total_seconds()}))


@contextmanager
def moved_to(at: datetime) -> Iterator[None]:
    """Within the block this process's clock goes on from `at` (an aware instant)."""
    global _moved  # noqa: PLW0603 - the clock is one thing; this is the one place that moves it
    before = _moved
    _moved = at - datetime.now(UTC)
    try:
        yield
    finally:
        _moved = before


def morning_of(day: date, hour: int = 9) -> datetime:
    """That day's working morning in Beijing, as an instant."""
    return datetime(day.year, day.month, day.day, hour, tzinfo=BEIJING).astimezone(UTC)
