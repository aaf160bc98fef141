"""What a deliverer writes about notices in hand (登记): that a channel gets them, and what became of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Boolean, Connection, and_, bindparam, case, func, select, update

from models.notice_vocabulary import NoticeStatus
from tasks.notices_store import NOTICES

_C = NOTICES.c


@dataclass(frozen=True, slots=True)
class Mark:
    """What became of one notice."""

    key: str
    status: NoticeStatus
    attempts: int
    not_before_at: datetime | None = None
    channel: str | None = None
    sent_at: datetime | None = None
    error: str | None = None
    doubts: int = 0
    """Tries after which it may have arrived, this one included."""


_STILL_OURS: Final = and_(_C.claimed_by == bindparam("token"), _C.status == NoticeStatus.SENDING)
# Statements are made once: putting one together costs as much as running it.
_HAND_OVER: Final = (
    update(NOTICES)
    .where(_C.key.in_(bindparam("keys", expanding=True)), _STILL_OURS)
    .values(
        attempts=_C.attempts + 1,
        claimed_until=bindparam("until", type_=_C.claimed_until.type),
        handed_over_at=bindparam("at", type_=_C.handed_over_at.type),
    )
    .returning(_C.key)
)
_OURS: Final = select(_C.key).where(_C.key.in_(bindparam("keys", expanding=True)), _STILL_OURS).with_for_update()
_PUT: Final = (
    update(NOTICES)
    .where(_C.key == bindparam("of_key"))
    .values(
        attempts=_C.attempts + 1,
        claimed_until=bindparam("until", type_=_C.claimed_until.type),
        message_id=bindparam("in_message"),
    )
)
_MARK: Final = (
    update(NOTICES)
    .where(_C.key == bindparam("of_key"), _C.claimed_by == bindparam("token"))
    .values(
        status=bindparam("to_status"),
        attempts=bindparam("to_attempts"),
        not_before_at=func.coalesce(bindparam("to_not_before_at", type_=_C.not_before_at.type), _C.not_before_at),
        channel=bindparam("to_channel"),
        sent_at=bindparam("to_sent_at"),
        error=bindparam("to_error"),
        doubts=bindparam("to_doubts"),
        handed_over_at=None,
        message_id=case((bindparam("waits", type_=Boolean), _C.message_id), else_=None),
        claimed_until=None,
    )
)


def hand_over(connection: Connection, keys: Iterable[str], *, token: str, at: datetime, until: datetime) -> set[str]:
    """Say that the channel gets these now; returns those still ours."""
    return set(connection.scalars(_HAND_OVER, {"keys": list(keys), "token": token, "at": at, "until": until}))


def put(connection: Connection, message_of: Mapping[str, str], *, token: str, until: datetime) -> set[str]:
    """Say in which message each of these is put into a channel where a repeat is harmless; returns those still ours."""
    ours = set(connection.scalars(_OURS, {"keys": list(message_of), "token": token}))
    if ours:
        rows = [{"of_key": key, "in_message": message_of[key], "until": until} for key in ours]
        connection.execute(_PUT, rows)
    return ours


def mark(connection: Connection, marks: Sequence[Mark], *, token: str) -> None:
    """Record what became of notices in hand; rows taken over by somebody else meanwhile are left to him."""
    if not marks:
        return
    rows = [
        {
            "of_key": one.key,
            "token": token,
            "waits": one.status is NoticeStatus.WAITING,
            "to_status": one.status,
            "to_attempts": one.attempts,
            "to_not_before_at": one.not_before_at,
            "to_channel": one.channel,
            "to_sent_at": one.sent_at,
            "to_error": one.error,
            "to_doubts": one.doubts,
        }
        for one in marks
    ]
    connection.execute(_MARK, rows)
