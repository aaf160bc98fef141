"""Delivery of notices (通知发送): claim, re-read, hand over, mark; safe to run many at once and to kill at any moment.

Nothing is lost: a claim ends by itself and its notices are taken up again. Nothing is repeated, except where the
channel cannot tell: a process that dies (or a connection that breaks) after the channel got the message and before
its answer was recorded leads to one more try, with the same Message-ID, so that a mail system may drop it; a second
such end goes to the coordinator's list. `NoticeRow.doubts` counts these ends, `Delivery.repeated` the tries after one.
What died before its channel got it has not been sent, and is sent without any doubt. Where a repeat takes the place of
the first (the local mailbox) there is no doubt, and many messages go at once (`tasks.notices_together`).
"""

from __future__ import annotations

import logging
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache, partial
from typing import Any, Final
from uuid import uuid4

from sqlalchemy import Connection, Engine, Select, select
from sqlalchemy.exc import SQLAlchemyError

from models import schema
from models.notice_vocabulary import MessageKind, NoticeStatus
from notifications.messages import NoticeFacts
from tasks import notices_store as store
from tasks.database import given, is_given, reading, transaction
from tasks.loading import chunked
from tasks.notice_duties import DUTIES, ask_office
from tasks.notices_handing import LEASE, AttachmentsFor, ChannelsFor, Delivery, Hand, Pairs, unspoken
from tasks.notices_marking import Mark, mark
from tasks.notices_outcomes import postponed
from tasks.notices_store import Notice, claim, enqueue, failed_rows, requeue
from tasks.notices_together import Rounds

__all__ = ["Delivery", "deliver", "enqueue", "failed", "in_messages", "retry_failed"]

ComposeFacts = Callable[[Connection, Sequence[Notice]], Sequence[NoticeFacts | None]]
"""The facts of each notice, in order; None where it no longer applies. Runs inside a transaction."""
Hours = Callable[[Connection, Sequence[Notice], datetime], Mapping[str, datetime]]
"""When those of some notices that may not go out at an instant may, by key."""

AT_ONCE: Final = 100
"""Notices in one claim; small, so that several deliverers share a morning's work. One recipient's stay together."""
SINGLE_UP_TO: Final = 3
"""More notices than this to one recipient become one message."""
ALWAYS_SINGLE: Final = frozenset(
    {MessageKind.REPLY, MessageKind.NOT_FILED, MessageKind.DATES_MOVED, MessageKind.CALENDAR_WANTED, *DUTIES}
)
"""What a proposer is owed as a message of its own, and what speaks of more than one case itself."""

_CASES: Final = schema.CASES
_log = logging.getLogger(__name__)


def deliver(
    engine: Engine,
    *,
    now: datetime,
    channels_for: ChannelsFor,
    compose_facts: ComposeFacts,
    worker: str,
    attachments_for: AttachmentsFor = lambda _facts: (),
    hours: Hours = lambda _connection, _notices, _at: {},
    limit: int = 500,
    progress: Callable[[int], None] | None = None,
) -> Delivery:
    """Send what is due, up to about `limit` notices; `progress` is told how many were dealt with so far.

    One recipient's notices are never parted by `limit`, so that they stay one message.
    """
    began = time.monotonic()
    token = f"{worker[:40]}#{uuid4().hex}"
    reader = _Reader(engine, compose_facts, hours, token, lambda: now + timedelta(seconds=time.monotonic() - began))
    hand = Hand(engine, channels_for, attachments_for, reader.look_again, token, reader.instant, reader.total)
    rounds = Rounds(hand, lambda: progress(reader.total.done) if progress else None)
    while reader.total.done < limit:
        at = reader.instant()
        with transaction(engine) as connection:
            size = min(AT_ONCE, limit - reader.total.done)
            reader.give_up(connection, at)
            notices = claim(connection, now=at, until=at + LEASE, token=token, limit=size)
        if not notices:
            break
        rounds.send(reader.prepare(notices, hand))
    return reader.total


def failed(engine: Engine) -> tuple[Notice, ...]:
    """What could not be delivered, for the coordinator."""
    with reading(engine) as connection:
        return failed_rows(connection)


def retry_failed(engine: Engine, keys: Sequence[str], now: datetime) -> int:
    """Put failed notices back in the queue; returns how many."""
    with transaction(engine) as connection:
        return requeue(connection, keys, now)


