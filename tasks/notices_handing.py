"""One message on its way (递交): words, channel, fall-backs, and what became of it.

A channel never raises for what the other side does. What it raises all the same is a fault of ours or of a library: it
is logged, counts as no answer (uncertain once the message was handed over), and is tried again like one, so that one
message that cannot be handled neither stops the others nor disappears.
"""

from __future__ import annotations

import hashlib
import logging
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from models.notice_vocabulary import MessageKind, NoticeStatus
from notifications.messages import Message, NoticeFacts, compose, compose_digest
from notifications.sending import Attachment, Bounce, Channel, Refused, ReplacingChannel, Sent
from tasks.bounces import note_bounces
from tasks.database import transaction
from tasks.notice_duties import ask_office
from tasks.notices_marking import Mark, hand_over, mark, put
from tasks.notices_outcomes import Try, after_refusal, after_success, given_up, postponed
from tasks.notices_store import Notice

Pairs = list[tuple[Notice, NoticeFacts]]
Route = Sequence[tuple[Channel, str]]
ChannelsFor = Callable[[str], Route]
"""The channels of a recipient with the address each is to use, the first one first."""
AttachmentsFor = Callable[[NoticeFacts], Sequence[Attachment]]

LEASE: Final = timedelta(minutes=10)
"""How long a claim holds; far longer than any channel may take for one message."""
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


class Overtaken(Exception):  # noqa: N818 - it is news, not an error
    """Somebody else has these notices in hand by now."""


@dataclass(frozen=True, slots=True)
class Worded:
    """Notices as one message, with its files and the ways it may take."""

    notices: Sequence[Notice]
    route: Route
    message: Message
    attachments: tuple[Attachment, ...]


@dataclass(slots=True)
class Hand:
    """Hands messages over, one at a time, for one deliverer (`token`)."""

    engine: Engine
    channels_for: ChannelsFor
    attachments_for: AttachmentsFor
    look_again: Callable[[Pairs], Pairs]
    """The last look before the words are found: what still applies."""
    token: str
    instant: Callable[[], datetime]
    total: Delivery = field(default_factory=Delivery)
    resting: dict[str, datetime] = field(default_factory=dict)
    """Channels that said when to come back."""

    def route_of(self, pairs: Pairs) -> Route | None:
        """The ways from the one on that is to be tried; None where it is not to be tried now, which is recorded."""
        notices = [notice for notice, _ in pairs]
        try:
            route = self.channels_for(notices[0].recipient)
        except SQLAlchemyError:
            raise
        except Exception as error:  # noqa: BLE001 - said, and left to a person; the others go on
            _log.exception("no way to %s", notices[0].recipient)
            self.record(notices, given_up(notices, f"找不到通知方式（{error}）"))
            return None
        names = [channel.name for channel, _ in route]
        first = names.index(notices[0].channel) if notices[0].channel in names else 0
        if route and (until := self.resting.get(_address(route[first]))) and until > self.instant():
            self.record(notices, postponed(notices, until))
            return None
        return route[first:]

    def send(self, pairs: Pairs, route: Route) -> None:
        """Hand over one message, try the fall-backs at once where the refusal is final, record what became of it."""
        pairs = self.look_again(pairs)
        if pairs and (worded := self.worded(pairs, route)):
            self.try_ways(worded)

    def worded(self, pairs: Pairs, route: Route) -> Worded | None:
        """Put into words; None where that cannot be done, which is recorded."""
        notices = [notice for notice, _ in pairs]
        try:
            message = _message([facts for _, facts in pairs], notices)
            attachments = tuple(file for _, facts in pairs for file in self.attachments_for(facts))
        except SQLAlchemyError:
            raise
        except Exception as error:  # noqa: BLE001 - one notice that cannot be put into words must not hold up the others
            _log.exception("cannot compose %s", [notice.key for notice in notices])
            self.record(notices, unspoken(notices, error))
            return None
        return Worded(notices, route, message, attachments)

    def try_ways(self, one: Worded, answered: Refused | None = None) -> None:
        """Try its ways in turn and record the outcome; `answered` is the first one's answer where it has been asked."""
        with suppress(Overtaken):  # whoever has them sends them
            self._try_ways(one, answered)

    def _try_ways(self, one: Worded, answered: Refused | None) -> None:
        notices, tries = one.notices, list[Try]()
        bounces: tuple[Bounce, ...] = ()
        for position, (channel, address) in enumerate(one.route):
            answer = answered if answered and not position else self._answer(channel, address, one)
            if isinstance(answer, Sent):
                self.total.messages += 1
                marks = after_success(notices, channel.name, answer, at=self.instant())
                return self.record(notices, marks, (*bounces, *answer.bounces))
            bounces += answer.bounces
            tries.append(Try(channel.name, answer, before=0 if position else notices[0].attempts))
            if answer.retry_after:
                self.resting[_address((channel, address))] = self.instant() + timedelta(seconds=answer.retry_after)
            if not tries[-1].is_over:
                return self.record(notices, after_refusal(notices, tries, at=self.instant()), bounces)
        return self.record(notices, given_up(notices, "；".join(map(str, tries)) or "没有可用的通知方式"), bounces)

    def _answer(self, channel: Channel, address: str, one: Worded) -> Sent | Refused:
        """The channel's answer, or what stands for it. Raises: Overtaken; SQLAlchemyError"""
        doubtful = False

        def about_to() -> None:
            nonlocal doubtful
            if isinstance(channel, ReplacingChannel):
                if not self.put([one]):
                    raise Overtaken
            else:
                self._hand_over(one.notices)
                doubtful = True

        try:
            return channel.send(address, one.message, one.attachments, hand_over=about_to)
        except (Overtaken, SQLAlchemyError):
            raise
        except Exception as error:  # noqa: BLE001 - said, and tried again: nothing may end in silence
            _log.exception("%s broke down over %s", channel.name, [notice.key for notice in one.notices])
            return Refused(temporary=True, reason=f"发送程序出错（{type(error).__name__}）", uncertain=doubtful)

    def _hand_over(self, notices: Sequence[Notice]) -> None:
        """Note that the channel gets these now. Raises: Overtaken"""
        keys = {notice.key for notice in notices}
        at = self.instant()
        with transaction(self.engine) as connection:
            if hand_over(connection, keys, token=self.token, at=at, until=at + LEASE) != keys:
                raise Overtaken

    def put(self, messages: Sequence[Worded]) -> list[Worded]:
        """Note that a channel in which a repeat is harmless gets these now; returns those still ours."""
        message_of = {notice.key: one.message.id for one in messages for notice in one.notices}
        with transaction(self.engine) as connection:
            ours = put(connection, message_of, token=self.token, until=self.instant() + LEASE)
        return [one for one in messages if all(notice.key in ours for notice in one.notices)]

    def record(self, notices: Sequence[Notice], marks: Sequence[Mark], bounces: Sequence[Bounce] = ()) -> None:
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


def unspoken(notices: Sequence[Notice], error: Exception) -> list[Mark]:
    """What could not be put into words goes to a person."""
    return given_up(notices, f"通知内容没有生成（{type(error).__name__}：{error}）")


def _message(facts: Sequence[NoticeFacts], notices: Sequence[Notice]) -> Message:
    message = compose(facts[0]) if len(facts) == 1 else compose_digest(facts)
    keys = "\n".join(sorted(notice.key for notice in notices))
    name = notices[0].message_id or hashlib.sha256(keys.encode()).hexdigest()[:32]
    return replace(message, id=name, to_name=facts[0].recipient_name)


def _address(pair: tuple[Channel, str]) -> str:
    return f"{id(pair[0])}:{pair[1]}"
