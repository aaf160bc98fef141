"""Delivery of notices (通知发送): claim, re-read, hand over, mark; safe to run many at once and to kill at any moment.

Nothing is lost: a claim ends by itself and its notices are taken up again. Nothing is repeated, except where the
channel cannot tell: a process that dies (or a connection that breaks) after the channel got the message and before
its answer was recorded leads to one more try, with the same Message-ID, so that a mail system may drop it; a second
such end goes to the coordinator's list. `NoticeRow.doubts` counts these ends, `Delivery.repeated` the tries after one.
What died before its channel got it has not been sent, and is sent without any doubt.
"""

from __future__ import annotations

import hashlib
import logging
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Final
from uuid import uuid4

from jinja2 import TemplateError
from sqlalchemy import Connection, Engine, select

from models.errors import BanliError, InputError
from models.tables import CaseRow, core
from models.vocabulary import MessageKind, NoticeStatus
from notifications.messages import Message, NoticeFacts, compose, compose_digest
from notifications.sending import Attachment, Bounce, Channel, Sent
from tasks import notices_store as store
from tasks.bounces import note_bounces
from tasks.database import IN_CHUNK, reading, transaction
from tasks.notice_duties import DUTIES, ask_office
from tasks.notices_outcomes import Try, after_refusal, after_success, given_up, postponed
from tasks.notices_store import Mark, Notice, claim, enqueue, failed_rows, hand_over, mark, requeue

__all__ = ["Delivery", "deliver", "enqueue", "failed", "retry_failed"]

ComposeFacts = Callable[[Connection, Sequence[Notice]], Sequence[NoticeFacts | None]]
"""The facts of each notice, in order; None where it no longer applies. Runs inside a transaction."""
Pairs = list[tuple[Notice, NoticeFacts]]
ChannelsFor = Callable[[str], Sequence[tuple[Channel, str]]]
"""The channels of a recipient with the address each is to use, the first one first."""
AttachmentsFor = Callable[[NoticeFacts], Sequence[Attachment]]
Hours = Callable[[Connection, Sequence[Notice], datetime], Mapping[str, datetime]]
"""When those of some notices that may not go out at an instant may, by key."""

AT_ONCE: Final = 100
"""Notices in one claim; small, so that several deliverers share a morning's work."""
SINGLE_UP_TO: Final = 3
"""More notices than this to one recipient become one message."""
LEASE: Final = timedelta(minutes=10)
"""How long a claim holds; far longer than any channel may take for one message."""
ALWAYS_SINGLE: Final = frozenset(
    {MessageKind.REPLY, MessageKind.NOT_FILED, MessageKind.DATES_MOVED, MessageKind.CALENDAR_WANTED, *DUTIES}
)
"""What a proposer is owed as a message of its own, and what speaks of more than one case itself."""

_COMPOSING: Final = (TemplateError, ValueError, TypeError, LookupError, OSError, BanliError)
_CASES: Final = core(CaseRow)
_log = logging.getLogger(__name__)


@dataclass(slots=True)
class Delivery:
    """What one run did, counted in notices; `messages` counts what went out."""

    sent: int = 0
    failed: int = 0
    expired: int = 0
    retried: int = 0
    repeated: int = 0
    """Sent although an earlier try, whose outcome nobody knows, may have arrived."""
    messages: int = 0
    by_channel: Counter[str] = field(default_factory=Counter)

    @property
    def done(self) -> int:
        """Notices dealt with."""
        return self.sent + self.failed + self.expired + self.retried


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
    """Send what is due, up to about `limit` notices; `progress` is told how many were dealt with so far."""
    began = time.monotonic()
    run = _Run(
        engine=engine,
        channels_for=channels_for,
        compose_facts=compose_facts,
        attachments_for=attachments_for,
        hours=hours,
        token=f"{worker[:40]}#{uuid4().hex}",
        instant=lambda: now + timedelta(seconds=time.monotonic() - began),
    )
    while run.total.done < limit:
        at = run.instant()
        with transaction(engine) as connection:
            size = min(AT_ONCE, limit - run.total.done)
            run.give_up(connection, at)
            notices = claim(connection, now=at, until=at + LEASE, token=run.token, limit=size)
        if not notices:
            break
        for group in run.prepare(notices):
            run.send(group)
            if progress:
                progress(run.total.done)
    return run.total


class Overtaken(Exception):  # noqa: N818 - it is news, not an error
    """Somebody else has these notices in hand by now."""


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
        together = notice.claimed_by if notice.doubtful else None
        alone = notice.key if facts.kind in ALWAYS_SINGLE else None
        groups[notice.recipient, notice.channel, together, alone].append((notice, facts))
    messages: list[Pairs] = []
    for group in groups.values():
        messages.extend([group] if len(group) > SINGLE_UP_TO else ([pair] for pair in group))
    return messages


