"""What follows from a channel's answer (发送结果): sent, later again, another channel, or a task for the coordinator."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from models.notice_vocabulary import NoticeStatus
from notifications.sending import Refused, Sent
from tasks.notices_marking import Mark
from tasks.notices_store import TWICE, Notice

WAITS: Final = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=2))
"""Between the tries on one channel; after the last one the next channel has its turn."""


@dataclass(frozen=True, slots=True)
class Try:
    """One refusal by one channel, with the tries made on it before."""

    channel: str
    answer: Refused
    before: int

    @property
    def is_over(self) -> bool:
        """Whether this channel has had its chances and the next one may follow at once."""
        if self.answer.uncertain:
            return False
        return not self.answer.temporary or self.before >= len(WAITS)

    def __str__(self) -> str:
        return f"{self.channel}：{self.answer.reason}"


def after_success(notices: Sequence[Notice], channel: str, answer: Sent, *, at: datetime) -> list[Mark]:
    """Sent, with who of several addresses refused."""
    return [
        Mark(
            n.key,
            NoticeStatus.SENT,
            n.attempts + 1,
            channel=channel,
            sent_at=at,
            error=answer.note or None,
            doubts=n.doubts,
        )
        for n in notices
    ]


def after_refusal(notices: Sequence[Notice], tries: Sequence[Try], *, at: datetime) -> list[Mark]:
    """Later again on the channel of the last try; a second uncertain end goes to a person."""
    last = tries[-1]
    wait = WAITS[min(last.before, len(WAITS) - 1)]
    if last.answer.retry_after is not None:
        wait = timedelta(seconds=last.answer.retry_after)
    said = "；".join(map(str, tries))
    marks: list[Mark] = []
    for n in notices:
        if last.answer.uncertain and n.doubtful:
            marks.append(
                Mark(
                    n.key,
                    NoticeStatus.FAILED,
                    n.attempts + 1,
                    channel=last.channel,
                    error=f"{TWICE}（{said}）",
                    doubts=n.doubts + 1,
                )
            )
            continue
        marks.append(
            Mark(
                n.key,
                NoticeStatus.WAITING,
                last.before + 1,
                not_before_at=at + wait,
                channel=last.channel,
                error=said,
                doubts=n.doubts + last.answer.uncertain,
            )
        )
    return marks


def given_up(notices: Sequence[Notice], why: str) -> list[Mark]:
    """No channel is left."""
    return [
        Mark(n.key, NoticeStatus.FAILED, n.attempts + 1, channel=n.channel, error=why, doubts=n.doubts) for n in notices
    ]


def postponed(notices: Sequence[Notice], until: datetime) -> list[Mark]:
    """Not tried now; again at `until`, on the same channel."""
    return [
        Mark(
            n.key, NoticeStatus.WAITING, n.attempts,
            not_before_at=until, channel=n.channel, error=n.error, doubts=n.doubts,
        )
        for n in notices
    ]  # fmt: skip
