"""What agencies are told when their dates moved (期限调整): one message each, read off the history of one batch.

The message stands with the first of the cases it lists.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Engine, select

from models.quiet import send_at
from models.rulings import agency_recipient
from models.vocabulary import MessageKind, NoticeStatus
from tasks.database import transaction
from tasks.loading import CASES
from tasks.notices import enqueue
from tasks.world import calendar, packs
from tasks.writing import HISTORY, KEYS

LISTED: Final = 50
"""Dates in one message; the rest is a number."""


def prefix(batch: str) -> str:
    """How the keys of a batch's actions begin."""
    return f"rederive:{batch}:"


def tell_agencies(engine: Engine, reason: str, batch: str, *, at: datetime) -> int:
    """One message for each agency with a date that moved; returns how many are new."""
    statement = (
        select(HISTORY.c.payload, CASES.c.id, CASES.c.number, CASES.c.title, CASES.c.pack)
        .join(KEYS, (KEYS.c.case_id == HISTORY.c.case_id) & (KEYS.c.seq == HISTORY.c.seq))
        .join(CASES, CASES.c.id == HISTORY.c.case_id)
        .where(KEYS.c.key.startswith(prefix(batch), autoescape=True))
        .order_by(HISTORY.c.case_id, HISTORY.c.seq)
    )
    with transaction(engine) as connection:
        return enqueue(connection, _messages(connection.execute(statement), reason, batch, at=at))


def _messages(rows: Iterable[Any], reason: str, batch: str, *, at: datetime) -> list[dict[str, Any]]:
    first: dict[str, Any] = {}
    counts: dict[str, int] = defaultdict(int)
    listed: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        for one in row.payload["changes"]:
            if one["before_on"] == one["after_on"]:
                continue
            for agency in one.get("agencies", ()):
                first.setdefault(agency, row)
                counts[agency] += 1
                if len(listed[agency]) < LISTED:
                    listed[agency].append(_line(row, one))
    return [
        {
            "key": f"{batch}:{agency}",
            "case_id": row.id,
            "kind": MessageKind.DATES_MOVED,
            "recipient": agency_recipient(agency),
            "facts": {"reason": reason, "count": counts[agency], "moves": listed[agency]},
            "clock_no": None,
            "valid_until_seq": None,
            "created_at": at,
            "not_before_at": send_at(at, packs()[row.pack], calendar()),
            "status": NoticeStatus.WAITING,
            "attempts": 0,
        }
        for agency, row in first.items()
    ]


def _line(row: Any, one: dict[str, Any]) -> dict[str, Any]:
    return {
        "number": row.number,
        "title": row.title,
        "clock": one["clock"],
        "before_on": one["before_on"],
        "after_on": one["after_on"],
        "provisional": one["is_provisional"],
    }
