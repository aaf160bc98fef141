"""What every channel is (渠道), what it answers, and how long texts are cut for those that count bytes."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from notifications.messages import Message

_MARK = len("(999/999)\n")
_JOINER = "\u200d"


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that goes with a message (附件)."""

    name: str
    content: bytes
    media_type: str = "application/octet-stream"


@dataclass(frozen=True, slots=True)
class Bounce:
    """A mail refused for good (退信), with the server's number and words."""

    address: str
    code: int
    said: str
    dead: bool = True
    """Whether the address itself is at fault, not what was sent to it: its size, its content, the sender's standing."""


@dataclass(frozen=True, slots=True)
class Sent:
    """The channel took it. `note` says who of several addresses was refused."""

    note: str = ""
    bounces: tuple[Bounce, ...] = ()


@dataclass(frozen=True, slots=True)
class Refused:
    """The channel did not take it, or did not say so.

    `temporary`: trying again may help, after `retry_after` seconds where the channel named them. `uncertain`: the
    message was handed over whole and no answer came, so it may have arrived all the same.
    """

    temporary: bool
    reason: str
    retry_after: float | None = None
    uncertain: bool = False
    bounces: tuple[Bounce, ...] = ()


HandOver = Callable[[], None]
"""Called by a channel once, right before the step that cannot be taken back; what it raises ends the sending."""


def unseen() -> None:
    """Nobody wants to know."""


class Channel(Protocol):
    """A way to reach somebody. `address` means what the channel says it means; some need none."""

    @property
    def name(self) -> str:
        """What people call it."""

    def send(
        self, address: str, message: Message, attachments: Sequence[Attachment] = (), *, hand_over: HandOver = unseen
    ) -> Sent | Refused:
        """Hand over one message; never raises for what the other side does."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message with where it goes and what goes with it."""

    address: str
    message: Message
    attachments: tuple[Attachment, ...] = ()


@runtime_checkable
class ReplacingChannel(Channel, Protocol):
    """A channel in which a message of the same `Message.id` takes the place of the first, so that a repeat is harmless.

    Nobody need know which of many messages it had when a process died: they are all put there again.
    """

    def send_all(self, outgoing: Sequence[Outgoing]) -> Sequence[Sent | Refused]:
        """Put these there, and answer for each in order; what is answered with `Sent` survives a loss of power."""


@dataclass
class RecordingChannel:
    """Keeps what it was given; answers what it was told to answer, then `Sent`."""

    name: str = "记录"
    answers: list[Sent | Refused] = field(default_factory=list)
    taken: list[tuple[str, Message, tuple[Attachment, ...]]] = field(default_factory=list)

    def send(
        self, address: str, message: Message, attachments: Sequence[Attachment] = (), *, hand_over: HandOver = unseen
    ) -> Sent | Refused:
        """Keep it, or refuse as told."""
        hand_over()
        answer = self.answers.pop(0) if self.answers else Sent()
        if isinstance(answer, Sent):
            self.taken.append((address, message, tuple(attachments)))
        return answer


def encoded_bytes(text: str) -> int:
    """Bytes of a text inside a JSON body in UTF-8; never fewer than the text's own bytes."""
    return len(json.dumps(text, ensure_ascii=False).encode()) - 2


def split(text: str, limit: int) -> tuple[str, ...]:
    """Cut a text into numbered parts of at most `limit` bytes, at line ends where possible, never in a character.

    One part is returned as it is, without a number.
    """
    if encoded_bytes(text) <= limit:
        return (text,)
    parts: list[str] = []
    for line in (piece for whole in text.splitlines(keepends=True) for piece in _pieces(whole, limit - _MARK)):
        if parts and encoded_bytes(parts[-1] + line) <= limit - _MARK:
            parts[-1] += line
        else:
            parts.append(line)
    return tuple(f"({number}/{len(parts)})\n{part}" for number, part in enumerate(parts, start=1))


def _pieces(line: str, limit: int) -> list[str]:
    pieces, size = [""], 0
    for cluster in _clusters(line, limit):
        more = encoded_bytes(cluster)
        if pieces[-1] and size + more > limit:
            pieces.append("")
            size = 0
        pieces[-1] += cluster
        size += more
    return pieces


def _clusters(line: str, limit: int) -> list[str]:
    """Characters as readers see them: marks and joined signs stay with what they belong to, as far as that fits."""
    clusters: list[str] = []
    for char in line:
        joins = unicodedata.category(char) in {"Mn", "Mc", "Me"} or char == _JOINER
        joins = joins or bool(clusters and clusters[-1].endswith(_JOINER))
        if clusters and joins and encoded_bytes(clusters[-1] + char) <= limit:
            clusters[-1] += char
        else:
            clusters.append(char)
    return clusters
