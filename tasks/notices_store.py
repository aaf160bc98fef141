"""The notices table (通知): what waits, who has it in hand, what became of it. Every statement works on a set.

A notice is 待发, claimed (发送中, until `claimed_until`), then 已发, 发送失败 or 已失效. Between the channel's OK and our
mark lies the one moment we cannot see into. So right before the channel gets a message its rows say so
(`handed_over_at`). Rows found so after a crash may have arrived: they are sent once more and `doubts` counts it; found
so a second time they go to a person. Rows found claimed but not handed over have certainly not been sent: they are sent
as if nothing had been, `MOST_INTERRUPTIONS` times. So are those put into a channel in which a repeat takes the place of
the first; their rows say in which message (`message_id`), so that it is the same one again, whatever has come in
meanwhile. `attempts` counts the tries on the present channel.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, and_, case, func, or_, select, update

from models import schema
from models.notice_vocabulary import MessageKind, NoticeStatus
from tasks.database import insert_into

NOTICES: Final = schema.NOTICES
DOUBT: Final = "此前一次发送结果不明，可能重复。"
TWICE: Final = "两次发送都没有得到结果，可能已经送达，请核实后再决定是否重发"
BROKEN_OFF: Final = "每次处理都中途中断，没有发出；请查看运行日志后重发"
MOST_INTERRUPTIONS: Final = 12
"""A notice that kills its deliverer must not hold up the others for ever."""
TELEPHONE: Final = "电话"
"""The way of a notice that somebody told by word of mouth."""
WHOLE: Final = 2000
"""Notices of one recipient that are read, and told, at once: what bounds the memory of a deliverer."""
_CLAIMING: Final = 0x62616E6C69
"""The key of PostgreSQL's lock on claiming; `banli` in ASCII."""

_C = NOTICES.c
_DEFAULTS: Final = {"clock_no": None, "valid_until_seq": None, "status": NoticeStatus.WAITING, "attempts": 0}


@dataclass(frozen=True, slots=True)
class Notice:
    """One row in hand."""

    key: str
    case_id: int
    kind: MessageKind
    recipient: str
    facts: Mapping[str, Any]
    clock_no: int | None
    valid_until_seq: int | None
    created_at: datetime
    attempts: int
    channel: str | None
    error: str | None
    claimed_by: str | None
    """Who had it before; those handed over together then are handed over together again."""
    doubts: int = 0
    interruptions: int = 0
    message_id: str | None = None
    """The message it was in when its deliverer died; it goes out in the same one again."""

    @property
    def doubtful(self) -> bool:
        """Whether it may have arrived before."""
        return self.doubts > 0

    @property
    def together(self) -> str | None:
        """What it shares with those it must go out with again."""
        return self.message_id or (self.claimed_by if self.doubtful else None)


_COLUMNS: Final = tuple(_C[name] for name in Notice.__dataclass_fields__)