def in_messages(pairs: Iterable[tuple[Notice, NoticeFacts]]) -> list[Pairs]:
    """What goes out together: more than a few notices to one recipient become one message."""
    groups: dict[tuple[str | None, ...], Pairs] = defaultdict(list)
    for notice, facts in pairs:
        alone = notice.key if facts.kind in ALWAYS_SINGLE else None
        groups[notice.recipient, notice.channel, notice.together, alone].append((notice, facts))
    messages: list[Pairs] = []
    for group in groups.values():
        one = len(group) > SINGLE_UP_TO or group[0][0].message_id
        messages.extend([group] if one else ([pair] for pair in group))
    return messages


@dataclass(slots=True)
class _Reader:
    """Reads what one deliverer (`token`) has in hand: once for a claim, and again just before a message is worded."""

    engine: Engine
    compose_facts: ComposeFacts
    hours: Hours
    token: str
    instant: Callable[[], datetime]
    total: Delivery = field(default_factory=Delivery)
    versions: dict[int, int] = field(default_factory=dict)

    def give_up(self, connection: Connection, at: datetime) -> None:
        """What died in a deliverer's hands too often goes to a person."""
        dead = store.give_up(connection, at)
        ask_office(connection, MessageKind.UNDELIVERED, dead, at)
        self.total.failed += len(dead)

    def prepare(self, notices: Sequence[Notice], hand: Hand) -> list[Pairs]:
        """Read the facts of a claim in one go, expire what no longer applies, group the rest into messages."""
        self.versions = {}
        return in_messages(self._pairs(notices, hand))

    def _pairs(self, notices: Sequence[Notice], hand: Hand) -> Pairs:
        """Where one notice cannot be read, the others are read without it, and it goes to a person."""
        try:
            return self._read(notices)
        except SQLAlchemyError:
            raise
        except Exception as error:  # noqa: BLE001 - said; nothing may end in silence
            if len(notices) == 1:
                _log.exception("cannot read %s", notices[0].key)
                hand.record(notices, unspoken(notices, error))
                return []
        middle = len(notices) // 2
        return [*self._pairs(notices[:middle], hand), *self._pairs(notices[middle:], hand)]

    def _read(self, notices: Sequence[Notice]) -> Pairs:
        with transaction(self.engine) as connection:
            self.versions |= _versions(connection, notices)
            quiet = self.hours(connection, notices, self.instant())
            mark(
                connection,
                [m for n in notices if n.key in quiet for m in postponed([n], quiet[n.key])],
                token=self.token,
            )
            pairs = self._still_true(connection, [n for n in notices if n.key not in quiet])
        self.total.retried += len(quiet)
        return pairs

    def look_again(self, pairs: Pairs) -> Pairs:
        """The last look before the words are found: cases that moved since are read again."""
        with reading(self.engine) as connection:
            moved = _versions(connection, [notice for notice, _ in pairs])
        stale = {notice.key for notice, _ in pairs if moved.get(notice.case_id) != self.versions.get(notice.case_id)}
        if not stale:
            return pairs
        with transaction(self.engine) as connection:
            again = self._still_true(connection, [notice for notice, _ in pairs if notice.key in stale])
        return [pair for pair in pairs if pair[0].key not in stale] + again

    def _still_true(self, connection: Connection, notices: Sequence[Notice]) -> Pairs:
        if not notices:
            return []
        found = list(zip(notices, self.compose_facts(connection, notices), strict=True))
        over = [notice for notice, facts in found if facts is None]
        expired = partial(Mark, status=NoticeStatus.EXPIRED)
        mark(
            connection,
            [expired(key=n.key, attempts=n.attempts, error=n.error, doubts=n.doubts) for n in over],
            token=self.token,
        )
        self.total.expired += len(over)
        return [(notice, facts) for notice, facts in found if facts is not None]


def _versions(connection: Connection, notices: Sequence[Notice]) -> dict[int, int]:
    found: dict[int, int] = {}
    for chunk in chunked(sorted({notice.case_id for notice in notices})):
        rows = connection.execute(_versions_by(connection.dialect.name), given(connection, chunk))
        found |= {row.id: row.history_length for row in rows}
    return found


@cache
def _versions_by(dialect: str) -> Select[Any]:
    """Statements are made once: putting one together costs as much as running it."""
    return select(_CASES.c.id, _CASES.c.history_length).where(is_given(_CASES.c.id, dialect))
