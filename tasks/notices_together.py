"""Many messages at once (成批递交), where the channel allows it: one note, one sync and one mark for a hundred.

In a channel in which a repeat takes the place of the first (`notifications.sending.ReplacingChannel`) nothing is lost
or doubled by a process that dies: the messages in hand are put there again. What was in hand then goes alone, so that a
message that kills its deliverer takes no others with it. Everywhere else a message is handed over by itself.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy.exc import SQLAlchemyError

from notifications.sending import Outgoing, Refused, ReplacingChannel, Sent
from tasks.notices_handing import Hand, Pairs, Route, Worded
from tasks.notices_outcomes import after_success

AT_ONCE: Final = 100
"""Messages put there at once; a file is open for each."""
_log = logging.getLogger(__name__)


@dataclass(slots=True)
class Rounds:
    """Sends the messages of a claim, in order for each recipient; `told` is called after each round."""

    hand: Hand
    told: Callable[[], None]
    held: list[tuple[Pairs, Route]] = field(default_factory=list)

    def send(self, messages: Sequence[Pairs]) -> None:
        """Alone or with others, as their channels allow."""
        for pairs in messages:
            route = self.hand.route_of(pairs)
            if route is None:
                self.told()
            elif self._may_wait(pairs, route):
                self.held.append((pairs, route))
            else:
                if any(other[0][0].recipient == pairs[0][0].recipient for other, _ in self.held):
                    self._send_held()
                self.hand.send(pairs, route)
                self.told()
        self._send_held()

    def _may_wait(self, pairs: Pairs, route: Route) -> bool:
        """Whether it may go with others; those that are held go first where it may not go with them."""
        if not route or not isinstance(route[0][0], ReplacingChannel) or any(n.interruptions for n, _ in pairs):
            return False
        if self.held and (len(self.held) >= AT_ONCE or self.held[0][1][0][0] is not route[0][0]):
            self._send_held()
        return True

    def _send_held(self) -> None:
        held, self.held = self.held, []
        if not held:
            return
        channel = held[0][1][0][0]
        ready = self.hand.put([one for pairs, route in self._still(held) if (one := self.hand.worded(pairs, route))])
        try:
            answers: Sequence[Sent | Refused | None] = self._put_there(channel, ready)
        except SQLAlchemyError:
            raise
        except Exception:  # noqa: BLE001 - one is at fault: alone, it is found, and the others arrive
            _log.exception("%s broke down over %d messages", channel.name, len(ready))
            answers = [None] * len(ready)
        pairs = list(zip(ready, answers, strict=True))
        self._record([(one, answer) for one, answer in pairs if isinstance(answer, Sent)], channel.name)
        for one, answer in pairs:
            if not isinstance(answer, Sent):
                self.hand.try_ways(one, answer)
        self.told()

    def _still(self, held: Sequence[tuple[Pairs, Route]]) -> list[tuple[Pairs, Route]]:
        """What of it still applies, looked at once."""
        fresh = {
            notice.key: facts for notice, facts in self.hand.look_again([one for pairs, _ in held for one in pairs])
        }
        kept = [([(one, fresh[one.key]) for one, _ in pairs if one.key in fresh], route) for pairs, route in held]
        return [(pairs, route) for pairs, route in kept if pairs]

    def _put_there(self, channel: object, ready: Sequence[Worded]) -> Sequence[Sent | Refused]:
        if not ready or not isinstance(channel, ReplacingChannel):
            return []
        return channel.send_all([Outgoing(one.route[0][1], one.message, one.attachments) for one in ready])

    def _record(self, sent: Sequence[tuple[Worded, Sent]], name: str) -> None:
        at = self.hand.instant()
        marks = [mark for one, answer in sent for mark in after_success(one.notices, name, answer, at=at)]
        if marks:
            self.hand.total.messages += len(sent)
            self.hand.record([notice for one, _ in sent for notice in one.notices], marks)