def enqueue(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> int:
    """Add notices that are not there yet, by key; returns how many were new."""
    if not rows:
        return 0
    statement = insert_into(connection, NOTICES).on_conflict_do_nothing(index_elements=["key"]).returning(_C.key)
    return len(connection.execute(statement, [{**_DEFAULTS, **row} for row in rows]).all())


def give_up(connection: Connection, now: datetime) -> tuple[Notice, ...]:
    """What died in a deliverer's hands too often goes to a person; returns it."""
    seen = _C.handed_over_at.is_not(None)
    twice, broken = and_(seen, _C.doubts > 0), and_(~seen, _C.interruptions >= MOST_INTERRUPTIONS)
    statement = (
        update(NOTICES)
        .where(_left(now), or_(twice, broken))
        .values(
            status=NoticeStatus.FAILED,
            error=case((seen, TWICE), else_=BROKEN_OFF),
            doubts=_C.doubts + case((seen, 1), else_=0),
            handed_over_at=None,
            message_id=None,
            claimed_until=None,
        )
        .returning(*_COLUMNS)
    )
    return tuple(Notice(**row._mapping) for row in connection.execute(statement))  # noqa: SLF001 - SQLAlchemy's public name


def _left(now: datetime) -> ColumnElement[bool]:
    """What a deliverer that died had in hand."""
    return and_(_C.status == NoticeStatus.SENDING, _C.claimed_until < now)


def claim(connection: Connection, *, now: datetime, until: datetime, token: str, limit: int) -> tuple[Notice, ...]:
    """Take due notices in hand, also those of deliverers that died: whole recipients, about `limit` notices together.

    One recipient's are claimed whole, up to `WHOLE`, whatever the limit, so that they go out as one message.
    """
    if connection.dialect.name == "postgresql":  # one claim at a time, as on SQLite, else two part a recipient's
        connection.execute(select(func.pg_advisory_xact_lock(_CLAIMING)))
    left = _left(now)
    due = or_(and_(_C.status == NoticeStatus.WAITING, _C.not_before_at <= now), left)
    rows = connection.execute(
        select(*_COLUMNS, _C.handed_over_at, left.label("was_left"))
        .where(due, _C.recipient.in_(_next_recipients(connection, due, limit)))
        .order_by(_C.created_at.desc(), _C.key.desc())
        .limit(max(limit, WHOLE))
        .with_for_update(skip_locked=True)
    ).all()
    seen = _C.handed_over_at.is_not(None)
    connection.execute(
        update(NOTICES)
        .where(_C.key.in_([row.key for row in rows]))
        .values(
            doubts=_C.doubts + case((seen, 1), else_=0),
            interruptions=_C.interruptions + case((and_(left, ~seen), 1), else_=0),
            handed_over_at=None,
            status=NoticeStatus.SENDING,
            claimed_by=token,
            claimed_until=until,
        )
    )
    return tuple(_notice(row) for row in reversed(rows))


def _next_recipients(connection: Connection, due: ColumnElement[bool], limit: int) -> list[str]:
    """Who has waited longest, with all that is due to him, as far as the limit goes.

    What one recipient gets is claimed together, so that it goes out together and only its newest reminders; one with
    more than the limit is served alone, and one with more than `WHOLE` in turns, the newest first.
    """
    longest = func.min(_C.not_before_at)
    queue = connection.execute(
        select(_C.recipient, func.count())
        .where(due)
        .group_by(_C.recipient)
        .order_by(longest, _C.recipient)
        .limit(limit)
    ).all()
    together = accumulate(count for _, count in queue)
    return [
        name
        for place, ((name, _), total) in enumerate(zip(queue, together, strict=True))
        if not place or total <= limit
    ]


def _notice(row: Any) -> Notice:
    values = dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's public name for a row's mapping
    seen, left = values.pop("handed_over_at") is not None, values.pop("was_left")
    broken = row.interruptions + (left and not seen)
    return Notice(**{**values, "doubts": row.doubts + seen, "interruptions": broken})


def remark(error: str | None, doubts: int) -> str | None:
    """What is to be known about a notice, in words."""
    return DOUBT + (error or "") if doubts and error != TWICE else error


def failed_rows(connection: Connection) -> tuple[Notice, ...]:
    """Notices that could not be delivered, oldest first."""
    rows = connection.execute(select(*_COLUMNS).where(_C.status == NoticeStatus.FAILED).order_by(_C.created_at, _C.key))
    return tuple(Notice(**row._mapping) for row in rows)  # noqa: SLF001 - as above


def requeue(connection: Connection, keys: Sequence[str], now: datetime) -> int:
    """Failed notices wait again, from the first channel on; returns how many."""
    statement = (
        update(NOTICES)
        .where(_C.key.in_(keys), _C.status == NoticeStatus.FAILED)
        .values(
            status=NoticeStatus.WAITING, not_before_at=now, attempts=0, channel=None, error=None, claimed_by=None,
            doubts=0, interruptions=0,
        )
    )  # fmt: skip
    return connection.execute(statement).rowcount


def told_by(connection: Connection, keys: Sequence[str], name: str, *, at: datetime) -> frozenset[str]:
    """Failed notices somebody has told by telephone (电话告知) have arrived; returns which."""
    said = f"由{name}电话告知；此前："
    statement = (
        update(NOTICES)
        .where(_C.key.in_(keys), _C.status == NoticeStatus.FAILED)
        .values(status=NoticeStatus.SENT, channel=TELEPHONE, sent_at=at, error=said + func.coalesce(_C.error, ""))
        .returning(_C.key)
    )
    return frozenset(connection.scalars(statement))