@dataclass(slots=True)
class _Run:
    """One run of `deliver`."""

    engine: Engine
    channels_for: ChannelsFor
    compose_facts: ComposeFacts
    attachments_for: AttachmentsFor
    hours: Hours
    token: str
    instant: Callable[[], datetime]
    total: Delivery = field(default_factory=Delivery)
    versions: dict[int, int] = field(default_factory=dict)
    resting: dict[str, datetime] = field(default_factory=dict)
    """Channels that said when to come back."""

    def give_up(self, connection: Connection, at: datetime) -> None:
        """What died in a deliverer's hands too often goes to a person."""
        dead = store.give_up(connection, at)
        ask_office(connection, MessageKind.UNDELIVERED, dead, at)
        self.total.failed += len(dead)

    def prepare(self, notices: Sequence[Notice]) -> list[Pairs]:
        """Read the facts of a claim in one go, expire what no longer applies, group the rest into messages."""
        with transaction(self.engine) as connection:
            self.versions = _versions(connection, notices)
            quiet = self.hours(connection, notices, self.instant())
            mark(
                connection,
                [m for n in notices if n.key in quiet for m in postponed([n], quiet[n.key])],
                token=self.token,
            )
            self.total.retried += len(quiet)
            pairs = self._still_true(connection, [n for n in notices if n.key not in quiet])
        return in_messages(pairs)

    def send(self, pairs: Pairs) -> None:
        """Hand over one message, try the fall-backs at once where the refusal is final, record what became of it."""
        notices = [notice for notice, _ in pairs]
        try:
            route = self.channels_for(notices[0].recipient)
        except InputError as error:
            return self._record(notices, given_up(notices, f"找不到通知方式（{error}）"))
        names = [channel.name for channel, _ in route]
        first = names.index(notices[0].channel) if notices[0].channel in names else 0
        if route and (until := self.resting.get(_address(route[first]))) and until > self.instant():
            return self._record(notices, postponed(notices, until))
        pairs = self._look_again(pairs)
        if pairs:
            with suppress(Overtaken):  # whoever has them sends them
                self._try(pairs, route[first:])
        return None

    def _try(self, pairs: Pairs, route: Sequence[tuple[Channel, str]]) -> None:
        notices = [notice for notice, _ in pairs]
        try:
            message = _message([facts for _, facts in pairs], [notice.key for notice in notices])
            attachments = [file for _, facts in pairs for file in self.attachments_for(facts)]
        except _COMPOSING as error:  # one notice that cannot be put into words must not hold up the others
            _log.exception("cannot compose %s", [notice.key for notice in notices])
            return self._record(notices, given_up(notices, f"通知内容没有生成（{type(error).__name__}：{error}）"))
        tries: list[Try] = []
        bounces: tuple[Bounce, ...] = ()
        for position, (channel, address) in enumerate(route):
            answer = channel.send(address, message, attachments, hand_over=partial(self._hand_over, notices))
            if isinstance(answer, Sent):
                self.total.messages += 1
                marks = after_success(notices, channel.name, answer, at=self.instant())
                return self._record(notices, marks, (*bounces, *answer.bounces))
            bounces += answer.bounces
            tries.append(Try(channel.name, answer, before=0 if position else notices[0].attempts))
            if answer.retry_after:
                self.resting[_address((channel, address))] = self.instant() + timedelta(seconds=answer.retry_after)
            if not tries[-1].is_over:
                return self._record(notices, after_refusal(notices, tries, at=self.instant()), bounces)
        return self._record(notices, given_up(notices, "；".join(map(str, tries)) or "没有可用的通知方式"), bounces)

    def _look_again(self, pairs: Pairs) -> Pairs:
        """The last look before the words are found: cases that moved since are read again."""
        with reading(self.engine) as connection:
            moved = _versions(connection, [notice for notice, _ in pairs])
        stale = [notice for notice, _ in pairs if moved.get(notice.case_id) != self.versions.get(notice.case_id)]
        if not stale:
            return pairs
        with transaction(self.engine) as connection:
            return [pair for pair in pairs if pair[0] not in stale] + self._still_true(connection, stale)

    def _hand_over(self, notices: Sequence[Notice]) -> None:
        """Note that the channel gets these now. Raises: Overtaken"""
        keys = {notice.key for notice in notices}
        at = self.instant()
        with transaction(self.engine) as connection:
            if hand_over(connection, keys, token=self.token, at=at, until=at + LEASE) != keys:
                raise Overtaken

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

    def _record(self, notices: Sequence[Notice], marks: Sequence[Mark], bounces: Sequence[Bounce] = ()) -> None:
        """Record what became of notices, and what of that is left to the coordinator."""
        at = self.instant()
        dead = {one.key for one in marks if one.status is NoticeStatus.FAILED}
        with transaction(self.engine) as connection:
            mark(connection, marks, token=self.token)
            ask_office(connection, MessageKind.UNDELIVERED, [n for n in notices if n.key in dead], at)
            if bounces:
                note_bounces(connection, bounces, notices[0], at)
                ask_office(connection, MessageKind.BOUNCED, notices[:1], at)
        for one in marks:
            match one.status:
                case NoticeStatus.SENT:
                    self.total.sent += 1
                    self.total.by_channel[one.channel or ""] += 1
                    self.total.repeated += one.doubts > 0
                case NoticeStatus.FAILED:
                    self.total.failed += 1
                case _:
                    self.total.retried += 1


def _message(facts: Sequence[NoticeFacts], keys: Iterable[str]) -> Message:
    message = compose(facts[0]) if len(facts) == 1 else compose_digest(facts)
    name = hashlib.sha256("\n".join(sorted(keys)).encode()).hexdigest()[:32]
    return replace(message, id=name, to_name=facts[0].recipient_name)


def _versions(connection: Connection, notices: Sequence[Notice]) -> dict[int, int]:
    ids = sorted({notice.case_id for notice in notices})
    found: dict[int, int] = {}
    for begin in range(0, len(ids), IN_CHUNK):
        chunk = ids[begin : begin + IN_CHUNK]
        rows = connection.execute(select(_CASES.c.id, _CASES.c.history_length).where(_CASES.c.id.in_(chunk)))
        found |= {row.id: row.history_length for row in rows}
    return found


def _address(pair: tuple[Channel, str]) -> str:
    return f"{id(pair[0])}:{pair[1]}"
