"""What people are told when their dates moved (期限调整): one message each, read off the history of one batch.

The message stands with the first of the cases it lists.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Engine, func, or_, select

from models import schema
from models.notice_vocabulary import MessageKind, NoticeStatus
from models.quiet import send_at
from models.rulings import OFFICE, agency_recipient, proposer_recipient
from models.vocabulary import ClockKind
from tasks.database import transaction
from tasks.loading import CASES, chunked
from tasks.notices import enqueue
from tasks.world import calendar, packs
from tasks.writing import HISTORY, KEYS

PROPOSERS: Final = schema.PROPOSERS
FEEDBACK: Final = schema.FEEDBACK
EXTENSIONS: Final = schema.EXTENSIONS
LISTED: Final = 50
"""Dates in one message; the rest is a number."""


_TOLD: Final = frozenset({ClockKind.FEEDBACK, ClockKind.REPLY, ClockKind.REDO})
"""Deadlines whose date a proposer may have been told."""


def prefix(batch: str) -> str:
    """How the keys of a batch's actions begin."""
    return f"rederive:{batch}:"


def tell(engine: Engine, reason: str, batch: str, *, at: datetime) -> int:
    """One message for each agency with a date that moved, one for the office with all of them, and one for each
    proposer who was told a date that moved: his own for feedback, or the reply's once more time was granted.

    Returns how many are new.
    """
    statement = (
        select(HISTORY.c.payload, CASES.c.id, CASES.c.number, CASES.c.title, CASES.c.pack)
        .join(KEYS, (KEYS.c.case_id == HISTORY.c.case_id) & (KEYS.c.seq == HISTORY.c.seq))
        .join(CASES, CASES.c.id == HISTORY.c.case_id)
        .where(KEYS.c.key.startswith(prefix(batch), autoescape=True))
        .order_by(HISTORY.c.case_id, HISTORY.c.seq)
    )
    with transaction(engine) as connection:
        found = _Lists()
        owed: list[tuple[Any, dict[str, Any]]] = []
        for row in connection.execute(statement):
            for one in row.payload["changes"]:
                if one["before_on"] != one["after_on"]:
                    for recipient in (*map(agency_recipient, one.get("agencies", ())), OFFICE):
                        found.add(recipient, row, one)
                    owed += [(row, one)] * (one["clock"] in _TOLD)
        for chunk in chunked(owed):
            _add_proposers(connection, chunk, found)
        return enqueue(connection, list(found.messages(reason, batch, at=at)))


@dataclass(slots=True)
class _Lists:
    """What each recipient is told: the case his message stands with, how many dates, the first of them."""

    first: dict[str, Any] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    lines: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))

    def add(self, recipient: str, row: Any, one: dict[str, Any], **own: Any) -> None:
        self.first.setdefault(recipient, row)
        self.counts[recipient] += 1
        if len(self.lines[recipient]) < LISTED:
            self.lines[recipient].append(_line(row, one) | own)

    def messages(self, reason: str, batch: str, *, at: datetime) -> Iterator[dict[str, Any]]:
        for recipient, row in self.first.items():
            yield {
                "key": f"{batch}:{recipient.removeprefix(agency_recipient(''))}",
                "case_id": row.id,
                "kind": MessageKind.DATES_MOVED,
                "recipient": recipient,
                "facts": {"reason": reason, "count": self.counts[recipient], "moves": self.lines[recipient]},
                "clock_no": None,
                "valid_until_seq": None,
                "created_at": at,
                "not_before_at": send_at(at, packs()[row.pack], calendar()),
                "status": NoticeStatus.WAITING,
                "attempts": 0,
            }


def _add_proposers(connection: Connection, owed: Sequence[tuple[Any, dict[str, Any]]], found: _Lists) -> None:
    """Own proposers and those of merged cases, under their own numbers; who has given his feedback waits for none."""
    ids = {row.id for row, _ in owed}
    main = func.coalesce(CASES.c.merged_into, CASES.c.id)
    statement = (
        select(main.label("main"), CASES.c.id, CASES.c.number, CASES.c.title, PROPOSERS.c.no)
        .join(PROPOSERS, PROPOSERS.c.case_id == CASES.c.id)
        .where(or_(CASES.c.id.in_(ids), CASES.c.merged_into.in_(ids)))
        .order_by(CASES.c.id, PROPOSERS.c.no)
    )
    people = defaultdict(list)
    for person in connection.execute(statement):
        people[person.main].append(person)
    unreleased = select(FEEDBACK.c.case_id, FEEDBACK.c.addressee).where(
        FEEDBACK.c.case_id.in_(ids), FEEDBACK.c.released_on.is_(None)
    )
    given = {tuple(row) for row in connection.execute(unreleased)}
    longer = select(EXTENSIONS.c.case_id, EXTENSIONS.c.clock_no).where(
        EXTENSIONS.c.case_id.in_(ids), EXTENSIONS.c.granted_on.is_not(None)
    )
    granted = {tuple(row) for row in connection.execute(longer)}
    for row, one in owed:
        own = one["clock"] == ClockKind.FEEDBACK
        if not own and (row.id, one["clock_no"]) not in granted:
            continue
        for person in people[row.id]:
            key = f"{person.id}.{person.no}"
            if not (own and (row.id, key) in given):
                found.add(proposer_recipient(key), row, one, number=person.number, title=person.title)


def _line(row: Any, one: dict[str, Any]) -> dict[str, Any]:
    return {
        "number": row.number,
        "title": row.title,
        "clock": one["clock"],
        "before_on": one["before_on"],
        "after_on": one["after_on"],
        "provisional": one["is_provisional"],
    }
